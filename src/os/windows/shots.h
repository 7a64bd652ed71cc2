/* SPDX-License-Identifier: MIT */
/* What the files of probing share: probes under way. */
#ifndef R2_OS_WINDOWS_SHOTS_H
#define R2_OS_WINDOWS_SHOTS_H

#include "os/windows/echo.h"

struct r2_echo_task;

/**
 * struct r2_asked - one probe under way
 * @task: an echo's, or NULL
 * @sock: of TCP and UDP, or INVALID_SOCKET
 * @sent_us: when
 */
struct r2_asked {
	struct r2_echo_task *task;
	SOCKET sock;
	int64_t sent_us;
};

/**
 * struct r2_campaign - all probes of one r2_windows_probe()
 * @asked: one for each probe
 * @bell: an event: something may have been answered
 */
struct r2_campaign {
	struct r2_windows *win;
	struct r2_probing *probing;
	struct r2_asked *asked;
	HANDLE bell;
};

/** r2_shot_connect() - send one of TCP or UDP; what Windows refuses is noted in it */
bool r2_shot_connect(struct r2_campaign *campaign, size_t index, struct r2_error *err);

/** r2_shot_hear() - has its socket heard anything: then that is noted, and the socket closed */
void r2_shot_hear(struct r2_campaign *campaign, size_t index);

#endif
