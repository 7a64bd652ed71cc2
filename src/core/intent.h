/* SPDX-License-Identifier: MIT */
/*
 * An intent: what the user wants, one line of the grammar.
 *
 *   PREFIX [via GATEWAY [backup GATEWAY]...] src SOURCE [dev IFACE] [metric N] [table T]
 *          [method M] [phantom ADDRESS]
 *
 * The words after PREFIX may stand in any order but for `backup`, which follows `via`. An
 * argument list, a line of a file and a line that `show` prints are the same thing, so this is
 * the only parser and the only printer of it.
 */
#ifndef R2_CORE_INTENT_H
#define R2_CORE_INTENT_H

#include "core/error.h"
#include "core/host.h"
#include "core/ip.h"

#define R2_GATEWAYS_MAX 16

enum r2_method { R2_AUTO = 0, R2_NATIVE, R2_PHANTOM, R2_PLAIN, R2_SKIPASSOURCE };
#define R2_METHODS 5

/** r2_method_name() - the grammar's word */
const char *r2_method_name(enum r2_method method);

/** struct r2_gateways - the real routers in order: the first serves, the others back it up */
struct r2_gateways {
	uint8_t n;
	struct r2_ip at[R2_GATEWAYS_MAX];
};

/** r2_gateways_equal() - the same in the same order */
bool r2_gateways_equal(const struct r2_gateways *a, const struct r2_gateways *b);

/** enum r2_word - which words a line had; for `del` and `show` they are what selects */
enum r2_word {
	R2_WORD_PREFIX = 1 << 0,
	R2_WORD_VIA = 1 << 1,
	R2_WORD_SRC = 1 << 2,
	R2_WORD_DEV = 1 << 3,
	R2_WORD_METRIC = 1 << 4,
	R2_WORD_TABLE = 1 << 5,
	R2_WORD_METHOD = 1 << 6,
	R2_WORD_PHANTOM = 1 << 7,
	R2_WORD_BACKUP = 1 << 8,
	R2_WORD_NO_PREFIX = 1 << 9, /* only in @allowed: the line may begin without PREFIX */
};

/**
 * struct r2_intent
 * @given: enum r2_word, what the line said; fields not given hold their default
 * @dst: family R2_NONE if `default` was said and nothing else told the family
 * @metric: 0 unless given; Linux' IPv6 then means 1024 (r2_intent_metric())
 * @table: 254 unless given
 */
struct r2_intent {
	unsigned given;
	struct r2_prefix dst;
	struct r2_gateways gateways;
	struct r2_ip src;
	struct r2_ip phantom;
	char dev[R2_IFNAME];
	uint32_t metric;
	uint32_t table;
	enum r2_method method;
};

/**
 * struct r2_names - how names of tables are looked up (Linux: iproute2's rt_tables files)
 * @table: name to number; false if unknown. The function may be NULL: only numbers are known.
 * @table_name: number to name, NULL if it has none. May be NULL.
 */
struct r2_names {
	bool (*table)(void *ctx, const char *name, uint32_t *ret_number);
	const char *(*table_name)(void *ctx, uint32_t number);
	void *ctx;
};

/**
 * r2_names_table() - the number of a table
 * @names: may be NULL
 * @text: a number in decimal, `main`, `local`, `default`, `unspec`, or a name that @names knows
 */
bool r2_names_table(const struct r2_names *names, const char *text, uint32_t *ret_number);

/**
 * r2_intent_parse() - read a line that is already split into words
 * @words, @n: the words; PREFIX first, unless R2_WORD_NO_PREFIX allows to leave it out
 * @allowed: enum r2_word, the words this verb knows; another word is an error that suggests the
 *           nearest allowed one
 * @family: R2_NONE, or what -4 or -6 demand
 * @names: may be NULL
 * @ret_bad: index of the word at fault, for file:line:column; may be NULL
 *
 * Checks everything that can be told from the line alone: addresses, host bits, families mixed,
 * numbers, words twice or without their value, `backup` without `via`, the same gateway twice,
 * `method native` or `skipassource` with `backup` or `phantom`, phantom or gateway or
 * source equal to another of them, or multicast, unspecified or loopback. An IPv4 destination may
 * have an IPv6 phantom. Which words are *required* is the verb's business.
 *
 * Return: false with R2_USAGE and one sentence that names the value.
 */
bool r2_intent_parse(const char *const *words, size_t n, unsigned allowed, enum r2_family family,
		     const struct r2_names *names, struct r2_intent *ret_intent, size_t *ret_bad,
		     struct r2_error *err);

/**
 * r2_intent_parse_batch() - the batch file's DEST MASK GATEWAY SOURCE, as `add`
 * @words: exactly four; MASK is an IPv4 netmask. DEST may not have bits outside MASK.
 * @family: R2_NONE, or what -4 or -6 demand
 */
bool r2_intent_parse_batch(const char *const words[4], enum r2_family family,
			   struct r2_intent *ret_intent, struct r2_error *err);

/** r2_intent_metric() - the metric as @system will store it: on Linux IPv6 turns 0 into 1024 */
uint32_t r2_intent_metric(const struct r2_intent *intent, enum r2_system system);

/**
 * r2_intent_format() - the line, canonical order, only what is given; `default` for /0, unless
 * no other word would tell its family
 * @names: may be NULL; a name is printed only if it reads back as its number
 *
 * Return: @buf. What it prints r2_intent_parse() reads back into an equal intent.
 */
#define R2_INTENT_TEXT (R2_PREFIX_TEXT + (R2_GATEWAYS_MAX + 2) * (R2_IP_TEXT + 8) + R2_IFNAME + 128)
const char *r2_intent_format(const struct r2_intent *intent, const struct r2_names *names,
			     char buf[R2_INTENT_TEXT]);

#endif
