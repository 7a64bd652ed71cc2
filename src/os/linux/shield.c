/* SPDX-License-Identifier: MIT */
/* No change is left half done by Ctrl-C, a closing terminal or a polite kill: they come after it.
 */
#include "os/linux/linux.h"

#include <signal.h>

static const int ENDING[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};

void r2_linux_shield(struct r2_os *os, bool on)
{
	struct r2_linux *lx = r2_linux_of(os);
	sigset_t set;

	if (!on) {
		(void)sigprocmask(SIG_SETMASK, &lx->unshielded, NULL);
		return;
	}
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ENDING) / sizeof(*ENDING); i++)
		sigaddset(&set, ENDING[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &lx->unshielded);
}
