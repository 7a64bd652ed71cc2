/* SPDX-License-Identifier: MIT */
/* Idea: one request at a time, and only messages that carry its number count as its answer. */
#include "os/linux/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* A dump is torn when someone changed the table meanwhile; that often in a row is a fault. */
#define DUMP_TRIES 20
/* A lost answer is asked for again: every request of ours may be made twice. */
#define LOSSES 4

static bool set_option(struct mnl_socket *sock, int option)
{
	int on = 1;

	return !mnl_socket_setsockopt(sock, option, &on, sizeof(on));
}

bool r2_nl_open(struct r2_nl *nl, struct r2_error *err)
{
	*nl = (struct r2_nl){.buf = malloc(R2_NL_BUFFER)};
	if (!nl->buf)
		return r2_error_set(err, R2_FAILED, "out of memory");
	nl->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	/* Strict: the kernel filters dumps and refuses what it does not know (since 4.20). */
	if (!nl->sock || !set_option(nl->sock, NETLINK_GET_STRICT_CHK) ||
	    !set_option(nl->sock, NETLINK_EXT_ACK) || !set_option(nl->sock, NETLINK_CAP_ACK) ||
	    mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID)) {
		int error = errno;

		r2_nl_close(nl);
		r2_nl_fail(nl, err, error, "socket(NETLINK_ROUTE)", "cannot talk to the kernel");
		if (error == ENOPROTOOPT)
			r2_error_hint(err, "route2 needs Linux 5.4 or newer");
		return false;
	}
	nl->portid = mnl_socket_get_portid(nl->sock);
	return true;
}

void r2_nl_close(struct r2_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->buf);
	*nl = (struct r2_nl){0};
}

void *r2_nl_begin_in(struct r2_nl_request *req, void *mem, size_t room, uint16_t type,
		     uint16_t flags, size_t size)
{
	req->room = room;
	req->full = false;
	req->nlh = mnl_nlmsg_put_header(mem);
	req->nlh->nlmsg_type = type;
	req->nlh->nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST);
	return mnl_nlmsg_put_extra_header(req->nlh, size);
}

void *r2_nl_begin(struct r2_nl_request *req, uint16_t type, uint16_t flags, size_t size)
{
	return r2_nl_begin_in(req, req->bytes, sizeof(req->bytes), type, flags, size);
}

void r2_nl_put(struct r2_nl_request *req, uint16_t type, const void *data, size_t len)
{
	const struct nlattr attr = {.nla_len = (uint16_t)(sizeof(attr) + len), .nla_type = type};
	size_t used = NLMSG_ALIGN((size_t)req->nlh->nlmsg_len), padded = NLMSG_ALIGN(len);
	uint8_t *at = (uint8_t *)req->nlh + used;

	if (len > UINT16_MAX - sizeof(attr) || used + sizeof(attr) + padded > req->room) {
		req->full = true;
		return;
	}
	memcpy(at, &attr, sizeof(attr));
	memcpy(at + sizeof(attr), data, len);
	memset(at + sizeof(attr) + len, 0, padded - len);
	req->nlh->nlmsg_len = (uint32_t)(used + sizeof(attr) + padded);
}

void r2_nl_put_u32(struct r2_nl_request *req, uint16_t type, uint32_t value)
{
	r2_nl_put(req, type, &value, sizeof(value));
}

/* Send it under a new number. Return: 0 or an errno. */
static int send_request(struct r2_nl *nl, struct r2_nl_request *req)
{
	nl->words[0] = '\0';
	if (req->full)
		return EMSGSIZE;
	req->nlh->nlmsg_seq = ++nl->seq;
	while (mnl_socket_sendto(nl->sock, req->nlh, req->nlh->nlmsg_len) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

ssize_t r2_nl_receive(struct r2_nl *nl, int flags)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {nl->buf, R2_NL_BUFFER};
		struct msghdr msg = {.msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1};
		ssize_t n = recvmsg(mnl_socket_get_fd(nl->sock), &msg, flags);

		if (n < 0 && errno == EINTR)
			continue;
		if (n >= 0 && (msg.msg_namelen != sizeof(from) || from.nl_pid != 0))
			continue;
		if (n >= 0 && (msg.msg_flags & MSG_TRUNC)) {
			errno = EMSGSIZE;
			return -1;
		}
		return n;
	}
}

/* Not libmnl's: its mnl_nlmsg_ok() (1.0.4) takes a length over INT_MAX for negative, and fine. */
const struct nlmsghdr *r2_nl_message(const uint8_t **at, size_t *left)
{
	const struct nlmsghdr *nlh = (const void *)*at;

	if (*left < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > *left)
		return NULL;

	size_t step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);

	if (step > *left) /* the last one needs no padding */
		step = *left;
	*at += step;
	*left -= step;
	return nlh;
}

/* NLMSGERR_ATTR_MSG out of the attributes at @data (linux/netlink.h, enum nlmsgerr_attrs). */
static void read_words(const uint8_t *data, size_t len, char words[R2_NL_WORDS])
{
	static const struct r2_nl_size sizes[NLMSGERR_ATTR_MSG + 1] = {
		[NLMSGERR_ATTR_MSG] = {1, UINT16_MAX},
	};
	const struct nlattr *attr[NLMSGERR_ATTR_MSG + 1];

	if (!r2_nl_attrs_in(data, len, sizes, NLMSGERR_ATTR_MSG, attr) || !attr[NLMSGERR_ATTR_MSG])
		return;
	snprintf(words, R2_NL_WORDS, "%.*s", (int)mnl_attr_get_payload_len(attr[NLMSGERR_ATTR_MSG]),
		 (const char *)mnl_attr_get_payload(attr[NLMSGERR_ATTR_MSG]));
	/* Some of the kernel's sentences end in a full stop or a newline, most do not. */
	for (size_t n = strlen(words); n > 0 && (words[n - 1] == '.' || words[n - 1] == '\n'); n--)
		words[n - 1] = '\0';
}

int r2_nl_verdict(const struct nlmsghdr *nlh, char words[R2_NL_WORDS])
{
	const uint8_t *payload = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	bool done = nlh->nlmsg_type == NLMSG_DONE;
	size_t used = done ? sizeof(int) : sizeof(struct nlmsgerr);
	int error;

	words[0] = '\0';
	/* An NLMSG_DONE without a code is a plain end (netlink_dump of old kernels). */
	if (len < used)
		return done ? 0 : EBADMSG;
	memcpy(&error, payload, sizeof(error));
	if (!done && error && !(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		struct nlmsgerr echoed;

		memcpy(&echoed, payload, sizeof(echoed));
		if (echoed.msg.nlmsg_len < sizeof(struct nlmsghdr) ||
		    echoed.msg.nlmsg_len - sizeof(struct nlmsghdr) > len - used)
			return EBADMSG;
		used += NLMSG_ALIGN(echoed.msg.nlmsg_len - sizeof(struct nlmsghdr));
	}
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && used <= len)
		read_words(payload + used, len - used, words);
	return error == INT32_MIN ? EBADMSG : error < 0 ? -error : error;
}

/* Is this an answer to our last request? What an abandoned call left behind is not. */
static bool is_ours(const struct r2_nl *nl, const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_seq == nl->seq && nlh->nlmsg_pid == nl->portid;
}

/*
 * A receive failed, so an answer may be lost (netlink_ack() sets ENOBUFS when memory is short).
 * Let what is left of the exchange run out: a dump goes on as we read, without our waiting.
 */
static void drain(struct r2_nl *nl)
{
	for (int failures = 0; failures < LOSSES;) {
		if (r2_nl_receive(nl, MSG_DONTWAIT) >= 0)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		failures++;
	}
}

/* One exchange. Return: 0 or an errno; *@ret_lost: it is that of receiving, the outcome unknown. */
static int exchange(struct r2_nl *nl, struct r2_nl_request *req,
		    bool (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx, bool *ret_lost)
{
	int error = send_request(nl, req);

	*ret_lost = false;
	while (!error) {
		ssize_t n = r2_nl_receive(nl, 0);
		const struct nlmsghdr *nlh;
		const uint8_t *at = nl->buf;
		size_t left = (size_t)n;

		if (n < 0) {
			*ret_lost = true;
			return errno;
		}
		while ((nlh = r2_nl_message(&at, &left))) {
			if (!is_ours(nl, nlh))
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return r2_nl_verdict(nlh, nl->words);
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && each)
				each(ctx, nlh);
		}
	}
	return error;
}

int r2_nl_call(struct r2_nl *nl, struct r2_nl_request *req,
	       bool (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx)
{
	bool lost = true;
	int error = 0;

	req->nlh->nlmsg_flags |= NLM_F_ACK;
	for (int try = 0; try < LOSSES && lost; try++) {
		error = exchange(nl, req, each, ctx, &lost);
		if (lost)
			drain(nl);
	}
	if (lost)
		snprintf(nl->words, sizeof(nl->words),
			 "the kernel's answers were lost; it may have been done");
	return error;
}

/* Read one dump to its end. Return: 0, an errno, ECANCELED if stopped, EINTR if torn or lost. */
static int read_dump(struct r2_nl *nl, const struct r2_nl_visit *visit)
{
	bool torn = false, stopped = false;

	for (;;) {
		ssize_t n = r2_nl_receive(nl, 0);
		const struct nlmsghdr *nlh;
		const uint8_t *at = nl->buf;
		size_t left = (size_t)n;

		if (n < 0) {
			drain(nl);
			return EINTR;
		}
		while ((nlh = r2_nl_message(&at, &left))) {
			if (!is_ours(nl, nlh))
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				torn = true;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
				int error = r2_nl_verdict(nlh, nl->words);

				return error ? error : stopped ? ECANCELED : torn ? EINTR : 0;
			}
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && !stopped && !torn)
				stopped = !visit->each(visit->ctx, nlh);
		}
	}
}

int r2_nl_dump(struct r2_nl *nl, struct r2_nl_request *req, const struct r2_nl_visit *visit)
{
	req->nlh->nlmsg_flags |= NLM_F_DUMP;
	for (int try = 0; try < DUMP_TRIES; try++) {
		int error = send_request(nl, req);

		if (!error)
			error = read_dump(nl, visit);
		if (error != EINTR)
			return error;
		if (visit->again)
			visit->again(visit->ctx);
	}
	snprintf(nl->words, sizeof(nl->words), "it kept changing while it was read");
	return EINTR;
}

bool r2_nl_attrs_in(const void *data, size_t len, const struct r2_nl_size *sizes, uint16_t last,
		    const struct nlattr **ret)
{
	const uint8_t *at = data;

	for (size_t type = 0; type <= last; type++)
		ret[type] = NULL;
	while (len >= sizeof(struct nlattr)) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > len)
			return false;

		uint16_t type = mnl_attr_get_type(attr), size = mnl_attr_get_payload_len(attr);

		if (type <= last && sizes[type].max > 0) {
			if (size < sizes[type].min || size > sizes[type].max)
				return false;
			ret[type] = attr;
		}

		size_t step = NLMSG_ALIGN((size_t)attr->nla_len);

		if (step >= len)
			break;
		at += step;
		len -= step;
	}
	return true;
}

bool r2_nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct r2_nl_size *sizes,
		 uint16_t last, const struct nlattr **ret)
{
	const uint8_t *payload = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh), used = NLMSG_ALIGN(header);

	if (len < header)
		return false;
	if (used > len)
		used = len;
	return r2_nl_attrs_in(payload + used, len - used, sizes, last, ret);
}

bool r2_nl_fail(const struct r2_nl *nl, struct r2_error *err, int error, const char *call,
		const char *fmt, ...)
{
	char what[sizeof(err->what)];
	bool refused = error == EPERM || error == EACCES;
	const char *words = nl && nl->words[0] ? nl->words : strerrordesc_np(error);
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	r2_error_set(err, refused ? R2_NOT_PERMITTED : R2_FAILED, "%s", what);
	err->native = error;
	err->call = call;
	snprintf(err->kernel, sizeof(err->kernel), "%s", words ? words : "");
	if (refused)
		r2_error_hint(err, "run it as root, or with CAP_NET_ADMIN");
	return false;
}
