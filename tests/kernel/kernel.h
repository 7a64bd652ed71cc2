/* SPDX-License-Identifier: MIT */
/*
 * A small network for every test, in namespaces of its own:
 *
 *   here                                     there (the gateway)
 *   e0 02:00:00:00:00:01  192.0.2.2/24   --  g0 02:00:00:00:01:01  192.0.2.1/24, .11, .12
 *                         2001:db8::2/64                           2001:db8::1/64, ::11, ::12
 *                         fe80::2/64                               fe80::1/64
 *   e1 02:00:00:00:00:02  (nothing)      --  g1 02:00:00:00:01:02  (nothing)
 *
 * Duplicate address detection is off there and here, so nothing needs waiting for.
 */
#ifndef R2_TESTS_KERNEL_H
#define R2_TESTS_KERNEL_H

#include <sys/types.h>

#include "../unit/unit.h"
#include "os/linux/linux.h"

#define E0 "e0"
#define E1 "e1"

/**
 * struct lab - what a test gets as its state
 * @os: the handle under test, opened here
 * @gateway: a process that keeps the other namespace
 * @e0, @e1: interface numbers
 */
struct lab {
	struct r2_os *os;
	pid_t gateway;
	uint32_t e0, e1;
};

/**
 * lab_enter() - once: get the right to make networks
 *
 * Return: false if there is none; a TAP plan that skips all has been printed then.
 */
bool lab_enter(void);

/** lab_setup(), lab_teardown() - for cmocka, around each test */
int lab_setup(void **state);
int lab_teardown(void **state);

/** run() - a command here, words separated by one blank; it must succeed */
void run(const char *fmt, ...) R2_PRINTF(1, 2);
/** run_there() - the same on the gateway */
void run_there(const struct lab *lab, const char *fmt, ...) R2_PRINTF(2, 3);

/**
 * struct wait - a wait for something that the kernel does in its own time:
 *
 *   for (struct wait wait = wait_begin(); !it_is_so(); wait_more(&wait))
 *           ;
 */
struct wait {
	int64_t until;
};

/** wait_begin() - ten seconds from now the test fails */
struct wait wait_begin(void);
/** wait_more() - let a millisecond pass, or fail */
void wait_more(struct wait *wait);

/** read_host() - a snapshot of @parts, to be freed */
struct r2_host read_host(const struct lab *lab, unsigned parts);
/** count_routes() - how many routes are r2_route_same() as @route */
size_t count_routes(const struct lab *lab, const struct r2_route *route);
/** count_key() - how many routes, of whomever, have the key of @route */
size_t count_key(const struct lab *lab, const struct r2_route *route);
/** find_neigh() - what stands at @text on e0; state 0 if nothing */
struct r2_neigh find_neigh(const struct lab *lab, const char *text);

/** apply() - an operation that must succeed */
void apply(const struct lab *lab, const struct r2_op *op);
/** refused() - an operation that must fail; its error, formatted. Return: @buf */
const char *refused(const struct lab *lab, const struct r2_op *op, char buf[R2_ERROR_TEXT]);

/** route() - one of ours on e0 in table main; @via and @src may be NULL */
struct r2_route route(const struct lab *lab, const char *dst, const char *via, const char *src,
		      uint32_t metric);

#endif
