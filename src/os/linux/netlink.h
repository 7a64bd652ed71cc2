/* SPDX-License-Identifier: MIT */
/*
 * Talking to rtnetlink: build a request, send it, hear the answer to that very request.
 *
 * libmnl frames the messages; here are the parts that every caller needs and it lacks: strict
 * checking, the kernel's own words (extended acknowledgement), a sender check, dumps that begin
 * again when the kernel says that they were torn, and attributes checked against a table of sizes.
 */
#ifndef R2_OS_LINUX_NETLINK_H
#define R2_OS_LINUX_NETLINK_H

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define R2_NL_REQUEST 512         /* room for the largest message we compose */
#define R2_NL_WORDS   120         /* as struct r2_error's @kernel */
#define R2_NL_BUFFER  (64 * 1024) /* a dump fills 32 KiB a read at most (netlink_dump) */

/**
 * struct r2_nl - one rtnetlink socket, and what the kernel last said on it
 * @sock: NULL when closed
 * @seq: of the last request
 * @portid: our address: answers carry it
 * @buf: R2_NL_BUFFER bytes for what arrives
 * @words: the kernel's words on the last refusal, or ""
 */
struct r2_nl {
	struct mnl_socket *sock;
	uint32_t seq;
	uint32_t portid;
	uint8_t *buf;
	char words[R2_NL_WORDS];
};

/**
 * struct r2_nl_request - a message under construction
 * @nlh: its header, in @bytes or in memory of the caller's
 * @room: bytes behind @nlh
 * @full: an attribute did not fit; r2_nl_call() and r2_nl_dump() refuse it
 *
 * Holds a pointer into itself: never copy one.
 */
struct r2_nl_request {
	struct nlmsghdr *nlh;
	size_t room;
	bool full;
	alignas(struct nlmsghdr) uint8_t bytes[R2_NL_REQUEST];
};

/** struct r2_nl_size - what a payload must measure; @max 0: an attribute that is not read */
struct r2_nl_size {
	uint16_t min, max;
};

/**
 * struct r2_nl_visit - who looks at each message of a dump
 * @each: false stops: the rest is drained unseen
 * @again: the dump was torn and starts anew: forget what was seen. May be NULL.
 */
struct r2_nl_visit {
	bool (*each)(void *ctx, const struct nlmsghdr *nlh);
	void (*again)(void *ctx);
	void *ctx;
};

/** r2_nl_open() - a socket that is subscribed to nothing; on failure *@nl is as closed */
bool r2_nl_open(struct r2_nl *nl, struct r2_error *err);

/** r2_nl_close() - a zeroed or closed one is fine */
void r2_nl_close(struct r2_nl *nl);

/**
 * r2_nl_begin() - begin a message in the request's own memory
 * @type: RTM_*; @flags: NLM_F_*, without REQUEST and ACK
 * @size: of the family's header (struct rtmsg ...)
 *
 * Return: that header, zeroed.
 */
void *r2_nl_begin(struct r2_nl_request *req, uint16_t type, uint16_t flags, size_t size);

/** r2_nl_begin_in() - the same in @room bytes at @mem, for messages of any size */
void *r2_nl_begin_in(struct r2_nl_request *req, void *mem, size_t room, uint16_t type,
		     uint16_t flags, size_t size);

/** r2_nl_put() - append an attribute; one that does not fit marks the request full */
void r2_nl_put(struct r2_nl_request *req, uint16_t type, const void *data, size_t len);

/** r2_nl_put_u32() - the same for a number in host order */
void r2_nl_put_u32(struct r2_nl_request *req, uint16_t type, uint32_t value);

/**
 * r2_nl_call() - send, and read until the kernel acknowledges; once more if that gets lost
 * @each: called for every message that answers this request before the acknowledgement (GET,
 *        NLM_F_ECHO); may be NULL
 *
 * Return: 0 or an errno; @nl->words then says more.
 */
int r2_nl_call(struct r2_nl *nl, struct r2_nl_request *req,
	       bool (*each)(void *ctx, const struct nlmsghdr *nlh), void *ctx);

/**
 * r2_nl_dump() - send, and read a dump to its end
 *
 * A dump that the kernel calls torn (NLM_F_DUMP_INTR, EINTR) begins again, a few times.
 *
 * Return: 0, an errno, or ECANCELED if @visit->each stopped it.
 */
int r2_nl_dump(struct r2_nl *nl, struct r2_nl_request *req, const struct r2_nl_visit *visit);

/**
 * r2_nl_receive() - the next datagram from the kernel, into @nl->buf
 * @flags: MSG_DONTWAIT or 0
 *
 * Datagrams of other processes are dropped: their sender's port is not 0 (netlink(7)).
 *
 * Return: its length, or -1 with errno set.
 */
ssize_t r2_nl_receive(struct r2_nl *nl, int flags);

/**
 * r2_nl_message() - the next message of a datagram
 * @at, @left: where it is, and how many bytes there are; both move on behind the message
 *
 * Return: the message, which lies within those bytes, or NULL if none does.
 */
const struct nlmsghdr *r2_nl_message(const uint8_t **at, size_t *left);

/**
 * r2_nl_verdict() - read NLMSG_ERROR or NLMSG_DONE
 * @words: R2_NL_WORDS bytes; NLMSGERR_ATTR_MSG, or "" if it has none
 *
 * Return: 0 or the errno in it, EBADMSG if it is too short to hold one.
 */
int r2_nl_verdict(const struct nlmsghdr *nlh, char words[R2_NL_WORDS]);

/**
 * r2_nl_attrs() - sort the attributes of a message by type
 * @header: size of the family's header before them
 * @sizes: for each type up to @last what its payload must measure
 * @ret: @last + 1 pointers; NULL where there is none
 *
 * Return: false if the message is shorter than its header or an attribute that is read has a
 * size that it cannot have.
 */
bool r2_nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct r2_nl_size *sizes,
		 uint16_t last, const struct nlattr **ret);

/** r2_nl_attrs_in() - the same for @len bytes of attributes at @data */
bool r2_nl_attrs_in(const void *data, size_t len, const struct r2_nl_size *sizes, uint16_t last,
		    const struct nlattr **ret);

/**
 * r2_nl_fail() - fill *@err from an errno
 * @nl: whose kernel's words to tell; NULL if the call was another than netlink
 * @call: the message, such as "RTM_NEWROUTE"
 * @fmt: the sentence
 *
 * EPERM and EACCES are R2_NOT_PERMITTED with the way out as hint.
 *
 * Return: false
 */
bool r2_nl_fail(const struct r2_nl *nl, struct r2_error *err, int error, const char *call,
		const char *fmt, ...) R2_PRINTF(5, 6);

#endif
