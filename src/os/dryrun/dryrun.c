/* SPDX-License-Identifier: MIT */
/*
 * Idea: a backend around another one. Reading goes through; changing does nothing, and whoever
 * traces the transaction sees what would have been done. So a dry run walks the very path of a real
 * one, and needs no right to change.
 */
#include <stdlib.h>

#include "os/os.h"

struct dryrun {
	struct r2_os os;
	struct r2_os *real;
};

static struct dryrun *dryrun_of(struct r2_os *os)
{
	return (struct dryrun *)(void *)os; /* its first member */
}

static bool begin(struct r2_os *os, unsigned wait_ms,
		  void (*waiting)(void *ctx, const char *holder), void *ctx, struct r2_error *err)
{
	(void)os, (void)wait_ms, (void)waiting, (void)ctx, (void)err;
	return true; /* who changes nothing needs neither the right nor a lock */
}

static void end(struct r2_os *os)
{
	(void)os;
}

static bool snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
		     struct r2_error *err)
{
	struct r2_os *real = dryrun_of(os)->real;
	return real->ops->snapshot(real, query, ret_host, err);
}

static bool apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err)
{
	(void)os, (void)op, (void)err;
	return true; /* who traces the transaction has seen it */
}

static bool lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		   struct r2_answer *ret_answer, struct r2_error *err)
{
	struct r2_os *real = dryrun_of(os)->real;
	return real->ops->lookup(real, dst, src, ret_answer, err);
}

static bool ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		unsigned tries, unsigned timeout_ms, struct r2_error *err)
{
	struct r2_os *real = dryrun_of(os)->real;
	return real->ops->ask(real, link, asks, n, tries, timeout_ms, err);
}

/* Of the trial nothing stays. */
static bool policy(struct r2_os *os, const struct r2_host *host, const struct r2_ip *src,
		   struct r2_error *err)
{
	struct r2_os *real = dryrun_of(os)->real;

	if (real->ops->policy)
		return real->ops->policy(real, host, src, err);
	return r2_error_set(err, R2_FAILED,
			    "whether connection policies are obeyed there cannot be tried from "
			    "here");
}

static bool table(struct r2_os *os, const char *name, uint32_t *ret_number)
{
	struct r2_os *real = dryrun_of(os)->real;
	return real->ops->table(real, name, ret_number);
}

static const char *table_name(struct r2_os *os, uint32_t number)
{
	struct r2_os *real = dryrun_of(os)->real;
	return real->ops->table_name(real, number);
}

static void close_dryrun(struct r2_os *os)
{
	if (!os)
		return;
	struct r2_os *real = dryrun_of(os)->real;
	real->ops->close(real);
	free(dryrun_of(os));
}

static const struct r2_os_ops dryrun_ops = {
	.name = "dryrun",
	.begin = begin,
	.end = end,
	.snapshot = snapshot,
	.apply = apply,
	.lookup = lookup,
	.ask = ask,
	.policy = policy,
	.table = table,
	.table_name = table_name,
	.close = close_dryrun,
};

struct r2_os *r2_dryrun_open(struct r2_os *real, struct r2_error *err)
{
	struct dryrun *dry = malloc(sizeof(*dry));
	if (!dry) {
		real->ops->close(real); /* taken over, whatever becomes of us */
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	*dry = (struct dryrun){{&dryrun_ops, real->system}, real};
	return &dry->os;
}
