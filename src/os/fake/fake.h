/* SPDX-License-Identifier: MIT */
/*
 * A host in memory behind the seam, for tests: it keeps the kernel's rules for what may stand
 * beside what, fails when told to, and remembers what was done to it.
 *
 *   struct r2_os *os = r2_fake_open(&host);      host is now the fake's
 *   r2_fake_fail_at(os, 3);                      the third apply from now will fail
 *   ... the code under test ...
 *   r2_fake_differ(&before, r2_fake_host(os), why, sizeof(why))
 */
#ifndef R2_OS_FAKE_FAKE_H
#define R2_OS_FAKE_FAKE_H

#include "os/os.h"

/**
 * r2_fake_open() - a fake over *@host
 * @host: taken over, and left empty; may be NULL for an empty host
 *
 * Return: the handle, NULL if memory ran out.
 */
struct r2_os *r2_fake_open(struct r2_host *host);

/** r2_fake_apply() - one operation on *@host, by the kernel's rules; what the fake's apply does */
bool r2_fake_apply(struct r2_host *host, const struct r2_op *op, struct r2_error *err);

/** r2_fake_host() - the host as it stands; the test may edit it */
struct r2_host *r2_fake_host(struct r2_os *os);

/**
 * r2_fake_fail_at() - let the @n-th apply from now fail, without effect; 1 is the next
 *
 * May be called again, for up to 8 failures; 0 forgets those that have not happened yet.
 */
void r2_fake_fail_at(struct r2_os *os, unsigned n);

/** r2_fake_refuse_writers() - let begin() fail with R2_NOT_PERMITTED from now on */
void r2_fake_refuse_writers(struct r2_os *os);

/** r2_fake_calls() - how often apply was called, failures included */
unsigned r2_fake_calls(const struct r2_os *os);

/** r2_fake_held() - is there a begin() without its end() */
bool r2_fake_held(const struct r2_os *os);

/** r2_fake_journal() - the operations that succeeded, in order */
const r2_ops *r2_fake_journal(const struct r2_os *os);

/**
 * r2_fake_answer() - from now on @ip answers ARP or ND with @mac; none: it falls silent
 *
 * Return: false if memory ran out.
 */
bool r2_fake_answer(struct r2_os *os, const struct r2_ip *ip, const struct r2_mac *mac);

/** r2_fake_obey() - a host of Windows: connection policies are (not) obeyed from now on */
void r2_fake_obey(struct r2_os *os, bool obey);

/** r2_fake_restart() - a host of Windows is started anew: all of ours is gone, and remembered;
 * false: no memory */
bool r2_fake_restart(struct r2_os *os);

/** r2_fake_asked() - how many questions ask() has been given so far */
unsigned r2_fake_asked(const struct r2_os *os);

/**
 * r2_fake_differ() - do two hosts differ in routes or neighbours
 * @ret_why: the first difference, for the message of a failing test
 *
 * Only the order among routes of one key counts. Links, addresses but for SkipAsSource, and rules
 * are nobody's to change, and are not compared.
 */
bool r2_fake_differ(const struct r2_host *a, const struct r2_host *b, char *ret_why, size_t size);

#endif
