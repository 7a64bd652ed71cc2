/* SPDX-License-Identifier: MIT */
/* Addresses as bytes: one loop serves both families. */
#include "core/ip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 8 /* 16-bit groups of an IPv6 address */

/* ---- reading ---------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* 0..@max in decimal without leading zeros; *text moves behind it. -1 if there is none. */
static int read_decimal(const char **text, int max)
{
	const char *p = *text;
	int value = 0;
	if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (*p - '0');
		if (value > max)
			return -1;
	}
	if (p == *text)
		return -1;
	*text = p;
	return value;
}

/* Four decimal bytes; *text moves behind them. */
static bool read_quad(const char **text, uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		int value;
		if (i && *(*text)++ != '.')
			return false;
		value = read_decimal(text, 255);
		if (value < 0)
			return false;
		bytes[i] = (uint8_t)value;
	}
	return true;
}

/* One to four hex digits; *text moves behind them. -1 if there are none, or more. */
static int read_group(const char **text)
{
	const char *p = *text;
	int value = 0;
	for (int digit; (digit = hex_digit(*p)) >= 0; p++) {
		if (p - *text == 4)
			return -1;
		value = value * 16 + digit;
	}
	if (p == *text)
		return -1;
	*text = p;
	return value;
}

/*
 * What stands on one side of `::`, or the whole if there is none: groups with colons between, the
 * last two perhaps a dotted quad. Ends at the zero or at `::`, where *text is left.
 * Return: bytes read, -1 if it is no such thing.
 */
static int read_groups(const char **text, uint8_t bytes[16])
{
	int n = 0;
	for (;;) {
		const char *start = *text;
		int group = read_group(text);
		if (**text == '.') {
			if (n > 12 || !read_quad(&start, bytes + n) || *start)
				return -1;
			*text = start;
			return n + 4;
		}
		if (group < 0 || n == 2 * GROUPS)
			return -1;
		bytes[n++] = (uint8_t)(group >> 8);
		bytes[n++] = (uint8_t)group;
		if (!**text || ((*text)[0] == ':' && (*text)[1] == ':'))
			return n;
		if (**text != ':')
			return -1;
		++*text;
	}
}

/* RFC 4291 section 2.2: groups, once `::` for one or more groups of zeros, a quad at the end. */
static bool read_ipv6(const char *text, uint8_t bytes[16])
{
	uint8_t tail[16];
	int head_bytes = 0, tail_bytes = 0;
	if (strncmp(text, "::", 2) != 0) {
		head_bytes = read_groups(&text, bytes);
		if (head_bytes < 0 || !*text)
			return head_bytes == 16;
	}
	text += 2;
	if (*text)
		tail_bytes = read_groups(&text, tail);
	if (tail_bytes < 0 || *text || head_bytes + tail_bytes > 14)
		return false;
	memset(bytes + head_bytes, 0, (size_t)(16 - head_bytes));
	memcpy(bytes + 16 - tail_bytes, tail, (size_t)tail_bytes);
	return true;
}

bool r2_ip_parse(const char *text, struct r2_ip *ret_ip)
{
	struct r2_ip ip = {.family = strchr(text, ':') ? R2_IPV6 : R2_IPV4};
	bool ok = ip.family == R2_IPV6 ? read_ipv6(text, ip.bytes)
				       : read_quad(&text, ip.bytes) && !*text;
	if (ok)
		*ret_ip = ip;
	return ok;
}

enum r2_prefix_fault r2_prefix_parse(const char *text, struct r2_prefix *ret_prefix)
{
	char address[R2_IP_TEXT];
	size_t n = strcspn(text, "/");
	struct r2_ip ip;
	if (n >= sizeof(address))
		return R2_PREFIX_NOT_ADDRESS;
	memcpy(address, text, n);
	address[n] = '\0';
	if (!r2_ip_parse(address, &ip))
		return R2_PREFIX_NOT_ADDRESS;
	if (!text[n]) {
		*ret_prefix = r2_prefix_host(&ip);
		return R2_PREFIX_OK;
	}
	text += n + 1;
	int len = read_decimal(&text, (int)r2_ip_bits(&ip));
	if (len < 0 || *text)
		return R2_PREFIX_BAD_LENGTH;
	ret_prefix->addr = r2_ip_mask(&ip, (unsigned)len);
	ret_prefix->len = (uint8_t)len;
	return r2_ip_equal(&ip, &ret_prefix->addr) ? R2_PREFIX_OK : R2_PREFIX_HOST_BITS;
}

bool r2_prefix_read(const char **text, struct r2_prefix *ret_prefix)
{
	const char *at = *text;
	struct r2_prefix prefix = {.addr.family = R2_IPV4, .len = 32};
	const uint8_t *bytes = prefix.addr.bytes;
	uint32_t number;
	int len = 32;
	if (!read_quad(&at, prefix.addr.bytes))
		return false;
	if (*at == '/') {
		at++;
		len = read_decimal(&at, 32);
	}
	number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		 bytes[3];
	if (len < 0 || (len < 32 && (number << len)))
		return false;
	prefix.len = (uint8_t)len;
	*ret_prefix = prefix;
	*text = at;
	return true;
}

bool r2_netmask_length(const struct r2_ip *mask, uint8_t *ret_len)
{
	const struct r2_ip none = {.family = R2_IPV4};
	const struct r2_ip ones = r2_ip_fill(&none, 0);
	unsigned len = r2_ip_common_bits(mask, &ones);
	struct r2_ip contiguous = r2_ip_mask(&ones, len);
	if (!r2_ip_equal(mask, &contiguous))
		return false;
	*ret_len = (uint8_t)len;
	return true;
}

bool r2_mac_parse(const char *text, struct r2_mac *ret_mac)
{
	struct r2_mac mac = {.len = 0};
	char separator = '\0';
	for (;;) {
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || mac.len == R2_MAC_BYTES)
			return false;
		mac.bytes[mac.len++] = (uint8_t)(high * 16 + low);
		text += 2;
		if (!*text)
			break;
		if (!separator && (*text == ':' || *text == '-'))
			separator = *text;
		if (*text++ != separator)
			return false;
	}
	*ret_mac = mac;
	return true;
}

/* ---- writing ---------------------------------------------------------------------------- */

/*
 * Digits by hand: `show` writes addresses by the hundred thousand, and snprintf would take half its
 * time. Return: behind the last digit; the caller ends the text.
 */
static char *put_number(char *at, unsigned number, unsigned base)
{
	char digits[8];
	size_t n = 0;
	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		*at++ = digits[--n];
	return at;
}

static char *put_quad(char *at, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = put_number(at, bytes[i], 10);
	}
	return at;
}

static unsigned group_at(const struct r2_ip *ip, int i)
{
	return (unsigned)(ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1]);
}

/* RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals. */
static int longest_zeros(const struct r2_ip *ip, int *ret_start)
{
	int best = 1, run = 0;
	*ret_start = -1;
	for (int i = 0; i < GROUPS; i++) {
		run = group_at(ip, i) ? 0 : run + 1;
		if (run > best) {
			best = run;
			*ret_start = i + 1 - run;
		}
	}
	return *ret_start < 0 ? 0 : best;
}

static char *put_ipv6(char *at, const struct r2_ip *ip)
{
	int start, zeros = longest_zeros(ip, &start);
	/* ::a.b.c.d (RFC 4291 2.5.5.1) and ::ffff:a.b.c.d (2.5.5.2) */
	bool mixed = start == 0 && (zeros == 6 || (zeros == 5 && group_at(ip, 5) == 0xffff));
	int groups = mixed ? 6 : GROUPS;
	for (int i = 0; i < groups; i++) {
		if (i == start) {
			*at++ = ':';
			*at++ = ':';
			i += zeros - 1;
			continue;
		}
		if (i && i != start + zeros)
			*at++ = ':';
		at = put_number(at, group_at(ip, i), 16);
	}
	if (mixed && zeros == 5)
		*at++ = ':';
	return mixed ? put_quad(at, ip->bytes + 12) : at;
}

/* Return: where the ending zero stands. */
static char *put_ip(char *buf, const struct r2_ip *ip)
{
	char *end = buf;
	if (ip->family == R2_IPV4)
		end = put_quad(buf, ip->bytes);
	else if (ip->family == R2_IPV6)
		end = put_ipv6(buf, ip);
	else
		end = (char *)memcpy(buf, "none", 4) + 4;
	*end = '\0';
	return end;
}

const char *r2_ip_format(const struct r2_ip *ip, char buf[R2_IP_TEXT])
{
	put_ip(buf, ip);
	return buf;
}

const char *r2_prefix_format(const struct r2_prefix *prefix, char buf[R2_PREFIX_TEXT])
{
	char *end = put_ip(buf, &prefix->addr);
	*end++ = '/';
	*put_number(end, prefix->len, 10) = '\0';
	return buf;
}

const char *r2_prefix_name(const struct r2_prefix *prefix, char buf[R2_PREFIX_TEXT])
{
	return prefix->len ? r2_prefix_format(prefix, buf) : memcpy(buf, "default", 8);
}

const char *r2_mac_format(const struct r2_mac *mac, char buf[R2_MAC_TEXT])
{
	snprintf(buf, R2_MAC_TEXT, "none");
	for (size_t i = 0; i < mac->len && i < R2_MAC_BYTES; i++)
		snprintf(buf + 3 * i - (i > 0), R2_MAC_TEXT - 3 * i + (i > 0), i ? ":%02x" : "%02x",
			 mac->bytes[i]);
	return buf;
}

/* ---- comparing -------------------------------------------------------------------------- */

int r2_ip_compare(const struct r2_ip *a, const struct r2_ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, r2_ip_bytes(a));
}

unsigned r2_ip_common_bits(const struct r2_ip *a, const struct r2_ip *b)
{
	unsigned bits = 0;
	if (a->family != b->family)
		return 0;
	for (size_t i = 0; i < r2_ip_bytes(a); i++) {
		unsigned differ = a->bytes[i] ^ b->bytes[i];
		bits += 8;
		for (; differ; differ >>= 1)
			bits--;
		if (a->bytes[i] != b->bytes[i])
			break;
	}
	return bits;
}

bool r2_prefix_equal(const struct r2_prefix *a, const struct r2_prefix *b)
{
	return r2_prefix_compare(a, b) == 0;
}

int r2_prefix_compare(const struct r2_prefix *a, const struct r2_prefix *b)
{
	int order = r2_ip_compare(&a->addr, &b->addr);
	return order ? order : a->len - b->len;
}

bool r2_prefix_contains(const struct r2_prefix *prefix, const struct r2_ip *ip)
{
	return prefix->addr.family == ip->family &&
	       r2_ip_common_bits(&prefix->addr, ip) >= prefix->len;
}

bool r2_prefix_is_nowhere(const struct r2_prefix *prefix)
{
	return prefix->addr.family && prefix->len == r2_ip_bits(&prefix->addr) &&
	       r2_ip_is_unspecified(&prefix->addr);
}

bool r2_prefix_covers(const struct r2_prefix *outer, const struct r2_prefix *inner)
{
	return outer->len <= inner->len && r2_prefix_contains(outer, &inner->addr);
}

bool r2_mac_equal(const struct r2_mac *a, const struct r2_mac *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* ---- kinds ------------------------------------------------------------------------------ */

bool r2_ip_is_unspecified(const struct r2_ip *ip)
{
	const struct r2_ip zero = {.family = ip->family};
	return r2_ip_equal(ip, &zero);
}

bool r2_ip_is_multicast(const struct r2_ip *ip)
{
	return (ip->family == R2_IPV4 && ip->bytes[0] >> 4 == 0xe) ||
	       (ip->family == R2_IPV6 && ip->bytes[0] == 0xff);
}

bool r2_ip_is_loopback(const struct r2_ip *ip)
{
	const struct r2_ip one = {.family = R2_IPV6, .bytes[15] = 1};
	return (ip->family == R2_IPV4 && ip->bytes[0] == 127) || r2_ip_equal(ip, &one);
}

bool r2_ip_is_link_local(const struct r2_ip *ip)
{
	return (ip->family == R2_IPV4 && ip->bytes[0] == 169 && ip->bytes[1] == 254) ||
	       (ip->family == R2_IPV6 && ip->bytes[0] == 0xfe && ip->bytes[1] >> 6 == 2);
}

/* ---- computing -------------------------------------------------------------------------- */

/* The bits of byte @i that stand before bit @len of the address. */
static uint8_t mask_byte(size_t i, unsigned len)
{
	size_t before = i * 8;
	if (len >= before + 8)
		return 0xff;
	return (uint8_t)(len <= before ? 0 : 0xff00 >> (len - before));
}

struct r2_ip r2_ip_mask(const struct r2_ip *ip, unsigned len)
{
	struct r2_ip masked = *ip;
	for (size_t i = 0; i < r2_ip_bytes(ip); i++)
		masked.bytes[i] = ip->bytes[i] & mask_byte(i, len);
	return masked;
}

struct r2_ip r2_ip_fill(const struct r2_ip *ip, unsigned len)
{
	struct r2_ip filled = *ip;
	for (size_t i = 0; i < r2_ip_bytes(ip); i++)
		filled.bytes[i] = (uint8_t)(ip->bytes[i] | (0xff & ~mask_byte(i, len)));
	return filled;
}

struct r2_ip r2_ip_add(const struct r2_ip *ip, uint32_t n)
{
	struct r2_ip sum = *ip;
	uint64_t carry = n;
	for (size_t i = r2_ip_bytes(ip); i-- > 0; carry >>= 8) {
		carry += sum.bytes[i];
		sum.bytes[i] = (uint8_t)carry;
	}
	return sum;
}

struct r2_prefix r2_prefix_host(const struct r2_ip *ip)
{
	return (struct r2_prefix){.addr = *ip, .len = (uint8_t)r2_ip_bits(ip)};
}
