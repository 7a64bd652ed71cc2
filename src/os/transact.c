/* SPDX-License-Identifier: MIT */
/* A transaction: forward one by one, and back the same way. */
#include "os/transact.h"

static void say(const struct r2_trace *trace, const struct r2_op *op, bool undoing)
{
	if (trace && trace->say)
		trace->say(trace->ctx, op, undoing);
}

static void shield(struct r2_os *os, bool on)
{
	if (os->ops->shield)
		os->ops->shield(os, on);
}

/* An operation that cannot be undone does not stop the others from being undone. */
static void undo_first(struct r2_os *os, const r2_ops *ops, size_t n, const struct r2_trace *trace,
		       struct r2_error *err)
{
	char text[R2_ERROR_TEXT];

	while (n-- > 0) {
		struct r2_op inverse = r2_op_inverse(&ops->at[n]);
		struct r2_error undo;

		say(trace, &inverse, true);
		if (!os->ops->apply(os, &inverse, &undo))
			r2_error_hint(err, "undoing failed too: %.200s",
				      r2_error_format(&undo, text, sizeof(text)));
	}
}

bool r2_transact(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		 struct r2_error *err)
{
	size_t done = 0;
	bool ok = true;

	shield(os, true);
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
	shield(os, false);
	return ok;
}

void r2_transact_undo(struct r2_os *os, const r2_ops *ops, const struct r2_trace *trace,
		      struct r2_error *err)
{
	shield(os, true);
	undo_first(os, ops, ops->n, trace, err);
	shield(os, false);
}
