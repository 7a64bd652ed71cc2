/* SPDX-License-Identifier: MIT */
/*
 * A hook and all that it starts are in one job, which ends as one. Its environment is ours but for
 * nothing more than the places of the system, which Windows' own programs cannot do without.
 */
#include <stdio.h>

#include "watch/state.h"

#define PLACE (MAX_PATH + 40)

/* Windows' folder cannot be had by a user: from the system, not from our own environment. */
const char *const *hook_places(const char **ret_folder)
{
	static char path[2 * PLACE], root[PLACE], temp[PLACE], folder[PLACE];
	static const char *const places[] = {path, root, temp, NULL};
	WCHAR wide[MAX_PATH];
	UINT n = GetSystemWindowsDirectoryW(wide, MAX_PATH);
	char windows[MAX_PATH] = "C:\\Windows";

	if (n && n < MAX_PATH)
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, windows, sizeof(windows), NULL, NULL);
	snprintf(folder, sizeof(folder), "%s\\System32", windows);
	snprintf(path, sizeof(path), "PATH=%s;%s", folder, windows);
	snprintf(root, sizeof(root), "SystemRoot=%s", windows);
	snprintf(temp, sizeof(temp), "TEMP=%s\\Temp", windows);
	*ret_folder = folder;
	return places;
}

void *hook_tree(uv_process_t *process)
{
	HANDLE job = CreateJobObjectW(NULL, NULL);

	if (job && !AssignProcessToJobObject(job, process->process_handle)) {
		CloseHandle(job); /* it has ended already */
		job = NULL;
	}
	return job;
}

void hook_kill(uv_process_t *process, void *tree)
{
	if (!tree || !TerminateJobObject(tree, 1))
		uv_process_kill(process, SIGKILL);
}

void hook_free(void *tree)
{
	if (tree)
		CloseHandle(tree);
}
