/* SPDX-License-Identifier: MIT */
/* What the files of os/linux share: the handle, and each file's part of the seam. */
#ifndef R2_OS_LINUX_LINUX_H
#define R2_OS_LINUX_LINUX_H

#include "core/bulk.h"
#include "os/linux/netlink.h"
#include "os/linux/tables.h"
#include "os/os.h"

#include <signal.h>

/**
 * struct r2_taken - the keys of IPv6 at which something stands that is not ours alone
 * @ears: has heard of every change since before the routes were read; closed until they were
 * @shapes: the keys' tables and metrics
 * @read, @heard: the keys
 * @known: both are complete; @lost: they were, until notifications got lost
 * @readings: how often the routes were read
 */
struct r2_taken {
	struct r2_nl ears;
	struct r2_shapes shapes;
	struct r2_lot read, heard;
	bool known, lost;
	unsigned readings;
};

/**
 * struct r2_linux - the kernel of one network namespace
 * @nl: requests and dumps
 * @lock: the socket that makes us the one writer, or -1
 * @tables: names of routing tables
 * @spent, @n_spent: sockets of questions that were answered, to be closed after the change
 * @taken: while we are the one writer
 * @unshielded: the signal mask from before r2_linux_shield()
 */
struct r2_linux {
	struct r2_os os;
	struct r2_nl nl;
	int lock;
	struct r2_tables tables;
	int spent[4];
	size_t n_spent;
	struct r2_taken taken;
	sigset_t unshielded;
};

/** r2_linux_of() - the handle behind the seam's */
struct r2_linux *r2_linux_of(struct r2_os *os);

/** r2_linux_af() - AF_INET or AF_INET6 of an address or prefix */
uint8_t r2_linux_af(const struct r2_ip *ip);

/** r2_linux_now_ms() - a clock that only goes forward, in milliseconds */
int64_t r2_linux_now_ms(void);

/** r2_linux_snapshot() - struct r2_os_ops, @snapshot */
bool r2_linux_snapshot(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
		       struct r2_error *err);

/**
 * r2_linux_settings() - what the sysctls of "all" say, joined into @host and its links
 *
 * Read from /proc/sys/net, which shows the network namespace of the reader. What cannot be read is
 * taken to be as the kernel comes.
 */
void r2_linux_settings(struct r2_host *host);

/** r2_linux_apply() - struct r2_os_ops, @apply */
bool r2_linux_apply(struct r2_os *os, const struct r2_op *op, struct r2_error *err);

/** r2_linux_lookup() - struct r2_os_ops, @lookup */
bool r2_linux_lookup(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		     struct r2_answer *ret_answer, struct r2_error *err);

/** r2_linux_ask() - struct r2_os_ops, @ask */
bool r2_linux_ask(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		  unsigned tries, unsigned timeout_ms, struct r2_error *err);

/** r2_linux_probe() - struct r2_os_ops, @probe */
bool r2_linux_probe(struct r2_os *os, struct r2_probing *probing, struct r2_error *err);

/**
 * r2_linux_admit() - does the kernel let a packet from @from to our address @to in by @link
 *
 * Fills @answer's @refused and @strict (IPv4; IPv6 has no such filter).
 */
void r2_linux_admit(struct r2_linux *lx, const struct r2_ip *from, const struct r2_ip *to,
		    uint32_t link, struct r2_coming *answer);

/** r2_linux_tells() - would this host ask on @link in the name of @ip, whose subnet is another */
bool r2_linux_tells(const struct r2_ip *ip, uint32_t link);

/** r2_linux_path_drops() - how many packets the reverse-path filter has dropped so far */
uint64_t r2_linux_path_drops(void);

/** r2_linux_wire_open() and so on - struct r2_os_ops, @wire_open and so on */
bool r2_linux_wire_open(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
			struct r2_error *err);
bool r2_linux_wire_ask(struct r2_wire *wire, const struct r2_question *question,
		       struct r2_error *err);
bool r2_linux_wire_hear(struct r2_wire *wire, unsigned most,
			void (*each)(void *ctx, const struct r2_claim *claim), void *ctx);
void r2_linux_wire_close(struct r2_wire *wire);

/** r2_linux_ear_open() and so on - struct r2_os_ops, @ear_open and so on */
int r2_linux_ear_open(struct r2_os *os, struct r2_os *other, struct r2_error *err);
unsigned r2_linux_ear_hear(struct r2_os *os, int ear);
void r2_linux_ear_close(struct r2_os *os, int ear);

/** r2_linux_ask_close() - close what the questions have left open */
void r2_linux_ask_close(struct r2_linux *lx);

/** r2_linux_begin() - struct r2_os_ops, @begin */
bool r2_linux_begin(struct r2_os *os, unsigned wait_ms,
		    void (*waiting)(void *ctx, const char *holder), void *ctx,
		    struct r2_error *err);

/** r2_linux_end() - struct r2_os_ops, @end */
void r2_linux_end(struct r2_os *os);

/** r2_linux_many() - struct r2_os_ops, @many */
bool r2_linux_many(struct r2_os *os, const struct r2_op *ops, size_t n, struct r2_error *err);

/** r2_linux_interrupted() - struct r2_os_ops, @interrupted */
bool r2_linux_interrupted(struct r2_os *os);

/** r2_linux_shield() - struct r2_os_ops, @shield */
void r2_linux_shield(struct r2_os *os, bool on);

/**
 * r2_linux_match() - which route the kernel matches @dst with (RTM_F_FIB_MATCH)
 *
 * Return: 0, or the errno that the packet would meet; *@ret is then as it was.
 */
int r2_linux_match(struct r2_linux *lx, const struct r2_ip *dst, struct r2_route *ret);

/** r2_linux_netns() - move this thread into a network namespace; @netns as r2_linux_open() */
bool r2_linux_netns(const char *netns, struct r2_error *err);

/**
 * r2_linux_neigh() - one of the operations R2_OP_NEIGH_*
 *
 * In a file of its own: apply.c dispatches and does the routes.
 */
bool r2_linux_neigh(struct r2_linux *lx, const struct r2_op *op, struct r2_error *err);

/* ---- routes, apply.c ---- */

/** r2_linux_route_form() - @route as the kernel will tell it: type set, IPv6 metric 0 is 1024 */
struct r2_route r2_linux_route_form(const struct r2_route *route);

/**
 * r2_linux_route_request() - compose RTM_NEWROUTE or RTM_DELROUTE for @route
 * @flags: NLM_F_*
 */
void r2_linux_route_request(struct r2_nl_request *req, uint16_t type, uint16_t flags,
			    const struct r2_route *route);

/** r2_linux_route_text() - `203.0.113.0/24 via 192.0.2.1` for messages. Return: @buf */
#define R2_ROUTE_TEXT 160
const char *r2_linux_route_text(const struct r2_route *route, char buf[R2_ROUTE_TEXT]);

/**
 * r2_linux_route_delete() - delete exactly @route
 *
 * Return: 0 also if it is not there; else an errno.
 */
int r2_linux_route_delete(struct r2_linux *lx, const struct r2_route *route);

/* ---- replacing an IPv6 route: replace_ipv6.c, restore_ipv6.c ---- */

/** r2_replace_listen() - open @ears: a socket that hears of every change of an IPv6 route */
bool r2_replace_listen(struct r2_nl *ears, struct r2_error *err);

/**
 * struct r2_heard - what happened at the key of a replace between our look and it
 * @op: the replace
 * @vacant: nothing stood at the key when we looked
 * @ours: it was heard: what follows came after it
 * @old_gone: someone else had taken the old route away by then
 * @foreign: the last one of another's that we have destroyed; @protocol: whose
 */
struct r2_heard {
	const struct r2_op *op;
	bool vacant, ours, old_gone;
	uint8_t protocol;
	struct nlmsghdr *foreign;
};

/** r2_heard_note() - @route, which has the key of the replace, was made or deleted, not by it */
void r2_heard_note(struct r2_heard *heard, const struct nlmsghdr *nlh,
		   const struct r2_route *route);

/**
 * r2_heard_end() - the replace was done: put back what it took away, and ours as it was
 *
 * Return: false, and *@err says so, if it took anything away.
 */
bool r2_heard_end(struct r2_linux *lx, struct r2_heard *heard, struct r2_error *err);

/**
 * struct r2_replace - a replace under way
 * @ears: a socket that hears of every change of an IPv6 route since before the key was read
 * @op: R2_OP_ROUTE_REPLACE, both routes as the kernel tells them
 * @vacant: nothing stands at the key: the old route is gone already, the new one is just added
 */
struct r2_replace {
	struct r2_nl ears;
	struct r2_op op;
	bool vacant;
};

/**
 * r2_replace_prepare() - start listening, and make sure that the old route stands alone
 * @ret: to be given to r2_replace_commit(), which ends it; nothing to end on failure
 * @ret_done: the new route stands there already: nothing to do, nothing to end
 */
bool r2_replace_prepare(struct r2_linux *lx, const struct r2_op *op, struct r2_replace *ret,
			bool *ret_done, struct r2_error *err);

/** r2_replace_commit() - replace; then see whether that hit someone else's, and if so undo it */
bool r2_replace_commit(struct r2_linux *lx, struct r2_replace *replace, struct r2_error *err);

/* ---- replacing many IPv6 routes, taken.c ---- */

/**
 * r2_taken_renew() - bring @lx->taken up to this moment; the first time all routes are read
 *
 * Return: false if that cannot be: then nothing is known of any key.
 */
bool r2_taken_renew(struct r2_linux *lx);

/** r2_taken_has() - may something stand at the key of @route that is not ours alone */
bool r2_taken_has(struct r2_taken *taken, const struct r2_route *route);

/**
 * r2_taken_listen() - take in what was heard since the last time
 * @each: called with every route that was made or deleted, in that order; may be NULL
 */
void r2_taken_listen(struct r2_taken *taken,
		     void (*each)(void *ctx, const struct nlmsghdr *nlh,
				  const struct r2_route *route),
		     void *ctx);

/** r2_taken_close() - forget all; a zeroed one is fine */
void r2_taken_close(struct r2_taken *taken);

#endif
