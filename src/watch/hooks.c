/* SPDX-License-Identifier: MIT */
/* Hooks: programs of the administrator's, by argv, with an environment of their own, apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/state.h"

#define AT_ONCE  16
#define PLACES   8
#define LIMIT_MS 10000

struct hook_run {
	struct watch *watch;
	uv_process_t process;
	uv_timer_t limit;
	void *tree;
	unsigned open;
	char name[64];
};

static void on_closed(uv_handle_t *handle)
{
	struct hook_run *run = handle->data;

	if (--run->open > 0)
		return;
	run->watch->hooks_running--;
	hook_free(run->tree);
	free(run);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal)
{
	struct hook_run *run = process->data;

	if (status || signal)
		watch_log(run->watch, R2_LOG_WARNING, "hook", "%s ended with %s %d", run->name,
			  signal ? "signal" : "status", signal ? signal : (int)status);
	uv_close((uv_handle_t *)&run->process, on_closed);
	uv_close((uv_handle_t *)&run->limit, on_closed);
}

static void on_limit(uv_timer_t *timer)
{
	struct hook_run *run = timer->data;

	watch_log(run->watch, R2_LOG_WARNING, "hook", "%s takes over %d s: killed", run->name,
		  LIMIT_MS / 1000);
	hook_kill(&run->process, run->tree);
}

static void start(struct watch *watch, const struct r2_hook *hook, char **env, const char *folder)
{
	struct hook_run *run = calloc(1, sizeof(*run));
	uv_stdio_container_t nothing[3] = {
		{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
	const uv_process_options_t options = {.file = hook->argv[0],
					      .args = hook->argv,
					      .env = env,
					      .cwd = folder,
					      .flags = UV_PROCESS_DETACHED,
					      .stdio_count = 3,
					      .stdio = nothing,
					      .exit_cb = on_exit_of};
	int error;

	if (!run)
		return;
	run->watch = watch;
	run->open = 2;
	snprintf(run->name, sizeof(run->name), "%.63s", hook->argv[0]);
	uv_timer_init(&watch->loop, &run->limit);
	run->process.data = run->limit.data = run;
	watch->hooks_running++;
	error = uv_spawn(&watch->loop, &run->process, &options);
	if (error) {
		watch_log(watch, R2_LOG_ERROR, "hook", "cannot run %s: %s", run->name,
			  uv_strerror(error));
		uv_close((uv_handle_t *)&run->process, on_closed);
		uv_close((uv_handle_t *)&run->limit, on_closed);
		return;
	}
	run->tree = hook_tree(&run->process);
	uv_timer_start(&run->limit, on_limit, LIMIT_MS, 0);
}

void hooks_run(struct watch *watch, enum r2_event event, const struct peer *peer,
	       const struct r2_mac *old, const char *text)
{
	char what[40], gateway[80], dev[40], mac[60], before[60], said[260], buf[R2_IP_TEXT];
	char mac_text[R2_MAC_TEXT];
	char *env[PLACES + 7] = {what, gateway, dev, mac, before, said};
	const char *folder, *const *places = hook_places(&folder);

	/* libuv's lists of words are not const, and it does not change them. */
	for (size_t i = 0; i < PLACES && places[i]; i++)
		memcpy(&env[6 + i], &places[i], sizeof(*env));
	r2_each (const struct r2_hook, hook, &watch->monitors.hooks) {
		if (hook->event != event)
			continue;
		if (watch->hooks_running >= AT_ONCE) {
			watch_log(watch, R2_LOG_ERROR, "hook",
				  "%d hooks run already: %s is left out", AT_ONCE, hook->argv[0]);
			continue;
		}
		snprintf(what, sizeof(what), "ROUTE2_EVENT=%s", r2_event_names[event]);
		snprintf(gateway, sizeof(gateway), "ROUTE2_GATEWAY=%s",
			 peer ? r2_ip_format(&peer->gateway.ip, buf) : "");
		snprintf(dev, sizeof(dev), "ROUTE2_DEV=%s",
			 peer ? watch_link_name(watch, peer->gateway.link) : "");
		snprintf(mac, sizeof(mac), "ROUTE2_MAC=%s",
			 peer ? r2_mac_format(r2_gateway_mac(&peer->gateway), mac_text) : "");
		snprintf(before, sizeof(before), "ROUTE2_OLD_MAC=%s",
			 old->len ? r2_mac_format(old, mac_text) : "");
		snprintf(said, sizeof(said), "ROUTE2_TEXT=%.240s", text);
		start(watch, hook, env, folder);
	}
}
