/* SPDX-License-Identifier: MIT */
/* Recalling: the book and routes as they were, described as if they stood. */
#include "os/recall.h"
#include "core/describe.h"

static bool add_lines(const struct r2_host *host, struct r2_file *ret)
{
	struct r2_book book = {0};
	bool ok = r2_book_read(host, &book);

	r2_each (const struct r2_route, route, &host->routes) {
		struct r2_line line;

		if (!ok || !r2_route_is_ours(route))
			continue;
		r2_describe(host, &book, route, &line);
		/* A source that is not there yet may come; without any there is no line. */
		if (line.intent.given & R2_WORD_SRC)
			ok = r2_file_add(ret, &line.intent, 0);
	}
	r2_book_free(&book);
	return ok;
}

bool r2_recall_lines(struct r2_os *os, struct r2_file *ret, struct r2_error *err)
{
	struct r2_host host = {0};
	bool ok;

	if (!os->ops->recall)
		return true;
	if (!os->ops->recall(os, &host, err))
		return false;
	ok = add_lines(&host, ret) || r2_error_set(err, R2_FAILED, "out of memory");
	r2_host_free(&host);
	return ok;
}

void r2_recall_forget(struct r2_os *os, bool (*wanted)(void *ctx, const struct r2_route *route),
		      void *ctx)
{
	struct r2_host host = {0};
	struct r2_error unused;

	if (!os->ops->recall || !os->ops->recall(os, &host, &unused))
		return;
	r2_each (const struct r2_route, route, &host.routes) {
		struct r2_op op = {.kind = R2_OP_ROUTE_DEL, .route = *route};

		if (r2_route_is_ours(route) && !wanted(ctx, route))
			os->ops->apply(os, &op, &unused);
	}
	r2_host_free(&host);
}
