/* SPDX-License-Identifier: MIT */
/*
 * What a file says to the watch, besides its routes:
 *
 *   monitor [GATEWAY] [interval TIME] [misses N] [timeout-min TIME] [hold TIME]
 *           [follow pin|verify|follow] [mac MAC]... [down keep|withdraw] [track ADDRESS]
 *   on EVENT exec PROGRAM [ARGUMENT]...
 *   prove TIME [icmp|tcp PORT|udp PORT]
 *
 * Without GATEWAY it is for all that have nothing of their own said. What is said later wins.
 */
#ifndef R2_CORE_MONITOR_H
#define R2_CORE_MONITOR_H

#include "core/error.h"
#include "core/failover.h"
#include "core/gateway.h"
#include "core/limits.h"
#include "core/list.h"
#include "core/proof.h"

/** struct r2_monitor - how one gateway is watched; @track: family R2_NONE for none */
struct r2_monitor {
	struct r2_gateway_settings gateway;
	struct r2_ip track;
	uint64_t hold_us;
	enum r2_when_down down;
};

/** struct r2_monitor_line - @gateway: R2_NONE for all; @given: bits of which words were said */
struct r2_monitor_line {
	struct r2_ip gateway;
	unsigned given;
	struct r2_monitor said;
};

/** enum r2_event - what a hook can be for */
enum r2_event {
	R2_EVENT_UP,
	R2_EVENT_DOWN,
	R2_EVENT_MOVED,
	R2_EVENT_FAILOVER,
	R2_EVENT_WITHDRAWN,
	R2_EVENT_RESTORED,
	R2_EVENT_ALARM,
	R2_EVENT_BROKEN,
	R2_EVENT_WORKS,
	R2_EVENTS
};
extern const char *const r2_event_names[R2_EVENTS];

/** struct r2_hook - @argv: ends with NULL; one block of memory with all its words */
struct r2_hook {
	enum r2_event event;
	char **argv;
};

/** struct r2_proving - how often routes are proved on the wire, and how; @every_us: 0 for never */
struct r2_proving {
	uint64_t every_us;
	enum r2_probe_by by;
	uint16_t port;
};

/** struct r2_monitors - all that a file says to the watch; zeroed: nothing */
struct r2_monitors {
	R2_LIST(struct r2_monitor_line) lines;
	R2_LIST(struct r2_hook) hooks;
	struct r2_proving proving;
};

/** r2_monitor_is() - does a line that begins with @word speak to the watch */
bool r2_monitor_is(const char *word);
/**
 * r2_monitor_take() - one more line
 * @words: `monitor`, `on` or `prove` is the first
 * @ret_bad: on failure: which word is wrong
 */
bool r2_monitor_take(struct r2_monitors *monitors, const char *const *words, size_t n,
		     size_t *ret_bad, struct r2_error *err);
/** r2_monitor_for() - how @gateway is to be watched */
struct r2_monitor r2_monitor_for(const struct r2_monitors *monitors, const struct r2_ip *gateway);
/**
 * r2_monitor_bound() - what the system can do of it
 *
 * Return: false if it was said to be asked more often than can be; it is asked less often now.
 */
bool r2_monitor_bound(struct r2_monitor *monitor, const struct r2_limits *limits);
void r2_monitors_free(struct r2_monitors *monitors);

/** r2_time_us() - 2ms, 500ms, 2s, 10m, 1h, up to a day; a bare number means seconds */
bool r2_time_us(const char *text, uint64_t *ret_us);

#endif
