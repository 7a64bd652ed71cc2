/* SPDX-License-Identifier: MIT */
/*
 * Routes of a table mostly differ in their destination only. So the last ones that were decoded are
 * held beside their messages: of a message that repeats one of them but for the destination, only
 * that is read. Pure, as decode.h is.
 */
#ifndef R2_OS_LINUX_DECODE_LIKE_H
#define R2_OS_LINUX_DECODE_LIKE_H

#include "os/linux/decode.h"

#define R2_LIKES     32  /* that many kinds may take turns */
#define R2_LIKE_ROOM 192 /* a longer message is decoded each time */

/**
 * struct r2_like - a message that was decoded
 * @len: of @bytes, which are what stands behind the header; 0: none yet
 * @dst: where in them the destination's bytes stand
 */
struct r2_like {
	struct r2_route route;
	uint16_t len, dst;
	uint8_t bytes[R2_LIKE_ROOM];
};

/** struct r2_likes - each at the place that its message hashes to; begins zeroed */
struct r2_likes {
	struct r2_like at[R2_LIKES];
};

/** r2_decode_route_like() - does what r2_decode_route() does */
bool r2_decode_route_like(struct r2_likes *likes, const struct nlmsghdr *nlh, struct r2_route *ret);

#endif
