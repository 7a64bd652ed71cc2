/* SPDX-License-Identifier: MIT */
/*
 * The grammar, read. (intent.c writes it.)
 *
 * One table holds the words; reading a line is: find the word, hand its value to the word's
 * reader, and when all are read, hold them against each other.
 */
#include <stdio.h>
#include <string.h>

#include "core/advice.h"
#include "core/intent.h"
#include "core/text.h"
#include "core/words.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define WORDS 8

/**
 * struct line - a line while it is read
 * @at: the word being read, in the end the one at fault
 * @value_at: where each word's (last) value stands, by its place in the table of words
 * @family: of all addresses, once the first has told it; @teller is that address's text
 */
struct line {
	const char *const *words;
	size_t n, at;
	size_t value_at[WORDS];
	unsigned allowed;
	const struct r2_names *names;
	enum r2_family family;
	const char *teller;
	struct r2_intent intent;
	struct r2_error *err;
};

struct word;
typedef bool reader(struct line *line, const struct word *word, const char *value);
static reader read_via, read_backup, read_src, read_dev, read_metric, read_table, read_method,
	read_phantom;

/**
 * struct word - a word of the grammar
 * @wants: what follows it; @means: what it is the word for; both for messages
 */
struct word {
	const char *name;
	enum r2_word bit;
	const char *wants, *means;
	reader *read;
};

enum { VIA, BACKUP, SRC, DEV, METRIC, TABLE, METHOD, PHANTOM };

static const struct word words[WORDS] = {
	[VIA] = {"via", R2_WORD_VIA, "a gateway", "the gateway", read_via},
	[BACKUP] = {"backup", R2_WORD_BACKUP, "a gateway", "a further gateway", read_backup},
	[SRC] = {"src", R2_WORD_SRC, "a source address", "the source address", read_src},
	[DEV] = {"dev", R2_WORD_DEV, "an interface", "the interface", read_dev},
	[METRIC] = {"metric", R2_WORD_METRIC, "a number", "the metric", read_metric},
	[TABLE] = {"table", R2_WORD_TABLE, "a table", "the routing table", read_table},
	[METHOD] = {"method", R2_WORD_METHOD, "a method", "the method", read_method},
	[PHANTOM] = {"phantom", R2_WORD_PHANTOM, "a phantom address", "the made-up next hop",
		     read_phantom},
};

/* What other tools call it. */
static const struct {
	const char *alias;
	const struct word *word;
} synonyms[] = {
	{"from", &words[SRC]},      {"source", &words[SRC]},      {"gw", &words[VIA]},
	{"gateway", &words[VIA]},   {"nexthop", &words[VIA]},     {"device", &words[DEV]},
	{"interface", &words[DEV]}, {"iface", &words[DEV]},       {"oif", &words[DEV]},
	{"if", &words[DEV]},        {"lookup", &words[TABLE]},    {"preference", &words[METRIC]},
	{"pref", &words[METRIC]},   {"priority", &words[METRIC]},
};

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	return NULL;
}

static const struct word *find_synonym(const char *name)
{
	for (size_t i = 0; i < COUNT(synonyms); i++) {
		if (strcmp(synonyms[i].alias, name) == 0)
			return synonyms[i].word;
	}
	return NULL;
}

/* ---- addresses -------------------------------------------------------------------------- */

static bool hold_family(struct line *line, const struct r2_ip *ip, const char *text)
{
	if (!line->family) {
		line->family = ip->family;
		line->teller = text;
	}
	if (line->family == ip->family)
		return true;
	if (line->teller)
		return r2_error_set(line->err, R2_USAGE, "%s and %s are of different families",
				    text, line->teller);
	return r2_error_set(line->err, R2_USAGE, "%s is not of IPv%d, which -%d demands", text,
			    line->family, line->family);
}

/* What kind of address no host has for its own. */
static const char *unfit_kind(const struct r2_ip *ip)
{
	if (r2_ip_is_unspecified(ip))
		return "the unspecified address";
	if (r2_ip_is_multicast(ip))
		return "a multicast address";
	return r2_ip_is_loopback(ip) ? "a loopback address" : NULL;
}

static bool read_address(struct line *line, const struct word *word, const char *text,
			 struct r2_ip *ret_ip)
{
	if (!r2_ip_parse(text, ret_ip))
		return r2_advise_address(text, line->err);
	const char *kind = unfit_kind(ret_ip);
	if (kind)
		return r2_error_set(line->err, R2_USAGE, "%s is %s and cannot be %s", text, kind,
				    word->wants);
	return true;
}

static bool read_via(struct line *line, const struct word *word, const char *value)
{
	struct r2_gateways *gateways = &line->intent.gateways;
	struct r2_ip ip;
	if (!read_address(line, word, value, &ip) || !hold_family(line, &ip, value))
		return false;
	for (size_t i = 0; i < gateways->n; i++) {
		if (r2_ip_equal(&gateways->at[i], &ip))
			return r2_error_set(line->err, R2_USAGE, "gateway %s is named twice",
					    value);
	}
	if (gateways->n == R2_GATEWAYS_MAX)
		return r2_error_set(line->err, R2_USAGE, "%s is one gateway too many: %d at most",
				    value, R2_GATEWAYS_MAX);
	gateways->at[gateways->n++] = ip;
	return true;
}

static bool read_backup(struct line *line, const struct word *word, const char *value)
{
	if (line->intent.gateways.n)
		return read_via(line, word, value);
	r2_error_set(line->err, R2_USAGE, "backup %s has no gateway before it to back up", value);
	return r2_error_hint(line->err, "name the first one with \"via\"");
}

static bool read_src(struct line *line, const struct word *word, const char *value)
{
	return read_address(line, word, value, &line->intent.src) &&
	       hold_family(line, &line->intent.src, value);
}

/* Its family is looked at when all others are known: an IPv6 one may serve IPv4. */
static bool read_phantom(struct line *line, const struct word *word, const char *value)
{
	return read_address(line, word, value, &line->intent.phantom);
}

/* ---- numbers and names ------------------------------------------------------------------ */

/* Strict decimal: no sign, no blank, no leading zero, which others would take for octal. */
static bool parse_number(const char *text, uint32_t *ret)
{
	uint64_t number = 0;
	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)number;
	return true;
}

static bool read_metric(struct line *line, const struct word *word, const char *value)
{
	(void)word;
	if (parse_number(value, &line->intent.metric))
		return true;
	return r2_error_set(line->err, R2_USAGE,
			    "metric \"%s\" is not a number from 0 to 4294967295", value);
}

/* iproute2 knows these names without any file. */
static const struct {
	const char *name;
	uint32_t number;
} known_tables[] = {
	{"main", R2_MAIN_TABLE}, {"local", R2_LOCAL_TABLE}, {"default", 253}, {"unspec", 0}};

bool r2_names_table(const struct r2_names *names, const char *text, uint32_t *ret)
{
	for (size_t i = 0; i < COUNT(known_tables); i++) {
		if (strcmp(known_tables[i].name, text) == 0) {
			*ret = known_tables[i].number;
			return true;
		}
	}
	return parse_number(text, ret) ||
	       (names && names->table && names->table(names->ctx, text, ret));
}

static const char *why_not_table(uint32_t number)
{
	if (number == 0)
		return "stands for any table, and holds no routes";
	if (number == R2_LOCAL_TABLE)
		return "is the kernel's own: the addresses of this host";
	return number == R2_BOOK_TABLE ? "is route2's book of gateways" : NULL;
}

static bool read_table(struct line *line, const struct word *word, const char *value)
{
	(void)word;
	if (!r2_names_table(line->names, value, &line->intent.table)) {
		r2_error_set(line->err, R2_USAGE, "unknown table \"%s\"", value);
		return r2_error_hint(line->err, "a number from 1 to 4294967295 needs no name");
	}
	const char *why_not = why_not_table(line->intent.table);
	if (why_not)
		return r2_error_set(line->err, R2_USAGE, "table %s %s", value, why_not);
	return true;
}

/* Linux's dev_valid_name() in net/core/dev.c, but for what a name of Windows may have: it may be
 * longer, and have blanks in it. */
static const char *why_not_dev(const char *name)
{
	if (!*name)
		return "is empty";
	if (strlen(name) >= R2_IFNAME)
		return "is longer than 127 bytes";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "is a directory's";
	if (strpbrk(name, "/:\""))
		return "has a slash, a colon or a quote in it";
	return strpbrk(name, "\t\n\v\f\r") ? "has a blank in it" : NULL;
}

static bool read_dev(struct line *line, const struct word *word, const char *value)
{
	(void)word;
	const char *why_not = why_not_dev(value);
	if (why_not)
		return r2_error_set(line->err, R2_USAGE, "interface name \"%s\" %s", value,
				    why_not);
	memcpy(line->intent.dev, value, strlen(value) + 1);
	return true;
}

static bool read_method(struct line *line, const struct word *word, const char *value)
{
	const char *names[R2_METHODS];
	(void)word;
	for (unsigned i = 0; i < R2_METHODS; i++) {
		names[i] = r2_method_name((enum r2_method)i);
		if (strcmp(names[i], value) == 0) {
			line->intent.method = (enum r2_method)i;
			return true;
		}
	}
	const char *near = r2_words_nearest(value, names, R2_METHODS);
	r2_error_set(line->err, R2_USAGE, "unknown method \"%s\"", value);
	if (near)
		return r2_error_hint(line->err, "did you mean \"%s\"?", near);
	return r2_error_hint(line->err,
			     "it is auto, native, phantom, plain or, on Windows, skipassource");
}

/* ---- the line --------------------------------------------------------------------------- */

static bool read_prefix(struct line *line, const char *text)
{
	enum r2_prefix_fault fault;
	line->intent.given |= R2_WORD_PREFIX;
	if (strcmp(text, "default") == 0)
		return true;
	fault = r2_prefix_parse(text, &line->intent.dst);
	if (fault)
		return r2_advise_prefix(text, fault, line->err);
	return hold_family(line, &line->intent.dst.addr, text);
}

/* Name the words that may stand here, or the one that seems meant. */
static bool hint_words(struct line *line, const char *text)
{
	const char *names[WORDS];
	struct r2_ip ip;
	struct r2_text list = r2_text_start(line->err->hint, sizeof(line->err->hint));
	for (size_t i = 0; i < WORDS; i++)
		names[i] = line->allowed & words[i].bit ? words[i].name : NULL;
	const char *near = r2_words_nearest(text, names, WORDS);
	if (near)
		return r2_error_hint(line->err, "did you mean \"%s\"?", near);
	if (r2_ip_parse(text, &ip))
		return r2_error_hint(line->err, "an address needs a word before it");
	for (size_t i = 0; i < WORDS; i++) {
		if (names[i])
			r2_text_add(&list, "%s%s", list.n ? ", " : "the words here are ", names[i]);
	}
	return false;
}

static bool refuse_word(struct line *line, const char *text)
{
	const struct word *meant = find_synonym(text);
	if (find_word(text)) {
		r2_error_set(line->err, R2_USAGE, "\"%s\" has no place here", text);
		return hint_words(line, "");
	}
	r2_error_set(line->err, R2_USAGE, "unknown word \"%s\"", text);
	if (meant && (line->allowed & meant->bit))
		return r2_error_hint(line->err, "\"%s\" is the word for %s", meant->name,
				     meant->means);
	return hint_words(line, text);
}

static bool refuse_twice(struct line *line, const struct word *word)
{
	r2_error_set(line->err, R2_USAGE, "\"%s\" is said twice", word->name);
	if (word->bit == R2_WORD_VIA)
		r2_error_hint(line->err, "further gateways follow as \"backup\"");
	return false;
}

/* An interface or a table may be called `src`, and a method `phantom`; nothing else may. */
static bool is_value(const struct word *word, const char *text)
{
	return (word->bit & (R2_WORD_DEV | R2_WORD_TABLE | R2_WORD_METHOD)) || !find_word(text);
}

static bool read_word(struct line *line)
{
	const struct word *word = find_word(line->words[line->at]);
	if (!word || !(line->allowed & word->bit))
		return refuse_word(line, line->words[line->at]);
	if (line->intent.given & word->bit & ~(unsigned)R2_WORD_BACKUP)
		return refuse_twice(line, word);
	if (line->at + 1 == line->n || !is_value(word, line->words[line->at + 1]))
		return r2_error_set(line->err, R2_USAGE, "\"%s\" needs %s after it", word->name,
				    word->wants);
	line->intent.given |= word->bit;
	line->at++;
	line->value_at[word - words] = line->at;
	return word->read(line, word, line->words[line->at]);
}

/* A # that begins a word begins a comment, as in a shell: `show` puts remarks behind it. */
static size_t without_comment(const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i][0] == '#')
			return i;
	}
	return n;
}

static bool read_line(struct line *line)
{
	const char *first = line->n ? line->words[0] : NULL;
	if (first && !find_word(first) && !find_synonym(first)) {
		if (!read_prefix(line, first))
			return false;
		line->at++;
	} else if (!(line->allowed & R2_WORD_NO_PREFIX)) {
		r2_error_set(line->err, R2_USAGE, "a destination must come first%s%s",
			     first ? ", not " : "", first ? first : "");
		return r2_error_hint(line->err, "such as 192.0.2.0/24, 2001:db8::1 or default");
	}
	for (; line->at < line->n; line->at++) {
		if (!read_word(line))
			return false;
	}
	return true;
}

/* ---- the line as a whole ---------------------------------------------------------------- */

static bool settle_family(struct line *line)
{
	struct r2_intent *intent = &line->intent;
	if (!line->family)
		line->family = intent->phantom.family;
	if (!intent->dst.len)
		intent->dst.addr.family = (uint8_t)line->family;
	if (!(intent->given & R2_WORD_PREFIX))
		intent->dst.addr.family = R2_NONE;
	line->at = line->value_at[PHANTOM];
	if (intent->phantom.family == R2_IPV6 && line->family == R2_IPV4)
		return true; /* RTA_VIA: an IPv4 route may have an IPv6 next hop */
	return !intent->phantom.family ||
	       hold_family(line, &intent->phantom, line->words[line->at]);
}

static bool check_method(struct line *line)
{
	const struct r2_intent *intent = &line->intent;
	const char *name = r2_method_name(intent->method);
	line->at = line->value_at[METHOD];
	if (intent->method != R2_NATIVE && intent->method != R2_SKIPASSOURCE)
		return true;
	if (intent->given & R2_WORD_BACKUP) {
		r2_error_set(line->err, R2_USAGE, "method %s knows no backup %s", name,
			     line->words[line->value_at[BACKUP]]);
		return r2_error_hint(line->err, "method phantom does, and auto chooses it");
	}
	return !intent->phantom.family ||
	       r2_error_set(line->err, R2_USAGE, "method %s knows no phantom %s", name,
			    line->words[line->value_at[PHANTOM]]);
}

static bool is_gateway(const struct r2_gateways *gateways, const struct r2_ip *ip)
{
	for (size_t i = 0; i < gateways->n; i++) {
		if (r2_ip_equal(&gateways->at[i], ip))
			return true;
	}
	return false;
}

static bool refuse_twins(struct line *line, size_t word, const char *twins)
{
	line->at = line->value_at[word];
	return r2_error_set(line->err, R2_USAGE, "%s cannot be both %s", line->words[line->at],
			    twins);
}

static bool check_twins(struct line *line)
{
	const struct r2_intent *intent = &line->intent;
	if (is_gateway(&intent->gateways, &intent->src))
		return refuse_twins(line, SRC, "gateway and source");
	if (is_gateway(&intent->gateways, &intent->phantom))
		return refuse_twins(line, PHANTOM, "gateway and phantom");
	if (intent->src.family && r2_ip_equal(&intent->src, &intent->phantom))
		return refuse_twins(line, PHANTOM, "source and phantom");
	return true;
}

bool r2_intent_parse(const char *const *text, size_t n, unsigned allowed, enum r2_family family,
		     const struct r2_names *names, struct r2_intent *ret_intent, size_t *ret_bad,
		     struct r2_error *err)
{
	struct line line = {.words = text,
			    .n = without_comment(text, n),
			    .allowed = allowed,
			    .family = family,
			    .names = names,
			    .intent.table = R2_MAIN_TABLE,
			    .err = err};
	bool ok = read_line(&line) && settle_family(&line) && check_method(&line) &&
		  check_twins(&line);
	if (ok)
		*ret_intent = line.intent;
	else if (ret_bad)
		*ret_bad = line.at;
	return ok;
}

bool r2_intent_parse_batch(const char *const text[4], enum r2_family family,
			   struct r2_intent *ret_intent, struct r2_error *err)
{
	char prefix[R2_PREFIX_TEXT], other[R2_IP_TEXT];
	struct r2_ip dest, mask, masked;
	uint8_t len;
	if (!r2_ip_parse(text[0], &dest))
		return r2_advise_address(text[0], err);
	if (dest.family != R2_IPV4)
		return r2_error_set(err, R2_USAGE, "%s takes a length, not a mask", text[0]);
	if (!r2_ip_parse(text[1], &mask) || !r2_netmask_length(&mask, &len))
		return r2_error_set(err, R2_USAGE, "%s is no mask such as 255.255.0.0", text[1]);
	masked = r2_ip_mask(&dest, len);
	if (!r2_ip_equal(&dest, &masked)) {
		r2_error_set(err, R2_USAGE, "%s has bits set behind its mask %s", text[0], text[1]);
		return r2_error_hint(err, "the destination is %s", r2_ip_format(&masked, other));
	}
	snprintf(prefix, sizeof(prefix), "%s/%d", text[0], len);
	const char *const line[] = {prefix, "via", text[2], "src", text[3]};
	return r2_intent_parse(line, COUNT(line), R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_SRC,
			       family, NULL, ret_intent, NULL, err);
}
