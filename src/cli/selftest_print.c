/* SPDX-License-Identifier: MIT */
/* Idea: nothing in it tells of this machine but its system: it is to be shown to others. */
#include "cli/selftest.h"

#include <string.h>
#include <time.h>

#define WIDTH  96
#define INDENT 12

static const char PRIVACY[] =
	"no name and no address of this machine is in this report; the addresses are those kept "
	"for documentation (RFC 5737, RFC 3849), and made-up ones";

/* `  label     text`, its further lines below its first. */
static void paragraph(FILE *out, const char *label, const char *text)
{
	size_t column = (size_t)fprintf(out, "  %-*s", INDENT - 2, label);

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > INDENT && column + 1 + word > WIDTH) {
			fprintf(out, "\n%*s", INDENT, "");
			column = INDENT;
		}
		column +=
			(size_t)fprintf(out, "%s%.*s", column > INDENT ? " " : "", (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* RFC 3339 */
static const char *date_of(char *buf, size_t size)
{
	time_t now = time(NULL);
	const struct tm *utc = gmtime(&now);

	if (!utc || !strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", utc))
		*buf = '\0';
	return buf;
}

static void begin_json(struct r2_report *report, const char *system, const struct r2_stage *stage)
{
	struct r2_json *json = &report->json;
	char date[40];

	json->lines = 2;
	r2_json_open(json, NULL, '{');
	r2_json_text(json, "report", "route2 selftest");
	r2_json_number(json, "schema", R2_REPORT_SCHEMA);
	r2_json_text(json, "version", R2_VERSION);
	r2_json_text(json, "system", system);
	r2_json_text(json, "date", date_of(date, sizeof(date)));
	r2_json_text(json, "stage", stage->kind);
	r2_json_open(json, "points", '[');
}

void r2_report_begin(struct r2_report *report, const struct r2_stage *stage)
{
	FILE *out = report->json.out;
	char system[160], date[40], program[80];

	r2_stage_system(system, sizeof(system));
	if (report->as_json) {
		begin_json(report, system, stage);
		return;
	}
	if (report->quiet)
		return;
	snprintf(program, sizeof(program), "route2 %s, form %d of this report", R2_VERSION,
		 R2_REPORT_SCHEMA);
	fputs("route2 selftest\n", out);
	paragraph(out, "program", program);
	paragraph(out, "system", system);
	paragraph(out, "date", date_of(date, sizeof(date)));
	paragraph(out, "stage", stage->kind);
	paragraph(out, "privacy", PRIVACY);
}

static void result_json(struct r2_json *json, const struct r2_result *result)
{
	r2_json_open(json, NULL, '{');
	r2_json_text(json, "name", result->point->name);
	r2_json_text(json, "finding", r2_finding_name(result->finding));
	r2_json_text(json, "tried", result->point->tried);
	r2_json_text(json, "expected", result->point->expected);
	r2_json_text(json, "where", result->point->where);
	r2_json_text(json, result->finding == R2_NOT_TRIED ? "reason" : "seen", result->seen);
	r2_json_close(json, '}');
}

void r2_report_result(void *ctx, const struct r2_result *result)
{
	struct r2_report *report = ctx;
	FILE *out = report->json.out;

	report->counts[result->finding]++;
	if (report->as_json) {
		result_json(&report->json, result);
		return;
	}
	if (report->quiet && result->finding != R2_DOES_NOT)
		return;
	fprintf(out, "\n%s: %s\n", result->point->name, r2_finding_name(result->finding));
	paragraph(out, "tried", result->point->tried);
	paragraph(out, "expected", result->point->expected);
	paragraph(out, result->finding == R2_NOT_TRIED ? "reason" : "seen", result->seen);
	if (result->finding == R2_DOES_NOT)
		paragraph(out, "see", result->point->where);
	fflush(out); /* it takes a while */
}

void r2_report_end(struct r2_report *report, const char *cut_short)
{
	FILE *out = report->json.out;
	const size_t *counts = report->counts;

	if (!report->as_json && report->quiet)
		return;
	if (!report->as_json) {
		fprintf(out, "\n%zu hold, %zu do not, %zu not tried%s%s\n", counts[R2_HOLDS],
			counts[R2_DOES_NOT], counts[R2_NOT_TRIED], cut_short ? "; " : "",
			cut_short ? cut_short : "");
		return;
	}
	r2_json_close(&report->json, ']');
	r2_json_number(&report->json, "holds", counts[R2_HOLDS]);
	r2_json_number(&report->json, "does_not_hold", counts[R2_DOES_NOT]);
	r2_json_number(&report->json, "not_tried", counts[R2_NOT_TRIED]);
	if (cut_short)
		r2_json_text(&report->json, "cut_short", cut_short);
	r2_json_close(&report->json, '}');
}
