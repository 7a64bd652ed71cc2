/* SPDX-License-Identifier: MIT */
#include "os/windows/pool.h"

#include <stdlib.h>

/** struct r2_probers - the pool of one handle */
struct r2_probers {
	PTP_POOL pool;
	PTP_CLEANUP_GROUP group;
	TP_CALLBACK_ENVIRON environment;
};

bool r2_win_pool(struct r2_windows *win, struct r2_error *err)
{
	struct r2_probers *probers = win->probers ? NULL : calloc(1, sizeof(*probers));

	if (win->probers)
		return true;
	if (probers)
		probers->pool = CreateThreadpool(NULL);
	if (probers && probers->pool)
		probers->group = CreateThreadpoolCleanupGroup();
	if (!probers || !probers->group) {
		r2_win_fail(err, GetLastError(), "CreateThreadpool", "cannot ask gateways");
		if (probers && probers->pool)
			CloseThreadpool(probers->pool);
		free(probers);
		return false;
	}
	SetThreadpoolThreadMaximum(probers->pool, R2_POOL_THREADS);
	InitializeThreadpoolEnvironment(&probers->environment);
	SetThreadpoolCallbackPool(&probers->environment, probers->pool);
	SetThreadpoolCallbackCleanupGroup(&probers->environment, probers->group, NULL);
	win->probers = probers;
	return true;
}

bool r2_win_pool_run(struct r2_probers *probers, PTP_SIMPLE_CALLBACK work, void *ctx)
{
	return TrySubmitThreadpoolCallback(work, ctx, &probers->environment);
}

void r2_windows_probers_end(struct r2_windows *win)
{
	struct r2_probers *probers = win->probers;

	if (!probers)
		return;
	CloseThreadpoolCleanupGroupMembers(probers->group, FALSE, NULL);
	CloseThreadpoolCleanupGroup(probers->group);
	CloseThreadpool(probers->pool);
	free(probers);
	win->probers = NULL;
}
