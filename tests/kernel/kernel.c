/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 32

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Be root of a user namespace, so that the tests need no root; as root, they do without one. */
static bool become_root(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return uid == 0 && !unshare(CLONE_NEWNET);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map);
}

bool lab_enter(void)
{
	if (become_root())
		return true;
	printf("1..0 # SKIP no user namespace, and not root: %s\n", strerrordesc_np(errno));
	return false;
}

/* Execute @line, in the network namespace of @pid if that is not 0. */
static bool execute(pid_t pid, char *line)
{
	char *words[WORDS_MAX + 1] = {0};
	int status = -1;
	pid_t child;

	for (size_t n = 0; line && n < WORDS_MAX; n++) {
		words[n] = line;
		line = strchr(line, ' ');
		if (line)
			*line++ = '\0';
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char path[64];
		int fd = -1;

		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		if (pid)
			fd = open(path, O_RDONLY | O_CLOEXEC);
		if (pid && (fd < 0 || setns(fd, CLONE_NEWNET)))
			_exit(126);
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(fd, STDOUT_FILENO); /* stdout is TAP's */
		execvp(words[0], words);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

R2_PRINTF(2, 0) static void run_in(pid_t pid, const char *fmt, va_list args)
{
	char line[512], split[512];

	vsnprintf(line, sizeof(line), fmt, args);
	memcpy(split, line, sizeof(split));
	if (!execute(pid, split))
		fail_msg("failed: %s", line);
}

void run(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	run_in(0, fmt, args);
	va_end(args);
}

void run_there(const struct lab *lab, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	run_in(lab->gateway, fmt, args);
	va_end(args);
}

/* A process that keeps a new network namespace until it is killed, or we are. */
static pid_t keep_namespace(void)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void make_links(const struct lab *lab)
{
	run("ip link set lo up");
	run_there(lab, "ip link set lo up");
	for (int i = 0; i < 2; i++) {
		run("ip link add e%d address 02:00:00:00:00:0%d type veth "
		    "peer name g%d address 02:00:00:00:01:0%d netns %d",
		    i, i + 1, i, i + 1, (int)lab->gateway);
		run("ip link set e%d addrgenmode none up", i);
		run_there(lab, "ip link set g%d addrgenmode none up", i);
	}
}

static void make_addresses(const struct lab *lab)
{
	static const char *const there[] = {
		"192.0.2.1/24",         "192.0.2.11/24",         "192.0.2.12/24",
		"2001:db8::1/64 nodad", "2001:db8::11/64 nodad", "2001:db8::12/64 nodad",
		"fe80::1/64 nodad",
	};

	run("ip address add 192.0.2.2/24 dev " E0);
	run("ip address add 2001:db8::2/64 nodad dev " E0);
	run("ip address add fe80::2/64 nodad dev " E0);
	for (size_t i = 0; i < COUNT(there); i++)
		run_there(lab, "ip address add %s dev g0", there[i]);
}

int lab_setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct r2_error err;

	assert_non_null(lab);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	lab->gateway = keep_namespace();
	make_links(lab);
	make_addresses(lab);
	lab->e0 = if_nametoindex(E0);
	lab->e1 = if_nametoindex(E1);
	lab->os = r2_linux_open(NULL, &err);
	assert_non_null(lab->os);
	*state = lab;
	return 0;
}

int lab_teardown(void **state)
{
	struct lab *lab = *state;

	lab->os->ops->close(lab->os);
	kill(lab->gateway, SIGKILL);
	waitpid(lab->gateway, NULL, 0);
	free(lab);
	return 0;
}

struct wait wait_begin(void)
{
	return (struct wait){r2_linux_now_ms() + 10000};
}

void wait_more(struct wait *wait)
{
	if (r2_linux_now_ms() >= wait->until)
		fail_msg("it did not happen");
	poll(NULL, 0, 1);
}

struct r2_host read_host(const struct lab *lab, unsigned parts)
{
	struct r2_query query = {.parts = parts};
	struct r2_host host = {0};
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	if (!lab->os->ops->snapshot(lab->os, &query, &host, &err))
		fail_msg("%s", r2_error_format(&err, text, sizeof(text)));
	return host;
}

size_t count_routes(const struct lab *lab, const struct r2_route *wanted)
{
	struct r2_host host = read_host(lab, R2_PART_ROUTES);
	struct r2_route form = r2_linux_route_form(wanted);
	size_t n = 0;

	r2_each (const struct r2_route, one, &host.routes) {
		n += r2_route_same(one, &form);
	}
	r2_host_free(&host);
	return n;
}

size_t count_key(const struct lab *lab, const struct r2_route *wanted)
{
	struct r2_host host = read_host(lab, R2_PART_ROUTES);
	struct r2_route form = r2_linux_route_form(wanted);
	size_t n = 0;

	r2_each (const struct r2_route, one, &host.routes) {
		n += r2_route_same_key(one, &form);
	}
	r2_host_free(&host);
	return n;
}

struct r2_neigh find_neigh(const struct lab *lab, const char *text)
{
	struct r2_host host = read_host(lab, R2_PART_NEIGHS);
	struct r2_ip wanted = ip(text);
	const struct r2_neigh *found = r2_host_neigh(&host, &wanted, lab->e0);
	struct r2_neigh neigh = found ? *found : (struct r2_neigh){0};

	r2_host_free(&host);
	return neigh;
}

void apply(const struct lab *lab, const struct r2_op *op)
{
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	if (!lab->os->ops->apply(lab->os, op, &err))
		fail_msg("%s", r2_error_format(&err, text, sizeof(text)));
}

const char *refused(const struct lab *lab, const struct r2_op *op, char buf[R2_ERROR_TEXT])
{
	struct r2_error err;

	assert_false(lab->os->ops->apply(lab->os, op, &err));
	return r2_error_format(&err, buf, R2_ERROR_TEXT);
}

struct r2_route route(const struct lab *lab, const char *dst, const char *via, const char *src,
		      uint32_t metric)
{
	struct r2_route made = {.dst = prefix(dst),
				.gateway = ip(via),
				.prefsrc = ip(src),
				.table = R2_MAIN_TABLE,
				.metric = metric,
				.link = lab->e0,
				.protocol = R2_PROTOCOL,
				.type = R2_TYPE_UNICAST};
	return made;
}
