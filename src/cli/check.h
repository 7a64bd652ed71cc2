/* SPDX-License-Identifier: MIT */
/* The ways to print a proof. */
#ifndef R2_CLI_CHECK_H
#define R2_CLI_CHECK_H

#include "cli/cli.h"
#include "os/prove.h"
#include "paper/json.h"

/** r2_check_path() - one subject: the verdict, the path drawn, the evidence line by line */
void r2_check_path(FILE *out, const struct r2_subject *subject, const struct r2_names *names,
		   bool colour, bool utf8);

/** r2_check_table() - a line for each */
void r2_check_table(FILE *out, const struct r2_subject *subjects, size_t n, bool colour);

/** r2_check_json() - one object */
void r2_check_json(struct r2_json *json, const struct r2_subject *subject,
		   const struct r2_names *names);

/** r2_check_gateway() - which of the gateways has this MAC, or NULL */
const struct r2_ip *r2_check_gateway(const struct r2_evidence *evidence, const struct r2_mac *mac);

#endif
