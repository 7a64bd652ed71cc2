/* SPDX-License-Identifier: MIT */
/* Moving phantoms from one gateway of their list to another. */
#include "os/switch.h"

#include "core/plan.h"
#include "os/asking.h"

struct walk {
	struct r2_os *os;
	const struct r2_ip *from, *to;
	const struct r2_change_options *options;
	struct r2_switch *result;
	struct r2_error *err;
	struct r2_book book;
	r2_ops ops;
};

static bool has_gateway(const struct r2_gateways *gateways, const struct r2_ip *ip)
{
	for (size_t i = 0; i < gateways->n; i++) {
		if (r2_ip_equal(&gateways->at[i], ip))
			return true;
	}
	return false;
}

/* Asked now, unless it is known for sure: nobody is moved to a gateway that is not there. */
static bool find_mac(struct walk *walk, uint32_t link, struct r2_mac *ret)
{
	struct r2_target target = {.method = R2_PHANTOM,
				   .route = {.link = link, .dst.addr.family = walk->to->family}};

	target.gateways.n = 1;
	target.gateways.at[0] = *walk->to;
	return r2_asking_gateways(walk->os, &walk->result->host, &walk->book, &target,
				  walk->options, ret, &walk->result->notes, walk->err);
}

/* Does it carry this phantom now; where its MAC is not known, any that is not the other's. */
static bool carries(const struct walk *walk, const struct r2_neigh *phantom)
{
	const struct r2_neigh *from = r2_host_neigh(&walk->result->host, walk->from, phantom->link);

	return !from || !from->mac.len || r2_mac_equal(&from->mac, &phantom->mac);
}

static bool move(struct walk *walk, const struct r2_entry *entry)
{
	const struct r2_neigh *neigh =
		r2_host_neigh(&walk->result->host, &entry->phantom, entry->link);
	struct r2_op op = {.kind = R2_OP_NEIGH_SET};
	struct r2_mac mac;

	if (!neigh || neigh->protocol != R2_PROTOCOL || !neigh->mac.len)
		return true; /* `show` says that it is broken; `add` mends it */
	if (!find_mac(walk, entry->link, &mac))
		return false;
	if (r2_mac_equal(&neigh->mac, &mac)) {
		walk->result->already++;
		return true;
	}
	if (!carries(walk, neigh))
		return true;
	op.neigh = *neigh;
	op.old_mac = neigh->mac;
	op.neigh.mac = mac;
	walk->result->moved++;
	return r2_list_push(&walk->ops, &op) || r2_error_set(walk->err, R2_FAILED, "out of memory");
}

static bool none_found(struct walk *walk, bool known)
{
	char from[R2_IP_TEXT], to[R2_IP_TEXT];

	r2_ip_format(walk->from, from);
	r2_ip_format(walk->to, to);
	if (known)
		r2_error_set(walk->err, R2_FAILED, "%s carries nothing that %s backs up", from, to);
	else
		r2_error_set(walk->err, R2_FAILED, "no gateway list here has both %s and %s", from,
			     to);
	return r2_error_hint(walk->err, "see who carries what: route2 -j show");
}

static bool decide(struct walk *walk, const char *dev)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_NEIGHS |
					  R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .table = R2_BOOK_TABLE};
	struct r2_host *host = &walk->result->host;
	uint32_t link = 0;
	bool known = false;

	if (!walk->os->ops->snapshot(walk->os, &query, host, walk->err))
		return false;
	if (!r2_book_read(host, &walk->book))
		return r2_error_set(walk->err, R2_FAILED, "out of memory");
	if (*dev && !r2_settle_link(host, dev, &link, walk->err))
		return false;
	r2_each (const struct r2_entry, entry, &walk->book.entries) {
		if ((link && entry->link != link) || entry->torn ||
		    !has_gateway(&entry->gateways, walk->from) ||
		    !has_gateway(&entry->gateways, walk->to))
			continue;
		known = true;
		if (!move(walk, entry))
			return false;
	}
	return walk->result->moved || walk->result->already || none_found(walk, known);
}

bool r2_switch_carrier(struct r2_os *os, const struct r2_ip *from, const struct r2_ip *to,
		       const char *dev, const struct r2_change_options *options,
		       struct r2_switch *result, struct r2_error *err)
{
	struct walk walk = {
		.os = os, .from = from, .to = to, .options = options, .result = result, .err = err};
	bool ok;

	if (!os->ops->begin(os, options->wait_ms, options->waiting, options->ctx, err))
		return false;
	ok = decide(&walk, dev);
	if (ok && os->ops->shield)
		os->ops->shield(os, true);
	if (ok) {
		ok = r2_transact(os, &walk.ops, &options->trace, err);
		if (os->ops->shield)
			os->ops->shield(os, false);
	}
	os->ops->end(os);
	r2_book_free(&walk.book);
	r2_list_free(&walk.ops);
	return ok;
}
