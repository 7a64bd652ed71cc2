/* SPDX-License-Identifier: MIT */
/*
 * The chooser behind the theorem: which addresses take part, how many bits they share, and the
 * first place beside the source that nobody has.
 */
#include "core/steer.h"

#define RULE        "phantom theorem"
#define WHERE       "KB 969029, rule 3; route2's doc/phantom.md"
#define HYGIENE     "phantom hygiene"
#define REFUSED_MAX 8                   /* refused places that are told one by one */
#define TRIES_MAX   (UINT32_C(1) << 16) /* places tried before the block counts as taken */

/* RFC 6724 section 3.2: 169.254.0.0/16 and 127.0.0.0/8 are of the link, all else is global. */
static bool is_of_link(const struct r2_ip *ip)
{
	return r2_ip_is_link_local(ip) || r2_ip_is_loopback(ip);
}

/* Is it one of L: may it be picked at all, equal to the source under all rules before the bits. */
static bool takes_part(const struct r2_addr *addr, const struct r2_addr *src)
{
	const uint32_t out =
		R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED | R2_ADDR_DEPRECATED | R2_ADDR_SKIP_AS_SOURCE;

	return addr->link == src->link && addr->ip.family == src->ip.family &&
	       !(addr->flags & out) && !r2_ip_is_multicast(&addr->ip) &&
	       is_of_link(&addr->ip) == is_of_link(&src->ip);
}

/* m: the most bits that another one of L shares with the source, -1 if there is no other. */
static int most_shared(const struct r2_host *host, const struct r2_addr *src, r2_steps *steps)
{
	char text[R2_IP_TEXT], own[R2_IP_TEXT];
	int most = -1;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		int bits;

		if (r2_ip_equal(&addr->ip, &src->ip) || !takes_part(addr, src))
			continue;
		bits = (int)r2_ip_common_bits(&addr->ip, &src->ip);
		if (steps)
			r2_step(steps, R2_STEP_NOTE, RULE, WHERE, "%s shares %d bits with %s",
				r2_ip_format(&addr->ip, text), bits, r2_ip_format(&src->ip, own));
		r2_step_bits(steps, &addr->ip, &src->ip, (unsigned)bits);
		most = bits > most ? bits : most;
	}
	return most;
}

bool r2_steer_wins(const struct r2_host *host, const struct r2_addr *src,
		   const struct r2_ip *next_hop)
{
	if (!takes_part(src, src))
		return false;
	return (int)r2_ip_common_bits(next_hop, &src->ip) > most_shared(host, src, NULL);
}

bool r2_steer_in_way(const struct r2_addr *addr, const struct r2_addr *src,
		     const struct r2_ip *next_hop)
{
	struct r2_addr unskipped = *addr;

	unskipped.flags &= ~(uint32_t)R2_ADDR_SKIP_AS_SOURCE;
	return !r2_ip_equal(&addr->ip, &src->ip) && takes_part(&unskipped, src) &&
	       r2_ip_common_bits(next_hop, &addr->ip) >= r2_ip_common_bits(next_hop, &src->ip);
}

/* Can the source win at all, and does the destination let the next hop decide. */
static const char *why_unfit(const struct r2_host *host, const struct r2_addr *src,
			     const struct r2_prefix *dst)
{
	if (src->ip.family != R2_IPV4)
		return "no document says that Windows looks at the next hop's bits in IPv6";
	if (src->flags & R2_ADDR_SKIP_AS_SOURCE)
		return "the source has SkipAsSource set: Windows never picks it by itself";
	if (!takes_part(src, src))
		return "the source is not preferred: deprecated, or duplicate address detection";
	if (is_of_link(&src->ip) && !is_of_link(&dst->addr))
		return "the source has the scope of the link, the destination has not (rule 2)";
	r2_each (const struct r2_addr, addr, &host->addrs) {
		struct r2_prefix own = r2_prefix_host(&addr->ip);

		if (r2_prefix_covers(dst, &own) && dst->len == own.len)
			return "the destination is this host's own address (rule 1)";
		if (addr->link == src->link && r2_prefix_covers(&addr->subnet, dst))
			return "the destination is on the link: no next hop is asked";
	}
	return NULL;
}

static bool is_in(const r2_ips *ips, const struct r2_ip *ip)
{
	for (size_t i = 0; ips && i < ips->n; i++) {
		if (r2_ip_equal(&ips->at[i], ip))
			return true;
	}
	return false;
}

/* Hygiene: what else may not be a phantom beside what r2_phantom_usable() refuses. */
static bool is_free(const struct r2_host *host, const struct r2_addr *src,
		    const struct r2_ip *place, const r2_ips *answering, struct r2_error *err)
{
	static const struct r2_book none;
	char text[R2_IP_TEXT];

	if (!r2_prefix_contains(&src->subnet, place))
		return r2_error_set(err, R2_FAILED, "%s is outside the source's subnet",
				    r2_ip_format(place, text));
	if (is_in(answering, place))
		return r2_error_set(err, R2_FAILED, "a host on the link answers to %s",
				    r2_ip_format(place, text));
	return r2_phantom_usable(host, &none, src->link, place, err);
}

/* The last four bytes are all that IPv4 has: s XOR n. */
static struct r2_ip beside(const struct r2_ip *ip, uint32_t n)
{
	struct r2_ip place = *ip;

	for (size_t i = 0; i < 4; i++)
		place.bytes[i] ^= (uint8_t)(n >> (24 - 8 * i));
	return place;
}

/* Does a place do besides being free. Return: false with the reason. */
typedef bool place_check(const struct r2_host *host, const struct r2_addr *src,
			 const struct r2_ip *place, struct r2_error *err);

static bool search(const struct r2_host *host, const struct r2_addr *src, place_check *check,
		   const r2_ips *answering, r2_steps *steps, struct r2_steer *steer)
{
	unsigned longer = src->subnet.len > steer->block.len ? src->subnet.len : steer->block.len;
	uint64_t places = UINT64_C(1) << (32 - longer);
	unsigned refused = 0;

	for (uint32_t n = 1; n < places && n < TRIES_MAX; n++) {
		struct r2_ip place = beside(&src->ip, n);
		struct r2_error err;
		char text[R2_IP_TEXT];

		if (is_free(host, src, &place, answering, &err) &&
		    (!check || check(host, src, &place, &err))) {
			steer->how = R2_STEER_PHANTOM;
			steer->phantom = place;
			if (steps)
				r2_step(steps, R2_STEP_CHOSEN, HYGIENE, WHERE,
					"%s is the nearest free place: it shares %u bits",
					r2_ip_format(&place, text),
					r2_ip_common_bits(&place, &src->ip));
			r2_step_bits(steps, &place, &src->ip, r2_ip_common_bits(&place, &src->ip));
			return true;
		}
		if (!steer->blocked_by.family)
			steer->blocked_by = place;
		if (refused++ < REFUSED_MAX)
			r2_step(steps, R2_STEP_DROPPED, HYGIENE, WHERE, "%s", err.what);
	}
	if (refused > REFUSED_MAX)
		r2_step(steps, R2_STEP_DROPPED, HYGIENE, WHERE, "and %u more",
			refused - REFUSED_MAX);
	steer->how = R2_STEER_BY_HYGIENE;
	return false;
}

bool r2_steer_choose(const struct r2_host *host, const struct r2_addr *src,
		     const struct r2_ip *gateway, const struct r2_prefix *dst,
		     const r2_ips *answering, r2_steps *steps, struct r2_steer *ret)
{
	const char *unfit = why_unfit(host, src, dst);
	char text[R2_PREFIX_TEXT], hop[R2_IP_TEXT];

	*ret = (struct r2_steer){.how = R2_STEER_UNFIT, .shared = -1};
	if (unfit) {
		r2_step(steps, R2_STEP_DROPPED, RULE, WHERE, "%s", unfit);
		return false;
	}
	ret->shared = most_shared(host, src, steps);
	ret->block.len = (uint8_t)(ret->shared + 1);
	ret->block.addr = r2_ip_mask(&src->ip, ret->block.len);
	if (ret->shared < 0 && gateway) {
		r2_step(steps, R2_STEP_CHOSEN, RULE, WHERE,
			"the source is alone on its interface: any next hop picks it");
		ret->how = R2_STEER_NEEDLESS;
		return true;
	}
	if (ret->shared == 31) {
		ret->how = R2_STEER_BY_RULE;
		ret->blocked_by = beside(&src->ip, 1);
		r2_step(steps, R2_STEP_DROPPED, RULE, WHERE,
			"%s is this host's too and differs in the last bit only: every next hop "
			"ties or picks it",
			r2_ip_format(&ret->blocked_by, hop));
		return false;
	}
	if (steps)
		r2_step(steps, R2_STEP_NOTE, RULE, WHERE,
			"a next hop in %s, and no other, picks the source",
			r2_prefix_format(&ret->block, text));
	if (gateway && r2_prefix_contains(&ret->block, gateway)) {
		ret->how = R2_STEER_GATEWAY;
		ret->phantom = *gateway;
		r2_step(steps, R2_STEP_CHOSEN, RULE, WHERE,
			"the gateway lies in it: no phantom is needed");
		r2_step_bits(steps, gateway, &src->ip, r2_ip_common_bits(gateway, &src->ip));
		return true;
	}
	return search(host, src, NULL, answering, steps, ret);
}

/* ---- XP and 2003 ---- */

#define WHERE_XP "KB 175396; best effort"

/* The first address of the interface whose subnet holds @next_hop, NULL for none. */
static const struct r2_addr *first_holder(const struct r2_host *host, uint32_t link,
					  const struct r2_ip *next_hop)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link == link && r2_prefix_contains(&addr->subnet, next_hop))
			return addr;
	}
	return NULL;
}

static bool check_xp(const struct r2_host *host, const struct r2_addr *src,
		     const struct r2_ip *place, struct r2_error *err)
{
	const struct r2_addr *first = first_holder(host, src->link, place);
	char text[R2_IP_TEXT], other[R2_IP_TEXT];

	return first == src ||
	       r2_error_set(err, R2_FAILED, "%s is in the subnet of %s, which comes first",
			    r2_ip_format(place, text),
			    first ? r2_ip_format(&first->ip, other) : "none");
}

/* An address before the source whose subnet holds all of the source's. */
static const struct r2_addr *covered_by(const struct r2_host *host, const struct r2_addr *src)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr == src)
			return NULL;
		if (addr->link == src->link && r2_prefix_covers(&addr->subnet, &src->subnet))
			return addr;
	}
	return NULL;
}

bool r2_steer_choose_xp(const struct r2_host *host, const struct r2_addr *src,
			const struct r2_ip *gateway, const struct r2_prefix *dst,
			const r2_ips *answering, r2_steps *steps, struct r2_steer *ret)
{
	const char *unfit = why_unfit(host, src, dst);
	const struct r2_addr *earlier = covered_by(host, src);
	char text[R2_IP_TEXT], other[R2_IP_TEXT];

	*ret = (struct r2_steer){.how = R2_STEER_UNFIT, .shared = -1, .block = src->subnet};
	ret->block.addr = r2_ip_mask(&src->subnet.addr, src->subnet.len);
	if (unfit) {
		r2_step(steps, R2_STEP_DROPPED, "segment", WHERE_XP, "%s", unfit);
		return false;
	}
	if (earlier) {
		ret->how = R2_STEER_BY_RULE;
		ret->blocked_by = earlier->ip;
		r2_step(steps, R2_STEP_DROPPED, "segment", WHERE_XP,
			"%s comes before %s and its subnet holds all of its: no next hop tells "
			"them "
			"apart",
			r2_ip_format(&earlier->ip, other), r2_ip_format(&src->ip, text));
		return false;
	}
	if (gateway && first_holder(host, src->link, gateway) == src) {
		ret->how = R2_STEER_GATEWAY;
		ret->phantom = *gateway;
		r2_step(steps, R2_STEP_CHOSEN, "segment", WHERE_XP,
			"the gateway lies in the source's subnet: no phantom is needed");
		return true;
	}
	return search(host, src, check_xp, answering, steps, ret);
}
