/* SPDX-License-Identifier: MIT */
/*
 * What if: the line of the user, tried on paper.
 *
 * Idea: the very functions of `add` (settle, choose a phantom, plan) work on a copy of the host,
 * the planned route is put where the kernel would put it, and the model is asked again.
 */
#include "core/whatif.h"

#include <stdio.h>
#include <string.h>

#include "core/book.h"
#include "core/phantom.h"
#include "core/plan.h"
#include "core/source4.h"
#include "core/source6.h"
#include "core/text.h"

#define W_METHOD  "route2(8), method"
#define W_PHANTOM "RFC 3927 section 2.1"
#define W_PREFSRC "RTA_PREFSRC: fib_check_nh(), net/ipv4/fib_semantics.c; net/ipv6/route.c"

/** struct trial - one line, tried; @host is a copy whose routes and neighbours are its own */
struct trial {
	struct r2_host host;
	struct r2_book book;
	struct r2_route route; /* as planned */
	const struct r2_ip *dst;
	r2_steps *steps;
	struct r2_whatif *whatif;
	struct r2_notes *notes;
};

static bool copy_host(const struct r2_host *host, struct r2_host *ret)
{
	*ret = *host;
	memset(&ret->routes, 0, sizeof(ret->routes));
	memset(&ret->neighs, 0, sizeof(ret->neighs));
	return r2_list_join(&ret->routes, &host->routes) &&
	       r2_list_join(&ret->neighs, &host->neighs);
}

static void free_trial(struct trial *trial)
{
	r2_book_free(&trial->book);
	r2_list_free(&trial->host.routes);
	r2_list_free(&trial->host.neighs);
}

/* What a change that was killed has left goes first, as in every change. */
static bool tidy(struct r2_host *host)
{
	struct r2_error unused;
	r2_ops ops = {0};
	bool ok = r2_plan_tidy(host, &ops, &unused);

	r2_list_free(&ops);
	return ok;
}

/* ---- the method ---- */

/* What the kernel would take for the target's next hop if the route named no source. */
static const struct r2_addr *by_itself(const struct trial *trial)
{
	const struct r2_target *target = &trial->whatif->target;

	if (target->src.family == R2_IPV6)
		return r2_source6(&trial->host, target->route.link, trial->dst, false, NULL);
	return r2_source4(&trial->host, target->route.link,
			  target->gateways.n ? &target->gateways.at[0] : NULL,
			  target->gateways.n ? R2_SCOPE_GLOBAL : R2_SCOPE_LINK, NULL);
}

static void tell_plain(const struct trial *trial)
{
	const struct r2_addr *addr = by_itself(trial);
	char text[R2_IP_TEXT], want[R2_IP_TEXT];

	r2_ip_format(&trial->whatif->target.src, want);
	if (addr && r2_ip_equal(&addr->ip, &trial->whatif->target.src))
		r2_step(trial->steps, R2_STEP_NOTE, "method", W_METHOD,
			"plain would do as well: for this next hop the kernel takes %s by itself, "
			"for as long as its addresses stay what they are",
			want);
	else
		r2_step(trial->steps, R2_STEP_DROPPED, "method", W_METHOD,
			"plain: without a preferred source the kernel would take %s, not %s",
			addr ? r2_ip_format(&addr->ip, text) : "another interface's address", want);
}

static void tell_method(const struct trial *trial)
{
	enum r2_method method = trial->whatif->method;

	if (!trial->steps)
		return;
	if (method == R2_PLAIN) {
		r2_step(trial->steps, R2_STEP_CHOSEN, "method", W_METHOD,
			"plain: the next hop yields the source by itself");
		return;
	}
	if (method == R2_NATIVE) {
		r2_step(trial->steps, R2_STEP_CHOSEN, "method", W_PREFSRC,
			"native: the route names its source, so any address of this host may be "
			"it");
		r2_step(trial->steps, R2_STEP_DROPPED, "method", W_METHOD,
			"phantom: not needed for one gateway; it is what backups need");
	} else {
		r2_step(trial->steps, R2_STEP_CHOSEN, "method", W_METHOD,
			"phantom: a made-up next hop that any of these gateways can carry; the "
			"route names its source");
	}
	tell_plain(trial);
}

/* ---- the phantom ---- */

static void tell_phantom(const struct trial *trial, bool shared)
{
	const struct r2_ip *phantom = &trial->whatif->phantom;
	char text[R2_IP_TEXT];

	if (!trial->steps)
		return;
	r2_ip_format(phantom, text);
	if (shared)
		r2_step(trial->steps, R2_STEP_CHOSEN, "phantom", W_METHOD,
			"%s: routes by these gateways share it already", text);
	else if (trial->whatif->target.phantom.family)
		r2_step(trial->steps, R2_STEP_CHOSEN, "phantom", W_METHOD,
			"%s: as the line says, and nobody has it", text);
	else
		r2_step(trial->steps, R2_STEP_CHOSEN, "phantom",
			phantom->family == R2_IPV4 ? W_PHANTOM : "route2(8), phantom",
			"%s: the first of the ranges that no host configures by itself, and that "
			"no address, neighbour or next hop here has",
			text);
}

/* The phantom that `add` would take: the list's own, the one given, or the first that is free. */
static bool find_phantom(struct trial *trial)
{
	struct r2_whatif *whatif = trial->whatif;
	const struct r2_target *target = &whatif->target;
	const struct r2_entry *shared;

	if (!r2_plan_by_phantom(target))
		return true;
	shared = r2_plan_phantom(&trial->book, target);
	whatif->phantom = target->phantom;
	if (!whatif->phantom.family && shared)
		whatif->phantom = shared->phantom;
	else if (!whatif->phantom.family &&
		 !r2_phantom_choose(&trial->host, &trial->book, target->route.link,
				    (enum r2_family)target->route.dst.addr.family, NULL,
				    &whatif->phantom)) {
		r2_error_set(&whatif->why_not, R2_FAILED, "no phantom is free on %s",
			     r2_host_link_name(&trial->host, target->route.link));
		return r2_error_hint(&whatif->why_not, "give one with phantom ADDRESS");
	}
	tell_phantom(trial, shared != NULL);
	return true;
}

/* ---- the plan ---- */

static bool plan(struct trial *trial, bool replace, struct r2_error *err)
{
	struct r2_choice choice = {.phantom = trial->whatif->phantom};
	r2_ops ops = {0};
	bool ok = r2_plan_add(&trial->host, &trial->book, &trial->whatif->target, &choice, replace,
			      &ops, &trial->route, trial->notes, err);

	r2_list_free(&ops);
	return ok;
}

/* As `add` would; where that refuses for a route of ours that stands there, as `replace`. */
static bool plan_or_replace(struct trial *trial)
{
	struct r2_error unused;

	if (plan(trial, false, &trial->whatif->why_not))
		return true;
	trial->whatif->replace = plan(trial, true, &unused);
	return trial->whatif->replace;
}

/*
 * The planned route in its place: before what has its prefix and the same metric or a higher one;
 * ours of the same key give way.
 */
static bool put_route(struct trial *trial)
{
	struct r2_host *host = &trial->host;
	size_t kept = 0, place;

	for (size_t i = 0; i < host->routes.n; i++) {
		const struct r2_route *one = &host->routes.at[i];

		if (!r2_route_is_ours(one) || !r2_route_same_key(one, &trial->route))
			host->routes.at[kept++] = *one;
	}
	host->routes.n = kept;
	for (place = 0; place < kept; place++) {
		const struct r2_route *one = &host->routes.at[place];

		if (one->table == trial->route.table && one->tos == trial->route.tos &&
		    one->metric >= trial->route.metric &&
		    r2_prefix_equal(&one->dst, &trial->route.dst))
			break;
	}
	if (!r2_list_push(&host->routes, &trial->route))
		return false;
	memmove(host->routes.at + place + 1, host->routes.at + place,
		(kept - place) * sizeof(*host->routes.at));
	host->routes.at[place] = trial->route;
	return true;
}

/* ---- the judgement ---- */

static void say_ways(struct r2_whatif *whatif, const struct r2_route *won)
{
	const struct r2_route *route = &whatif->target.route;
	char table[R2_PROTOCOL_TEXT], prefix[R2_PREFIX_TEXT], src[R2_IP_TEXT];

	if (!won) {
		r2_note(&whatif->ways, "change the policy rule that decides first: ip rule");
		return;
	}
	r2_prefix_name(&won->dst, prefix);
	if (won->table != route->table)
		r2_note(&whatif->ways,
			"a policy rule leads to table %s first: use `table %s`, or change the rule "
			"(ip rule)",
			r2_table_name(won->table, table), table);
	else if (won->dst.len > route->dst.len)
		r2_note(&whatif->ways,
			"%s is more specific: ask for it by name: route2 explain %s src %s", prefix,
			prefix, r2_ip_format(&whatif->target.src, src));
	else if (won->metric < route->metric)
		r2_note(&whatif->ways, "its metric %u goes before %u: say a lower `metric`",
			won->metric, route->metric);
}

static void say_why_not(const struct trial *trial, const struct r2_pick *pick, const char *when)
{
	struct r2_whatif *whatif = trial->whatif;
	const struct r2_route *won =
		pick->route == R2_NO_ROUTE ? NULL : &trial->host.routes.at[pick->route];
	char got[R2_IP_TEXT], want[R2_IP_TEXT], prefix[R2_PREFIX_TEXT], table[R2_PROTOCOL_TEXT];
	char number[16];

	r2_ip_format(&whatif->target.src, want);
	if (pick->error)
		r2_error_set(&whatif->why_not, R2_FAILED, "%sthe host would refuse to send: %s",
			     when, r2_errno_name(pick->error, number));
	else
		r2_error_set(&whatif->why_not, R2_FAILED,
			     "%sthe host would send from %s, not %s, by %s of table %s", when,
			     r2_ip_format(&pick->source, got), want,
			     won ? r2_prefix_name(&won->dst, prefix) : "no route",
			     r2_table_name(pick->table, table));
	if (!pick->error && !r2_ip_equal(&pick->source, &whatif->target.src))
		whatif->blocked_by = pick->source;
	say_ways(whatif, won);
}

static bool is_planned(const struct trial *trial, const struct r2_pick *pick)
{
	return !pick->error && r2_ip_equal(&pick->source, &trial->whatif->target.src) &&
	       pick->link == trial->route.link &&
	       r2_ip_equal(&pick->gateway, &trial->route.gateway);
}

/* IPv4's connect(2) asks again with the source it was given: ip_route_connect(). */
static void judge(const struct trial *trial, const struct r2_model *model)
{
	struct r2_whatif *whatif = trial->whatif;
	struct r2_flow flow = {.dst = *trial->dst};
	struct r2_pick bound;

	r2_model_choose(model, &flow, &whatif->pick, 1, trial->steps);
	whatif->possible = is_planned(trial, &whatif->pick);
	if (!whatif->possible) {
		say_why_not(trial, &whatif->pick, "");
		return;
	}
	if (flow.dst.family != R2_IPV4)
		return;
	flow.src = whatif->target.src;
	r2_model_choose(model, &flow, &bound, 1, NULL);
	if (!is_planned(trial, &bound)) {
		whatif->possible = false;
		say_why_not(trial, &bound,
			    "once the source is chosen, a rule `from` it leads on: ");
	}
}

static bool try_linux(struct trial *trial)
{
	struct r2_model *model;

	if (!put_route(trial))
		return false;
	model = r2_model_new(&trial->host, R2_RULES_LINUX);
	if (!model)
		return false;
	judge(trial, model);
	r2_model_free(model);
	return true;
}

/* ---- the line that does it ---- */

/* The line without `dev` is shorter, if `add` finds the interface by the gateway. */
static bool needs_dev(const struct r2_host *host, const struct r2_intent *line,
		      const struct r2_target *target)
{
	struct r2_target again;
	struct r2_error unused;

	return !r2_settle_line(host, line, &again, NULL, &unused) ||
	       again.route.link != target->route.link || again.gateways.n != target->gateways.n;
}

static void write_line(const struct r2_host *host, const struct r2_intent *intent,
		       struct r2_whatif *whatif)
{
	struct r2_intent *line = &whatif->line;

	*line = *intent;
	line->given |= R2_WORD_PREFIX;
	line->dst = whatif->target.route.dst;
	line->gateways = whatif->target.gateways;
	if (line->gateways.n)
		line->given |= R2_WORD_VIA;
	if (!(line->given & R2_WORD_DEV) && needs_dev(host, line, &whatif->target)) {
		line->given |= R2_WORD_DEV;
		snprintf(line->dev, sizeof(line->dev), "%s",
			 r2_host_link_name(host, whatif->target.route.link));
	}
}

const char *r2_whatif_command(const struct r2_whatif *whatif, const struct r2_names *names,
			      const char *netns, char buf[R2_WHATIF_TEXT])
{
	struct r2_text text = r2_text_start(buf, R2_WHATIF_TEXT);
	char line[R2_INTENT_TEXT];

	r2_text_put(&text, "route2 ");
	if (netns) {
		r2_text_put(&text, "-n ");
		r2_text_quote(&text, netns);
		r2_text_put(&text, " ");
	}
	r2_text_put(&text, whatif->replace ? "replace " : "add ");
	r2_text_put(&text, r2_intent_format(&whatif->line, names, line));
	return buf;
}

/* ---- the whole ---- */

/* `plain` is refused where another address wins: that one is in the way. */
static void name_winner(struct trial *trial, const struct r2_intent *intent)
{
	struct r2_intent native = *intent;
	const struct r2_addr *winner;
	struct r2_error unused;

	native.method = R2_AUTO;
	if (intent->method != R2_PLAIN || intent->phantom.family ||
	    !r2_settle_line(&trial->host, &native, &trial->whatif->target, NULL, &unused))
		return;
	winner = by_itself(trial);
	if (winner && !r2_ip_equal(&winner->ip, &intent->src))
		trial->whatif->blocked_by = winner->ip;
}

static bool try_line(struct trial *trial, enum r2_rules rules, const struct r2_intent *intent)
{
	struct r2_whatif *whatif = trial->whatif;

	if (!tidy(&trial->host) || !r2_book_read(&trial->host, &trial->book))
		return false;
	if (!r2_settle_line(&trial->host, intent, &whatif->target, trial->notes,
			    &whatif->why_not)) {
		name_winner(trial, intent);
		return true;
	}
	whatif->method = whatif->target.method;
	write_line(&trial->host, intent, whatif);
	if (rules != R2_RULES_LINUX)
		return r2_whatif_windows(&trial->host, rules, trial->dst, trial->notes,
					 trial->steps, whatif);
	tell_method(trial);
	return !find_phantom(trial) || !plan_or_replace(trial) || try_linux(trial);
}

bool r2_whatif(const struct r2_host *host, enum r2_rules rules, const struct r2_intent *intent,
	       const struct r2_ip *dst, struct r2_notes *notes, r2_steps *steps,
	       struct r2_whatif *ret)
{
	struct trial trial = {.dst = dst, .steps = steps, .whatif = ret, .notes = notes};
	bool ok;

	*ret = (struct r2_whatif){.pick.route = R2_NO_ROUTE};
	ok = copy_host(host, &trial.host) && try_line(&trial, rules, intent);
	free_trial(&trial);
	return ok;
}
