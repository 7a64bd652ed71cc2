/* SPDX-License-Identifier: MIT */
/*
 * Idea: each rule gives a candidate a number; the numbers stand side by side in one, the first
 * rule's on top. Candidates are compared by that; the first rule that differs is the highest bit
 * that does. What no destination changes is found once, see r2_sources6_build().
 */
#include "core/source6.h"

#include <string.h>

#define WHERE "RFC 6724 section 5; ipv6_get_saddr_eval(), net/ipv6/addrconf.c"

/* ---- what the rules look at ---- */

static bool starts(const struct r2_ip *ip, const char *hex, size_t bytes)
{
	return memcmp(ip->bytes, hex, bytes) == 0;
}

/* ipv6_addr_type(): addresses that rule 3 never avoids. */
static bool is_old_form(const struct r2_ip *ip)
{
	static const char zeros[12];
	static const char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xff};

	return starts(ip, zeros, 12) || starts(ip, mapped, 12);
}

static bool is_orchid(const struct r2_ip *ip) /* RFC 4843: 2001:10::/28 */
{
	return starts(ip, "\x20\x01\x00", 3) && (ip->bytes[3] & 0xf0) == 0x10;
}

unsigned r2_scope6(const struct r2_ip *ip)
{
	enum { LINK = 2, SITE = 5, GLOBAL = 14 };

	if (r2_ip_is_multicast(ip))
		return ip->bytes[1] & 0x0f;
	if (r2_ip_is_link_local(ip) || r2_ip_is_loopback(ip))
		return LINK;
	if (ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0xc0)
		return SITE;
	return GLOBAL;
}

/* The kernel's own table, longest first (ip6addrlbl_init_table[]). */
static const struct {
	uint8_t bytes[16];
	uint8_t len;
	uint32_t label;
} usual_labels[] = {
	{{[15] = 1}, 128, 0},
	{{[10] = 0xff, [11] = 0xff}, 96, 4},
	{{0}, 96, 3},
	{{0x20, 0x01}, 32, 6},
	{{0x20, 0x01, 0x00, 0x10}, 28, 7},
	{{0x3f, 0xfe}, 16, 12},
	{{0x20, 0x02}, 16, 2},
	{{0xfe, 0xc0}, 10, 11},
	{{0xfc}, 7, 5},
};

static uint32_t usual_label(const struct r2_ip *ip)
{
	for (size_t i = 0; i < sizeof(usual_labels) / sizeof(usual_labels[0]); i++) {
		struct r2_prefix prefix;

		if (usual_labels[i].len >= 8 && usual_labels[i].bytes[0] != ip->bytes[0])
			continue; /* most; this is asked for each candidate of each destination */
		prefix.addr = r2_ip_make(R2_IPV6, usual_labels[i].bytes);
		prefix.len = usual_labels[i].len;
		if (r2_prefix_contains(&prefix, ip))
			return usual_labels[i].label;
	}
	return 1;
}

uint32_t r2_label6(const struct r2_host *host, const struct r2_ip *ip, uint32_t link)
{
	const struct r2_label *best = NULL;

	if (!host->labels.n)
		return usual_label(ip);
	r2_each (const struct r2_label, label, &host->labels) {
		if ((label->link && label->link != link) || !r2_prefix_contains(&label->prefix, ip))
			continue;
		if (!best || label->prefix.len > best->prefix.len)
			best = label;
	}
	return best ? best->label : UINT32_MAX;
}

/* ---- the rules ---- */

enum rule {
	RULE_SAME,
	RULE_SCOPE,
	RULE_PREFERRED,
	RULE_HOME,
	RULE_LINK,
	RULE_LABEL,
	RULE_TEMPORARY,
	RULE_ORCHID,
	RULE_BITS,
	RULE_SETTLED,
	RULES /* none */
};

/* Lower bits are later rules; numbers over 1 have those of scope, 0 to 128, and of bits, as many.
 */
static const struct {
	const char *name, *what;
	unsigned shift;
} rules[RULES] = {
	[RULE_SAME] = {"RFC 6724 rule 1", "prefer the destination itself", 23},
	[RULE_SCOPE] = {"RFC 6724 rule 2", "prefer the fitting scope", 15},
	[RULE_PREFERRED] = {"RFC 6724 rule 3", "avoid deprecated and optimistic addresses", 14},
	[RULE_HOME] = {"RFC 6724 rule 4", "prefer home addresses", 13},
	[RULE_LINK] = {"RFC 6724 rule 5", "prefer the outgoing interface", 12},
	[RULE_LABEL] = {"RFC 6724 rule 6", "prefer the same label", 11},
	[RULE_TEMPORARY] = {"RFC 6724 rule 7", "prefer public or temporary addresses, as set", 10},
	[RULE_ORCHID] = {"ORCHID rule", "ORCHIDs are for ORCHIDs (RFC 4843)", 9},
	[RULE_BITS] = {"RFC 6724 rule 8", "longest match with the destination, within the prefix",
		       1},
	[RULE_SETTLED] = {"optimistic rule", "avoid optimistic addresses", 0},
};

static inline uint32_t put(enum rule rule, uint32_t number)
{
	return number << rules[rule].shift;
}

/* A question: the destination with what the rules ask of it. */
struct wanted {
	const struct r2_host *host;
	const struct r2_ip *dst;
	struct r2_bits bits;
	uint32_t link;
	unsigned scope;
	uint32_t label;
	bool orchid;
	bool home;
	bool only; /* addresses of @link */
};

/* The least that is wide enough, else the widest that is too narrow. */
static inline uint32_t score_scope(const struct wanted *wanted, uint32_t scope)
{
	return scope >= wanted->scope ? 128 - scope : scope;
}

static inline uint32_t score_bits(const struct wanted *wanted,
				  const struct r2_candidate6 *candidate)
{
	unsigned bits = r2_bits_common(&candidate->bits, &wanted->bits);

	return bits > candidate->len ? candidate->len : bits;
}

/* What all rules say of a candidate: the greatest wins. */
static inline uint32_t score(const struct wanted *wanted, const struct r2_candidate6 *candidate)
{
	bool same = candidate->bits.high == wanted->bits.high &&
		    candidate->bits.low == wanted->bits.low;

	return put(RULE_SAME, same) | put(RULE_SCOPE, score_scope(wanted, candidate->scope)) |
	       put(RULE_HOME, wanted->home && candidate->home) |
	       put(RULE_LINK, !wanted->link || wanted->link == candidate->addr->link) |
	       put(RULE_LABEL, candidate->label == wanted->label) |
	       put(RULE_ORCHID, candidate->orchid == wanted->orchid) |
	       put(RULE_BITS, score_bits(wanted, candidate)) | candidate->always;
}

/* The first rule that two scores differ by. */
static enum rule rule_between(uint32_t a, uint32_t b)
{
	enum rule rule = RULE_SAME;

	while (rule < RULES && !((a ^ b) >> rules[rule].shift))
		rule++;
	return rule;
}

/* ---- the candidates ---- */

static struct r2_candidate6 candidate_of(const struct r2_host *host, const struct r2_addr *addr)
{
	const struct r2_link *link = r2_host_link(host, addr->link);
	uint32_t flags = link ? link->flags : 0, avoid = R2_ADDR_DEPRECATED;
	bool temporary = addr->flags & R2_ADDR_TEMPORARY;
	bool wants_temporary = flags & R2_LINK_PREFER_TEMPORARY;

	if (!(flags & R2_LINK_USE_OPTIMISTIC))
		avoid |= R2_ADDR_OPTIMISTIC;
	return (struct r2_candidate6){
		.addr = addr,
		.bits = r2_bits_of(&addr->ip),
		.label = r2_label6(host, &addr->ip, addr->link),
		.scope = (uint8_t)r2_scope6(&addr->ip),
		.len = addr->subnet.len,
		.orchid = is_orchid(&addr->ip),
		.home = addr->flags & R2_ADDR_HOME,
		.always = put(RULE_PREFERRED, is_old_form(&addr->ip) || !(addr->flags & avoid)) |
			  put(RULE_TEMPORARY, temporary == wants_temporary) |
			  put(RULE_SETTLED, !(addr->flags & R2_ADDR_OPTIMISTIC)),
	};
}

static bool is_fit(const struct r2_addr *addr)
{
	return addr->ip.family == R2_IPV6 && !(addr->flags & R2_ADDR_TENTATIVE) &&
	       !(addr->flags & R2_ADDR_DADFAILED) && !r2_ip_is_multicast(&addr->ip) &&
	       !r2_ip_is_unspecified(&addr->ip);
}

static bool is_elsewhere(const struct wanted *wanted, const struct r2_addr *addr)
{
	return wanted->only && addr->link != wanted->link;
}

/* RFC 6724 section 4: for a destination on the link, only addresses of the link. */
static bool only_link(const struct wanted *wanted)
{
	const struct r2_link *link = r2_host_link(wanted->host, wanted->link);

	return link && (r2_ip_is_multicast(wanted->dst) || wanted->scope <= 2 ||
			(link->flags & R2_LINK_USE_OIF_ADDRS_ONLY));
}

static struct wanted wanted_of(const struct r2_host *host, uint32_t link, const struct r2_ip *dst,
			       bool home)
{
	struct wanted wanted = {.host = host,
				.dst = dst,
				.bits = r2_bits_of(dst),
				.link = link,
				.scope = r2_scope6(dst),
				.label = r2_label6(host, dst, link),
				.orchid = is_orchid(dst),
				.home = home};

	wanted.only = only_link(&wanted);
	return wanted;
}

bool r2_sources6_build(const struct r2_host *host, struct r2_sources6 *ret)
{
	struct r2_sources6 sources = {.host = host};

	/* By interface, then in its order: that decides where the rules do not. */
	r2_each (const struct r2_link, link, &host->links) {
		r2_each (const struct r2_addr, addr, &host->addrs) {
			struct r2_candidate6 candidate;

			if (addr->link != link->index || !is_fit(addr))
				continue;
			candidate = candidate_of(host, addr);
			if (!r2_list_push(&sources.candidates, &candidate)) {
				r2_sources6_free(&sources);
				return false;
			}
		}
	}
	*ret = sources;
	return true;
}

void r2_sources6_free(struct r2_sources6 *sources)
{
	r2_list_free(&sources->candidates);
}

/* The best so far; of equals it stays the one before. */
struct best {
	const struct r2_addr *addr;
	uint32_t score;
};

static inline void consider(const struct wanted *wanted, const struct r2_candidate6 *candidate,
			    struct best *best)
{
	uint32_t own;

	if (is_elsewhere(wanted, candidate->addr))
		return;
	own = score(wanted, candidate);
	if (best->addr && own <= best->score)
		return;
	best->addr = candidate->addr;
	best->score = own;
}

const struct r2_addr *r2_sources6_choose(const struct r2_sources6 *sources, uint32_t link,
					 const struct r2_ip *dst, bool home)
{
	struct wanted wanted = wanted_of(sources->host, link, dst, home);
	struct best best = {0};

	r2_each (const struct r2_candidate6, candidate, &sources->candidates)
		consider(&wanted, candidate, &best);
	return best.addr;
}

static void tell(const struct wanted *wanted, const struct best *best, r2_steps *steps)
{
	const struct r2_addr *winner = best->addr;
	struct r2_candidate6 first = candidate_of(wanted->host, winner), candidate;
	char lost[R2_IP_TEXT], won[R2_IP_TEXT];
	bool bits = false;

	r2_ip_format(&winner->ip, won);
	r2_each (const struct r2_addr, addr, &wanted->host->addrs) {
		enum rule rule;

		if (addr->ip.family != R2_IPV6 || addr == winner)
			continue;
		r2_ip_format(&addr->ip, lost);
		if (!is_fit(addr) || is_elsewhere(wanted, addr)) {
			r2_step(steps, R2_STEP_DROPPED, "RFC 6724 section 4", WHERE, "%s %s", lost,
				is_elsewhere(wanted, addr)
					? "is not of the outgoing interface"
					: "is tentative: duplicate address detection runs");
			continue;
		}
		candidate = candidate_of(wanted->host, addr);
		rule = rule_between(best->score, score(wanted, &candidate));
		if (rule == RULES)
			r2_step(steps, R2_STEP_DROPPED, "order", WHERE,
				"%s is as good as %s, which stands before it", lost, won);
		else if (rule == RULE_BITS) {
			bits = true;
			r2_step(steps, R2_STEP_DROPPED, rules[rule].name, WHERE,
				"%s shares %u bits with the destination, %s %u", lost,
				score_bits(wanted, &candidate), won, score_bits(wanted, &first));
			r2_step_bits(steps, &addr->ip, wanted->dst, score_bits(wanted, &candidate));
		} else
			r2_step(steps, R2_STEP_DROPPED, rules[rule].name, WHERE, "%s loses: %s",
				lost, rules[rule].what);
	}
	r2_step(steps, R2_STEP_CHOSEN, "IPv6 source", WHERE, "%s of %s", won,
		r2_host_link_name(wanted->host, winner->link));
	if (bits)
		r2_step_bits(steps, &winner->ip, wanted->dst, score_bits(wanted, &first));
}

const struct r2_addr *r2_source6(const struct r2_host *host, uint32_t link, const struct r2_ip *dst,
				 bool home, r2_steps *steps)
{
	struct wanted wanted = wanted_of(host, link, dst, home);
	struct best best = {0};

	/* In the order of r2_sources6_build(). */
	r2_each (const struct r2_link, one, &host->links) {
		r2_each (const struct r2_addr, addr, &host->addrs) {
			struct r2_candidate6 candidate;

			if (addr->link != one->index || !is_fit(addr))
				continue;
			candidate = candidate_of(host, addr);
			consider(&wanted, &candidate, &best);
		}
	}
	if (steps && best.addr)
		tell(&wanted, &best, steps);
	else if (steps)
		r2_step(steps, R2_STEP_DROPPED, "IPv6 source", WHERE, "no address is fit");
	return best.addr;
}
