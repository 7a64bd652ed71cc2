/* SPDX-License-Identifier: MIT */
/* The verb service, where systemd has services. */
#include "cli/cli.h"

int r2_verb_service(struct r2_cli *cli)
{
	const char *what = cli->n ? cli->words[0] : "";
	struct r2_error err;

	r2_error_set(&err, R2_USAGE, "`service` is for Windows; here systemd runs the watch");
	if (*what == 'i')
		r2_error_hint(&err, "say: systemctl enable --now route2-watch");
	else if (*what == 'r')
		r2_error_hint(&err, "say: systemctl disable --now route2-watch");
	else
		r2_error_hint(&err, "say: systemctl status route2-watch; to have it at every "
				    "start: systemctl enable route2-watch");
	return r2_say_error(&err);
}
