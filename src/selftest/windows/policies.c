/* SPDX-License-Identifier: MIT */
/* Connection policies (FwpmConnectionPolicyAdd0(), Microsoft Learn): do they name the source? */
#include "selftest/points.h"

#include "os/windows/stage.h"

/* Of this process's; they go with the session, and that with the process. */
static const GUID KEY = {0x72327374, 0x6167, 0x6521, {0x80, 0x72, 't', 'e', 's', 't', 0, 0}};

static bool source_now(struct r2_trial *trial, const char *when, struct r2_ip *ret)
{
	char text[R2_IP_TEXT];
	int code = r2_win_socket_source(&trial->ground.dst, ret);

	return r2_is_so(trial, !code && ret->family, "%s: %s", when,
			code ? "no way" : r2_ip_format(ret, text));
}

/* With the policy, and when it has gone again. */
static bool asked(struct r2_trial *trial, HANDLE engine, const struct r2_ip *wanted,
		  struct r2_ip *ret_with, struct r2_ip *ret_after)
{
	struct r2_windows *win = r2_windows_of(trial->stage->os);
	struct r2_prefix dst = r2_prefix_host(&trial->ground.dst);
	DWORD code = r2_win_policy_add(&win->fwp, engine, &KEY, false, &dst, wanted);
	bool ok;

	ok = r2_is_so(trial, !code, "the policy %s (code 0x%lx)", code ? "is refused" : "is taken",
		      code) &&
	     source_now(trial, "with it", ret_with);
	win->fwp.FwpmEngineClose0(engine);
	return ok && source_now(trial, "without it again", ret_after);
}

bool r2_point_policy(struct r2_trial *trial)
{
	const struct r2_ground *ground = &trial->ground;
	struct r2_windows *win = r2_windows_of(trial->stage->os);
	struct r2_ip before, with, after;
	const struct r2_ip *wanted;
	struct r2_error err;
	HANDLE engine;

	if (!r2_fwp_load(&win->fwp, &err))
		return r2_cannot(trial, "%s", err.what);
	if (!r2_put_addresses(trial) || !r2_put_phantom(trial, &ground->phantom, NULL) ||
	    !source_now(trial, "without a policy", &before) ||
	    !r2_went(trial, r2_fwp_open(&win->fwp, true, &engine, &err), &err))
		return false;
	wanted = r2_ip_equal(&before, &ground->a) ? &ground->b : &ground->a;
	if (!asked(trial, engine, wanted, &with, &after))
		return false;
	if (!r2_ip_equal(&with, wanted))
		return r2_cannot(trial,
				 "it is not obeyed, which the system's switch decides: "
				 "`netsh int %s set gl routepolicies=enabled` turns it on, also "
				 "for other programs' policies; then this is worth another run",
				 wanted->family == R2_IPV6 ? "ipv6" : "ipv4");
	return r2_is_so(trial, r2_ip_equal(&after, &before), "it is obeyed");
}
