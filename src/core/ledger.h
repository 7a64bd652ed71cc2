/* SPDX-License-Identifier: MIT */
/*
 * The ledger: what is ours, where the system keeps no owner (Windows).
 *
 * A text file that only grows until it is written anew: each line says that one thing became ours
 * (`+`) or ceased to be (`-`), and ends with a check of itself, so that a line torn by a crash is
 * known for what it is. What the ledger claims counts only while the system has the very same.
 *
 *   + route 1.2.3.0/24 10.0.0.15 6000000000000 0 10.0.0.14 - 1c291ca3
 *   + book  10.0.0.1/32 10.0.0.15 6000000000000 257 10.0.0.14 - 5a0b77e1
 *   + neigh 10.0.0.15/32 10.0.0.15 6000000000000 0 - 02:00:00:00:00:01 9be31f02
 *   + skip  10.0.0.10/32 10.0.0.10 6000000000000 0 - - 41d0b6f7
 */
#ifndef R2_CORE_LEDGER_H
#define R2_CORE_LEDGER_H

#include "core/host.h"

enum r2_ledger_kind {
	R2_LEDGER_ROUTE,
	R2_LEDGER_BOOK,
	R2_LEDGER_NEIGH,
	R2_LEDGER_SKIP,
	R2_LEDGER_BOOT, /* the lines before it are of an earlier run of the system, @link says which
			 */
};

/**
 * struct r2_ledger_row - one thing of ours
 * @kind: enum r2_ledger_kind. What tells rows apart is, beside @link: of a route @dst and @hop, as
 *	Windows has it; of a line of the book @dst and @metric; of a neighbour, and of an address
 *	whose SkipAsSource route2 set, @hop
 * @gone: it was ours
 * @old: it was ours before the system was started anew: nothing is claimed by it, but it may be
 *	brought back
 * @seen: for who reads the system: it stands
 * @link: the interface's LUID, which outlives its index (NET_LUID, Microsoft Learn)
 * @dst: of a neighbour its own address
 * @hop: next hop, R2_NONE if on-link; of a neighbour its address, of an address itself
 * @src: the wanted source; R2_NONE if no field of the route would name it on Linux (`plain`)
 */
struct r2_ledger_row {
	uint8_t kind;
	bool gone, old, seen;
	uint64_t link;
	struct r2_prefix dst;
	struct r2_ip hop;
	uint32_t metric;
	struct r2_ip src;
	struct r2_mac mac;
};

typedef R2_LIST(struct r2_ledger_row) r2_ledger_rows;

/**
 * struct r2_ledger - zeroed it is empty
 * @slots: finds rows by hash, @room of them
 * @lines: of the file, to tell when it is worth writing anew
 * @boot: of the last line that says one, 0 for none
 */
struct r2_ledger {
	r2_ledger_rows rows;
	uint32_t *slots;
	size_t room;
	size_t lines;
	uint64_t boot;
};

/** r2_ledger_row_of() - of a route (of the book if that is its table) or of a neighbour */
struct r2_ledger_row r2_ledger_row_of(const struct r2_route *route, uint64_t link);
struct r2_ledger_row r2_ledger_row_of_neigh(const struct r2_neigh *neigh, uint64_t link);
struct r2_ledger_row r2_ledger_row_of_skip(const struct r2_ip *addr, uint64_t link);

/** r2_ledger_find() - the row, neither gone nor old, with the key of @key, or NULL */
const struct r2_ledger_row *r2_ledger_find(const struct r2_ledger *ledger,
					   const struct r2_ledger_row *key);
/** r2_ledger_find_old() - the same of an old one */
const struct r2_ledger_row *r2_ledger_find_old(const struct r2_ledger *ledger,
					       const struct r2_ledger_row *key);
/** r2_ledger_see() - r2_ledger_find(), and it is marked as seen */
const struct r2_ledger_row *r2_ledger_see(struct r2_ledger *ledger,
					  const struct r2_ledger_row *key);
/** r2_ledger_boot_row() - the line that says which run of the system the next ones are of */
struct r2_ledger_row r2_ledger_boot_row(uint64_t boot);
/** r2_ledger_prune() - what no old route needs is not worth remembering: gone. Return: how much */
size_t r2_ledger_prune(struct r2_ledger *ledger);

/** r2_ledger_note() - take @row in, in place of one of the same key; false: no memory */
bool r2_ledger_note(struct r2_ledger *ledger, const struct r2_ledger_row *row);

/** r2_ledger_same() - the same key, metric, source and MAC */
bool r2_ledger_same(const struct r2_ledger_row *a, const struct r2_ledger_row *b);

/** r2_ledger_format() - one line with its newline. Return: @buf */
#define R2_LEDGER_TEXT 256
const char *r2_ledger_format(const struct r2_ledger_row *row, char buf[R2_LEDGER_TEXT]);

/** r2_ledger_parse() - @line without its newline; false: torn, or not ours */
bool r2_ledger_parse(const char *line, size_t len, struct r2_ledger_row *ret);

/**
 * r2_ledger_read() - take in a whole file
 * @ret_torn: lines that were left out; a last one without its newline is not counted
 *
 * Return: false: no memory.
 */
bool r2_ledger_read(struct r2_ledger *ledger, const char *text, size_t len, size_t *ret_torn);

/** r2_ledger_free() - leaves it empty */
void r2_ledger_free(struct r2_ledger *ledger);

#endif
