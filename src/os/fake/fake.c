/* SPDX-License-Identifier: MIT */
/* Idea: the seam over plain lists, with a hook for every misfortune that a test may want. */
#include "os/fake/fake.h"
#include "core/book.h"
#include "core/foretell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES_MAX 8

/* Who answers ARP and ND. */
struct voice {
	struct r2_ip ip;
	struct r2_mac mac;
};

struct fake {
	struct r2_os os;
	struct r2_host host, old; /* @old: of before a restart */
	r2_ops journal;
	R2_LIST(struct voice) voices;
	unsigned calls, asked;
	unsigned fail_at[FAILURES_MAX]; /* counted as @calls; 0: unused */
	bool held, refuse, obeys;
};

static struct fake *fake_of(struct r2_os *os)
{
	return (struct fake *)(void *)os; /* its first member */
}

static const struct fake *fake_of_const(const struct r2_os *os)
{
	return (const struct fake *)(const void *)os;
}

static bool begin(struct r2_os *os, unsigned wait_ms,
		  void (*waiting)(void *ctx, const char *holder), void *ctx, struct r2_error *err)
{
	struct fake *fake = fake_of(os);
	(void)wait_ms, (void)waiting, (void)ctx;
	if (fake->refuse)
		return r2_error_set(err, R2_NOT_PERMITTED, "changing routes is not permitted");
	if (fake->held)
		return r2_error_set(err, R2_FAILED, "the lock is held already");
	fake->held = true;
	return true;
}

static void end(struct r2_os *os)
{
	fake_of(os)->held = false;
}

static bool wants(const struct r2_query *query, enum r2_part part, unsigned family)
{
	return (query->parts & (unsigned)part) && (!query->family || query->family == family);
}

static bool copy_routes(const struct r2_host *from, const struct r2_query *query,
			struct r2_host *to)
{
	r2_each (const struct r2_route, route, &from->routes) {
		if (!wants(query, R2_PART_ROUTES, route->dst.addr.family) ||
		    (query->protocol && route->protocol != query->protocol) ||
		    (query->table && route->table != query->table) ||
		    (query->keep && !query->keep(query->ctx, to, route)))
			continue;
		if (!r2_list_push(&to->routes, route))
			return false;
	}
	return true;
}

static bool copy_parts(const struct r2_host *from, const struct r2_query *query, struct r2_host *to)
{
	r2_each (const struct r2_link, link, &from->links) {
		if ((query->parts & R2_PART_LINKS) && !r2_list_push(&to->links, link))
			return false;
	}
	r2_each (const struct r2_addr, addr, &from->addrs) {
		if (wants(query, R2_PART_ADDRS, addr->ip.family) && !r2_list_push(&to->addrs, addr))
			return false;
	}
	r2_each (const struct r2_rule, rule, &from->rules) {
		if (wants(query, R2_PART_RULES, rule->family) && !r2_list_push(&to->rules, rule))
			return false;
	}
	r2_each (const struct r2_neigh, neigh, &from->neighs) {
		if (wants(query, R2_PART_NEIGHS, neigh->ip.family) &&
		    !r2_list_push(&to->neighs, neigh))
			return false;
	}
	return copy_routes(from, query, to);
}

static bool snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
		     struct r2_error *err)
{
	struct r2_host host = {.system = fake_of(os)->host.system,
			       .flags = fake_of(os)->host.flags};
	if (!copy_parts(&fake_of(os)->host, query, &host)) {
		r2_host_free(&host);
		return r2_error_set(err, R2_FAILED, "out of memory");
	}
	*ret_host = host;
	return true;
}

/* What is said again, or deleted, is not old any more. */
static void forget(struct r2_host *old, const struct r2_op *op)
{
	size_t n = 0;

	r2_each (const struct r2_route, route, &old->routes) {
		if (!r2_prefix_equal(&route->dst, &op->route.dst) ||
		    route->metric != op->route.metric || route->table != op->route.table)
			old->routes.at[n++] = *route;
	}
	old->routes.n = n;
	n = 0;
	r2_each (const struct r2_neigh, neigh, &old->neighs) {
		if (!r2_ip_equal(&neigh->ip, &op->neigh.ip))
			old->neighs.at[n++] = *neigh;
	}
	old->neighs.n = n;
}

static bool apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err)
{
	struct fake *fake = fake_of(os);
	fake->calls++;
	for (size_t i = 0; i < FAILURES_MAX; i++) {
		if (fake->fail_at[i] == fake->calls) {
			fake->fail_at[i] = 0;
			r2_error_set(err, R2_FAILED, "the fake was told to fail here");
			err->native = EIO;
			err->call = "fake";
			return false;
		}
	}
	if (!r2_fake_apply(&fake->host, op, err))
		return false;
	forget(&fake->old, op);
	return r2_list_push(&fake->journal, op) || r2_error_set(err, R2_FAILED, "out of memory");
}

/* The best route for @dst: the local table first, then main; the longest, then the lowest metric.
 */
static const struct r2_route *best_route(const struct r2_host *host, const struct r2_ip *dst,
					 uint32_t table)
{
	const struct r2_route *best = NULL;
	r2_each (const struct r2_route, one, &host->routes) {
		if (one->table != table || !r2_prefix_contains(&one->dst, dst) ||
		    (one->flags & R2_ROUTE_DEAD))
			continue;
		if (!best || one->dst.len > best->dst.len ||
		    (one->dst.len == best->dst.len && one->metric < best->metric))
			best = one;
	}
	return best;
}

/* A simple stand-in for the kernels' choice: the first address on the link, subnet mates first. */
static struct r2_ip pick_source(const struct r2_host *host, const struct r2_route *route,
				const struct r2_ip *dst)
{
	const struct r2_ip *next = route->gateway.family ? &route->gateway : dst;
	struct r2_ip source = {0};
	if (route->prefsrc.family)
		return route->prefsrc;
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link != route->link || addr->ip.family != dst->family)
			continue;
		if (r2_prefix_contains(&addr->subnet, next) && !(addr->flags & R2_ADDR_SECONDARY))
			return addr->ip;
		if (!source.family)
			source = addr->ip;
	}
	return source;
}

/* The longest policy that holds @dst names its source. */
static void follow_policy(const struct fake *fake, const struct r2_ip *dst,
			  struct r2_answer *answer)
{
	const struct r2_route *best = NULL;

	r2_each (const struct r2_route, row, &fake->host.routes) {
		if (row->table == R2_BOOK_TABLE && r2_book_is_wish(row) &&
		    r2_book_method(row) == R2_NATIVE && r2_prefix_contains(&row->dst, dst) &&
		    (!best || row->dst.len > best->dst.len))
			best = row;
	}
	if (!fake->obeys || !best || r2_ip_equal(&best->prefsrc, &answer->source))
		return;
	answer->tabled = answer->source;
	answer->source = best->prefsrc;
}

static bool lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		   struct r2_answer *ret_answer, struct r2_error *err)
{
	(void)src; /* it has no rules that could look at it */
	const struct r2_host *host = &fake_of(os)->host;
	const struct r2_route *route = best_route(host, dst, R2_LOCAL_TABLE);
	struct r2_answer answer = {0};
	if (host->system == R2_SYSTEM_WINDOWS) {
		if (!r2_foretell(host, dst, NULL, ret_answer, err))
			return false;
		follow_policy(fake_of(os), dst, ret_answer);
		return true;
	}
	if (!route)
		route = best_route(host, dst, R2_MAIN_TABLE);
	if (!route || (route->type != R2_TYPE_UNICAST && !route->link)) {
		answer.error = route ? EHOSTUNREACH : ENETUNREACH;
	} else {
		answer.type = route->type;
		answer.source = pick_source(host, route, dst);
		answer.gateway = route->gateway;
		answer.link = route->link;
		answer.table = route->table;
		answer.match = *route;
	}
	*ret_answer = answer;
	return true;
}

static bool ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	struct fake *fake = fake_of(os);
	(void)link, (void)timeout_ms, (void)err;
	for (size_t i = 0; i < n; i++) {
		asks[i].answered = false;
		fake->asked++;
		r2_each (const struct voice, voice, &fake->voices) {
			if (!tries || !voice->mac.len || !r2_ip_equal(&voice->ip, &asks[i].target))
				continue;
			asks[i].answered = true;
			asks[i].mac = voice->mac;
		}
	}
	return true;
}

static bool policy(struct r2_os *os, const struct r2_host *host, const struct r2_ip *src,
		   struct r2_error *err)
{
	(void)host, (void)src;
	fake_of(os)->asked++;
	if (fake_of(os)->obeys)
		return true;
	r2_error_set(err, R2_FAILED, "connection policies are there, but not obeyed");
	return r2_error_hint(err, "netsh int ipv4 set gl routepolicies=enabled turns them on");
}

static bool recall(struct r2_os *os, struct r2_host *ret_host, struct r2_error *err)
{
	const struct r2_host *old = &fake_of(os)->old;
	struct r2_host host = {.system = old->system, .flags = old->flags};

	if (!r2_list_join(&host.links, &fake_of(os)->host.links) ||
	    !r2_list_join(&host.addrs, &fake_of(os)->host.addrs) ||
	    !r2_list_join(&host.neighs, &old->neighs) ||
	    !r2_list_join(&host.routes, &old->routes)) {
		r2_host_free(&host);
		return r2_error_set(err, R2_FAILED, "out of memory");
	}
	*ret_host = host;
	return true;
}

/* linux/rtnetlink.h, enum rt_class_t. */
static const struct {
	uint32_t number;
	const char *name;
} names[] = {{R2_MAIN_TABLE, "main"}, {R2_LOCAL_TABLE, "local"}, {253, "default"}};

static bool table(struct r2_os *os, const char *name, uint32_t *ret_number)
{
	(void)os;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, name)) {
			*ret_number = names[i].number;
			return true;
		}
	}
	return false;
}

static const char *table_name(struct r2_os *os, uint32_t number)
{
	(void)os;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

static void close_fake(struct r2_os *os)
{
	if (!os)
		return;
	struct fake *fake = fake_of(os);
	r2_host_free(&fake->host);
	r2_host_free(&fake->old);
	r2_list_free(&fake->journal);
	r2_list_free(&fake->voices);
	free(fake);
}

static const struct r2_os_ops fake_ops = {
	.name = "fake",
	.begin = begin,
	.end = end,
	.snapshot = snapshot,
	.apply = apply,
	.lookup = lookup,
	.ask = ask,
	.policy = policy,
	.recall = recall,
	.table = table,
	.table_name = table_name,
	.close = close_fake,
};

struct r2_os *r2_fake_open(struct r2_host *host)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	if (!fake)
		return NULL;
	fake->os.ops = &fake_ops;
	if (host) {
		fake->host = *host;
		fake->os.system = host->system;
		memset(host, 0, sizeof(*host));
	}
	return &fake->os;
}

struct r2_host *r2_fake_host(struct r2_os *os)
{
	return &fake_of(os)->host;
}

void r2_fake_fail_at(struct r2_os *os, unsigned n)
{
	struct fake *fake = fake_of(os);
	if (n == 0)
		memset(fake->fail_at, 0, sizeof(fake->fail_at));
	for (size_t i = 0; i < FAILURES_MAX && n > 0; i++) {
		if (!fake->fail_at[i]) {
			fake->fail_at[i] = fake->calls + n;
			return;
		}
	}
}

void r2_fake_refuse_writers(struct r2_os *os)
{
	fake_of(os)->refuse = true;
}

bool r2_fake_restart(struct r2_os *os)
{
	struct r2_host *host = &fake_of(os)->host, *old = &fake_of(os)->old;
	size_t n = 0;
	bool ok = true;

	old->system = host->system;
	r2_each (const struct r2_route, route, &host->routes) {
		if (route->protocol == R2_PROTOCOL)
			ok = ok && r2_list_push(&old->routes, route);
		else
			host->routes.at[n++] = *route;
	}
	host->routes.n = n;
	n = 0;
	r2_each (const struct r2_neigh, neigh, &host->neighs) {
		if (neigh->protocol == R2_PROTOCOL)
			ok = ok && r2_list_push(&old->neighs, neigh);
		else
			host->neighs.at[n++] = *neigh;
	}
	host->neighs.n = n;
	r2_each (struct r2_addr, addr, &host->addrs) {
		if (addr->flags & R2_ADDR_SKIP_IS_OURS)
			addr->flags &= ~(uint32_t)(R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_SKIP_IS_OURS);
	}
	return ok;
}

void r2_fake_obey(struct r2_os *os, bool obey)
{
	fake_of(os)->obeys = obey;
}

unsigned r2_fake_calls(const struct r2_os *os)
{
	return fake_of_const(os)->calls;
}

bool r2_fake_held(const struct r2_os *os)
{
	return fake_of_const(os)->held;
}

const r2_ops *r2_fake_journal(const struct r2_os *os)
{
	return &fake_of_const(os)->journal;
}

unsigned r2_fake_asked(const struct r2_os *os)
{
	return fake_of_const(os)->asked;
}

bool r2_fake_answer(struct r2_os *os, const struct r2_ip *ip, const struct r2_mac *mac)
{
	struct fake *fake = fake_of(os);
	const struct voice voice = {*ip, *mac};
	r2_each (struct voice, one, &fake->voices) {
		if (r2_ip_equal(&one->ip, ip)) {
			*one = voice;
			return true;
		}
	}
	return r2_list_push(&fake->voices, &voice);
}
