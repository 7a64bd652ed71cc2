/* SPDX-License-Identifier: MIT */
/* Idea: the handle, and the table that joins the files of this directory to the seam. */
#include "os/linux/linux.h"
#include "os/control.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct r2_linux *r2_linux_of(struct r2_os *os)
{
	return (struct r2_linux *)(void *)os; /* its first member */
}

uint8_t r2_linux_af(const struct r2_ip *ip)
{
	return ip->family == R2_IPV6 ? AF_INET6 : AF_INET;
}

int64_t r2_linux_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool table(struct r2_os *os, const char *name, uint32_t *ret_number)
{
	return r2_tables_number(&r2_linux_of(os)->tables, name, ret_number);
}

static const char *table_name(struct r2_os *os, uint32_t number)
{
	return r2_tables_name(&r2_linux_of(os)->tables, number);
}

static void close_linux(struct r2_os *os)
{
	struct r2_linux *lx;

	if (!os)
		return;
	lx = r2_linux_of(os);
	r2_linux_end(os);
	r2_nl_close(&lx->nl);
	r2_tables_free(&lx->tables);
	free(lx);
}

static const struct r2_os_ops linux_ops = {
	.name = "linux",
	.begin = r2_linux_begin,
	.end = r2_linux_end,
	.shield = r2_linux_shield,
	.snapshot = r2_linux_snapshot,
	.apply = r2_linux_apply,
	.many = r2_linux_many,
	.interrupted = r2_linux_interrupted,
	.lookup = r2_linux_lookup,
	.ask = r2_linux_ask,
	.probe = r2_linux_probe,
	.wire_open = r2_linux_wire_open,
	.wire_ask = r2_linux_wire_ask,
	.wire_hear = r2_linux_wire_hear,
	.wire_close = r2_linux_wire_close,
	.ear_open = r2_linux_ear_open,
	.ear_hear = r2_linux_ear_hear,
	.ear_close = r2_linux_ear_close,
	.tell = r2_control_tell,
	.table = table,
	.table_name = table_name,
	.close = close_linux,
};

struct r2_os *r2_linux_open(const char *netns, struct r2_error *err)
{
	struct r2_linux *lx;

	if (netns && !r2_linux_netns(netns, err))
		return NULL;
	lx = calloc(1, sizeof(*lx));
	if (!lx) {
		r2_error_set(err, R2_FAILED, "out of memory");
		return NULL;
	}
	lx->os.ops = &linux_ops;
	lx->lock = -1;
	if (!r2_nl_open(&lx->nl, err)) {
		free(lx);
		return NULL;
	}
	return &lx->os;
}

struct r2_os *r2_system_open(const char *netns, struct r2_error *err)
{
	return r2_linux_open(netns, err);
}
