/* SPDX-License-Identifier: MIT */
/* What the readers of single objects share. */
#ifndef R2_PAPER_READ_H
#define R2_PAPER_READ_H

#include "paper/form.h"

/**
 * struct r2_reading - a host in the making
 * @family: of objects that do not tell it, in the list that is being read
 */
struct r2_reading {
	struct r2_host host;
	enum r2_family family;
};

/**
 * A reader takes one object into the host. Return: false on a fault in it, or if memory ran out
 * (which is a fault, too).
 */
typedef bool r2_reader(struct r2_reading *reading, struct r2_form *form);

/* Objects of `ip -j`; and those of route2's own snapshot, which has the same and a few more. */
r2_reader r2_read_link, r2_read_addr, r2_read_route, r2_read_rule, r2_read_neigh, r2_read_nexthop,
	r2_read_label;
/* Objects of PowerShell's Get-Net* | ConvertTo-Json. */
r2_reader r2_read_ps_interface, r2_read_ps_adapter, r2_read_ps_address, r2_read_ps_route,
	r2_read_ps_neigh;

/** r2_read_family() - of a route or rule that tells it, else R2_NONE */
enum r2_family r2_read_family(struct r2_form *form);

/** r2_read_group() - the number of a link group's name: only `default` is the same everywhere */
bool r2_read_group(const char *name, uint32_t *ret);

/** r2_read_no_memory() - the fault. Return: false */
bool r2_read_no_memory(struct r2_form *form);

/** The words that stand for flags; the writer has them from here. */
#define R2_FLAG_NAMES_MAX 12
struct r2_flag_names {
	size_t n;
	struct r2_flag_name at[R2_FLAG_NAMES_MAX];
};
extern const struct r2_flag_names r2_link_flags, r2_link_settings, r2_addr_flags, r2_hop_flags,
	r2_neigh_states, r2_rule_selectors, r2_host_settings;

#endif
