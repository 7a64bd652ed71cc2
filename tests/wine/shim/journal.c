/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "room.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

enum { FUNCTIONS = 64, FAULT_TEXT = 4096 };

static struct {
	const char *name;
	unsigned n;
} counts[FUNCTIONS];
static unsigned total;
static SRWLOCK lock = SRWLOCK_INIT;

/* Only what is tested, not the other programs of Wine. */
static bool is_route2(void)
{
	static const WCHAR NAME[] = L"route2.exe";
	static int answer;
	WCHAR path[MAX_PATH];
	DWORD len;

	if (!answer) {
		len = GetModuleFileNameW(NULL, path, MAX_PATH);
		answer = len >= wcslen(NAME) && !_wcsicmp(path + len - wcslen(NAME), NAME) ? 1 : -1;
	}
	return answer > 0;
}

static void count(struct call *call)
{
	int i = 0;

	AcquireSRWLockExclusive(&lock);
	call->number = ++total;
	while (i < FUNCTIONS - 1 && counts[i].name && strcmp(counts[i].name, call->name) != 0)
		i++;
	counts[i].name = call->name;
	call->nth = ++counts[i].n;
	ReleaseSRWLockExclusive(&lock);
	if (call->number == 1)
		world_sync();
}

/* The words of a line of `fault` behind NAME NTH, if it is about this call; else NULL. */
static char *is_meant(const struct call *call, char *line)
{
	size_t name = strcspn(line, " ");
	char *end = line + name;
	bool any = name == 1 && *line == '*';
	unsigned long nth = strtoul(end, &end, 10);

	if (!any && (strlen(call->name) != name || strncmp(line, call->name, name) != 0))
		return NULL;
	if (nth && nth != (any ? call->number : call->nth))
		return NULL;
	return end + strspn(end, " ");
}

static void obey(struct call *call, const char *what, bool *ret_goes_on)
{
	if (strcmp(what, "kill-before") == 0)
		sys_die();
	call->dies = strcmp(what, "kill-after") == 0;
	if (strncmp(what, "return ", 7) == 0) {
		call->code = strtoul(what + 7, NULL, 10);
		*ret_goes_on = false;
	} else if (strncmp(what, "lose ", 5) == 0) {
		call->lost = strtoul(what + 5, NULL, 10);
	}
}

bool call_begin(struct call *call, const char *name, const void *row, size_t size)
{
	char text[FAULT_TEXT], *next, *what;
	bool goes_on = true;

	memset(call, 0, sizeof(*call));
	call->name = name;
	call->row = row;
	call->size = size < CALL_ROW ? size : CALL_ROW;
	if (row)
		memcpy(call->before, row, call->size);
	call->is_watched = is_route2();
	if (!call->is_watched)
		return true;
	count(call);
	room_read("fault", text, sizeof(text));
	for (char *line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		what = is_meant(call, line);
		if (what)
			obey(call, what, &goes_on);
	}
	return goes_on;
}

static char *put_hex(char *at, const uint8_t *bytes, size_t n)
{
	static const char DIGITS[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*at++ = DIGITS[bytes[i] >> 4];
		*at++ = DIGITS[bytes[i] & 15];
	}
	if (!n)
		*at++ = '-';
	return at;
}

uint32_t call_end(struct call *call, uint32_t code)
{
	char line[4 * CALL_ROW + 128], *at = line;

	call->code = call->lost ? call->lost : code;
	if (!call->is_watched)
		return call->code;
	at += snprintf(at, 100, "%d %u %s %u ", sys_pid(), call->number, call->name, call->nth);
	at = put_hex(at, call->before, call->row ? call->size : 0);
	at += snprintf(at, 16, " %u ", call->code);
	at = put_hex(at, call->row, call->row ? call->size : 0);
	*at++ = '\n';
	room_append("journal", line, (size_t)(at - line));
	if (call->dies)
		sys_die();
	return call->code;
}
