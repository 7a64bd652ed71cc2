/* SPDX-License-Identifier: MIT */
/* Outliving a login under systemd. */
#ifndef R2_CLI_SCOPE_H
#define R2_CLI_SCOPE_H

/**
 * r2_scope_enter() - move this process into a transient unit of its own
 *
 * With KillUserProcesses=yes (logind.conf(5)) whatever a login has started dies with it; a scope of
 * its own does not. Asks systemd by busctl(1) for StartTransientUnit
 * (org.freedesktop.systemd1(5)). Without systemd, or if it refuses, all stays as it is.
 */
void r2_scope_enter(void);

#endif
