/* SPDX-License-Identifier: MIT */
/* Gateways: which are watched, what they are asked, what is heard of them. */
#include <stdlib.h>
#include <string.h>

#include "watch/state.h"

#define FRAMES_AT_ONCE 256 /* then timers have their turn, whoever floods the link */

/* ---- wires ---- */

static void heard(void *ctx, const struct r2_claim *claim);

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct wire *wire = poll->data;
	struct r2_os *os = wire->watch->os;

	(void)events;
	if (wire->broken)
		return;
	if (status < 0 || !os->ops->wire_hear(&wire->wire, FRAMES_AT_ONCE, heard, wire)) {
		wire->broken = true;
		keep_soon(wire->watch);
	}
	watch_wake(wire->watch);
}

static void on_closed(uv_handle_t *handle)
{
	struct wire *wire = handle->data;

	if (--wire->open > 0)
		return;
	wire->watch->os->ops->wire_close(&wire->wire);
	free(wire);
}

static void close_wire(struct wire *wire)
{
	for (unsigned i = wire->open; i-- > 0;)
		uv_close((uv_handle_t *)&wire->polls[i], on_closed);
}

static struct wire *find_wire(struct watch *watch, uint32_t link)
{
	r2_each (struct wire *, wire, &watch->wires) {
		if ((*wire)->wire.link == link && !(*wire)->broken)
			return *wire;
	}
	return NULL;
}

static struct wire *open_wire(struct watch *watch, uint32_t index)
{
	const struct r2_link *link = index ? r2_host_link(&watch->host, index) : NULL;
	struct wire *wire = find_wire(watch, index);
	struct r2_error err;
	char text[R2_ERROR_TEXT];

	if (wire || (index && !link))
		return wire;
	wire = calloc(1, sizeof(*wire));
	if (!wire || !watch->os->ops->wire_open(watch->os, link, &wire->wire, &err)) {
		if (wire)
			watch_log(watch, R2_LOG_WARNING, "trouble", "%s",
				  r2_error_format(&err, text, sizeof(text)));
		free(wire);
		return NULL;
	}
	wire->watch = watch;
	for (size_t i = 0; i < wire->wire.n; i++) {
		if (uv_poll_init_socket(&watch->loop, &wire->polls[i],
					(uv_os_sock_t)wire->wire.fds[i]))
			break;
		wire->polls[i].data = wire;
		wire->open++;
		uv_poll_start(&wire->polls[i], UV_READABLE, on_readable);
	}
	/* A list of pointers, as libuv's handles may not move.
	 * NOLINTNEXTLINE(bugprone-sizeof-expression) */
	if (wire->open == wire->wire.n && r2_list_push(&watch->wires, &wire))
		return wire;
	if (!wire->open) {
		watch->os->ops->wire_close(&wire->wire);
		free(wire);
	} else {
		close_wire(wire);
	}
	return NULL;
}

static void drop_wires(struct watch *watch)
{
	size_t n = 0;

	for (size_t i = 0; i < watch->wires.n; i++) {
		struct wire *wire = watch->wires.at[i];

		if (wire->wanted && !wire->broken)
			watch->wires.at[n++] = wire;
		else
			close_wire(wire);
	}
	watch->wires.n = n;
}

/* ---- asking and hearing ---- */

static void ask(struct watch *watch, const struct peer *peer, const struct r2_gateway_act *act)
{
	struct wire *wire = find_wire(watch, peer->gateway.link);
	struct r2_question question = {.target = peer->gateway.ip, .sender = peer->sender};
	struct r2_error err;

	if (!wire || !peer->sender.family)
		return;
	if (act->kind != R2_GATEWAY_SOLICIT)
		question.to = act->mac;
	if (act->kind == R2_GATEWAY_ECHO) {
		question.echo = true;
		question.target = peer->monitor.track;
		question.sender = peer->source.family ? peer->source : peer->sender;
		question.id = peer->echo_id;
		question.seq = (uint16_t)act->seq;
	}
	/* What cannot be sent is as if it were lost on the way: the pulse will tell. */
	(void)watch->os->ops->wire_ask(&wire->wire, &question, &err);
}

static const char *alarm_text(enum r2_alarm alarm)
{
	static const char *const texts[] = {
		[R2_ALARM_CONFLICT] = "two stations answer for it",
		[R2_ALARM_PINNED] = "another MAC claims it, and it is pinned",
		[R2_ALARM_FOREIGN] = "a MAC claims it that `mac` does not list",
		[R2_ALARM_RETURNED] = "its former MAC has answered after a move: taken back",
		[R2_ALARM_UNPROVEN] = "another MAC answers, and that in use cannot be asked alone"};

	return alarm && alarm <= R2_ALARM_UNPROVEN ? texts[alarm] : "something is wrong with it";
}

static void say(struct watch *watch, struct peer *peer, const struct r2_gateway_act *act)
{
	char ip[R2_IP_TEXT], mac[R2_MAC_TEXT], old[R2_MAC_TEXT], text[320];
	const char *dev = watch_link_name(watch, peer->gateway.link);

	r2_ip_format(&peer->gateway.ip, ip);
	r2_mac_format(&act->mac, mac);
	r2_mac_format(&act->old, old);
	switch (act->kind) {
	case R2_GATEWAY_WENT_UP:
		snprintf(text, sizeof(text), "gateway %s dev %s is up at %s", ip, dev, mac);
		watch_log(watch, R2_LOG_NOTICE, "up", "%s", text);
		hooks_run(watch, R2_EVENT_UP, peer, &act->old, text);
		return;
	case R2_GATEWAY_WENT_DOWN:
		peer->downs++;
		snprintf(text, sizeof(text), "gateway %s dev %s is down", ip, dev);
		watch_log(watch, R2_LOG_WARNING, "down", "%s", text);
		hooks_run(watch, R2_EVENT_DOWN, peer, &act->old, text);
		return;
	case R2_GATEWAY_MOVED:
		peer->moves++;
		snprintf(text, sizeof(text), "gateway %s dev %s moved from %s to %s", ip, dev, old,
			 mac);
		watch_log(watch, R2_LOG_WARNING, "moved", "%s", text);
		hooks_run(watch, R2_EVENT_MOVED, peer, &act->old, text);
		return;
	case R2_GATEWAY_ALARM:
		snprintf(text, sizeof(text), "gateway %s dev %s: %s (%s; in use: %s)", ip, dev,
			 alarm_text(act->alarm), mac, old);
		watch_log(watch, R2_LOG_ERROR, "alarm", "%s", text);
		hooks_run(watch, R2_EVENT_ALARM, peer, &act->old, text);
		return;
	case R2_GATEWAY_ALARM_OVER:
		watch_log(watch, R2_LOG_NOTICE, "calm", "gateway %s dev %s: no claim any more", ip,
			  dev);
		return;
	case R2_GATEWAY_LEARNED:
		watch_log(watch, R2_LOG_INFO, "learned", "gateway %s dev %s is at %s", ip, dev,
			  mac);
		return;
	case R2_GATEWAY_PROBE:
	case R2_GATEWAY_SOLICIT:
	case R2_GATEWAY_ECHO:
		return;
	}
}

static bool is_news(enum r2_gateway_kind kind)
{
	return kind == R2_GATEWAY_LEARNED || kind == R2_GATEWAY_MOVED ||
	       kind == R2_GATEWAY_WENT_UP || kind == R2_GATEWAY_WENT_DOWN;
}

/* The traffic moves first; then it is told. */
static void act_on(struct watch *watch, struct peer *peer, const struct r2_gateway_out *out)
{
	for (size_t i = 0; i < out->n; i++) {
		const struct r2_gateway_act *act = &out->at[i];

		if (is_news(act->kind)) {
			if (peer->carries)
				carry_news(watch, peer, act->kind);
		} else {
			ask(watch, peer, act);
		}
	}
	for (size_t i = 0; i < out->n; i++)
		say(watch, peer, &out->at[i]);
}

static void heard_echo(struct watch *watch, const struct r2_claim *claim, uint64_t now)
{
	r2_each (struct peer *, at, &watch->peers) {
		struct peer *peer = *at;
		struct r2_gateway_out out;
		uint32_t seq = peer->gateway.track.seq;

		if (!peer->monitor.gateway.track || claim->id != peer->echo_id ||
		    !r2_ip_equal(&claim->who, &peer->monitor.track))
			continue;
		/* The frame holds the low half of its number. */
		seq = (seq & ~UINT32_C(0xffff)) | claim->seq;
		if (seq > peer->gateway.track.seq)
			seq -= 0x10000;
		r2_gateway_echoed(&peer->gateway, seq, now, &out);
		act_on(watch, peer, &out);
	}
}

static void heard(void *ctx, const struct r2_claim *claim)
{
	const struct wire *wire = ctx;
	struct watch *watch = wire->watch;
	uint64_t now = watch_now();

	if (claim->kind == R2_CLAIM_ECHO) {
		heard_echo(watch, claim, now);
		return;
	}
	if (claim->kind == R2_CLAIM_PROBE ||
	    (claim->mac.len == 6 && memcmp(claim->mac.bytes, wire->wire.own, 6) == 0))
		return;
	carry_contested(watch, &claim->who, wire->wire.link, &claim->mac);
	r2_each (struct peer *, at, &watch->peers) {
		struct peer *peer = *at;
		struct r2_gateway_out out;
		bool answers;

		if (peer->gateway.link != wire->wire.link ||
		    !r2_ip_equal(&peer->gateway.ip, &claim->who))
			continue;
		answers = claim->kind == R2_CLAIM_ANSWER && claim->direct &&
			  r2_ip_equal(&claim->to, &peer->sender);
		r2_gateway_heard(&peer->gateway, &claim->mac, answers, 0, now, &out);
		act_on(watch, peer, &out);
	}
}

uint64_t gateways_timer(struct watch *watch, uint64_t now)
{
	uint64_t next = R2_NEVER;

	r2_each (struct peer *, at, &watch->peers) {
		struct peer *peer = *at;

		if (r2_gateway_next(&peer->gateway) <= now) {
			struct r2_gateway_out out;

			r2_gateway_timer(&peer->gateway, now, &out);
			act_on(watch, peer, &out);
		}
		next = r2_sooner(next, r2_gateway_next(&peer->gateway));
	}
	return next;
}

/* ---- which ---- */

struct peer *gateways_find(struct watch *watch, const struct r2_ip *ip, uint32_t link)
{
	r2_each (struct peer *, at, &watch->peers) {
		if ((*at)->gateway.link == link && r2_ip_equal(&(*at)->gateway.ip, ip))
			return *at;
	}
	return NULL;
}

/* Our address that the gateway can answer to: one of its subnet; else any there (RFC 4861 7.2.2).
 */
static struct r2_ip sender_for(const struct r2_host *host, const struct r2_ip *gateway,
			       uint32_t link)
{
	const struct r2_addr *best = NULL;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		if (addr->link != link || addr->ip.family != gateway->family ||
		    (addr->flags & (R2_ADDR_TENTATIVE | R2_ADDR_DADFAILED)))
			continue;
		if (r2_prefix_contains(&addr->subnet, gateway))
			return addr->ip;
		if (!best)
			best = addr;
	}
	return best ? best->ip : (struct r2_ip){0};
}

/* The source that routes by this gateway have: replies to it are what matters. */
static struct r2_ip source_for(const struct watch *watch, const struct r2_ip *gateway)
{
	r2_each (const struct r2_intent, line, &watch->wanted.intents) {
		for (size_t i = 0; i < line->gateways.n; i++) {
			if (r2_ip_equal(&line->gateways.at[i], gateway))
				return line->src;
		}
	}
	return (struct r2_ip){0};
}

static bool same_monitor(const struct r2_monitor *a, const struct r2_monitor *b)
{
	const struct r2_rumour_settings *x = &a->gateway.rumour, *y = &b->gateway.rumour;
	bool macs = x->n_allowed == y->n_allowed;

	for (size_t i = 0; macs && i < x->n_allowed; i++)
		macs = r2_mac_equal(&x->allowed[i], &y->allowed[i]);
	return macs && x->follow == y->follow &&
	       a->gateway.pulse.interval_us == b->gateway.pulse.interval_us &&
	       a->gateway.pulse.misses == b->gateway.pulse.misses &&
	       a->gateway.pulse.timeout_min_us == b->gateway.pulse.timeout_min_us &&
	       a->gateway.track == b->gateway.track && r2_ip_equal(&a->track, &b->track);
}

static bool link_is_up(const struct watch *watch, uint32_t index)
{
	const struct r2_link *link = r2_host_link(&watch->host, index);

	return link && (link->flags & R2_LINK_UP) && (link->flags & R2_LINK_CARRIER);
}

static struct r2_monitor monitor_for(const struct watch *watch, const struct r2_ip *ip,
				     bool *ret_fits)
{
	struct r2_monitor monitor = r2_monitor_for(&watch->monitors, ip);

	bool usual = monitor.gateway.pulse.interval_us == R2_INTERVAL_DEFAULT;

	/* Where nobody has asked for more there is nothing to tell. */
	*ret_fits = r2_monitor_bound(&monitor, &watch->os->ops->limits) || usual;
	return monitor;
}

static void init_peer(struct watch *watch, struct peer *peer, const struct r2_ip *ip, uint32_t link,
		      const struct r2_mac *mac)
{
	static uint16_t next_id = 0x7232;

	char text[R2_IP_TEXT];
	bool fits;

	peer->monitor = monitor_for(watch, ip, &fits);
	if (!fits)
		watch_log(watch, R2_LOG_INFO, "limit",
			  "gateway %s: this system asks no more often than once in %llu ms",
			  r2_ip_format(ip, text),
			  (unsigned long long)(peer->monitor.gateway.pulse.interval_us / 1000));
	if (!peer->echo_id)
		peer->echo_id = next_id++;
	peer->fresh = true;
	r2_gateway_init(&peer->gateway, ip, link, &peer->monitor.gateway, mac, watch_now());
}

/* @mac: as it stands in a phantom that it carries, or none. */
static void want_peer(struct watch *watch, const struct r2_ip *ip, uint32_t link, bool carries,
		      const struct r2_mac *mac)
{
	struct peer *peer = gateways_find(watch, ip, link);
	bool unused;
	struct r2_monitor monitor = monitor_for(watch, ip, &unused);
	struct r2_gateway_out out;
	struct wire *wire;

	if (!peer) {
		peer = calloc(1, sizeof(*peer));
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
		if (!peer || !r2_list_push(&watch->peers, &peer)) {
			free(peer);
			return;
		}
		init_peer(watch, peer, ip, link, mac);
	} else if (!same_monitor(&peer->monitor, &monitor)) {
		struct r2_mac known = *r2_gateway_mac(&peer->gateway);

		init_peer(watch, peer, ip, link, &known);
	}
	peer->monitor = monitor;
	peer->carries = carries || (peer->wanted && peer->carries);
	peer->wanted = true;
	peer->sender = sender_for(&watch->host, ip, link);
	peer->source = source_for(watch, ip);
	wire = link_is_up(watch, link) ? open_wire(watch, link) : NULL;
	if (wire)
		wire->wanted = true;
	if (monitor.gateway.track && (wire = open_wire(watch, 0)))
		wire->wanted = true;
	r2_gateway_link(&peer->gateway, link_is_up(watch, link) && peer->sender.family, watch_now(),
			&out);
	act_on(watch, peer, &out);
}

static void drop_peers(struct watch *watch)
{
	size_t n = 0;

	for (size_t i = 0; i < watch->peers.n; i++) {
		struct peer *peer = watch->peers.at[i];

		if (peer->wanted)
			watch->peers.at[n++] = peer;
		else
			free(peer);
	}
	watch->peers.n = n;
}

void gateways_sync(struct watch *watch)
{
	static const struct r2_mac none;

	r2_each (struct peer *, at, &watch->peers)
		(*at)->wanted = false;
	r2_each (struct wire *, at, &watch->wires) {
		const struct r2_link *link = r2_host_link(&watch->host, (*at)->wire.link);

		(*at)->wanted = false;
		/* Another MAC of ours, another socket. */
		(*at)->broken |= link && memcmp(link->mac.bytes, (*at)->wire.own, 6) != 0;
	}
	for (size_t i = 0; i < watch->carriers.n; i++) {
		const struct carrier carrier = watch->carriers.at[i];
		const struct r2_gateways *list = &carrier.entry.gateways;

		for (uint8_t g = 0; g < list->n; g++)
			want_peer(watch, &list->at[g], carrier.entry.link, true,
				  g == carrier.failover.carrier ? &carrier.mac : &none);
	}
	r2_each (const struct r2_next_hop, hop, &watch->natives)
		want_peer(watch, &hop->ip, hop->link, false, &none);
	drop_peers(watch);
	drop_wires(watch);
	watch_wake(watch);
}

void gateways_close(struct watch *watch)
{
	r2_each (struct wire *, at, &watch->wires)
		close_wire(*at);
	r2_each (struct peer *, at, &watch->peers)
		free(*at);
	r2_list_free(&watch->wires);
	r2_list_free(&watch->peers);
}
