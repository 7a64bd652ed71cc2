/* SPDX-License-Identifier: MIT */
/* The phantom theorem: proven over all sets of a small space, and the vectors of its chooser. */
#include "core/steer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/select.h"
#include "unit.h"

enum { LINK = 3, LOCALS_MAX = 4 };

static void push_addr(struct r2_host *host, const char *text, uint8_t len)
{
	struct r2_addr addr = {.link = LINK, .ip = ip(text)};

	addr.subnet = (struct r2_prefix){addr.ip, len};
	assert_true(r2_list_push(&host->addrs, &addr));
}

/* `10.0.0.1, 10.0.0.2/30`: /24 unless said. */
static void make_host(struct r2_host *host, const char *list)
{
	struct r2_link link = {
		.index = LINK, .flags = R2_LINK_UP | R2_LINK_CARRIER, .name = "eth0"};
	char text[200], *at = NULL;

	*host = (struct r2_host){.system = R2_SYSTEM_WINDOWS};
	assert_true(r2_list_push(&host->links, &link));
	snprintf(text, sizeof(text), "%s", list);
	for (char *word = strtok_r(text, ", ", &at); word; word = strtok_r(NULL, ", ", &at)) {
		char *slash = strchr(word, '/');

		if (slash)
			*slash++ = '\0';
		push_addr(host, word, (uint8_t)(slash ? strtoul(slash, NULL, 10) : 24));
	}
}

static const struct r2_addr *addr_of(const struct r2_host *host, const char *text)
{
	struct r2_ip one = ip(text);
	const struct r2_addr *addr = r2_host_addr(host, &one, 0);

	assert_non_null(addr);
	return addr;
}

/* ---- the vectors ---- */

static void the_chooser_chooses(void **state)
{
	static const struct {
		const char *name, *locals, *src, *gateway, *taken;
		int shared;
		enum r2_steer_how how;
		const char *phantom;
	} table[] = {
		{"P1", "192.168.1.14, 192.168.1.68", "192.168.1.68", "192.168.1.127", NULL, 25,
		 R2_STEER_GATEWAY, "192.168.1.127"},
		{"P2", "192.168.1.14, 192.168.1.68", "192.168.1.14", "192.168.1.127", NULL, 25,
		 R2_STEER_PHANTOM, "192.168.1.15"},
		{"P3", "10.0.0.10, 10.0.0.20", "10.0.0.20", "10.0.0.1", NULL, 27, R2_STEER_PHANTOM,
		 "10.0.0.21"},
		{"P4", "10.0.0.10, 10.0.0.20", "10.0.0.10", "10.0.0.1", NULL, 27, R2_STEER_GATEWAY,
		 "10.0.0.1"},
		{"P5", "10.0.0.12, 10.0.0.16", "10.0.0.16", "10.0.0.1", NULL, 27, R2_STEER_PHANTOM,
		 "10.0.0.17"},
		{"P6", "10.0.0.50, 10.0.0.100", "10.0.0.100", "10.0.0.254", NULL, 25,
		 R2_STEER_PHANTOM, "10.0.0.101"},
		{"P7", "10.0.0.10, 10.0.0.11, 10.0.0.20", "10.0.0.20", "10.0.0.1", "10.0.0.21", 27,
		 R2_STEER_PHANTOM, "10.0.0.22"},
		{"P8", "10.0.0.9, 10.0.0.10", "10.0.0.10", "10.0.0.1", NULL, 30, R2_STEER_PHANTOM,
		 "10.0.0.11"},
		{"P9", "10.0.0.9, 10.0.0.10", "10.0.0.10", "10.0.0.1", "10.0.0.11", 30,
		 R2_STEER_BY_HYGIENE, NULL},
		{"P10", "10.0.0.10, 10.0.0.11", "10.0.0.11", "10.0.0.1", NULL, 31, R2_STEER_BY_RULE,
		 NULL},
		{"P11", "10.0.0.1, 10.0.0.2, 10.0.0.3", "10.0.0.1", "10.0.0.254", NULL, 30,
		 R2_STEER_BY_HYGIENE, NULL},
		{"P12", "10.0.0.253, 10.0.0.254", "10.0.0.254", "10.0.0.1", NULL, 30,
		 R2_STEER_BY_HYGIENE, NULL},
		{"P13", "10.0.0.2/30, 10.0.1.2", "10.0.0.2", "10.0.1.1", "10.0.0.1", 23,
		 R2_STEER_BY_HYGIENE, NULL},
		{"P14", "10.0.0.1, 10.0.0.128", "10.0.0.128", "10.0.0.254", NULL, 24,
		 R2_STEER_GATEWAY, "10.0.0.254"},
		{"P15", "4.3.2.2, 3.3.3.3", "3.3.3.3", "4.3.2.1", NULL, 5, R2_STEER_PHANTOM,
		 "3.3.3.2"},
		{"P16", "10.1.0.5/16, 10.2.0.5/16", "10.2.0.5", "10.1.0.1", NULL, 14,
		 R2_STEER_PHANTOM, "10.2.0.4"},
		{"P17", "10.0.0.5", "10.0.0.5", "10.0.0.1", NULL, -1, R2_STEER_NEEDLESS, NULL},
	};
	struct r2_prefix dst = prefix("198.51.100.0/24");

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip gateway = ip(table[i].gateway), wanted = ip(table[i].phantom);
		struct r2_ip taken = ip(table[i].taken);
		r2_ips answering = {.at = &taken, .n = table[i].taken ? 1 : 0};
		struct r2_steer steer;
		struct r2_host host;
		bool ok;

		make_host(&host, table[i].locals);
		ok = r2_steer_choose(&host, addr_of(&host, table[i].src), &gateway, &dst,
				     &answering, NULL, &steer);
		if (steer.how != table[i].how || steer.shared != table[i].shared ||
		    !r2_ip_equal(&steer.phantom, &wanted) ||
		    ok != (steer.how <= R2_STEER_PHANTOM) || (!ok && !steer.blocked_by.family))
			fail_msg("%s: how %d, shared %d", table[i].name, steer.how, steer.shared);
		r2_host_free(&host);
	}
}

static void what_cannot_be_steered(void **state)
{
	static const struct {
		const char *what, *dst;
		uint32_t flags;
	} table[] = {
		{"skipped", "198.51.100.0/24", R2_ADDR_SKIP_AS_SOURCE},
		{"deprecated", "198.51.100.0/24", R2_ADDR_DEPRECATED},
		{"tentative", "198.51.100.0/24", R2_ADDR_TENTATIVE},
		{"on the link", "10.0.0.77/32", 0},
		{"ourselves", "10.0.0.20/32", 0},
	};
	struct r2_ip gateway = ip("10.0.0.1");

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_prefix dst = prefix(table[i].dst);
		r2_steps steps = {0};
		struct r2_steer steer;
		struct r2_host host;

		make_host(&host, "10.0.0.10, 10.0.0.20");
		host.addrs.at[0].flags = table[i].flags;
		assert_false(r2_steer_choose(&host, &host.addrs.at[0], &gateway, &dst, NULL, &steps,
					     &steer));
		if (steer.how != R2_STEER_UNFIT || steps.n != 1)
			fail_msg("%s", table[i].what);
		r2_list_free(&steps);
		r2_host_free(&host);
	}
}

/* ---- the proof ---- */

/* Equal leading bits of two bytes. */
static unsigned equal_bits(unsigned a, unsigned b)
{
	unsigned n = 0;

	while (n < 8 && !((a ^ b) >> (7 - n) & 1))
		n++;
	return n;
}

/* A set of bytes; and for each two locals the next hops by which the first beats the second. */
struct bytes {
	uint64_t word[4];
};

static struct bytes beats[256][256];

static bool holds(const struct bytes *set, unsigned byte)
{
	return set->word[byte / 64] >> (byte % 64) & 1;
}

/* Brute force, knowing nothing of the theorem: bit by bit, every next hop. */
static void count_all_bits(void)
{
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++)
			for (unsigned p = 0; p < 256; p++)
				if (equal_bits(a, p) > equal_bits(b, p))
					beats[a][b].word[p / 64] |= UINT64_C(1) << (p % 64);
}

/* The next hops that pick locals[0] alone. */
static struct bytes pickers(const uint8_t *locals, size_t n)
{
	struct bytes set = beats[locals[0]][locals[1]];

	for (size_t i = 2; i < n; i++)
		for (size_t w = 0; w < 4; w++)
			set.word[w] &= beats[locals[0]][locals[i]].word[w];
	return set;
}

/* ... that may be phantoms: no local of ours, not the network's own address nor its broadcast. */
static struct bytes phantoms(const uint8_t *locals, size_t n)
{
	struct bytes set = pickers(locals, n);

	for (size_t i = 0; i < n; i++)
		set.word[locals[i] / 64] &= ~(UINT64_C(1) << (locals[i] % 64));
	set.word[0] &= ~UINT64_C(1);
	set.word[3] &= ~(UINT64_C(1) << 63);
	return set;
}

static void set_last(struct r2_host *host, const uint8_t *locals, size_t n)
{
	host->addrs.n = n;
	for (size_t i = 0; i < n; i++) {
		host->addrs.at[i].ip.bytes[3] = locals[i];
		host->addrs.at[i].subnet.addr.bytes[3] = locals[i];
	}
}

/* One set of two or more, locals[0] wanted: the chooser is right, and refuses only where none is.
 */
static void prove(struct r2_host *host, const uint8_t *locals, size_t n)
{
	static const struct r2_prefix dst = {{R2_IPV4, {198, 51, 100, 0}}, 24};
	static const struct r2_ip gateway = {R2_IPV4, {192, 0, 2, 1}}; /* shares nothing */
	struct bytes right = phantoms(locals, n);
	bool any = right.word[0] | right.word[1] | right.word[2] | right.word[3];
	struct r2_steer steer;
	bool ok;

	set_last(host, locals, n);
	ok = r2_steer_choose(host, &host->addrs.at[0], &gateway, &dst, NULL, NULL, &steer);
	if (ok != any)
		fail_msg("%zu locals %u %u: chooser %d, brute force %d", n, locals[0], locals[1],
			 ok, any);
	if (ok && (steer.how != R2_STEER_PHANTOM || !holds(&right, steer.phantom.bytes[3])))
		fail_msg("%u among %zu: phantom %u", locals[0], n, steer.phantom.bytes[3]);
}

/* The theorem itself, for every next hop: by bits alone, hygiene apart. */
static void prove_theorem(struct r2_host *host, const uint8_t *locals, size_t n)
{
	struct bytes right = pickers(locals, n);

	set_last(host, locals, n);
	for (unsigned p = 0; p < 256; p++) {
		struct r2_ip hop = host->addrs.at[0].ip;

		hop.bytes[3] = (uint8_t)p;
		if (r2_steer_wins(host, &host->addrs.at[0], &hop) != holds(&right, p))
			fail_msg("%u %u among %zu, next hop %u", locals[0], locals[1], n, p);
	}
}

/* All sets {a, b, c, d} with c < d, every @step-th d. Return: how many. */
static size_t prove_fours(struct r2_host *host, unsigned a, unsigned b, unsigned c, unsigned step)
{
	size_t sets = 0;

	for (unsigned d = c + 1 + (a + b) % step; d < 255; d += step) {
		uint8_t four[] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d};

		if (d == a)
			continue;
		prove(host, four, 4);
		sets++;
	}
	return sets;
}

/*
 * All sets of two and three, with every member wanted (locals[0] is); for two every next hop. Of
 * four, 678 million: all with R2_WHOLE=1, which takes minutes, else every 61st.
 */
static void exhaustive(void **state)
{
	const unsigned step = getenv("R2_WHOLE") ? 1 : 61;
	size_t threes = 0, fours = 0;
	struct r2_host host;

	(void)state;
	count_all_bits();
	make_host(&host, "10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4");
	for (unsigned a = 1; a < 255; a++) {
		for (unsigned b = 1; b < 255; b++) {
			uint8_t two[] = {(uint8_t)a, (uint8_t)b};

			if (a == b)
				continue;
			prove(&host, two, 2);
			prove_theorem(&host, two, 2);
			for (unsigned c = b + 1; c < 255; c++) {
				uint8_t three[] = {(uint8_t)a, (uint8_t)b, (uint8_t)c};

				if (c == a)
					continue;
				prove(&host, three, 3);
				threes++;
				fours += prove_fours(&host, a, b, c, step);
			}
		}
	}
	print_message("# sets proven: %zu of three, %zu of four\n", threes, fours);
	host.addrs.n = LOCALS_MAX;
	r2_host_free(&host);
}

/* Over all 32 bits: what the theorem says is what the model of Windows does. */
static void random_hosts(void **state)
{
	(void)state;
	chance_begin();
	for (size_t round = 0; round < 20000; round++) {
		struct r2_host host;
		struct r2_route route = {.table = R2_MAIN_TABLE, .link = LINK, .type = 1};
		struct r2_flow flow = {.dst = ip("198.51.100.7")};
		struct r2_pick picks[8];
		struct r2_model *model;
		bool global = true;
		size_t n;

		make_host(&host, "10.0.0.1, 10.0.0.2");
		route.dst = prefix("198.51.100.0/24");
		route.gateway = chance_ip(R2_IPV4);
		route.gateway.bytes[0] |= 1; /* not 0.0.0.0: that is on-link */
		for (size_t i = 0; i < 2; i++) {
			struct r2_ip one = chance(2) ? route.gateway : chance_ip(R2_IPV4);

			one.bytes[chance(4)] ^= (uint8_t)(1u << chance(8));
			host.addrs.at[i].ip = one;
			host.addrs.at[i].subnet = (struct r2_prefix){one, 24};
		}
		for (size_t i = 0; i < 2; i++)
			global = global && !r2_ip_is_link_local(&host.addrs.at[i].ip) &&
				 !r2_ip_is_loopback(&host.addrs.at[i].ip) &&
				 !r2_ip_is_multicast(&host.addrs.at[i].ip) &&
				 !r2_ip_equal(&host.addrs.at[i].ip, &flow.dst);
		assert_true(r2_list_push(&host.routes, &route));
		model = r2_model_new(&host, R2_RULES_WINDOWS);
		assert_non_null(model);
		n = r2_model_choose(model, &flow, picks, COUNT(picks), NULL);
		if (global && r2_steer_wins(&host, &host.addrs.at[0], &route.gateway)) {
			assert_int_equal(n, 1);
			assert_true(r2_ip_equal(&picks[0].source, &host.addrs.at[0].ip));
		}
		r2_model_free(model);
		r2_host_free(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chooser_chooses),
		cmocka_unit_test(what_cannot_be_steered),
		cmocka_unit_test(exhaustive),
		cmocka_unit_test(random_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
