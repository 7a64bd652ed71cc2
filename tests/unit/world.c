/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "core/phantom.h"
#include "os/fake/fake.h"
#include "reading.h"
#include "unit.h"

static void push_link(struct r2_host *host, uint32_t index, const char *name, uint32_t flags)
{
	struct r2_link link = {.index = index, .flags = flags};
	for (size_t i = 0; name[i]; i++)
		link.name[i] = name[i];
	assert_true(r2_list_push(&host->links, &link));
}

struct r2_route world_route(const char *dst, const char *gateway, const char *src, uint32_t link,
			    uint8_t protocol)
{
	struct r2_route route = {.dst = prefix(dst),
				 .gateway = ip(gateway),
				 .prefsrc = ip(src),
				 .table = R2_MAIN_TABLE,
				 .link = link,
				 .protocol = protocol,
				 .scope = gateway ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK,
				 .type = R2_TYPE_UNICAST};
	if (route.dst.addr.family == R2_IPV6)
		route.metric = 1024;
	return route;
}

static void push_addr(struct r2_host *host, const char *address, const char *subnet, uint32_t link)
{
	struct r2_addr addr = {.link = link, .ip = ip(address), .subnet = prefix(subnet)};
	struct r2_route onlink = world_route(subnet, NULL, NULL, link, R2_PROTO_KERNEL);
	addr.subnet.addr = addr.ip;
	if (addr.ip.family == R2_IPV4)
		addr.broadcast = r2_ip_fill(&addr.ip, addr.subnet.len);
	assert_true(r2_list_push(&host->addrs, &addr));
	assert_true(r2_list_push(&host->routes, &onlink));
}

void world(struct r2_host *ret)
{
	static const enum r2_family families[] = {R2_IPV4, R2_IPV6};
	struct r2_host host = {0};

	push_link(&host, LO, "lo", R2_LINK_UP | R2_LINK_LOOPBACK);
	push_link(&host, E0, "e0", R2_LINK_UP | R2_LINK_CARRIER);
	push_link(&host, E1, "e1", R2_LINK_UP | R2_LINK_CARRIER);
	push_addr(&host, "4.3.2.2", "4.3.2.0/24", E0);
	push_addr(&host, "3.3.3.3", "3.3.3.0/24", E0);
	push_addr(&host, "6.5.4.2", "6.5.4.0/24", E1);
	push_addr(&host, "2001:db8:4::2", "2001:db8:4::/64", E0);
	push_addr(&host, "2001:db8:3::3", "2001:db8:3::/64", E0);
	push_addr(&host, "2001:db8:6::2", "2001:db8:6::/64", E1);

	struct r2_route defaults[] = {world_route("0.0.0.0/0", "4.3.2.1", NULL, E0, 3),
				      world_route("::/0", "2001:db8:4::1", NULL, E0, 3)};
	for (size_t i = 0; i < COUNT(defaults); i++) {
		struct r2_rule rule = {.priority = 32766,
				       .table = R2_MAIN_TABLE,
				       .flags = R2_RULE_TO_TABLE,
				       .family = (uint8_t)families[i],
				       .action = R2_ACTION_TO_TABLE,
				       .suppress_length = -1,
				       .suppress_group = -1};
		assert_true(r2_list_push(&host.routes, &defaults[i]));
		assert_true(r2_list_push(&host.rules, &rule));
	}
	*ret = host;
}

struct r2_mac world_mac(const struct r2_ip *gateway)
{
	uint8_t last = gateway->bytes[r2_ip_bytes(gateway) - 1];
	return (struct r2_mac){.len = 6, .bytes = {2, 0, 0, 0, gateway->family, last}};
}

/* ---- decisions -------------------------------------------------------------------------- */

static bool choose(const struct r2_host *host, const struct r2_book *book,
		   const struct r2_target *target, struct r2_choice *choice, struct r2_error *err)
{
	*choice = (struct r2_choice){.phantom = target->phantom};
	if (target->gateways.n)
		choice->mac = world_mac(&target->gateways.at[0]);
	if (!r2_plan_by_phantom(target) || r2_plan_phantom(book, target))
		return true;
	if (target->phantom.family)
		return r2_phantom_usable(host, book, target->route.link, &target->phantom, err);
	return r2_phantom_choose(host, book, target->route.link,
				 (enum r2_family)target->route.dst.addr.family, NULL,
				 &choice->phantom);
}

static void push_ops(r2_ops *ops, const r2_ops *more)
{
	r2_each (const struct r2_op, op, more)
		assert_true(r2_list_push(ops, op));
}

struct decision decide_add(const struct r2_host *host, const char *line, bool replace)
{
	struct r2_intent intent = must_read(line);
	struct r2_host tidy = copy_of(host);
	struct decision decision = {0};
	struct r2_target target;
	struct r2_choice choice;
	struct r2_book book = {0};
	r2_ops more = {0};

	assert_true(r2_plan_tidy(&tidy, &decision.ops, &decision.err));
	assert_true(r2_book_read(&tidy, &book));
	decision.ok = r2_settle(&tidy, &intent, &target, &decision.notes, &decision.err) &&
		      choose(&tidy, &book, &target, &choice, &decision.err) &&
		      r2_plan_add(&tidy, &book, &target, &choice, replace, &more, &decision.route,
				  &decision.notes, &decision.err);
	push_ops(&decision.ops, &more);
	r2_list_free(&more);
	r2_book_free(&book);
	r2_host_free(&tidy);
	return decision;
}

struct decision decide_del(const struct r2_host *host, const struct r2_route *key)
{
	struct r2_host tidy = copy_of(host);
	struct decision decision = {.route = *key};
	const struct r2_route *ours = NULL;
	r2_ops more = {0};

	assert_true(r2_plan_tidy(&tidy, &decision.ops, &decision.err));
	r2_each (const struct r2_route, route, &tidy.routes) {
		if (!ours && r2_route_is_ours(route) && r2_route_same_key(route, key))
			ours = route;
	}
	if (ours) {
		decision.ok = true;
		decision.route = *ours;
		assert_true(r2_plan_del(&tidy, ours, &more, &decision.err));
		push_ops(&decision.ops, &more);
		r2_list_free(&more);
	}
	r2_host_free(&tidy);
	return decision;
}

/* ---- doing ------------------------------------------------------------------------------ */

static void apply_one(struct r2_host *host, const struct r2_op *op)
{
	struct r2_error err = {0};
	if (!r2_fake_apply(host, op, &err))
		fail_msg("operation %d failed: %s", (int)op->kind, err.what);
}

void apply_ops(struct r2_host *host, const r2_ops *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		apply_one(host, &ops->at[i]);
}

void undo_ops(struct r2_host *host, const r2_ops *ops, size_t n)
{
	while (n-- > 0) {
		struct r2_op inverse = r2_op_inverse(&ops->at[n]);
		apply_one(host, &inverse);
	}
}

struct r2_host copy_of(const struct r2_host *host)
{
	struct r2_host copy = {0};
	assert_true(r2_host_copy(host, &copy));
	return copy;
}

void assert_same(const struct r2_host *a, const struct r2_host *b, const char *what)
{
	char why[300];
	if (r2_fake_differ(a, b, why, sizeof(why)))
		fail_msg("%s: %s", what, why);
}

/* ---- telling ---------------------------------------------------------------------------- */

void print_host(const struct r2_host *host)
{
	struct r2_op op = {.kind = R2_OP_ROUTE_ADD};
	char text[R2_COMMAND_TEXT];
	r2_each (const struct r2_route, route, &host->routes) {
		op.route = *route;
		if (route->protocol != R2_PROTO_KERNEL)
			print_message("# %s\n", r2_op_command(&op, NULL, host, text, sizeof(text)));
	}
	op.kind = R2_OP_NEIGH_ADD;
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		op.neigh = *neigh;
		print_message("# %s\n", r2_op_command(&op, NULL, host, text, sizeof(text)));
	}
}

void print_ops(const struct r2_host *host, const r2_ops *ops)
{
	char text[R2_COMMAND_TEXT];
	r2_each (const struct r2_op, op, ops)
		print_message("#   %s\n", r2_op_command(op, NULL, host, text, sizeof(text)));
}
