/* SPDX-License-Identifier: MIT */
/*
 * Idea: questions that wait are asked by threads of a pool, answers queue up for the loop. Of one
 * target one question at a time is under way: those that come meanwhile are answered with it, for
 * Windows repeats it by itself each second.
 *
 * A wire may be closed while its threads wait; they keep what they need until the last is done, and
 * the handle waits for all of them.
 */
#include "os/windows/pool.h"
#include "os/windows/probe.h"
#include "os/windows/wake.h"

#include <stdlib.h>
#include <string.h>

/** struct target - @asked: questions under way, as one */
struct target {
	struct r2_ip ip;
	bool echo;
	unsigned asked;
	struct r2_probe probe;
};

/** struct behind - @refs: the wire, and each question under way */
struct behind {
	SRWLOCK lock;
	struct r2_wake wake;
	const struct r2_iphlp *api;
	struct r2_probers *probers;
	uint32_t link;
	unsigned refs;
	bool closed;
	R2_LIST(struct target) targets;
	R2_LIST(struct r2_claim) heard;
};

struct task {
	struct behind *behind;
	struct r2_question question;
	struct r2_probe probe;
};

/* ---- questions ---- */

/* With the lock held, which it gives back. */
static void let_go(struct behind *behind)
{
	bool last = --behind->refs == 0;

	ReleaseSRWLockExclusive(&behind->lock);
	if (!last)
		return;
	r2_wake_close(&behind->wake);
	r2_list_free(&behind->targets);
	r2_list_free(&behind->heard);
	free(behind);
}

static struct target *find(struct behind *behind, const struct r2_ip *ip, bool echo)
{
	struct target fresh = {.ip = *ip, .echo = echo};

	r2_each (struct target, target, &behind->targets) {
		if (target->echo == echo && r2_ip_equal(&target->ip, ip))
			return target;
	}
	return r2_list_push(&behind->targets, &fresh) ? &behind->targets.at[behind->targets.n - 1]
						      : NULL;
}

static void CALLBACK run(PTP_CALLBACK_INSTANCE instance, void *ctx)
{
	struct task *task = ctx;
	struct behind *behind = task->behind;
	struct target *target;
	struct r2_claim claim;
	bool answered;

	CallbackMayRunLong(instance);
	answered = r2_win_probe(behind->api, behind->link, &task->question, &task->probe, &claim);
	AcquireSRWLockExclusive(&behind->lock);
	target = find(behind, &task->question.target, task->question.echo);
	/* An echo has a number of its own; other answers are for all who asked meanwhile. */
	if (target && task->question.echo && target->asked)
		target->asked = 1;
	for (; target && target->asked; target->asked--) {
		if (answered && !behind->closed)
			(void)r2_list_push(&behind->heard, &claim);
	}
	if (target)
		target->probe = task->probe;
	if (answered && !behind->closed)
		r2_wake_call(&behind->wake);
	let_go(behind);
	free(task);
}

bool r2_windows_wire_ask(struct r2_wire *wire, const struct r2_question *question,
			 struct r2_error *err)
{
	struct behind *behind = wire->behind;
	struct target *target;
	struct task *task;

	(void)err; /* what cannot be asked is as if it were lost on the way */
	AcquireSRWLockExclusive(&behind->lock);
	target = find(behind, &question->target, question->echo);
	if (!target || target->asked++) {
		ReleaseSRWLockExclusive(&behind->lock);
		return true;
	}
	task = calloc(1, sizeof(*task));
	if (task)
		*task = (struct task){behind, *question, target->probe};
	if (task && r2_win_pool_run(behind->probers, run, task)) {
		behind->refs++;
	} else {
		target->asked = 0;
		free(task);
	}
	ReleaseSRWLockExclusive(&behind->lock);
	return true;
}

/* ---- the seam ---- */

bool r2_windows_wire_open(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
			  struct r2_error *err)
{
	struct r2_windows *win = r2_windows_of(os);
	struct behind *behind;

	if (!r2_win_pool(win, err))
		return false;
	behind = calloc(1, sizeof(*behind));
	if (!behind)
		return r2_error_set(err, R2_FAILED, "out of memory");
	if (!r2_wake_open(&behind->wake, err)) {
		free(behind);
		return false;
	}
	InitializeSRWLock(&behind->lock);
	behind->api = &win->api;
	behind->probers = win->probers;
	behind->link = link ? link->index : 0;
	behind->refs = 1;
	*ret_wire = (struct r2_wire){
		.link = behind->link, .fds = {(int)behind->wake.ours}, .n = 1, .behind = behind};
	for (size_t i = 0; link && i < sizeof(ret_wire->own); i++)
		ret_wire->own[i] = link->mac.bytes[i];
	return true;
}

/* The oldest first. */
static bool take(struct behind *behind, struct r2_claim *ret)
{
	bool some;

	AcquireSRWLockExclusive(&behind->lock);
	some = behind->heard.n > 0;
	if (some) {
		*ret = behind->heard.at[0];
		behind->heard.n--;
		memmove(behind->heard.at, behind->heard.at + 1, behind->heard.n * sizeof(*ret));
	}
	ReleaseSRWLockExclusive(&behind->lock);
	return some;
}

bool r2_windows_wire_hear(struct r2_wire *wire, unsigned most,
			  void (*each)(void *ctx, const struct r2_claim *claim), void *ctx)
{
	struct behind *behind = wire->behind;
	struct r2_claim claim;
	unsigned n = 0;

	r2_wake_clear(&behind->wake);
	while (n < most && take(behind, &claim)) {
		each(ctx, &claim);
		n++;
	}
	if (n == most)
		r2_wake_call(&behind->wake); /* the rest, next time */
	return true;
}

void r2_windows_wire_close(struct r2_wire *wire)
{
	struct behind *behind = wire->behind;

	*wire = (struct r2_wire){0};
	if (!behind)
		return;
	AcquireSRWLockExclusive(&behind->lock);
	behind->closed = true;
	let_go(behind);
}
