/* SPDX-License-Identifier: MIT */
/* Questions on the wire, answered by the kernel at the other end, or by nobody. */
#include "kernel.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct r2_ask question(const char *target, const char *sender)
{
	return (struct r2_ask){.target = ip(target), .sender = ip(sender)};
}

static struct r2_link link_of(const struct lab *lab, const char *name)
{
	struct r2_host host = read_host(lab, R2_PART_LINKS);
	const struct r2_link *link = r2_host_link_named(&host, name);
	struct r2_link copy;

	assert_non_null(link);
	copy = *link;
	r2_host_free(&host);
	return copy;
}

/* Ask on e0. Return: how long it took. */
static int64_t ask(const struct lab *lab, struct r2_ask *asks, size_t n, unsigned tries,
		   unsigned timeout_ms)
{
	struct r2_link link = link_of(lab, E0);
	int64_t begun = r2_linux_now_ms();
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	if (!lab->os->ops->ask(lab->os, &link, asks, n, tries, timeout_ms, &err))
		fail_msg("%s", r2_error_format(&err, text, sizeof(text)));
	return r2_linux_now_ms() - begun;
}

static void assert_gateway(const struct r2_ask *one)
{
	char text[R2_MAC_TEXT];

	assert_true(one->answered);
	assert_string_equal(r2_mac_format(&one->mac, text), "02:00:00:00:01:01");
}

/* All in parallel, both families, as themselves and as nobody. */
static void answered(void **state)
{
	const struct lab *lab = *state;
	struct r2_ask asks[] = {
		question("192.0.2.1", "192.0.2.2"),
		question("192.0.2.11", "192.0.2.2"),
		question("192.0.2.12", NULL),
		question("192.0.2.1", NULL),
		question("2001:db8::1", "2001:db8::2"),
		question("2001:db8::11", "fe80::2"),
		question("2001:db8::12", NULL),
		question("fe80::1", "fe80::2"),
		question("fe80::1", NULL),
	};
	struct r2_host host;

	/* Far less than all tries: it ends with the last answer. (A question may get lost.) */
	assert_true(ask(lab, asks, COUNT(asks), 200, 1000) < 100000);
	for (size_t i = 0; i < COUNT(asks); i++)
		assert_gateway(&asks[i]);

	host = read_host(lab, R2_PART_NEIGHS);
	for (size_t i = 0; i < COUNT(asks); i++)
		assert_null(r2_host_neigh(&host, &asks[i].target, lab->e0));
	r2_host_free(&host);
}

static void silent(void **state)
{
	const struct lab *lab = *state;
	struct r2_ask asks[] = {
		question("192.0.2.99", "192.0.2.2"), question("192.0.2.98", NULL),
		question("192.0.2.1", "192.0.2.2"),  question("2001:db8::99", "2001:db8::2"),
		question("fe80::99", NULL),
	};
	int64_t took;

	asks[0].answered = true; /* from an earlier round: it must not count */
	took = ask(lab, asks, COUNT(asks), 3, 40);
	assert_true(took >= 3 * 40 && took < 3 * 40 + 2000);
	for (size_t i = 0; i < COUNT(asks); i++)
		assert_int_equal(asks[i].answered, i == 2);
	assert_gateway(&asks[2]);
}

/* Our own address is no neighbour's, whoever asks. */
static void ourselves(void **state)
{
	const struct lab *lab = *state;
	struct r2_ask asks[] = {question("192.0.2.2", NULL), question("2001:db8::2", NULL)};

	ask(lab, asks, COUNT(asks), 2, 30);
	assert_false(asks[0].answered || asks[1].answered);
}

static void many(void **state)
{
	const struct lab *lab = *state;
	struct r2_ask asks[254];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(asks); i++) {
		asks[i] = question("192.0.2.0", "192.0.2.2");
		asks[i].target.bytes[3] = (uint8_t)(i + 1);
	}
	ask(lab, asks, COUNT(asks), 2, 100);
	for (size_t i = 0; i < COUNT(asks); i++)
		n += asks[i].answered;
	assert_int_equal(n, 3);
	assert_gateway(&asks[0]);
	assert_gateway(&asks[10]);
	assert_gateway(&asks[11]);
}

static void nothing(void **state)
{
	const struct lab *lab = *state;

	assert_true(ask(lab, NULL, 0, 3, 10000) < 5000);
}

static void refused_there(const struct lab *lab, const struct r2_link *link, int native)
{
	struct r2_ask one = question("192.0.2.1", "192.0.2.2");
	struct r2_error err;

	assert_false(lab->os->ops->ask(lab->os, link, &one, 1, 1, 10, &err));
	assert_int_equal(err.kind, R2_FAILED);
	assert_int_equal(err.native, native);
	assert_non_null(strstr(err.what, link->name));
}

static void odd_links(void **state)
{
	const struct lab *lab = *state;
	struct r2_link lo = link_of(lab, "lo"), down = link_of(lab, E1), gone = down;

	refused_there(lab, &lo, 0);
	run("ip link set " E1 " down");
	refused_there(lab, &down, ENETDOWN);
	run("ip link delete " E1);
	refused_there(lab, &gone, ENODEV);
}

static void not_permitted(void **state)
{
	const struct lab *lab = *state;
	struct r2_link link = link_of(lab, E0);
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct r2_ask one = question("192.0.2.1", "192.0.2.2");
		struct r2_error err;

		/* In a user namespace below, our network is somebody else's. */
		if (unshare(CLONE_NEWUSER))
			_exit(77);
		_exit(lab->os->ops->ask(lab->os, &link, &one, 1, 1, 10, &err) ||
		      err.kind != R2_NOT_PERMITTED || !strstr(err.hint, "CAP_NET_RAW"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status == 77 << 8) {
		print_message("# no user namespace below this one\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		CASE(answered), CASE(silent),    CASE(ourselves),     CASE(many),
		CASE(nothing),  CASE(odd_links), CASE(not_permitted),
	};

	if (!lab_enter())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
