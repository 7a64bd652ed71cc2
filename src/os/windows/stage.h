/* SPDX-License-Identifier: MIT */
/* What the files of the stage on Windows share; and what only Windows' experiments ask of it. */
#ifndef R2_OS_WINDOWS_STAGE_H
#define R2_OS_WINDOWS_STAGE_H

#include "os/stage.h"
#include "os/windows/windows.h"

/** struct r2_windows_stage - @luid: of the interface, which outlives its being switched off */
struct r2_windows_stage {
	struct r2_stage stage;
	NET_LUID luid;
};

/** r2_windows_stage_of() - what r2_stage_open() made: its first member is the stage */
struct r2_windows_stage *r2_windows_stage_of(struct r2_stage *stage);

/** r2_stage_api() - IP Helper, as the stage's os has it */
const struct r2_iphlp *r2_stage_api(struct r2_stage *stage);

/** r2_stage_find() - the interface named @dev, or with NULL a loopback or spare one */
bool r2_stage_find(struct r2_stage *stage, const char *dev, struct r2_error *err);

/** r2_stage_row() - what Windows says of the interface now: its driver, state and counters */
bool r2_stage_row(struct r2_stage *stage, MIB_IF_ROW2 *ret, struct r2_error *err);

/** r2_stage_address_row() - the key of an address on the stage */
MIB_UNICASTIPADDRESS_ROW r2_stage_address_row(struct r2_stage *stage, const struct r2_ip *ip);

#endif
