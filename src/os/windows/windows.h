/* SPDX-License-Identifier: MIT */
/* What the files of os/windows share: the handle, and each file's part of the seam. */
#ifndef R2_OS_WINDOWS_WINDOWS_H
#define R2_OS_WINDOWS_WINDOWS_H

#include "core/policy.h"
#include "os/os.h"
#include "os/windows/fwp.h"

/**
 * struct r2_windows - this machine
 * @api: what of IP Helper is there
 * @fwp: what of the filter engine is there, once it was needed
 * @obeyed: R2_HOST_POLICY and R2_HOST_POLICY6, once a trial has shown it
 * @dir: where the ledger is, UTF-16
 * @lock: the file that makes us the one writer, or INVALID_HANDLE_VALUE
 * @ledger: what is ours, as @file, open while we are the writer, has it
 * @probers: threads that ask, or NULL; @ear: what the watch hears with, or NULL
 */
struct r2_windows {
	struct r2_os os;
	struct r2_iphlp api;
	struct r2_fwp fwp;
	uint32_t obeyed;
	WCHAR dir[MAX_PATH];
	HANDLE lock;
	HANDLE file;
	struct r2_ledger ledger;
	struct r2_probers *probers;
	struct r2_ear *ear;
};

/** r2_windows_of() - the handle behind the seam's */
struct r2_windows *r2_windows_of(struct r2_os *os);

/* ---- convert.c: rows of IP Helper and values of core ---- */

/** r2_win_to_ip() - R2_NONE for an unspecified address or another family */
struct r2_ip r2_win_to_ip(const SOCKADDR_INET *address);
/** r2_win_from_ip() - of @family if @ip is none: then unspecified */
SOCKADDR_INET r2_win_from_ip(const struct r2_ip *ip, uint8_t family);
/** r2_win_to_route() - protocol KERNEL for what Windows made by itself, STATIC for the rest */
struct r2_route r2_win_to_route(const MIB_IPFORWARD_ROW2 *row);
struct r2_neigh r2_win_to_neigh(const MIB_IPNET_ROW2 *row);
/** r2_win_from_route() - ready to be created: with its lifetimes and protocol */
MIB_IPFORWARD_ROW2 r2_win_from_route(const struct r2_iphlp *api, const struct r2_route *route);
MIB_IPNET_ROW2 r2_win_from_neigh(const struct r2_iphlp *api, const struct r2_neigh *neigh);
/** r2_win_luid() - of the interface with that index, 0 if there is none or it cannot be told */
uint64_t r2_win_luid(const struct r2_iphlp *api, uint32_t index);
/** r2_win_find_luid() - the same, where it matters which: 0 if there is none */
bool r2_win_find_luid(const struct r2_iphlp *api, uint32_t index, uint64_t *ret_luid,
		      struct r2_error *err);
/** r2_win_need_luid() - the same, for what is to be noted: without it the ledger could not say
 * later whose a thing is */
bool r2_win_need_luid(const struct r2_iphlp *api, uint32_t index, uint64_t *ret_luid,
		      struct r2_error *err);
/** r2_win_find_index() - the reverse */
bool r2_win_find_index(const struct r2_iphlp *api, uint64_t luid, uint32_t *ret_index,
		       struct r2_error *err);

/* ---- book.c: the ledger on disk ---- */

/** r2_win_ledger_dir() - find, and if @make create, the folder, for administrators alone to write
 */
bool r2_win_ledger_dir(struct r2_windows *win, bool make, struct r2_error *err);
/** r2_win_is_own_user() - is this SID that of the user whose process we are */
bool r2_win_is_own_user(void *sid);
/** r2_win_ledger_read() - what is ours now; a folder or file that is not there holds nothing */
bool r2_win_ledger_read(struct r2_windows *win, struct r2_error *err);
/** r2_win_ledger_open() - for the one writer: read, written anew if that is worth it, kept open */
bool r2_win_ledger_open(struct r2_windows *win, struct r2_error *err);
/** r2_win_ledger_put() - append one line */
bool r2_win_ledger_put(struct r2_windows *win, const struct r2_ledger_row *row,
		       struct r2_error *err);
/** r2_win_ledger_drop_old() - that a line to @route's place, which now stands, was ours before a
 * restart is of no use any more */
bool r2_win_ledger_drop_old(struct r2_windows *win, const struct r2_ledger_row *route,
			    struct r2_error *err);
/** r2_win_ledger_strike() - append that it is gone */
bool r2_win_ledger_strike(struct r2_windows *win, const struct r2_ledger_row *row,
			  struct r2_error *err);
void r2_win_ledger_close(struct r2_windows *win);

/* ---- stale.c: what the ledger claims, and Windows has not ---- */

/** r2_win_look_for() - forget what was seen of such rows; @family R2_NONE: of both */
void r2_win_look_for(struct r2_windows *win, enum r2_ledger_kind kind, enum r2_family family);
/** r2_win_strike_unseen() - by the one writer, when all of them have been looked for: somebody else
 * deleted them, or they were never made. Not of an interface that is not connected: there it may be
 * Windows that hides them. */
void r2_win_strike_unseen(struct r2_windows *win, const struct r2_host *host,
			  enum r2_ledger_kind kind, enum r2_family family);
/** r2_win_begin_boot() - by the one writer: after a restart of the system, all in the ledger is old
 */
bool r2_win_begin_boot(struct r2_windows *win, struct r2_error *err);
/** r2_windows_recall() - what is old, as if it stood */
bool r2_windows_recall(struct r2_os *os, struct r2_host *ret_host, struct r2_error *err);

/** r2_win_is_persistent() - persistent.c: has somebody made this very route with `route -p` */
bool r2_win_is_persistent(const struct r2_route *route);

/* ---- policy.c: connection policies, each a line of the book ---- */

/** r2_win_policy_put() - claim it and add it, unless it is there */
bool r2_win_policy_put(struct r2_windows *win, const struct r2_ledger_row *row,
		       struct r2_error *err);
/** r2_win_policy_take() - delete it, if it is there, and strike the claim out */
bool r2_win_policy_take(struct r2_windows *win, const struct r2_ledger_row *row,
			struct r2_error *err);
/** r2_win_policy_stands() - does the filter engine have it; if that may not be asked: yes */
bool r2_win_policy_stands(struct r2_windows *win, const struct r2_ledger_row *row);
/** r2_win_policy_add() - the call itself; @ours: under route2's provider. Return: its code */
DWORD r2_win_policy_add(struct r2_fwp *fwp, HANDLE engine, const GUID *key, bool ours,
			const struct r2_prefix *dst, const struct r2_ip *src);

/* ---- the seam ---- */

/* As struct r2_os_ops says. */
bool r2_windows_begin(struct r2_os *os, unsigned wait_ms,
		      void (*waiting)(void *ctx, const char *holder), void *ctx,
		      struct r2_error *err);
void r2_windows_end(struct r2_os *os);
bool r2_windows_snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
			 struct r2_error *err);
bool r2_windows_apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err);
/** r2_windows_apply_skip() - skip.c: R2_OP_SKIP_* */
bool r2_windows_apply_skip(struct r2_windows *win, const struct r2_op *op, struct r2_error *err);
/** r2_win_socket_source() - lookup.c: what an unbound socket, connected to @dst, sends from; none
 * if that cannot be told. Return: 0, or the code of connect() */
int r2_win_socket_source(const struct r2_ip *dst, struct r2_ip *ret_source);
bool r2_windows_lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		       struct r2_answer *ret_answer, struct r2_error *err);
/** r2_windows_policy() - trial.c */
bool r2_windows_policy(struct r2_os *os, const struct r2_host *host, const struct r2_ip *src,
		       struct r2_error *err);
bool r2_windows_ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		    unsigned tries, unsigned timeout_ms, struct r2_error *err);

/** r2_windows_probe() - shots.c */
bool r2_windows_probe(struct r2_os *os, struct r2_probing *probing, struct r2_error *err);

/* ---- wire.c, ear.c: what the watch hears; threads that end with the handle ---- */

/* As struct r2_os_ops says; an ear is readable while there is news. */
bool r2_windows_wire_open(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
			  struct r2_error *err);
bool r2_windows_wire_ask(struct r2_wire *wire, const struct r2_question *question,
			 struct r2_error *err);
bool r2_windows_wire_hear(struct r2_wire *wire, unsigned most,
			  void (*each)(void *ctx, const struct r2_claim *claim), void *ctx);
void r2_windows_wire_close(struct r2_wire *wire);
/** r2_windows_probers_end() - pool.c: wait for what is under way: some seconds, if it asks the
 * silent */
void r2_windows_probers_end(struct r2_windows *win);

/* The same; @unused: the handle has but one ear. */
int r2_windows_ear_open(struct r2_os *os, struct r2_os *other, struct r2_error *err);
unsigned r2_windows_ear_hear(struct r2_os *os, int unused);
void r2_windows_ear_close(struct r2_os *os, int unused);

#endif
