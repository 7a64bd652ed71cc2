/* SPDX-License-Identifier: MIT */
/* The console in UTF-8, with colours; Ctrl-C and its kin. */
#include "cli/console.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <objbase.h>
#include <shellapi.h>
#include <shlobj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static HANDLE ended;
static volatile LONG by_user;

/* Words come in the code page of the system, unless its manifest is obeyed (Windows 10 1903 on). */
static bool utf8_words(int *argc, char ***argv)
{
	int n;
	LPWSTR *wide = CommandLineToArgvW(GetCommandLineW(), &n);
	char **words = wide ? calloc((size_t)n + 1, sizeof(*words)) : NULL;
	bool ok = words != NULL;

	for (int i = 0; ok && i < n; i++) {
		int size = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, NULL, 0, NULL, NULL);

		words[i] = size > 0 ? malloc((size_t)size) : NULL;
		ok = words[i] &&
		     WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, words[i], size, NULL, NULL);
	}
	LocalFree(wide);
	*argc = n;
	*argv = words;
	return ok;
}

static void use_colours(DWORD which)
{
	HANDLE handle = GetStdHandle(which);
	DWORD mode;

	if (GetConsoleMode(handle, &mode))
		SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

bool r2_console_ready(int *argc, char ***argv)
{
	SetConsoleOutputCP(CP_UTF8);
	use_colours(STD_OUTPUT_HANDLE);
	use_colours(STD_ERROR_HANDLE);
	return utf8_words(argc, argv);
}

/* Runs in a thread of its own. Windows ends the program when this returns from CLOSE and later. */
static BOOL WINAPI on_ctrl(DWORD kind)
{
	(void)kind;
	InterlockedExchange(&by_user, 1);
	SetEvent(ended);
	return TRUE;
}

void r2_console_wait(unsigned for_ms)
{
	ended = CreateEventW(NULL, TRUE, FALSE, NULL);
	SetConsoleCtrlHandler(on_ctrl, TRUE);
	WaitForSingleObject(ended, for_ms);
}

void r2_console_resume(void)
{
	SetConsoleCtrlHandler(on_ctrl, FALSE);
	if (by_user)
		exit(STATUS_CONTROL_C_EXIT & 0xff);
}

uint32_t r2_console_user(void)
{
	return 0;
}

long r2_console_line(char **line, size_t *room)
{
	size_t len = 0;

	do {
		if (*room - len < 2) {
			size_t more = *room ? *room * 2 : 256;
			char *grown = realloc(*line, more);

			if (!grown)
				return -1;
			*line = grown;
			*room = more;
		}
		if (!fgets(*line + len, (int)(*room - len), stdin))
			return len ? (long)len : -1;
		len += strlen(*line + len);
	} while ((*line)[len - 1] != '\n');
	return (long)len;
}

bool r2_console_pause(unsigned for_ms)
{
	Sleep(for_ms);
	return true;
}

/* That is what r2_console_ready() has set. */
bool r2_console_utf8(void)
{
	return true;
}

const char *r2_console_file(void)
{
	static char path[MAX_PATH * 3 + 32];
	PWSTR data = NULL;

	if (!*path && SUCCEEDED(SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &data)) &&
	    WideCharToMultiByte(CP_UTF8, 0, data, -1, path, MAX_PATH * 3, NULL, NULL))
		snprintf(path + strlen(path), 32, "\\route2\\route2.conf");
	CoTaskMemFree(data);
	return path;
}

const char *r2_console_nowhere(void)
{
	return "NUL";
}
