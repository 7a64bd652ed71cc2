/* SPDX-License-Identifier: MIT */
/* What the files of the walk of apply share. */
#ifndef R2_OS_WHOLE_WALK_H
#define R2_OS_WHOLE_WALK_H

#include "core/plan.h"
#include "os/whole.h"

/** enum r2_mark - of an item, wanted or standing */
enum r2_mark {
	R2_MARK_NONE,    /* to be compared */
	R2_MARK_SINGLE,  /* planned one by one */
	R2_MARK_OUTSIDE, /* the file does not speak for it */
	R2_MARK_KEPT,    /* stands as wanted */
	R2_MARK_CHANGED, /* a wanted and a standing one of the same key */
};

#define R2_FOREIGN_HELD 1024 /* so many of another tool's routes are held; of more, none */

/**
 * struct r2_whole_target - lines that differ in their destination only, settled
 * @route: as it shall stand, phantom included
 * @first: the first target with the same gateway list on the same link, which has
 * @heir_of: the phantom that gets this list, of the book as it stood; or NULL
 */
struct r2_whole_target {
	struct r2_target target;
	struct r2_route route;
	size_t first;
	const struct r2_entry *heir_of;
};

/** struct r2_whole_walk - one run of apply, handed from stage to stage */
struct r2_whole_walk {
	struct r2_os *os;
	struct r2_file *file;
	const struct r2_whole_options *options;
	struct r2_whole *whole;
	struct r2_error *err;
	struct r2_book stood_book;               /* what stood */
	struct r2_book book;                     /* as it will be */
	R2_LIST(struct r2_whole_target) targets; /* an item's shape, once it is settled */
	struct r2_lot want;                      /* borrows the file's items */
	struct r2_lot have;
	struct r2_shapes shapes; /* of @have */
	bool settled;            /* shapes of @want are targets, not intents */
	bool has_singles;
	R2_LIST(struct r2_route) foreign; /* another tool's, at keys that the file does not name */
	size_t foreign_seen;              /* more than are held in it: it is of no use */
	bool no_memory;
	size_t stood_routes,
		stood_neighs;          /* of the host's lists, what was read: the rest is planned */
	R2_LIST(struct r2_route) gone; /* lines of the book that stood, and are not in the host */
	r2_ops prepare, singles, late, sweep;
	size_t done[5]; /* of each stage: how far it went */
};

/** r2_whole_read() - whole.c: host, book and what stands, sorted */
bool r2_whole_read(struct r2_whole_walk *walk);
/** r2_whole_mark_contested() - entries whose phantom somebody has */
void r2_whole_mark_contested(const struct r2_whole_walk *walk, struct r2_book *book);
/** r2_whole_speaks_for() - may the file change @route */
bool r2_whole_speaks_for(const struct r2_whole_walk *walk, const struct r2_route *route);
/** r2_whole_refuse() - @item cannot be: said, and counted */
void r2_whole_refuse(struct r2_whole_walk *walk, const struct r2_item *item,
		     const struct r2_error *err);
/** r2_whole_single_wishes() - settled lines whose source is noted in the book, each its own:
 * planned one by one */
bool r2_whole_single_wishes(struct r2_whole_walk *walk);
/** r2_whole_skips() - what lines by `method skipassource` do to addresses; false: no memory */
bool r2_whole_skips(struct r2_whole_walk *walk);
/** r2_whole_settle() - every kind of line settled, its phantom prepared */
bool r2_whole_settle(struct r2_whole_walk *walk);
/** r2_whole_phantoms() - of settled lines */
bool r2_whole_phantoms(struct r2_whole_walk *walk);
/** r2_whole_absorb() - the host as @ops will have left it: book and neighbours; false: no memory */
bool r2_whole_absorb(struct r2_whole_walk *walk, const r2_ops *ops);
/** r2_whole_first_of() - the wanted item of a target that was said first, or NULL */
const struct r2_item *r2_whole_first_of(const struct r2_whole_walk *walk, size_t target);
/**
 * r2_whole_part() - of those that go, take out what stands at a key with another tool's route: only
 * planned one by one does it come back to its place, should it have to. Read again, in order.
 */
bool r2_whole_part(struct r2_whole_walk *walk);
/** r2_whole_compare() - marks both lists and counts */
bool r2_whole_compare(struct r2_whole_walk *walk);
/** struct r2_met - the answer for the two that were compared last, which mostly are the next two */
struct r2_met {
	uint32_t target, shape;
	bool meets, known;
};

/** r2_whole_meets() - would a standing route of @shape do for @target, which is not `plain` */
bool r2_whole_meets(const struct r2_whole_walk *walk, uint32_t target, uint32_t shape,
		    struct r2_met *last);
/** r2_whole_prove() - what was changed, on the wire, if that is wanted */
bool r2_whole_prove(struct r2_whole_walk *walk);
/** r2_whole_run() - all stages; undone on failure */
bool r2_whole_run(struct r2_whole_walk *walk);

/** r2_whole_standing_line(), r2_whole_wanted_line() - an item of @have, or of @want, as a line */
struct r2_intent r2_whole_standing_line(const struct r2_whole_walk *walk,
					const struct r2_item *item);
struct r2_intent r2_whole_wanted_line(const struct r2_whole_walk *walk, const struct r2_item *item);

#endif
