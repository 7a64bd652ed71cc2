/* SPDX-License-Identifier: MIT */
/* One writer a namespace: exclusion, patience, death of the holder; and which namespace. */
#include "kernel.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 12

static bool begin(struct r2_os *os, unsigned wait_ms, struct r2_error *ret_err)
{
	return os->ops->begin(os, wait_ms, NULL, NULL, ret_err);
}

/* Another process that holds the lock until it is killed. */
static pid_t hold(void)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct r2_error err;
		struct r2_os *os = r2_linux_open(NULL, &err);

		if (!os || !begin(os, 0, &err) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void again_and_again(void **state)
{
	const struct lab *lab = *state;
	struct r2_error err;

	lab->os->ops->end(lab->os);
	for (int i = 0; i < 3; i++) {
		assert_true(begin(lab->os, 0, &err));
		lab->os->ops->end(lab->os);
	}
}

static void excluded(void **state)
{
	const struct lab *lab = *state;
	pid_t holder = hold();
	struct r2_error err;
	char pid[32];
	int64_t begun = r2_linux_now_ms();

	snprintf(pid, sizeof(pid), "(pid %d)", (int)holder);
	assert_false(begin(lab->os, 0, &err));
	assert_int_equal(err.kind, R2_FAILED);
	assert_non_null(strstr(err.what, pid));
	assert_non_null(strstr(err.what, "kernel_lock"));
	assert_false(begin(lab->os, 150, &err));
	assert_true(r2_linux_now_ms() - begun >= 150);
	kill(holder, SIGKILL);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	assert_true(begin(lab->os, 0, &err));
}

struct told {
	pid_t holder;
	unsigned times;
	char name[64];
};

static void kill_holder(void *ctx, const char *name)
{
	struct told *told = ctx;

	told->times++;
	snprintf(told->name, sizeof(told->name), "%s", name);
	kill(told->holder, SIGKILL);
}

/* We are told once, after a second, whom we wait for; its death is the release. */
static void patience(void **state)
{
	const struct lab *lab = *state;
	struct told told = {.holder = hold()};
	struct r2_error err;
	int64_t begun = r2_linux_now_ms(), took;
	char name[64];

	assert_true(lab->os->ops->begin(lab->os, 30000, kill_holder, &told, &err));
	took = r2_linux_now_ms() - begun;
	assert_true(took >= 1000 && took < 10000);
	assert_int_equal(told.times, 1);
	snprintf(name, sizeof(name), "kernel_lock (pid %d)", (int)told.holder);
	assert_string_equal(told.name, name);
	assert_int_equal(waitpid(told.holder, NULL, 0), told.holder);
}

/* Many at once: never two, and each gets its turn. */
static void crowd(void **state)
{
	struct shared {
		atomic_int inside, met, turns;
	} *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	pid_t children[WRITERS];
	int status;

	(void)state;
	assert_ptr_not_equal(shared, MAP_FAILED);
	for (size_t i = 0; i < WRITERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] > 0)
			continue;
		struct r2_error err;
		struct r2_os *os = r2_linux_open(NULL, &err);

		for (int round = 0; os && round < 20; round++) {
			if (!begin(os, 60000, &err))
				_exit(1);
			if (atomic_fetch_add(&shared->inside, 1) != 0)
				atomic_fetch_add(&shared->met, 1);
			sched_yield();
			atomic_fetch_add(&shared->turns, 1);
			atomic_fetch_sub(&shared->inside, 1);
			os->ops->end(os);
		}
		_exit(0);
	}
	for (size_t i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(atomic_load(&shared->met), 0);
	assert_int_equal(atomic_load(&shared->turns), WRITERS * 20);
	munmap(shared, sizeof(*shared));
}

/* Another namespace has a lock of its own. */
static void other_namespace(void **state)
{
	const struct lab *lab = *state;
	struct r2_error err;
	char path[64];
	int status;
	pid_t child;

	assert_true(begin(lab->os, 0, &err));
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)lab->gateway);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct r2_os *there = r2_linux_open(path, &err);
		struct r2_host host = {0};
		struct r2_query query = {.parts = R2_PART_LINKS};

		if (!there || !begin(there, 0, &err) ||
		    !there->ops->snapshot(there, &query, &host, &err) ||
		    !r2_host_link_named(&host, "g0") || r2_host_link_named(&host, E0))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Who may not change is told at once, lock or no lock, and may still read. */
static void not_permitted(void **state)
{
	const struct lab *lab = *state;
	struct r2_error err;
	int status;
	pid_t child;

	assert_true(begin(lab->os, 0, &err));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct r2_host host = {0};
		struct r2_query query = {.parts = R2_PART_ADDRS};
		struct r2_os *os;

		if (unshare(CLONE_NEWUSER))
			_exit(77);
		os = r2_linux_open(NULL, &err);
		if (!os || !os->ops->snapshot(os, &query, &host, &err) || !host.addrs.n)
			_exit(1);
		_exit(begin(os, 60000, &err) || err.kind != R2_NOT_PERMITTED ||
		      err.native != EPERM || !strstr(err.hint, "CAP_NET_ADMIN"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status == 77 << 8) {
		print_message("# no user namespace below this one\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void no_such_namespace(void **state)
{
	static const struct {
		const char *name;
		enum r2_error_class kind;
		int native;
		const char *words;
	} cases[] = {
		{"no-such-namespace", R2_FAILED, ENOENT, "there is no network namespace"},
		{"/no/such/path", R2_FAILED, ENOENT, "/no/such/path"},
		{"/proc/self/ns/uts", R2_FAILED, EINVAL, "is not a network namespace"},
		{"..", R2_USAGE, 0, "no name"},
		{".", R2_USAGE, 0, "no name"},
		{"", R2_USAGE, 0, "no name"},
	};
	struct r2_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(r2_linux_open(cases[i].name, &err));
		assert_int_equal(err.kind, cases[i].kind);
		assert_int_equal(err.native, cases[i].native);
		assert_non_null(strstr(err.what, cases[i].words));
		if (err.native)
			assert_non_null(strstr(err.hint, "ip netns list"));
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(again_and_again), CASE(excluded),      CASE(patience),          CASE(crowd),
		CASE(other_namespace), CASE(not_permitted), CASE(no_such_namespace),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
