/* SPDX-License-Identifier: MIT */
/*
 * The seam: all that route2 asks of an operating system.
 *
 * Behind it stand linux/ (rtnetlink), dryrun/ (prints instead of applying) and fake/ (a host in
 * memory whose n-th call fails, for the tests). It never prints and never exits. Every function
 * returns false with *err filled on failure; outputs are touched on success only.
 */
#ifndef R2_OS_OS_H
#define R2_OS_OS_H

#include "core/error.h"
#include "core/host.h"
#include "core/limits.h"
#include "core/op.h"
#include "core/verify.h"
#include "os/probing.h"
#include "os/senses.h"

enum r2_part {
	R2_PART_LINKS = 1 << 0,
	R2_PART_ADDRS = 1 << 1,
	R2_PART_RULES = 1 << 2,
	R2_PART_NEIGHS = 1 << 3,
	R2_PART_ROUTES = 1 << 4,
	R2_PART_NEXTHOPS = 1 << 5, /* next-hop objects */
	R2_PART_LABELS = 1 << 6,   /* IPv6 address labels */
	R2_PART_SETTINGS = 1 << 7, /* the host's flags, and what "all" sets on every link */
	R2_PART_ALL = (1 << 8) - 1,
};

/**
 * struct r2_query - which part of the host a snapshot shall hold
 * @parts: enum r2_part
 * @family: R2_NONE for both; concerns addresses, rules, neighbours and routes
 * @protocol: only routes of this protocol, 0 for all (the kernel filters)
 * @table: only routes of this table, 0 for all (the kernel filters)
 * @keep: called for each route as it arrives; false leaves it out of the snapshot. This is how
 *        a million routes are filtered or printed without being held. May be NULL: keep all.
 *        Links, addresses, rules and neighbours are complete before the first route arrives.
 *        A dump whose answers get lost begins again, and then shows routes again.
 */
struct r2_query {
	unsigned parts;
	enum r2_family family;
	uint8_t protocol;
	uint32_t table;
	bool (*keep)(void *ctx, const struct r2_host *host, const struct r2_route *route);
	void *ctx;
};

/**
 * struct r2_ask - one neighbour to be asked for by ARP (RFC 826) or ND (RFC 4861)
 * @target: whom; @sender: our address in the question, R2_NONE for a probe from nobody
 *          (RFC 5227 section 1.1; IPv6: RFC 4862 section 5.4.2)
 * @to: the one station that is asked (RFC 1122 section 2.3.2.1, RFC 4861 section 7.3.3); none: all
 * @answered, @mac: filled in
 */
struct r2_ask {
	struct r2_ip target;
	struct r2_ip sender;
	struct r2_mac to;
	bool answered;
	struct r2_mac mac;
};

struct r2_os;

#define R2_MANY_MAX 128 /* a send of 64 to 256 is as fast as they come */

/**
 * struct r2_os_ops - one operating system
 * @limits: what it cannot do for the watch and for proofs
 * @begin: become the one writer of this network namespace. Waits for another up to @wait_ms,
 *         calling @waiting once with the holder's name if that takes over a second. Fails with
 *         R2_NOT_PERMITTED if changes would be refused.
 * @end: let others write; harmless without begin
 * @shield: true holds back the signals that would end the program, false lets them come: no change
 *          is left half done by Ctrl-C. Does not nest; NULL where there are none.
 * @snapshot: read what @query asks for into *ret, which the caller frees
 * @apply: one operation. What is there already, or gone already, is success.
 * @many: up to R2_MANY_MAX operations as @apply does each, faster. On failure any of them may have
 *        been applied: all are the caller's to undo. NULL: one by one.
 * @interrupted: has a signal come that @shield holds back; NULL where there are none
 * @lookup: ask for @dst as an unbound socket would (no source, no interface); with @src, a local
 *          address, as one bound to it, or as connect(2) does once more when it has chosen it
 * @ask: send questions for all of @asks on @link at once, @tries times @timeout_ms apart, until
 *       all are answered. Not being answered is no failure. The neighbour table stays untouched.
 * @probe: send packets and see, or be told, what becomes of them. Not being answered is no failure.
 *         NULL where there is no network to try
 * @policy: are connection policies obeyed here for connections from addresses like @src: tried, not
 *          only looked for, and nothing of the trial stays. NULL where there is no such thing
 * @recall: what was ours before the system was started anew, and has not been brought back: links
 * and addresses as they are, routes, book and neighbours as they were. NULL where the kernel is all
 * there is to ask
 * @wire_open: listen on @link for what is said of neighbours; with NULL for echo replies instead
 * @wire_ask: send one question; a full queue is no failure, it is as if it were lost on the way
 * @wire_hear: take in what has arrived, up to @most frames. Return: false if the link went away or
 *             down: it is to be opened again
 * @wire_close: zeroed or closed is fine
 * @ear_open: hear of changes from now on, but not of those that @self or @other (or NULL) make.
 *            Return: a descriptor that is readable when something has changed; -1 on failure
 * @ear_hear: take in what has arrived. Return: enum r2_change_of
 * @ear_close: hear no more; @ear is one that was opened
 * @tell: say to a running watch what we have done (os/control.h), while we are still the one
 * writer, so that it takes it for wanted and not for somebody's meddling; NULL where there is none
 * @table: number of a table by name; @table_name: the reverse, or NULL
 * @close: NULL is fine
 */
struct r2_os_ops {
	const char *name;
	struct r2_limits limits;
	bool (*begin)(struct r2_os *os, unsigned wait_ms,
		      void (*waiting)(void *ctx, const char *holder), void *ctx,
		      struct r2_error *err);
	void (*end)(struct r2_os *os);
	void (*shield)(struct r2_os *os, bool on);
	bool (*snapshot)(struct r2_os *os, const struct r2_query *query, struct r2_host *ret_host,
			 struct r2_error *err);
	bool (*apply)(struct r2_os *os, const struct r2_op *op, struct r2_error *err);
	bool (*many)(struct r2_os *os, const struct r2_op *ops, size_t n, struct r2_error *err);
	bool (*interrupted)(struct r2_os *os);
	bool (*lookup)(struct r2_os *os, const struct r2_ip *dst, const struct r2_ip *src,
		       struct r2_answer *ret_answer, struct r2_error *err);
	bool (*ask)(struct r2_os *os, const struct r2_link *link, struct r2_ask *asks, size_t n,
		    unsigned tries, unsigned timeout_ms, struct r2_error *err);
	bool (*probe)(struct r2_os *os, struct r2_probing *probing, struct r2_error *err);
	bool (*policy)(struct r2_os *os, const struct r2_host *host, const struct r2_ip *src,
		       struct r2_error *err);
	bool (*recall)(struct r2_os *os, struct r2_host *ret_host, struct r2_error *err);
	bool (*wire_open)(struct r2_os *os, const struct r2_link *link, struct r2_wire *ret_wire,
			  struct r2_error *err);
	bool (*wire_ask)(struct r2_wire *wire, const struct r2_question *question,
			 struct r2_error *err);
	bool (*wire_hear)(struct r2_wire *wire, unsigned most,
			  void (*each)(void *ctx, const struct r2_claim *claim), void *ctx);
	void (*wire_close)(struct r2_wire *wire);
	int (*ear_open)(struct r2_os *os, struct r2_os *other, struct r2_error *err);
	unsigned (*ear_hear)(struct r2_os *os, int ear);
	void (*ear_close)(struct r2_os *os, int ear);
	void (*tell)(struct r2_os *os, const char *request);
	bool (*table)(struct r2_os *os, const char *name, uint32_t *ret_number);
	const char *(*table_name)(struct r2_os *os, uint32_t number);
	void (*close)(struct r2_os *os);
};

/** struct r2_os - what every backend's handle begins with; @system: whose rules hold there */
struct r2_os {
	const struct r2_os_ops *ops;
	enum r2_system system;
};

/**
 * r2_linux_open() - the kernel of this host
 * @netns: a name in /run/netns or a path (anything with a slash), NULL for where we are
 *
 * Return: the handle, NULL on failure.
 */
struct r2_os *r2_linux_open(const char *netns, struct r2_error *err);

/** r2_system_open() - the system that this program was built for; @netns as r2_linux_open(), NULL
 * on Windows. Return: the handle, NULL on failure. */
struct r2_os *r2_system_open(const char *netns, struct r2_error *err);

/** r2_windows_open() - this machine, by IP Helper. Return: the handle, NULL on failure. */
struct r2_os *r2_windows_open(struct r2_error *err);

/**
 * r2_dryrun_open() - reads and asks through @real, but applies nothing
 * @real: taken over: closed with it, and on failure at once
 */
struct r2_os *r2_dryrun_open(struct r2_os *real, struct r2_error *err);

/**
 * r2_onpaper_open() - a host that was read from a file: it answers, and applies nothing
 * @host: taken over: left zeroed, on failure too
 */
struct r2_os *r2_onpaper_open(struct r2_host *host, struct r2_error *err);

#endif
