/* SPDX-License-Identifier: MIT */
/*
 * Addresses, prefixes and MACs as plain values.
 *
 * Both families are one type, bytes always in network order, so that no caller ever asks "which
 * family?" to compare, mask or print. An address whose family is R2_NONE is "no address".
 */
#ifndef R2_CORE_IP_H
#define R2_CORE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum r2_family { R2_NONE = 0, R2_IPV4 = 4, R2_IPV6 = 6 };

/**
 * struct r2_ip - one IPv4 or IPv6 address, or none
 * @family: enum r2_family
 * @bytes: network order; IPv4 uses the first four, the other twelve are always zero
 */
struct r2_ip {
	uint8_t family;
	uint8_t bytes[16];
};

/**
 * struct r2_prefix - a destination or subnet
 * @addr: the address; a destination has no bit set behind @len, a subnet of an interface may
 * @len: 0..32 or 0..128
 */
struct r2_prefix {
	struct r2_ip addr;
	uint8_t len;
};

#define R2_MAC_BYTES 20 /* InfiniBand's, the longest link-layer address in use */

/** struct r2_mac - a link-layer address; @len 0 is "none" (a NOARP link, an unresolved neighbour)
 */
struct r2_mac {
	uint8_t len;
	uint8_t bytes[R2_MAC_BYTES];
};

/* Room for the longest text of each kind, the ending zero included. */
#define R2_IP_TEXT     46
#define R2_PREFIX_TEXT 50
#define R2_MAC_TEXT    (3 * R2_MAC_BYTES)

/** enum r2_prefix_fault - why a text is no destination */
enum r2_prefix_fault {
	R2_PREFIX_OK = 0,
	R2_PREFIX_NOT_ADDRESS, /* what stands before the slash is not an address */
	R2_PREFIX_BAD_LENGTH,  /* not a number, or over 32 or 128 */
	R2_PREFIX_HOST_BITS, /* bits set behind the length; ret_prefix is then the masked prefix */
};

/** r2_ip_bytes() - 4 or 16; 0 for no address */
static inline size_t r2_ip_bytes(const struct r2_ip *ip)
{
	return ip->family == R2_IPV4 ? 4 : ip->family == R2_IPV6 ? 16 : 0;
}

/** r2_ip_bits() - 32 or 128; 0 for no address */
static inline unsigned r2_ip_bits(const struct r2_ip *ip)
{
	return (unsigned)r2_ip_bytes(ip) * 8;
}

/**
 * r2_ip_make() - an address from network-order bytes
 * @family: R2_IPV4 or R2_IPV6
 * @bytes: 4 or 16 bytes
 */
static inline struct r2_ip r2_ip_make(enum r2_family family, const void *bytes)
{
	struct r2_ip ip = {.family = (uint8_t)family};

	if (family == R2_IPV4) /* a length that is known is no call */
		memcpy(ip.bytes, bytes, 4);
	else
		memcpy(ip.bytes, bytes, r2_ip_bytes(&ip));
	return ip;
}

/**
 * r2_ip_parse() - read a strict dotted quad or an RFC 4291 section 2.2 address
 * @text: the whole text must be the address: no blanks, no zone, no leading zeros in IPv4
 * @ret_ip: filled on success only
 *
 * Accepts and refuses exactly what inet_pton(3) does (tests/unit checks it against that).
 */
bool r2_ip_parse(const char *text, struct r2_ip *ret_ip);

/**
 * r2_ip_format() - write the canonical text (RFC 5952 for IPv6, with its section 5 mixed form
 * for IPv4-mapped addresses, as inet_ntop(3) does)
 *
 * Return: @buf, for use inside a printf. No address gives "none".
 */
const char *r2_ip_format(const struct r2_ip *ip, char buf[R2_IP_TEXT]);

/** r2_ip_equal() - no address equals no address, whatever its bytes */
static inline bool r2_ip_equal(const struct r2_ip *a, const struct r2_ip *b)
{
	return a->family == b->family &&
	       (!a->family || memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0);
}

/** r2_ip_compare() - by family, then numerically: <0, 0, >0 */
int r2_ip_compare(const struct r2_ip *a, const struct r2_ip *b);

/** r2_ip_common_bits() - number of equal leading bits, 0 if the families differ */
unsigned r2_ip_common_bits(const struct r2_ip *a, const struct r2_ip *b);

/** r2_ip_is_unspecified() - 0.0.0.0, :: or no address */
bool r2_ip_is_unspecified(const struct r2_ip *ip);
/** r2_ip_is_multicast() - 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291 2.7) */
bool r2_ip_is_multicast(const struct r2_ip *ip);
/** r2_ip_is_loopback() - 127.0.0.0/8 (RFC 1122 3.2.1.3), ::1 */
bool r2_ip_is_loopback(const struct r2_ip *ip);
/** r2_ip_is_link_local() - 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 2.5.6) */
bool r2_ip_is_link_local(const struct r2_ip *ip);

/** r2_ip_mask() - @ip with every bit behind @len cleared */
struct r2_ip r2_ip_mask(const struct r2_ip *ip, unsigned len);
/** r2_ip_fill() - @ip with every bit behind @len set: the last address of a prefix */
struct r2_ip r2_ip_fill(const struct r2_ip *ip, unsigned len);
/** r2_ip_add() - @ip plus @n, carrying over all its bytes and wrapping round at the top */
struct r2_ip r2_ip_add(const struct r2_ip *ip, uint32_t n);

/** r2_prefix_host() - the prefix that holds @ip alone (/32 or /128) */
struct r2_prefix r2_prefix_host(const struct r2_ip *ip);

/**
 * r2_prefix_parse() - read a destination: ADDRESS or ADDRESS/LENGTH
 * @text: without a length, the host prefix. "default" is the caller's business: it has no family.
 * @ret_prefix: filled on R2_PREFIX_OK and, masked, on R2_PREFIX_HOST_BITS
 */
enum r2_prefix_fault r2_prefix_parse(const char *text, struct r2_prefix *ret_prefix);

/**
 * r2_prefix_read() - the IPv4 destination that @text begins with, in one go
 * @text: moves behind it; what follows is for the caller to judge
 *
 * Return: false if r2_prefix_parse() would find fault, or it is IPv6; nothing is then touched.
 */
bool r2_prefix_read(const char **text, struct r2_prefix *ret_prefix);

/** r2_prefix_format() - ADDRESS/LENGTH, always with the length. Return: @buf */
const char *r2_prefix_format(const struct r2_prefix *prefix, char buf[R2_PREFIX_TEXT]);

/** r2_prefix_name() - for messages: the same, but `default` for all addresses. Return: @buf */
const char *r2_prefix_name(const struct r2_prefix *prefix, char buf[R2_PREFIX_TEXT]);

/** r2_prefix_equal() - family, address and length */
bool r2_prefix_equal(const struct r2_prefix *a, const struct r2_prefix *b);
/** r2_prefix_compare() - by family, address, then length */
int r2_prefix_compare(const struct r2_prefix *a, const struct r2_prefix *b);
/** r2_prefix_contains() - is @ip inside @prefix; false if the families differ */
bool r2_prefix_contains(const struct r2_prefix *prefix, const struct r2_ip *ip);
/**
 * r2_prefix_is_nowhere() - 0.0.0.0/32 or ::/128: as a destination this host itself (RFC
 * 1122 3.2.1.3, RFC 4291 2.5.2)
 */
bool r2_prefix_is_nowhere(const struct r2_prefix *prefix);
/** r2_prefix_covers() - is every address of @inner inside @outer */
bool r2_prefix_covers(const struct r2_prefix *outer, const struct r2_prefix *inner);

/**
 * r2_netmask_length() - the length of a contiguous IPv4 netmask such as 255.255.255.0
 * @ret_len: 0..32, filled on success only
 */
bool r2_netmask_length(const struct r2_ip *mask, uint8_t *ret_len);

/** r2_mac_parse() - pairs of hex digits with colons or dashes (as Windows writes them) */
bool r2_mac_parse(const char *text, struct r2_mac *ret_mac);
/** r2_mac_format() - colon form, lower case; "none" for no address. Return: @buf */
const char *r2_mac_format(const struct r2_mac *mac, char buf[R2_MAC_TEXT]);
bool r2_mac_equal(const struct r2_mac *a, const struct r2_mac *b);

#endif
