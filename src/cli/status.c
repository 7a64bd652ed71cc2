/* SPDX-License-Identifier: MIT */
/* The verb status: what the watch knows, as a table, as JSON, or for Prometheus. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/console.h"
#include "os/control.h"
#include "os/private.h"

#define FOLLOW_MS 1000
#define SPARKS    20

/* ---- reading what it said ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* ---- the table ---- */

/* From the shortest to the longest of what is drawn, by logarithm; a loss is a cross. */
static void print_sparks(const json_t *rtts)
{
	static const char *const fine[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
	const char *const *levels = r2_console_utf8() ? fine : plain;
	size_t n = json_array_size(rtts), begin = n > SPARKS ? n - SPARKS : 0;
	double low = 1e12, high = 1;

	for (size_t i = begin; i < n; i++) {
		const json_t *one = json_array_get(rtts, i);

		if (json_is_null(one))
			continue;
		low = fmin(low, fmax(1, json_number_value(one)));
		high = fmax(high, json_number_value(one));
	}
	for (size_t i = begin; i < n; i++) {
		const json_t *one = json_array_get(rtts, i);
		double at = high > low
				    ? log(fmax(1, json_number_value(one)) / low) / log(high / low)
				    : 0;

		if (json_is_null(one))
			fputs(r2_console_utf8() ? "×" : "x", stdout);
		else
			fputs(levels[at >= 1 ? 7 : (size_t)(at * 8)], stdout);
	}
}

static void age_text(double seconds, char buf[24])
{
	if (seconds < 100)
		snprintf(buf, 24, "%.0fs", seconds);
	else if (seconds < 6000)
		snprintf(buf, 24, "%.0fm", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(buf, 24, "%.0fh", seconds / 3600);
	else
		snprintf(buf, 24, "%.0fd", seconds / 86400);
}

static const char *colour_of(const char *state)
{
	if (strcmp(state, "up") == 0)
		return "\033[32m";
	return strcmp(state, "down") == 0 ? "\033[31m" : "\033[33m";
}

static void print_gateway(const json_t *one, bool colour)
{
	const char *state = text_of(one, "state"), *alarm = text_of(one, "alarm");
	double sent = number_of(one, "sent"), lost = number_of(one, "lost");
	char age[24], rtt[24] = "-";

	age_text(number_of(one, "for_s"), age);
	if (sent > lost)
		snprintf(rtt, sizeof(rtt), "%.3f ms", number_of(one, "rtt_us") / 1000);
	printf("%-26s %-10s %s%-8s%s %5s  %-17s %11s %5.1f%%  ", text_of(one, "gateway"),
	       text_of(one, "dev"), colour ? colour_of(state) : "", state, colour ? "\033[0m" : "",
	       age, text_of(one, "mac"), rtt, sent > 0 ? 100 * lost / sent : 0);
	print_sparks(json_object_get(one, "rtts_us"));
	if (strcmp(alarm, "none") != 0)
		printf("  %sALARM: %s%s", colour ? "\033[31m" : "", alarm, colour ? "\033[0m" : "");
	puts("");
}

static void print_phantom(const json_t *one)
{
	const json_t *list = json_object_get(one, "gateways");
	const char *carrier = text_of(one, "carrier");

	printf("%-26s %-10s ", text_of(one, "phantom"), text_of(one, "dev"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *gateway = json_string_value(json_array_get(list, i));
		bool carries = gateway && strcmp(gateway, carrier) == 0;

		printf("%s%s%s%s", i ? " " : "", carries ? "[" : "", gateway ? gateway : "?",
		       carries ? "]" : "");
	}
	puts(json_is_true(json_object_get(one, "withdrawn")) ? "  withdrawn" : "");
}

static void print_proof(const json_t *proof, bool colour)
{
	const json_t *list = json_object_get(proof, "not_working");
	char age[24];

	if (!proof)
		return;
	age_text(number_of(proof, "age_s"), age);
	if (number_of(proof, "runs") > 0)
		printf("proved %s ago: %.0f work, %.0f broken, %.0f unknown\n", age,
		       number_of(proof, "works"), number_of(proof, "broken"),
		       number_of(proof, "unknown"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		bool bad = strcmp(text_of(one, "verdict"), "unknown") != 0;

		printf("%s%s%s: %s from %s\n         %s\n", colour && bad ? "\033[31m" : "",
		       text_of(one, "verdict"), colour && bad ? "\033[0m" : "",
		       text_of(one, "destination"), text_of(one, "source"),
		       text_of(one, "sentence"));
	}
	if (strlen(text_of(proof, "trouble")) > 1)
		printf("prove: %s\n", text_of(proof, "trouble"));
}

static void print_table(const json_t *all)
{
	const json_t *gateways = json_object_get(all, "gateways"), *one;
	const json_t *phantoms = json_object_get(all, "phantoms");
	const json_t *routes = json_object_get(all, "routes");
	const json_t *waiting = json_object_get(routes, "waiting");
	bool colour = r2_colour(stdout);

	printf("%-26s %-10s %-8s %5s  %-17s %11s %6s  %s\n", "GATEWAY", "DEV", "STATE", "FOR",
	       "MAC", "RTT", "LOSS", "LATEST");
	for (size_t i = 0; i < json_array_size(gateways); i++)
		print_gateway(json_array_get(gateways, i), colour);
	if (json_array_size(phantoms))
		printf("\n%-26s %-10s %s\n", "PHANTOM", "DEV", "GATEWAYS [carries]");
	for (size_t i = 0; i < json_array_size(phantoms); i++)
		print_phantom(json_array_get(phantoms, i));
	printf("\n%.0f routes of %.0f stand", number_of(routes, "stand"),
	       number_of(routes, "wanted"));
	if (number_of(routes, "put_back") > 0)
		printf(", %.0f were put back", number_of(routes, "put_back"));
	puts("");
	for (size_t i = 0; i < json_array_size(waiting); i++) {
		one = json_array_get(waiting, i);
		printf("waiting: %s\n         %s\n", text_of(one, "line"), text_of(one, "why"));
	}
	if (strlen(text_of(routes, "trouble")) > 1)
		printf("trouble: %s\n", text_of(routes, "trouble"));
	print_proof(json_object_get(all, "proof"), colour);
}

/* ---- Prometheus ---- */

static void print_metric(const json_t *gateways, const char *name, const char *type,
			 const char *help, double (*value)(const json_t *one))
{
	printf("# HELP route2_gateway_%s %s\n# TYPE route2_gateway_%s %s\n", name, help, name,
	       type);
	for (size_t i = 0; i < json_array_size(gateways); i++) {
		const json_t *one = json_array_get(gateways, i);

		printf("route2_gateway_%s{gateway=\"%s\",dev=\"%s\"} %.9g\n", name,
		       text_of(one, "gateway"), text_of(one, "dev"), value(one));
	}
}

static double value_up(const json_t *one)
{
	const char *state = text_of(one, "state");

	return strcmp(state, "up") == 0 || strcmp(state, "doubted") == 0;
}

static double value_rtt(const json_t *one)
{
	return number_of(one, "rtt_us") / 1e6;
}

static double value_loss(const json_t *one)
{
	double sent = number_of(one, "sent");

	return sent > 0 ? number_of(one, "lost") / sent : 0;
}

static double value_jitter(const json_t *one)
{
	return number_of(one, "jitter_us") / 1e6;
}

static double value_carries(const json_t *one)
{
	return number_of(one, "carries");
}

static double value_alarm(const json_t *one)
{
	return strcmp(text_of(one, "alarm"), "none") != 0;
}

static double value_downs(const json_t *one)
{
	return number_of(one, "downs");
}

static double value_moves(const json_t *one)
{
	return number_of(one, "moves");
}

static void print_single(const char *name, const char *type, const char *help, double value)
{
	printf("# HELP route2_%s %s\n# TYPE route2_%s %s\nroute2_%s %.9g\n", name, help, name, type,
	       name, value);
}

/* The text format of Prometheus, version 0.0.4. */
static void print_prometheus(const json_t *all)
{
	const json_t *gateways = json_object_get(all, "gateways");
	const json_t *routes = json_object_get(all, "routes");
	const json_t *proof = json_object_get(all, "proof");

	print_metric(gateways, "up", "gauge", "Whether the gateway answers.", value_up);
	print_metric(gateways, "rtt_seconds", "gauge", "Mean round trip of the latest probes.",
		     value_rtt);
	print_metric(gateways, "jitter_seconds", "gauge",
		     "Mean difference of successive round trips.", value_jitter);
	print_metric(gateways, "loss_ratio", "gauge", "Lost share of the latest probes.",
		     value_loss);
	print_metric(gateways, "phantoms", "gauge", "Phantoms that it carries now.", value_carries);
	print_metric(gateways, "alarm", "gauge", "Whether another MAC claims its address.",
		     value_alarm);
	print_metric(gateways, "downs_total", "counter", "How often it went down.", value_downs);
	print_metric(gateways, "moves_total", "counter", "How often its MAC changed.", value_moves);
	print_single("routes_wanted", "gauge", "Routes that are to stand.",
		     number_of(routes, "wanted"));
	print_single("routes_standing", "gauge", "Routes that stood at the last audit.",
		     number_of(routes, "stand"));
	print_single("routes_put_back_total", "counter", "Routes that had to be put back.",
		     number_of(routes, "put_back"));
	print_single("routes_waiting", "gauge", "Lines that cannot be now.",
		     (double)json_array_size(json_object_get(routes, "waiting")));
	if (!proof)
		return;
	print_single("proved_works", "gauge", "Routes that the last proof saw working.",
		     number_of(proof, "works"));
	print_single("proved_broken", "gauge", "Routes that the last proof saw broken.",
		     number_of(proof, "broken"));
	print_single("proved_unknown", "gauge", "Routes of which it could not be told.",
		     number_of(proof, "unknown"));
	print_single("proof_age_seconds", "gauge", "Since the last proof.",
		     number_of(proof, "age_s"));
}

/* ---- the verb ---- */

static bool print_once(const struct r2_cli *cli, struct r2_error *err)
{
	json_error_t where;
	json_t *all;
	char *answer;

	if (!r2_control_ask("status\n", &answer, err))
		return false;
	if (cli->options.json) {
		puts(answer);
		free(answer);
		return true;
	}
	all = json_loads(answer, 0, &where);
	free(answer);
	if (!all) {
		r2_error_set(err, R2_FAILED, "the watch says what nobody understands: %.100s",
			     where.text);
		return r2_error_hint(err, "is it of another version? start it anew");
	}
	if (cli->options.prometheus)
		print_prometheus(all);
	else
		print_table(all);
	json_decref(all);
	return true;
}

static bool cannot_write(const char *path, struct r2_error *err)
{
	int error = errno;

	r2_error_set(err, R2_FAILED, "cannot write %s: %s", path, strerror(error));
	err->native = error;
	return false;
}

/* Whole or not at all, for whoever reads it at any moment: written beside, and renamed. */
static bool print_to(const struct r2_cli *cli, const char *path, struct r2_error *err)
{
	char beside[4096];

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside))
		return r2_error_set(err, R2_USAGE, "that name is too long: %.40s...", path);
	if (!freopen(beside, "w", stdout))
		return cannot_write(beside, err);
	if (!print_once(cli, err)) {
		unlink(beside);
		return false;
	}
	/* Windows moves no file that is open. */
	if (!fflush(stdout) && !ferror(stdout) && freopen(r2_console_nowhere(), "w", stdout) &&
	    r2_private_move(beside, path))
		return true;
	cannot_write(path, err);
	unlink(beside);
	return false;
}

int r2_verb_status(struct r2_cli *cli)
{
	bool terminal = isatty(STDOUT_FILENO) && !cli->options.json && !cli->options.prometheus;
	const char *path = cli->n == 1 && cli->options.prometheus ? cli->words[0] : NULL;
	struct r2_error err;

	if (cli->n && !path) {
		r2_error_set(&err, R2_USAGE, "status takes no \"%s\"", cli->words[cli->n - 1]);
		r2_error_hint(&err, "a file may stand behind --prometheus");
		return r2_say_error(&err);
	}
	do {
		if (cli->options.follow && terminal)
			fputs("\033[H\033[J", stdout);
		if (path ? !print_to(cli, path, &err) : !print_once(cli, &err))
			return r2_say_error(&err);
		if (fflush(stdout))
			return R2_FAILED;
	} while (cli->options.follow && r2_console_pause(FOLLOW_MS));
	return R2_OK;
}
