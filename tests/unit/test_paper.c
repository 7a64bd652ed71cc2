/* SPDX-License-Identifier: MIT */
/* Hosts on paper: what ip and PowerShell write, what route2 writes, and faults with their place. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paper/paper.h"
#include "written.h"

static bool take_bytes(const char *text, size_t n, struct r2_host *ret, struct r2_notes *notes,
		       struct r2_error *err)
{
	char *copy = malloc(n + 1);

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	return r2_paper_take("x.json", copy, n, ret, notes, err);
}

static struct r2_host take(const char *text)
{
	char said[R2_ERROR_TEXT];
	struct r2_host host;
	struct r2_error err;

	if (!take_bytes(text, strlen(text), &host, NULL, &err))
		fail_msg("%s", r2_error_format(&err, said, sizeof(said)));
	return host;
}

/* What it is refused with; @text stays as it is. */
static void refused(const char *text, const char *what)
{
	struct r2_host host;
	struct r2_error err;

	if (take_bytes(text, strlen(text), &host, NULL, &err))
		fail_msg("was read: %s", text);
	assert_string_equal(err.what, what);
	assert_int_equal(err.kind, R2_FAILED);
}

static char *write_host(const struct r2_host *host)
{
	size_t n;
	char *text = written(host, &n);

	assert_non_null(text);
	return text;
}

/* Read, written and read again: the second text is the first. */
static void assert_round(const char *text)
{
	struct r2_host first = take(text), second;
	char *once = write_host(&first), *twice;

	second = take(once);
	twice = write_host(&second);
	assert_string_equal(once, twice);
	r2_host_free(&first);
	r2_host_free(&second);
	free(once);
	free(twice);
}

/* A snapshot around @lists, with the interface e0. */
#define SNAPSHOT(lists)                                                                            \
	"{\"route2_snapshot\":1,\"system\":\"linux\",\"rules\":[],"                                \
	"\"links\":[{\"ifindex\":2,\"ifname\":\"e0\",\"flags\":[\"UP\"]}]," lists "}"

static void what_ip_addr_writes(void **state)
{
	struct r2_host host = take(SNAPSHOT(
		"\"addresses\":["
		"{\"dev\":\"e0\",\"local\":\"10.0.0.1\",\"prefixlen\":24,\"scope\":\"site\","
		"\"secondary\":true,\"broadcast\":\"10.0.0.255\"},"
		"{\"dev\":\"e0\",\"local\":\"10.9.0.1\",\"address\":\"10.9.0.2\","
		"\"prefixlen\":32},"
		"{\"dev\":\"e0\",\"local\":\"2001:db8::1\",\"prefixlen\":64,"
		"\"optimistic\":true,\"tentative\":true,\"deprecated\":null}]"));
	const struct r2_addr *addrs = host.addrs.at;

	(void)state;
	assert_int_equal(host.addrs.n, 3);
	assert_int_equal(addrs[0].scope, R2_SCOPE_SITE);
	assert_int_equal(addrs[0].flags, R2_ADDR_SECONDARY);
	assert_int_equal(addrs[0].link, 2);
	assert_true(r2_ip_equal(&addrs[1].subnet.addr, &(struct r2_ip){4, {10, 9, 0, 2}}));
	assert_int_equal(addrs[2].flags, R2_ADDR_OPTIMISTIC | R2_ADDR_DEPRECATED);
	r2_host_free(&host);
}

static void what_ip_route_writes(void **state)
{
	struct r2_host host = take(SNAPSHOT(
		"\"routes\":["
		"{\"dst\":\"default\",\"via\":{\"family\":\"inet6\",\"host\":\"fe80::1\"},"
		"\"dev\":\"e0\",\"family\":\"inet\",\"flags\":[\"onlink\",\"offload\"]},"
		"{\"type\":\"blackhole\",\"dst\":\"10.3.0.0/"
		"16\",\"table\":\"77\",\"tos\":\"0x08\"},"
		"{\"dst\":\"default\",\"dev\":\"e0\",\"metric\":1024,\"pref\":\"low\"},"
		/* ip writes the tunnel's destination as a second dst */
		"{\"dst\":\"10.7.0.0/16\",\"encap\":\"ip\",\"id\":5,\"dst\":\"1.1.1.1\",\"tos\":9,"
		"\"dev\":\"e0\"},"
		"{\"dst\":\"10.2.0.0/16\",\"nexthops\":[{\"gateway\":\"10.0.0.9\",\"dev\":\"e0\","
		"\"weight\":3},{\"dev\":\"e0\",\"weight\":1}]}]"));
	const struct r2_route *routes = host.routes.at;

	(void)state;
	assert_int_equal(host.routes.n, 5);
	assert_int_equal(routes[0].gateway.family, R2_IPV6);
	assert_int_equal(routes[0].dst.addr.family, R2_IPV4);
	assert_int_equal(routes[0].flags, R2_ROUTE_ONLINK);
	assert_int_equal(routes[1].type, R2_TYPE_BLACKHOLE);
	assert_int_equal(routes[1].table, 77);
	assert_int_equal(routes[1].tos, 8);
	assert_int_equal(routes[2].dst.addr.family, R2_IPV6);
	assert_int_equal(routes[2].pref, 3);
	assert_int_equal(routes[3].dst.addr.bytes[1], 7);
	assert_int_equal(routes[3].tos, 0);
	assert_int_equal(routes[3].flags, R2_ROUTE_ENCAP | R2_ROUTE_OPAQUE);
	assert_int_equal(routes[4].hops, 2);
	assert_int_equal(host.hops.at[0].weight, 3);
	assert_int_equal(routes[4].link, 2);
	r2_host_free(&host);
}

static void what_ip_rule_writes(void **state)
{
	struct r2_host host = take(
		"{\"route2_snapshot\":1,\"system\":\"linux\",\"links\":[],\"rules\":["
		"{\"priority\":50,\"not\":null,\"src\":\"all\",\"fwmark\":\"0x1\",\"goto\":200},"
		"{\"priority\":100,\"src\":\"10.0.0.0\",\"srclen\":8,\"dst\":\"1.2.3.4\","
		"\"iif\":\"lo\",\"oif\":\"e1\",\"fwmark\":\"0x1\",\"fwmask\":\"0xff\","
		"\"uid_start\":5,\"uid_end\":9,\"ipproto\":\"ipproto-6\",\"sport\":80,"
		"\"dport_start\":100,\"dport_end\":200,\"table\":\"77\","
		"\"suppress_prefixlen\":3},"
		"{\"priority\":200,\"src\":\"all\",\"action\":\"unreachable\"},"
		"{\"priority\":201,\"src\":\"all\",\"iif\":\"lo\",\"table\":\"main\"}]}");
	const struct r2_rule *rules = host.rules.at;

	(void)state;
	assert_int_equal(host.rules.n, 4);
	assert_int_equal(rules[0].action, R2_ACTION_GOTO);
	assert_int_equal(rules[0].goto_priority, 200);
	assert_int_equal(rules[0].mask, UINT32_MAX);
	assert_int_equal(rules[0].select, R2_SELECT_INVERT);
	assert_int_equal(rules[1].from.len, 8);
	assert_int_equal(rules[1].to.len, 32);
	assert_int_equal(rules[1].mask, 0xff);
	assert_int_equal(rules[1].ip_proto, 6);
	assert_int_equal(rules[1].sport[1], 80);
	assert_int_equal(rules[1].dport[1], 200);
	assert_int_equal(rules[1].uid_high, 9);
	assert_int_equal(rules[1].suppress_length, 3);
	assert_int_equal(rules[1].suppress_group, -1);
	assert_int_equal(rules[1].flags, R2_RULE_TO_TABLE | R2_RULE_CONDITIONAL);
	assert_int_equal(rules[2].action, R2_ACTION_UNREACHABLE);
	assert_int_equal(rules[3].flags, R2_RULE_TO_TABLE);
	r2_host_free(&host);
}

static const char powershell[] =
	"{\"IPAddress\":\"fe80::1%12\",\"InterfaceIndex\":12,\"InterfaceAlias\":\"Büro\","
	"\"PrefixLength\":64,\"AddressState\":\"Preferred\",\"SuffixOrigin\":\"Random\","
	"\"SkipAsSource\":true,\"CimClass\":{\"CimSuperClass\":[{\"a\":\"]}\"}]}}";

/* Numbers or names; one object without a list; a wrapper; any of the encodings. */
static void what_powershell_writes(void **state)
{
	static const char bom[] = "\xef\xbb\xbf[";
	static const char utf16[] = "\xff\xfe[\0{\0\"\0\x3d\xd8\x00\xde\"\0";
	struct r2_host host;
	struct r2_error err;

	(void)state;
	refused(powershell, "x.json holds no routes"); /* all else was understood */
	assert_false(take_bytes(bom, sizeof(bom) - 1, &host, NULL, &err));
	assert_string_equal(err.what, "x.json:1:2: the text ends in the middle of a value");
	assert_false(take_bytes(utf16, sizeof(utf16) - 1, &host, NULL, &err));
	assert_string_equal(err.what, "x.json:1:9: the text ends in the middle of a value");
	refused("{\"value\":[{\"IPAddress\":\"1.2.3.4\",\"PrefixLength\":33,"
		"\"InterfaceIndex\":1}],\"Count\":1}",
		"x.json:1:11: \"PrefixLength\" is 33, but at most 32 is possible");
	refused("[{\"IPAddress\":\"1.2.3.4\",\"PrefixLength\":3,\"InterfaceIndex\":1,"
		"\"AddressState\":\"Odd\"}]",
		"x.json:1:2: \"AddressState\" is \"Odd\", which is not known");
	refused("[{\"DestinationPrefix\":\"::/0\",\"NextHop\":\"1.2.3.4\",\"ifIndex\":3}]",
		"x.json:1:2: \"DestinationPrefix\" and \"NextHop\" are of two families");
	refused("[{\"IPAddress\":\"1.2.3.4\",\"LinkLayerAddress\":\"xx\",\"InterfaceIndex\":1}]",
		"x.json:1:2: \"LinkLayerAddress\" is \"xx\", not a link-layer address");
	refused("[{\"InterfaceMetric\":5,\"InterfaceAlias\":\"a\"}]",
		"x.json:1:2: \"InterfaceIndex\" is missing");
}

static void a_snapshot_comes_back(void **state)
{
	(void)state;
	assert_round(SNAPSHOT(
		"\"settings\":[\"ipv6/forwarding\"],"
		"\"neighbours\":[{\"dst\":\"10.0.0.9\",\"dev\":\"e0\",\"lladdr\":\"02:00:00:00:00:"
		"09\","
		"\"state\":[\"PERMANENT\"],\"protocol\":\"route2\"}],"
		"\"nexthops\":[{\"id\":1,\"gateway\":\"10.0.0.7\",\"dev\":\"e0\"},"
		"{\"id\":2,\"blackhole\":null},{\"id\":4,\"group\":[{\"id\":1},{\"id\":2,"
		"\"weight\":2}]}],"
		"\"labels\":[{\"address\":\"2001::\",\"prefixlen\":32,\"label\":6}],"
		"\"routes\":[{\"dst\":\"10.4.0.0/16\",\"nhid\":4},{\"dst\":\"10.2.0.0/16\","
		"\"nexthops\":[{\"via\":{\"family\":\"inet6\",\"addr\":\"fe80::1\"},\"dev\":\"e0\","
		"\"weight\":256},{\"dev\":\"e0\"}]},{\"dst\":\"default\",\"family\":\"inet6\","
		"\"type\":\"prohibit\",\"scope\":\"7\",\"protocol\":\"77\",\"metric\":4294967295}],"
		"\"addresses\":[{\"dev\":\"e0\",\"local\":\"10.0.0.1\",\"prefixlen\":24}]"));
	assert_round("{\"rules\":[{\"priority\":1,\"family\":\"inet6\",\"dscp\":5,\"table\":\"9\","
		     "\"suppress_ifgroup\":\"default\"},{\"priority\":2,\"nop\":null}],"
		     "\"system\":\"windows\",\"of\":\"a later version\",\"route2_snapshot\":1}");
}

static void faults_have_a_place(void **state)
{
	static const struct {
		const char *text, *what;
	} faults[] = {
		{"", "x.json is empty"},
		{" \n", "x.json is empty"},
		{"x", "x.json:1:1: this is no JSON list or object"},
		{"[\n{\"dst\":", "x.json:2:8: the text ends in the middle of a value"},
		{"[\n{]", "x.json:2:2: ']' where '}' is due"},
		{"[]]", "x.json:1:3: the JSON value ends before this"},
		{"[{}]", "x.json:1:2: this is no output that route2 knows"},
		{"[7]", "x.json:1:2: an object in braces is due here"},
		{"[]", "x.json holds no interfaces"},
		{"{\"route2_snapshot\":2}", "x.json:1:1: a snapshot of version 2"},
		{"{\"route2_snapshot\":1}",
		 "x.json:1:1: \"system\" is neither \"linux\" nor \"windows\""},
		{SNAPSHOT("\"routes\":7"), "x.json:1:112: a list in brackets is due here"},
		{SNAPSHOT("\"routes\":[{\"dst\":1}]"), "x.json:1:113: \"dst\" is not a string"},
		{SNAPSHOT("\"routes\":[\n{\"dst\":\"1.0.0.0/8\"},\n{\"dst\":\"1.0.0.0/8\","
			  "\"dev\":\"x\"}]"),
		 "x.json:3:1: \"dev\" is \"x\", but there is no such interface"},
		{SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.0/8\",\"metric\":-1}]"),
		 "x.json:1:113: \"metric\" is not a whole number of 0 or more"},
		{SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.0/8\",\"metric\":4294967296}]"),
		 "x.json:1:113: \"metric\" is 4294967296, but at most 4294967295 is possible"},
		{SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.0/8\",\"table\":\"blue\"}]"),
		 "x.json:1:113: \"table\" is \"blue\", not a number"},
		{SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.1/8\"}]"),
		 "x.json:1:113: \"dst\" is \"1.0.0.1/8\", not a prefix"},
		{SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.0/8\",\"prefsrc\":\"::1\"}]"),
		 "x.json:1:113: \"dst\" and \"prefsrc\" are of two families"},
		{SNAPSHOT("\"routes\":[{\"dev\":\"e0\"}]"), "x.json:1:113: a route needs \"dst\""},
		{SNAPSHOT("\"links\":[{\"ifindex\":2,\"ifname\":\"e1\"}]"),
		 "x.json:1:112: \"ifindex\" 2 is another interface's"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++)
		refused(faults[i].text, faults[i].what);
}

/* Cut anywhere: refused, every time. */
static void a_cut_snapshot_is_refused(void **state)
{
	static const char whole[] = SNAPSHOT("\"routes\":[{\"dst\":\"1.0.0.0/8\",\"dev\":\"e0\"}]");

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		struct r2_host host;
		struct r2_error err;

		assert_false(take_bytes(whole, n, &host, NULL, &err));
		assert_non_null(strstr(err.what, "x.json"));
	}
}

static size_t count_routes(const struct r2_host *host, uint32_t table, uint8_t type)
{
	size_t n = 0;

	r2_each (const struct r2_route, route, &host->routes)
		n += route->table == table && route->type == type;
	return n;
}

/* Without rules and table local, those that the kernel makes, and a note for each. */
static void what_is_missing_is_made(void **state)
{
	static const char text[] =
		"{\"route2_snapshot\":1,\"system\":\"linux\","
		"\"links\":[{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"UP\",\"LOOPBACK\"]},"
		"{\"ifindex\":2,\"ifname\":\"e0\",\"flags\":[\"UP\"]}],"
		"\"addresses\":[{\"dev\":\"lo\",\"local\":\"127.0.0.1\",\"prefixlen\":8},"
		"{\"dev\":\"e0\",\"local\":\"10.0.0.1\",\"prefixlen\":24},"
		"{\"dev\":\"e0\",\"local\":\"10.0.0.2\",\"prefixlen\":24,\"secondary\":true},"
		"{\"dev\":\"e0\",\"local\":\"2001:db8::1\",\"prefixlen\":64}],"
		"\"routes\":[{\"dst\":\"10.0.0.0/24\",\"dev\":\"e0\"}]}";
	struct r2_notes notes = {0};
	struct r2_host host;
	struct r2_error err;

	(void)state;
	assert_true(take_bytes(text, strlen(text), &host, &notes, &err));
	assert_int_equal(notes.n, 4);
	assert_int_equal(host.rules.n, 5);
	/* three addresses and 127/8, one of IPv6; two broadcasts and one again; ff00::/8 of e0 */
	assert_int_equal(count_routes(&host, R2_LOCAL_TABLE, R2_TYPE_LOCAL), 5);
	assert_int_equal(count_routes(&host, R2_LOCAL_TABLE, R2_TYPE_BROADCAST), 3);
	assert_int_equal(count_routes(&host, R2_LOCAL_TABLE, R2_TYPE_MULTICAST), 1);
	r2_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ip_addr_writes),
		cmocka_unit_test(what_ip_route_writes),
		cmocka_unit_test(what_ip_rule_writes),
		cmocka_unit_test(what_powershell_writes),
		cmocka_unit_test(a_snapshot_comes_back),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(a_cut_snapshot_is_refused),
		cmocka_unit_test(what_is_missing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
