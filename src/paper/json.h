/* SPDX-License-Identifier: MIT */
/*
 * JSON, written as it goes: a hundred thousand routes are never held. (Reading JSON is a library's
 * business; no library at hand writes without building the whole first.)
 */
#ifndef R2_PAPER_JSON_H
#define R2_PAPER_JSON_H

#include "core/ip.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define R2_JSON_DEPTH 16

/**
 * struct r2_json - a value being written; zero it and set @out
 * @lines: how deep values stand on a line of their own: 0 and 1 for those of the outermost list
 * @filled: a comma is due there
 */
struct r2_json {
	FILE *out;
	unsigned lines;
	unsigned depth;
	bool filled[R2_JSON_DEPTH];
};

/* @key is NULL inside arrays and at the top. */
void r2_json_open(struct r2_json *json, const char *key, char bracket);
void r2_json_close(struct r2_json *json, char bracket);
/** r2_json_text() - a string (RFC 8259 section 7); bytes that are no UTF-8 become '?' */
void r2_json_text(struct r2_json *json, const char *key, const char *value);
void r2_json_number(struct r2_json *json, const char *key, uint64_t value);
void r2_json_bool(struct r2_json *json, const char *key, bool value);
/** r2_json_ip() - an address as text; no address writes nothing, not even the key */
void r2_json_ip(struct r2_json *json, const char *key, const struct r2_ip *ip);

#endif
