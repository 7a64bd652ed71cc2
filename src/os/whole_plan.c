/* SPDX-License-Identifier: MIT */
/* Of apply: each kind of line settled against the host, and both lists compared. */
#include <stdlib.h>
#include <string.h>

#include "core/sweep.h"
#include "os/asking.h"
#include "os/whole_walk.h"

static bool no_memory(struct r2_whole_walk *walk)
{
	return r2_error_set(walk->err, R2_FAILED, "out of memory");
}

void r2_whole_refuse(struct r2_whole_walk *walk, const struct r2_item *item,
		     const struct r2_error *err)
{
	walk->whole->bad++;
	walk->options->say_bad(walk->options->ctx, item, err);
}

const struct r2_item *r2_whole_first_of(const struct r2_whole_walk *walk, size_t target)
{
	const struct r2_item *found = NULL;

	r2_each (const struct r2_item, item, &walk->want.items) {
		if (item->shape == target && (!found || item->line < found->line))
			found = item;
	}
	return found;
}

/* ---- settling ---- */

static bool same_target(const struct r2_target *a, const struct r2_target *b)
{
	struct r2_route alike = a->route;

	alike.dst = b->route.dst;
	return a->method == b->method && a->any_method == b->any_method &&
	       r2_ip_equal(&a->src, &b->src) && r2_ip_equal(&a->phantom, &b->phantom) &&
	       r2_gateways_equal(&a->gateways, &b->gateways) && alike.scope == b->route.scope &&
	       alike.flags == b->route.flags && r2_route_same(&alike, &b->route);
}

/* Return: the number of a target like it; R2_SHAPE_NONE on @err. */
static uint32_t intern(struct r2_whole_walk *walk, const struct r2_target *target,
		       struct r2_error *err)
{
	struct r2_whole_target one = {.target = *target, .route = target->route};

	r2_each (const struct r2_whole_target, known, &walk->targets) {
		if (same_target(&known->target, target))
			return (uint32_t)(known - walk->targets.at);
	}
	if (!r2_list_push(&walk->targets, &one)) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return R2_SHAPE_NONE;
	}
	return (uint32_t)walk->targets.n - 1;
}

/* Settle one line. Return: its target, R2_SHAPE_NONE if it cannot be; that is said. */
static uint32_t settle_item(struct r2_whole_walk *walk, const struct r2_item *item)
{
	struct r2_intent intent = r2_file_intent(walk->file, item);
	struct r2_target target;
	struct r2_error err;
	uint32_t number;

	if (r2_asking_settle(walk->os, &walk->whole->host, &intent, &target, &walk->whole->notes,
			     &err)) {
		number = intern(walk, &target, &err);
		if (number != R2_SHAPE_NONE)
			return number;
	}
	r2_whole_refuse(walk, item, &err);
	return R2_SHAPE_NONE;
}

static bool is_own_address(const struct r2_whole_walk *walk, const struct r2_item *item)
{
	struct r2_prefix dst = r2_item_dst(item);

	return dst.len == r2_ip_bits(&dst.addr) &&
	       r2_host_addr(&walk->whole->host, &dst.addr, 0) != NULL;
}

/* Does the wanted route lie in what the file speaks for. */
static bool is_within(const struct r2_whole_walk *walk, const struct r2_item *item, uint32_t target)
{
	const struct r2_whole_options *options = walk->options;
	struct r2_route route;

	if (!options->within.table && !options->within.prefix.addr.family &&
	    !*options->within.dev && !options->spares)
		return true;
	route = walk->targets.at[target].route;
	route.dst = r2_item_dst(item);
	return r2_whole_speaks_for(walk, &route);
}

/* A function of its own, as are others: to have an error at hand costs more than the rest. */
static void refuse(struct r2_whole_walk *walk, const struct r2_item *item,
		   enum r2_error_class class, const char *what)
{
	struct r2_error err;

	r2_error_set(&err, class, "%s", what);
	r2_whole_refuse(walk, item, &err);
}

/*
 * Lines that differ in their destination only are settled once, if they name their gateway: without
 * one the destination says whether it is on the link.
 */
static bool settle_all(struct r2_whole_walk *walk, uint32_t *numbers)
{
	r2_each (struct r2_item, item, &walk->want.items) {
		uint32_t *known = &numbers[item->shape];
		bool again = !walk->file->intents.at[item->shape].gateways.n;
		uint32_t number = *known;

		if (number == R2_SHAPE_NONE - 1)
			continue; /* refused already */
		if (number == R2_SHAPE_NONE || again || is_own_address(walk, item))
			number = settle_item(walk, item);
		if (number == R2_SHAPE_NONE) {
			if (!again && !is_own_address(walk, item))
				*known = R2_SHAPE_NONE - 1;
			continue;
		}
		*known = number;
		if (!is_within(walk, item, number))
			refuse(walk, item, R2_USAGE,
			       "it lies outside of what --within lets this file speak for");
		item->shape = number;
	}
	return true;
}

bool r2_whole_settle(struct r2_whole_walk *walk)
{
	size_t n = walk->file->intents.n;
	uint32_t *numbers = malloc((n + 1) * sizeof(*numbers));
	bool ok;

	if (!numbers)
		return no_memory(walk);
	memset(numbers, 0xff, (n + 1) * sizeof(*numbers));
	ok = r2_whole_skips(walk) && settle_all(walk, numbers);
	free(numbers);
	if (!ok)
		return no_memory(walk);
	walk->settled = !walk->whole->bad;
	if (!walk->settled)
		return true;
	return (r2_whole_single_wishes(walk) || no_memory(walk)) && r2_whole_phantoms(walk);
}

/* ---- as lines ---- */

struct r2_intent r2_whole_standing_line(const struct r2_whole_walk *walk,
					const struct r2_item *item)
{
	struct r2_route route = r2_item_route(item, &walk->shapes);
	struct r2_line line;

	r2_describe(&walk->whole->host, &walk->stood_book, &route, &line);
	return line.intent;
}

/* As `show` will print it. */
struct r2_intent r2_whole_wanted_line(const struct r2_whole_walk *walk, const struct r2_item *item)
{
	const struct r2_whole_target *one = &walk->targets.at[item->shape];
	struct r2_route route = one->route;
	struct r2_line line;

	route.dst = r2_item_dst(item);
	r2_describe(&walk->whole->host, &walk->book, &route, &line);
	line.intent.src = one->target.src;
	line.intent.given |= R2_WORD_SRC;
	line.intent.method = one->target.method;
	return line.intent;
}

/* ---- comparing ---- */

bool r2_whole_meets(const struct r2_whole_walk *walk, uint32_t target, uint32_t shape,
		    struct r2_met *last)
{
	const struct r2_whole_target *one = &walk->targets.at[target];
	struct r2_route planned;

	if (last->known && last->target == target && last->shape == shape)
		return last->meets;
	planned = one->route;
	planned.dst = (struct r2_prefix){0};
	*last = (struct r2_met){
		target, shape,
		r2_plan_meets(&walk->book, &one->target, &planned, &walk->shapes.routes.at[shape]),
		true};
	return last->meets;
}

static void say_diff(struct r2_whole_walk *walk, int side, size_t index, const struct r2_item *item)
{
	struct r2_intent line;

	if (!walk->options->say_diff)
		return;
	line = side < 0 ? r2_whole_standing_line(walk, item) : r2_whole_wanted_line(walk, item);
	walk->options->say_diff(walk->options->ctx, side, index, &line);
}

static bool compare_pair(struct r2_whole_walk *walk, struct r2_item *want, struct r2_item *have,
			 struct r2_met *last)
{
	if (have->mark == R2_MARK_OUTSIDE) {
		refuse(walk, want, R2_FAILED,
		       "it stands already, outside of what --within lets this file speak for");
		return false;
	}
	if (r2_whole_meets(walk, want->shape, have->shape, last)) {
		want->mark = have->mark = R2_MARK_KEPT;
		walk->whole->kept++;
		return false;
	}
	want->mark = have->mark = R2_MARK_CHANGED;
	walk->whole->replaced++;
	return true;
}

/* It stays, and says another list. */
static bool is_relisted(const struct r2_whole_walk *walk, const struct r2_item *want,
			const struct r2_item *have)
{
	const struct r2_whole_target *one = &walk->targets.at[want->shape];
	const struct r2_entry *heir_of = walk->targets.at[one->first].heir_of;

	return heir_of &&
	       r2_ip_equal(&heir_of->phantom, &walk->shapes.routes.at[have->shape].gateway);
}

/* Which targets have something to be added: their gateways must be there. */
static bool compare_lots(struct r2_whole_walk *walk, bool *active)
{
	struct r2_merge merge = r2_merge_begin(&walk->want, &walk->have);
	struct r2_item *want, *have;
	struct r2_met last = {0};
	size_t before = 0, after = 0;

	while (r2_merge_next(&merge, &want, &have)) {
		bool old = have && have->mark == R2_MARK_NONE;
		bool new = want && want->mark == R2_MARK_NONE;
		bool relisted;

		if (want && have && new && have->mark != R2_MARK_SINGLE)
			old = new = compare_pair(walk, want, have, &last);
		else
			walk->whole->added += new, walk->whole->deleted += old;
		relisted =
			want && have && want->mark == R2_MARK_KEPT && is_relisted(walk, want, have);
		if (old || relisted)
			say_diff(walk, -1, before, have);
		if (new || relisted)
			say_diff(walk, 1, after, want);
		if (new)
			active[want->shape] = true;
		before += have && have->mark != R2_MARK_OUTSIDE;
		after += want != NULL;
	}
	return true;
}

static bool ask_gateways(struct r2_whole_walk *walk, const bool *active)
{
	for (size_t i = 0; i < walk->targets.n; i++) {
		const struct r2_target *target = &walk->targets.at[i].target;
		struct r2_mac unused;
		struct r2_error err;

		if (!active[i] || (r2_plan_by_phantom(target) && target->method != R2_PLAIN))
			continue;
		if (!r2_asking_gateways(walk->os, &walk->whole->host, &walk->book, target,
					&walk->options->change, &unused, &walk->whole->notes, &err))
			r2_whole_refuse(walk, r2_whole_first_of(walk, i), &err);
	}
	return true;
}

/* ---- singles ---- */

static bool has_ours(const struct r2_host *host, const struct r2_route *key)
{
	r2_each (const struct r2_route, route, &host->routes) {
		if (r2_route_is_ours(route) && r2_route_same_key(route, key))
			return true;
	}
	return false;
}

static bool plan_single(struct r2_whole_walk *walk, const struct r2_item *item)
{
	const struct r2_host *host = &walk->whole->host;
	struct r2_target target = walk->targets.at[item->shape].target;
	struct r2_choice choice = {0};
	struct r2_route route;
	struct r2_error err;
	r2_ops ops = {0};
	bool ok;

	target.route.dst = r2_item_dst(item);
	if (!r2_asking_phantom(walk->os, host, &walk->book, &target, &choice.phantom, &err) ||
	    !r2_plan_route(host, &walk->book, &target, &choice, true, &ops, &route,
			   &walk->whole->notes, &err)) {
		r2_whole_refuse(walk, item, &err);
		return true;
	}
	if (!ops.n) {
		walk->whole->kept++;
	} else {
		bool had = has_ours(host, &target.route);

		walk->whole->replaced += had;
		walk->whole->added += !had;
		say_diff(walk, 1, 0, item);
	}
	ok = r2_ops_append(&walk->singles, &ops) && r2_whole_absorb(walk, &ops);
	r2_list_free(&ops);
	return ok;
}

/* Standing ones that are read whole and not wanted. */
static bool remove_singles(struct r2_whole_walk *walk)
{
	struct r2_host *host = &walk->whole->host;

	for (size_t i = 0; i < host->routes.n; i++) {
		const struct r2_route *route = &host->routes.at[i];
		r2_ops ops = {0};
		bool ok;

		if (!r2_route_is_ours(route) || r2_lot_find(&walk->want, route) ||
		    !r2_whole_speaks_for(walk, route))
			continue;
		ok = r2_plan_remove(host, route, &ops, walk->err) &&
		     r2_ops_append(&walk->late, &ops);
		walk->whole->deleted++;
		r2_list_free(&ops);
		if (!ok)
			return false;
	}
	return true;
}

static bool plan_singles(struct r2_whole_walk *walk)
{
	r2_each (const struct r2_item, item, &walk->want.items) {
		if (item->mark == R2_MARK_SINGLE && !plan_single(walk, item))
			return false;
	}
	return remove_singles(walk);
}

/* ---- what nobody will need ---- */

static bool will_stand(const struct r2_item *item)
{
	return item->mark == R2_MARK_OUTSIDE || item->mark == R2_MARK_KEPT;
}

/*
 * One route for each kind that will stand, for those who ask who uses a phantom. Each list is
 * walked once, however many kinds there are.
 */
static bool add_users(const struct r2_whole_walk *walk, struct r2_host *host)
{
	size_t n = walk->targets.n + walk->shapes.routes.n;
	bool *told = calloc(n + 1, sizeof(*told)), ok = told != NULL;

	for (size_t i = 0; ok && i < walk->want.items.n; i++) {
		const struct r2_item *item = &walk->want.items.at[i];
		struct r2_route route;

		if (told[item->shape])
			continue;
		told[item->shape] = true;
		route = walk->targets.at[item->shape].route;
		route.dst = r2_item_dst(item);
		ok = r2_list_push(&host->routes, &route);
	}
	for (size_t i = 0; ok && i < walk->have.items.n; i++) {
		const struct r2_item *item = &walk->have.items.at[i];
		bool *one = &told[walk->targets.n + item->shape];
		struct r2_route route;

		if (*one || !will_stand(item))
			continue;
		*one = true;
		route = r2_item_route(item, &walk->shapes);
		ok = r2_list_push(&host->routes, &route);
	}
	free(told);
	return ok;
}

static bool plan_sweep(struct r2_whole_walk *walk)
{
	struct r2_host host = walk->whole->host;
	r2_ops ops = {0};
	bool ok = true;

	host.routes.at = NULL;
	host.routes.n = host.routes.room = 0;
	host.neighs.n = walk->stood_neighs;
	for (size_t i = 0; ok && i < walk->stood_routes; i++)
		ok = r2_list_push(&host.routes, &walk->whole->host.routes.at[i]);
	for (size_t i = 0; ok && i < walk->gone.n; i++)
		ok = r2_list_push(&host.routes, &walk->gone.at[i]);
	ok = ok && r2_ops_append(&ops, &walk->prepare) && r2_ops_append(&ops, &walk->singles) &&
	     r2_ops_append(&ops, &walk->late) && add_users(walk, &host);
	if (ok) {
		size_t given = ops.n;

		ok = r2_sweep(&host, &ops);
		for (size_t i = given; ok && i < ops.n; i++)
			ok = r2_list_push(&walk->sweep, &ops.at[i]);
	}
	r2_list_free(&ops);
	r2_list_free(&host.routes);
	return ok;
}

bool r2_whole_compare(struct r2_whole_walk *walk)
{
	bool *active = calloc(walk->targets.n + 1, sizeof(*active));
	bool ok;

	if (!active)
		return no_memory(walk);
	ok = compare_lots(walk, active) && r2_whole_part(walk);
	if (ok)
		ok = (ask_gateways(walk, active) && plan_singles(walk) &&
		      (walk->whole->bad || plan_sweep(walk))) ||
		     no_memory(walk);
	free(active);
	return ok;
}
