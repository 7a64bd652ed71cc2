/* SPDX-License-Identifier: MIT */
/*
 * The service's log: a file of limited length and the one before it; and for what an administrator
 * should see, the event log.
 */
#include <stdio.h>
#include <string.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "cli/console.h"
#include "cli/service.h"

#define LENGTH_MAX (1024 * 1024)
#define SOURCE     L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\route2"

static HANDLE events, file = INVALID_HANDLE_VALUE;
static SRWLOCK lock; /* the loop tells of bad lines itself */
static WCHAR path[MAX_PATH * 3 + 32];
static DWORD length;

/* Beside the file of the watch. */
static bool find_path(void)
{
	char text[sizeof(path) / sizeof(*path)];
	char *end;

	snprintf(text, sizeof(text), "%s", r2_console_file());
	end = strrchr(text, '\\');
	if (!end || (size_t)(end - text) + sizeof("\\route2.log") > sizeof(text))
		return false;
	memcpy(end, "\\route2.log", sizeof("\\route2.log"));
	return MultiByteToWideChar(CP_UTF8, 0, text, -1, path, sizeof(path) / sizeof(*path)) > 0;
}

static void begin_file(void)
{
	file = CreateFileW(path, FILE_APPEND_DATA,
			   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
			   OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
	length = file == INVALID_HANDLE_VALUE ? 0 : GetFileSize(file, NULL);
}

static void turn_over(void)
{
	WCHAR old[sizeof(path) / sizeof(*path) + 8];

	_snwprintf(old, sizeof(old) / sizeof(*old), L"%ls.1", path);
	old[sizeof(old) / sizeof(*old) - 1] = L'\0';
	CloseHandle(file);
	MoveFileExW(path, old, MOVEFILE_REPLACE_EXISTING);
	begin_file();
}

static void write_file(const char *text, DWORD n)
{
	DWORD done;

	if (file != INVALID_HANDLE_VALUE && length > LENGTH_MAX)
		turn_over();
	if (file != INVALID_HANDLE_VALUE && WriteFile(file, text, n, &done, NULL))
		length += done;
}

void r2_service_log_open(void)
{
	InitializeSRWLock(&lock);
	events = RegisterEventSourceW(NULL, R2_SERVICE_NAME);
	if (find_path())
		begin_file();
}

void r2_service_log_close(void)
{
	if (events)
		DeregisterEventSource(events);
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	events = NULL;
	file = INVALID_HANDLE_VALUE;
}

static void tell_events(enum r2_log_level level, const char *text)
{
	WORD type = EVENTLOG_INFORMATION_TYPE;
	WCHAR wide[1200];
	const WCHAR *strings = wide;

	if (!events || level > R2_LOG_NOTICE ||
	    !MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, sizeof(wide) / sizeof(*wide)))
		return;
	if (level == R2_LOG_ERROR)
		type = EVENTLOG_ERROR_TYPE;
	else if (level == R2_LOG_WARNING)
		type = EVENTLOG_WARNING_TYPE;
	/* Of other numbers EventCreate.exe knows nothing: r2_service_source(). */
	_Static_assert(R2_LOG_ERROR >= 1 && R2_LOG_DEBUG <= 1000, "numbers of the event log");
	/* The number is that of the level: who looks for alarms asks for 3. */
	ReportEventW(events, type, 0, (DWORD)level, NULL, 1, 0, &strings, NULL);
}

void r2_service_log(void *unused, enum r2_log_level level, const char *line)
{
	static const char *const levels[] = {[R2_LOG_ERROR] = "error",
					     [R2_LOG_WARNING] = "warning",
					     [R2_LOG_NOTICE] = "notice",
					     [R2_LOG_INFO] = "info",
					     [R2_LOG_DEBUG] = "debug"};
	const char *own = "route2: ";
	char text[1200], all[1300];
	SYSTEMTIME now;
	int n;

	(void)unused;
	if (strncmp(line, own, strlen(own)) == 0)
		line += strlen(own);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\r\n"), line);
	GetSystemTime(&now);
	n = snprintf(all, sizeof(all), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ %s: %s\r\n", now.wYear,
		     now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, now.wMilliseconds,
		     levels[level], text);
	AcquireSRWLockExclusive(&lock);
	write_file(all, (DWORD)n);
	tell_events(level, text);
	ReleaseSRWLockExclusive(&lock);
}

/*
 * The event viewer wants a file that says what a number means. EventCreate.exe, which Windows has
 * for this, says of every number from 1 to 1000 that it means the text itself.
 */
unsigned long r2_service_source(bool there)
{
	static const WCHAR meaning[] = L"%SystemRoot%\\System32\\EventCreate.exe";
	const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
	LSTATUS code;
	HKEY key;

	if (!there) {
		code = RegDeleteKeyW(HKEY_LOCAL_MACHINE, SOURCE);
		return code == ERROR_FILE_NOT_FOUND ? 0 : (unsigned long)code;
	}
	code = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SOURCE, 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
			       NULL);
	if (code)
		return (unsigned long)code;
	code = RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)meaning,
			      sizeof(meaning));
	if (!code)
		code = RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types,
				      sizeof(types));
	RegCloseKey(key);
	return (unsigned long)code;
}
