/* SPDX-License-Identifier: MIT */
#include "winhost.h"

#include <string.h>

#include "core/describe.h"
#include "os/fake/fake.h"
#include "reading.h"
#include "unit.h"
#include "world.h"
/* e0 has @addrs, all of one /24, and a default route by @gateway. */
struct r2_host windows_host(const char *addrs, const char *gateway)
{
	struct r2_host host = {.system = R2_SYSTEM_WINDOWS, .flags = R2_HOST_NO_RULES};
	struct r2_link link = {
		.index = E0, .flags = R2_LINK_UP | R2_LINK_CARRIER, .name = "e0", .metric4 = 25};
	struct r2_route by_default = world_route("0.0.0.0/0", gateway, NULL, E0, 4);
	struct r2_route onlink = {.link = E0,
				  .table = R2_MAIN_TABLE,
				  .protocol = R2_PROTO_KERNEL,
				  .type = R2_TYPE_UNICAST,
				  .metric = 256};

	assert_true(r2_list_push(&host.links, &link));
	for (size_t len; *addrs; addrs += len + (addrs[len] == ' ')) {
		char text[R2_IP_TEXT] = "";
		struct r2_addr addr = {.link = E0};

		len = strcspn(addrs, " ");
		memcpy(text, addrs, len);
		addr.ip = ip(text);
		addr.subnet = (struct r2_prefix){addr.ip, 24};
		addr.broadcast = r2_ip_fill(&addr.ip, 24);
		assert_true(r2_list_push(&host.addrs, &addr));
		onlink.dst = (struct r2_prefix){r2_ip_mask(&addr.ip, 24), 24};
	}
	assert_true(r2_list_push(&host.routes, &onlink));
	assert_true(r2_list_push(&host.routes, &by_default));
	return host;
}

struct r2_os *open_windows(const struct r2_host *host, const char *gateway)
{
	struct r2_host copy = copy_of(host);
	struct r2_os *os = r2_fake_open(&copy);
	struct r2_ip who = ip(gateway);
	struct r2_mac mac = world_mac(&who);

	assert_non_null(os);
	assert_true(r2_fake_answer(os, &who, &mac));
	return os;
}

bool run_line(struct r2_os *os, const char *line, struct r2_change *change, struct r2_error *err)
{
	static const char *const verbs[] = {"add ", "replace ", "del "};
	struct r2_change_options how = {.tries = 2, .timeout_ms = 1};
	struct r2_intent intent;
	size_t verb = 0;

	while (strncmp(line, verbs[verb], strlen(verbs[verb])) != 0)
		assert_true(++verb < COUNT(verbs));
	intent = must_read(line + strlen(verbs[verb]));
	how.replace = verb == 1;
	return verb == 2 ? r2_change_del(os, &intent, &how, change, err)
			 : r2_change_add(os, &intent, &how, change, err);
}

void must_run(struct r2_os *os, const char *line)
{
	struct r2_change change = {0};
	struct r2_error err;

	if (!run_line(os, line, &change, &err))
		fail_msg("%s: %s; %s", line, err.what, err.hint);
	r2_change_free(&change);
}

void must_refuse(struct r2_os *os, const char *line, const char *words)
{
	struct r2_host before = copy_of(r2_fake_host(os));
	struct r2_change change = {0};
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	assert_false(run_line(os, line, &change, &err));
	r2_error_format(&err, text, sizeof(text));
	if (!strstr(text, words))
		fail_msg("%s: %s", line, text);
	assert_same(&before, r2_fake_host(os), line);
	r2_change_free(&change);
	r2_host_free(&before);
}

uint32_t flags_of(struct r2_os *os, const char *address)
{
	struct r2_ip wanted = ip(address);
	const struct r2_addr *addr = r2_host_addr(r2_fake_host(os), &wanted, E0);

	assert_non_null(addr);
	return addr->flags;
}

void must_send_from(struct r2_os *os, const char *dst, const char *src)
{
	struct r2_ip to = ip(dst), from = ip(src);
	struct r2_answer answer;
	struct r2_error err;
	char text[R2_IP_TEXT];

	assert_true(os->ops->lookup(os, &to, NULL, &answer, &err));
	if (!r2_ip_equal(&answer.source, &from))
		fail_msg("%s is sent to from %s", dst, r2_ip_format(&answer.source, text));
}

/* The line that `show` has for @dst. */
void must_show(struct r2_os *os, const char *dst, const char *words)
{
	const struct r2_host *host = r2_fake_host(os);
	struct r2_prefix wanted = prefix(dst);
	struct r2_book book = {0};
	char text[R2_LINE_TEXT];
	struct r2_line line;
	bool found = false;

	assert_true(r2_book_read(host, &book));
	r2_each (const struct r2_route, route, &host->routes) {
		if (!r2_route_is_ours(route) || !r2_prefix_equal(&route->dst, &wanted))
			continue;
		r2_describe(host, &book, route, &line);
		r2_line_format(&line, NULL, text);
		if (!strstr(text, words))
			fail_msg("%s, not %s", text, words);
		found = true;
	}
	assert_true(found);
	r2_book_free(&book);
}
