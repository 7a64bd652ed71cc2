/* SPDX-License-Identifier: MIT */
/* Rounds of probes, and what they add to the evidence. */
#ifndef R2_OS_PROVE_ROUNDS_H
#define R2_OS_PROVE_ROUNDS_H

#include "os/prove.h"

/**
 * struct r2_item - one address of one subject
 * @to: the MAC that frames made by hand go to; none where the link has none
 * @by_hand: the source's probes are frames too
 * @idle: nothing is to be sent, as nothing would leave or it is decided
 */
struct r2_item {
	struct r2_subject *subject;
	struct r2_evidence evidence;
	struct r2_mac to;
	bool by_hand, idle;
};

/** struct r2_items - those that are tried together */
struct r2_items {
	struct r2_os *os;
	const struct r2_prove_options *options;
	struct r2_item *at;
	size_t n;
	bool (*tick)(void *ctx);
	void *ctx;
};

/** r2_prove_control() - the source that the system takes by itself on that interface, for that next
 * hop, if the route names none; R2_NONE if it takes none */
struct r2_ip r2_prove_control(const struct r2_host *host, const struct r2_evidence *evidence);

/** r2_prove_only_link() - does no interface but @index lead into this host in this family */
bool r2_prove_only_link(const struct r2_host *host, uint32_t index, enum r2_family family);

/** r2_rounds_max() - so many items can be tried together */
size_t r2_rounds_max(const struct r2_os *os, const struct r2_prove_options *options);

/** r2_rounds_answers() - probes from source and control, side by side in chance order */
bool r2_rounds_answers(struct r2_items *items, struct r2_error *err);

/** r2_rounds_echo() - where a reset may be another's word: the TTL that the destination has */
bool r2_rounds_echo(struct r2_items *items, struct r2_error *err);

/** r2_rounds_boomerang() - where the control alone is answered: a packet for the source */
bool r2_rounds_boomerang(struct r2_items *items, struct r2_error *err);

/** r2_rounds_mtu() - of the one item, that works: the largest packets that are answered */
bool r2_rounds_mtu(struct r2_items *items, struct r2_error *err);

#endif
