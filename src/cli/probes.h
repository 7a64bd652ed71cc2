/* SPDX-License-Identifier: MIT */
/* What the options say of probes, for check and --prove. */
#ifndef R2_CLI_PROBES_H
#define R2_CLI_PROBES_H

#include "cli/cli.h"
#include "os/prove.h"

/**
 * struct r2_probes - how it is proved, with progress on stderr
 * @begun, @told: when
 */
struct r2_probes {
	struct r2_prove_options options;
	bool quiet;
	int64_t begun, told;
};

/**
 * r2_probes_read() - from the options
 * @port: of DEST:PORT, or 0
 *
 * @probes must stay where it is. Return: false with R2_USAGE.
 */
bool r2_probes_read(const struct r2_cli *cli, uint16_t port, struct r2_probes *probes,
		    struct r2_error *err);

/** r2_probes_for_change() - the same for --prove, which needs a change; *@ret NULL without it */
bool r2_probes_for_change(const struct r2_cli *cli, struct r2_probes *probes,
			  const struct r2_prove_options **ret, struct r2_error *err);

#endif
