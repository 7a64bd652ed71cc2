/* SPDX-License-Identifier: MIT */
/* Members of a JSON object, typed and checked. */
#include "paper/form.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool r2_form_fault(struct r2_form *form, const char *fmt, ...)
{
	char what[200];
	va_list args;

	if (form->bad)
		return false;
	form->bad = true;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return r2_sheet_fault(form->sheet, form->span.from, form->err, "%s", what);
}

bool r2_form_open(const struct r2_sheet *sheet, const struct r2_span *span, struct r2_form *ret,
		  struct r2_error *err)
{
	json_error_t fault;
	size_t n = span->to - span->from;

	*ret = (struct r2_form){.sheet = sheet, .span = *span, .err = err};
	ret->object = json_loadb(sheet->text + span->from, n, JSON_DECODE_ANY, &fault);
	if (!ret->object) {
		size_t at = fault.position > 0 ? (size_t)fault.position : 0;

		return r2_sheet_fault(sheet, span->from + (at < n ? at : n), err, "%s", fault.text);
	}
	if (json_is_object(ret->object))
		return true;
	r2_form_fault(ret, "an object in braces is due here");
	r2_form_close(ret);
	return false;
}

void r2_form_close(struct r2_form *form)
{
	json_decref(form->object);
	form->object = NULL;
}

/* ---- what is there ---- */

static const json_t *member(const struct r2_form *form, const char *key)
{
	const json_t *value = form->bad ? NULL : json_object_get(form->object, key);

	return json_is_null(value) ? NULL : value;
}

bool r2_form_has(const struct r2_form *form, const char *key)
{
	return json_object_get(form->object, key) != NULL;
}

bool r2_form_is(struct r2_form *form, const char *key)
{
	const json_t *value = json_object_get(form->object, key);

	if (json_is_string(value))
		return strcmp(json_string_value(value), "Disabled") != 0;
	return value && !json_is_false(value) &&
	       !(json_is_integer(value) && json_integer_value(value) == 0);
}

const char *r2_form_text(struct r2_form *form, const char *key)
{
	const json_t *value = member(form, key);

	if (!value || json_is_string(value))
		return json_string_value(value);
	r2_form_fault(form, "\"%s\" is not a string", key);
	return NULL;
}

/* ---- numbers ---- */

static bool parse_number(const char *text, unsigned long long *ret)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits) ||
	    !*digits || strlen(digits) > 16)
		return false;
	*ret = strtoull(digits, &end, hex ? 16 : 10);
	return true;
}

uint32_t r2_form_named(struct r2_form *form, const char *key,
		       bool (*find)(const char *name, uint32_t *ret), uint32_t most,
		       uint32_t otherwise)
{
	const json_t *value = member(form, key);
	const char *text = json_string_value(value);
	unsigned long long number = 0;
	uint32_t known;

	if (!value)
		return otherwise;
	if (text && find && find(text, &known))
		return known;
	if (text && !parse_number(text, &number)) {
		r2_form_fault(form, "\"%s\" is \"%s\", not a number", key, text);
		if (find)
			r2_error_hint(form->err, "names are known on the machine itself only: take "
						 "the output with `ip -N -j`");
		return otherwise;
	}
	if (!text && (!json_is_integer(value) || json_integer_value(value) < 0)) {
		r2_form_fault(form, "\"%s\" is not a whole number of 0 or more", key);
		return otherwise;
	}
	if (!text)
		number = (unsigned long long)json_integer_value(value);
	if (number <= most)
		return (uint32_t)number;
	r2_form_fault(form, "\"%s\" is %llu, but at most %lu is possible", key, number,
		      (unsigned long)most);
	return otherwise;
}

uint32_t r2_form_number(struct r2_form *form, const char *key, uint32_t most, uint32_t otherwise)
{
	return r2_form_named(form, key, NULL, most, otherwise);
}

/* ---- addresses ---- */

/* @text without the zone behind a '%' (RFC 4007 section 11). */
static const char *without_zone(const char *text, char buf[R2_PREFIX_TEXT])
{
	size_t n = strcspn(text, "%");

	if (!text[n] || n >= R2_PREFIX_TEXT)
		return text;
	memcpy(buf, text, n);
	buf[n] = '\0';
	return buf;
}

struct r2_ip r2_form_ip(struct r2_form *form, const char *key)
{
	const char *text = r2_form_text(form, key);
	char buf[R2_PREFIX_TEXT];
	struct r2_ip ip = {0};

	if (text && *text && !r2_ip_parse(without_zone(text, buf), &ip))
		r2_form_fault(form, "\"%s\" is \"%s\", not an address", key, text);
	return ip;
}

struct r2_prefix r2_form_prefix(struct r2_form *form, const char *key, bool *ret_any)
{
	const char *text = r2_form_text(form, key);
	struct r2_prefix prefix = {0};

	*ret_any = text && (strcmp(text, "default") == 0 || strcmp(text, "all") == 0);
	if (!text || *ret_any)
		return prefix;
	if (r2_prefix_parse(text, &prefix) == R2_PREFIX_OK)
		return prefix;
	r2_form_fault(form, "\"%s\" is \"%s\", not a prefix", key, text);
	return (struct r2_prefix){0};
}

struct r2_mac r2_form_mac(struct r2_form *form, const char *key)
{
	const char *text = r2_form_text(form, key);
	struct r2_mac mac = {0};

	if (text && *text && !r2_mac_parse(text, &mac))
		r2_form_fault(form, "\"%s\" is \"%s\", not a link-layer address", key, text);
	return mac;
}

uint32_t r2_form_link(struct r2_form *form, const char *key, const struct r2_host *host)
{
	const char *name = r2_form_text(form, key);
	const struct r2_link *link = name ? r2_host_link_named(host, name) : NULL;

	if (!name || link)
		return link ? link->index : 0;
	r2_form_fault(form, "\"%s\" is \"%s\", but there is no such interface", key, name);
	if (form->err)
		r2_error_hint(form->err, "%s",
			      host->links.n ? "was all of it taken at the same moment?"
					    : "give the interfaces too: ip -j addr");
	return 0;
}

/* ---- flags ---- */

uint32_t r2_form_flags(struct r2_form *form, const char *key, const struct r2_flag_name *names,
		       size_t n)
{
	const json_t *array = member(form, key);
	uint32_t flags = 0;

	if (array && !json_is_array(array))
		r2_form_fault(form, "\"%s\" is not a list", key);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *word = json_string_value(json_array_get(array, i));

		for (size_t j = 0; word && j < n; j++)
			flags |= strcmp(names[j].name, word) == 0 ? names[j].flag : 0;
	}
	return flags;
}

uint32_t r2_form_members(struct r2_form *form, const struct r2_flag_name *names, size_t n)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < n; i++)
		flags |= r2_form_is(form, names[i].name) ? names[i].flag : 0;
	return flags;
}

/* ---- objects inside ---- */

bool r2_form_in(struct r2_form *form, const char *key, size_t i, struct r2_form *ret)
{
	const json_t *array = member(form, key);
	json_t *object = json_array_get(array, i);

	if (array && !json_is_array(array))
		return r2_form_fault(form, "\"%s\" is not a list", key);
	if (!object)
		return false;
	if (!json_is_object(object))
		return r2_form_fault(form, "\"%s\" holds something that is no object", key);
	*ret = *form;
	ret->object = object;
	return true;
}

void r2_form_back(struct r2_form *form, const struct r2_form *inner)
{
	form->bad |= inner->bad;
}
