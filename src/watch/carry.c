/* SPDX-License-Identifier: MIT */
/* Phantoms: which gateway carries each, and its neighbour entry kept so. */
#include <stdio.h>
#include <string.h>

#include "watch/state.h"

#define CONTESTED_MAX 16 /* whoever claims more of them does it on purpose: they stay */

/* ---- acting ---- */

static const char *phantom_text(const struct watch *watch, const struct carrier *carrier,
				char buf[R2_IP_TEXT + R2_IFNAME + 8])
{
	char ip[R2_IP_TEXT];

	snprintf(buf, R2_IP_TEXT + R2_IFNAME + 8, "%s dev %s",
		 r2_ip_format(&carrier->entry.phantom, ip),
		 watch_link_name(watch, carrier->entry.link));
	return buf;
}

/* One neighbour operation, whatever the number of routes. */
static bool point(struct watch *watch, struct carrier *carrier, const struct r2_mac *mac)
{
	struct r2_op op = {.kind = carrier->mac.len ? R2_OP_NEIGH_SET : R2_OP_NEIGH_ADD,
			   .neigh = {.ip = carrier->entry.phantom,
				     .link = carrier->entry.link,
				     .mac = *mac,
				     .state = R2_NUD_PERMANENT,
				     .protocol = R2_PROTOCOL},
			   .old_mac = carrier->mac};
	char text[R2_ERROR_TEXT];
	struct r2_error err;

	bool locked = !carrier->mac.len, ok;

	if (!mac->len || !carrier->stands || r2_mac_equal(mac, &carrier->mac))
		return true;
	/*
	 * What stands may be moved at any time. What does not may be about to go altogether: only
	 * as the one writer can that be told.
	 */
	if (locked && !watch->os->ops->begin(watch->os, 0, NULL, NULL, &err)) {
		keep_soon(watch);
		return false;
	}
	ok = watch->os->ops->apply(watch->os, &op, &err);
	if (locked)
		watch->os->ops->end(watch->os);
	if (!ok) {
		watch_log(watch, R2_LOG_ERROR, "trouble", "%s",
			  r2_error_format(&err, text, sizeof(text)));
		keep_soon(watch);
		return false;
	}
	carrier->mac = *mac;
	return true;
}

static const struct peer *peer_at(struct watch *watch, const struct carrier *carrier, uint8_t index)
{
	return index < carrier->entry.gateways.n
		       ? gateways_find(watch, &carrier->entry.gateways.at[index],
				       carrier->entry.link)
		       : NULL;
}

static void say_carry(struct watch *watch, struct carrier *carrier, const struct peer *peer,
		      enum r2_event event)
{
	char phantom[R2_IP_TEXT + R2_IFNAME + 8], ip[R2_IP_TEXT], text[R2_IFNAME + 200];
	enum r2_log_level level = event == R2_EVENT_FAILOVER ? R2_LOG_NOTICE : R2_LOG_WARNING;

	phantom_text(watch, carrier, phantom);
	if (event == R2_EVENT_WITHDRAWN)
		snprintf(text, sizeof(text),
			 "phantom %s: no gateway is up: its routes are taken away", phantom);
	else
		snprintf(text, sizeof(text), "phantom %s: gateway %s carries%s", phantom,
			 r2_ip_format(&peer->gateway.ip, ip),
			 event == R2_EVENT_RESTORED ? ", its routes come back" : "");
	watch_log(watch, level, r2_event_names[event], "%s", text);
	hooks_run(watch, event, peer, &carrier->mac, text);
}

static void do_act(struct watch *watch, struct carrier *carrier, struct r2_failover_act act)
{
	const struct peer *peer = peer_at(watch, carrier, act.index);

	switch (act.kind) {
	case R2_FAILOVER_NONE:
		return;
	case R2_FAILOVER_CARRY:
		if (!peer)
			return;
		point(watch, carrier, r2_gateway_mac(&peer->gateway));
		carrier->failovers++;
		say_carry(watch, carrier, peer, R2_EVENT_FAILOVER);
		return;
	case R2_FAILOVER_WITHDRAW:
		say_carry(watch, carrier, peer, R2_EVENT_WITHDRAWN);
		atomic_fetch_add(&watch->stamp, 1);
		keep_soon(watch);
		return;
	case R2_FAILOVER_RESTORE:
		if (!peer)
			return;
		point(watch, carrier, r2_gateway_mac(&peer->gateway));
		say_carry(watch, carrier, peer, R2_EVENT_RESTORED);
		atomic_fetch_add(&watch->stamp, 1);
		keep_soon(watch);
		return;
	}
}

/* ---- events ---- */

static enum r2_health health_of(const struct peer *peer)
{
	if (peer->gateway.state == R2_GATEWAY_LEARNING)
		return R2_HEALTH_UNKNOWN;
	return r2_gateway_is_up(&peer->gateway) ? R2_HEALTH_UP : R2_HEALTH_DOWN;
}

static void tell_health(struct watch *watch, struct carrier *carrier, const struct peer *peer)
{
	for (uint8_t i = 0; i < carrier->entry.gateways.n; i++) {
		if (carrier->entry.link == peer->gateway.link &&
		    r2_ip_equal(&carrier->entry.gateways.at[i], &peer->gateway.ip))
			do_act(watch, carrier,
			       r2_failover_health(&carrier->failover, i, health_of(peer),
						  watch_now()));
	}
}

/* It carries this phantom, and is where it was not. */
static void follow(struct watch *watch, struct carrier *carrier, const struct peer *peer)
{
	if (peer_at(watch, carrier, carrier->failover.carrier) == peer)
		point(watch, carrier, r2_gateway_mac(&peer->gateway));
}

void carry_news(struct watch *watch, const struct peer *peer, enum r2_gateway_kind what)
{
	r2_each (struct carrier, carrier, &watch->carriers) {
		if (what == R2_GATEWAY_MOVED || what == R2_GATEWAY_LEARNED)
			follow(watch, carrier, peer);
		tell_health(watch, carrier, peer);
	}
	watch_wake(watch);
}

uint64_t carry_timer(struct watch *watch, uint64_t now)
{
	uint64_t next = R2_NEVER;

	r2_each (struct carrier, carrier, &watch->carriers) {
		if (r2_failover_next(&carrier->failover, now) <= now)
			do_act(watch, carrier, r2_failover_timer(&carrier->failover, now));
		next = r2_sooner(next, r2_failover_next(&carrier->failover, now));
	}
	return next;
}

/* ---- an address that is not free ---- */

void carry_contested(struct watch *watch, const struct r2_ip *ip, uint32_t link,
		     const struct r2_mac *mac)
{
	char text[R2_IP_TEXT], who[R2_MAC_TEXT];

	for (size_t i = 0; i < watch->contested.n; i++) {
		if (r2_ip_equal(&watch->contested.at[i], ip))
			return;
	}
	r2_each (const struct carrier, carrier, &watch->carriers) {
		if (carrier->entry.link != link || !r2_ip_equal(&carrier->entry.phantom, ip) ||
		    watch->contested.n >= CONTESTED_MAX || !r2_list_push(&watch->contested, ip))
			continue;
		watch_log(watch, R2_LOG_WARNING, "contested",
			  "phantom %s: %s has taken its address: another is chosen",
			  r2_ip_format(ip, text), r2_mac_format(mac, who));
		atomic_fetch_add(&watch->stamp, 1);
		keep_soon(watch);
		return;
	}
}

/* ---- switch ---- */

static int index_of(const struct r2_gateways *gateways, const struct r2_ip *ip)
{
	for (int i = 0; i < gateways->n; i++) {
		if (r2_ip_equal(&gateways->at[i], ip))
			return i;
	}
	return -1;
}

int carry_switch(struct watch *watch, const struct r2_ip *from, const struct r2_ip *to,
		 uint32_t link, uint64_t until, struct r2_error *err)
{
	char text[R2_IP_TEXT], other[R2_IP_TEXT];
	bool known = false;
	int moved = 0;

	r2_each (struct carrier, carrier, &watch->carriers) {
		int old = index_of(&carrier->entry.gateways, from);
		int new = index_of(&carrier->entry.gateways, to);
		const struct peer *peer = new < 0 ? NULL : peer_at(watch, carrier, (uint8_t) new);

		if (old < 0 || new < 0 || (link && carrier->entry.link != link))
			continue;
		known = true;
		if (!peer || !r2_gateway_is_up(&peer->gateway)) {
			r2_error_set(err, R2_FAILED, "gateway %s is not up",
				     r2_ip_format(to, text));
			r2_error_hint(err, "see: route2 status");
			return -1;
		}
		moved += carrier->failover.carrier == old;
		do_act(watch, carrier,
		       r2_failover_switch(&carrier->failover, (uint8_t) new, until, watch_now()));
	}
	watch_wake(watch);
	if (known)
		return moved;
	r2_error_set(err, R2_FAILED, "no gateway list here has both %s and %s",
		     r2_ip_format(from, text), r2_ip_format(to, other));
	r2_error_hint(err, "see who carries what: route2 -j show");
	return -1;
}

/* ---- the kernel's state ---- */

static struct carrier *find(struct watch *watch, const struct r2_entry *entry)
{
	r2_each (struct carrier, carrier, &watch->carriers) {
		if (carrier->entry.link != entry->link)
			continue;
		if (r2_ip_equal(&carrier->entry.phantom, &entry->phantom) ||
		    (carrier->failover.withdrawn &&
		     r2_gateways_equal(&carrier->entry.gateways, &entry->gateways)))
			return carrier;
	}
	return NULL;
}

/* Whose MAC the phantom has; the first one's, if nobody's that is known. */
static uint8_t carrier_index(struct watch *watch, const struct carrier *carrier)
{
	if (!carrier->mac.len)
		return R2_NO_CARRIER;
	for (uint8_t i = 0; i < carrier->entry.gateways.n; i++) {
		const struct r2_ip *ip = &carrier->entry.gateways.at[i];
		const struct peer *peer = peer_at(watch, carrier, i);
		const struct r2_neigh *neigh = r2_host_neigh(&watch->host, ip, carrier->entry.link);

		if ((peer && r2_mac_equal(r2_gateway_mac(&peer->gateway), &carrier->mac)) ||
		    (!peer && neigh && r2_mac_equal(&neigh->mac, &carrier->mac)))
			return i;
	}
	return 0;
}

static void begin(struct watch *watch, struct carrier *carrier)
{
	const struct r2_gateways *list = &carrier->entry.gateways;
	struct r2_monitor monitor = r2_monitor_for(&watch->monitors, &list->at[0]);
	char phantom[R2_IP_TEXT + R2_IFNAME + 8];

	r2_failover_init(&carrier->failover, list->n, monitor.down, monitor.hold_us,
			 carrier_index(watch, carrier), false);
	watch_log(watch, R2_LOG_DEBUG, "found", "phantom %s: found, number %d of %u carries",
		  phantom_text(watch, carrier, phantom), carrier->failover.carrier + 1, list->n);
	for (uint8_t i = 0; i < list->n; i++) {
		const struct peer *peer = peer_at(watch, carrier, i);

		if (peer)
			do_act(watch, carrier,
			       r2_failover_health(&carrier->failover, i, health_of(peer),
						  watch_now()));
	}
}

/* What another program made of the neighbour entry, or the kernel, is not what was decided. */
static void put_right(struct watch *watch, struct carrier *carrier)
{
	const struct peer *peer = peer_at(watch, carrier, carrier->failover.carrier);
	char phantom[R2_IP_TEXT + R2_IFNAME + 8], mac[R2_MAC_TEXT];
	const struct r2_mac *wanted = peer ? r2_gateway_mac(&peer->gateway) : NULL;

	if (!wanted || !wanted->len || r2_mac_equal(wanted, &carrier->mac))
		return;
	r2_mac_format(&carrier->mac, mac);
	if (point(watch, carrier, wanted))
		watch_log(watch, R2_LOG_WARNING, "put-back",
			  "phantom %s: its neighbour entry was %s: put right",
			  phantom_text(watch, carrier, phantom), mac);
}

static void meet(struct watch *watch, const struct r2_entry *entry)
{
	const struct r2_neigh *neigh = r2_host_neigh(&watch->host, &entry->phantom, entry->link);
	bool has = neigh && (neigh->state & R2_NUD_PERMANENT) && r2_neigh_has_mac(neigh);
	struct carrier *carrier = find(watch, entry), fresh = {0};
	bool known = carrier != NULL, same = false;

	if (!carrier) {
		if (!r2_list_push(&watch->carriers, &fresh))
			return;
		carrier = &watch->carriers.at[watch->carriers.n - 1];
	} else {
		same = r2_gateways_equal(&carrier->entry.gateways, &entry->gateways);
	}
	carrier->entry = *entry;
	carrier->mac = has ? neigh->mac : (struct r2_mac){0};
	carrier->stands = carrier->seen = true;
	if (!known || !same || carrier->failover.carrier == R2_NO_CARRIER)
		begin(watch, carrier);
	else
		put_right(watch, carrier);
}

static bool keeps_its_place(const struct carrier *carrier)
{
	return carrier->seen || carrier->failover.withdrawn;
}

void carry_sync(struct watch *watch)
{
	struct r2_query query = {.parts = R2_PART_LINKS | R2_PART_ADDRS | R2_PART_NEIGHS |
					  R2_PART_ROUTES,
				 .protocol = R2_PROTOCOL,
				 .table = R2_BOOK_TABLE};
	struct r2_host host = {0};
	struct r2_book book = {0};
	struct r2_error err;
	char text[R2_ERROR_TEXT];
	size_t n = 0;

	if (!watch->os->ops->snapshot(watch->os, &query, &host, &err)) {
		watch_log(watch, R2_LOG_ERROR, "trouble", "%s",
			  r2_error_format(&err, text, sizeof(text)));
		return;
	}
	r2_host_free(&watch->host);
	watch->host = host;
	if (!r2_book_read(&watch->host, &book))
		return;
	r2_each (struct carrier, carrier, &watch->carriers)
		carrier->seen = carrier->stands = false;
	r2_each (const struct r2_entry, entry, &book.entries) {
		if (!entry->torn && entry->gateways.n)
			meet(watch, entry);
	}
	r2_book_free(&book);
	for (size_t i = 0; i < watch->carriers.n; i++) {
		const struct carrier carrier = watch->carriers.at[i];

		if (keeps_its_place(&carrier))
			watch->carriers.at[n++] = carrier;
	}
	watch->carriers.n = n;
	gateways_sync(watch);
}

bool carry_withdrawn(const struct watch *watch, const struct r2_intent *line)
{
	r2_each (const struct carrier, carrier, &watch->carriers) {
		if (carrier->failover.withdrawn &&
		    r2_gateways_equal(&carrier->entry.gateways, &line->gateways))
			return true;
	}
	return false;
}
