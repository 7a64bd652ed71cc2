/* SPDX-License-Identifier: MIT */
/* Explanations for programs. */
#include "cli/explain.h"

static void json_verdict(struct r2_json *json, const char *key, const struct r2_sending *verdict,
			 const struct r2_host *host, const struct r2_names *names)
{
	char number[16], table[R2_PROTOCOL_TEXT];

	r2_json_open(json, key, '{');
	if (verdict->error) {
		r2_json_text(json, "error", r2_errno_name(verdict->error, number));
	} else {
		r2_json_ip(json, "prefsrc", verdict->source);
		r2_json_ip(json, "gateway", verdict->gateway);
		r2_json_text(json, "dev", r2_host_link_name(host, verdict->link));
	}
	if (verdict->table)
		r2_json_text(json, "table", r2_table_text(verdict->table, names, table));
	r2_json_close(json, '}');
}

static void json_steps(struct r2_json *json, const r2_steps *steps)
{
	r2_json_open(json, "steps", '[');
	r2_each (const struct r2_step, step, steps) {
		r2_json_open(json, NULL, '{');
		r2_json_text(json, "rule", step->rule);
		r2_json_text(json, "verdict", r2_step_word((enum r2_step_verdict)step->verdict));
		r2_json_text(json, "text", step->text);
		r2_json_text(json, "where", step->where);
		if (step->side.family) {
			r2_json_ip(json, "address", &step->side);
			r2_json_ip(json, "against", &step->against);
			r2_json_number(json, "bits", step->bits);
		}
		r2_json_close(json, '}');
	}
	r2_json_close(json, ']');
}

static void json_notes(struct r2_json *json, const char *key, const struct r2_notes *notes)
{
	r2_json_open(json, key, '[');
	for (size_t i = 0; i < notes->n; i++)
		r2_json_text(json, NULL, notes->text[i]);
	r2_json_close(json, ']');
}

static void json_whatif(struct r2_json *json, const struct r2_explanation *one,
			const struct r2_names *names)
{
	const struct r2_whatif *whatif = &one->whatif;
	char text[R2_ERROR_TEXT], command[R2_WHATIF_TEXT];

	r2_json_ip(json, "source", &one->intent.src);
	r2_json_bool(json, "possible", whatif->possible);
	json_notes(json, "notes", &one->notes);
	if (whatif->possible) {
		r2_json_text(json, "method", r2_method_name(whatif->method));
		r2_json_ip(json, "phantom", &whatif->phantom);
		r2_json_text(json, "command",
			     r2_whatif_command(whatif, names, one->netns, command));
		return;
	}
	r2_json_ip(json, "blocked_by", &whatif->blocked_by);
	r2_json_text(json, "reason", r2_error_format(&whatif->why_not, text, sizeof(text)));
	json_notes(json, "ways", &whatif->ways);
}

void r2_explain_json(struct r2_json *json, const struct r2_explanation *one,
		     const struct r2_names *names)
{
	struct r2_sending first = r2_sending_of_pick(&one->picks[0]),
			  kernel = r2_sending_of_kernel(&one->kernel);
	char text[R2_PREFIX_TEXT];

	r2_json_open(json, NULL, '{');
	r2_json_text(json, "destination",
		     one->dst.len == r2_ip_bits(&one->sample) ? r2_ip_format(&one->sample, text)
							      : r2_prefix_format(&one->dst, text));
	r2_json_ip(json, "sample", &one->sample);
	r2_json_text(json, "rules", r2_rules_word(one->rules));
	json_verdict(json, "verdict", &first, one->host, names);
	if (one->picks[0].not_modelled)
		r2_json_text(json, "not_modelled", one->picks[0].not_modelled);
	if (one->n > 1) {
		r2_json_open(json, "alternatives", '[');
		for (size_t i = 1; i < one->n && i < R2_PICKS_MAX; i++) {
			struct r2_sending other = r2_sending_of_pick(&one->picks[i]);

			json_verdict(json, NULL, &other, one->host, names);
		}
		r2_json_close(json, ']');
	}
	if (one->asked) {
		json_verdict(json, "kernel", &kernel, one->host, names);
		r2_json_bool(json, "agrees", one->agrees);
	}
	json_steps(json, &one->steps);
	if (one->src)
		json_whatif(json, one, names);
	r2_json_close(json, '}');
}
