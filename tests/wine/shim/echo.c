/* SPDX-License-Identifier: MIT */
/*
 * Idea: a raw socket for each, which hears all ICMP of the namespace; what answers ours, or is an
 * error about it, is told by identifier and sequence.
 */
#include "echo.h"

#include "sys.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { ICMP4 = 1, ICMP6 = 58, RAW = 3, HEAD = 8, HEAD4 = 20, HEAD6 = 40, ROOM = 16384 };
enum { SUCCESS = 0, TOO_BIG = 11009, TIMED_OUT = 11010, NO_ROUTE = 11003 }; /* ipexport.h */
enum { L_EMSGSIZE = 90 };

struct l_name {
	uint16_t family, port;
	uint8_t rest[24];
};

/** struct asking - @mark: identifier and sequence, as they lie in the packet */
struct asking {
	const struct echo *echo;
	uint8_t mark[4];
	int fd;
};

static bool is_six(const struct echo *echo)
{
	return echo->dst.family == 6;
}

static size_t name_of(const struct ip *ip, uint32_t scope, struct l_name *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = family_on_wire(ip->family);
	if (ip->family != 6) {
		memcpy(ret->rest, ip->b, 4);
		return 16;
	}
	memcpy(ret->rest + 4, ip->b, 16);
	memcpy(ret->rest + 20, &scope, 4);
	return 28;
}

/* ---- the question ---- */

static uint16_t checksum(const uint8_t *bytes, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (n % 2)
		sum += (uint32_t)bytes[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void mark(struct asking *asking)
{
	static LONG sequence;
	uint16_t id = (uint16_t)sys_pid(), seq = (uint16_t)InterlockedIncrement(&sequence);

	memcpy(asking->mark, &id, 2);
	memcpy(asking->mark + 2, &seq, 2);
}

/* The kernel itself makes the checksum of ICMPv6. */
static int64_t send_packet(const struct asking *asking)
{
	const struct echo *echo = asking->echo;
	struct l_name to;
	size_t to_len = name_of(&echo->dst, echo->scope, &to), len = HEAD + echo->n;
	uint8_t *packet = calloc(1, len);
	int64_t sent;
	uint16_t sum;

	if (!packet)
		return -L_ENOMEM;
	packet[0] = is_six(echo) ? 128 : 8;
	memcpy(packet + 4, asking->mark, sizeof(asking->mark));
	memcpy(packet + HEAD, echo->data, echo->n);
	sum = checksum(packet, len);
	packet[2] = (uint8_t)(sum >> 8);
	packet[3] = (uint8_t)sum;
	sent = sys_sendto(asking->fd, packet, len, &to, to_len);
	free(packet);
	return sent;
}

static int64_t prepare(const struct asking *asking)
{
	enum { IP = 0, IP_TTL_ = 2, IP_MTU_DISCOVER_ = 10, DONT = 0, DO = 2, IP6 = 41, HOPS = 16 };
	const struct echo *echo = asking->echo;
	int ttl = echo->ttl, discover = echo->whole ? DO : DONT;
	struct l_name from;
	size_t len = name_of(&echo->src, echo->scope, &from);

	if (ttl)
		sys_setsockopt(asking->fd, is_six(echo) ? IP6 : IP, is_six(echo) ? HOPS : IP_TTL_,
			       &ttl, sizeof(ttl));
	if (!is_six(echo))
		sys_setsockopt(asking->fd, IP, IP_MTU_DISCOVER_, &discover, sizeof(discover));
	return echo->src.family ? sys_bind(asking->fd, &from, len) : 0;
}

/* ---- what comes back ---- */

/* Of codes that Microsoft's pages name no status for, the network's. */
static uint32_t status4(const uint8_t *icmp)
{
	static const uint8_t HOST[] = {1, 7, 8, 12};

	if (icmp[0] == 11)
		return icmp[1] ? 11014 : 11013;
	if (icmp[0] == 12)
		return 11015;
	for (size_t i = 0; i < sizeof(HOST); i++) {
		if (icmp[1] == HOST[i])
			return 11003;
	}
	return icmp[1] == 2 ? 11004 : icmp[1] == 3 ? 11005 : icmp[1] == 4 ? TOO_BIG : 11002;
}

static uint32_t status6(const uint8_t *icmp)
{
	if (icmp[0] == 2)
		return TOO_BIG;
	if (icmp[0] == 3)
		return icmp[1] ? 11014 : 11013;
	if (icmp[0] == 4)
		return 11015;
	return icmp[1] == 1   ? 11004
	       : icmp[1] == 2 ? 11045
	       : icmp[1] == 3 ? 11003
	       : icmp[1] == 4 ? 11005
			      : 11002;
}

static bool is_error(const struct asking *asking, const uint8_t *icmp)
{
	if (is_six(asking->echo))
		return icmp[0] >= 1 && icmp[0] <= 4;
	return icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12;
}

/* Does it quote our packet. */
static bool quotes_ours(const struct asking *asking, const uint8_t *inner, int64_t len)
{
	bool six = is_six(asking->echo);
	int64_t head = six ? HEAD6 : len > 0 ? (inner[0] & 15) * 4 : 0;

	return len >= head + HEAD && inner[six ? 6 : 9] == (six ? ICMP6 : ICMP4) &&
	       !memcmp(inner + (six ? 24 : 16), asking->echo->dst.b, six ? 16 : 4) &&
	       !memcmp(inner + head + 4, asking->mark, sizeof(asking->mark));
}

/* Return: is it about ours. */
static bool take(const struct asking *asking, const uint8_t *packet, int64_t len,
		 const struct l_name *sender, struct answer *ret)
{
	bool six = is_six(asking->echo);
	int64_t head = six ? 0 : (packet[0] & 15) * 4;
	const uint8_t *icmp = packet + head;
	struct ip who = {.family = six ? 6 : 4};

	if (len < head + HEAD)
		return false;
	memcpy(who.b, sender->rest + (six ? 4 : 0), six ? 16 : 4);
	if (icmp[0] == (six ? 129 : 0)) {
		if (memcmp(icmp + 4, asking->mark, sizeof(asking->mark)) ||
		    memcmp(who.b, asking->echo->dst.b, six ? 16 : 4))
			return false;
		*ret = (struct answer){SUCCESS, who, six ? 0 : packet[8], 0};
		return true;
	}
	if (!is_error(asking, icmp) || !quotes_ours(asking, icmp + HEAD, len - head - HEAD))
		return false;
	*ret = (struct answer){six ? status6(icmp) : status4(icmp), who, 0, 0};
	return true;
}

static void wait_for(const struct asking *asking, struct answer *ret)
{
	uint64_t begun = sys_now_us(), now = begun,
		 end = begun + asking->echo->timeout_ms * 1000ULL;
	uint8_t *packet = malloc(ROOM);
	struct l_name sender;

	*ret = (struct answer){.status = TIMED_OUT};
	for (; packet && now < end; now = sys_now_us()) {
		struct l_pollfd poll = {.fd = asking->fd, .events = L_POLLIN};
		int64_t len = -1;

		if (sys_poll(&poll, 1, (int)((end - now + 999) / 1000)) > 0)
			len = sys_recvfrom(asking->fd, packet, ROOM, &sender, sizeof(sender));
		if (len > 0 && take(asking, packet, len, &sender, ret)) {
			ret->time_ms = (uint32_t)((sys_now_us() - begun) / 1000);
			break;
		}
	}
	free(packet);
}

bool echo_send(const struct echo *echo, struct answer *ret)
{
	struct asking asking = {.echo = echo};
	int64_t code;

	*ret = (struct answer){.status = NO_ROUTE};
	asking.fd = sys_socket(family_on_wire(echo->dst.family), RAW, is_six(echo) ? ICMP6 : ICMP4);
	if (asking.fd < 0) {
		ret->status = ERROR_ACCESS_DENIED;
		return false;
	}
	mark(&asking);
	code = prepare(&asking);
	if (code < 0) {
		ret->status = ERROR_INVALID_NETNAME;
	} else {
		code = send_packet(&asking);
		if (code >= 0)
			wait_for(&asking, ret);
		else if (code == -L_EMSGSIZE)
			ret->status = TOO_BIG;
	}
	sys_close(asking.fd);
	return ret->who.family != 0;
}
