/* SPDX-License-Identifier: MIT */
/*
 * Two models of Windows' choice, written apart: core's, by which route2 decides, and the one of the
 * shim (tests/wine/shim), by which packets leave in the tests under Wine. In random hosts they
 * agree.
 */
#include <stdio.h>
#include <string.h>

#include "core/select.h"
#include "model.h"
#include "unit.h"

enum { LINKS = 3, WORLDS = 4000, QUESTIONS = 25 };

struct both {
	struct r2_host host;
	struct world world;
	struct link links[LINKS];
	struct addr addrs[8];
	struct route routes[12];
};

static bool one_in(unsigned n)
{
	return chance(n) == 0;
}

/* Few bits vary, so that addresses share many and routes meet. */
static struct ip random_ip(uint8_t family)
{
	static const uint8_t HEADS4[][3] = {{10, 0, 0}, {10, 0, 1}, {11, 9, 9}, {169, 254, 7}};
	static const uint8_t HEADS6[][2] = {{0x20, 0x01}, {0x20, 0x02}, {0xfd, 0}, {0xfe, 0x80}};
	struct ip ip = {.family = family};

	if (family == 4) {
		memcpy(ip.b, HEADS4[chance(4)], 3);
		ip.b[3] = (uint8_t)(1 + chance(63));
	} else {
		memcpy(ip.b, HEADS6[chance(4)], 2);
		ip.b[7] = (uint8_t)chance(4);
		ip.b[15] = (uint8_t)(1 + chance(63));
	}
	return ip;
}

static struct r2_ip of(const struct ip *ip)
{
	struct r2_ip same = {0};

	if (ip->family) {
		same.family = ip->family == 6 ? R2_IPV6 : R2_IPV4;
		memcpy(same.bytes, ip->b, bits_of(ip) / 8);
	}
	return same;
}

static struct ip masked(struct ip ip, unsigned len)
{
	for (unsigned i = len; i < bits_of(&ip); i++)
		ip.b[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	return ip;
}

static void add_link(struct both *both, uint32_t index)
{
	struct link *link = &both->links[both->world.links.n++];
	struct r2_link twin = {.index = index};

	*link = (struct link){.index = index, .flags = one_in(8) ? 0U : LINK_UP};
	for (int i = 0; i < 2; i++) {
		link->metric[i] = chance(3) * 10;
		link->weak[i] = one_in(5);
	}
	twin.flags = (link->flags ? R2_LINK_UP : 0U) |
		     (link->weak[0] ? R2_LINK_WEAK_HOST_SEND4 : 0U) |
		     (link->weak[1] ? R2_LINK_WEAK_HOST_SEND6 : 0U);
	twin.metric4 = link->metric[0];
	twin.metric6 = link->metric[1];
	assert_true(r2_list_push(&both->host.links, &twin));
}

static void add_addr(struct both *both, uint8_t family)
{
	struct addr *addr = &both->addrs[both->world.addrs.n];
	struct r2_addr twin = {0};

	*addr = (struct addr){.index = 1 + chance(LINKS),
			      .ip = random_ip(family),
			      .len = family == 4 ? 24 : 64,
			      .skip = one_in(6)};
	for (size_t i = 0; i < both->world.addrs.n; i++) {
		if (same_ip(&both->addrs[i].ip, &addr->ip))
			return;
	}
	both->world.addrs.n++;
	addr->flags = (one_in(8) ? ADDR_TENTATIVE : 0U) | (one_in(12) ? ADDR_FAILED : 0U) |
		      (one_in(6) ? ADDR_DEPRECATED : 0U) |
		      (family == 6 && one_in(4) ? ADDR_TEMPORARY : 0U);
	twin.link = addr->index;
	twin.ip = of(&addr->ip);
	twin.subnet = (struct r2_prefix){twin.ip, addr->len};
	twin.flags = (addr->skip ? R2_ADDR_SKIP_AS_SOURCE : 0U) |
		     (addr->flags & ADDR_TENTATIVE ? R2_ADDR_TENTATIVE : 0U) |
		     (addr->flags & ADDR_FAILED ? R2_ADDR_DADFAILED : 0U) |
		     (addr->flags & ADDR_DEPRECATED ? R2_ADDR_DEPRECATED : 0U) |
		     (addr->flags & ADDR_TEMPORARY ? R2_ADDR_TEMPORARY : 0U);
	assert_true(r2_list_push(&both->host.addrs, &twin));
}

static void add_route(struct both *both, uint8_t family)
{
	static const uint8_t LENS[] = {0, 1, 8, 24, 28, 31, 32};
	struct route *route = &both->routes[both->world.routes.n++];
	struct r2_route twin = {.table = R2_MAIN_TABLE, .type = R2_TYPE_UNICAST};
	uint8_t len = LENS[chance(COUNT(LENS))];

	*route = (struct route){.index = 1 + chance(LINKS),
				.metric = chance(3) * 10,
				.len = family == 4 ? len : (uint8_t)(4 * len)};
	route->dst = masked(random_ip(family), route->len);
	if (!one_in(4))
		route->hop = random_ip(family);
	twin.dst = (struct r2_prefix){of(&route->dst), route->len};
	twin.gateway = of(&route->hop);
	twin.link = route->index;
	twin.metric = route->metric;
	assert_true(r2_list_push(&both->host.routes, &twin));
}

static void make(struct both *both, uint8_t family)
{
	*both = (struct both){.host = {.system = R2_SYSTEM_WINDOWS}};
	both->world.links.at = both->links;
	both->world.addrs.at = both->addrs;
	both->world.routes.at = both->routes;
	for (uint32_t i = 1; i <= LINKS; i++)
		add_link(both, i);
	for (unsigned i = 1 + chance(COUNT(both->addrs)); i > 0; i--)
		add_addr(both, family);
	for (unsigned i = 1 + chance(COUNT(both->routes)); i > 0; i--)
		add_route(both, family);
}

static bool is_own(const struct both *both, const struct ip *dst)
{
	for (size_t i = 0; i < both->world.addrs.n; i++) {
		if (same_ip(&both->addrs[i].ip, dst))
			return true;
	}
	return false;
}

static bool is_among(const struct r2_pick *picks, size_t n, const struct ip *source)
{
	struct r2_ip wanted = of(source);

	for (size_t i = 0; i < n; i++) {
		if (r2_ip_equal(&picks[i].source, &wanted))
			return true;
	}
	return false;
}

static void compare(const struct both *both, const struct r2_model *model, const struct ip *dst)
{
	struct r2_flow flow = {.dst = of(dst)};
	struct r2_pick picks[COUNT(both->addrs)];
	size_t n = r2_model_choose(model, &flow, picks, COUNT(picks), NULL);
	const struct route *route = model_route(&both->world, dst, 0);
	const struct addr *addr;
	struct r2_ip hop;
	bool tie;

	assert_int_equal(route == NULL, picks[0].error != 0);
	if (!route)
		return;
	hop = of(&route->hop);
	assert_true(r2_ip_equal(&hop, &picks[0].gateway));
	assert_int_equal(route->index, picks[0].link);
	addr = model_source(&both->world, route, dst, &tie);
	assert_int_equal(addr != NULL, picks[0].source.family != R2_NONE);
	assert_int_equal(tie, n > 1);
	if (addr)
		assert_true(is_among(picks, n, &addr->ip));
}

static void models_agree(void **state)
{
	(void)state;
	chance_begin();
	for (int i = 0; i < WORLDS; i++) {
		uint8_t family = one_in(2) ? 6 : 4;
		struct r2_model *model;
		struct both both;

		make(&both, family);
		model = r2_model_new(&both.host, R2_RULES_WINDOWS);
		assert_non_null(model);
		for (int j = 0; j < QUESTIONS; j++) {
			struct ip dst = random_ip(family);

			if (!is_own(&both, &dst))
				compare(&both, model, &dst);
		}
		r2_model_free(model);
		r2_host_free(&both.host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(models_agree)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
