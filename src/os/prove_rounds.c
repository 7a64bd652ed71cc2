/* SPDX-License-Identifier: MIT */
/*
 * Idea: source and control go out side by side, and which of the two goes first is left to chance
 * in every round, so that whatever loses packets by count or by time loses both alike.
 */
#include "os/prove_rounds.h"

#include <stdlib.h>
#include <time.h>

#define ROUND_MS   100
#define BOOMERANGS 3
#define ECHOES     3
#define RETRIES    5
#define SHORT_MS   500

/** struct volley - the probes of one run; @item, @control: whose each is */
struct volley {
	struct r2_items *items;
	struct r2_probing probing;
	struct r2_shot probes[R2_PROBES_MAX];
	size_t item[R2_PROBES_MAX];
	bool control[R2_PROBES_MAX];
	struct r2_heed heeds[R2_PROBES_MAX];
	unsigned chance;
};

static unsigned rounds_of(const struct r2_prove_options *options)
{
	return options->count ? options->count : R2_PROVE_COUNT;
}

size_t r2_rounds_max(const struct r2_os *os, const struct r2_prove_options *options)
{
	size_t each = 2 * (size_t)rounds_of(options), most = options->by == R2_BY_ICMP ? 24 : 12;
	size_t probes = os->ops->limits.probes_max ? os->ops->limits.probes_max : R2_PROBES_MAX;

	if (each > probes)
		return 1;
	return each * most > probes ? probes / each : most;
}

/* ---- what was seen is added up ---- */

/* Would this host let the answer in: now that the route stands, or when it will. */
static void admit(const struct r2_item *item, bool control, struct r2_coming *answer)
{
	if (control || !item->by_hand)
		return;
	/* Once the route stands, a strict filter lets in by its interface, and only there. */
	answer->refused = answer->strict && answer->link != item->evidence.link;
}

/* @now: as it was; @answer: as it will be. */
static bool is_taken(const struct r2_item *item, bool control, const struct r2_coming *now,
		     const struct r2_coming *answer)
{
	bool by_frame = control || (item->by_hand && !item->evidence.by_socket);

	if (control || item->by_hand)
		return answer->seen && !answer->strayed && !answer->refused &&
		       (by_frame || now->heard || now->refused);
	return answer->heard;
}

static void add(const struct r2_item *item, bool control, const struct r2_shot *probe,
		struct r2_side *side)
{
	struct r2_coming answer = probe->answer;
	bool taken;

	side->sent += probe->sent;
	if (probe->failed && !side->failed)
		side->failed = probe->failed;
	if (probe->left.seen && !side->left.seen)
		side->left = probe->left;
	if (probe->objection.seen && !side->objection.seen)
		side->objection = probe->objection;
	if (!answer.seen)
		return;
	admit(item, control, &answer);
	taken = is_taken(item, control, &probe->answer, &answer);
	if (!side->answered || (taken && !side->taken))
		side->answer = answer;
	side->answered++;
	side->taken += taken;
	side->accepted += taken && !answer.declined;
}

/* One item's two sides as this volley alone has them. */
static void count(const struct volley *volley, size_t which, struct r2_side *source,
		  struct r2_side *control, unsigned *alone)
{
	const struct r2_item *item = &volley->items->at[which];

	for (size_t i = 0; i < volley->probing.n; i++) {
		if (volley->item[i] != which)
			continue;
		add(item, volley->control[i], &volley->probes[i],
		    volley->control[i] ? control : source);
		/* The two of a round stand side by side. */
		if (volley->control[i] && volley->probes[i].answer.seen)
			++*alone;
	}
}

static void add_heed(const struct r2_heed *more, struct r2_heed *heed)
{
	struct r2_heed sum = more->asked && !heed->asked ? *more : *heed;

	sum.told = heed->told || more->told;
	sum.asks = heed->asks || more->asks;
	sum.replied = heed->replied || more->replied;
	sum.tells = heed->tells || more->tells;
	*heed = sum;
}

static void add_evidence(const struct volley *volley, size_t which)
{
	struct r2_evidence *evidence = &volley->items->at[which].evidence;

	count(volley, which, &evidence->source, &evidence->control, &evidence->alone);
	if (evidence->source.answered)
		evidence->alone = 0;
	evidence->drops += volley->probing.drops;
	add_heed(&volley->heeds[which], &evidence->heed);
}

/* ---- a volley ---- */

static struct volley *new_volley(struct r2_items *items, struct r2_error *err)
{
	struct volley *volley = calloc(1, sizeof(*volley));

	if (!volley) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	volley->items = items;
	volley->probing = (struct r2_probing){.probes = volley->probes,
					      .heeds = volley->heeds,
					      .n_heeds = items->n,
					      .wait_ms = items->options->timeout_ms,
					      .ctx = volley};
	for (size_t i = 0; i < items->n; i++)
		volley->heeds[i].ip = items->at[i].evidence.source.source;
	return volley;
}

static void push(struct volley *volley, size_t which, bool control, struct r2_shot probe)
{
	size_t i = volley->probing.n;

	if (i == R2_PROBES_MAX)
		return;
	volley->probes[i] = probe;
	volley->item[i] = which;
	volley->control[i] = control;
	volley->probing.n++;
}

static struct r2_shot by_hand(const struct r2_item *item, const struct r2_ip *src)
{
	const struct r2_evidence *evidence = &item->evidence;

	return (struct r2_shot){.by = evidence->by,
				.dst = evidence->dst,
				.port = evidence->port,
				.src = *src,
				.link = evidence->link,
				.to = item->to};
}

static struct r2_shot from_source(const struct r2_item *item)
{
	const struct r2_evidence *evidence = &item->evidence;
	struct r2_shot shot = {.by = evidence->by, .dst = evidence->dst, .port = evidence->port};

	if (item->by_hand)
		shot = by_hand(item, &evidence->wanted);
	shot.by_socket = evidence->by_socket;
	return shot;
}

/* Is the control fit to be sent: is there one, and is it known where to. */
static bool has_control(const struct r2_item *item)
{
	return item->evidence.control.source.family && item->evidence.link;
}

/* How long is waited for what is asked besides. */
static unsigned short_wait(const struct r2_items *items)
{
	return items->options->timeout_ms < SHORT_MS ? items->options->timeout_ms : SHORT_MS;
}

static bool tick(const struct volley *volley)
{
	return volley->items->tick && volley->items->tick(volley->items->ctx);
}

/* ---- answers ---- */

static bool enough(void *ctx, unsigned elapsed_ms)
{
	const struct volley *volley = ctx;

	(void)elapsed_ms;
	if (tick(volley))
		return true;
	for (size_t i = 0; i < volley->items->n; i++) {
		struct r2_evidence now = volley->items->at[i].evidence;

		if (volley->items->at[i].idle)
			continue;
		count(volley, i, &now.source, &now.control, &now.alone);
		if (volley->items->options->count ? now.source.taken < volley->items->options->count
						  : !r2_proof_settled(&now))
			return false;
	}
	return true;
}

static void one_round(struct volley *volley, size_t which, unsigned at_ms)
{
	const struct r2_item *item = &volley->items->at[which];
	struct r2_shot source = from_source(item),
		       control = by_hand(item, &item->evidence.control.source);
	bool first;

	volley->chance = volley->chance * 1103515245u + 12345u;
	first = volley->chance >> 16 & 1;
	source.at_ms = control.at_ms = at_ms;
	if (first && has_control(item))
		push(volley, which, true, control);
	push(volley, which, false, source);
	if (!first && has_control(item))
		push(volley, which, true, control);
}

/* Chance that the far side cannot foresee: the time, and where our memory lies. */
static unsigned seed(const struct volley *volley)
{
	return (unsigned)time(NULL) ^ (unsigned)clock() ^ (unsigned)((uintptr_t)volley >> 4);
}

bool r2_rounds_answers(struct r2_items *items, struct r2_error *err)
{
	struct volley *volley = new_volley(items, err);
	bool ok;

	if (!volley)
		return false;
	volley->chance = seed(volley);
	for (unsigned round = 0; round < rounds_of(items->options); round++) {
		for (size_t i = 0; i < items->n; i++) {
			if (!items->at[i].idle)
				one_round(volley, i, round * ROUND_MS);
		}
	}
	volley->probing.enough = enough;
	ok = !volley->probing.n || items->os->ops->probe(items->os, &volley->probing, err);
	for (size_t i = 0; ok && i < items->n; i++)
		add_evidence(volley, i);
	free(volley);
	return ok;
}

/* ---- the boomerang ---- */

/* Is all told of this item: of the packets for its source, and of those from it. */
static bool is_told(const struct volley *volley, size_t which)
{
	bool any[2] = {false}, told[2] = {false};

	for (size_t i = 0; i < volley->probing.n; i++) {
		const struct r2_shot *probe = &volley->probes[i];

		if (volley->item[i] != which)
			continue;
		any[volley->control[i]] = true;
		told[volley->control[i]] |= probe->answer.seen || probe->objection.seen;
	}
	return any[0] == told[0] && any[1] == told[1];
}

/* The first word is enough: routers are sparing with them (RFC 1812 section 4.3.2.8). */
static bool all_told(void *ctx, unsigned elapsed_ms)
{
	const struct volley *volley = ctx;

	(void)elapsed_ms;
	if (tick(volley))
		return true;
	for (size_t i = 0; i < volley->items->n; i++) {
		if (!is_told(volley, i))
			return false;
	}
	return true;
}

static void note_boomerang(const struct r2_shot *probe, bool from_source, struct r2_boomerang *ret)
{
	ret->tried = true;
	ret->to = probe->to;
	if (from_source) {
		ret->passed |= probe->answer.seen && !probe->answer.strayed;
		return;
	}
	if (probe->answer.seen && !probe->answer.strayed && !ret->returned) {
		ret->returned = true;
		ret->link = probe->answer.link;
	}
	if (probe->objection.seen && !ret->objection.seen)
		ret->objection = probe->objection;
}

/* What is for the source is an echo; what is from it goes as its probes do. */
static void push_boomerangs(struct volley *volley, size_t which)
{
	const struct r2_evidence *evidence = &volley->items->at[which].evidence;
	struct r2_shot to = {.by = R2_BY_ICMP,
			     .boomerang = true,
			     .dst = evidence->source.source,
			     .src = evidence->control.source,
			     .link = evidence->control.answer.link,
			     .to = evidence->control.answer.from};
	struct r2_shot from = to;

	if (evidence->source.answered || !evidence->control.answered || !to.link || !to.dst.family)
		return;
	from.by = evidence->by;
	from.port = evidence->port;
	from.src = to.dst;
	from.dst = to.src;
	for (unsigned i = 0; i < BOOMERANGS; i++) {
		to.at_ms = from.at_ms = i * ROUND_MS;
		push(volley, which, false, to);
		push(volley, which, true, from);
	}
}

bool r2_rounds_boomerang(struct r2_items *items, struct r2_error *err)
{
	struct volley *volley = new_volley(items, err);
	bool ok;

	if (!volley)
		return false;
	for (size_t i = 0; i < items->n; i++)
		push_boomerangs(volley, i);
	volley->probing.enough = all_told;
	volley->probing.wait_ms = short_wait(items);
	ok = !volley->probing.n || items->os->ops->probe(items->os, &volley->probing, err);
	for (size_t i = 0; ok && i < volley->probing.n; i++) {
		struct r2_evidence *evidence = &items->at[volley->item[i]].evidence;

		note_boomerang(&volley->probes[i], volley->control[i], &evidence->boomerang);
		evidence->heed.told |= volley->heeds[volley->item[i]].told;
	}
	free(volley);
	return ok;
}

/* ---- the echo ---- */

bool r2_rounds_echo(struct r2_items *items, struct r2_error *err)
{
	struct volley *volley = new_volley(items, err);
	bool ok;

	if (!volley)
		return false;
	for (size_t i = 0; i < items->n; i++) {
		struct r2_shot echo = from_source(&items->at[i]);

		echo.by = R2_BY_ICMP;
		for (unsigned j = 0; j < ECHOES && r2_proof_wants_echo(&items->at[i].evidence);
		     j++) {
			echo.at_ms = j * ROUND_MS;
			push(volley, i, false, echo);
		}
	}
	volley->probing.enough = all_told;
	volley->probing.wait_ms = short_wait(items);
	ok = !volley->probing.n || items->os->ops->probe(items->os, &volley->probing, err);
	for (size_t i = 0; ok && i < volley->probing.n; i++) {
		const struct r2_coming *answer = &volley->probes[i].answer;

		if (answer->seen && !answer->declined)
			items->at[volley->item[i]].evidence.echo_ttl = answer->ttl;
	}
	free(volley);
	return ok;
}

/* ---- the path's MTU ---- */

/*
 * All sizes at once: what the link itself cannot carry fails to be sent, what the path cannot is
 * lost or objected to, and the largest answered one is what counts. What is told by an objection
 * (RFC 1191, RFC 8201) is tried in a second volley, and so is what only one of the two had
 * answered.
 */
static const uint16_t SIZES[] = {9000, 1500, 1492, 1480, 1450, 1420, 1400, 1280, 576};

static void push_size(struct volley *volley, size_t which, uint16_t size, unsigned at_ms)
{
	const struct r2_item *item = &volley->items->at[which];
	struct r2_side *const sides[] = {&volley->items->at[which].evidence.source,
					 &volley->items->at[which].evidence.control};

	for (size_t i = 0; i < 2; i++) {
		struct r2_shot probe = by_hand(item, &sides[i]->source);

		probe.by = R2_BY_ICMP;
		probe.size = size;
		probe.at_ms = at_ms;
		if (sides[i]->source.family && size > sides[i]->mtu)
			push(volley, which, i == 1, probe);
	}
}

static bool all_sizes(void *ctx, unsigned elapsed_ms)
{
	const struct volley *volley = ctx;

	(void)elapsed_ms;
	if (tick(volley))
		return true;
	for (size_t i = 0; i < volley->probing.n; i++) {
		const struct r2_shot *probe = &volley->probes[i];

		if (!probe->sent ||
		    (!probe->failed && !probe->answer.seen && !probe->objection.seen))
			return false;
	}
	return true;
}

/* Return: the MTU that somebody told of, 0 for none. */
static uint16_t fire_sizes(struct volley *volley, bool *ok, struct r2_error *err)
{
	struct r2_items *items = volley->items;
	uint16_t told = 0;

	volley->probing.enough = all_sizes;
	volley->probing.wait_ms = short_wait(items);
	*ok = !volley->probing.n || items->os->ops->probe(items->os, &volley->probing, err);
	for (size_t i = 0; *ok && i < volley->probing.n; i++) {
		struct r2_evidence *evidence = &items->at[volley->item[i]].evidence;
		struct r2_side *side = volley->control[i] ? &evidence->control : &evidence->source;
		const struct r2_shot *probe = &volley->probes[i];

		if (probe->answer.seen && probe->size > side->mtu)
			side->mtu = probe->size;
		if (probe->objection.mtu)
			told = probe->objection.mtu;
	}
	return told;
}

/* What one of the two has been answered and the other has not: 0 for none. */
static uint16_t lacking(const struct r2_evidence *e)
{
	if (!e->control.source.family || e->source.mtu == e->control.mtu)
		return 0;
	return (uint16_t)(e->source.mtu > e->control.mtu ? e->source.mtu : e->control.mtu);
}

bool r2_rounds_mtu(struct r2_items *items, struct r2_error *err)
{
	uint16_t told = 0, lacks = 0;
	bool ok = true;

	for (unsigned again = 0; ok && again < 2; again++) {
		struct volley *volley = again && !told && !lacks ? NULL : new_volley(items, err);

		if (!volley)
			return again;
		for (size_t j = 0; !again && j < sizeof(SIZES) / sizeof(*SIZES); j++)
			push_size(volley, 0, SIZES[j], 0);
		if (told)
			push_size(volley, 0, told, 0);
		for (unsigned j = 0; lacks && j < RETRIES; j++)
			push_size(volley, 0, lacks, j * ROUND_MS);
		told = fire_sizes(volley, &ok, err);
		lacks = lacking(&items->at[0].evidence);
		free(volley);
	}
	return ok;
}
