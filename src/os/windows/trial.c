/* SPDX-License-Identifier: MIT */
/*
 * Idea: whether connection policies are obeyed is tried, since a switch of the whole system that
 * nobody need have turned on decides it, and no document says on which builds they can name a
 * source. A policy for one documentation address (RFC 5737, RFC 3849), in a session that takes it
 * away when it ends, says a source that nothing else would pick; a socket is connected there, which
 * sends nothing, and asked.
 */
#include "os/windows/windows.h"

static const struct r2_ip NOWHERE4 = {R2_IPV4, {192, 0, 2, 1}};
static const struct r2_ip NOWHERE6 = {R2_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};

/* Another address that may be sent from by the way that @now is: best @wanted itself. */
static const struct r2_addr *another(const struct r2_host *host, const struct r2_ip *now,
				     const struct r2_ip *wanted)
{
	const uint32_t unfit =
		R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED | R2_ADDR_DEPRECATED | R2_ADDR_TEMPORARY;
	const struct r2_addr *used = r2_host_addr(host, now, 0), *found = NULL;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (!used || addr->link != used->link || addr->ip.family != now->family ||
		    (addr->flags & unfit) || r2_ip_equal(&addr->ip, now) ||
		    r2_ip_is_link_local(&addr->ip) != r2_ip_is_link_local(now))
			continue;
		if (!found || r2_ip_equal(&addr->ip, wanted))
			found = addr;
	}
	return found;
}

static bool cannot_try(struct r2_error *err, const char *why)
{
	r2_error_set(err, R2_FAILED, "whether connection policies are obeyed cannot be tried: %s",
		     why);
	return r2_error_hint(err, "it takes a default route by an interface with two addresses");
}

static bool disobeyed(const struct r2_ip *said, const struct r2_ip *got, struct r2_error *err)
{
	char from[R2_IP_TEXT], wanted[R2_IP_TEXT];

	r2_error_set(err, R2_FAILED, "connection policies are not obeyed (a trial had %s, not %s)",
		     got->family ? r2_ip_format(got, from) : "no source",
		     r2_ip_format(said, wanted));
	return r2_error_hint(err,
			     "`netsh int %s set gl routepolicies=enabled` turns them on, also "
			     "those of other programs",
			     said->family == R2_IPV6 ? "ipv6" : "ipv4");
}

bool r2_windows_policy(struct r2_os *os, const struct r2_host *host, const struct r2_ip *src,
		       struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);
	const struct r2_ip *nowhere = src->family == R2_IPV6 ? &NOWHERE6 : &NOWHERE4;
	struct r2_prefix dst = r2_prefix_host(nowhere);
	GUID key = {0x72323034, 0x7632, 0x8074, {0x80, 0x72, 't', 'r', 'i', 'a', 'l', 0}};
	const struct r2_addr *said;
	struct r2_ip now, got = {0};
	HANDLE engine;
	DWORD code;

	if (win->obeyed & r2_policy_flag(src->family))
		return true;
	if (!r2_fwp_load(&win->fwp, err))
		return false;
	r2_win_socket_source(nowhere, &now);
	if (!now.family)
		return cannot_try(err, "no route leads out");
	said = another(host, &now, src);
	if (!said)
		return cannot_try(err, "no second address could be named");
	if (!r2_fwp_open(&win->fwp, true, &engine, err))
		return false;
	key.Data1 ^= GetCurrentProcessId(); /* another trial may run */
	code = r2_win_policy_add(&win->fwp, engine, &key, false, &dst, &said->ip);
	if (!code)
		r2_win_socket_source(nowhere, &got);
	win->fwp.FwpmEngineClose0(engine);
	if (code)
		return r2_win_fail(err, code, "FwpmConnectionPolicyAdd0",
				   "cannot try a connection policy");
	if (!r2_ip_equal(&got, &said->ip))
		return disobeyed(&said->ip, &got, err);
	win->obeyed |= r2_policy_flag(src->family);
	return true;
}
