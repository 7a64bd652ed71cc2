/* SPDX-License-Identifier: MIT */
/* The walk of a proof. */
#include "os/prove.h"

#include <stdlib.h>
#include <string.h>

#include "core/rules.h"
#include "core/select.h"
#include "core/text.h"
#include "os/prove_rounds.h"

/* ---- items ---- */

typedef R2_LIST(struct r2_item) item_list;

/** struct walk - of one r2_prove() */
struct walk {
	struct r2_os *os;
	const struct r2_host *host;
	const struct r2_prove_options *options;
	struct r2_subject *subjects;
	size_t n, done;
	item_list items;
	bool ended;
	struct r2_error *err;
};

/* Where a route of ours is not the one that serves: what then. */
static void settle_standing(const struct r2_host *host, struct r2_item *item, bool *ret_skip)
{
	struct r2_subject *subject = item->subject;
	struct r2_error unused = {0};

	*ret_skip = false;
	if (!subject->ours)
		return;
	switch (r2_verify_judge(host, &subject->route, &subject->wanted, &item->evidence.dst,
				&item->evidence.kernel, &unused)) {
	case R2_OVERRULED:
		*ret_skip = true;
		return;
	case R2_STANDBY: /* it waits behind another of ours: tried as if it were not there */
		item->by_hand = true;
		return;
	case R2_UNTRUE: /* nor is it there for who is not led to it */
		item->by_hand = !r2_rules_lead(host, subject->route.table, &subject->route.dst);
		return;
	case R2_TRUE:
		return;
	}
}

static void begin_evidence(const struct walk *walk, struct r2_item *item)
{
	struct r2_subject *subject = item->subject;
	struct r2_evidence *evidence = &item->evidence;

	evidence->host = walk->host;
	evidence->unseen = walk->os->ops->limits.sees_no_frames;
	evidence->bound = walk->os->ops->limits.makes_no_frames;
	evidence->by = walk->options->by;
	evidence->port = walk->options->port;
	evidence->wanted = subject->wanted;
	evidence->gateways = subject->gateways;
	if (!subject->wanted.family && !subject->gateways.n && evidence->kernel.gateway.family)
		evidence->gateways = (struct r2_gateways){.n = 1, .at = {evidence->kernel.gateway}};
	evidence->link = subject->link ? subject->link : evidence->kernel.link;
	evidence->need = walk->options->count && walk->options->count < R2_PROVE_COUNT
				 ? walk->options->count
				 : R2_PROVE_COUNT;
	evidence->only_link = r2_prove_only_link(walk->host, evidence->link, evidence->dst.family);
	evidence->source.source =
		subject->wanted.family ? subject->wanted : evidence->kernel.source;
	evidence->heed.ip = evidence->source.source;
	evidence->control.source = r2_prove_control(walk->host, evidence);
	if (r2_ip_equal(&evidence->control.source, &evidence->source.source))
		evidence->control.source = (struct r2_ip){0};
}

/* An address that is not added yet but goes just so already is tried as it stands. */
static bool goes_so_already(const struct r2_item *item)
{
	const struct r2_answer *kernel = &item->evidence.kernel;
	const struct r2_subject *subject = item->subject;

	return !kernel->error && kernel->link == subject->link &&
	       r2_ip_equal(&kernel->source, &subject->wanted) &&
	       (subject->gateways.n ? r2_ip_equal(&kernel->gateway, &subject->gateways.at[0])
				    : !kernel->gateway.family);
}

/* Does the kernel send from the wanted source by that way already, once a socket asks for it. */
static bool ask_by_socket(struct walk *walk, struct r2_item *item)
{
	struct r2_evidence *evidence = &item->evidence;
	struct r2_answer answer = {0};

	if (!item->by_hand || walk->os->ops->limits.makes_no_frames)
		return true;
	if (!walk->os->ops->lookup(walk->os, &evidence->dst, &evidence->wanted, &answer, walk->err))
		return false;
	evidence->by_socket =
		!answer.error && answer.link == evidence->link &&
		(evidence->gateways.n ? r2_ip_equal(&answer.gateway, &evidence->gateways.at[0])
				      : !answer.gateway.family);
	return true;
}

static bool add_item(struct walk *walk, struct r2_subject *subject, const struct r2_ip *dst)
{
	struct r2_item item = {
		.subject = subject, .by_hand = subject->by_hand, .evidence = {.dst = *dst}};
	bool skip;

	if (!walk->os->ops->lookup(walk->os, dst, NULL, &item.evidence.kernel, walk->err))
		return false;
	settle_standing(walk->host, &item, &skip);
	if (skip)
		return true;
	if (item.by_hand && !subject->ours && goes_so_already(&item))
		item.by_hand = false;
	item.evidence.installed = !item.by_hand;
	begin_evidence(walk, &item);
	if (!ask_by_socket(walk, &item))
		return false;
	subject->tried++;
	return r2_list_push(&walk->items, &item) ||
	       r2_error_set(walk->err, R2_FAILED, "out of memory");
}

static bool add_items(struct walk *walk, struct r2_subject *subject)
{
	struct r2_ip samples[R2_SAMPLES_MAX];
	struct r2_route route = {.dst = subject->dst,
				 .table = subject->ours ? subject->route.table : R2_MAIN_TABLE};
	size_t n = r2_verify_samples(walk->host, &route, samples);

	subject->proof = R2_PROOF_UNKNOWN;
	for (size_t i = 0; i < n && i < R2_PROVE_SAMPLES; i++) {
		if (!add_item(walk, subject, &samples[i]))
			return false;
	}
	return true;
}

/* ---- MACs ---- */

/* RFC 826 wants a sender that the asked one can answer to; any will do if none is of its subnet. */
static struct r2_ip sender_for(const struct r2_host *host, uint32_t link, const struct r2_ip *to)
{
	struct r2_ip best = {0};

	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link != link || addr->ip.family != to->family ||
		    (addr->flags & (R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED)))
			continue;
		if (r2_prefix_contains(&addr->subnet, to))
			return addr->ip;
		if (!best.family)
			best = addr->ip;
	}
	return best;
}

typedef R2_LIST(struct r2_ask) ask_list;

static struct r2_ask *find_ask(const ask_list *asks, const struct r2_ip *target)
{
	r2_each (struct r2_ask, ask, asks) {
		if (r2_ip_equal(&ask->target, target))
			return ask;
	}
	return NULL;
}

static bool add_ask(const struct walk *walk, ask_list *asks, uint32_t link,
		    const struct r2_ip *target)
{
	struct r2_ask ask = {.target = *target, .sender = sender_for(walk->host, link, target)};

	return find_ask(asks, target) || r2_list_push(asks, &ask);
}

static bool has_macs(const struct r2_link *link)
{
	return link && link->mac.len && !(link->flags & (R2_LINK_NOARP | R2_LINK_POINTOPOINT));
}

/* Whom the frame goes to: the gateways in turn, or the destination itself. */
static const struct r2_ip *next_hop(const struct r2_evidence *evidence, size_t i)
{
	if (i < evidence->gateways.n)
		return &evidence->gateways.at[i];
	return i == 0 ? &evidence->dst : NULL;
}

static void file_macs(const ask_list *asks, struct r2_item *item)
{
	const struct r2_ip *hop;

	for (size_t i = 0; (hop = next_hop(&item->evidence, i)) && i < R2_GATEWAYS_MAX; i++) {
		const struct r2_ask *ask = find_ask(asks, hop);

		if (!ask || !ask->answered)
			continue;
		if (item->evidence.gateways.n)
			item->evidence.macs[i] = ask->mac;
		if (!item->to.len)
			item->to = ask->mac;
	}
}

/* Where a question throws away what the system knows (asks_all), what it holds for sure is not
 * asked for: others send by it. */
static void answer_known(const struct walk *walk, struct r2_ask *ask, uint32_t link)
{
	const struct r2_neigh *neigh = r2_host_neigh(walk->host, &ask->target, link);

	if (!walk->os->ops->limits.asks_all || !neigh || !r2_neigh_has_mac(neigh) ||
	    !(neigh->state & R2_NUD_REACHABLE))
		return;
	ask->answered = true;
	ask->mac = neigh->mac;
}

static bool ask_on(struct walk *walk, const struct r2_link *link)
{
	unsigned tries = walk->options->tries ? walk->options->tries : 1;
	ask_list asks = {0};
	bool ok = true;

	r2_each (struct r2_item, item, &walk->items) {
		const struct r2_ip *hop;

		for (size_t i = 0; ok && item->evidence.link == link->index &&
				   (hop = next_hop(&item->evidence, i));
		     i++)
			ok = add_ask(walk, &asks, link->index, hop);
	}
	if (!ok)
		r2_error_set(walk->err, R2_FAILED, "out of memory");
	r2_each (struct r2_ask, ask, &asks)
		answer_known(walk, ask, link->index);
	ok = ok && (!asks.n || walk->os->ops->ask(walk->os, link, asks.at, asks.n, tries,
						  walk->options->timeout_ms, walk->err));
	r2_each (struct r2_item, item, &walk->items) {
		if (ok && item->evidence.link == link->index)
			file_macs(&asks, item);
	}
	r2_list_free(&asks);
	return ok;
}

/* A phantom's frames go to the MAC that its entry has; so do those of its control. */
static void follow_phantom(const struct r2_host *host, struct r2_item *item)
{
	const struct r2_neigh *neigh =
		r2_host_neigh(host, &item->evidence.kernel.gateway, item->evidence.link);

	if (!item->by_hand && neigh && r2_neigh_has_mac(neigh) && (neigh->state & R2_NUD_PERMANENT))
		item->to = neigh->mac;
}

static bool ask_macs(struct walk *walk)
{
	r2_each (const struct r2_link, link, &walk->host->links) {
		if (has_macs(link) && (link->flags & R2_LINK_UP) && !ask_on(walk, link))
			return false;
	}
	r2_each (struct r2_item, item, &walk->items) {
		const struct r2_link *link = r2_host_link(walk->host, item->evidence.link);
		bool reachable;

		follow_phantom(walk->host, item);
		reachable = item->to.len || !has_macs(link);
		item->evidence.silent = !reachable && !item->evidence.gateways.n;
		if (!reachable) {
			item->evidence.control.source = (struct r2_ip){0};
			item->idle = item->by_hand;
		}
		item->idle |= !item->by_hand && item->evidence.kernel.error;
	}
	return true;
}

/* ---- the rounds ---- */

static bool tick(void *ctx)
{
	struct walk *walk = ctx;
	const struct r2_prove_options *options = walk->options;

	if (!walk->ended && options->progress)
		walk->ended = options->progress(options->ctx, walk->done, walk->n);
	return walk->ended;
}

static bool is_open(const struct r2_item *item)
{
	const struct r2_evidence *evidence = &item->evidence;

	return !item->idle && !evidence->source.answered && evidence->control.answered &&
	       evidence->alone < evidence->need;
}

static bool is_silent(const struct r2_item *item)
{
	return !item->idle && !item->evidence.source.answered && !item->evidence.control.answered;
}

/* The same again for those of which @which holds; the others rest. */
static bool again(struct r2_items *items, bool (*which)(const struct r2_item *item),
		  const enum r2_probe_by *by, struct r2_error *err)
{
	bool any = false, ok;
	bool *idle = calloc(items->n + 1, sizeof(*idle));

	if (!idle)
		return r2_error_set(err, R2_FAILED, "out of memory");
	for (size_t i = 0; i < items->n; i++) {
		idle[i] = items->at[i].idle;
		items->at[i].idle = !which(&items->at[i]);
		any |= !items->at[i].idle;
		if (by && !items->at[i].idle)
			items->at[i].evidence.by = *by;
	}
	ok = !any || r2_rounds_answers(items, err);
	for (size_t i = 0; i < items->n; i++)
		items->at[i].idle = idle[i];
	free(idle);
	return ok;
}

/*
 * ICMPv6 has the kernel believe whatever is too big (icmpv6_err(), net/ipv6/icmp.c): nothing to be
 * learnt of another way than its own.
 */
static bool may_try_sizes(const struct r2_item *item)
{
	const struct r2_evidence *evidence = &item->evidence;
	const struct r2_answer *kernel = &evidence->kernel;

	return evidence->source.taken &&
	       (!item->by_hand || evidence->dst.family == R2_IPV4 ||
		(kernel->link == evidence->link && evidence->gateways.n &&
		 r2_ip_equal(&kernel->gateway, &evidence->gateways.at[0])));
}

static bool run_batch(struct walk *walk, struct r2_items *items)
{
	static const enum r2_probe_by icmp = R2_BY_ICMP;
	bool ok = r2_rounds_answers(items, walk->err);

	if (ok && !walk->ended && walk->options->else_icmp)
		ok = again(items, is_silent, &icmp, walk->err);
	if (ok && !walk->ended && !walk->options->count)
		ok = again(items, is_open, NULL, walk->err);
	if (ok && !walk->ended)
		ok = r2_rounds_echo(items, walk->err);
	if (ok && !walk->ended && !walk->os->ops->limits.makes_no_frames)
		ok = r2_rounds_boomerang(items, walk->err);
	if (ok && !walk->ended && walk->options->mtu && items->n == 1 &&
	    may_try_sizes(&items->at[0]))
		ok = r2_rounds_mtu(items, walk->err);
	return ok;
}

/* ---- the verdicts ---- */

/* Linux: the last thing that was chosen. Windows chooses the route, and then counts bits. */
static void take_step(const struct r2_host *host, const struct r2_step *step,
		      struct r2_evidence *evidence)
{
	struct r2_text why = {.at = evidence->why, .room = sizeof(evidence->why)};
	bool windows = host->system == R2_SYSTEM_WINDOWS;

	if (step->verdict == R2_STEP_CHOSEN && (!windows || strcmp(step->rule, "route") == 0)) {
		r2_text_add(&why, "%s", step->text);
	} else if (windows && r2_ip_equal(&step->side, &evidence->wanted)) {
		why.n = strlen(evidence->why);
		r2_text_add(&why, "; %s", step->text);
	}
}

/* Another source than the wanted one: the rule that chose it, as explain tells it. */
static void explain_source(struct walk *walk, struct r2_evidence *evidence)
{
	struct r2_query query = {.parts = R2_PART_ALL};
	struct r2_flow flow = {.dst = evidence->dst};
	struct r2_host host = {0};
	struct r2_model *model = NULL;
	struct r2_error unused;
	struct r2_pick pick;
	r2_steps steps = {0};

	if (walk->os->ops->snapshot(walk->os, &query, &host, &unused))
		model = r2_model_new(&host, host.system == R2_SYSTEM_WINDOWS ? R2_RULES_WINDOWS
									     : R2_RULES_LINUX);
	if (model)
		r2_model_choose(model, &flow, &pick, 1, &steps);
	r2_each (const struct r2_step, step, &steps)
		take_step(&host, step, evidence);
	r2_list_free(&steps);
	r2_model_free(model);
	r2_host_free(&host);
}

static void judge(struct walk *walk, struct r2_item *item)
{
	struct r2_subject *subject = item->subject;
	struct r2_evidence *evidence = &item->evidence;
	char sentence[R2_SENTENCE];
	enum r2_proof proof;

	if (evidence->source.left.seen && evidence->wanted.family &&
	    !r2_ip_equal(&evidence->source.left.src, &evidence->wanted) &&
	    !r2_ip_equal(&evidence->kernel.source, &evidence->wanted) && !evidence->by_socket)
		explain_source(walk, evidence);
	proof = r2_proof_judge(evidence, sentence);
	subject->works += proof == R2_PROOF_WORKS;
	if (subject->evidence.dst.family && r2_proof_worse(subject->proof, proof) == subject->proof)
		return;
	subject->proof = proof;
	subject->evidence = *evidence;
	memcpy(subject->sentence, sentence, sizeof(sentence));
}

static void say_overruled(struct r2_subject *subject)
{
	static const char text[] = "more specific routes or addresses hold all of it";

	if (!subject->tried)
		memcpy(subject->sentence, text, sizeof(text));
}

bool r2_prove_possible(const struct r2_os *os, struct r2_error *err)
{
	if (os->ops->probe)
		return true;
	return r2_error_set(err, R2_FAILED,
			    "nothing can be proved on the wire of this system yet (%s)",
			    os->ops->name);
}

bool r2_prove(struct r2_os *os, const struct r2_host *host, struct r2_subject *subjects, size_t n,
	      const struct r2_prove_options *options, struct r2_error *err)
{
	struct walk walk = {.os = os,
			    .host = host,
			    .options = options,
			    .subjects = subjects,
			    .n = n,
			    .err = err};
	size_t batch = r2_rounds_max(os, options);
	bool ok = true;

	if (!r2_prove_possible(os, err))
		return false;
	for (size_t i = 0; ok && i < n; i++)
		ok = add_items(&walk, &subjects[i]);
	ok = ok && ask_macs(&walk);
	for (size_t i = 0; ok && i < walk.items.n && !walk.ended; i += batch) {
		struct r2_items items = {.os = os,
					 .options = options,
					 .at = walk.items.at + i,
					 .n = walk.items.n - i < batch ? walk.items.n - i : batch,
					 .tick = tick,
					 .ctx = &walk};

		ok = run_batch(&walk, &items);
		for (size_t j = 0; ok && j < items.n; j++)
			judge(&walk, &items.at[j]);
		walk.done = walk.n * (i + items.n) / walk.items.n;
	}
	for (size_t i = 0; ok && i < n; i++)
		say_overruled(&subjects[i]);
	r2_list_free(&walk.items);
	return ok;
}

enum r2_error_class r2_prove_status(const struct r2_subject *subjects, size_t n)
{
	enum r2_error_class status = R2_OK;

	for (size_t i = 0; i < n; i++) {
		enum r2_error_class one = r2_proof_class(subjects[i].proof);

		if (one == R2_FAILED)
			return R2_FAILED;
		status = one == R2_UNKNOWN ? one : status;
	}
	return status;
}
