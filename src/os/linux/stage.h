/* SPDX-License-Identifier: MIT */
/* What the files of the stage on Linux share. */
#ifndef R2_OS_LINUX_STAGE_H
#define R2_OS_LINUX_STAGE_H

#include "os/linux/linux.h"
#include "os/stage.h"

/**
 * struct r2_linux_stage
 * @own: a pair in namespaces of its own; else an interface of the host's
 * @far: requests to the far side's namespace, @far_link: its interface; closed and 0 without one
 * @wire: hears what leaves: at the far side, or on the interface itself
 */
struct r2_linux_stage {
	struct r2_stage stage;
	bool own;
	struct r2_nl far;
	uint32_t far_link;
	int wire;
};

/** r2_linux_stage_of() - what r2_stage_open() made: its first member is the stage */
struct r2_linux_stage *r2_linux_stage_of(struct r2_stage *stage);

/** r2_stage_netlink() - the stage's socket to the kernel */
struct r2_nl *r2_stage_netlink(struct r2_linux_stage *ls);

/** r2_stage_put_address() - RTM_NEWADDR or RTM_DELADDR; @lifetime in seconds, 0: for ever.
 * Return: 0 or an errno */
int r2_stage_put_address(struct r2_nl *nl, uint16_t type, uint32_t link, const struct r2_ip *ip,
			 uint32_t lifetime);

/** r2_stage_set_up() - switch an interface on or off. Return: 0 or an errno */
int r2_stage_set_up(struct r2_nl *nl, uint32_t link, bool up);

/** r2_stage_wait_link() - until all @flags of the interface are set, or none is */
bool r2_stage_wait_link(struct r2_linux_stage *ls, uint32_t flags, bool set, struct r2_error *err);

/** r2_stage_pair() - make the namespaces, the pair and the gateway's addresses; opens the stage's
 * os */
bool r2_stage_pair(struct r2_linux_stage *ls, struct r2_error *err);

/** r2_stage_gateways() - the far side has the gateways' addresses; those there already stay. IPv6
 * loses its own when the interface is switched off. Return: 0 or an errno */
int r2_stage_gateways(struct r2_linux_stage *ls);

/** r2_wire_socket() - a packet socket here that hears nothing yet; -1 with @err */
int r2_wire_socket(struct r2_error *err);

/** r2_wire_listen() - to all frames of @link */
bool r2_wire_listen(int wire, uint32_t link, struct r2_error *err);

#endif
