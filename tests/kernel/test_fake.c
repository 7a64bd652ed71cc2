/* SPDX-License-Identifier: MIT */
/*
 * The fake host keeps the kernel's rules: random operations on both must succeed or fail alike,
 * and leave the same behind. R2_SEED repeats a run.
 */
#include "kernel.h"

#include <string.h>

#include "os/fake/fake.h"

#define ROUNDS 400

/* What r2_fake_differ() may see: of the neighbours, only those that somebody set. */
static struct r2_host set_by_somebody(const struct lab *lab)
{
	struct r2_host host = read_host(lab, ~0U);
	size_t n = 0;

	r2_each (const struct r2_neigh, neigh, &host.neighs) {
		if (neigh->state == R2_NUD_PERMANENT)
			host.neighs.at[n++] = *neigh;
	}
	host.neighs.n = n;
	return host;
}

static const char *one_of(const char *const *texts, uint32_t n)
{
	return texts[chance(n)];
}

static struct r2_route chance_route(const struct lab *lab, bool ipv6)
{
	static const char *const dsts[] = {"10.1.0.0/16", "10.2.0.0/16"};
	static const char *const vias[] = {"192.0.2.1", "192.0.2.11", NULL};
	static const char *const srcs[] = {"192.0.2.2", "192.0.2.3", NULL, "192.0.2.99"};
	static const char *const dsts6[] = {"2001:db8:1::/48", "2001:db8:2::/48"};
	static const char *const vias6[] = {"2001:db8::1", "2001:db8::11", NULL};
	static const char *const srcs6[] = {"2001:db8::2", "2001:db8::3", NULL, "2001:db8::99"};
	struct r2_route one = ipv6 ? route(lab, one_of(dsts6, 2), one_of(vias6, 3),
					   one_of(srcs6, chance(8) ? 3 : 4), chance(2) * 5)
				   : route(lab, one_of(dsts, 2), one_of(vias, 3),
					   one_of(srcs, chance(8) ? 3 : 4), chance(2) * 5);

	one.table = chance(4) ? R2_MAIN_TABLE : 300;
	return one;
}

static struct r2_op chance_op(const struct lab *lab)
{
	static const char *const ips[] = {"192.0.2.77", "192.0.2.78", "2001:db8::77"};
	static const char *const macs[] = {"02:00:00:00:01:01", "02:00:00:00:01:02"};
	struct r2_op op = {.kind = (enum r2_op_kind)chance(R2_OP_NEIGH_DEL + 1)};
	bool ipv6 = chance(2);

	op.route = chance_route(lab, ipv6);
	/* Where a delete may not be exact, keys are not shared: their order could change. */
	if (op.kind == R2_OP_ROUTE_PREPEND || op.kind == R2_OP_ROUTE_APPEND)
		op.route.table = R2_MAIN_TABLE;
	else if (!op.route.gateway.family || !op.route.prefsrc.family || !chance(4))
		op.route.metric = 7;
	if (!ipv6 && op.route.metric != 7) {
		op.route.gateway = ip(chance(2) ? "192.0.2.1" : "192.0.2.11");
		op.route.prefsrc = ip(chance(2) ? "192.0.2.2" : "192.0.2.3");
	}
	op.old = chance_route(lab, ipv6);
	op.old.dst = op.route.dst;
	op.old.table = op.route.table;
	op.old.metric = op.route.metric;
	op.neigh = (struct r2_neigh){.ip = ip(one_of(ips, 3)),
				     .link = lab->e0,
				     .state = R2_NUD_PERMANENT,
				     .protocol = R2_PROTOCOL,
				     .mac = mac(one_of(macs, 2))};
	return op;
}

static void alike(void **state)
{
	const struct lab *lab = *state;
	struct r2_host start, now;
	struct r2_os *fake;
	unsigned good = 0;

	run("ip address add 192.0.2.3/24 dev " E0);
	run("ip address add 2001:db8::3/64 nodad dev " E0);
	run("ip route add 10.1.0.0/16 via 192.0.2.12 metric 5 proto static");
	run("ip route add 2001:db8:1::/48 via 2001:db8::12 metric 5 proto static");
	run("ip neigh add 192.0.2.78 lladdr 02:00:00:00:00:99 dev " E0);
	start = set_by_somebody(lab);
	fake = r2_fake_open(&start);
	assert_non_null(fake);

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct r2_op op = chance_op(lab);
		struct r2_error ours = {.kind = R2_OK}, theirs = {.kind = R2_OK};
		char line[R2_COMMAND_TEXT], why[300];
		bool kernel = lab->os->ops->apply(lab->os, &op, &theirs);

		r2_op_command(&op, NULL, r2_fake_host(fake), line, sizeof(line));
		if (fake->ops->apply(fake, &op, &ours) != kernel)
			fail_msg("round %u: %s: the kernel %s (%s), the fake %s (%s)", i, line,
				 kernel ? "did" : "refused", theirs.kernel,
				 kernel ? "refused" : "did", ours.what);
		now = set_by_somebody(lab);
		if (r2_fake_differ(r2_fake_host(fake), &now, why, sizeof(why)))
			fail_msg("round %u: %s: %s", i, line, why);
		r2_host_free(&now);
		good += kernel;
	}
	assert_true(good > ROUNDS / 4 && good < ROUNDS);
	fake->ops->close(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(alike, lab_setup, lab_teardown),
	};

	if (!lab_enter())
		return 0;
	chance_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
