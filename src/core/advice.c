/* SPDX-License-Identifier: MIT */
/* Near misses of addresses. Each hint_*() knows one habit, and adds its hint if it sees it. */
#include "core/advice.h"

#include <string.h>

#include "core/text.h"

#define DIGITS "0123456789"

typedef bool hint_fn(const char *text, struct r2_error *err);

static bool only(const char *text, const char *chars)
{
	return text[strspn(text, chars)] == '\0';
}

static void hint_everything(const char *text, struct r2_error *err)
{
	static const char *const words[] = {"any", "all", "0/0"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i]) == 0)
			r2_error_hint(err, "the word for every destination is \"default\"");
	}
}

static bool hint_leading_zero(const char *text, struct r2_error *err)
{
	bool begins = true;
	if (!only(text, DIGITS "./"))
		return false;
	for (; *text; text++) {
		if (begins && text[0] == '0' && text[1] && strchr(DIGITS, text[1])) {
			r2_error_hint(err, "write its numbers without leading zeros");
			return true;
		}
		begins = *text == '.' || *text == '/';
	}
	return false;
}

/* `10/8` and `10.1`: one to three numbers where four belong. */
static bool hint_short_form(const char *text, struct r2_error *err)
{
	char full[R2_PREFIX_TEXT];
	struct r2_prefix prefix;
	struct r2_text line = r2_text_start(full, sizeof(full));
	size_t n = strcspn(text, "/"), numbers = 1;
	if (!only(text, DIGITS "./") || n > R2_IP_TEXT)
		return false;
	r2_text_add(&line, "%.*s", (int)n, text);
	for (size_t i = 0; i < n; i++)
		numbers += text[i] == '.';
	for (; numbers < 4; numbers++)
		r2_text_add(&line, ".0");
	r2_text_add(&line, "%s", text + n);
	if (line.cut || r2_prefix_parse(full, &prefix) != R2_PREFIX_OK)
		return false;
	if (text[n])
		r2_error_hint(err, "write it in full: %s", full);
	else
		r2_error_hint(err, "write all four numbers, such as %s", full);
	return true;
}

/* Is there an address before the first @mark in @text? */
static bool address_before(const char *text, char mark, char ret_address[R2_IP_TEXT])
{
	struct r2_ip ip;
	const char *end = strchr(text, mark);
	size_t n = end ? (size_t)(end - text) : R2_IP_TEXT;
	if (n >= R2_IP_TEXT)
		return false;
	memcpy(ret_address, text, n);
	ret_address[n] = '\0';
	return r2_ip_parse(ret_address, &ip);
}

static bool hint_length(const char *text, struct r2_error *err)
{
	char address[R2_IP_TEXT];
	if (!address_before(text, '/', address))
		return false;
	r2_error_hint(err, "a length has no place here: %s", address);
	return true;
}

static bool hint_zone(const char *text, struct r2_error *err)
{
	char address[R2_IP_TEXT];
	if (!address_before(text, '%', address))
		return false;
	r2_error_hint(err, "the interface has a word of its own: %s ... dev %.15s", address,
		      strchr(text, '%') + 1);
	return true;
}

static bool hint_bracket(const char *text, struct r2_error *err)
{
	if (text[0] != '[')
		return false;
	r2_error_hint(err, "write it without brackets");
	return true;
}

static bool hint_name(const char *text, struct r2_error *err)
{
	if (strchr(text, ':') || only(text, DIGITS "./"))
		return false;
	r2_error_hint(err, "names are not looked up: give the address itself");
	return true;
}

bool r2_advise_address(const char *text, struct r2_error *err)
{
	static hint_fn *const hints[] = {hint_length, hint_leading_zero, hint_short_form,
					 hint_zone,   hint_bracket,      hint_name};
	r2_error_set(err, R2_USAGE, "%s is not an address", *text ? text : "an empty word");
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		if (hints[i](text, err))
			break;
	}
	return false;
}

/* `10.0.0.0/255.0.0.0`, or a length that is none. */
static bool advise_length(const char *text, struct r2_error *err)
{
	const char *length = strchr(text, '/') + 1;
	int n = (int)(length - 1 - text);
	int longest = strchr(text, ':') ? 128 : 32;
	struct r2_ip mask;
	uint8_t len;
	r2_error_set(err, R2_USAGE, "%s has no length from 0 to %d after the slash", text, longest);
	if (r2_ip_parse(length, &mask) && r2_netmask_length(&mask, &len))
		r2_error_hint(err, "that mask is a length of %d: %.*s/%d", len, n, text, len);
	else if (!*length)
		r2_error_hint(err, "a single address needs none: %.*s", n, text);
	return false;
}

static bool advise_host_bits(const char *text, struct r2_error *err)
{
	char masked[R2_PREFIX_TEXT];
	struct r2_prefix prefix;
	r2_prefix_parse(text, &prefix);
	r2_error_set(err, R2_USAGE, "%s has bits set behind its length", text);
	return r2_error_hint(err, "the prefix is %s", r2_prefix_format(&prefix, masked));
}

bool r2_advise_prefix(const char *text, enum r2_prefix_fault fault, struct r2_error *err)
{
	if (fault == R2_PREFIX_BAD_LENGTH)
		return advise_length(text, err);
	if (fault == R2_PREFIX_HOST_BITS)
		return advise_host_bits(text, err);
	r2_advise_address(text, err);
	hint_everything(text, err);
	return false;
}
