/* SPDX-License-Identifier: MIT */
/* What the options say of probes, for check and --prove. */
#include "cli/probes.h"

#include <time.h>

#define QUIET_FOR_S 1

static bool progress(void *ctx, size_t done, size_t all)
{
	struct r2_probes *probes = ctx;
	int64_t now = (int64_t)time(NULL);

	if (!probes->begun)
		probes->begun = probes->told = now;
	if (probes->quiet || now - probes->begun <= QUIET_FOR_S || now == probes->told)
		return false;
	if (all > 1)
		fprintf(stderr, "route2: %zu of %zu checked\n", done, all);
	else if (probes->told == probes->begun)
		fputs("route2: waiting for answers\n", stderr);
	probes->told = now;
	return false;
}

bool r2_probes_read(const struct r2_cli *cli, uint16_t port, struct r2_probes *probes,
		    struct r2_error *err)
{
	const struct r2_options *options = &cli->options;
	struct r2_prove_options *prove = &probes->options;

	if (options->icmp + (options->tcp != 0) + (options->udp != 0) > 1)
		return r2_error_set(err, R2_USAGE, "--icmp, --tcp and --udp exclude each other");
	if (port && (options->icmp || options->tcp || options->udp))
		return r2_error_set(err, R2_USAGE,
				    "DEST:PORT and --icmp, --tcp or --udp exclude each other");
	*probes = (struct r2_probes){.quiet = options->quiet};
	prove->by = options->udp ? R2_BY_UDP : options->tcp || port ? R2_BY_TCP : R2_BY_ICMP;
	prove->port = (uint16_t)(options->udp ? options->udp : options->tcp ? options->tcp : port);
	prove->else_icmp = port != 0;
	prove->count = options->count;
	prove->tries = options->tries;
	prove->timeout_ms = options->timeout_ms;
	prove->progress = progress;
	prove->ctx = probes;
	return true;
}

bool r2_probes_for_change(const struct r2_cli *cli, struct r2_probes *probes,
			  const struct r2_prove_options **ret, struct r2_error *err)
{
	*ret = NULL;
	if (!cli->options.prove)
		return true;
	if (cli->options.dry_run || cli->options.check) {
		r2_error_set(err, R2_USAGE, "--prove needs a change, and --%s makes none",
			     cli->options.check ? "check" : "dry-run");
		return r2_error_hint(err, "before the change: route2 check DEST src SOURCE");
	}
	if (!r2_probes_read(cli, 0, probes, err) || !r2_prove_possible(cli->os, err))
		return false;
	*ret = &probes->options;
	return true;
}
