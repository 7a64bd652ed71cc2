/* SPDX-License-Identifier: MIT */
/*
 * Idea: one table of rules, each giving a number to a candidate; two candidates are compared rule
 * by rule, and the first that differs decides.
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

/* A question: the destination with what the rules ask of it. */
struct wanted {
	const struct r2_host *host;
	const struct r2_ip *dst;
	uint32_t link;
	unsigned scope;
	uint32_t label;
	bool home;
};

static uint32_t link_flags(const struct wanted *wanted, const struct r2_addr *addr)
{
	const struct r2_link *link = r2_host_link(wanted->host, addr->link);

	return link ? link->flags : 0;
}

static int score_same(const struct wanted *wanted, const struct r2_addr *addr)
{
	return r2_ip_equal(&addr->ip, wanted->dst);
}

/* The least that is wide enough, else the widest that is too narrow. */
static int score_scope(const struct wanted *wanted, const struct r2_addr *addr)
{
	unsigned scope = r2_scope6(&addr->ip);

	return scope >= wanted->scope ? -(int)scope : (int)scope - 128;
}

static int score_preferred(const struct wanted *wanted, const struct r2_addr *addr)
{
	uint32_t avoid = R2_ADDR_DEPRECATED;

	if (!(link_flags(wanted, addr) & R2_LINK_USE_OPTIMISTIC))
		avoid |= R2_ADDR_OPTIMISTIC;
	return is_old_form(&addr->ip) || !(addr->flags & avoid);
}

static int score_home(const struct wanted *wanted, const struct r2_addr *addr)
{
	return wanted->home && (addr->flags & R2_ADDR_HOME);
}

static int score_link(const struct wanted *wanted, const struct r2_addr *addr)
{
	return !wanted->link || wanted->link == addr->link;
}

static int score_label(const struct wanted *wanted, const struct r2_addr *addr)
{
	return r2_label6(wanted->host, &addr->ip, addr->link) == wanted->label;
}

static int score_temporary(const struct wanted *wanted, const struct r2_addr *addr)
{
	bool temporary = addr->flags & R2_ADDR_TEMPORARY;
	bool preferred = link_flags(wanted, addr) & R2_LINK_PREFER_TEMPORARY;

	return temporary == preferred;
}

static int score_orchid(const struct wanted *wanted, const struct r2_addr *addr)
{
	return is_orchid(&addr->ip) == is_orchid(wanted->dst);
}

static int score_bits(const struct wanted *wanted, const struct r2_addr *addr)
{
	unsigned bits = r2_ip_common_bits(&addr->ip, wanted->dst);

	return (int)(bits > addr->subnet.len ? addr->subnet.len : bits);
}

static int score_settled(const struct wanted *wanted, const struct r2_addr *addr)
{
	(void)wanted;
	return !(addr->flags & R2_ADDR_OPTIMISTIC);
}

static const struct {
	const char *name, *what;
	int (*score)(const struct wanted *wanted, const struct r2_addr *addr);
} rules[] = {
	{"RFC 6724 rule 1", "prefer the destination itself", score_same},
	{"RFC 6724 rule 2", "prefer the fitting scope", score_scope},
	{"RFC 6724 rule 3", "avoid deprecated and optimistic addresses", score_preferred},
	{"RFC 6724 rule 4", "prefer home addresses", score_home},
	{"RFC 6724 rule 5", "prefer the outgoing interface", score_link},
	{"RFC 6724 rule 6", "prefer the same label", score_label},
	{"RFC 6724 rule 7", "prefer public or temporary addresses, as set", score_temporary},
	{"ORCHID rule", "ORCHIDs are for ORCHIDs (RFC 4843)", score_orchid},
	{"RFC 6724 rule 8", "longest match with the destination, within the prefix", score_bits},
	{"optimistic rule", "avoid optimistic addresses", score_settled},
};

enum { RULES = sizeof(rules) / sizeof(rules[0]), RULE_BITS = 8 };

/* Which of two is better: < 0 the first; @ret_rule is the rule that says so, RULES if none does. */
static int compare(const struct wanted *wanted, const struct r2_addr *a, const struct r2_addr *b,
		   size_t *ret_rule)
{
	for (size_t i = 0; i < RULES; i++) {
		int score_a = rules[i].score(wanted, a), score_b = rules[i].score(wanted, b);

		*ret_rule = i;
		if (score_a != score_b)
			return score_a > score_b ? -1 : 1;
	}
	*ret_rule = RULES;
	return 0;
}

/* ---- the candidates ---- */

/* RFC 6724 section 4: for a destination on the link, only addresses of the link. */
static bool only_link(const struct wanted *wanted)
{
	const struct r2_link *link = r2_host_link(wanted->host, wanted->link);

	return link && (r2_ip_is_multicast(wanted->dst) || wanted->scope <= 2 ||
			(link->flags & R2_LINK_USE_OIF_ADDRS_ONLY));
}

static bool is_candidate(const struct wanted *wanted, const struct r2_addr *addr, bool only)
{
	return addr->ip.family == R2_IPV6 && !(addr->flags & R2_ADDR_TENTATIVE) &&
	       !(addr->flags & R2_ADDR_DADFAILED) && (!only || addr->link == wanted->link) &&
	       !r2_ip_is_multicast(&addr->ip) && !r2_ip_is_unspecified(&addr->ip);
}

static void tell(const struct wanted *wanted, const struct r2_addr *winner, bool only,
		 r2_steps *steps)
{
	char lost[R2_IP_TEXT], won[R2_IP_TEXT];
	bool bits = false;

	r2_ip_format(&winner->ip, won);
	r2_each (const struct r2_addr, addr, &wanted->host->addrs) {
		size_t rule;

		if (addr->ip.family != R2_IPV6 || addr == winner)
			continue;
		r2_ip_format(&addr->ip, lost);
		if (!is_candidate(wanted, addr, only)) {
			bool elsewhere = only && addr->link != wanted->link;

			r2_step(steps, R2_STEP_DROPPED, "RFC 6724 section 4", WHERE, "%s %s", lost,
				elsewhere ? "is not of the outgoing interface"
					  : "is tentative: duplicate address detection runs");
			continue;
		}
		compare(wanted, winner, addr, &rule);
		if (rule == RULES)
			r2_step(steps, R2_STEP_DROPPED, "order", WHERE,
				"%s is as good as %s, which stands before it", lost, won);
		else if (rule == RULE_BITS) {
			bits = true;
			r2_step(steps, R2_STEP_DROPPED, rules[rule].name, WHERE,
				"%s shares %d bits with the destination, %s %d", lost,
				score_bits(wanted, addr), won, score_bits(wanted, winner));
			r2_step_bits(steps, &addr->ip, wanted->dst,
				     (unsigned)score_bits(wanted, addr));
		} else
			r2_step(steps, R2_STEP_DROPPED, rules[rule].name, WHERE, "%s loses: %s",
				lost, rules[rule].what);
	}
	r2_step(steps, R2_STEP_CHOSEN, "IPv6 source", WHERE, "%s of %s", won,
		r2_host_link_name(wanted->host, winner->link));
	if (bits)
		r2_step_bits(steps, &winner->ip, wanted->dst, (unsigned)score_bits(wanted, winner));
}

const struct r2_addr *r2_source6(const struct r2_host *host, uint32_t link, const struct r2_ip *dst,
				 bool home, r2_steps *steps)
{
	struct wanted wanted = {host, dst, link, r2_scope6(dst), r2_label6(host, dst, link), home};
	bool only = only_link(&wanted);
	const struct r2_addr *best = NULL;

	/* By interface, then in its order: that decides where the rules do not. */
	r2_each (const struct r2_link, one, &host->links) {
		r2_each (const struct r2_addr, addr, &host->addrs) {
			size_t rule;

			if (addr->link != one->index || !is_candidate(&wanted, addr, only))
				continue;
			if (!best || compare(&wanted, best, addr, &rule) > 0)
				best = addr;
		}
	}
	if (steps && best)
		tell(&wanted, best, only, steps);
	else if (steps)
		r2_step(steps, R2_STEP_DROPPED, "IPv6 source", WHERE, "no address is fit");
	return best;
}
