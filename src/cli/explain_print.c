/* SPDX-License-Identifier: MIT */
/* Explanations for people. */
#include "cli/explain.h"

#include <string.h>

const char *r2_rules_word(enum r2_rules rules)
{
	static const char *const words[] = {"linux", "windows", "windows-xp"};

	return words[rules];
}

struct r2_sending r2_sending_of_pick(const struct r2_pick *pick)
{
	return (struct r2_sending){pick->error, &pick->source, &pick->gateway, pick->link,
				   pick->table};
}

struct r2_sending r2_sending_of_kernel(const struct r2_answer *answer)
{
	return (struct r2_sending){answer->error, &answer->source, &answer->gateway, answer->link,
				   answer->table};
}

static void print_verdict(FILE *out, const struct r2_sending *verdict, const struct r2_host *host,
			  const struct r2_names *names)
{
	char text[R2_IP_TEXT], number[16], table[R2_PROTOCOL_TEXT];

	if (verdict->error) {
		fprintf(out, "refused: %s", r2_errno_name(verdict->error, number));
		return;
	}
	fprintf(out, "from %s",
		verdict->source->family ? r2_ip_format(verdict->source, text) : "no source");
	if (verdict->gateway->family)
		fprintf(out, " via %s", r2_ip_format(verdict->gateway, text));
	fprintf(out, " dev %s", r2_host_link_name(host, verdict->link));
	if (verdict->table)
		fprintf(out, " table %s", r2_table_text(verdict->table, names, table));
}

/* ---- the steps ---- */

static int widest_rule(const r2_steps *steps)
{
	int widest = 0;

	r2_each (const struct r2_step, step, steps) {
		int width = (int)strlen(step->rule);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void print_step(FILE *out, const struct r2_step *step, int widest, bool colour)
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

	fprintf(out, "  %s%c %-*s  %s%s\n", colour ? marks[step->verdict].colour : "",
		marks[step->verdict].mark, widest, step->rule, step->text, colour ? "\x1b[0m" : "");
}

static bool same_side(const struct r2_step *a, const struct r2_step *b)
{
	return a->side.family && r2_ip_equal(&a->against, &b->against);
}

/*
 * A comparison of bits ends with the address that is chosen, or with the last that is told. Return:
 * its first step if it ends with @step, else NULL.
 */
static const struct r2_step *comparison(const r2_steps *steps, const struct r2_step *step)
{
	const struct r2_step *first = step;

	if (!step->side.family)
		return NULL;
	for (const struct r2_step *one = step + 1;
	     step->verdict != R2_STEP_CHOSEN && one < steps->at + steps->n; one++) {
		if (same_side(one, step))
			return NULL;
	}
	for (const struct r2_step *one = step; one-- > steps->at;) {
		if (!same_side(one, step))
			continue;
		if (one->verdict == R2_STEP_CHOSEN)
			break;
		first = one;
	}
	return first;
}

static const char *against_what(const struct r2_explanation *one, const struct r2_step *step)
{
	if (r2_ip_equal(&step->against, &one->sample))
		return "destination";
	return r2_ip_equal(&step->against, &one->intent.src) ? "source" : "next hop";
}

/* Where a rule is written is said once for all steps in a row that it took. */
static void print_steps(FILE *out, const struct r2_explanation *one, bool colour)
{
	const r2_steps *steps = &one->steps;
	const struct r2_step *end = steps->at + steps->n;
	int widest = widest_rule(steps);

	r2_each (const struct r2_step, step, steps) {
		const struct r2_step *compared = comparison(steps, step);

		print_step(out, step, widest, colour);
		if (step + 1 == end || strcmp(step->where, step[1].where) != 0)
			fprintf(out, "    %*s  %s[%s]%s\n", widest, "", colour ? "\x1b[2m" : "",
				step->where, colour ? "\x1b[0m" : "");
		if (compared)
			r2_draw_bits(out, compared, step, against_what(one, compared), colour);
	}
}

/* ---- can I have this source ---- */

static void print_no(FILE *out, const struct r2_whatif *whatif)
{
	char text[R2_ERROR_TEXT], ip[R2_IP_TEXT];

	fprintf(out, "no: %s\n", r2_error_format(&whatif->why_not, text, sizeof(text)));
	if (whatif->blocked_by.family)
		fprintf(out, "blocked  by %s\n", r2_ip_format(&whatif->blocked_by, ip));
	for (size_t i = 0; i < whatif->ways.n; i++)
		fprintf(out, "%s%s\n", i == 0 ? "way out  " : "     or  ", whatif->ways.text[i]);
}

static void print_whatif(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	const struct r2_whatif *whatif = &one->whatif;
	char ip[R2_IP_TEXT], command[R2_WHATIF_TEXT];

	fprintf(out, "source   %s: ", r2_ip_format(&one->intent.src, ip));
	if (!whatif->possible) {
		print_no(out, whatif);
		return;
	}
	fprintf(out, "yes, by method %s", r2_method_name(whatif->method));
	if (whatif->phantom.family)
		fprintf(out, " and phantom %s", r2_ip_format(&whatif->phantom, ip));
	if (!one->picks[0].error && r2_ip_equal(&one->picks[0].source, &one->intent.src))
		fputs("; it is sent from already", out);
	fprintf(out, "\ncommand  %s\n", r2_whatif_command(whatif, names, one->netns, command));
}

/* `explain -`: all in one line. */
static void print_whatif_line(FILE *out, const struct r2_explanation *one,
			      const struct r2_names *names)
{
	const struct r2_whatif *whatif = &one->whatif;
	char text[R2_ERROR_TEXT], ip[R2_IP_TEXT], command[R2_WHATIF_TEXT];

	fprintf(out, "src %s: %s%s\n", r2_ip_format(&one->intent.src, ip),
		whatif->possible ? "yes: " : "no: ",
		whatif->possible ? r2_whatif_command(whatif, names, one->netns, command)
				 : r2_error_format(&whatif->why_not, text, sizeof(text)));
}

/* ---- the whole ---- */

static void print_differs(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	struct r2_sending kernel = r2_sending_of_kernel(&one->kernel);

	if (!one->asked || one->agrees)
		return;
	fputs("difference: the kernel has ", out);
	print_verdict(out, &kernel, one->host, names);
	fputs("; please report this, with the output of `route2 snapshot`\n", out);
}

static const char *dst_text(const struct r2_explanation *one, char buf[R2_PREFIX_TEXT])
{
	if (one->dst.len == r2_ip_bits(&one->sample))
		return r2_ip_format(&one->sample, buf);
	return r2_prefix_name(&one->dst, buf);
}

static void print_line(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	struct r2_sending first = r2_sending_of_pick(&one->picks[0]);
	char dst[R2_PREFIX_TEXT];

	fprintf(out, "%-*s  ", one->sample.family == R2_IPV4 ? 18 : 39, dst_text(one, dst));
	if (one->src) {
		print_whatif_line(out, one, names);
	} else {
		print_verdict(out, &first, one->host, names);
		fputc('\n', out);
	}
	print_differs(out, one, names);
}

static void print_verdicts(FILE *out, const struct r2_explanation *one,
			   const struct r2_names *names)
{
	struct r2_sending kernel = r2_sending_of_kernel(&one->kernel);

	for (size_t i = 0; i < one->n && i < R2_PICKS_MAX; i++) {
		struct r2_sending pick = r2_sending_of_pick(&one->picks[i]);

		fputs(i == 0 ? "model    " : "or       ", out);
		print_verdict(out, &pick, one->host, names);
		fputc('\n', out);
		if (one->picks[i].not_modelled)
			fprintf(out, "         not modelled: %s\n", one->picks[i].not_modelled);
	}
	if (one->asked) {
		fputs("kernel   ", out);
		print_verdict(out, &kernel, one->host, names);
		fputc('\n', out);
	}
	print_differs(out, one, names);
}

void r2_explain_text(FILE *out, const struct r2_explanation *one, const struct r2_names *names,
		     bool whole, bool colour)
{
	char dst[R2_PREFIX_TEXT], sample[R2_IP_TEXT];

	if (!whole) {
		print_line(out, one, names);
		return;
	}
	fprintf(out, "%s by the rules of %s", dst_text(one, dst), r2_rules_word(one->rules));
	if (one->dst.len != r2_ip_bits(&one->sample))
		fprintf(out, ", tried with %s (addresses inside may differ)",
			r2_ip_format(&one->sample, sample));
	fputs(":\n", out);
	print_steps(out, one, colour);
	print_verdicts(out, one, names);
	if (one->src)
		print_whatif(out, one, names);
}
