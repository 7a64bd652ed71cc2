/* SPDX-License-Identifier: MIT */
/*
 * The walk: from an intent to a changed and verified host, or back to where it was.
 *
 *   snapshot -> settle -> ask gateways, probe phantom -> plan -> apply -> ask the kernel
 *
 * Everything is decided in core; this only brings the questions and the operations to the system.
 */
#ifndef R2_OS_CHANGE_H
#define R2_OS_CHANGE_H

#include "core/describe.h"
#include "os/proven.h"
#include "os/transact.h"

/**
 * struct r2_change_options
 * @replace: an existing route of ours may be changed
 * @dry_run: @os only prints: nothing is there to be verified
 * @tries, @timeout_ms: how a silent gateway is asked; 0 tries: it is not asked at all
 * @wait_ms: how long another writer is waited for
 * @waiting: told who that is; may be NULL
 * @prove: what was changed is proved on the wire, and undone if broken; NULL: it is not
 */
struct r2_change_options {
	bool replace;
	bool dry_run;
	unsigned tries;
	unsigned timeout_ms;
	unsigned wait_ms;
	void (*waiting)(void *ctx, const char *holder);
	void *ctx;
	struct r2_trace trace;
	const struct r2_prove_options *prove;
};

/**
 * struct r2_change - what became of it
 * @changed: false if the host met the intent already
 * @line: the route as it stands (add) or stood (del)
 * @before, @after: the kernel's choice for @sample; family R2_NONE if it had none or was not asked
 * @proof, @sentence: what was proved, "" if nothing was to be
 * @matches: for del: the lines that were selected, when there was not just one
 * @host: the snapshot that was planned on; also holds the interfaces' names
 */
struct r2_change {
	bool changed;
	struct r2_line line;
	struct r2_ip sample;
	struct r2_ip before;
	struct r2_ip after;
	enum r2_proof proof;
	char sentence[R2_SENTENCE];
	struct r2_notes notes;
	R2_LIST(struct r2_line) matches;
	struct r2_host host;
};

/**
 * r2_change_add() - make the host meet @intent: the verbs add and replace
 * @change: zeroed by the caller, who frees it in any case; notes are valid on failure too
 */
bool r2_change_add(struct r2_os *os, const struct r2_intent *intent,
		   const struct r2_change_options *options, struct r2_change *change,
		   struct r2_error *err);

/**
 * r2_change_del() - take away the one route of ours that @selector selects
 *
 * Return: false if none or several are; the several are then in change->matches.
 */
bool r2_change_del(struct r2_os *os, const struct r2_intent *selector,
		   const struct r2_change_options *options, struct r2_change *change,
		   struct r2_error *err);

/** r2_change_free() - zeroed is fine */
void r2_change_free(struct r2_change *change);

#endif
