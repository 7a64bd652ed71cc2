/* SPDX-License-Identifier: MIT */
/* The book: lines of table 29234 read into phantoms and wishes, and written back as lines. */
#include "core/book.h"

#include <string.h>

static bool is_row(const struct r2_route *route)
{
	return route->table == R2_BOOK_TABLE && route->protocol == R2_PROTOCOL;
}

bool r2_book_is_wish(const struct r2_route *row)
{
	uint32_t order = row->metric % R2_BOOK_ORDERS;

	return order == 0 || order >= R2_BOOK_POLICY;
}

enum r2_method r2_book_method(const struct r2_route *row)
{
	uint32_t order = row->metric % R2_BOOK_ORDERS;

	if (order == R2_BOOK_POLICY)
		return R2_NATIVE;
	return order == R2_BOOK_SKIP ? R2_SKIPASSOURCE : R2_PLAIN;
}

static struct r2_entry *entry_numbered(struct r2_book *book, const struct r2_route *row)
{
	uint32_t number = row->metric / R2_BOOK_ORDERS;

	r2_each (struct r2_entry, entry, &book->entries) {
		if (entry->number == number && entry->link == row->link &&
		    r2_ip_equal(&entry->phantom, &row->gateway))
			return entry;
	}
	return NULL;
}

static bool read_gateway_row(struct r2_book *book, const struct r2_route *row)
{
	size_t order = row->metric % R2_BOOK_ORDERS - 1;
	struct r2_entry *entry = entry_numbered(book, row);

	if (!entry) {
		struct r2_entry fresh = {.phantom = row->gateway,
					 .link = row->link,
					 .steers = row->prefsrc,
					 .number = row->metric / R2_BOOK_ORDERS};

		if (!r2_list_push(&book->entries, &fresh))
			return false;
		entry = &book->entries.at[book->entries.n - 1];
	}
	if (order >= R2_GATEWAYS_MAX) {
		entry->torn = true;
		return true;
	}
	/* The kernel dumps by prefix, not by metric: lines come in any order. */
	entry->gateways.at[order] = row->dst.addr;
	if (order >= entry->gateways.n)
		entry->gateways.n = (uint8_t)(order + 1);
	return true;
}

static void mark_torn(struct r2_entry *entry)
{
	for (size_t i = 0; i < entry->gateways.n; i++) {
		if (entry->gateways.at[i].family == R2_NONE)
			entry->torn = true;
	}
}

bool r2_book_read(const struct r2_host *host, struct r2_book *ret_book)
{
	struct r2_book book = {0};

	r2_each (struct r2_route, route, &host->routes) {
		struct r2_wish wish = {.row = *route};
		bool ok = true;

		if (!is_row(route))
			continue;
		if (r2_book_is_wish(route))
			ok = r2_list_push(&book.wishes, &wish);
		else
			ok = read_gateway_row(&book, route);
		if (!ok) {
			r2_book_free(&book);
			return false;
		}
	}
	r2_each (struct r2_entry, entry, &book.entries) {
		mark_torn(entry);
		entry->taken = r2_host_addr(host, &entry->phantom, 0) != NULL;
	}
	*ret_book = book;
	return true;
}

void r2_book_free(struct r2_book *book)
{
	r2_list_free(&book->entries);
	r2_list_free(&book->wishes);
}

const struct r2_entry *r2_book_by_list(const struct r2_book *book, uint32_t link,
				       const struct r2_ip *steers,
				       const struct r2_gateways *gateways)
{
	r2_each (const struct r2_entry, entry, &book->entries) {
		if (!entry->torn && !entry->taken && entry->link == link &&
		    r2_ip_equal(&entry->steers, steers) &&
		    r2_gateways_equal(&entry->gateways, gateways))
			return entry;
	}
	return NULL;
}

const struct r2_entry *r2_book_by_phantom(const struct r2_book *book, const struct r2_ip *phantom,
					  uint32_t link)
{
	r2_each (const struct r2_entry, entry, &book->entries) {
		if ((!link || entry->link == link) && r2_ip_equal(&entry->phantom, phantom))
			return entry;
	}
	return NULL;
}

const struct r2_wish *r2_book_wish(const struct r2_book *book, const struct r2_route *route)
{
	r2_each (const struct r2_wish, wish, &book->wishes) {
		if (wish->row.link == route->link && r2_prefix_equal(&wish->row.dst, &route->dst) &&
		    r2_ip_equal(&wish->row.gateway, &route->gateway))
			return wish;
	}
	return NULL;
}

bool r2_book_wishes(const struct r2_book *book, const struct r2_route *route,
		    const struct r2_ip *src, enum r2_method method)
{
	const struct r2_wish *wish = r2_book_wish(book, route);

	return wish && r2_ip_equal(&wish->row.prefsrc, src) && r2_book_method(&wish->row) == method;
}

static bool number_taken(const struct r2_book *book, uint32_t number)
{
	r2_each (const struct r2_entry, entry, &book->entries) {
		if (entry->number == number)
			return true;
	}
	r2_each (const struct r2_wish, wish, &book->wishes) {
		if (wish->row.metric / R2_BOOK_ORDERS == number)
			return true;
	}
	return false;
}

uint32_t r2_book_free_number(const struct r2_book *book)
{
	uint32_t number = 1;

	while (number_taken(book, number))
		number++;
	return number;
}

struct r2_route r2_book_row(const struct r2_entry *entry, size_t order)
{
	return (struct r2_route){
		.dst = r2_prefix_host(&entry->gateways.at[order]),
		.gateway = entry->phantom,
		.prefsrc = entry->steers,
		.table = R2_BOOK_TABLE,
		.metric = entry->number * R2_BOOK_ORDERS + (uint32_t)order + 1,
		.link = entry->link,
		.protocol = R2_PROTOCOL,
		.type = R2_TYPE_UNICAST,
		.flags = R2_ROUTE_ONLINK,
	};
}

struct r2_route r2_book_wish_row(const struct r2_route *route, const struct r2_ip *src,
				 enum r2_method method, uint32_t number)
{
	struct r2_route row = *route;

	row.prefsrc = *src;
	row.table = R2_BOOK_TABLE;
	row.metric = number * R2_BOOK_ORDERS;
	if (method == R2_NATIVE)
		row.metric += R2_BOOK_POLICY;
	else if (method == R2_SKIPASSOURCE)
		row.metric += R2_BOOK_SKIP;
	row.flags = route->gateway.family ? R2_ROUTE_ONLINK : 0;
	return row;
}
