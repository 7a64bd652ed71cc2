/* SPDX-License-Identifier: MIT */
/* A route as a line: method and gateways from the book, health from links and neighbours. */
#include "core/describe.h"
#include "core/source4.h"
#include "core/steer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The first problem found is the one that is told. */
R2_PRINTF(2, 3) static void problem(struct r2_line *line, const char *fmt, ...)
{
	va_list args;

	if (*line->problem)
		return;
	va_start(args, fmt);
	vsnprintf(line->problem, sizeof(line->problem), fmt, args);
	va_end(args);
}

static void describe_key(const struct r2_host *host, const struct r2_route *route,
			 struct r2_intent *intent)
{
	const struct r2_intent unsaid = {.dst = route->dst};
	const struct r2_link *link = r2_host_link(host, route->link);

	intent->given = R2_WORD_PREFIX | R2_WORD_METHOD;
	intent->dst = route->dst;
	intent->table = route->table;
	intent->metric = route->metric;
	if (route->table != R2_MAIN_TABLE)
		intent->given |= R2_WORD_TABLE;
	if (route->metric != r2_intent_metric(&unsaid, host->system))
		intent->given |= R2_WORD_METRIC;
	if (link) {
		memcpy(intent->dev, link->name, sizeof(intent->dev));
		intent->given |= R2_WORD_DEV;
	}
}

/* Which gateway's MAC does the phantom have: as far as the neighbour table knows. */
static void find_carrier(const struct r2_host *host, const struct r2_entry *entry,
			 struct r2_line *line)
{
	char text[R2_IP_TEXT];

	line->carrier = entry->gateways.n == 1 ? 0 : -1;
	for (size_t i = 0; i < entry->gateways.n; i++) {
		const struct r2_neigh *neigh =
			r2_host_neigh(host, &entry->gateways.at[i], entry->link);

		if (neigh && r2_mac_equal(&neigh->mac, &line->mac) && neigh->mac.len) {
			line->carrier = (int)i;
			if (neigh->state & R2_NUD_FAILED)
				problem(line, "gateway %s does not answer",
					r2_ip_format(&entry->gateways.at[i], text));
			return;
		}
		if (entry->gateways.n == 1 && neigh && (neigh->state & R2_NUD_REACHABLE))
			problem(line, "gateway %s has another MAC now",
				r2_ip_format(&entry->gateways.at[i], text));
		else if (neigh && (neigh->state & R2_NUD_FAILED))
			problem(line, "gateway %s does not answer",
				r2_ip_format(&entry->gateways.at[i], text));
	}
}

/* On Windows the next hop picks the source: say when it does so no more. */
static void check_steered(const struct r2_host *host, const struct r2_ip *hop, struct r2_line *line)
{
	const struct r2_addr *src = r2_host_addr(host, &line->intent.src, line->route.link);
	char text[R2_IP_TEXT];

	if (line->intent.method == R2_NATIVE || !src || src->link != line->route.link ||
	    !hop->family)
		return;
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (!(addr->flags & R2_ADDR_SKIP_AS_SOURCE) && r2_steer_in_way(addr, src, hop))
			problem(line, "%s is in the way of the source now",
				r2_ip_format(&addr->ip, text));
	}
}

static void describe_phantom(const struct r2_host *host, const struct r2_entry *entry,
			     struct r2_line *line)
{
	const struct r2_neigh *neigh = r2_host_neigh(host, &entry->phantom, entry->link);
	char text[R2_IP_TEXT];

	line->intent.gateways = entry->gateways;
	line->intent.phantom = entry->phantom;
	line->intent.given |= R2_WORD_PHANTOM | R2_WORD_VIA;
	if (entry->gateways.n > 1)
		line->intent.given |= R2_WORD_BACKUP;
	if (entry->torn) {
		line->lost = true;
		problem(line, "the book of phantom %s is incomplete",
			r2_ip_format(&entry->phantom, text));
	}
	if (!neigh || !r2_neigh_has_mac(neigh) || !(neigh->state & R2_NUD_PERMANENT)) {
		problem(line, "phantom %s has lost its neighbour entry: packets get nowhere",
			r2_ip_format(&entry->phantom, text));
		return;
	}
	line->mac = neigh->mac;
	find_carrier(host, entry, line);
	if (entry->steers.family)
		check_steered(host, &entry->phantom, line);
}

static void describe_gateway(const struct r2_host *host, const struct r2_route *route,
			     struct r2_line *line)
{
	const struct r2_neigh *neigh = r2_host_neigh(host, &route->gateway, route->link);
	char text[R2_IP_TEXT];

	if (!route->gateway.family)
		return;
	line->intent.gateways.n = 1;
	line->intent.gateways.at[0] = route->gateway;
	line->intent.given |= R2_WORD_VIA;
	if (route->gateway.family != route->dst.addr.family)
		problem(line, "phantom %s is not in the book", r2_ip_format(&route->gateway, text));
	if (neigh && (neigh->state & R2_NUD_FAILED))
		problem(line, "gateway %s does not answer", r2_ip_format(&route->gateway, text));
}

/* A plain route's source is the kernel's choice: say when it has become another. */
static void check_plain(const struct r2_host *host, const struct r2_route *route,
			struct r2_line *line)
{
	const struct r2_addr *winner;
	char text[R2_IP_TEXT];

	if (route->dst.addr.family != R2_IPV4)
		return;
	if (host->system == R2_SYSTEM_WINDOWS) {
		check_steered(host, &route->gateway, line);
		return;
	}
	winner = r2_source4(host, route->link, route->gateway.family ? &route->gateway : NULL,
			    route->gateway.family ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK, NULL);
	if (winner && !r2_ip_equal(&winner->ip, &line->intent.src))
		problem(line, "the kernel picks %s now", r2_ip_format(&winner->ip, text));
}

static void describe_source(const struct r2_host *host, const struct r2_book *book,
			    const struct r2_route *route, bool by_phantom, struct r2_line *line)
{
	const struct r2_wish *wish = book ? r2_book_wish(book, route) : NULL;

	line->intent.method = by_phantom ? R2_PHANTOM : R2_NATIVE;
	line->intent.src = route->prefsrc;
	if (!route->prefsrc.family && wish) {
		line->intent.method = r2_book_method(&wish->row);
		line->intent.src = wish->row.prefsrc;
		check_plain(host, route, line);
	}
	line->lost = !line->intent.src.family;
	if (line->lost) {
		problem(line, "has lost its source: say it again with replace ... src SOURCE");
		return;
	}
	line->intent.given |= R2_WORD_SRC;
	/* The kernel drops routes with their source in the main table only (fib_sync_down_addr()).
	 */
	line->lost = !r2_host_addr(host, &line->intent.src, 0);
	if (line->lost)
		problem(line, "its source is no address of this host any more");
}

void r2_describe(const struct r2_host *host, const struct r2_book *book,
		 const struct r2_route *route, struct r2_line *ret_line)
{
	const struct r2_entry *entry =
		book ? r2_book_by_phantom(book, &route->gateway, route->link) : NULL;
	struct r2_line line = {.route = *route, .carrier = -1};

	describe_key(host, route, &line.intent);
	describe_source(host, book, route, entry != NULL, &line);
	if (route->flags & R2_ROUTE_DEAD)
		problem(&line, "%s is down", line.intent.dev);
	if (route->flags & R2_ROUTE_LINKDOWN)
		problem(&line, "%s has no carrier", line.intent.dev);
	if (entry)
		describe_phantom(host, entry, &line);
	else
		describe_gateway(host, route, &line);
	*ret_line = line;
}

bool r2_line_matches(const struct r2_line *line, const struct r2_intent *selector)
{
	unsigned given = selector->given;

	if ((given & R2_WORD_PREFIX) && selector->dst.addr.family == R2_NONE && line->route.dst.len)
		return false; /* `default` of either family */
	if ((given & R2_WORD_PREFIX) && selector->dst.addr.family != R2_NONE &&
	    !r2_prefix_equal(&line->route.dst, &selector->dst))
		return false;
	if ((given & R2_WORD_SRC) && !r2_ip_equal(&line->intent.src, &selector->src))
		return false;
	if ((given & R2_WORD_DEV) && strcmp(line->intent.dev, selector->dev) != 0)
		return false;
	if ((given & R2_WORD_METRIC) && line->route.metric != selector->metric)
		return false;
	if ((given & R2_WORD_VIA) &&
	    !r2_gateways_equal(&line->intent.gateways, &selector->gateways))
		return false;
	if ((given & R2_WORD_METHOD) && selector->method != R2_AUTO &&
	    line->intent.method != selector->method)
		return false;
	if ((given & R2_WORD_PHANTOM) && !r2_ip_equal(&line->intent.phantom, &selector->phantom))
		return false;
	return !(given & R2_WORD_TABLE) || line->route.table == selector->table;
}

const char *r2_line_format(const struct r2_line *line, const struct r2_names *names,
			   char buf[R2_LINE_TEXT])
{
	size_t n = line->lost ? 2 : 0;

	memcpy(buf, "# ", 2);
	r2_intent_format(&line->intent, names, buf + n);
	if (*line->problem) {
		n += strlen(buf + n);
		snprintf(buf + n, R2_LINE_TEXT - n, "  %s%s", line->lost ? "" : "# ",
			 line->problem);
	}
	return buf;
}
