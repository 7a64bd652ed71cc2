/* SPDX-License-Identifier: MIT */
/*
 * Settling: an intent held against a host. What the line left open (interface, gateway, method,
 * metric) is filled in, and what the host cannot do is refused before anything is touched.
 */
#ifndef R2_CORE_SETTLE_H
#define R2_CORE_SETTLE_H

#include "core/error.h"
#include "core/host.h"
#include "core/intent.h"

/** struct r2_skips - addresses of the target's link that are to get SkipAsSource (skip.h) */
#define R2_SKIPS_MAX 16
struct r2_skips {
	uint8_t n;
	struct r2_ip at[R2_SKIPS_MAX];
};

/**
 * struct r2_target - an intent with nothing left open
 * @route: as it shall be installed; @route.gateway is still the first real gateway: the planner
 *         puts the phantom there
 * @gateways: none for an on-link or point-to-point route
 * @src: the wanted source; @route.prefsrc equals it, or is none where no field of the route can
 *	name it: `plain`, and on Windows all but `phantom`
 * @method: never R2_AUTO
 * @any_method: the line said `auto`: a route that already has source and gateways will do
 * @phantom: the one given by hand, else none
 * @steers: @src if the phantom itself is to pick it (Windows), else none
 * @skips: by `skipassource` only
 * @unproven: no route says that the gateways are on this link: all of them must answer
 */
struct r2_target {
	struct r2_route route;
	struct r2_gateways gateways;
	struct r2_ip src;
	enum r2_method method;
	bool any_method;
	bool unproven;
	struct r2_ip phantom;
	struct r2_ip steers;
	struct r2_skips skips;
};

/**
 * r2_settle() - intent and host to target
 * @host: with links, addresses, neighbours and the routes that r2_settle_needs() names
 * @notes: remarks, such as a deprecated source
 *
 * Return: false with R2_FAILED (R2_USAGE where the line itself can never work).
 */
bool r2_settle(const struct r2_host *host, const struct r2_intent *intent,
	       struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err);

/**
 * r2_settle_line() - r2_settle() but for the method that `auto` becomes on Windows, where that
 * takes a model of the whole host (r2_settle_windows())
 */
bool r2_settle_line(const struct r2_host *host, const struct r2_intent *intent,
		    struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err);

/**
 * r2_settle_windows() - the method by the rules of Windows: plain if the gateway itself yields the
 * source, else phantom, else native where the host has connection policies, else a refusal that
 * names the ways out
 * @target: settled but for the method; unchanged on failure
 */
bool r2_settle_windows(const struct r2_host *host, const struct r2_intent *intent,
		       struct r2_target *target, struct r2_notes *notes, struct r2_error *err);

/** r2_settle_tries_policy() - would it matter for @intent that connection policies are obeyed, now
 * that it is not known of @host */
bool r2_settle_tries_policy(const struct r2_host *host, const struct r2_intent *intent);

/**
 * r2_settle_needs() - does @route matter for this intent: the filter of its snapshot
 * @host: what has been kept so far
 *
 * True for default routes, on-link routes, the book, routes to the same or a more specific
 * destination (the first R2_SPECIFICS_MAX of those), next hops that are gateways of the line or
 * could be phantoms, plain routes of ours, and one user of every phantom; on Windows for all of
 * others.
 */
#define R2_SPECIFICS_MAX 256
bool r2_settle_needs(const struct r2_intent *intent, const struct r2_host *host,
		     const struct r2_route *route);

/** r2_settle_source() - is @src an address we may send from; @link 0: say those of all links */
bool r2_settle_source(const struct r2_host *host, const struct r2_ip *src, uint32_t link,
		      struct r2_notes *notes, struct r2_error *err);

/** r2_settle_link() - the index of an interface by name; if there is none, those that are are
 * listed */
bool r2_settle_link(const struct r2_host *host, const char *name, uint32_t *ret_link,
		    struct r2_error *err);

/** r2_settle_uses_mac() - does this target ask gateways for their MAC at all */
bool r2_settle_uses_mac(const struct r2_host *host, const struct r2_target *target);

#endif
