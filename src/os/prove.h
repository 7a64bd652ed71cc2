/* SPDX-License-Identifier: MIT */
/*
 * The walk of a proof: ask the kernel, ask the gateways for their MACs, send probes from the source
 * and from its control, and hold what was seen against what was wanted (core/proof.h).
 *
 *   lookup -> gateways' MACs -> rounds of source and control -> boomerang -> path MTU -> judge
 */
#ifndef R2_OS_PROVE_H
#define R2_OS_PROVE_H

#include "core/book.h"
#include "core/settle.h"
#include "os/os.h"

#define R2_PROVE_SAMPLES 4 /* addresses of a prefix that are tried */

/**
 * struct r2_subject - what is to be proved
 * @dst: a prefix is tried by some of its addresses
 * @wanted: R2_NONE: whatever the kernel takes
 * @gateways, @link: none and 0: whatever the kernel takes
 * @route: as it stands, if @ours; for a line that is not added yet, as it would
 * @ours: it stands as a route of ours
 * @by_hand: it does not stand: what would leave is made by hand, or bound where none is made
 * @proof, @sentence, @evidence: filled in; of several addresses the one that decides
 * @tried: how many addresses were; @works: from how many of them answers came
 */
struct r2_subject {
	struct r2_prefix dst;
	struct r2_ip wanted;
	struct r2_gateways gateways;
	uint32_t link;
	struct r2_route route;
	bool ours, by_hand;
	enum r2_proof proof;
	char sentence[R2_SENTENCE];
	struct r2_evidence evidence;
	unsigned tried, works;
};

/** r2_prove_possible() - can this system do it at all; else a named error */
bool r2_prove_possible(const struct r2_os *os, struct r2_error *err);

/** r2_subject_of_route() - a route of ours as it stands */
struct r2_subject r2_subject_of_route(const struct r2_host *host, const struct r2_book *book,
				      const struct r2_route *route);

/** r2_subject_of_target() - a line that is settled, but not added */
struct r2_subject r2_subject_of_target(const struct r2_target *target);

/**
 * r2_subject_of_address() - whatever route the kernel has for @dst; ours, if it is
 *
 * Return: false if the kernel cannot be asked.
 */
bool r2_subject_of_address(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			   const struct r2_ip *dst, struct r2_subject *ret, struct r2_error *err);

/**
 * r2_prove_picks() - of very many routes, is this one to be tried
 * @host: those that were picked are in its routes
 * @seen: how many routes were seen so far, this one among them
 * @many: so many are all picked; of more, some of each kind: alike but for the destination
 */
#define R2_PROVE_OF_A_KIND 2
bool r2_prove_picks(const struct r2_host *host, const struct r2_route *route, size_t seen,
		    size_t many);

/**
 * struct r2_prove_options
 * @by, @port: what the probes are
 * @else_icmp: where nobody answers by @by, ICMP is tried
 * @count: probes of each source; 0: as many as it takes, R2_PROVE_COUNT at most in a first try
 * @tries, @timeout_ms: how a silent gateway is asked, and how long an answer is waited for
 * @mtu: the path's MTU as well
 * @progress: told how many subjects are done; true ends it. May be NULL.
 */
#define R2_PROVE_COUNT 10
struct r2_prove_options {
	enum r2_probe_by by;
	uint16_t port;
	bool else_icmp;
	unsigned count;
	unsigned tries, timeout_ms;
	bool mtu;
	bool (*progress)(void *ctx, size_t done, size_t all);
	void *ctx;
};

/**
 * r2_prove() - prove all of @subjects
 * @host: links, addresses, rules, neighbours and the routes that matter; must outlive @subjects
 *
 * Return: false if it could not be done at all.
 */
bool r2_prove(struct r2_os *os, const struct r2_host *host, struct r2_subject *subjects, size_t n,
	      const struct r2_prove_options *options, struct r2_error *err);

/** r2_prove_status() - the exit status of all: broken before unknown before works */
enum r2_error_class r2_prove_status(const struct r2_subject *subjects, size_t n);

#endif
