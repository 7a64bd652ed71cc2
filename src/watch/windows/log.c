/* SPDX-License-Identifier: MIT */
/*
 * Idea: a thread writes, and may wait for whoever reads; the loop only puts lines into a queue of
 * limited length. What finds it full is lost, and counted.
 */
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/state.h"

#define LINES     256
#define LINE      900
#define GOODBYE_S 2

struct line {
	enum r2_log_level level;
	char text[LINE];
};

struct log_writer {
	const struct r2_watch_options *options;
	HANDLE thread;
	SRWLOCK lock;
	CONDITION_VARIABLE more;
	size_t first, n;
	bool ending;
	struct line lines[LINES];
};

static void write_line(const struct log_writer *writer, const struct line *line)
{
	HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
	DWORD done;

	if (writer->options->log)
		writer->options->log(writer->options->service, line->level, line->text);
	else
		WriteFile(out, line->text, (DWORD)strlen(line->text), &done, NULL);
}

static unsigned __stdcall run(void *arg)
{
	struct log_writer *writer = arg;
	struct line line;

	AcquireSRWLockExclusive(&writer->lock);
	while (writer->n || !writer->ending) {
		if (!writer->n) {
			SleepConditionVariableSRW(&writer->more, &writer->lock, INFINITE, 0);
			continue;
		}
		line = writer->lines[writer->first];
		writer->first = (writer->first + 1) % LINES;
		writer->n--;
		ReleaseSRWLockExclusive(&writer->lock);
		write_line(writer, &line);
		AcquireSRWLockExclusive(&writer->lock);
	}
	ReleaseSRWLockExclusive(&writer->lock);
	return 0;
}

void log_open(struct watch *watch)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return;
	writer->options = watch->options;
	InitializeSRWLock(&writer->lock);
	InitializeConditionVariable(&writer->more);
	writer->thread = (HANDLE)_beginthreadex(NULL, 0, run, writer, 0, NULL);
	if (writer->thread)
		watch->writer = writer;
	else
		free(writer);
}

bool log_put(struct watch *watch, enum r2_log_level level, const char *text, size_t n)
{
	struct log_writer *writer = watch->writer;
	bool room;

	if (!writer || n >= LINE)
		return false;
	AcquireSRWLockExclusive(&writer->lock);
	room = writer->n < LINES;
	if (room) {
		struct line *line = &writer->lines[(writer->first + writer->n++) % LINES];

		line->level = level;
		memcpy(line->text, text, n);
		line->text[n] = '\0';
	}
	ReleaseSRWLockExclusive(&writer->lock);
	WakeConditionVariable(&writer->more);
	return room;
}

/* What nobody reads is not waited for long. */
void log_close(struct watch *watch)
{
	struct log_writer *writer = watch->writer;

	if (!writer)
		return;
	watch->writer = NULL;
	AcquireSRWLockExclusive(&writer->lock);
	writer->ending = true;
	ReleaseSRWLockExclusive(&writer->lock);
	WakeConditionVariable(&writer->more);
	if (WaitForSingleObject(writer->thread, GOODBYE_S * 1000) != WAIT_OBJECT_0) {
		/* It waits for a reader, and the program is about to end: both are left to that. */
		CloseHandle(writer->thread);
		return;
	}
	CloseHandle(writer->thread);
	free(writer);
}
