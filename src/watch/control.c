/* SPDX-License-Identifier: MIT */
/*
 * What the watch is asked: a request is a line, the answer JSON.
 *
 *   status                                     all that is known
 *   add LINE, del LINE                         another route2 has done this: so it shall stay
 *   adopt                                      another route2 has changed much: take what stands
 *   switch FROM to TO [dev IFACE] [for USEC]   move what FROM carries
 */
#include <stdlib.h>
#include <string.h>

#include "core/words.h"
#include "watch/state.h"

#define WORDS_MAX 64

/* ---- answers ---- */

static char *done(void)
{
	return strdup("{}");
}

static char *refused(const struct r2_error *err)
{
	char text[R2_ERROR_TEXT], *answer = malloc(2 * R2_ERROR_TEXT + 16);
	size_t n;

	if (!answer)
		return NULL;
	n = (size_t)snprintf(answer, 16, "{\"error\":\"");
	r2_error_format(err, text, sizeof(text));
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			answer[n++] = '\\';
		answer[n++] = *at;
		if ((unsigned char)*at < 0x20)
			answer[n - 1] = ' ';
	}
	memcpy(answer + n, "\"}", 3);
	return answer;
}

/* ---- requests ---- */

static bool read_line(char **words, size_t n, struct r2_intent *ret, struct r2_error *err)
{
	const char *line[WORDS_MAX];

	for (size_t i = 0; i < n; i++)
		line[i] = words[i];
	return r2_intent_parse(line, n,
			       R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC |
				       R2_WORD_DEV | R2_WORD_METRIC | R2_WORD_TABLE |
				       R2_WORD_METHOD | R2_WORD_PHANTOM,
			       R2_NONE, NULL, ret, NULL, err);
}

static char *take_line(struct watch *watch, char **words, size_t n)
{
	struct r2_intent line;
	struct r2_error err;

	if (!read_line(words + 1, n - 1, &line, &err))
		return refused(&err);
	if (strcmp(words[0], "del") == 0)
		wanted_drop(&watch->wanted, &line);
	else
		wanted_put(&watch->wanted, &line);
	atomic_fetch_add(&watch->stamp, 1);
	keep_soon(watch);
	return done();
}

static char *take_adopt(struct watch *watch)
{
	watch->adopt_next = watch->adopt_all = true;
	atomic_fetch_add(&watch->stamp, 1);
	keep_soon(watch);
	return done();
}

static char *take_switch(struct watch *watch, char **words, size_t n)
{
	struct r2_ip from, to;
	struct r2_error err;
	uint64_t until = R2_NEVER;
	uint32_t link = 0;
	char *answer;
	int moved;

	if (n < 4 || !r2_ip_parse(words[1], &from) || !r2_ip_parse(words[3], &to)) {
		r2_error_set(&err, R2_USAGE, "switch FROM to TO");
		return refused(&err);
	}
	for (size_t i = 4; i + 1 < n; i += 2) {
		const struct r2_link *named = r2_host_link_named(&watch->host, words[i + 1]);

		if (strcmp(words[i], "dev") == 0)
			link = named ? named->index : UINT32_MAX;
		else if (strcmp(words[i], "for") == 0)
			until = watch_now() + strtoull(words[i + 1], NULL, 10);
	}
	moved = carry_switch(watch, &from, &to, link, until, &err);
	if (moved < 0)
		return refused(&err);
	answer = malloc(32);
	if (answer)
		snprintf(answer, 32, "{\"moved\":%d}", moved);
	return answer;
}

char *control_answer(struct watch *watch, char *request)
{
	char *words[WORDS_MAX], *at = request, *word;
	struct r2_error err;
	size_t n = 0;

	while (n < WORDS_MAX && (word = r2_words_next(&at)))
		words[n++] = word;
	if (n && strcmp(words[0], "status") == 0)
		return status_text(watch);
	if (n > 1 && (strcmp(words[0], "add") == 0 || strcmp(words[0], "del") == 0))
		return take_line(watch, words, n);
	if (n && strcmp(words[0], "adopt") == 0)
		return take_adopt(watch);
	if (n && strcmp(words[0], "switch") == 0)
		return take_switch(watch, words, n);
	r2_error_set(&err, R2_USAGE, "not a request");
	return refused(&err);
}
