/* SPDX-License-Identifier: MIT */
/* What the models share behind select.h. */
#ifndef R2_CORE_MODEL_H
#define R2_CORE_MODEL_H

#include "core/fib.h"
#include "core/rules.h"
#include "core/select.h"
#include "core/source6.h"

/**
 * struct r2_ready - what is known of a route before any question: the answer to most
 * @choice: where one next hop and one source are certain whatever the destination
 * @certain: it is
 * @by_destination: all but the source is: that depends on the destination too (IPv6)
 */
struct r2_ready {
	struct r2_pick choice;
	bool certain;
	bool by_destination;
};

/** struct r2_lead - of a prefix: the only route that it has and what is ready about it */
struct r2_lead {
	uint32_t route; /* R2_NO_ROUTE if there are several */
	uint32_t ready;
};

/**
 * struct r2_model
 * @fib4, @fib6: the tables; of Linux IPv4 local and main merged while the rules are the usual ones
 * @usual4, @usual6: they are
 * @main4, @main6: the table that most questions end in, and one @lead4, @lead6 for each of its
 *	prefixes; NULL if the rules are not the usual ones
 * @sources6: of Linux
 */
struct r2_model {
	const struct r2_host *host;
	enum r2_rules rules;
	struct r2_fib fib4, fib6;
	bool usual4, usual6;
	const struct r2_fib_table *main4, *main6, *local6;
	struct r2_lead *lead4, *lead6;
	struct r2_sources6 sources6;
	R2_LIST(struct r2_ready) ready;
};

/** struct r2_outcomes - the answers so far; equal ones count once */
struct r2_outcomes {
	struct r2_pick *ret;
	size_t room, n;
};

/** r2_outcome() - one more possible answer */
void r2_outcome(struct r2_outcomes *outcomes, const struct r2_pick *choice);

/** r2_linux4_choose(), r2_linux6_choose() - @asked->dst has that family. Return: as
 * r2_model_choose()
 */
size_t r2_linux4_choose(const struct r2_model *model, const struct r2_flow *asked,
			struct r2_pick *ret, size_t room, r2_steps *steps);
size_t r2_linux6_choose(const struct r2_model *model, const struct r2_flow *asked,
			struct r2_pick *ret, size_t room, r2_steps *steps);

/** r2_linux_tell_route() - a step that names a route as `ip route` does, and @why it won or lost */
void r2_linux_tell_route(const struct r2_host *host, r2_steps *steps, enum r2_step_verdict verdict,
			 const char *where, const struct r2_route *route, const char *why);

/** r2_linux_loopback() - the interface lo, 0 if the host has none */
uint32_t r2_linux_loopback(const struct r2_host *host);

/** r2_linux_hop_fault() - fib_lookup_good_nhc(), __rt6_nh_usable(): not dead, nor without carrier
 * where that counts */
const char *r2_linux_hop_fault(const struct r2_host *host, enum r2_family family,
			       const struct r2_hop *hop);

/** r2_linux_suppressed() - does a rule refuse this answer: fib4_rule_suppress() */
bool r2_linux_suppressed(const struct r2_host *host, const struct r2_rule *rule,
			 const struct r2_prefix *dst, uint32_t link, r2_steps *steps);

/** r2_linux_type_error() - fib_props[], fib6_prop(): the errno of a blackhole and the like, or 0 */
int r2_linux_type_error(uint8_t type);

#endif
