/* SPDX-License-Identifier: MIT */
/* Hooks lead a session of their own, and so a process group, which is killed as one. */
#include <signal.h>

#include "watch/state.h"

const char *const *hook_places(const char **ret_folder)
{
	static const char *const places[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

	*ret_folder = "/";
	return places;
}

void *hook_tree(uv_process_t *process)
{
	(void)process;
	return NULL;
}

void hook_kill(uv_process_t *process, void *tree)
{
	(void)tree;
	if (uv_kill(-uv_process_get_pid(process), SIGKILL))
		uv_process_kill(process, SIGKILL);
}

void hook_free(void *tree)
{
	(void)tree;
}
