/* SPDX-License-Identifier: MIT */
/* What if, by the rules of Windows: there a route names no source, its next hop picks one. */
#include <string.h>

#include "core/book.h"
#include "core/skip.h"
#include "core/steer.h"
#include "core/whatif.h"

#define W_METHOD "KB 969029, rule 3"
#define W_XP     "KB 175396; best effort"
#define W_STRONG "the strong host model, TechNet Cable Guy, September 2007"

/* A line in the making. */
struct asking {
	const struct r2_host *host;
	enum r2_rules rules;
	const struct r2_ip *dst;
	struct r2_notes *notes;
	r2_steps *steps;
	struct r2_whatif *whatif;
};

/* No route of Windows names its source: `native` takes a connection policy, and one that is obeyed.
 */
static bool check_method(const struct asking *asking)
{
	struct r2_whatif *whatif = asking->whatif;

	if (whatif->line.method == R2_NATIVE) {
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "no route of Windows names its source; `method native` is a "
			     "connection policy there, which only `add` can try");
		r2_note(&whatif->ways, "leave `method` out");
		return false;
	}
	if (whatif->target.gateways.n)
		return true;
	r2_error_set(&whatif->why_not, R2_FAILED,
		     "without a gateway the destination itself is the next hop");
	return false;
}

static const struct r2_addr *find_source(const struct r2_host *host, struct r2_whatif *whatif)
{
	const struct r2_target *target = &whatif->target;
	const struct r2_addr *addr = r2_host_addr(host, &target->src, target->route.link);
	char text[R2_IP_TEXT];

	if (addr && addr->link == target->route.link)
		return addr;
	r2_error_set(&whatif->why_not, R2_FAILED,
		     "source %s is on another interface than the gateway (%s)",
		     r2_ip_format(&target->src, text), W_STRONG);
	r2_note(&whatif->ways, "put the address on %s, or send by a gateway of its own interface",
		r2_host_link_name(host, target->route.link));
	return NULL;
}

/* What can be done where no route can do it, with its price. */
static void say_ways(const struct r2_host *host, enum r2_rules rules, const struct r2_steer *steer,
		     struct r2_whatif *whatif)
{
	char in_way[R2_IP_TEXT], src[R2_IP_TEXT];
	bool ours = steer->blocked_by.family && r2_host_addr(host, &steer->blocked_by, 0);

	r2_ip_format(&whatif->target.src, src);
	r2_ip_format(&steer->blocked_by, in_way);
	if (rules == R2_RULES_WINDOWS)
		r2_note(&whatif->ways,
			"`method native`: a connection policy, where this Windows has them and "
			"`netsh int %s set gl routepolicies=enabled` was said",
			whatif->target.src.family == R2_IPV6 ? "ipv6" : "ipv4");
	r2_note(&whatif->ways, "let the program bind %s itself, or a proxy or service that does",
		src);
	if (ours && rules == R2_RULES_WINDOWS)
		r2_note(&whatif->ways,
			"`method skipassource`: SkipAsSource on %s; the price: it is then no "
			"destination's source unless a program binds it",
			in_way);
	r2_note(&whatif->ways,
		"renumber: %s %s to an address with no neighbour in the way, such as one of "
		"another subnet",
		ours ? "move one of the two, or" : "move", src);
}

/* @unfit: why the source cannot be steered to at all */
static void say_why_not(const struct asking *asking, const struct r2_steer *steer,
			const char *unfit)
{
	struct r2_whatif *whatif = asking->whatif;
	char in_way[R2_IP_TEXT], src[R2_IP_TEXT], block[R2_PREFIX_TEXT];

	r2_ip_format(&whatif->target.src, src);
	r2_ip_format(&steer->blocked_by, in_way);
	whatif->blocked_by = steer->blocked_by;
	if (steer->how == R2_STEER_BY_RULE && asking->rules == R2_RULES_WINDOWS)
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "%s is in the way: it is this host's own and shares all bits but the "
			     "last "
			     "with %s, so that no other next hop picks %s",
			     in_way, src, src);
	else if (steer->how == R2_STEER_BY_HYGIENE)
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "every address of %s in the subnet of %s is taken, the nearest being "
			     "%s",
			     r2_prefix_format(&steer->block, block), src, in_way);
	else
		r2_error_set(&whatif->why_not, R2_FAILED, "%s", unfit);
	say_ways(asking->host, asking->rules, steer, whatif);
}

/* A copy of @host whose first route is @route; it borrows all else. */
static bool copy_with(const struct r2_host *host, const struct r2_route *route, struct r2_host *ret)
{
	*ret = *host;
	memset(&ret->routes, 0, sizeof(ret->routes));
	if (r2_list_push(&ret->routes, route) && r2_list_join(&ret->routes, &host->routes))
		return true;
	r2_list_free(&ret->routes);
	return false;
}

/*
 * What the model says with the target's route by @next_hop. A tie is no promise; nor is what is
 * only reported of XP, but there is no better: that is said.
 */
static bool try_hop(const struct asking *asking, const struct r2_ip *next_hop, r2_steps *steps)
{
	struct r2_whatif *whatif = asking->whatif;
	struct r2_route route = whatif->target.route;
	struct r2_flow flow = {.dst = *asking->dst};
	struct r2_pick picks[2];
	struct r2_model *model;
	struct r2_host copy;
	char text[R2_IP_TEXT];
	size_t n = 0;

	route.gateway = *next_hop;
	if (!copy_with(asking->host, &route, &copy))
		return false;
	model = r2_model_new(&copy, asking->rules);
	if (model) {
		n = r2_model_choose(model, &flow, picks, 2, steps);
		whatif->pick = picks[0];
		whatif->possible = (n == 1 || asking->rules == R2_RULES_WINDOWS_XP) &&
				   !picks[0].error &&
				   r2_ip_equal(&picks[0].source, &whatif->target.src);
	}
	if (n > 1 && steps && whatif->possible)
		r2_note(asking->notes,
			"best effort: Microsoft promises the primary address %s only",
			r2_ip_format(&picks[1].source, text));
	r2_model_free(model);
	r2_list_free(&copy.routes);
	return model != NULL;
}

static void use_method(struct r2_whatif *whatif, enum r2_method method)
{
	whatif->method = whatif->line.method = method;
	whatif->line.given |= R2_WORD_METHOD;
}

static bool steer(const struct asking *asking, const struct r2_addr *addr, struct r2_steer *ret)
{
	const struct r2_target *target = &asking->whatif->target;
	bool xp = asking->rules == R2_RULES_WINDOWS_XP;
	const struct r2_ip *gateway = target->gateways.n > 1 ? NULL : &target->gateways.at[0];

	return (xp ? r2_steer_choose_xp : r2_steer_choose)(
		asking->host, addr, gateway, &target->route.dst, NULL, asking->steps, ret);
}

/* A phantom of ours that stands for this source and these gateways is shared. */
static bool recall_phantom(const struct asking *asking, struct r2_ip *phantom)
{
	const struct r2_target *target = &asking->whatif->target;
	struct r2_book book = {0};
	const struct r2_entry *entry;
	char text[R2_IP_TEXT];

	if (!r2_book_read(asking->host, &book))
		return false;
	entry = r2_book_by_list(&book, target->route.link, &target->src, &target->gateways);
	if (entry) {
		*phantom = entry->phantom;
		r2_step(asking->steps, R2_STEP_NOTE, "phantom", "route2(8), phantom",
			"%s stands for these gateways and is shared", r2_ip_format(phantom, text));
	}
	r2_book_free(&book);
	return true;
}

/* By a made-up next hop, given, shared or chosen; the model has the last word, as it sees other
 * routes. */
static bool by_phantom(const struct asking *asking, const struct r2_addr *addr)
{
	struct r2_whatif *whatif = asking->whatif;
	const struct r2_target *target = &whatif->target;
	const r2_steps *steps = asking->steps;
	struct r2_steer found = {.phantom = target->phantom};
	char got[R2_IP_TEXT], want[R2_IP_TEXT], hop[R2_IP_TEXT];

	if (!target->phantom.family && asking->rules == R2_RULES_WINDOWS &&
	    !recall_phantom(asking, &found.phantom))
		return false;
	if (!found.phantom.family && !steer(asking, addr, &found)) {
		say_why_not(asking, &found,
			    steps->n ? steps->at[steps->n - 1].text : "out of memory");
		return true;
	}
	/* NEEDLESS: the gateway would have done, were it not for another route. */
	whatif->phantom = found.phantom.family ? found.phantom : target->gateways.at[0];
	use_method(whatif, R2_PHANTOM);
	whatif->line.phantom = whatif->phantom;
	whatif->line.given |= R2_WORD_PHANTOM;
	if (!try_hop(asking, &whatif->phantom, asking->steps))
		return false;
	if (whatif->possible)
		return true;
	if (!whatif->pick.error)
		whatif->blocked_by = whatif->pick.source;
	r2_error_set(&whatif->why_not, R2_FAILED,
		     "by next hop %s the host would send from %s, not %s",
		     r2_ip_format(&whatif->phantom, hop), r2_ip_format(&whatif->pick.source, got),
		     r2_ip_format(&target->src, want));
	r2_note(&whatif->ways, "another route or address goes first: see the steps");
	return true;
}

/* A copy of @host whose addresses have the target's skips; it borrows all else. */
static bool copy_skipping(const struct r2_host *host, const struct r2_target *target,
			  struct r2_host *ret)
{
	*ret = *host;
	memset(&ret->addrs, 0, sizeof(ret->addrs));
	if (!r2_list_join(&ret->addrs, &host->addrs))
		return false;
	r2_skip_set(ret, target);
	return true;
}

/* By the gateway, once the addresses in the way are skipped. */
static bool by_skipping(const struct asking *asking, const struct r2_addr *addr)
{
	struct r2_whatif *whatif = asking->whatif;
	struct asking then = *asking;
	struct r2_host copy;
	char got[R2_IP_TEXT], want[R2_IP_TEXT];
	bool ok;

	if (asking->rules != R2_RULES_WINDOWS) {
		r2_error_set(&whatif->why_not, R2_FAILED, "this Windows has no SkipAsSource");
		return true;
	}
	if (!r2_skip_find(asking->host, &whatif->target, addr, &whatif->why_not))
		return true;
	ok = copy_skipping(asking->host, &whatif->target, &copy);
	then.host = &copy;
	ok = ok && try_hop(&then, &whatif->target.gateways.at[0], asking->steps);
	r2_list_free(&copy.addrs);
	use_method(whatif, R2_SKIPASSOURCE);
	if (ok && !whatif->possible)
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "with SkipAsSource on all in the way the host would still send from "
			     "%s, not %s",
			     r2_ip_format(&whatif->pick.source, got),
			     r2_ip_format(&whatif->target.src, want));
	else if (ok)
		r2_skip_note(asking->host, &whatif->target, asking->notes);
	return ok;
}

static bool try_both(const struct asking *asking)
{
	struct r2_whatif *whatif = asking->whatif;
	const struct r2_target *target = &whatif->target;
	const struct r2_addr *addr = find_source(asking->host, whatif);

	if (!addr)
		return true;
	if (whatif->line.method == R2_SKIPASSOURCE)
		return by_skipping(asking, addr);
	if (!target->phantom.family && whatif->line.method != R2_PHANTOM &&
	    target->gateways.n == 1) {
		if (!try_hop(asking, &target->gateways.at[0], NULL))
			return false;
		r2_step(asking->steps, whatif->possible ? R2_STEP_CHOSEN : R2_STEP_DROPPED,
			"method", asking->rules == R2_RULES_WINDOWS ? W_METHOD : W_XP,
			"plain: the gateway itself %s the source",
			whatif->possible ? "yields" : "does not yield");
		if (whatif->possible) {
			use_method(whatif, R2_PLAIN);
			return try_hop(asking, &target->gateways.at[0], asking->steps);
		}
	}
	return by_phantom(asking, addr);
}

bool r2_whatif_windows(const struct r2_host *host, enum r2_rules rules, const struct r2_ip *dst,
		       struct r2_notes *notes, r2_steps *steps, struct r2_whatif *whatif)
{
	r2_steps own = {0}; /* a refusal is told by its last step */
	const struct asking asking = {host, rules, dst, notes, steps ? steps : &own, whatif};
	bool ok;

	whatif->method = R2_AUTO;
	if (!check_method(&asking))
		return true;
	ok = try_both(&asking);
	r2_list_free(&own);
	return ok;
}
