/* SPDX-License-Identifier: MIT */
/*
 * Reading a file of routes. Lines mostly repeat all but the destination of the line before: then
 * only that is read.
 */
#include "core/file.h"
#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64
#define DEPTH_MAX 16
#define DEFAULTS                                                                                   \
	(R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC | R2_WORD_DEV | R2_WORD_METRIC |               \
	 R2_WORD_TABLE | R2_WORD_METHOD | R2_WORD_PHANTOM)

/* A file being read, and those that include it below; @path, @text: owned, but of the first. */
struct frame {
	const char *name;
	char *path, *text;
	char *next, *end;
	uint32_t line;
	struct r2_intent ipv4, ipv6; /* what `set` said before it, to come back to */
};

/* @ipv4, @ipv6: what `set` said, for lines of that family. */
struct reading {
	struct r2_file *file;
	const struct r2_file_reader *reader;
	struct frame frames[DEPTH_MAX + 1];
	unsigned depth;
	struct r2_intent ipv4, ipv6;
	const char *last_tail; /* the words behind the destination of the line before */
	size_t last_tail_n;
	uint32_t last_shape;
	uint8_t last_family;
	bool no_memory;
};

static struct frame *top(struct reading *reading)
{
	return &reading->frames[reading->depth];
}

/* ---- words ---- */

struct words {
	const char *at[WORDS_MAX];
	size_t column[WORDS_MAX];
	size_t n;
};

static void split(char *line, struct words *ret)
{
	char *at = line, *word;

	ret->n = 0;
	while (ret->n < WORDS_MAX) {
		at += strspn(at, " \t\r");
		if (*at == '#')
			return;
		word = r2_words_next(&at);
		if (!word)
			return;
		ret->at[ret->n] = word;
		ret->column[ret->n++] = (size_t)(word - line) + 1;
	}
}

static void say_bad(struct reading *reading, size_t column, const struct r2_error *err)
{
	const struct frame *frame = top(reading);

	reading->file->bad++;
	reading->reader->say_bad(reading->reader->ctx, frame->name, frame->line,
				 (unsigned long)column, err);
}

static uint32_t id_of_line(struct reading *reading)
{
	const struct r2_stretch *last =
		&reading->file->stretches.at[reading->file->stretches.n - 1];

	return last->id + (top(reading)->line - last->line);
}

/* ---- set ---- */

static void take_over(struct r2_intent *to, const struct r2_intent *from)
{
	if (from->given & R2_WORD_VIA) {
		to->gateways = from->gateways;
		to->given &= ~(unsigned)R2_WORD_BACKUP;
		to->given |= from->given & (R2_WORD_VIA | R2_WORD_BACKUP);
	}
	if (from->given & R2_WORD_SRC)
		to->src = from->src;
	if (from->given & R2_WORD_PHANTOM)
		to->phantom = from->phantom;
	if (from->given & R2_WORD_DEV)
		memcpy(to->dev, from->dev, sizeof(to->dev));
	if (from->given & R2_WORD_METRIC)
		to->metric = from->metric;
	if (from->given & R2_WORD_TABLE)
		to->table = from->table;
	if (from->given & R2_WORD_METHOD)
		to->method = from->method;
	to->given |= from->given;
}

/* Which family the addresses that `set` names are of; R2_NONE if it names none. */
static enum r2_family family_of(const struct r2_intent *intent)
{
	if (intent->given & R2_WORD_VIA)
		return (enum r2_family)intent->gateways.at[0].family;
	if (intent->given & R2_WORD_SRC)
		return (enum r2_family)intent->src.family;
	return (enum r2_family)intent->phantom.family;
}

static void read_set(struct reading *reading, const struct words *words)
{
	struct r2_intent said;
	struct r2_error err;
	enum r2_family family;
	size_t bad = 0;

	reading->last_tail = NULL;
	if (words->n == 1) {
		reading->ipv4 = reading->ipv6 = (struct r2_intent){0};
		return;
	}
	if (!r2_intent_parse(words->at + 1, words->n - 1, DEFAULTS | R2_WORD_NO_PREFIX, R2_NONE,
			     reading->reader->names, &said, &bad, &err)) {
		r2_error_prefix(&err, "set");
		say_bad(reading, words->column[1 + bad < words->n ? 1 + bad : words->n - 1], &err);
		return;
	}
	family = family_of(&said);
	if (family != R2_IPV6)
		take_over(&reading->ipv4, &said);
	if (family != R2_IPV4)
		take_over(&reading->ipv6, &said);
}

/* ---- a line ---- */

/* What the line does not say, of the defaults; `via` brings its backups with it. */
static void fill_in(const struct reading *reading, struct r2_intent *intent)
{
	const struct r2_intent *from =
		intent->dst.addr.family == R2_IPV6 ? &reading->ipv6 : &reading->ipv4;
	struct r2_intent both = *from, own = *intent;

	if (!from->given)
		return;
	both.dst = own.dst;
	if (!(both.given & R2_WORD_TABLE))
		both.table = own.table;
	take_over(&both, &own);
	*intent = both;
}

/*
 * Words that come from two lines must still go together: said in one, they are held against the
 * grammar once more.
 */
static bool check_filled(const struct reading *reading, const struct r2_intent *intent,
			 struct r2_error *err)
{
	char text[R2_INTENT_TEXT];
	struct words words;
	struct r2_intent unused;
	size_t bad;

	r2_intent_format(intent, NULL, text);
	split(text, &words);
	if (r2_intent_parse(words.at, words.n, DEFAULTS | R2_WORD_PREFIX, reading->reader->family,
			    NULL, &unused, &bad, err))
		return true;
	return r2_error_prefix(err, "with what `set` says");
}

static bool has_word(const struct words *words, const char *word)
{
	for (size_t i = 1; i < words->n; i++) {
		if (strcmp(words->at[i], word) == 0)
			return true;
	}
	return false;
}

/* `backup` alone backs up the `via` that was set: it is put before it. */
static void put_via(const struct reading *reading, struct words *words, char buf[R2_IP_TEXT])
{
	struct r2_prefix dst = {0};
	const struct r2_intent *from = &reading->ipv4;

	if (words->n + 2 > WORDS_MAX || !has_word(words, "backup") || has_word(words, "via"))
		return;
	if (r2_prefix_parse(words->at[0], &dst) == R2_PREFIX_OK && dst.addr.family == R2_IPV6)
		from = &reading->ipv6;
	if (!(from->given & R2_WORD_VIA))
		return;
	memmove(words->at + 3, words->at + 1, (words->n - 1) * sizeof(*words->at));
	memmove(words->column + 3, words->column + 1, (words->n - 1) * sizeof(*words->column));
	words->at[1] = "via";
	words->at[2] = r2_ip_format(&from->gateways.at[0], buf);
	words->column[1] = words->column[2] = words->column[0];
	words->n += 2;
}

static bool parse_line(const struct reading *reading, struct words *words, struct r2_intent *ret,
		       size_t *ret_bad, struct r2_error *err)
{
	char via[R2_IP_TEXT];

	*ret_bad = 0;
	put_via(reading, words, via);
	if (!r2_intent_parse(words->at, words->n, DEFAULTS | R2_WORD_PREFIX,
			     reading->reader->family, reading->reader->names, ret, ret_bad, err))
		return false;
	if (!ret->dst.addr.family)
		ret->dst.addr.family = (uint8_t)R2_IPV4;
	fill_in(reading, ret);
	if ((reading->ipv4.given || reading->ipv6.given) && !check_filled(reading, ret, err))
		return false;
	if (ret->given & R2_WORD_SRC)
		return true;
	r2_error_set(err, R2_USAGE, "`src` is missing: the address to send from");
	return r2_error_hint(err, "say it here, or for all lines: set src SOURCE");
}

static void read_route(struct reading *reading, struct words *words)
{
	struct r2_intent intent;
	struct r2_error err;
	size_t bad;

	reading->last_tail = NULL;
	if (!parse_line(reading, words, &intent, &bad, &err)) {
		say_bad(reading, words->column[bad < words->n ? bad : words->n - 1], &err);
		return;
	}
	if (!r2_file_add(reading->file, &intent, id_of_line(reading)))
		reading->no_memory = true;
	reading->last_shape = reading->file->items.n
				      ? reading->file->items.at[reading->file->items.n - 1].shape
				      : 0;
	reading->last_family = intent.dst.addr.family;
}

/* The destination that the text at *at begins with; *at moves behind it. */
static bool read_dst(char **at, uint8_t family, struct r2_prefix *ret)
{
	const char *behind = *at;
	char *end, kept;
	bool ok;

	if (family == R2_IPV4) {
		ok = r2_prefix_read(&behind, ret);
		*at += behind - *at;
		return ok;
	}
	end = *at + strcspn(*at, " \t\n");
	kept = *end;
	*end = '\0';
	ok = r2_prefix_parse(*at, ret) == R2_PREFIX_OK && ret->addr.family == family;
	*end = kept;
	*at = end;
	return ok;
}

/*
 * The next line, if it has the words of the line before behind a destination of the same family:
 * then not even its end need be looked for. Return: false to read it in full.
 */
static bool read_as_before(struct reading *reading)
{
	struct frame *frame = top(reading);
	char *at = frame->next;
	size_t n = reading->last_tail_n;
	struct r2_prefix dst;
	struct r2_item item;

	if (!reading->last_tail || !read_dst(&at, reading->last_family, &dst) ||
	    r2_ip_is_multicast(&dst.addr) || !dst.len)
		return false;
	if ((size_t)(frame->end - at) < n || memcmp(at, reading->last_tail, n) != 0)
		return false;
	at += n;
	if (at < frame->end && *at != '\n')
		return false;
	frame->next = at + 1;
	frame->line++;
	item = r2_item_make(&dst, reading->last_shape, id_of_line(reading));
	if (!r2_list_push(&reading->file->items, &item))
		reading->no_memory = true;
	return true;
}

/* ---- include ---- */

/* How much of @name is folder, with what separates that from the rest. */
static size_t folder_of(const char *name, bool drives)
{
	const char *separators = drives ? "/\\:" : "/";
	size_t n = strlen(name);

	while (n > 0 && !strchr(separators, name[n - 1]))
		n--;
	return n;
}

static bool is_from_the_root(const char *name, bool drives)
{
	return name[0] == '/' || (drives && (name[0] == '\\' || (name[0] && name[1] == ':')));
}

static char *beside(const char *name, const char *other, bool drives)
{
	size_t folder = is_from_the_root(other, drives) ? 0 : folder_of(name, drives);
	size_t n = folder + strlen(other) + 1;
	char *path = malloc(n);

	if (path)
		snprintf(path, n, "%.*s%s", (int)folder, name, other);
	return path;
}

/* Lines of another file come next. Takes @path and @text over. */
static void push(struct reading *reading, char *path, char *text, size_t n)
{
	reading->depth++;
	*top(reading) = (struct frame){.name = path,
				       .path = path,
				       .text = text,
				       .next = text,
				       .end = text + n,
				       .ipv4 = reading->ipv4,
				       .ipv6 = reading->ipv6};
	reading->last_tail = NULL;
	reading->no_memory |= !r2_file_begin(reading->file, path, 1);
}

static void pop(struct reading *reading)
{
	struct frame *frame = top(reading);

	reading->ipv4 = frame->ipv4;
	reading->ipv6 = frame->ipv6;
	free(frame->path);
	free(frame->text);
	reading->depth--;
	reading->last_tail = NULL;
	frame = top(reading);
	reading->no_memory |= !r2_file_begin(reading->file, frame->name, frame->line + 1);
}

static void read_include(struct reading *reading, const struct words *words)
{
	struct r2_error err;
	char *path = NULL, *text = NULL;
	size_t n;

	reading->last_tail = NULL;
	if (words->n != 2)
		r2_error_set(&err, R2_USAGE, "`include` needs one file after it");
	else if (reading->depth == DEPTH_MAX)
		r2_error_set(&err, R2_USAGE, "files include each other more than %d deep",
			     DEPTH_MAX);
	else if (!(path = beside(top(reading)->name, words->at[1], reading->reader->drives)))
		r2_error_set(&err, R2_FAILED, "out of memory");
	else if (reading->reader->load(reading->reader->ctx, path, &text, &n, &err)) {
		push(reading, path, text, n);
		return;
	}
	free(path);
	free(text);
	say_bad(reading, words->column[words->n > 1 ? 1 : 0], &err);
}

/* ---- a text ---- */

static void read_monitor(struct reading *reading, const struct words *words)
{
	struct r2_error err;
	size_t bad = 0;

	reading->last_tail = NULL;
	if (!r2_monitor_take(&reading->file->monitors, words->at, words->n, &bad, &err))
		say_bad(reading, words->column[bad], &err);
}

static void read_line(struct reading *reading, char *line, size_t n)
{
	const char *tail = line + strcspn(line, " \t");
	size_t tail_n = n - (size_t)(tail - line);
	char kept[256];
	struct words words;

	if (strlen(line) != n) {
		struct r2_error err;

		r2_error_set(&err, R2_USAGE, "it holds a zero byte");
		say_bad(reading, strlen(line) + 1, &err);
		return;
	}
	if (tail_n < sizeof(kept))
		memcpy(kept, tail, tail_n);
	split(line, &words);
	if (!words.n)
		return;
	if (strcmp(words.at[0], "set") == 0) {
		read_set(reading, &words);
	} else if (strcmp(words.at[0], "include") == 0) {
		read_include(reading, &words);
	} else if (r2_monitor_is(words.at[0])) {
		read_monitor(reading, &words);
	} else {
		size_t bad = reading->file->bad;

		read_route(reading, &words);
		if (bad != reading->file->bad || tail_n >= sizeof(kept))
			return;
		/* Splitting wrote zeroes into it. */
		memcpy(line + (tail - line), kept, tail_n);
		reading->last_tail = tail;
		reading->last_tail_n = tail_n;
	}
}

static void read_next_line(struct reading *reading)
{
	struct frame *frame = top(reading);
	char *line, *newline;
	size_t n;

	if (read_as_before(reading))
		return;
	line = frame->next;
	newline = memchr(line, '\n', (size_t)(frame->end - line));
	n = (size_t)((newline ? newline : frame->end) - line);
	line[n] = '\0';
	frame->next = line + n + 1;
	frame->line++;
	read_line(reading, line, n);
}

bool r2_file_read(struct r2_file *file, const struct r2_file_reader *reader, const char *name,
		  char *text, size_t n)
{
	struct reading *reading = calloc(1, sizeof(*reading)); /* too large for a stack */
	bool ok;

	if (!reading)
		return false;
	reading->file = file;
	reading->reader = reader;
	reading->frames[0] = (struct frame){.name = name, .next = text, .end = text + n};
	reading->no_memory = !r2_file_begin(file, name, 1);
	while (!reading->no_memory || reading->depth) {
		if (top(reading)->next < top(reading)->end && !reading->no_memory)
			read_next_line(reading);
		else if (reading->depth)
			pop(reading);
		else
			break;
	}
	ok = !reading->no_memory;
	free(reading);
	return ok;
}
