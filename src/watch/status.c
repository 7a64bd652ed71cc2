/* SPDX-License-Identifier: MIT */
/* All that the watch knows, as JSON. */
#include <jansson.h>

#include "watch/state.h"

static json_t *text_of_ip(const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];

	return json_string(r2_ip_format(ip, text));
}

static json_t *text_of_mac(const struct r2_mac *mac)
{
	char text[R2_MAC_TEXT];

	return mac->len ? json_string(r2_mac_format(mac, text)) : json_null();
}

static double seconds_since(uint64_t then, uint64_t now)
{
	return now > then ? (double)(now - then) / 1e6 : 0;
}

/* Microseconds of the latest probes, oldest first; null for one that is lost. */
static json_t *rtts_of(const struct r2_pulse *pulse, uint64_t now)
{
	uint32_t rtts[R2_PULSE_WINDOW];
	size_t n = r2_pulse_rtts(pulse, now, rtts);
	json_t *list = json_array();

	for (size_t i = n > 40 ? n - 40 : 0; i < n; i++) {
		if (rtts[i] == R2_RTT_WAITING)
			continue;
		json_array_append_new(list, rtts[i] == R2_RTT_LOST
						    ? json_null()
						    : json_integer((json_int_t)rtts[i]));
	}
	return list;
}

static void put_pulse(json_t *to, const struct r2_pulse *pulse, uint64_t now)
{
	struct r2_pulse_report report = r2_pulse_report(pulse, now);

	json_object_set_new(to, "sent", json_integer(report.sent));
	json_object_set_new(to, "lost", json_integer(report.lost));
	json_object_set_new(to, "rtt_us", json_integer(report.mean_us));
	json_object_set_new(to, "rtt_max_us", json_integer(report.max_us));
	json_object_set_new(to, "jitter_us", json_integer(report.jitter_us));
	json_object_set_new(to, "rtts_us", rtts_of(pulse, now));
}

static const char *alarm_name(enum r2_alarm alarm)
{
	static const char *const names[] = {
		[R2_ALARM_NONE] = "none",         [R2_ALARM_CONFLICT] = "conflict",
		[R2_ALARM_PINNED] = "pinned",     [R2_ALARM_FOREIGN] = "foreign",
		[R2_ALARM_RETURNED] = "returned", [R2_ALARM_UNPROVEN] = "unproven"};

	return names[alarm];
}

static json_t *gateway_of(const struct watch *watch, const struct peer *peer, uint64_t now)
{
	const struct r2_gateway *gateway = &peer->gateway;
	json_t *object = json_object();
	size_t carries = 0;

	r2_each (const struct carrier, carrier, &watch->carriers) {
		uint8_t index = carrier->failover.carrier;

		carries += carrier->stands && carrier->entry.link == gateway->link &&
			   index < carrier->entry.gateways.n &&
			   r2_ip_equal(&carrier->entry.gateways.at[index], &gateway->ip);
	}
	json_object_set_new(object, "gateway", text_of_ip(&gateway->ip));
	json_object_set_new(object, "dev", json_string(watch_link_name(watch, gateway->link)));
	json_object_set_new(object, "state", json_string(r2_gateway_state_name(gateway->state)));
	json_object_set_new(object, "for_s", json_real(seconds_since(gateway->since, now)));
	json_object_set_new(object, "mac", text_of_mac(r2_gateway_mac(gateway)));
	json_object_set_new(object, "method", json_string(peer->carries ? "phantom" : "native"));
	json_object_set_new(object, "carries", json_integer((json_int_t)carries));
	json_object_set_new(object, "alarm", json_string(alarm_name(gateway->rumour.alarm)));
	json_object_set_new(object, "downs", json_integer((json_int_t)peer->downs));
	json_object_set_new(object, "moves", json_integer((json_int_t)peer->moves));
	put_pulse(object, &gateway->pulse, now);
	if (peer->monitor.gateway.track) {
		json_t *track = json_object();

		json_object_set_new(track, "target", text_of_ip(&peer->monitor.track));
		json_object_set_new(track, "alive",
				    json_boolean(gateway->track.life == R2_LIFE_ALIVE));
		put_pulse(track, &gateway->track, now);
		json_object_set_new(object, "track", track);
	}
	return object;
}

static json_t *phantom_of(const struct watch *watch, const struct carrier *carrier)
{
	json_t *object = json_object(), *list = json_array();
	const struct r2_gateways *gateways = &carrier->entry.gateways;
	uint8_t index = carrier->failover.carrier;

	for (size_t i = 0; i < gateways->n; i++)
		json_array_append_new(list, text_of_ip(&gateways->at[i]));
	json_object_set_new(object, "phantom", text_of_ip(&carrier->entry.phantom));
	json_object_set_new(object, "dev",
			    json_string(watch_link_name(watch, carrier->entry.link)));
	json_object_set_new(object, "gateways", list);
	json_object_set_new(object, "carrier",
			    index < gateways->n ? text_of_ip(&gateways->at[index]) : json_null());
	json_object_set_new(object, "mac", text_of_mac(&carrier->mac));
	json_object_set_new(object, "withdrawn", json_boolean(carrier->failover.withdrawn));
	json_object_set_new(object, "failovers", json_integer((json_int_t)carrier->failovers));
	return object;
}

static json_t *routes_of(const struct watch *watch)
{
	json_t *object = json_object(), *list = json_array();
	char line[R2_INTENT_TEXT];

	r2_each (const struct waiting, one, &watch->waiting) {
		json_t *waits = json_object();

		json_object_set_new(waits, "line",
				    json_string(r2_intent_format(&one->line, NULL, line)));
		json_object_set_new(waits, "why", json_string(one->why));
		json_array_append_new(list, waits);
	}
	json_object_set_new(object, "wanted", json_integer((json_int_t)watch->wanted.items.n));
	json_object_set_new(object, "stand", json_integer((json_int_t)watch->kept.routes));
	json_object_set_new(object, "put_back", json_integer((json_int_t)watch->kept.put_back));
	json_object_set_new(object, "audits", json_integer((json_int_t)watch->kept.runs));
	json_object_set_new(object, "audit_s", json_real((double)watch->job_took / 1e6));
	json_object_set_new(object, "trouble", json_string(watch->kept.trouble));
	json_object_set_new(object, "waiting", list);
	return object;
}

/* All that was proved last: how many, and those that do not work. */
static json_t *proofs_of(const struct watch *watch, uint64_t now)
{
	json_t *object = json_object(), *list = json_array();
	char dst[R2_PREFIX_TEXT];
	json_int_t works = 0, unknown = 0, broken = 0;

	r2_each (const struct proven, one, &watch->proven) {
		enum r2_error_class class = r2_proof_class(one->proof);
		json_t *route;

		works += class == R2_OK;
		unknown += class == R2_UNKNOWN;
		broken += class == R2_FAILED;
		if (class == R2_OK)
			continue;
		route = json_object();
		json_object_set_new(route, "destination",
				    json_string(r2_prefix_name(&one->dst, dst)));
		json_object_set_new(route, "source", text_of_ip(&one->src));
		json_object_set_new(route, "verdict", json_string(r2_proof_word(one->proof)));
		json_object_set_new(route, "sentence", json_string(one->sentence));
		json_array_append_new(list, route);
	}
	json_object_set_new(object, "every_s",
			    json_real((double)watch->monitors.proving.every_us / 1e6));
	json_object_set_new(object, "runs", json_integer((json_int_t)watch->proofs.runs));
	json_object_set_new(object, "age_s", json_real(seconds_since(watch->proofs.at, now)));
	json_object_set_new(object, "routes", json_integer((json_int_t)watch->proofs.routes));
	json_object_set_new(object, "works", json_integer(works));
	json_object_set_new(object, "broken", json_integer(broken));
	json_object_set_new(object, "unknown", json_integer(unknown));
	json_object_set_new(object, "trouble", json_string(watch->proofs.trouble));
	json_object_set_new(object, "not_working", list);
	return object;
}

char *status_text(struct watch *watch)
{
	json_t *all = json_object(), *gateways = json_array(), *phantoms = json_array();
	uint64_t now = watch_now();
	char *text;

	r2_each (struct peer *, at, &watch->peers)
		json_array_append_new(gateways, gateway_of(watch, *at, now));
	r2_each (const struct carrier, carrier, &watch->carriers)
		json_array_append_new(phantoms, phantom_of(watch, carrier));
	json_object_set_new(all, "gateways", gateways);
	json_object_set_new(all, "phantoms", phantoms);
	json_object_set_new(all, "routes", routes_of(watch));
	if (watch->monitors.proving.every_us)
		json_object_set_new(all, "proof", proofs_of(watch, now));
	json_object_set_new(all, "lost_log_lines", json_integer((json_int_t)watch->log_lost));
	json_object_set_new(all, "lost_notifications", json_integer((json_int_t)watch->kept.lost));
	text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(all);
	return text;
}
