/* SPDX-License-Identifier: MIT */
/* Lines to the watch: one table of words. */
#include "core/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "core/words.h"

const char *const r2_event_names[R2_EVENTS] = {
	"up", "down", "moved", "failover", "withdrawn", "restored", "alarm", "broken", "works"};

enum word { INTERVAL, MISSES, TIMEOUT_MIN, HOLD, FOLLOW, MAC, DOWN, TRACK, WORDS };
static const char *const WORD_NAMES[WORDS] = {"interval", "misses", "timeout-min", "hold",
					      "follow",   "mac",    "down",        "track"};
static const char *const NEEDS[WORDS] = {"a time from 10ms to 60s", "a number from 1 to 255",
					 "a time such as 2ms",      "a time such as 10s",
					 "pin, verify or follow",   "a MAC address",
					 "keep or withdraw",        "an address"};

bool r2_time_us(const char *text, uint64_t *ret_us)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {{"", R2_SEC},  {"us", 1},          {"ms", R2_MSEC},
		     {"s", R2_SEC}, {"m", 60 * R2_SEC}, {"h", 3600 * R2_SEC}};
	const uint64_t day = 24 * 3600 * R2_SEC;
	const char *at = text;
	uint64_t number = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (uint64_t)(*at - '0');
		if (number > day)
			return false;
	}
	for (size_t i = 0; at > text && i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(at, units[i].name) != 0)
			continue;
		if (number > day / units[i].us)
			return false;
		*ret_us = number * units[i].us;
		return true;
	}
	return false;
}

bool r2_monitor_is(const char *word)
{
	return strcmp(word, "monitor") == 0 || strcmp(word, "on") == 0 ||
	       strcmp(word, "prove") == 0;
}

/* ---- monitor ---- */

static bool read_misses(const char *text, uint8_t *ret)
{
	unsigned number = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || number > 255)
			return false;
		number = number * 10 + (unsigned)(*at - '0');
	}
	*ret = (uint8_t)number;
	return number >= 1 && number <= 255;
}

/* Return: which of @names it is, -1 for none. */
static int choose(const char *text, const char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(text, names[i]) == 0)
			return i;
	}
	return -1;
}

static bool read_mac(const char *text, struct r2_rumour_settings *settings)
{
	struct r2_mac mac;

	if (settings->n_allowed == R2_MACS_MAX || !r2_mac_parse(text, &mac))
		return false;
	settings->allowed[settings->n_allowed++] = mac;
	return true;
}

static bool read_value(enum word word, const char *text, struct r2_monitor *said)
{
	static const char *const follow[] = {"verify", "pin", "follow"};
	static const char *const down[] = {"keep", "withdraw"};
	struct r2_pulse_settings *pulse = &said->gateway.pulse;
	int chosen = 0;

	switch (word) {
	case INTERVAL:
		return r2_time_us(text, &pulse->interval_us) &&
		       pulse->interval_us >= R2_INTERVAL_MIN &&
		       pulse->interval_us <= R2_INTERVAL_MAX;
	case MISSES:
		return read_misses(text, &pulse->misses);
	case TIMEOUT_MIN:
		return r2_time_us(text, &pulse->timeout_min_us) && pulse->timeout_min_us > 0;
	case HOLD:
		return r2_time_us(text, &said->hold_us);
	case FOLLOW:
		chosen = choose(text, follow, 3);
		said->gateway.rumour.follow = (enum r2_follow)chosen;
		return chosen >= 0;
	case MAC:
		return read_mac(text, &said->gateway.rumour);
	case DOWN:
		chosen = choose(text, down, 2);
		said->down = (enum r2_when_down)chosen;
		return chosen >= 0;
	case TRACK:
		said->gateway.track = true;
		return r2_ip_parse(text, &said->track) && !r2_ip_is_multicast(&said->track);
	case WORDS:
		break;
	}
	return false;
}

static bool refuse_word(const char *word, struct r2_error *err)
{
	const char *near = r2_words_nearest(word, WORD_NAMES, WORDS);

	r2_error_set(err, R2_USAGE, "`monitor` has no word \"%s\"", word);
	if (near)
		r2_error_hint(err, "did you mean \"%s\"?", near);
	return false;
}

static bool take_monitor(struct r2_monitors *monitors, const char *const *words, size_t n,
			 size_t *ret_bad, struct r2_error *err)
{
	struct r2_monitor_line line = {0};
	size_t at = 1;

	if (n > 1 && r2_ip_parse(words[1], &line.gateway))
		at = 2;
	for (; at < n; at += 2) {
		int word = choose(words[at], WORD_NAMES, WORDS);

		*ret_bad = at;
		if (word < 0 || word >= WORDS)
			return refuse_word(words[at], err);
		if (at + 1 >= n)
			return r2_error_set(err, R2_USAGE, "`%s` needs %s after it", words[at],
					    NEEDS[word]);
		*ret_bad = at + 1;
		if (!read_value((enum word)word, words[at + 1], &line.said))
			return r2_error_set(err, R2_USAGE, "`%s` needs %s, not \"%s\"", words[at],
					    NEEDS[word], words[at + 1]);
		line.given |= 1u << word;
	}
	if (line.given & 1u << TRACK && line.gateway.family &&
	    line.gateway.family != line.said.track.family)
		return r2_error_set(err, R2_USAGE, "`track` needs an address of IPv%d, as %s is",
				    line.gateway.family, words[1]);
	if (!line.given) {
		*ret_bad = 0;
		r2_error_set(err, R2_USAGE, "`monitor` says nothing");
		return r2_error_hint(err, "say what is to be other than usual: monitor misses 6");
	}
	return r2_list_push(&monitors->lines, &line) ||
	       r2_error_set(err, R2_FAILED, "out of memory");
}

/* ---- on ---- */

/* Pointers and words in one block, as nothing of it is ever freed alone. */
static char **copy_argv(const char *const *words, size_t n)
{
	size_t bytes = (n + 1) * sizeof(char *);
	char **argv, *text;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(words[i]) + 1;
	argv = malloc(bytes);
	if (!argv)
		return NULL;
	text = (char *)(argv + n + 1);
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(words[i]) + 1;

		argv[i] = memcpy(text, words[i], size);
		text += size;
	}
	argv[n] = NULL;
	return argv;
}

/* As either system has it: what is not on this one is told when it cannot be run. */
static bool is_whole_path(const char *path)
{
	bool drive = (*path | 0x20) >= 'a' && (*path | 0x20) <= 'z' && path[1] == ':';

	return *path == '/' || (drive && (path[2] == '\\' || path[2] == '/'));
}

static bool take_hook(struct r2_monitors *monitors, const char *const *words, size_t n,
		      size_t *ret_bad, struct r2_error *err)
{
	struct r2_hook hook = {0};
	int event = n > 1 ? choose(words[1], r2_event_names, R2_EVENTS) : -1;

	*ret_bad = n > 1 ? 1 : 0;
	if (event < 0) {
		r2_error_set(err, R2_USAGE, "`on` needs an event after it");
		return r2_error_hint(err, "there are: up, down, moved, failover, withdrawn, "
					  "restored, alarm, broken, works");
	}
	*ret_bad = n > 2 ? 2 : 1;
	if (n < 4 || strcmp(words[2], "exec") != 0 || !is_whole_path(words[3])) {
		r2_error_set(err, R2_USAGE, "`on %s` needs `exec` and a program after it",
			     words[1]);
		return r2_error_hint(err, "its path begins with a slash or a drive, and no shell "
					  "reads it: on down exec /usr/local/bin/page me");
	}
	hook.event = (enum r2_event)event;
	hook.argv = copy_argv(words + 3, n - 3);
	if (hook.argv && r2_list_push(&monitors->hooks, &hook))
		return true;
	free(hook.argv);
	return r2_error_set(err, R2_FAILED, "out of memory");
}

/* ---- prove ---- */

static bool read_port(const char *text, uint16_t *ret)
{
	uint32_t number = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || number > UINT16_MAX)
			return false;
		number = number * 10 + (uint32_t)(*at - '0');
	}
	*ret = (uint16_t)number;
	return number >= 1 && number <= UINT16_MAX;
}

static bool take_prove(struct r2_monitors *monitors, const char *const *words, size_t n,
		       size_t *ret_bad, struct r2_error *err)
{
	struct r2_proving proving = {0};
	size_t last = 2;

	*ret_bad = n > 1 ? 1 : 0;
	if (n < 2 || !r2_time_us(words[1], &proving.every_us) ||
	    (proving.every_us && proving.every_us < R2_SEC))
		return r2_error_set(err, R2_USAGE,
				    "`prove` needs a time from 1s on, such as 5m, or 0 for never");
	for (int by = R2_BY_ICMP; n > 2 && by <= R2_BY_UDP; by++) {
		if (strcmp(words[2], r2_probe_word((enum r2_probe_by)by)) != 0)
			continue;
		proving.by = (enum r2_probe_by)by;
		last = by == R2_BY_ICMP ? 3 : 4;
	}
	*ret_bad = last < n ? last : n - 1;
	if (n != last || (last == 4 && !read_port(words[3], &proving.port)))
		return r2_error_set(err, R2_USAGE,
				    "after its time `prove` needs icmp, tcp PORT or udp PORT, or "
				    "nothing");
	monitors->proving = proving;
	return true;
}

/* ---- all ---- */

bool r2_monitor_take(struct r2_monitors *monitors, const char *const *words, size_t n,
		     size_t *ret_bad, struct r2_error *err)
{
	if (strcmp(words[0], "on") == 0)
		return take_hook(monitors, words, n, ret_bad, err);
	if (strcmp(words[0], "prove") == 0)
		return take_prove(monitors, words, n, ret_bad, err);
	return take_monitor(monitors, words, n, ret_bad, err);
}

static void overlay(struct r2_monitor *to, const struct r2_monitor_line *line)
{
	const struct r2_monitor *said = &line->said;
	struct r2_pulse_settings *pulse = &to->gateway.pulse;
	struct r2_rumour_settings *rumour = &to->gateway.rumour;
	unsigned given = line->given;

	if (given & 1u << INTERVAL)
		pulse->interval_us = said->gateway.pulse.interval_us;
	if (given & 1u << MISSES)
		pulse->misses = said->gateway.pulse.misses;
	if (given & 1u << TIMEOUT_MIN)
		pulse->timeout_min_us = said->gateway.pulse.timeout_min_us;
	if (given & 1u << HOLD)
		to->hold_us = said->hold_us;
	if (given & 1u << FOLLOW)
		rumour->follow = said->gateway.rumour.follow;
	if (given & 1u << MAC) {
		rumour->n_allowed = said->gateway.rumour.n_allowed;
		memcpy(rumour->allowed, said->gateway.rumour.allowed, sizeof(rumour->allowed));
	}
	if (given & 1u << DOWN)
		to->down = said->down;
	if (given & 1u << TRACK) {
		to->gateway.track = true;
		to->track = said->track;
	}
}

struct r2_monitor r2_monitor_for(const struct r2_monitors *monitors, const struct r2_ip *gateway)
{
	struct r2_monitor ret = {.hold_us = R2_HOLD_DEFAULT};

	ret.gateway.pulse = (struct r2_pulse_settings){.interval_us = R2_INTERVAL_DEFAULT,
						       .timeout_min_us = R2_TIMEOUT_MIN,
						       .misses = R2_MISSES_DEFAULT};
	for (int own = 0; own < 2; own++) {
		r2_each (const struct r2_monitor_line, line, &monitors->lines) {
			if (own ? r2_ip_equal(&line->gateway, gateway) : !line->gateway.family)
				overlay(&ret, line);
		}
	}
	/* A target for all is for those that can reach it. */
	if (ret.track.family != gateway->family) {
		ret.gateway.track = false;
		ret.track = (struct r2_ip){0};
	}
	return ret;
}

bool r2_monitor_bound(struct r2_monitor *monitor, const struct r2_limits *limits)
{
	struct r2_pulse_settings *pulse = &monitor->gateway.pulse;
	bool fits = pulse->interval_us >= limits->interval_min_us;

	pulse->interval_us = r2_later(pulse->interval_us, limits->interval_min_us);
	pulse->timeout_min_us = r2_later(pulse->timeout_min_us, limits->timeout_min_us);
	pulse->gap_min_us = limits->interval_min_us;
	monitor->gateway.rumour.blind = limits->asks_all;
	return fits;
}

void r2_monitors_free(struct r2_monitors *monitors)
{
	r2_each (struct r2_hook, hook, &monitors->hooks)
		free(hook->argv);
	r2_list_free(&monitors->hooks);
	r2_list_free(&monitors->lines);
}
