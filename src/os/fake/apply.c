/* SPDX-License-Identifier: MIT */
/*
 * Idea: what the kernel's fib_table_insert(), fib6_add_rt2node() and neigh_add() would let happen,
 * on plain lists; tests/kernel asks the real one the same.
 */
#include <errno.h>
#include <string.h>

#include "core/skip.h"
#include "os/fake/fake.h"

static bool fail(struct r2_error *err, int error, const char *call, const char *what)
{
	r2_error_set(err, R2_FAILED, "%s", what);
	err->native = error;
	err->call = call;
	return false;
}

/* Where the routes of @route's key stand: [@first, @end), and @same, the very route, or @end. */
struct place {
	size_t first, end, same, count;
};

static struct place place_of(const struct r2_host *host, const struct r2_route *route)
{
	struct place place = {host->routes.n, host->routes.n, host->routes.n, 0};
	for (size_t i = 0; i < host->routes.n; i++) {
		const struct r2_route *one = &host->routes.at[i];
		if (!r2_route_same_key(one, route))
			continue;
		if (place.count++ == 0)
			place.first = i;
		place.end = i + 1;
		if (r2_route_same(one, route))
			place.same = i;
	}
	return place;
}

static bool insert(struct r2_host *host, size_t at, const struct r2_route *route,
		   struct r2_error *err)
{
	if (!r2_list_push(&host->routes, route))
		return r2_error_set(err, R2_FAILED, "out of memory");
	memmove(&host->routes.at[at + 1], &host->routes.at[at],
		(host->routes.n - 1 - at) * sizeof(*host->routes.at));
	host->routes.at[at] = *route;
	return true;
}

static void take_out(struct r2_host *host, size_t at)
{
	host->routes.n--;
	memmove(&host->routes.at[at], &host->routes.at[at + 1],
		(host->routes.n - at) * sizeof(*host->routes.at));
}

/* The kernel refuses what it could not use (fib_check_nh(), fib_valid_prefsrc()). */
static bool is_usable(const struct r2_host *host, const struct r2_route *route,
		      struct r2_error *err)
{
	const struct r2_link *link = r2_host_link(host, route->link);
	if (!link)
		return fail(err, ENODEV, "RTM_NEWROUTE", "no such interface");
	if (!(link->flags & R2_LINK_UP))
		return fail(err, ENETDOWN, "RTM_NEWROUTE", "the interface is down");
	if (route->prefsrc.family && !r2_host_addr(host, &route->prefsrc, 0))
		return fail(err, EINVAL, "RTM_NEWROUTE", "the source is no address of this host");
	return true;
}

static bool put_route(struct r2_host *host, const struct r2_op *op, const struct r2_route *route,
		      struct r2_error *err)
{
	bool ipv6 = route->dst.addr.family == R2_IPV6;
	struct place place = place_of(host, route);
	bool there = place.same < host->routes.n;

	if (ipv6 && op->kind != R2_OP_ROUTE_ADD)
		return fail(err, EOPNOTSUPP, "RTM_NEWROUTE", "IPv6 would make this an ECMP route");
	if (!is_usable(host, route, err))
		return false;
	if (there && (op->kind != R2_OP_ROUTE_PREPEND || place.same == place.first))
		return true;
	if (op->kind == R2_OP_ROUTE_ADD && place.count > 0)
		return fail(err, EEXIST, "RTM_NEWROUTE", "another route has that key");
	if (there)
		take_out(host, place.same); /* PREPEND: it moves to the front */
	return insert(host, op->kind == R2_OP_ROUTE_PREPEND ? place.first : place.end, route, err);
}

static bool replace_route(struct r2_host *host, const struct r2_route *old,
			  const struct r2_route *route, struct r2_error *err)
{
	struct place place = place_of(host, old);
	if (route->dst.addr.family != R2_IPV6)
		return fail(err, EOPNOTSUPP, "RTM_NEWROUTE", "replacing is for IPv6");
	if (!is_usable(host, route, err))
		return false;
	if (place.count > 1)
		return fail(err, EEXIST, "RTM_NEWROUTE", "another route has that key");
	if (place.count == 0)
		return insert(host, host->routes.n, route, err);
	if (place.same == place.first)
		host->routes.at[place.first] = *route;
	else if (!r2_route_same(&host->routes.at[place.first], route))
		return fail(err, EEXIST, "RTM_NEWROUTE", "another route has that key");
	return true;
}

static bool is_free(const struct r2_neigh *neigh)
{
	const unsigned taken = R2_NUD_REACHABLE | R2_NUD_STALE | R2_NUD_DELAY | R2_NUD_PROBE |
			       R2_NUD_NOARP | R2_NUD_PERMANENT;
	return !(neigh->state & taken);
}

static bool apply_neigh(struct r2_host *host, const struct r2_op *op, struct r2_error *err)
{
	struct r2_neigh *standing = NULL, made = op->neigh;
	r2_each (struct r2_neigh, one, &host->neighs) {
		if (one->link == made.link && r2_ip_equal(&one->ip, &made.ip))
			standing = one;
	}
	bool ours = standing && standing->protocol == R2_PROTOCOL;

	if (op->kind == R2_OP_NEIGH_DEL) {
		if (ours)
			*standing = host->neighs.at[--host->neighs.n];
		return true;
	}
	made.state = R2_NUD_PERMANENT;
	made.protocol = R2_PROTOCOL;
	if (!r2_host_link(host, made.link))
		return fail(err, ENODEV, "RTM_NEWNEIGH", "no such interface");
	if (!standing)
		return r2_list_push(&host->neighs, &made) ||
		       r2_error_set(err, R2_FAILED, "out of memory");
	bool same = ours && r2_mac_equal(&standing->mac, &made.mac);
	if (!is_free(standing) && !same && !(ours && op->kind == R2_OP_NEIGH_SET))
		return fail(err, EEXIST, "RTM_NEWNEIGH", "it is in use by a neighbour");
	*standing = made;
	return true;
}

/* As the kernel will tell it: type set; on Linux IPv6 metric 0 is 1024. */
static struct r2_route form(const struct r2_host *host, const struct r2_route *route)
{
	struct r2_route formed = *route;
	if (!formed.type)
		formed.type = R2_TYPE_UNICAST;
	if (host->system == R2_SYSTEM_LINUX && formed.dst.addr.family == R2_IPV6 && !formed.metric)
		formed.metric = 1024;
	return formed;
}

bool r2_fake_apply(struct r2_host *host, const struct r2_op *op, struct r2_error *err)
{
	const struct r2_route route = form(host, &op->route), old = form(host, &op->old);
	struct place place;

	switch (op->kind) {
	case R2_OP_ROUTE_ADD:
	case R2_OP_ROUTE_PREPEND:
	case R2_OP_ROUTE_APPEND:
		return put_route(host, op, &route, err);
	case R2_OP_ROUTE_REPLACE:
		return replace_route(host, &old, &route, err);
	case R2_OP_ROUTE_DEL:
		place = place_of(host, &route);
		if (place.same < host->routes.n)
			take_out(host, place.same);
		return true;
	case R2_OP_NEIGH_ADD:
	case R2_OP_NEIGH_SET:
	case R2_OP_NEIGH_DEL:
		return apply_neigh(host, op, err);
	case R2_OP_SKIP_SET:
	case R2_OP_SKIP_CLEAR:
		r2_skip_done(host, op);
		return true;
	}
	return r2_error_set(err, R2_FAILED, "unknown operation %d", (int)op->kind);
}
