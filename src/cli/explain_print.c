/* SPDX-License-Identifier: MIT */
/* Explanations for people and for programs. */
#include "cli/explain.h"

#include <string.h>

const char *r2_rules_word(enum r2_rules rules)
{
	static const char *const words[] = {"linux", "windows", "windows-xp"};

	return words[rules];
}

static const char *table_text(uint32_t table, const struct r2_names *names,
			      char buf[R2_PROTOCOL_TEXT])
{
	const char *name = names->table_name ? names->table_name(names->ctx, table) : NULL;

	return name ? name : r2_table_name(table, buf);
}

/* The model's answer and the kernel's have these fields in common. */
struct verdict {
	int error;
	const struct r2_ip *source, *gateway;
	uint32_t link, table;
};

static struct verdict of_pick(const struct r2_pick *pick)
{
	return (struct verdict){pick->error, &pick->source, &pick->gateway, pick->link,
				pick->table};
}

static struct verdict of_kernel(const struct r2_answer *answer)
{
	return (struct verdict){answer->error, &answer->source, &answer->gateway, answer->link,
				answer->table};
}

/* ---- text ---- */

static void print_verdict(FILE *out, const struct verdict *verdict, const struct r2_host *host,
			  const struct r2_names *names)
{
	char text[R2_IP_TEXT], number[16], table[R2_PROTOCOL_TEXT];

	if (verdict->error) {
		fprintf(out, "refused: %s\n", r2_errno_name(verdict->error, number));
		return;
	}
	fprintf(out, "from %s",
		verdict->source->family ? r2_ip_format(verdict->source, text) : "no source");
	if (verdict->gateway->family)
		fprintf(out, " via %s", r2_ip_format(verdict->gateway, text));
	fprintf(out, " dev %s", r2_host_link_name(host, verdict->link));
	if (verdict->table)
		fprintf(out, " table %s", table_text(verdict->table, names, table));
	fputc('\n', out);
}

static void print_steps(FILE *out, const r2_steps *steps, bool colour)
{
	static const struct {
		char mark;
		const char *colour;
	} marks[] = {
		[R2_STEP_NOTE] = {'.', ""},
		[R2_STEP_CHOSEN] = {'+', "\x1b[32m"},
		[R2_STEP_DROPPED] = {'-', "\x1b[2m"},
		[R2_STEP_TIE] = {'=', "\x1b[33m"},
		[R2_STEP_UNKNOWN] = {'?', "\x1b[31m"},
	};
	int widest = 0;

	r2_each (const struct r2_step, step, steps) {
		int width = (int)strlen(step->rule);

		widest = width > widest ? width : widest;
	}
	r2_each (const struct r2_step, step, steps)
		fprintf(out, "  %s%c %-*s  %s%s\n    %*s  [%s]\n",
			colour ? marks[step->verdict].colour : "", marks[step->verdict].mark,
			widest, step->rule, step->text, colour ? "\x1b[0m" : "", widest, "",
			step->where);
}

static void print_whatif(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	char text[R2_ERROR_TEXT], ip[R2_IP_TEXT], line[R2_INTENT_TEXT];

	fprintf(out, "source   %s: ", r2_ip_format(&one->intent.src, ip));
	if (!one->whatif.possible) {
		fprintf(out, "no: %s\n", r2_error_format(&one->whatif.why_not, text, sizeof(text)));
		return;
	}
	fprintf(out, "yes, by method %s", r2_method_name(one->whatif.method));
	if (one->whatif.phantom.family)
		fprintf(out, " and phantom %s", r2_ip_format(&one->whatif.phantom, ip));
	fprintf(out, "\ncommand  route2 add %s\n", r2_intent_format(&one->intent, names, line));
}

static void print_differs(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	struct verdict kernel = of_kernel(&one->kernel);

	if (!one->asked || one->agrees)
		return;
	fputs("DIFFER   please report this, with `ip addr`, `ip route` and `ip rule`; the kernel: ",
	      out);
	print_verdict(out, &kernel, one->host, names);
}

void r2_explain_text(FILE *out, const struct r2_explanation *one, const struct r2_names *names,
		     bool whole, bool colour)
{
	char dst[R2_PREFIX_TEXT], sample[R2_IP_TEXT];
	bool tried = one->dst.len != r2_ip_bits(&one->sample);
	struct verdict verdict = of_kernel(&one->kernel);

	r2_ip_format(&one->sample, sample);
	if (!whole) {
		struct verdict first = of_pick(&one->picks[0]);

		fprintf(out, "%-39s  ", sample);
		print_verdict(out, &first, one->host, names);
		print_differs(out, one, names);
		return;
	}
	fprintf(out, "%s by the rules of %s", r2_prefix_name(&one->dst, dst),
		r2_rules_word(one->rules));
	fprintf(out, "%s%s:\n", tried ? ", tried with " : "", tried ? sample : "");
	print_steps(out, &one->steps, colour);
	for (size_t i = 0; i < one->n && i < R2_PICKS_MAX; i++) {
		struct verdict pick = of_pick(&one->picks[i]);

		fputs(i == 0 ? "model    " : "or       ", out);
		print_verdict(out, &pick, one->host, names);
		if (one->picks[i].not_modelled)
			fprintf(out, "         not modelled: %s\n", one->picks[i].not_modelled);
	}
	if (one->asked) {
		fputs("kernel   ", out);
		print_verdict(out, &verdict, one->host, names);
	}
	print_differs(out, one, names);
	if (one->src)
		print_whatif(out, one, names);
}

/* ---- JSON ---- */

static void json_ip(struct r2_json *json, const char *key, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];

	if (ip->family)
		r2_json_text(json, key, r2_ip_format(ip, text));
}

static void json_verdict(struct r2_json *json, const char *key, const struct verdict *verdict,
			 const struct r2_host *host, const struct r2_names *names)
{
	char number[16], table[R2_PROTOCOL_TEXT];

	r2_json_open(json, key, '{');
	if (verdict->error) {
		r2_json_text(json, "error", r2_errno_name(verdict->error, number));
	} else {
		json_ip(json, "prefsrc", verdict->source);
		json_ip(json, "gateway", verdict->gateway);
		r2_json_text(json, "dev", r2_host_link_name(host, verdict->link));
	}
	if (verdict->table)
		r2_json_text(json, "table", table_text(verdict->table, names, table));
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
		r2_json_close(json, '}');
	}
	r2_json_close(json, ']');
}

static void json_whatif(struct r2_json *json, const struct r2_explanation *one,
			const struct r2_names *names)
{
	char text[R2_ERROR_TEXT], line[R2_INTENT_TEXT + 16];
	char intent[R2_INTENT_TEXT];

	json_ip(json, "source", &one->intent.src);
	r2_json_bool(json, "possible", one->whatif.possible);
	if (!one->whatif.possible) {
		r2_json_text(json, "reason",
			     r2_error_format(&one->whatif.why_not, text, sizeof(text)));
		return;
	}
	r2_json_text(json, "method", r2_method_name(one->whatif.method));
	json_ip(json, "phantom", &one->whatif.phantom);
	snprintf(line, sizeof(line), "route2 add %s",
		 r2_intent_format(&one->intent, names, intent));
	r2_json_text(json, "command", line);
}

void r2_explain_json(struct r2_json *json, const struct r2_explanation *one,
		     const struct r2_names *names)
{
	struct verdict first = of_pick(&one->picks[0]), kernel = of_kernel(&one->kernel);
	char text[R2_PREFIX_TEXT];

	r2_json_open(json, NULL, '{');
	r2_json_text(json, "destination",
		     one->dst.len == r2_ip_bits(&one->sample) ? r2_ip_format(&one->sample, text)
							      : r2_prefix_format(&one->dst, text));
	json_ip(json, "sample", &one->sample);
	r2_json_text(json, "rules", r2_rules_word(one->rules));
	json_verdict(json, "verdict", &first, one->host, names);
	if (one->picks[0].not_modelled)
		r2_json_text(json, "not_modelled", one->picks[0].not_modelled);
	if (one->n > 1) {
		r2_json_open(json, "alternatives", '[');
		for (size_t i = 1; i < one->n && i < R2_PICKS_MAX; i++) {
			struct verdict other = of_pick(&one->picks[i]);

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
