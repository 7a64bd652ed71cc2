/* SPDX-License-Identifier: MIT */
/* A transaction: forward one by one, and back the same way. */
#include "os/transact.h"

static void say(const struct r2_trace *trace, const struct r2_op *op, bool undoing)
{
	if (trace && trace->say)
		trace->say(trace->ctx, op, undoing);
}

#define UNDO_TRIES 3

static bool undo_one(struct r2_os *os, const struct r2_op *inverse, struct r2_error *ret_err)
{
	for (int try = 0; try < UNDO_TRIES; try++) {
		if (os->ops->apply(os, inverse, ret_err))
			return true;
	}
	return false;
}

/*
 * What cannot be undone stays, and what came before it too, as it may rest on that: a phantom under
 * a route. What turns out to support nothing is swept by the next change.
 */
static void undo_first(struct r2_os *os, const r2_ops *ops, size_t n, const struct r2_trace *trace,
		       struct r2_error *err)
{
	char text[R2_ERROR_TEXT];

	while (n-- > 0) {
		struct r2_op inverse = r2_op_inverse(&ops->at[n]);
		struct r2_error failure;

		say(trace, &inverse, true);
		if (undo_one(os, &inverse, &failure))
			continue;
		r2_error_hint(err, "undoing failed too: %.200s",
			      r2_error_format(&failure, text, sizeof(text)));
		return;
	}
}

bool r2_transact(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		 struct r2_error *err)
{
	size_t done = 0;
	bool ok = true;

	while (ok && done < ops->n) {
		say(trace, &ops->at[done], false);
		ok = os->ops->apply(os, &ops->at[done], err);
		done += ok;
	}
	if (!ok) {
		/* Its answer may have been lost after the fact; if not, its inverse finds nothing.
		 */
		struct r2_op inverse = r2_op_inverse(&ops->at[done]);
		struct r2_error unused;

		(void)os->ops->apply(os, &inverse, &unused);
		undo_first(os, ops, done, trace, err);
	}
	return ok;
}

void r2_transact_undo(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		      struct r2_error *err)
{
	undo_first(os, ops, ops->n, trace, err);
}
