/* SPDX-License-Identifier: MIT */
/* The rules of Windows: the documented examples, ties, and what drops an address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/select.h"
#include "unit.h"

enum { ETH0 = 3, ETH1 = 4 };

static void push_addr(struct r2_host *host, const char *text, uint32_t link, uint32_t flags)
{
	struct r2_addr addr = {.link = link, .flags = flags, .ip = ip(text)};

	addr.subnet = (struct r2_prefix){addr.ip, 24};
	assert_true(r2_list_push(&host->addrs, &addr));
}

static void push_route(struct r2_host *host, const char *dst, const char *gateway, uint32_t link,
		       uint32_t metric)
{
	struct r2_route route = {.dst = prefix(dst),
				 .gateway = ip(gateway),
				 .table = R2_MAIN_TABLE,
				 .link = link,
				 .metric = metric,
				 .type = R2_TYPE_UNICAST};

	assert_true(r2_list_push(&host->routes, &route));
}

static void make_host(struct r2_host *host, const char *locals)
{
	struct r2_link links[] = {{.index = ETH0, .flags = R2_LINK_UP, .name = "eth0"},
				  {.index = ETH1, .flags = R2_LINK_UP, .name = "eth1"}};
	char text[200], *at = NULL;

	*host = (struct r2_host){.system = R2_SYSTEM_WINDOWS};
	for (size_t i = 0; i < COUNT(links); i++)
		assert_true(r2_list_push(&host->links, &links[i]));
	snprintf(text, sizeof(text), "%s", locals);
	for (char *word = strtok_r(text, ", ", &at); word; word = strtok_r(NULL, ", ", &at))
		push_addr(host, word, ETH0, 0);
}

static size_t choose(const struct r2_host *host, enum r2_rules rules, const char *dst,
		     struct r2_pick picks[4])
{
	struct r2_model *model = r2_model_new(host, rules);
	struct r2_flow flow = {.dst = ip(dst)};
	r2_steps steps = {0};
	size_t n, again;

	assert_non_null(model);
	n = r2_model_choose(model, &flow, picks, 4, &steps);
	assert_true(steps.n > 0);
	again = r2_model_choose(model, &flow, picks, 4, NULL);
	assert_int_equal(n, again);
	r2_list_free(&steps);
	r2_model_free(model);
	return n;
}

static void the_next_hop_decides(void **state)
{
	static const struct {
		const char *name, *locals, *next_hop, *winner; /* NULL: a tie */
	} table[] = {
		{"V1", "192.168.1.14, 192.168.1.68", "192.168.1.127", "192.168.1.68"},
		{"V2", "10.10.20.163, 10.10.20.30", "10.10.20.1", "10.10.20.30"},
		{"V3", "10.0.0.50, 10.0.0.100", "10.0.0.1", "10.0.0.50"},
		{"V4", "10.0.0.50, 10.0.0.100", "10.0.0.254", NULL},
		{"V5", "192.168.1.10, 192.168.1.200", "192.168.1.254", "192.168.1.200"},
		{"V6", "10.0.0.12, 10.0.0.16", "10.0.0.15", "10.0.0.12"},
		{"V7", "10.0.0.12, 10.0.0.16", "10.0.0.17", "10.0.0.16"},
		{"V8", "10.0.0.10, 10.0.0.20", "10.0.0.19", "10.0.0.20"},
		{"V9", "10.0.0.1, 10.0.0.128", "10.0.0.127", "10.0.0.1"},
		{"V10", "10.0.0.1, 10.0.0.128", "10.0.0.129", "10.0.0.128"},
		{"V11", "10.0.0.10, 10.0.0.11", "10.0.0.9", NULL},
		{"V12", "10.0.0.10, 10.0.0.11, 10.0.0.20", "10.0.0.1", NULL},
		{"V13", "4.3.2.2, 3.3.3.3", "3.3.3.1", "3.3.3.3"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		/* Rule 8 would decide a tie by the destination: this one shares nothing. */
		const char *dst = "198.51.100.1";
		struct r2_ip wanted = ip(table[i].winner);
		struct r2_pick picks[4];
		struct r2_host host;
		size_t n;

		make_host(&host, table[i].locals);
		push_route(&host, "0.0.0.0/0", table[i].next_hop, ETH0, 0);
		n = choose(&host, R2_RULES_WINDOWS, dst, picks);
		if (wanted.family ? n != 1 || !r2_ip_equal(&picks[0].source, &wanted) : n != 2)
			fail_msg("%s: %zu", table[i].name, n);
		r2_host_free(&host);
	}
}

static void what_goes_before_the_next_hop(void **state)
{
	static const struct {
		const char *what, *other;
		uint32_t link, flags, weak;
		const char *dst, *wanted;
	} table[] = {
		{"the other shares more", "10.0.0.3", ETH0, 0, 0, "198.51.100.1", "10.0.0.3"},
		{"skipped", "10.0.0.3", ETH0, R2_ADDR_SKIP_AS_SOURCE, 0, "198.51.100.1",
		 "10.0.0.100"},
		{"tentative", "10.0.0.3", ETH0, R2_ADDR_TENTATIVE, 0, "198.51.100.1", "10.0.0.100"},
		{"deprecated", "10.0.0.3", ETH0, R2_ADDR_DEPRECATED, 0, "198.51.100.1",
		 "10.0.0.100"},
		{"strong host", "10.0.0.3", ETH1, 0, 0, "198.51.100.1", "10.0.0.100"},
		{"weak host: rule 5", "10.0.0.3", ETH1, 0, R2_LINK_WEAK_HOST_SEND4, "198.51.100.1",
		 "10.0.0.100"},
		{"scope", "169.254.1.1", ETH0, 0, 0, "198.51.100.1", "10.0.0.100"},
		{"same address", "10.0.0.3", ETH0, 0, 0, "10.0.0.100", "10.0.0.100"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct r2_ip wanted = ip(table[i].wanted);
		struct r2_pick picks[4];
		struct r2_host host;

		make_host(&host, "10.0.0.100");
		host.links.at[0].flags |= table[i].weak;
		push_addr(&host, table[i].other, table[i].link, table[i].flags);
		push_route(&host, "0.0.0.0/0", "10.0.0.1", ETH0, 0);
		if (choose(&host, R2_RULES_WINDOWS, table[i].dst, picks) != 1 ||
		    !r2_ip_equal(&picks[0].source, &wanted))
			fail_msg("%s", table[i].what);
		r2_host_free(&host);
	}
}

static void the_sum_of_metrics_decides(void **state)
{
	struct r2_pick picks[4];
	struct r2_host host;

	(void)state;
	make_host(&host, "10.0.0.100");
	push_addr(&host, "10.0.1.100", ETH1, 0);
	host.links.at[0].metric4 = 25;
	host.links.at[1].metric4 = 10;
	push_route(&host, "0.0.0.0/0", "10.0.0.1", ETH0, 0);
	push_route(&host, "0.0.0.0/0", "10.0.1.1", ETH1, 10);
	assert_int_equal(choose(&host, R2_RULES_WINDOWS, "8.8.8.8", picks), 1);
	assert_int_equal(picks[0].link, ETH1);
	host.links.at[1].flags = 0; /* down */
	assert_int_equal(choose(&host, R2_RULES_WINDOWS, "8.8.8.8", picks), 1);
	assert_int_equal(picks[0].link, ETH0);
	host.links.at[0].flags = 0;
	assert_int_equal(choose(&host, R2_RULES_WINDOWS, "8.8.8.8", picks), 1);
	assert_int_equal(picks[0].error, R2_ENETUNREACH);
	r2_host_free(&host);
}

static void xp_has_two_readings(void **state)
{
	struct r2_ip primary = ip("4.3.2.2"), near = ip("3.3.3.3");
	struct r2_pick picks[4];
	struct r2_host host;

	(void)state;
	make_host(&host, "4.3.2.2, 3.3.3.3");
	push_route(&host, "0.0.0.0/0", "3.3.3.1", ETH0, 0);
	assert_int_equal(choose(&host, R2_RULES_WINDOWS_XP, "8.8.8.8", picks), 2);
	assert_true(r2_ip_equal(&picks[0].source, &near));
	assert_true(r2_ip_equal(&picks[1].source, &primary));
	host.routes.at[0].gateway = ip("9.9.9.9"); /* near nobody */
	assert_int_equal(choose(&host, R2_RULES_WINDOWS_XP, "8.8.8.8", picks), 1);
	assert_true(r2_ip_equal(&picks[0].source, &primary));
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_hop_decides),
		cmocka_unit_test(what_goes_before_the_next_hop),
		cmocka_unit_test(the_sum_of_metrics_decides),
		cmocka_unit_test(xp_has_two_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
