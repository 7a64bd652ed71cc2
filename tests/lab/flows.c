/* SPDX-License-Identifier: MIT */
/*
 * The kernel as judge of single flows: what the model of Linux says beside what the kernel says.
 *
 * Reads a flow from each line of standard input:
 *
 *   DST [src A] [oif NAME] [mark N] [tos N] [uid N] [proto N] [sport N] [dport N] [connect 1]
 *
 * and compares with RTM_GETROUTE for the same flow; or, with `connect`, with what a UDP socket
 * bound to the same says after connect(2): getsockname(2), or the error. Prints a line for each
 * flow that differs, and at the end `compared N, passed over M`: flows that cannot be made here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/select.h"
#include "core/source6.h"
#include "os/linux/decode.h"
#include "os/linux/linux.h"

#define ROOM 64

struct flows {
	struct r2_linux *lx;
	struct r2_host host;
	struct r2_model *model;
	unsigned long compared, passed;
};

struct line {
	struct r2_flow flow;
	char oif[R2_IFNAME];
	bool connect;
	bool gone; /* the interface is not there */
};

/* What one of the two says. */
struct said {
	int error;
	struct r2_ip source, gateway;
	uint32_t link;
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "flows: %s: %s\n", what, strerrordesc_np(errno));
	exit(1);
}

/* ---- a line ---- */

static bool take(struct flows *flows, struct line *line, const char *key, const char *value)
{
	struct r2_flow *flow = &line->flow;
	unsigned long number = strtoul(value, NULL, 0);

	if (strcmp(key, "src") == 0)
		return r2_ip_parse(value, &flow->src);
	if (strcmp(key, "oif") == 0) {
		const struct r2_link *link = r2_host_link_named(&flows->host, value);

		snprintf(line->oif, sizeof(line->oif), "%s", value);
		flow->oif = link ? link->index : 0;
		line->gone = !link;
		return true;
	}
	if (strcmp(key, "mark") == 0)
		flow->mark = (uint32_t)number;
	else if (strcmp(key, "tos") == 0)
		flow->tos = (uint8_t)number;
	else if (strcmp(key, "uid") == 0)
		flow->uid = (uint32_t)number;
	else if (strcmp(key, "proto") == 0)
		flow->ip_proto = (uint8_t)number;
	else if (strcmp(key, "sport") == 0)
		flow->sport = (uint16_t)number;
	else if (strcmp(key, "dport") == 0)
		flow->dport = (uint16_t)number;
	else if (strcmp(key, "connect") == 0)
		line->connect = true;
	else
		return false;
	return true;
}

static bool parse(struct flows *flows, char *text, struct line *ret)
{
	char *at = NULL, *word = strtok_r(text, " \n", &at), *value;

	*ret = (struct line){0};
	if (!word || !r2_ip_parse(word, &ret->flow.dst))
		return false;
	if (ret->flow.dst.family == R2_IPV4)
		ret->flow.ip_proto = IPPROTO_UDP; /* inet_rtm_getroute(), unless told otherwise */
	while ((word = strtok_r(NULL, " \n", &at))) {
		value = strtok_r(NULL, " \n", &at);
		if (!value || !take(flows, ret, word, value))
			return false;
	}
	return true;
}

/* ---- RTM_GETROUTE ---- */

struct reply {
	bool got;
	struct r2_route route;
	int error;
};

static bool on_reply(void *ctx, const struct nlmsghdr *nlh)
{
	struct reply *reply = ctx;

	if (nlh->nlmsg_type == RTM_NEWROUTE && r2_decode_route(nlh, &reply->route, &reply->error))
		reply->got = true;
	return true;
}

static void put_port(struct r2_nl_request *req, uint16_t type, uint16_t port)
{
	uint16_t network = htons(port);

	if (port)
		r2_nl_put(req, type, &network, sizeof(network));
}

static struct said ask_route(struct flows *flows, const struct r2_flow *flow)
{
	struct r2_nl_request req;
	struct rtmsg *rtm = r2_nl_begin(&req, RTM_GETROUTE, 0, sizeof(*rtm));
	struct reply reply = {0};
	struct said said = {0};

	rtm->rtm_family = r2_linux_af(&flow->dst);
	rtm->rtm_dst_len = (uint8_t)r2_ip_bits(&flow->dst);
	rtm->rtm_src_len = (uint8_t)r2_ip_bits(&flow->src);
	rtm->rtm_tos = flow->tos;
	r2_nl_put(&req, RTA_DST, flow->dst.bytes, r2_ip_bytes(&flow->dst));
	if (flow->src.family)
		r2_nl_put(&req, RTA_SRC, flow->src.bytes, r2_ip_bytes(&flow->src));
	if (flow->oif)
		r2_nl_put_u32(&req, RTA_OIF, flow->oif);
	if (flow->mark)
		r2_nl_put_u32(&req, RTA_MARK, flow->mark);
	r2_nl_put_u32(&req, RTA_UID, flow->uid);
	if (flow->ip_proto)
		r2_nl_put(&req, RTA_IP_PROTO, &flow->ip_proto, 1);
	put_port(&req, RTA_SPORT, flow->sport);
	put_port(&req, RTA_DPORT, flow->dport);
	said.error = r2_nl_call(&flows->lx->nl, &req, on_reply, &reply);
	if (!said.error)
		said.error = reply.got ? reply.error : EBADMSG;
	if (said.error)
		return (struct said){.error = said.error};
	said.source = reply.route.prefsrc;
	/* rt6_fill_node() tells the preferred source even if another is bound. */
	if (flow->src.family && (!said.source.family || flow->src.family == R2_IPV6))
		said.source = flow->src;
	said.gateway = reply.route.gateway;
	said.link = reply.route.link;
	return said;
}

/* ---- connect and getsockname ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t address_of(const struct r2_ip *ip, uint16_t port, uint32_t scope,
			    union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (ip->family == R2_IPV4) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons(port);
		memcpy(&ret->in.sin_addr, ip->bytes, 4);
		return sizeof(ret->in);
	}
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons(port);
	ret->in6.sin6_scope_id = scope;
	memcpy(&ret->in6.sin6_addr, ip->bytes, 16);
	return sizeof(ret->in6);
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("setsockopt");
}

/* inet_bind(): bound to a broadcast address, a socket has no source. */
static bool is_broadcast(const struct flows *flows, const struct r2_ip *ip)
{
	r2_each (const struct r2_route, route, &flows->host.routes) {
		if (route->type == R2_TYPE_BROADCAST && r2_prefix_contains(&route->dst, ip))
			return true;
	}
	return false;
}

/*
 * A connected socket of IPv6 speaks IPv4 to ::ffff:0:0/96, and needs an interface for what is of
 * the link. RTM_GETROUTE with both a source and an
 * interface takes the interface for a wish (ip6_route_output_flags_noref()), a socket does not.
 */
static bool is_other(const struct flows *flows, const struct line *line)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct r2_flow *flow = &line->flow;

	if (flow->dst.family != R2_IPV6)
		return line->connect && is_broadcast(flows, &flow->src);
	if (!line->connect)
		return flow->oif && flow->src.family;
	return memcmp(flow->dst.bytes, mapped, sizeof(mapped)) == 0 ||
	       (!flow->oif && (r2_ip_is_link_local(&flow->dst) || r2_ip_is_multicast(&flow->dst)));
}

/* Return: false if such a socket cannot be had here. */
static bool bind_as(int fd, const struct line *line)
{
	const struct r2_flow *flow = &line->flow;
	struct r2_ip none = {.family = flow->dst.family};
	union address at;
	socklen_t n =
		address_of(flow->src.family ? &flow->src : &none, flow->sport, flow->oif, &at);

	set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_MARK, (int)flow->mark);
	if (flow->dst.family == R2_IPV4)
		set(fd, IPPROTO_IP, IP_TOS, flow->tos);
	else
		set(fd, IPPROTO_IPV6, IPV6_TCLASS, flow->tos);
	if (line->oif[0] &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, line->oif, (socklen_t)strlen(line->oif)))
		die("SO_BINDTODEVICE");
	return (!flow->src.family && !flow->sport) || bind(fd, &at.any, n) == 0;
}

/* Return: false if such a flow cannot be had here. */
static bool ask_socket(const struct line *line, struct said *ret)
{
	const struct r2_flow *flow = &line->flow;
	int fd = socket(r2_linux_af(&flow->dst), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union address at;
	socklen_t n = address_of(&flow->dst, flow->dport, flow->oif, &at);
	bool bound;

	if (fd < 0)
		die("socket");
	*ret = (struct said){0};
	bound = bind_as(fd, line);
	if (bound && connect(fd, &at.any, n))
		ret->error = errno;
	n = sizeof(at);
	if (bound && !ret->error && getsockname(fd, &at.any, &n))
		die("getsockname");
	close(fd);
	if (flow->dst.family == R2_IPV4)
		ret->source = r2_ip_make(R2_IPV4, &at.in.sin_addr);
	else
		ret->source = r2_ip_make(R2_IPV6, &at.in6.sin6_addr);
	return bound;
}

/* ---- the model ---- */

/* Told step by step, it is the same answer. */
static void check_explained(struct flows *flows, const struct r2_flow *flow,
			    const struct r2_pick *picks, size_t n)
{
	struct r2_pick told[ROOM];
	r2_steps steps = {0};
	char text[R2_IP_TEXT];
	bool same;

	same = r2_model_choose(flows->model, flow, told, ROOM, &steps) == n || n == ROOM;
	for (size_t i = 0; same && i < n; i++)
		same = told[i].error == picks[i].error && told[i].link == picks[i].link &&
		       r2_ip_equal(&told[i].source, &picks[i].source) &&
		       r2_ip_equal(&told[i].gateway, &picks[i].gateway);
	r2_list_free(&steps);
	if (!same)
		printf("%s; with steps the model says something else\n",
		       r2_ip_format(&flow->dst, text));
}

static size_t model_route(struct flows *flows, const struct r2_flow *flow, struct said *ret,
			  const char **ret_not_modelled)
{
	struct r2_pick picks[ROOM];
	size_t n = r2_model_choose(flows->model, flow, picks, ROOM, NULL);

	n = n < ROOM ? n : ROOM;
	check_explained(flows, flow, picks, n);
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct said){.error = picks[i].error};
		if (picks[i].not_modelled)
			*ret_not_modelled = picks[i].not_modelled;
		if (picks[i].error)
			continue;
		ret[i].source = picks[i].source;
		ret[i].gateway = picks[i].gateway;
		ret[i].link = picks[i].link;
	}
	return n;
}

/* Answers of the model, and the room for them. */
struct answers {
	struct said at[ROOM * ROOM];
	size_t n;
	const char *not_modelled;
};

static void add(struct answers *answers, const struct said *said)
{
	if (answers->n < ROOM * ROOM)
		answers->at[answers->n++] = *said;
}

/* @flow with the source @src; the answers are from there. */
static void add_again(struct flows *flows, const struct r2_flow *flow, const struct r2_ip *src,
		      struct answers *answers)
{
	struct r2_flow again = *flow;
	struct said said[ROOM];
	size_t n;

	again.src = *src;
	n = model_route(flows, &again, said, &answers->not_modelled);
	for (size_t i = 0; i < n; i++) {
		if (!said[i].error)
			said[i].source = *src;
		add(answers, &said[i]);
	}
}

/* ip_route_connect(): IPv4 asks again with the source that it found. */
static void connect4(struct flows *flows, const struct r2_flow *flow, const struct said *first,
		     struct answers *answers)
{
	if (!first->error && first->source.family)
		add_again(flows, flow, &first->source, answers);
	else
		add(answers, first);
}

/*
 * ip6_dst_lookup_tail(): no source is an error; after a refusal IPv6 asks again with the best
 * source of all. (Whether home addresses count depends on how the kernel was built.)
 */
static void connect6(struct flows *flows, const struct r2_flow *flow, const struct said *first,
		     struct answers *answers)
{
	const struct said no_source = {.error = EADDRNOTAVAIL};

	if (!first->error) {
		add(answers, first->source.family ? first : &no_source);
		return;
	}
	for (int home = 0; home < 2; home++) {
		const struct r2_addr *addr = r2_source6(&flows->host, 0, &flow->dst, home, NULL);

		if (addr)
			add_again(flows, flow, &addr->ip, answers);
		else
			add(answers, first);
	}
}

static void model_socket(struct flows *flows, const struct r2_flow *flow, struct answers *answers)
{
	struct said first[ROOM];
	size_t n = model_route(flows, flow, first, &answers->not_modelled);

	for (size_t i = 0; i < n; i++) {
		if (flow->src.family)
			add(answers, &first[i]);
		else if (flow->dst.family == R2_IPV4)
			connect4(flows, flow, &first[i], answers);
		else
			connect6(flows, flow, &first[i], answers);
	}
}

/* ---- both ---- */

static bool same(const struct said *a, const struct said *b, bool only_source)
{
	if (a->error || b->error)
		return a->error == b->error;
	if (only_source && r2_ip_is_unspecified(&a->source) && r2_ip_is_unspecified(&b->source))
		return true;
	return r2_ip_equal(&a->source, &b->source) &&
	       (only_source || (a->link == b->link && r2_ip_equal(&a->gateway, &b->gateway)));
}

static void print_said(const char *who, const struct said *said)
{
	char source[R2_IP_TEXT], gateway[R2_IP_TEXT], number[16];

	if (said->error)
		printf("; %s %s", who, r2_errno_name(said->error, number));
	else
		printf("; %s %s via %s dev %u", who, r2_ip_format(&said->source, source),
		       r2_ip_format(&said->gateway, gateway), said->link);
}

static void judge(struct flows *flows, const char *text, const struct line *line)
{
	static struct answers model;
	struct said kernel;
	bool agree = false;

	model.n = 0;
	model.not_modelled = NULL;
	if (line->gone || is_other(flows, line) || (line->connect && !ask_socket(line, &kernel))) {
		flows->passed++;
		return;
	}
	if (line->connect) {
		model_socket(flows, &line->flow, &model);
	} else {
		kernel = ask_route(flows, &line->flow);
		model.n = model_route(flows, &line->flow, model.at, &model.not_modelled);
	}
	flows->compared++;
	for (size_t i = 0; i < model.n && !agree; i++)
		agree = same(&model.at[i], &kernel, line->connect);
	if (agree || model.not_modelled)
		return;
	printf("%.*s", (int)strcspn(text, "\n"), text);
	print_said("kernel", &kernel);
	for (size_t i = 0; i < model.n; i++)
		print_said("model", &model.at[i]);
	putchar('\n');
}

int main(void)
{
	struct r2_query query = {.parts = R2_PART_ALL};
	struct flows flows = {0};
	struct r2_error err;
	struct r2_os *os = r2_linux_open(NULL, &err);
	char *text = NULL;
	size_t room = 0;

	if (!os || !os->ops->snapshot(os, &query, &flows.host, &err)) {
		fprintf(stderr, "flows: %s\n", err.what);
		return 1;
	}
	flows.lx = r2_linux_of(os);
	flows.model = r2_model_new(&flows.host, R2_RULES_LINUX);
	while (flows.model && getline(&text, &room, stdin) >= 0) {
		char *copy = strdup(text);
		struct line line;

		if (!copy)
			die("strdup");
		if (parse(&flows, text, &line))
			judge(&flows, copy, &line);
		else
			fprintf(stderr, "flows: not understood: %s", copy);
		free(copy);
	}
	printf("compared %lu, passed over %lu\n", flows.compared, flows.passed);
	free(text);
	r2_model_free(flows.model);
	r2_host_free(&flows.host);
	os->ops->close(os);
	return 0;
}
