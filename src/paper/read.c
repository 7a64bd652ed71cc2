/* SPDX-License-Identifier: MIT */
/* A host from a snapshot, from one output, or from a folder of outputs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paper/complete.h"
#include "paper/lists.h"
#include "paper/paper.h"
#include "paper/place.h"

#define MARK "route2_snapshot" /* the member that says: this is a snapshot, of this version */

/* A sheet, with what it turned out to be; @name is the path that the sheet goes by. */
struct page {
	char *name;
	struct r2_sheet sheet;
	struct r2_span root;
	const struct r2_kind *kind; /* NULL: a snapshot, or an empty list */
	bool snapshot;
};

struct pages {
	R2_LIST(struct page) list;
};

static bool no_memory(struct r2_error *err)
{
	return r2_error_set(err, R2_FAILED, "out of memory");
}

/* ---- what it is ---- */

/* The value of member @key of an object; empty if there is none. */
static bool find_member(const struct r2_sheet *sheet, const struct r2_span *object, const char *key,
			struct r2_span *ret, struct r2_error *err)
{
	struct r2_walk walk = r2_walk_begin(sheet, object);
	struct r2_span name, value;

	*ret = (struct r2_span){0, 0};
	if (sheet->text[object->from] != '{')
		return true;
	do {
		if (!r2_walk_next(&walk, &name, &value, err))
			return false;
		if (walk.more && r2_span_is(sheet, &name, key))
			*ret = value;
	} while (walk.more);
	return true;
}

/* What PowerShell 5 makes of ConvertTo-Json -InputObject: {"value": [...], "Count": 2}. */
static bool unwrap(struct page *page, struct r2_error *err)
{
	struct r2_span value, count;

	if (!find_member(&page->sheet, &page->root, "value", &value, err) ||
	    !find_member(&page->sheet, &page->root, "Count", &count, err))
		return false;
	if (value.to && count.to && page->sheet.text[value.from] == '[')
		page->root = value;
	return true;
}

static bool recognize(struct page *page, struct r2_error *err)
{
	struct r2_span mark;

	if (!r2_sheet_root(&page->sheet, &page->root, err) ||
	    !find_member(&page->sheet, &page->root, MARK, &mark, err))
		return false;
	page->snapshot = mark.to > 0;
	return page->snapshot ||
	       (unwrap(page, err) && r2_kind_of(&page->sheet, &page->root, &page->kind, err));
}

/* ---- a snapshot ---- */

static bool read_system(struct r2_reading *reading, struct r2_form *form)
{
	const char *system = r2_form_text(form, "system");
	uint32_t version = r2_form_number(form, MARK, UINT32_MAX, 0);

	if (!form->bad && version != R2_PAPER_VERSION) {
		r2_form_fault(form, "a snapshot of version %lu", (unsigned long)version);
		return r2_error_hint(form->err, "this route2 reads version %d", R2_PAPER_VERSION);
	}
	if (!form->bad &&
	    (!system || (strcmp(system, "linux") != 0 && strcmp(system, "windows") != 0)))
		return r2_form_fault(form, "\"system\" is neither \"linux\" nor \"windows\"");
	if (form->bad)
		return false;
	reading->host.system = strcmp(system, "linux") == 0 ? R2_SYSTEM_LINUX : R2_SYSTEM_WINDOWS;
	reading->host.flags =
		r2_form_flags(form, "settings", r2_host_settings.at, r2_host_settings.n);
	return !form->bad;
}

/* All members but the lists, as one small object, so that the library reads it. */
static bool read_head(struct r2_reading *reading, struct page *page, struct r2_error *err)
{
	static const char *const keys[] = {MARK, "system", "settings"};
	struct r2_form form = {.sheet = &page->sheet, .span = page->root, .err = err};
	bool ok = (form.object = json_object()) != NULL || no_memory(err);

	for (size_t i = 0; ok && i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct r2_span span;
		json_error_t fault;
		json_t *value;

		ok = find_member(&page->sheet, &page->root, keys[i], &span, err);
		if (!ok || !span.to)
			continue;
		value = json_loadb(page->sheet.text + span.from, span.to - span.from,
				   JSON_DECODE_ANY, &fault);
		ok = value ? json_object_set_new(form.object, keys[i], value) == 0 || no_memory(err)
			   : r2_sheet_fault(&page->sheet, span.from, err, "%s", fault.text);
	}
	ok = ok && read_system(reading, &form);
	json_decref(form.object);
	return ok;
}

/* By rank: the members may stand in any order. */
static bool read_lists(struct r2_reading *reading, struct page *page, unsigned rank,
		       struct r2_error *err)
{
	struct r2_walk walk = r2_walk_begin(&page->sheet, &page->root);
	struct r2_span key, value;

	for (;;) {
		const struct r2_kind *kind;

		if (!r2_walk_next(&walk, &key, &value, err))
			return false;
		if (!walk.more)
			return true;
		kind = r2_kind_of_section(&page->sheet, &key);
		if (!kind || kind->rank != rank)
			continue;
		if (page->sheet.text[value.from] != '[')
			return r2_sheet_fault(&page->sheet, value.from, err,
					      "a list in brackets is due here");
		if (!r2_list_read(reading, &page->sheet, &value, kind, err))
			return false;
	}
}

/* ---- pages ---- */

static void free_pages(struct pages *pages)
{
	r2_each (struct page, page, &pages->list) {
		r2_sheet_free(&page->sheet);
		free(page->name);
	}
	r2_list_free(&pages->list);
}

/* @name is taken over. */
static bool add_page(struct pages *pages, char *name, struct r2_error *err)
{
	struct page page = {.name = name};
	struct page *kept;

	if (!name || !r2_list_push(&pages->list, &page)) {
		free(name);
		return no_memory(err);
	}
	kept = &pages->list.at[pages->list.n - 1];
	return r2_sheet_load(name, &kept->sheet, err) && recognize(kept, err);
}

static char *join(const char *folder, const char *name)
{
	size_t n = strlen(folder) + strlen(name) + 2;
	char *path = malloc(n);

	if (path)
		snprintf(path, n, "%s/%s", folder, name);
	return path;
}

static bool is_json(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct page *)a)->name, ((const struct page *)b)->name);
}

struct folder {
	struct pages *pages;
	const char *path;
	struct r2_error *err;
	bool ok;
};

static bool add_file(void *ctx, const char *name)
{
	struct folder *folder = ctx;

	if (is_json(name))
		folder->ok = add_page(folder->pages, join(folder->path, name), folder->err);
	return folder->ok;
}

static bool add_path(struct pages *pages, const char *path, struct r2_error *err)
{
	struct folder folder = {pages, path, err, true};

	if (strcmp(path, "-") == 0 || !r2_place_files(path, add_file, &folder))
		return add_page(pages, strdup(path), err);
	if (!folder.ok)
		return false;
	if (!pages->list.n) {
		r2_error_set(err, R2_FAILED, "%s holds no file that ends in .json", path);
		return r2_error_hint(err, "such as: ip -j addr > %s/addr.json", path);
	}
	qsort(pages->list.at, pages->list.n, sizeof(*pages->list.at), by_name);
	return true;
}

/* ---- all of it ---- */

/* A snapshot stands alone, and outputs are of one system. */
static bool settle_system(struct r2_reading *reading, struct pages *pages, struct r2_error *err)
{
	const struct page *first = NULL;

	r2_each (struct page, page, &pages->list) {
		if (page->snapshot && pages->list.n > 1)
			return r2_error_set(err, R2_FAILED,
					    "%s is a whole snapshot, and other files are beside it",
					    page->name);
		if (page->snapshot)
			return read_head(reading, page, err);
		if (!page->kind)
			continue;
		if (first && first->kind->system != page->kind->system)
			return r2_error_set(
				err, R2_FAILED, "%s is of %s, %s of %s: two different systems",
				first->name, first->kind->from, page->name, page->kind->from);
		first = page;
		reading->host.system = page->kind->system;
	}
	return true;
}

static bool read_pages(struct r2_reading *reading, struct pages *pages, struct r2_error *err)
{
	enum { RANKS = 4 };

	if (!settle_system(reading, pages, err))
		return false;
	for (unsigned rank = 0; rank < RANKS; rank++) {
		r2_each (struct page, page, &pages->list) {
			if (page->snapshot ? !read_lists(reading, page, rank, err)
					   : page->kind && page->kind->rank == rank &&
						     !r2_list_read(reading, &page->sheet,
								   &page->root, page->kind, err))
				return false;
		}
	}
	return true;
}

static bool check(const char *name, const struct r2_host *host, struct r2_error *err)
{
	const char *hint = host->system == R2_SYSTEM_LINUX
				   ? "put the output of `ip -j addr` and `ip -j route show table "
				     "all` into one folder and name that"
				   : "put the JSON of Get-NetIPAddress and Get-NetRoute into one "
				     "folder and name that";

	if (host->links.n && host->addrs.n && host->routes.n)
		return true;
	r2_error_set(err, R2_FAILED, "%s holds no %s", name,
		     !host->links.n   ? "interfaces"
		     : !host->addrs.n ? "addresses"
				      : "routes");
	return r2_error_hint(err, "%s", hint);
}

/* A snapshot that route2 wrote lacks nothing, even where a host has no address or no rule. One that
 * was written by hand may. */
static bool is_whole(const struct pages *pages)
{
	const struct page *page = pages->list.at;
	struct r2_span rules;
	struct r2_error err;

	return page->snapshot && find_member(&page->sheet, &page->root, "rules", &rules, &err) &&
	       rules.to > 0;
}

static bool read_all(const char *name, struct pages *pages, struct r2_host *ret,
		     struct r2_notes *notes, struct r2_error *err)
{
	struct r2_reading reading = {0};

	if (read_pages(&reading, pages, err) &&
	    (is_whole(pages) || (check(name, &reading.host, err) &&
				 (r2_paper_complete(&reading.host, notes) || no_memory(err))))) {
		*ret = reading.host;
		return true;
	}
	r2_host_free(&reading.host);
	return false;
}

bool r2_paper_read(const char *path, struct r2_host *ret, struct r2_notes *notes,
		   struct r2_error *err)
{
	struct pages pages = {0};
	bool ok = add_path(&pages, path, err) && read_all(path, &pages, ret, notes, err);

	free_pages(&pages);
	return ok;
}

bool r2_paper_take(const char *name, char *text, size_t n, struct r2_host *ret,
		   struct r2_notes *notes, struct r2_error *err)
{
	struct pages pages = {0};
	struct page page = {.name = strdup(name)};
	bool ok;

	if (!page.name || !r2_list_push(&pages.list, &page)) {
		free(page.name);
		free(text);
		return no_memory(err);
	}
	ok = r2_sheet_take(pages.list.at->name, text, n, &pages.list.at->sheet, err) &&
	     recognize(pages.list.at, err) && read_all(name, &pages, ret, notes, err);
	free_pages(&pages);
	return ok;
}
