/* SPDX-License-Identifier: MIT */
/*
 * The phantom theorem, put to use.
 *
 * Why it holds: let p share k bits with s. If k > m, every other l of L differs from s within the
 * first m + 1 bits, where p is like s, so that l shares with p what it shares with s: at most m. If
 * k <= m, the l that shares m bits with s shares k bits with p as well (k < m), or more (k = m,
 * where both differ from s in the same bit): s is not alone.
 */
#include "core/steer.h"

#define W_STEER  "KB 969029, rule 3"
#define W_SKIP   "SkipAsSource: KB 975808, KB 2386184"
#define W_RULES  "RFC 3484 section 5, rules 2 and 3"
#define W_SPARED "RFC 1122 section 3.2.1.3; RFC 5227"

enum {
	TRIED_MAX = 65536, /* places that are looked at */
	TOLD_MAX = 8,      /* and told */
};

/* What goes before the bits: a scope that reaches (rule 2), then not deprecated (rule 3). */
static int rank(const struct r2_addr *addr)
{
	return (r2_ip_is_link_local(&addr->ip) ? 0 : 2) +
	       (addr->flags & R2_ADDR_DEPRECATED ? 0 : 1);
}

static bool is_eligible(const struct r2_addr *addr)
{
	return !(addr->flags & (R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED));
}

/* m: the most bits that another of equal rank shares with @src, -1 if there is none. */
static int shared_bits(const struct r2_host *host, const struct r2_addr *src,
		       const struct r2_addr **ret_nearest)
{
	int most = -1;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		int bits = (int)r2_ip_common_bits(&addr->ip, &src->ip);

		if (addr->link != src->link || addr->ip.family != src->ip.family ||
		    r2_ip_equal(&addr->ip, &src->ip) || !is_eligible(addr) ||
		    rank(addr) != rank(src) || bits <= most)
			continue;
		most = bits;
		if (ret_nearest)
			*ret_nearest = addr;
	}
	return most;
}

/* An address that goes before @src whatever the next hop, or NULL. */
static const struct r2_addr *outranked_by(const struct r2_host *host, const struct r2_addr *src)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link == src->link && addr->ip.family == src->ip.family &&
		    is_eligible(addr) && rank(addr) > rank(src))
			return addr;
	}
	return NULL;
}

bool r2_steer_wins(const struct r2_host *host, const struct r2_addr *src,
		   const struct r2_ip *next_hop)
{
	int shared = shared_bits(host, src, NULL);

	if (!is_eligible(src) || outranked_by(host, src))
		return false;
	if (shared < 0)
		return true;
	/* In IPv6 no document says that the next hop counts. */
	return src->ip.family == R2_IPV4 && (int)r2_ip_common_bits(next_hop, &src->ip) > shared;
}

/* ---- the outcomes ---- */

/* Is there what no next hop can mend? */
static bool is_unfit(const struct r2_host *host, const struct r2_addr *src,
		     const struct r2_prefix *dst, r2_steps *steps, struct r2_steer *ret)
{
	const struct r2_addr *other = outranked_by(host, src);
	char text[R2_IP_TEXT], won[R2_IP_TEXT], prefix[R2_PREFIX_TEXT];

	r2_ip_format(&src->ip, text);
	if (src->flags & R2_ADDR_SKIP_AS_SOURCE) {
		r2_step(steps, R2_STEP_DROPPED, "source", W_SKIP, "%s has SkipAsSource set", text);
		return true;
	}
	if (!is_eligible(src)) {
		r2_step(steps, R2_STEP_DROPPED, "source", W_RULES,
			"%s is not preferred: duplicate address detection", text);
		return true;
	}
	if (other) {
		ret->blocked_by = other->ip;
		r2_step(steps, R2_STEP_DROPPED, "source", W_RULES,
			"%s goes before %s whatever the next hop: by its %s",
			r2_ip_format(&other->ip, won), text,
			r2_ip_is_link_local(&src->ip) ? "scope" : "not being deprecated");
		return true;
	}
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (dst->len == 0 || addr->link != src->link ||
		    !r2_prefix_covers(&addr->subnet, dst))
			continue;
		r2_step(steps, R2_STEP_DROPPED, "route", W_STEER,
			"%s is on the link: its own addresses are the next hops, and no gateway "
			"is",
			r2_prefix_name(dst, prefix));
		return true;
	}
	return false;
}

static void tell_block(const struct r2_addr *src, const struct r2_addr *nearest,
		       const struct r2_ip *gateway, r2_steps *steps, const struct r2_steer *steer)
{
	char text[R2_IP_TEXT], other[R2_IP_TEXT], hop[R2_IP_TEXT], block[R2_PREFIX_TEXT];

	if (!steps || steer->shared < 0)
		return;
	r2_step(steps, R2_STEP_NOTE, "phantom theorem", W_STEER,
		"%s shares %d bits with %s of the same interface: next hops of %s pick it, and no "
		"others",
		r2_ip_format(&src->ip, text), steer->shared, r2_ip_format(&nearest->ip, other),
		r2_prefix_format(&steer->block, block));
	r2_step_bits(steps, &nearest->ip, &src->ip, (unsigned)steer->shared);
	r2_step(steps,
		r2_prefix_contains(&steer->block, gateway) ? R2_STEP_CHOSEN : R2_STEP_DROPPED,
		"gateway", W_STEER, "the gateway %s itself is %s %s", r2_ip_format(gateway, hop),
		r2_prefix_contains(&steer->block, gateway) ? "in" : "not in", block);
	r2_step_bits(steps, gateway, &src->ip, r2_ip_common_bits(gateway, &src->ip));
}

/* s XOR @n, for small @n */
static struct r2_ip flipped(const struct r2_ip *ip, uint32_t n)
{
	struct r2_ip ret = *ip;
	size_t last = r2_ip_bytes(ip) - 1;

	for (size_t i = 0; i < 4; i++)
		ret.bytes[last - i] ^= (uint8_t)(n >> (8 * i));
	return ret;
}

static bool is_among(const r2_ips *ips, const struct r2_ip *ip)
{
	if (!ips)
		return false;
	r2_each (const struct r2_ip, one, ips) {
		if (r2_ip_equal(one, ip))
			return true;
	}
	return false;
}

static bool is_free(const struct r2_host *host, const struct r2_book *book,
		    const struct r2_addr *src, const struct r2_ip *ip, const r2_ips *answering,
		    r2_steps *steps)
{
	struct r2_error err;
	char text[R2_IP_TEXT];

	if (is_among(answering, ip)) {
		r2_step(steps, R2_STEP_DROPPED, "phantom", W_SPARED,
			"phantom %s is in use: a host on the link answers to it",
			r2_ip_format(ip, text));
		return false;
	}
	if (r2_phantom_usable(host, book, src->link, ip, &err))
		return true;
	r2_step(steps, R2_STEP_DROPPED, "phantom", W_SPARED, "%s", err.what);
	return false;
}

/* The nearest free address of the block; a next hop must lie in the source's subnet. */
static bool find_phantom(const struct r2_host *host, const struct r2_addr *src,
			 const r2_ips *answering, r2_steps *steps, struct r2_steer *ret)
{
	char text[R2_IP_TEXT];
	struct r2_book book;

	ret->blocked_by = flipped(&src->ip, 1);
	if (!r2_book_read(host, &book))
		return false;
	for (uint32_t n = 1; n < TRIED_MAX; n++) {
		struct r2_ip ip = flipped(&src->ip, n);

		if (!r2_prefix_contains(&ret->block, &ip) || !r2_prefix_contains(&src->subnet, &ip))
			break;
		if (!is_free(host, &book, src, &ip, answering, n <= TOLD_MAX ? steps : NULL))
			continue;
		ret->how = R2_STEER_PHANTOM;
		ret->phantom = ip;
		ret->blocked_by = (struct r2_ip){0};
		r2_step(steps, R2_STEP_CHOSEN, "phantom", W_STEER,
			"%s is free, and the nearest to the source that is",
			r2_ip_format(&ip, text));
		r2_step_bits(steps, &ip, &src->ip, r2_ip_common_bits(&ip, &src->ip));
		break;
	}
	r2_book_free(&book);
	return ret->how == R2_STEER_PHANTOM;
}

bool r2_steer_choose(const struct r2_host *host, const struct r2_addr *src,
		     const struct r2_ip *gateway, const struct r2_prefix *dst,
		     const r2_ips *answering, r2_steps *steps, struct r2_steer *ret)
{
	const struct r2_addr *nearest = NULL;
	char text[R2_IP_TEXT];

	*ret = (struct r2_steer){.how = R2_STEER_UNFIT, .shared = shared_bits(host, src, &nearest)};
	if (is_unfit(host, src, dst, steps, ret))
		return false;
	if (ret->shared < 0) {
		ret->how = R2_STEER_NEEDLESS;
		r2_step(steps, R2_STEP_CHOSEN, "source", W_STEER,
			"%s is the only one that its interface may send from",
			r2_ip_format(&src->ip, text));
		return true;
	}
	if (src->ip.family != R2_IPV4) {
		ret->blocked_by = nearest->ip;
		r2_step(steps, R2_STEP_DROPPED, "phantom theorem", W_STEER,
			"no document says that Windows counts the next hop's bits in IPv6");
		return false;
	}
	ret->block.len = (uint8_t)(ret->shared + 1);
	ret->block.addr = r2_ip_mask(&src->ip, ret->block.len);
	tell_block(src, nearest, gateway, steps, ret);
	if (r2_prefix_contains(&ret->block, gateway)) {
		ret->how = R2_STEER_GATEWAY;
		ret->phantom = *gateway;
		return true;
	}
	ret->how = ret->block.len == r2_ip_bits(&src->ip) ? R2_STEER_BY_RULE : R2_STEER_BY_HYGIENE;
	if (ret->how == R2_STEER_BY_RULE) {
		ret->blocked_by = nearest->ip;
		return false;
	}
	return find_phantom(host, src, answering, steps, ret);
}
