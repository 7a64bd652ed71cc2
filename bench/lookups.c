/* SPDX-License-Identifier: MIT */
/*
 * How many verdicts a second: the model of this host against the kernel itself, alternating.
 *
 *   lookups FAMILY ROUTES GATEWAY SEED RUNS
 *
 * Fills table main of the network namespace it is in with random routes by GATEWAY, takes a
 * snapshot, and asks both about the same addresses, each inside one of the routes. Prints one line
 * a run: seconds of the kernel (RTM_GETROUTE, 32 to a send), seconds of the model, addresses asked,
 * and of how many the two said something else.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/select.h"
#include "os/linux/decode.h"
#include "os/linux/linux.h"

#define BATCH 32     /* replies of so many fit an unprivileged socket's buffer */
#define ADDRS 200000 /* asked in a run */
#define WHOLE 64     /* room for one request */

struct bench {
	struct r2_linux *lx;
	enum r2_family family;
	uint64_t random;
	struct r2_prefix *prefixes;
	size_t routes;
	struct r2_ip *addrs;
	struct r2_ip *sources, *gateways; /* the kernel's answers */
};

/* splitmix64 (public domain, Steele, Lea, Flood 2014). */
static uint64_t draw(struct bench *bench)
{
	uint64_t z = bench->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "lookups: %s: %s\n", what, strerrordesc_np(errno));
	exit(1);
}

/* An address of global unicast space, any bits below. */
static struct r2_ip draw_ip(struct bench *bench)
{
	uint8_t bytes[16];
	uint64_t high = draw(bench), low = draw(bench);

	memcpy(bytes, &high, 8);
	memcpy(bytes + 8, &low, 8);
	if (bench->family == R2_IPV4) {
		bytes[0] = (uint8_t)(20 + bytes[0] % 80); /* 20.0.0.0 .. 99.255.255.255 */
	} else {
		bytes[0] = 0x26;
		bytes[1] &= 0x0f;
	}
	return r2_ip_make(bench->family, bytes);
}

static struct r2_prefix draw_prefix(struct bench *bench)
{
	struct r2_ip ip = draw_ip(bench);
	unsigned len = (bench->family == R2_IPV4 ? 16 : 32) + (unsigned)(draw(bench) % 17);

	if (bench->family == R2_IPV6)
		len += (unsigned)(draw(bench) % 2) * 16;
	return (struct r2_prefix){r2_ip_mask(&ip, len), (uint8_t)len};
}

/* An address inside one of the routes. */
static struct r2_ip draw_inside(struct bench *bench)
{
	const struct r2_prefix *prefix = &bench->prefixes[draw(bench) % bench->routes];
	struct r2_ip ip = draw_ip(bench), kept = r2_ip_mask(&ip, prefix->len);

	for (size_t i = 0; i < r2_ip_bytes(&ip); i++)
		ip.bytes[i] = (uint8_t)((ip.bytes[i] ^ kept.bytes[i]) | prefix->addr.bytes[i]);
	return ip;
}

/* Send @n requests that lie in @mem one behind the other. */
static void send_all(struct bench *bench, const void *mem, size_t len)
{
	if (mnl_socket_sendto(bench->lx->nl.sock, mem, len) < 0)
		die("send");
}

/* Read until the answer or acknowledgement to @last has come. */
static void receive_to(struct bench *bench, uint32_t last, uint32_t first, struct r2_ip *sources,
		       struct r2_ip *gateways)
{
	for (bool done = false; !done;) {
		ssize_t n = r2_nl_receive(&bench->lx->nl, 0);
		const uint8_t *at = bench->lx->nl.buf;
		size_t left = (size_t)n;
		const struct nlmsghdr *nlh;
		struct r2_route route;

		if (n < 0)
			die("receive");
		while ((nlh = r2_nl_message(&at, &left))) {
			if (nlh->nlmsg_type == RTM_NEWROUTE && sources &&
			    r2_decode_route(nlh, &route, NULL)) {
				sources[nlh->nlmsg_seq - first] = route.prefsrc;
				gateways[nlh->nlmsg_seq - first] = route.gateway;
			}
			done |= nlh->nlmsg_seq == last;
		}
	}
}

static void add_routes(struct bench *bench, const struct r2_ip *gateway)
{
	static uint8_t mem[BATCH * 2 * WHOLE];
	size_t used = 0;

	for (size_t i = 0; i < bench->routes; i++) {
		bool last = i % BATCH == BATCH - 1 || i + 1 == bench->routes;
		struct r2_route route = {.dst = bench->prefixes[i] = draw_prefix(bench),
					 .gateway = *gateway,
					 .table = R2_MAIN_TABLE,
					 .metric = 1024,
					 .type = R2_TYPE_UNICAST};
		struct r2_nl_request req;

		r2_linux_route_request(&req, RTM_NEWROUTE, NLM_F_CREATE, &route);
		if (last)
			req.nlh->nlmsg_flags |= NLM_F_ACK;
		else
			req.nlh->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		req.nlh->nlmsg_seq = (uint32_t)i + 1;
		memcpy(mem + used, req.nlh, req.nlh->nlmsg_len);
		used += NLMSG_ALIGN(req.nlh->nlmsg_len);
		if (last) {
			send_all(bench, mem, used);
			receive_to(bench, (uint32_t)i + 1, 0, NULL, NULL);
			used = 0;
		}
	}
}

/* The kernel, as fast as one can ask it: the requests are made beforehand. */
static double ask_kernel(struct bench *bench)
{
	static uint8_t mem[ADDRS][WHOLE];
	size_t size = 0;
	double begin;

	for (size_t i = 0; i < ADDRS; i++) {
		struct r2_nl_request req;
		struct rtmsg *rtm =
			r2_nl_begin_in(&req, mem[i], WHOLE, RTM_GETROUTE, 0, sizeof(*rtm));

		rtm->rtm_family = r2_linux_af(&bench->addrs[i]);
		rtm->rtm_dst_len = (uint8_t)r2_ip_bits(&bench->addrs[i]);
		r2_nl_put(&req, RTA_DST, bench->addrs[i].bytes, r2_ip_bytes(&bench->addrs[i]));
		req.nlh->nlmsg_seq = (uint32_t)i + 1;
		size = req.nlh->nlmsg_len;
	}
	for (size_t i = 1; i < ADDRS; i++) /* one behind the other */
		memmove((uint8_t *)mem + i * size, mem[i], size);
	begin = now();
	for (size_t i = 0; i < ADDRS; i += BATCH) {
		send_all(bench, (uint8_t *)mem + i * size, BATCH * size);
		receive_to(bench, (uint32_t)(i + BATCH), 1, bench->sources, bench->gateways);
	}
	return now() - begin;
}

static double ask_model(struct bench *bench, const struct r2_model *model, size_t *ret_differ)
{
	double begin = now();

	*ret_differ = 0;
	for (size_t i = 0; i < ADDRS; i++) {
		struct r2_flow flow = {.dst = bench->addrs[i]};
		struct r2_pick choice = {0};

		r2_model_choose(model, &flow, &choice, 1, NULL);
		*ret_differ += !r2_ip_equal(&choice.source, &bench->sources[i]) ||
			       !r2_ip_equal(&choice.gateway, &bench->gateways[i]);
	}
	return now() - begin;
}

static void *room_for(size_t n, size_t size)
{
	void *room = calloc(n, size);

	if (!room)
		die("calloc");
	return room;
}

int main(int argc, char **argv)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_RULES |
					  R2_PART_NEIGHS | R2_PART_ROUTES};
	struct bench bench = {0};
	struct r2_host host = {0};
	struct r2_model *model;
	struct r2_ip gateway;
	struct r2_error err;
	struct r2_os *os;
	double begin;

	if (argc != 6 || !r2_ip_parse(argv[3], &gateway)) {
		fputs("Usage: lookups 4|6 ROUTES GATEWAY SEED RUNS\n", stderr);
		return 2;
	}
	bench.family = (enum r2_family)gateway.family;
	bench.routes = strtoul(argv[2], NULL, 10);
	bench.random = strtoul(argv[4], NULL, 10);
	bench.prefixes = room_for(bench.routes, sizeof(*bench.prefixes));
	bench.addrs = room_for(ADDRS, sizeof(*bench.addrs));
	bench.sources = room_for(ADDRS, sizeof(*bench.sources));
	bench.gateways = room_for(ADDRS, sizeof(*bench.gateways));
	os = r2_linux_open(NULL, &err);
	if (!os)
		die(err.what);
	bench.lx = r2_linux_of(os);
	add_routes(&bench, &gateway);
	begin = now();
	if (!r2_linux_snapshot(os, &query, &host, &err))
		die(err.what);
	fprintf(stderr, "%zu routes read in %.2f s", host.routes.n, now() - begin);
	begin = now();
	model = r2_model_new(&host, R2_RULES_LINUX);
	if (!model)
		die("r2_model_new");
	fprintf(stderr, ", made ready in %.2f s\n", now() - begin);
	for (unsigned long run = strtoul(argv[5], NULL, 10); run > 0; run--) {
		size_t differ;
		double kernel, ours;

		for (size_t i = 0; i < ADDRS; i++)
			bench.addrs[i] = draw_inside(&bench);
		kernel = ask_kernel(&bench);
		ours = ask_model(&bench, model, &differ);
		printf("%.6f %.6f %d %zu\n", kernel, ours, ADDRS, differ);
	}
	r2_model_free(model);
	r2_host_free(&host);
	os->ops->close(os);
	free(bench.prefixes);
	free(bench.addrs);
	free(bench.sources);
	free(bench.gateways);
	return 0;
}
