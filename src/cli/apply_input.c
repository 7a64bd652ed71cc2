/* SPDX-License-Identifier: MIT */
/* What apply reads: lines of the grammar, or what `show -j` printed. */
#include <stdlib.h>
#include <string.h>

#include "cli/apply.h"
#include "paper/place.h"
#include "paper/routes.h"
#include "paper/sheet.h"

static void say_line(const struct r2_apply *apply, const char *name, unsigned long line,
		     unsigned long column, const struct r2_error *err)
{
	char text[R2_ERROR_TEXT], at[24] = "", all[R2_ERROR_TEXT + 600];

	r2_error_format(err, text, sizeof(text));
	if (column)
		snprintf(at, sizeof(at), ":%lu", column);
	snprintf(all, sizeof(all), "route2: %.500s:%lu%s: %s\n", name, line, at, text);
	if (apply->say) {
		apply->say(apply->say_ctx, all);
		return;
	}
	fflush(stdout);
	fputs(all, stderr);
}

static void say_bad(void *ctx, const char *name, unsigned long line, unsigned long column,
		    const struct r2_error *err)
{
	say_line(ctx, name, line, column, err);
}

void r2_apply_say_bad(void *ctx, const struct r2_item *item, const struct r2_error *err)
{
	const struct r2_apply *apply = ctx;
	unsigned long line;
	const char *name = r2_file_place(&apply->file, item->line, &line);

	say_line(apply, name, line, 1, err);
}

static bool load(void *ctx, const char *name, char **ret_text, size_t *ret_n, struct r2_error *err)
{
	struct r2_sheet sheet;

	(void)ctx;
	*ret_text = NULL;
	if (!r2_sheet_load(name, &sheet, err))
		return false;
	*ret_text = sheet.text;
	*ret_n = sheet.n;
	return true;
}

/* One object of `show -j`: its members as words, read as a line is. */
static bool take_object(void *ctx, const char *const *words, size_t n, unsigned long line,
			struct r2_error *err)
{
	struct r2_apply *apply = ctx;
	const struct r2_cli *cli = apply->cli;
	const unsigned allowed = R2_WORD_PREFIX | R2_WORD_VIA | R2_WORD_BACKUP | R2_WORD_SRC |
				 R2_WORD_DEV | R2_WORD_METRIC | R2_WORD_TABLE | R2_WORD_METHOD |
				 R2_WORD_PHANTOM;
	struct r2_intent intent;

	if (!r2_intent_parse(words, n, allowed, cli->options.family, &cli->names, &intent, NULL,
			     err))
		return false;
	if (!intent.dst.addr.family)
		intent.dst.addr.family = (uint8_t)R2_IPV4;
	if (!(intent.given & R2_WORD_SRC))
		return r2_error_set(err, R2_USAGE, "\"prefsrc\" is missing");
	return r2_file_add(&apply->file, &intent, (uint32_t)line) ||
	       r2_error_set(err, R2_FAILED, "out of memory");
}

static bool is_json(const struct r2_sheet *sheet)
{
	return sheet->text[strspn(sheet->text, " \t\r\n")] == '[';
}

bool r2_apply_read(struct r2_apply *apply, struct r2_error *err)
{
	const struct r2_file_reader reader = {.load = load,
					      .say_bad = say_bad,
					      .ctx = apply,
					      .names = &apply->cli->names,
					      .family = apply->cli->options.family,
					      .drives = r2_place_has_drives()};
	struct r2_sheet sheet;
	bool ok;

	if (!r2_sheet_load(apply->name, &sheet, err))
		return false;
	if (is_json(&sheet))
		ok = r2_file_begin(&apply->file, sheet.name, 1) &&
		     r2_paper_routes(&sheet, take_object, apply, err);
	else
		ok = r2_file_read(&apply->file, &reader, sheet.name, sheet.text, sheet.n) ||
		     r2_error_set(err, R2_FAILED, "out of memory");
	r2_sheet_free(&sheet);
	return ok;
}
