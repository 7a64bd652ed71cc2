/* SPDX-License-Identifier: MIT */
/*
 * The book: what no field of a route or neighbour holds, kept by the kernel itself in routing
 * table 29234, to which no rule leads (ARCHITECTURE.md, decisions). It has two kinds of lines:
 *
 *   GATEWAY/32 via PHANTOM dev IF onlink metric N*256+ORDER    a gateway behind a phantom,
 *                                                              N the phantom's number, ORDER from 1
 *                                                              (and `src SOURCE` where the phantom
 *                                                              itself picks it: Windows)
 *   PREFIX via GATEWAY dev IF onlink src SOURCE metric N*256   the source that a `plain` route to
 *                                                              PREFIX by GATEWAY is there for
 *                                                              (+254, +255: the same for `native`
 *                                                              and `skipassource` on Windows, where
 *                                                              no route names its source)
 *
 * A plain route's source follows from its device and next hop alone (IPv6: and its destination),
 * never from table or metric, so routes alike in these share their line. The kernel keys routes by
 * prefix and metric, hence a number of its own for each.
 */
#ifndef R2_CORE_BOOK_H
#define R2_CORE_BOOK_H

#include "core/host.h"
#include "core/intent.h"

/* Metrics that a number spans: order 0 is a wish, 1 and on are gateways; the last two wishes again.
 */
#define R2_BOOK_ORDERS 256u
#define R2_BOOK_POLICY 254u
#define R2_BOOK_SKIP   255u

/**
 * struct r2_entry - one phantom
 * @number: 1..2^24-1, its own in both families of a namespace
 * @torn: its lines are not numbered 1..n without a gap: half written, or meddled with
 * @steers: the source that the phantom itself picks, so that it cannot be shared with another
 *	(Windows); R2_NONE where each route names its own
 * @taken: somebody has the phantom's address, we ourselves or a host on the link: no new route may
 *	use it
 */
struct r2_entry {
	struct r2_ip phantom;
	uint32_t link;
	uint32_t number;
	bool torn, taken;
	struct r2_ip steers;
	struct r2_gateways gateways;
};

/** struct r2_wish - the source that a route without one is there for */
struct r2_wish {
	struct r2_route row;
};

/** struct r2_book - zeroed it is empty; borrows nothing from the host it was read from */
struct r2_book {
	R2_LIST(struct r2_entry) entries;
	R2_LIST(struct r2_wish) wishes;
};

/** r2_book_read() - the book of @host; false if memory ran out. The caller frees it. */
bool r2_book_read(const struct r2_host *host, struct r2_book *ret_book);
void r2_book_free(struct r2_book *book);

/** r2_book_by_list() - the phantom of just this gateway list on @link that steers to @steers, or
 * NULL */
const struct r2_entry *r2_book_by_list(const struct r2_book *book, uint32_t link,
				       const struct r2_ip *steers,
				       const struct r2_gateways *gateways);
/** r2_book_by_phantom() - the entry of a phantom address; @link 0: on any */
const struct r2_entry *r2_book_by_phantom(const struct r2_book *book, const struct r2_ip *phantom,
					  uint32_t link);
/** r2_book_is_wish() - is a line of the book a wish, not a gateway */
bool r2_book_is_wish(const struct r2_route *row);
/** r2_book_method() - how a wish is to come true: R2_PLAIN, R2_NATIVE or R2_SKIPASSOURCE */
enum r2_method r2_book_method(const struct r2_route *row);
/** r2_book_wish() - the line that belongs to a @route without a source, or NULL */
const struct r2_wish *r2_book_wish(const struct r2_book *book, const struct r2_route *route);
/** r2_book_wishes() - is it there, for this source and method */
bool r2_book_wishes(const struct r2_book *book, const struct r2_route *route,
		    const struct r2_ip *src, enum r2_method method);
/** r2_book_free_number() - the lowest number that no line of either kind has */
uint32_t r2_book_free_number(const struct r2_book *book);

/** r2_book_row() - the line of the book for the gateway at @order (0 is the first) */
struct r2_route r2_book_row(const struct r2_entry *entry, size_t order);
/** r2_book_wish_row() - the line of the book for a route that shall have @src by @method */
struct r2_route r2_book_wish_row(const struct r2_route *route, const struct r2_ip *src,
				 enum r2_method method, uint32_t number);

#endif
