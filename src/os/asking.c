/* SPDX-License-Identifier: MIT */
/* Asking the link: gateways for their MAC, and phantoms for silence. */
#include "os/asking.h"
#include "core/phantom.h"
#include "core/policy.h"
#include "core/steer.h"

#include <stdio.h>
#include <string.h>

/*
 * RFC 5227 section 2.1.1 probes three times, one to two seconds apart, as hosts do that are booting
 * on a slow link. A phantom's probe is read by hosts that are up: they answer within milliseconds,
 * so the probes stand closer.
 */
#define QUICK_TIMEOUT_MS 100
#define PROBE_TRIES      3
#define PROBE_TIMEOUT_MS 100
#define PHANTOMS_TRIED   16

/* ---- policies ---- */

/* The refusal names the ways out; why one of them is barred now belongs to it. */
static void add_reason(struct r2_error *err, const struct r2_error *why)
{
	char ways[sizeof(err->hint)];

	memcpy(ways, err->hint, sizeof(ways));
	r2_error_hint(err, "%s%s%s%s%s", ways, *ways ? "; " : "", why->what, *why->hint ? ": " : "",
		      why->hint);
}

bool r2_asking_settle(struct r2_os *os, struct r2_host *host, const struct r2_intent *intent,
		      struct r2_target *ret_target, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_notes unsaid = {0};
	size_t noted = notes->n;
	struct r2_target unused;
	struct r2_error why;

	if (r2_settle(host, intent, ret_target, notes, err))
		return true;
	/* No policy would help a line that cannot be whatever its method. */
	if (!os->ops->policy || !r2_settle_tries_policy(host, intent) ||
	    !r2_settle_line(host, intent, &unused, &unsaid, &why))
		return false;
	if (os->ops->policy(os, host, &intent->src, &why)) {
		host->flags |= r2_policy_flag(intent->src.family);
		notes->n = noted;
		return r2_settle(host, intent, ret_target, notes, err);
	}
	if (intent->method == R2_NATIVE)
		*err = why;
	else
		add_reason(err, &why);
	return false;
}

/* ---- gateways ---- */

/* RFC 826 wants a sender that the gateway can answer to; RFC 4861 7.2.2 any address of ours. */
static struct r2_ip sender_for(const struct r2_host *host, const struct r2_target *target,
			       const struct r2_ip *gateway)
{
	const struct r2_addr *best = NULL;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		bool ready = !(addr->flags & (R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED));

		if (addr->link != target->route.link || addr->ip.family != gateway->family ||
		    !ready)
			continue;
		if (r2_prefix_contains(&addr->subnet, gateway))
			return addr->ip;
		if (!best || r2_ip_equal(&addr->ip, &target->src))
			best = addr;
	}
	return best ? best->ip : (struct r2_ip){0};
}

static bool is_trusted(const struct r2_neigh *neigh, bool for_phantom)
{
	if (!neigh || !r2_neigh_has_mac(neigh))
		return false;
	if (neigh->state & (R2_NUD_REACHABLE | R2_NUD_PERMANENT))
		return true;
	return !for_phantom;
}

struct asking {
	struct r2_ask asks[R2_GATEWAYS_MAX]; /* only those that must be asked */
	size_t n;
	size_t index[R2_GATEWAYS_MAX];       /* which gateway each asks for */
	struct r2_mac macs[R2_GATEWAYS_MAX]; /* by gateway; none while unknown */
};

static void collect(const struct r2_host *host, const struct r2_target *target, bool for_phantom,
		    struct asking *asking)
{
	for (size_t i = 0; i < target->gateways.n; i++) {
		const struct r2_ip *gateway = &target->gateways.at[i];
		const struct r2_neigh *neigh = r2_host_neigh(host, gateway, target->route.link);

		if (is_trusted(neigh, for_phantom || target->unproven)) {
			asking->macs[i] = neigh->mac;
			continue;
		}
		asking->index[asking->n] = i;
		asking->asks[asking->n++] = (struct r2_ask){
			.target = *gateway, .sender = sender_for(host, target, gateway)};
	}
}

static bool silent(const struct r2_host *host, const struct r2_target *target, size_t i,
		   const struct r2_change_options *options, struct r2_error *err)
{
	const struct r2_ip *gateway = &target->gateways.at[i];
	const char *protocol = gateway->family == R2_IPV4 ? "ARP" : "neighbour discovery";
	char text[R2_IP_TEXT], how[64];

	if (!options->tries) {
		r2_error_set(err, R2_FAILED, "the MAC of gateway %s is not known",
			     r2_ip_format(gateway, text));
		return r2_error_hint(
			err, "leave out --tries 0 to have it asked; with --on, ping it there "
			     "and add what ip -j neigh or Get-NetNeighbor says");
	}
	snprintf(how, sizeof(how), "%u tries of %u ms", options->tries, options->timeout_ms);
	r2_error_set(err, R2_FAILED, "gateway %s does not answer %s on %s (%s)",
		     r2_ip_format(gateway, text), protocol,
		     r2_host_link_name(host, target->route.link),
		     host->system == R2_SYSTEM_WINDOWS ? "Windows asks for about 3 s" : how);
	if (target->unproven)
		return r2_error_hint(err, "and no route says that it is on that link");
	return r2_error_hint(err, "is it up, and on that link?");
}

/* The first that answers carries; for lack of proof by a route, all of them must. */
static bool pick_carrier(const struct r2_host *host, const struct r2_target *target,
			 const struct r2_change_options *options, const struct asking *asking,
			 struct r2_mac *ret_mac, struct r2_notes *notes, struct r2_error *err)
{
	char text[R2_IP_TEXT], carrier[R2_IP_TEXT];
	size_t first = target->gateways.n;

	for (size_t i = target->gateways.n; i-- > 0;) {
		if (asking->macs[i].len)
			first = i;
		else if (target->unproven)
			return silent(host, target, i, options, err);
	}
	if (first == target->gateways.n)
		return silent(host, target, 0, options, err);
	for (size_t i = 0; i < target->gateways.n; i++) {
		if (asking->macs[i].len)
			continue;
		r2_note(notes, "gateway %s does not answer now; %s carries",
			r2_ip_format(&target->gateways.at[i], text),
			r2_ip_format(&target->gateways.at[first], carrier));
	}
	*ret_mac = asking->macs[first];
	return true;
}

/* Send the questions, and file the answers by gateway. */
static bool ask_all(struct r2_os *os, const struct r2_link *link, struct asking *asking,
		    unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	if (!os->ops->ask(os, link, asking->asks, asking->n, tries, timeout_ms, err))
		return false;
	for (size_t i = 0; i < asking->n; i++) {
		if (asking->asks[i].answered)
			asking->macs[asking->index[i]] = asking->asks[i].mac;
	}
	return true;
}

static bool has_mac(const struct asking *asking, size_t n, const struct r2_mac *mac)
{
	for (size_t i = 0; mac->len && i < n; i++) {
		if (r2_mac_equal(&asking->macs[i], mac))
			return true;
	}
	return false;
}

/* The MAC that the target's phantom has already, none if it has no entry. */
static struct r2_mac standing_mac(const struct r2_host *host, const struct r2_book *book,
				  const struct r2_target *target)
{
	const struct r2_entry *entry = r2_plan_phantom(book, target);
	const struct r2_neigh *neigh =
		entry ? r2_host_neigh(host, &entry->phantom, entry->link) : NULL;

	return neigh && r2_neigh_has_mac(neigh) ? neigh->mac : (struct r2_mac){0};
}

bool r2_asking_gateways(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			const struct r2_target *target, const struct r2_change_options *options,
			struct r2_mac *ret_mac, struct r2_notes *notes, struct r2_error *err)
{
	const struct r2_link *link = r2_host_link(host, target->route.link);
	bool for_phantom = r2_plan_by_phantom(target);
	struct r2_mac standing = standing_mac(host, book, target);
	struct asking asking = {0};

	*ret_mac = (struct r2_mac){0};
	if (!r2_settle_uses_mac(host, target))
		return true;
	collect(host, target, for_phantom, &asking);
	if (asking.n && !options->tries && !target->unproven && (!for_phantom || standing.len))
		return true;
	/* A phantom that stands need not wait for its silent gateways, if the one that carries is
	 * up. */
	if (asking.n && options->tries && standing.len &&
	    !ask_all(os, link, &asking, 1, QUICK_TIMEOUT_MS, err))
		return false;
	if (has_mac(&asking, target->gateways.n, &standing) && !target->unproven)
		return true;
	if (asking.n && options->tries &&
	    !ask_all(os, link, &asking, options->tries, options->timeout_ms, err))
		return false;
	return pick_carrier(host, target, options, &asking, ret_mac, notes, err);
}

/* ---- phantoms ---- */

static bool probe(struct r2_os *os, const struct r2_host *host, const struct r2_target *target,
		  const struct r2_ip *phantom, struct r2_ask *ret_ask, struct r2_error *err)
{
	const struct r2_link *link = r2_host_link(host, target->route.link);

	*ret_ask = (struct r2_ask){.target = *phantom};
	if (!r2_phantom_in_subnet(host, target->route.link, phantom))
		return true;
	return os->ops->ask(os, link, ret_ask, 1, PROBE_TRIES, PROBE_TIMEOUT_MS, err);
}

static bool check_given(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
			const struct r2_target *target, struct r2_error *err)
{
	char text[R2_IP_TEXT], mac[R2_MAC_TEXT];
	struct r2_ask ask;

	if (!r2_phantom_usable(host, book, target->route.link, &target->phantom, err))
		return r2_error_hint(err, "leave `phantom` out to have a free one chosen");
	if (!probe(os, host, target, &target->phantom, &ask, err))
		return false;
	if (!ask.answered)
		return true;
	r2_error_set(err, R2_FAILED, "phantom %s is in use: %s answers to it on %s",
		     r2_ip_format(&target->phantom, text), r2_mac_format(&ask.mac, mac),
		     r2_host_link_name(host, target->route.link));
	return r2_error_hint(err, "leave `phantom` out to have a free one chosen");
}

/* One that nobody here has: that steers to the source where the next hop picks it, else any. */
static bool next_free(const struct r2_host *host, const struct r2_book *book,
		      const struct r2_target *target, const r2_ips *answering,
		      struct r2_ip *ret_phantom)
{
	const struct r2_addr *src = r2_host_addr(host, &target->src, target->route.link);
	enum r2_family family = (enum r2_family)target->route.dst.addr.family;
	struct r2_steer steer;

	if (!target->steers.family)
		return r2_phantom_choose(host, book, target->route.link, family, answering,
					 ret_phantom);
	if (!src || !r2_steer_choose(host, src, NULL, &target->route.dst, answering, NULL, &steer))
		return false;
	*ret_phantom = steer.phantom;
	return true;
}

static bool choose(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
		   const struct r2_target *target, r2_ips *answering, struct r2_ip *ret_phantom,
		   struct r2_error *err)
{
	struct r2_ip phantom;
	struct r2_ask ask;

	for (size_t i = 0; i < PHANTOMS_TRIED; i++) {
		if (!next_free(host, book, target, answering, &phantom))
			break;
		if (!probe(os, host, target, &phantom, &ask, err))
			return false;
		if (!ask.answered) {
			*ret_phantom = phantom;
			return true;
		}
		if (!r2_list_push(answering, &phantom))
			return r2_error_set(err, R2_FAILED, "out of memory");
	}
	r2_error_set(err, R2_FAILED, "no phantom is free on %s",
		     r2_host_link_name(host, target->route.link));
	return r2_error_hint(err, "give one with phantom ADDRESS");
}

bool r2_asking_phantom(struct r2_os *os, const struct r2_host *host, const struct r2_book *book,
		       const struct r2_target *target, struct r2_ip *ret_phantom,
		       struct r2_error *err)
{
	r2_ips answering = {0};
	bool ok = true;

	*ret_phantom = target->phantom;
	if (!r2_plan_by_phantom(target) || r2_plan_phantom(book, target))
		return true;
	if (target->phantom.family)
		return check_given(os, host, book, target, err);
	ok = choose(os, host, book, target, &answering, ret_phantom, err);
	r2_list_free(&answering);
	return ok;
}
