/* SPDX-License-Identifier: MIT */
/*
 * The proof of apply: routes of one kind differ in their destination only, so that of very many
 * some of each kind are tried.
 */
#include "os/proven.h"
#include "os/whole_walk.h"

#define PROVED_MAX 64 /* so many are tried one by one */
#define OF_A_KIND  2  /* of more, so many of each kind */

typedef R2_LIST(struct r2_subject) subject_list;

/* Changed, or kept by a phantom whose gateways changed. */
static bool is_to_be_proved(const struct r2_whole_walk *walk, const struct r2_item *item)
{
	const struct r2_whole_target *one = &walk->targets.at[item->shape];

	if (item->mark == R2_MARK_OUTSIDE)
		return false;
	return item->mark != R2_MARK_KEPT || walk->targets.at[one->first].heir_of;
}

static bool push(struct r2_whole_walk *walk, const struct r2_item *item, subject_list *subjects)
{
	const struct r2_whole_target *one = &walk->targets.at[item->shape];
	struct r2_subject subject = r2_subject_of_target(&one->target);

	subject.dst = r2_item_dst(item);
	subject.route = one->route;
	subject.route.dst = subject.dst;
	subject.ours = true;
	subject.by_hand = false;
	return r2_list_push(subjects, &subject);
}

/* How many of the last subjects are of this item's kind: items of one kind mostly stand together.
 */
static size_t alike(const struct r2_whole_walk *walk, const struct r2_item *item,
		    const subject_list *subjects)
{
	const struct r2_route *route = &walk->targets.at[item->shape].route;
	size_t n = 0;

	r2_each (const struct r2_subject, subject, subjects)
		n += r2_route_alike(&subject->route, route);
	return n;
}

static bool choose(struct r2_whole_walk *walk, subject_list *subjects)
{
	r2_each (const struct r2_item, item, &walk->want.items)
		walk->whole->to_prove += is_to_be_proved(walk, item);
	r2_each (const struct r2_item, item, &walk->want.items) {
		bool few = walk->whole->to_prove <= PROVED_MAX;

		if (!is_to_be_proved(walk, item) || subjects->n == PROVED_MAX ||
		    (!few && alike(walk, item, subjects) >= OF_A_KIND))
			continue;
		if (!push(walk, item, subjects))
			return r2_error_set(walk->err, R2_FAILED, "out of memory");
	}
	return true;
}

bool r2_whole_prove(struct r2_whole_walk *walk)
{
	const struct r2_prove_options *options = walk->options->change.prove;
	struct r2_whole *whole = walk->whole;
	subject_list subjects = {0};
	bool ok;

	if (!options)
		return true;
	ok = choose(walk, &subjects) &&
	     (!subjects.n ||
	      r2_proven(walk->os, subjects.at, subjects.n, options, &whole->notes, walk->err));
	r2_each (const struct r2_subject, subject, &subjects)
		whole->proved += subject->proof == R2_PROOF_WORKS;
	if (ok && subjects.n < whole->to_prove)
		r2_note(&whole->notes, "%zu of %zu routes were tried, some of each kind",
			subjects.n, whole->to_prove);
	r2_list_free(&subjects);
	return ok;
}
