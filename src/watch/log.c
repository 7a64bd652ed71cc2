/* SPDX-License-Identifier: MIT */
/*
 * The log: for a person, for the journal, or as JSON. Whoever reads it may stop reading: then lines
 * are lost and counted, and nothing waits.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "watch/state.h"

#define LINE 900 /* under PIPE_BUF: a pipe that has room takes it whole */

static const char *const LEVELS[] = {[R2_LOG_ERROR] = "error",
				     [R2_LOG_WARNING] = "warning",
				     [R2_LOG_NOTICE] = "notice",
				     [R2_LOG_INFO] = "info",
				     [R2_LOG_DEBUG] = "debug"};

/* RFC 8259 section 7. */
static size_t put_json(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 8 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			n += (size_t)snprintf(buf + n, size - n, "\\%c", c);
		else if (c < 0x20)
			n += (size_t)snprintf(buf + n, size - n, "\\u%04x", c);
		else
			buf[n++] = (char)c;
	}
	buf[n] = '\0';
	return n;
}

static int format(const struct watch *watch, enum r2_log_level level, const char *event,
		  const char *text, char line[LINE])
{
	char quoted[LINE / 2], stamp[40];
	struct timespec at;
	struct tm utc;

	if (!watch->options->json && getenv("JOURNAL_STREAM"))
		return snprintf(line, LINE, "<%d>%s\n", (int)level, text);
	if (!watch->options->json)
		return snprintf(line, LINE, "route2: %s\n", text);
	clock_gettime(CLOCK_REALTIME, &at);
	gmtime_r(&at.tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	put_json(quoted, sizeof(quoted), text);
	return snprintf(line, LINE,
			"{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\"%s\",\"text\":\"%s\"}"
			"\n",
			stamp, at.tv_nsec / 1000000, LEVELS[level], event ? event : "", quoted);
}

void watch_log(struct watch *watch, enum r2_log_level level, const char *event, const char *fmt,
	       ...)
{
	char text[LINE / 2], line[LINE];
	va_list args;
	int n;

	if (level > watch->options->level)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	n = format(watch, level, event, text, line);
	if (n >= LINE)
		n = LINE - 1;
	if (!log_put(watch, level, line, (size_t)n))
		watch->log_lost++;
}
