/* SPDX-License-Identifier: MIT */
/* SkipAsSource: who is in the way, whom it would hurt, and who still needs it. */
#include "core/skip.h"
#include "core/book.h"
#include "core/steer.h"

/* It is set, or is ours and foreseen to be taken back: then there is no need to set it either. */
#define SET (R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_SKIP_IS_OURS)

/* Does a line of ours, but one to @dst, send from @addr because Windows picks it. */
static const struct r2_route *sends_from(const struct r2_host *host, const struct r2_addr *addr,
					 const struct r2_prefix *dst)
{
	r2_each (const struct r2_route, row, &host->routes) {
		if (row->table != R2_BOOK_TABLE || row->protocol != R2_PROTOCOL ||
		    !r2_ip_equal(&row->prefsrc, &addr->ip) || row->link != addr->link)
			continue;
		if (!r2_book_is_wish(row) ||
		    (r2_book_method(row) != R2_NATIVE && !r2_prefix_equal(&row->dst, dst)))
			return row;
	}
	return NULL;
}

static bool refuse_hurt(const struct r2_addr *addr, const struct r2_route *row,
			struct r2_error *err)
{
	char ip[R2_IP_TEXT], dst[R2_PREFIX_TEXT];

	r2_ip_format(&addr->ip, ip);
	if (r2_book_is_wish(row))
		r2_error_set(err, R2_FAILED,
			     "%s is in the way, and the line to %s sends from it: it cannot get "
			     "SkipAsSource",
			     ip, r2_prefix_name(&row->dst, dst));
	else
		r2_error_set(err, R2_FAILED,
			     "%s is in the way, and lines by phantom %s send from it: it cannot "
			     "get SkipAsSource",
			     ip, r2_ip_format(&row->gateway, dst));
	return r2_error_hint(err, "see: route2 show src %s", ip);
}

bool r2_skip_find(const struct r2_host *host, struct r2_target *target, const struct r2_addr *src,
		  struct r2_error *err)
{
	const struct r2_ip *hop = &target->gateways.at[0];

	target->skips.n = 0;
	if (src->ip.family != R2_IPV4)
		return r2_error_set(err, R2_FAILED,
				    "`method skipassource` is for IPv4: in IPv6 the destination "
				    "decides among addresses, and temporary ones come and go");
	r2_each (const struct r2_addr, addr, &host->addrs) {
		bool skipped = addr->flags & R2_ADDR_SKIP_AS_SOURCE;
		const struct r2_route *hurt;

		/* What somebody else has set is as it is; what we have set is this line's need too.
		 */
		if ((skipped && !(addr->flags & R2_ADDR_SKIP_IS_OURS)) ||
		    !r2_steer_in_way(addr, src, hop))
			continue;
		hurt = skipped ? NULL : sends_from(host, addr, &target->route.dst);
		if (hurt)
			return refuse_hurt(addr, hurt, err);
		if (target->skips.n == R2_SKIPS_MAX)
			return r2_error_set(err, R2_FAILED,
					    "more than %d addresses would need SkipAsSource",
					    R2_SKIPS_MAX);
		target->skips.at[target->skips.n++] = addr->ip;
	}
	return true;
}

void r2_skip_foresee(struct r2_host *host,
		     bool (*stays)(void *ctx, const struct r2_host *host,
				   const struct r2_route *row),
		     void *ctx)
{
	r2_each (struct r2_addr, addr, &host->addrs) {
		bool needed = !(addr->flags & R2_ADDR_SKIP_IS_OURS);

		r2_each (const struct r2_route, row, &host->routes)
			needed = needed ||
				 (row->table == R2_BOOK_TABLE && row->protocol == R2_PROTOCOL &&
				  r2_skip_needs(host, addr, row) && stays(ctx, host, row));
		if (!needed)
			addr->flags &= ~(unsigned)R2_ADDR_SKIP_AS_SOURCE;
	}
}

void r2_skip_note(const struct r2_host *host, const struct r2_target *target,
		  struct r2_notes *notes)
{
	char ip[R2_IP_TEXT];

	for (size_t i = 0; i < target->skips.n; i++) {
		const struct r2_addr *addr =
			r2_host_addr(host, &target->skips.at[i], target->route.link);

		if (addr && (addr->flags & SET))
			continue;
		r2_note(notes,
			"%s gets SkipAsSource, for all destinations: only programs that bind it "
			"send from it then, and Windows takes its name out of DNS",
			r2_ip_format(&target->skips.at[i], ip));
	}
	if (!target->skips.n)
		r2_note(notes, "no address is in the way: `method plain` would do");
}

static bool is_skipped(const struct r2_target *target, const struct r2_addr *addr)
{
	for (size_t i = 0; i < target->skips.n; i++) {
		if (addr->link == target->route.link &&
		    r2_ip_equal(&target->skips.at[i], &addr->ip))
			return true;
	}
	return false;
}

void r2_skip_set(struct r2_host *host, const struct r2_target *target)
{
	r2_each (struct r2_addr, addr, &host->addrs)
		addr->flags |= is_skipped(target, addr) ? (unsigned)R2_ADDR_SKIP_AS_SOURCE : 0U;
}

bool r2_skip_plan(const struct r2_host *host, const struct r2_target *target, r2_ops *ops)
{
	r2_each (const struct r2_addr, addr, &host->addrs) {
		struct r2_op op = {.kind = R2_OP_SKIP_SET, .addr = *addr};

		if (is_skipped(target, addr) && !(addr->flags & SET) && !r2_list_push(ops, &op))
			return false;
	}
	return true;
}

bool r2_skip_needs(const struct r2_host *host, const struct r2_addr *addr,
		   const struct r2_route *row)
{
	const struct r2_addr *src;

	if (row->link != addr->link || !row->prefsrc.family || !row->gateway.family ||
	    (r2_book_is_wish(row) && r2_book_method(row) == R2_NATIVE))
		return false;
	src = r2_host_addr(host, &row->prefsrc, row->link);
	return src && src->link == row->link && r2_steer_in_way(addr, src, &row->gateway);
}

void r2_skip_done(struct r2_host *host, const struct r2_op *op)
{
	const uint32_t both = R2_ADDR_SKIP_AS_SOURCE | R2_ADDR_SKIP_IS_OURS;

	r2_each (struct r2_addr, addr, &host->addrs) {
		if (addr->link != op->addr.link || !r2_ip_equal(&addr->ip, &op->addr.ip))
			continue;
		if (op->kind == R2_OP_SKIP_CLEAR && (addr->flags & R2_ADDR_SKIP_IS_OURS))
			addr->flags &= ~both;
		else if (op->kind == R2_OP_SKIP_SET && !(addr->flags & R2_ADDR_SKIP_AS_SOURCE))
			addr->flags |= both;
	}
}
