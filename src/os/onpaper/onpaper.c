/* SPDX-License-Identifier: MIT */
/*
 * Idea: a host that is not here. What was written of it answers instead: its lists for a snapshot,
 * its neighbours for a question on the link, its model for a lookup. A dry run stands around it, so
 * that nothing is ever applied.
 */
#include <stdlib.h>
#include <string.h>

#include "core/foretell.h"
#include "os/os.h"

struct onpaper {
	struct r2_os os;
	struct r2_host host;
};

static struct onpaper *onpaper_of(struct r2_os *os)
{
	return (struct onpaper *)(void *)os; /* its first member */
}

static bool is_wanted(const struct r2_query *query, const struct r2_host *host,
		      const struct r2_route *route)
{
	if ((query->family != R2_NONE && route->dst.addr.family != query->family) ||
	    (query->protocol && route->protocol != query->protocol) ||
	    (query->table && route->table != query->table))
		return false;
	return !query->keep || query->keep(query->ctx, host, route);
}

/* Whoever had a MAC when the file was written is taken to be there still. */
static void take_at_their_word(struct r2_host *host)
{
	r2_each (struct r2_neigh, neigh, &host->neighs) {
		if (r2_neigh_has_mac(neigh) && !(neigh->state & R2_NUD_PERMANENT))
			neigh->state = R2_NUD_REACHABLE;
	}
}

static bool snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
		     struct r2_error *err)
{
	const struct r2_host *all = &onpaper_of(os)->host;
	struct r2_host host = {.system = all->system, .flags = all->flags};
	bool ok =
		r2_list_join(&host.links, &all->links) && r2_list_join(&host.addrs, &all->addrs) &&
		r2_list_join(&host.rules, &all->rules) &&
		r2_list_join(&host.neighs, &all->neighs) && r2_list_join(&host.hops, &all->hops) &&
		r2_list_join(&host.nexthops, &all->nexthops) &&
		r2_list_join(&host.members, &all->members) &&
		r2_list_join(&host.labels, &all->labels);

	take_at_their_word(&host);
	r2_each (const struct r2_route, route, &all->routes) {
		if (ok && (query->parts & R2_PART_ROUTES) && is_wanted(query, &host, route))
			ok = r2_list_push(&host.routes, route);
	}
	if (!ok) {
		r2_host_free(&host);
		return r2_error_set(err, R2_FAILED, "out of memory");
	}
	*ret_host = host;
	return true;
}

static bool lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		   struct r2_answer *ret_answer, struct r2_error *err)
{
	return r2_foretell(&onpaper_of(os)->host, dst, src, ret_answer, err);
}

/* Who is in the file's neighbour table with a MAC answers; all others are silent. */
static bool ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	const struct r2_host *host = &onpaper_of(os)->host;

	(void)tries, (void)timeout_ms, (void)err;
	for (size_t i = 0; i < n; i++) {
		const struct r2_neigh *neigh = r2_host_neigh(host, &asks[i].target, link->index);

		if (neigh && r2_neigh_has_mac(neigh)) {
			asks[i].answered = true;
			asks[i].mac = neigh->mac;
		}
	}
	return true;
}

static bool table(struct r2_os *os, const char *name, uint32_t *ret_number)
{
	(void)os;
	return r2_table_number(name, ret_number);
}

static const char *table_name(struct r2_os *os, uint32_t number)
{
	(void)os, (void)number;
	return NULL;
}

static void close_onpaper(struct r2_os *os)
{
	if (!os)
		return;
	r2_host_free(&onpaper_of(os)->host);
	free(onpaper_of(os));
}

static const struct r2_os_ops onpaper_ops = {
	.name = "onpaper",
	.snapshot = snapshot,
	.lookup = lookup,
	.ask = ask,
	.table = table,
	.table_name = table_name,
	.close = close_onpaper,
};

struct r2_os *r2_onpaper_open(struct r2_host *host, struct r2_error *err)
{
	struct onpaper *paper = malloc(sizeof(*paper));

	if (!paper) {
		r2_host_free(host);
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	*paper = (struct onpaper){{&onpaper_ops, host->system}, *host};
	*host = (struct r2_host){0};
	return r2_dryrun_open(&paper->os, err);
}
