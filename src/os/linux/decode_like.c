/* SPDX-License-Identifier: MIT */
/* Idea: two messages with the same bytes behind the header decode to the same route. */
#include "os/linux/decode_like.h"

#include <linux/rtnetlink.h>
#include <string.h>

#define DST_LEN offsetof(struct rtmsg, rtm_dst_len)

/* Where in @n bytes, from @at on, a destination stands, and its size; false if none does. */
static bool find_dst(const uint8_t *bytes, size_t n, size_t at, size_t *ret_at, size_t *ret_n)
{
	while (at + sizeof(struct nlattr) <= n) {
		struct nlattr attr;

		memcpy(&attr, bytes + at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > n - at)
			return false;
		if ((attr.nla_type & NLA_TYPE_MASK) == RTA_DST) {
			*ret_at = at + sizeof(attr);
			*ret_n = attr.nla_len - sizeof(attr);
			return true;
		}
		at += NLMSG_ALIGN((size_t)attr.nla_len);
	}
	return false;
}

/* The place of its kind: by what stands behind the destination, where gateway and link do. */
static struct r2_like *place_of(struct r2_likes *likes, const uint8_t *behind, size_t n)
{
	uint32_t hash = 0;

	for (; n >= sizeof(uint32_t); n -= sizeof(uint32_t), behind += sizeof(uint32_t)) {
		uint32_t word;

		memcpy(&word, behind, sizeof(word));
		hash = (hash ^ word) * UINT32_C(0x9e3779b1);
		hash ^= hash >> 16;
	}
	return &likes->at[hash % R2_LIKES];
}

/* With this message's destination, is it this message. */
static bool is_like(struct r2_like *like, const uint8_t *bytes, size_t n, size_t dst, size_t dst_n)
{
	if (like->len != n || like->dst != dst)
		return false;
	like->bytes[DST_LEN] = bytes[DST_LEN];
	memcpy(like->bytes + dst, bytes + dst, dst_n);
	return memcmp(like->bytes, bytes, n) == 0;
}

/* A message that names two destinations is like no other. */
static void remember(struct r2_like *like, const uint8_t *bytes, size_t n, size_t dst, size_t dst_n)
{
	size_t other, other_n;

	like->len = 0;
	if (find_dst(bytes, n, dst + NLMSG_ALIGN(dst_n), &other, &other_n))
		return;
	like->len = (uint16_t)n;
	like->dst = (uint16_t)dst;
	memcpy(like->bytes, bytes, n);
}

bool r2_decode_route_like(struct r2_likes *likes, const struct nlmsghdr *nlh, struct r2_route *ret)
{
	const uint8_t *bytes = (const uint8_t *)(nlh + 1);
	size_t n = nlh->nlmsg_len - sizeof(*nlh), dst, dst_n;
	struct r2_like *like;

	if (nlh->nlmsg_type != RTM_NEWROUTE || n > R2_LIKE_ROOM ||
	    !find_dst(bytes, n, NLMSG_ALIGN(sizeof(struct rtmsg)), &dst, &dst_n))
		return r2_decode_route(nlh, ret, NULL);
	like = place_of(likes, bytes + dst + dst_n, n - dst - dst_n);
	if (!is_like(like, bytes, n, dst, dst_n)) {
		if (!r2_decode_route(nlh, ret, NULL))
			return false;
		remember(like, bytes, n, dst, dst_n);
		like->route = *ret;
		return true;
	}
	*ret = like->route;
	memcpy(ret->dst.addr.bytes, bytes + dst, dst_n);
	ret->dst.len = bytes[DST_LEN];
	return ret->dst.len <= r2_ip_bits(&ret->dst.addr);
}
