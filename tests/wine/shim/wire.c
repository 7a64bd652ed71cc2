/* SPDX-License-Identifier: MIT */
/* Idea: a question is a socket of its own, so that any thread may ask. */
#include "values.h"

#include "sys.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN(n) (((n) + 3U) & ~3U)

struct sockaddr_nl {
	uint16_t family, pad;
	uint32_t pid, groups;
};

int nl_open(unsigned groups);

int nl_open(unsigned groups)
{
	enum { RAW = 3, SOL_SOCKET_ = 1, SO_RCVBUFFORCE_ = 33 };
	struct sockaddr_nl local = {.family = L_AF_NETLINK, .groups = groups};
	int fd = sys_socket(L_AF_NETLINK, RAW, 0), code, size = 4 << 20;

	if (fd < 0)
		return fd;
	sys_setsockopt(fd, SOL_SOCKET_, SO_RCVBUFFORCE_, &size, sizeof(size));
	code = sys_bind(fd, &local, sizeof(local));
	if (!code)
		return fd;
	sys_close(fd);
	return code;
}

void req_begin(struct req *req, uint16_t type, uint16_t flags, const void *body, unsigned len)
{
	memset(req, 0, sizeof(*req));
	req->h.type = type;
	req->h.flags = (uint16_t)(F_REQUEST | flags);
	req->h.len = (uint32_t)sizeof(req->h) + ALIGN(len);
	memcpy(req->room, body, len);
}

void req_put(struct req *req, uint16_t type, const void *data, unsigned len)
{
	struct rtattr attr = {(uint16_t)(sizeof(attr) + len), type};
	uint8_t *at = (uint8_t *)req + req->h.len;

	if (req->h.len + sizeof(attr) + ALIGN(len) > sizeof(*req))
		return;
	memcpy(at, &attr, sizeof(attr));
	memcpy(at + sizeof(attr), data, len);
	req->h.len += (uint32_t)sizeof(attr) + ALIGN(len);
}

void req_put_u32(struct req *req, uint16_t type, uint32_t value)
{
	req_put(req, type, &value, sizeof(value));
}

void req_put_ip(struct req *req, uint16_t type, const struct ip *ip)
{
	if (ip->family)
		req_put(req, type, ip->b, bits_of(ip) / 8);
}

/* Return: 1 when the answer is complete. */
static int take(const uint8_t *buf, size_t len, bool dump,
		int (*each)(const struct nlmsghdr *h, void *ctx), void *ctx, int *code)
{
	while (len >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *h = (const void *)buf;
		int32_t error = 0;

		if (h->len < sizeof(*h) || h->len > len)
			break;
		if (h->flags & F_DUMP_INTR)
			*code = -L_EAGAIN;
		if (h->type == NLMSG_ERROR_ || h->type == NLMSG_DONE_) {
			if (h->len >= sizeof(*h) + sizeof(error))
				memcpy(&error, h + 1, sizeof(error));
			if (error)
				*code = error;
			return 1;
		}
		if (each && (error = each(h, ctx)))
			*code = error;
		if (!dump && !(h->flags & F_ACK) && each)
			return 1;
		len -= ALIGN(h->len) < len ? ALIGN(h->len) : len;
		buf += ALIGN(h->len);
	}
	return 0;
}

int nl_talk(struct req *req, int (*each)(const struct nlmsghdr *h, void *ctx), void *ctx)
{
	enum { ROOM = 256 * 1024 };
	bool dump = (req->h.flags & F_DUMP) == F_DUMP && each;
	int fd = nl_open(0), code = 0;
	int64_t got;
	uint8_t *buf;

	if (fd < 0)
		return fd;
	buf = malloc(ROOM);
	got = buf ? sys_send(fd, req, req->h.len) : -L_ENOMEM;
	while (got >= 0) {
		got = sys_recv(fd, buf, ROOM);
		if (got > 0 && take(buf, (size_t)got, dump, each, ctx, &code))
			break;
	}
	free(buf);
	sys_close(fd);
	return got < 0 ? (int)got : code;
}

void attrs_walk(struct attrs *attrs, const uint8_t *at, unsigned len)
{
	memset(attrs, 0, sizeof(*attrs));
	while (len >= sizeof(struct rtattr)) {
		struct rtattr attr;
		unsigned type, step;

		memcpy(&attr, at, sizeof(attr));
		if (attr.len < sizeof(attr) || attr.len > len)
			return;
		type = attr.type & 0x3fffU;
		if (type < sizeof(attrs->at) / sizeof(attrs->at[0])) {
			attrs->at[type] = at + sizeof(attr);
			attrs->len[type] = attr.len - (unsigned)sizeof(attr);
		}
		step = ALIGN(attr.len);
		len -= step < len ? step : len;
		at += step;
	}
}

void attrs_read(struct attrs *attrs, const struct nlmsghdr *h, unsigned body)
{
	unsigned head = (unsigned)sizeof(*h) + ALIGN(body);

	attrs_walk(attrs, (const uint8_t *)h + head, h->len > head ? h->len - head : 0);
}

uint32_t attr_u32(const struct attrs *attrs, unsigned type, uint32_t otherwise)
{
	uint32_t value = otherwise;

	if (attrs->len[type] >= sizeof(value))
		memcpy(&value, attrs->at[type], sizeof(value));
	return value;
}

struct ip attr_ip(const struct attrs *attrs, unsigned type, uint8_t family)
{
	struct ip ip = {.family = family};

	if (!attrs->at[type] || attrs->len[type] != bits_of(&ip) / 8)
		return (struct ip){0};
	memcpy(ip.b, attrs->at[type], attrs->len[type]);
	return ip;
}
