/* SPDX-License-Identifier: MIT */
/* The ledger: lines in and out, and a hash over their keys. */
#include "core/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KINDS[] = {"route", "book", "neigh", "skip", "boot"};

/* FNV-1a, 32 bits (draft-eastlake-fnv): it tells a torn line, not a forged one. */
#define FNV_BASIS UINT32_C(2166136261)
#define FNV_PRIME UINT32_C(16777619)

static uint32_t hash(uint32_t state, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		state = (state ^ bytes[i]) * FNV_PRIME;
	return state;
}

/* ---- rows ---- */

struct r2_ledger_row r2_ledger_row_of(const struct r2_route *route, uint64_t link)
{
	return (struct r2_ledger_row){
		.kind = route->table == R2_BOOK_TABLE ? R2_LEDGER_BOOK : R2_LEDGER_ROUTE,
		.link = link,
		.dst = route->dst,
		.hop = route->gateway,
		.metric = route->metric,
		.src = route->prefsrc,
	};
}

struct r2_ledger_row r2_ledger_row_of_neigh(const struct r2_neigh *neigh, uint64_t link)
{
	return (struct r2_ledger_row){
		.kind = R2_LEDGER_NEIGH,
		.link = link,
		.dst = r2_prefix_host(&neigh->ip),
		.hop = neigh->ip,
		.mac = neigh->mac,
	};
}

struct r2_ledger_row r2_ledger_row_of_skip(const struct r2_ip *addr, uint64_t link)
{
	return (struct r2_ledger_row){
		.kind = R2_LEDGER_SKIP, .link = link, .dst = r2_prefix_host(addr), .hop = *addr};
}

static bool is_of_address(const struct r2_ledger_row *row)
{
	return row->kind == R2_LEDGER_NEIGH || row->kind == R2_LEDGER_SKIP;
}

static bool same_key(const struct r2_ledger_row *a, const struct r2_ledger_row *b)
{
	if (a->kind != b->kind || a->link != b->link)
		return false;
	if (is_of_address(a))
		return r2_ip_equal(&a->hop, &b->hop);
	if (!r2_prefix_equal(&a->dst, &b->dst))
		return false;
	return a->kind == R2_LEDGER_BOOK ? a->metric == b->metric : r2_ip_equal(&a->hop, &b->hop);
}

bool r2_ledger_same(const struct r2_ledger_row *a, const struct r2_ledger_row *b)
{
	return same_key(a, b) && a->metric == b->metric && r2_ip_equal(&a->src, &b->src) &&
	       r2_ip_equal(&a->hop, &b->hop) && r2_mac_equal(&a->mac, &b->mac);
}

static uint32_t key_hash(const struct r2_ledger_row *row)
{
	uint32_t state = hash(FNV_BASIS, &row->kind, sizeof(row->kind));

	state = hash(state, &row->link, sizeof(row->link));
	if (is_of_address(row))
		return hash(state, row->hop.bytes, r2_ip_bytes(&row->hop));
	state = hash(state, row->dst.addr.bytes, r2_ip_bytes(&row->dst.addr));
	state = hash(state, &row->dst.len, sizeof(row->dst.len));
	if (row->kind == R2_LEDGER_BOOK)
		return hash(state, &row->metric, sizeof(row->metric));
	return row->hop.family ? hash(state, row->hop.bytes, r2_ip_bytes(&row->hop)) : state;
}

/* ---- the hash: slots hold the row's place plus one, 0 is free ---- */

static size_t slot_of(const struct r2_ledger *ledger, const struct r2_ledger_row *key)
{
	size_t at = key_hash(key) & (ledger->room - 1);

	while (ledger->slots[at] && !same_key(&ledger->rows.at[ledger->slots[at] - 1], key))
		at = (at + 1) & (ledger->room - 1);
	return at;
}

static bool make_room(struct r2_ledger *ledger)
{
	size_t room = ledger->room ? ledger->room * 2 : 64;
	uint32_t *slots;

	if (ledger->rows.n * 2 < ledger->room)
		return true;
	slots = calloc(room, sizeof(*slots));
	if (!slots)
		return false;
	free(ledger->slots);
	ledger->slots = slots;
	ledger->room = room;
	for (size_t i = 0; i < ledger->rows.n; i++)
		slots[slot_of(ledger, &ledger->rows.at[i])] = (uint32_t)i + 1;
	return true;
}

static struct r2_ledger_row *find(const struct r2_ledger *ledger, const struct r2_ledger_row *key,
				  bool old)
{
	struct r2_ledger_row *row;
	uint32_t slot;

	if (!ledger->room)
		return NULL;
	slot = ledger->slots[slot_of(ledger, key)];
	row = slot ? &ledger->rows.at[slot - 1] : NULL;
	return row && !row->gone && row->old == old ? row : NULL;
}

const struct r2_ledger_row *r2_ledger_find(const struct r2_ledger *ledger,
					   const struct r2_ledger_row *key)
{
	return find(ledger, key, false);
}

const struct r2_ledger_row *r2_ledger_find_old(const struct r2_ledger *ledger,
					       const struct r2_ledger_row *key)
{
	return find(ledger, key, true);
}

const struct r2_ledger_row *r2_ledger_see(struct r2_ledger *ledger, const struct r2_ledger_row *key)
{
	struct r2_ledger_row *row = find(ledger, key, false);

	if (row)
		row->seen = true;
	return row;
}

/* ---- what was ours before the system was started anew ---- */

struct r2_ledger_row r2_ledger_boot_row(uint64_t boot)
{
	return (struct r2_ledger_row){
		.kind = R2_LEDGER_BOOT, .link = boot, .dst.addr.family = R2_IPV4};
}

static void begin_boot(struct r2_ledger *ledger, uint64_t boot)
{
	if (boot != ledger->boot) {
		r2_each (struct r2_ledger_row, row, &ledger->rows)
			row->old = true;
	}
	ledger->boot = boot;
}

/* A phantom's lines go with its routes, a wish with its own. */
static bool is_needed_by(const struct r2_ledger_row *row, const struct r2_ledger_row *route)
{
	if (route->kind != R2_LEDGER_ROUTE || route->gone || !route->old ||
	    route->link != row->link)
		return false;
	if (row->kind == R2_LEDGER_SKIP)
		return true;
	return r2_ip_equal(&route->hop, &row->hop);
}

size_t r2_ledger_prune(struct r2_ledger *ledger)
{
	size_t pruned = 0;

	r2_each (struct r2_ledger_row, row, &ledger->rows) {
		bool needed = row->kind == R2_LEDGER_ROUTE || row->gone || !row->old;

		for (size_t i = 0; !needed && i < ledger->rows.n; i++)
			needed = is_needed_by(row, &ledger->rows.at[i]);
		if (!needed) {
			row->gone = true;
			pruned++;
		}
	}
	return pruned;
}

bool r2_ledger_note(struct r2_ledger *ledger, const struct r2_ledger_row *row)
{
	size_t at;

	if (!make_room(ledger))
		return false;
	ledger->lines++;
	if (row->kind == R2_LEDGER_BOOT) {
		begin_boot(ledger, row->link);
		return true;
	}
	at = slot_of(ledger, row);
	if (ledger->slots[at]) {
		ledger->rows.at[ledger->slots[at] - 1] = *row;
		return true;
	}
	if (!r2_list_push(&ledger->rows, row))
		return false;
	ledger->slots[at] = (uint32_t)ledger->rows.n;
	return true;
}

void r2_ledger_free(struct r2_ledger *ledger)
{
	r2_list_free(&ledger->rows);
	free(ledger->slots);
	*ledger = (struct r2_ledger){0};
}

/* ---- lines ---- */

const char *r2_ledger_format(const struct r2_ledger_row *row, char buf[R2_LEDGER_TEXT])
{
	char dst[R2_PREFIX_TEXT], hop[R2_IP_TEXT] = "-", src[R2_IP_TEXT] = "-";
	char mac[R2_MAC_TEXT] = "-";
	int n;

	if (row->hop.family)
		r2_ip_format(&row->hop, hop);
	if (row->src.family)
		r2_ip_format(&row->src, src);
	if (row->mac.len)
		r2_mac_format(&row->mac, mac);
	n = snprintf(buf, R2_LEDGER_TEXT, "%c %s %s %s %" PRIx64 " %" PRIu32 " %s %s",
		     row->gone ? '-' : '+', KINDS[row->kind], r2_prefix_format(&row->dst, dst), hop,
		     row->link, row->metric, src, mac);
	snprintf(buf + n, R2_LEDGER_TEXT - (size_t)n, " %08" PRIx32 "\n",
		 hash(FNV_BASIS, buf, (size_t)n));
	return buf;
}

/* Columns of a line that has passed its check: cut in place. */
static size_t cut(char *text, char *ret[], size_t room)
{
	size_t n = 0;
	char *at = text;

	while (*at && n < room) {
		ret[n++] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	return n;
}

static bool parse_ip(const char *text, struct r2_ip *ret)
{
	*ret = (struct r2_ip){0};
	return strcmp(text, "-") == 0 || r2_ip_parse(text, ret);
}

static bool parse_number(const char *text, int base, uint64_t max, uint64_t *ret)
{
	char *end;

	*ret = strtoull(text, &end, base);
	return end != text && !*end && *ret <= max;
}

static bool parse_columns(char *columns[], struct r2_ledger_row *row)
{
	uint64_t metric;
	bool known = false;

	for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++) {
		if (strcmp(columns[1], KINDS[i]) == 0) {
			row->kind = (uint8_t)i;
			known = true;
		}
	}
	row->gone = *columns[0] == '-';
	if (!known || r2_prefix_parse(columns[2], &row->dst) != R2_PREFIX_OK ||
	    !parse_ip(columns[3], &row->hop) ||
	    !parse_number(columns[4], 16, UINT64_MAX, &row->link) ||
	    !parse_number(columns[5], 10, UINT32_MAX, &metric) || !parse_ip(columns[6], &row->src))
		return false;
	row->metric = (uint32_t)metric;
	return strcmp(columns[7], "-") == 0 || r2_mac_parse(columns[7], &row->mac);
}

bool r2_ledger_parse(const char *line, size_t len, struct r2_ledger_row *ret)
{
	struct r2_ledger_row row = {0};
	char text[R2_LEDGER_TEXT], *columns[8];
	uint64_t check;

	/* An editor has been at it. */
	if (len && line[len - 1] == '\r')
		len--;
	if (len < 10 || len >= sizeof(text) || line[len - 9] != ' ')
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	if (!parse_number(text + len - 8, 16, UINT32_MAX, &check) ||
	    check != hash(FNV_BASIS, text, len - 9))
		return false;
	text[len - 9] = '\0';
	if (cut(text, columns, 8) != 8 || (strcmp(columns[0], "+") != 0 && *columns[0] != '-') ||
	    !parse_columns(columns, &row))
		return false;
	*ret = row;
	return true;
}

bool r2_ledger_read(struct r2_ledger *ledger, const char *text, size_t len, size_t *ret_torn)
{
	*ret_torn = 0;
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;
		struct r2_ledger_row row;

		if (r2_ledger_parse(text, line, &row)) {
			if (!r2_ledger_note(ledger, &row))
				return false;
		} else {
			*ret_torn += end != NULL;
		}
		text += line + (end != NULL);
		len -= line + (end != NULL);
	}
	return true;
}
