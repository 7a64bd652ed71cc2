/* SPDX-License-Identifier: MIT */
/* A change that is kept only if the wire does not speak against it. */
#include "os/proven.h"

/** struct watching - what is asked between probes: has the user ended it */
struct watching {
	struct r2_os *os;
	const struct r2_prove_options *options;
	bool ended;
};

static bool progress(void *ctx, size_t done, size_t all)
{
	struct watching *watching = ctx;
	const struct r2_prove_options *options = watching->options;
	struct r2_os *os = watching->os;

	if (options->progress && options->progress(options->ctx, done, all))
		watching->ended = true;
	/* Signals are held back while a change is not finished. */
	if (os->ops->interrupted && os->ops->interrupted(os))
		watching->ended = true;
	return watching->ended;
}

static bool keep_none(void *ctx, const struct r2_host *host, const struct r2_route *route)
{
	(void)ctx, (void)host, (void)route;
	return false;
}

static bool is_broken(const struct r2_subject *subject, struct r2_error *err)
{
	char dst[R2_PREFIX_TEXT];

	if (r2_proof_class(subject->proof) != R2_FAILED)
		return false;
	r2_error_set(err, R2_FAILED, "%s: %s: %s", r2_prefix_name(&subject->dst, dst),
		     r2_proof_word(subject->proof), subject->sentence);
	r2_error_hint(err, "all is as it was; without --prove it would stay");
	return true;
}

bool r2_proven(struct r2_os *os, struct r2_subject *subjects, size_t n,
	       const struct r2_prove_options *options, struct r2_notes *notes, struct r2_error *err)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .keep = keep_none};
	struct watching watching = {.os = os, .options = options};
	struct r2_prove_options watched = *options;
	struct r2_host host = {0};
	char dst[R2_PREFIX_TEXT];
	bool ok;

	watched.progress = progress;
	watched.ctx = &watching;
	ok = os->ops->snapshot(os, &query, &host, err) &&
	     r2_prove(os, &host, subjects, n, &watched, err);
	if (ok && watching.ended)
		ok = r2_error_set(err, R2_FAILED, "the proof was interrupted");
	for (size_t i = 0; ok && i < n; i++) {
		ok = !is_broken(&subjects[i], err);
		if (subjects[i].proof == R2_PROOF_UNKNOWN)
			r2_note(notes, "kept, but not proved: %s: %s",
				r2_prefix_name(&subjects[i].dst, dst), subjects[i].sentence);
		subjects[i].evidence.host = NULL; /* it goes */
	}
	r2_host_free(&host);
	return ok;
}
