/* SPDX-License-Identifier: MIT */
/*
 * Idea: two ears. One hears every interface, so that it is known what leaves and what arrives
 * whatever becomes of it; the other is the sockets that asked, which hear what came through.
 */
#include "os/linux/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_MS 100 /* how often it is asked whether this is enough, when nothing is heard */

enum { TAP, RAW4, RAW6, EARS };

static bool fail(const char *call, struct r2_error *err)
{
	r2_nl_fail(NULL, err, errno, call, "cannot send probes");
	if (err->kind == R2_NOT_PERMITTED)
		r2_error_hint(err, "run it as root, or with CAP_NET_RAW");
	return false;
}

/* ---- begin and end ---- */

static bool add_host(r2_tapped *hosts, const struct r2_ip *ip)
{
	r2_each (const struct r2_ip, known, hosts) {
		if (r2_ip_equal(known, ip))
			return true;
	}
	return r2_list_push(hosts, ip);
}

static bool open_tap(struct r2_campaign *campaign, struct r2_error *err)
{
	r2_tapped hosts = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < campaign->probing->n; i++) {
		if (campaign->probing->probes[i].by != R2_BY_ICMP)
			ok = add_host(&hosts, &campaign->probing->probes[i].dst);
	}
	if (!ok || hosts.n > R2_TAPPED_MAX)
		r2_error_set(err, R2_FAILED, "too many destinations at once");
	else
		campaign->tap = r2_tap_open(&hosts, err);
	r2_list_free(&hosts);
	return campaign->tap >= 0;
}

static bool is_by_hand(const struct r2_campaign *campaign)
{
	for (size_t i = 0; i < campaign->probing->n; i++) {
		if (!r2_probe_is_frame(&campaign->probing->probes[i]))
			return false;
	}
	return true;
}

/*
 * Without IPv6 in the kernel there is nobody to probe by it either. For frames the tap is ear
 * enough; a raw socket would have the kernel learn from ICMP errors about them what is not true of
 * its own way there (raw_err(), net/ipv4/raw.c).
 */
static bool open_raw(struct r2_campaign *campaign, bool six, struct r2_error *err)
{
	if (is_by_hand(campaign))
		return true;
	campaign->raw[six] =
		socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	return campaign->raw[six] >= 0 || (six && errno == EAFNOSUPPORT) ||
	       fail("socket(SOCK_RAW)", err);
}

static bool begin(struct r2_campaign *campaign, struct r2_error *err)
{
	size_t n = campaign->probing->n;

	campaign->asked = calloc(n + 1, sizeof(*campaign->asked));
	if (!campaign->asked || n > R2_PROBES_MAX)
		return r2_error_set(err, R2_FAILED, "out of memory");
	for (size_t i = 0; i < n; i++)
		campaign->asked[i].fd = -1;
	if (getrandom(campaign->nonce, sizeof(campaign->nonce), 0) < 0)
		return fail("getrandom", err);
	memcpy(&campaign->id, campaign->nonce, sizeof(campaign->id));
	campaign->out = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (campaign->out < 0)
		return fail("socket(AF_PACKET)", err);
	return open_tap(campaign, err) && open_raw(campaign, false, err) &&
	       open_raw(campaign, true, err);
}

static void shut(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void end(struct r2_campaign *campaign)
{
	for (size_t i = 0; campaign->asked && i < campaign->probing->n; i++)
		shut(campaign->asked[i].fd);
	free(campaign->asked);
	shut(campaign->tap);
	shut(campaign->out);
	shut(campaign->raw[0]);
	shut(campaign->raw[1]);
}

/* ---- hearing ---- */

static void hear_tap(struct r2_campaign *campaign)
{
	static uint8_t buf[R2_PACKET_MAX + 64];
	struct r2_frame frame;

	while (r2_tap_read(campaign->tap, buf, sizeof(buf), &frame))
		r2_probe_match(campaign, &frame);
}

/* IPv4 comes with its header; IPv6 without, so that it is given one back (raw(7), RFC 3542). */
static void hear_raw(struct r2_campaign *campaign, bool six)
{
	enum { HEADER = 40 };
	uint8_t buf[2048] = {0x60};
	struct sockaddr_in6 sender;
	struct r2_packet packet, quoted;

	for (;;) {
		uint8_t *at = six ? buf + HEADER : buf;
		socklen_t len = sizeof(sender);
		ssize_t n = recvfrom(campaign->raw[six], at, sizeof(buf) - HEADER, MSG_DONTWAIT,
				     (struct sockaddr *)&sender, &len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (six) {
			buf[0] = 0x60;
			buf[4] = (uint8_t)(n >> 8);
			buf[5] = (uint8_t)n;
			buf[6] = IPPROTO_ICMPV6;
			memcpy(buf + 8, &sender.sin6_addr, 16);
			n += HEADER;
		}
		if (r2_packet_read(buf, (size_t)n, &packet, &quoted))
			r2_probe_came_through(campaign, &packet, &quoted);
	}
}

/*
 * A socket is told the same of a reset, of an ICMP error from the far side, and of one that a
 * router has made up (icmp_err_convert[], net/ipv4/icmp.c): whose word it was, the tap has seen.
 */
static bool is_their_word(const struct r2_shot *probe, int error)
{
	if (probe->answer.seen)
		return probe->answer.declined;
	return error == ECONNREFUSED && !probe->objection.seen;
}

/* Connected, refused, or a datagram back: the far side has answered this very socket. */
static void hear_socket(struct r2_campaign *campaign, size_t index)
{
	struct r2_shot *probe = &campaign->probing->probes[index];
	struct r2_asked *asked = &campaign->asked[index];
	uint8_t byte;
	int error = 0;
	socklen_t len = sizeof(error);
	bool heard;

	if (getsockopt(asked->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		error = errno;
	heard = error && is_their_word(probe, error);
	if (!error)
		heard = probe->by == R2_BY_TCP || recv(asked->fd, &byte, 1, MSG_DONTWAIT) >= 0;
	if (heard) {
		probe->answer.seen = probe->answer.heard = true;
		probe->answer.declined = error != 0;
		if (!probe->answer.usec)
			probe->answer.usec = (uint64_t)(r2_probe_now_us() - asked->sent_us);
	}
	close(asked->fd);
	asked->fd = -1;
}

static bool is_waiting(const struct r2_campaign *campaign, size_t index)
{
	return campaign->asked[index].fd >= 0 &&
	       !r2_probe_is_frame(&campaign->probing->probes[index]);
}

static void wait_and_hear(struct r2_campaign *campaign, int timeout_ms)
{
	struct pollfd fds[EARS + R2_PROBES_MAX];
	size_t index[R2_PROBES_MAX], n = 0;

	fds[TAP] = (struct pollfd){campaign->tap, POLLIN, 0};
	fds[RAW4] = (struct pollfd){campaign->raw[0], POLLIN, 0};
	fds[RAW6] = (struct pollfd){campaign->raw[1], POLLIN, 0};
	for (size_t i = 0; i < campaign->probing->n; i++) {
		bool tcp = campaign->probing->probes[i].by == R2_BY_TCP;

		if (!is_waiting(campaign, i))
			continue;
		fds[EARS + n] = (struct pollfd){campaign->asked[i].fd, tcp ? POLLOUT : POLLIN, 0};
		index[n++] = i;
	}
	if (poll(fds, EARS + n, timeout_ms) <= 0)
		return;
	hear_tap(campaign);
	for (int six = 0; six < 2; six++) {
		if (campaign->raw[six] >= 0)
			hear_raw(campaign, six);
	}
	for (size_t i = 0; i < n; i++) {
		if (fds[EARS + i].revents)
			hear_socket(campaign, index[i]);
	}
}

/* ---- the run ---- */

/* Return: false on failure; *@ret_next: when the next is due, in ms since the begin, or -1. */
static bool send_due(struct r2_campaign *campaign, int64_t elapsed_ms, int64_t *ret_next,
		     struct r2_error *err)
{
	*ret_next = -1;
	for (size_t i = 0; i < campaign->probing->n; i++) {
		const struct r2_shot *probe = &campaign->probing->probes[i];

		if (probe->sent)
			continue;
		if (probe->at_ms > elapsed_ms) {
			if (*ret_next < 0 || probe->at_ms < *ret_next)
				*ret_next = probe->at_ms;
		} else if (!r2_probe_send(campaign, i, err)) {
			return false;
		}
	}
	return true;
}

static bool run(struct r2_campaign *campaign, struct r2_error *err)
{
	struct r2_probing *probing = campaign->probing;
	int64_t begun = r2_probe_now_us(), last = 0, next;

	for (size_t i = 0; i < probing->n; i++)
		last = probing->probes[i].at_ms > last ? probing->probes[i].at_ms : last;
	for (;;) {
		int64_t elapsed = (r2_probe_now_us() - begun) / 1000, wait;

		if (!send_due(campaign, elapsed, &next, err))
			return false;
		wait = (next < 0 ? last + probing->wait_ms : next) - elapsed;
		if (next < 0 && wait <= 0)
			return true;
		wait_and_hear(campaign, (int)(wait > TICK_MS ? TICK_MS : wait < 0 ? 0 : wait));
		elapsed = (r2_probe_now_us() - begun) / 1000;
		if (probing->enough && probing->enough(probing->ctx, (unsigned)elapsed))
			return true;
	}
}

bool r2_linux_probe(struct r2_os *os, struct r2_probing *probing, struct r2_error *err)
{
	struct r2_campaign campaign = {
		.lx = r2_linux_of(os), .probing = probing, .tap = -1, .out = -1, .raw = {-1, -1}};
	uint64_t before = r2_linux_path_drops();
	bool ok = begin(&campaign, err) && run(&campaign, err);

	end(&campaign);
	probing->drops = r2_linux_path_drops() - before;
	return ok;
}
