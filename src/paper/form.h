/* SPDX-License-Identifier: MIT */
/*
 * A form: one JSON object whose members are read by name, with a type and a range.
 *
 * The first fault sticks: readers then give what they give for an absent member, and the caller
 * looks once, at the end.
 */
#ifndef R2_PAPER_FORM_H
#define R2_PAPER_FORM_H

#include <jansson.h>

#include "core/host.h"
#include "paper/sheet.h"

/**
 * struct r2_form
 * @at: where the object begins in @sheet
 * @bad: a fault was met, and is in @err
 */
struct r2_form {
	const struct r2_sheet *sheet;
	struct r2_span span;
	json_t *object;
	struct r2_error *err;
	bool bad;
};

/**
 * r2_form_open() - parse what stands at @span; must be an object
 *
 * Return: false with @err; else the caller closes it.
 */
bool r2_form_open(const struct r2_sheet *sheet, const struct r2_span *span, struct r2_form *ret,
		  struct r2_error *err);
void r2_form_close(struct r2_form *form);

/** r2_form_fault() - say what is wrong with the object, unless something was before. Return: false
 */
bool r2_form_fault(struct r2_form *form, const char *fmt, ...) R2_PRINTF(2, 3);

/** r2_form_has() - is there such a member, even `null` (ip writes its flags so) */
bool r2_form_has(const struct r2_form *form, const char *key);
/** r2_form_is() - is it there, and not `false`, 0 or "Disabled" */
bool r2_form_is(struct r2_form *form, const char *key);

/** r2_form_text() - a string, NULL if absent or null; valid until the form is closed */
const char *r2_form_text(struct r2_form *form, const char *key);
/**
 * r2_form_number() - a whole number, or a string that holds one (decimal, or hex behind 0x)
 * @otherwise: if it is absent or null
 */
uint32_t r2_form_number(struct r2_form *form, const char *key, uint32_t most, uint32_t otherwise);
/**
 * r2_form_named() - as r2_form_number(), or a name that @find knows
 * @what: "table" ...: for the message
 */
uint32_t r2_form_named(struct r2_form *form, const char *key,
		       bool (*find)(const char *name, uint32_t *ret), uint32_t most,
		       uint32_t otherwise);

/** r2_form_ip() - an address, without its zone (fe80::1%12); none if absent */
struct r2_ip r2_form_ip(struct r2_form *form, const char *key);
/** r2_form_prefix() - ADDRESS or ADDRESS/LENGTH; `default` and `all` are none of these: @ret_any */
struct r2_prefix r2_form_prefix(struct r2_form *form, const char *key, bool *ret_any);
struct r2_mac r2_form_mac(struct r2_form *form, const char *key);
/** r2_form_link() - the index of the interface that is named; 0 if absent */
uint32_t r2_form_link(struct r2_form *form, const char *key, const struct r2_host *host);

/** struct r2_flag_name - a word in an array of flags, or the key of a member, and what it means */
struct r2_flag_name {
	const char *name;
	uint32_t flag;
};
/** r2_form_flags() - the flags that the strings of array @key stand for; others are ignored */
uint32_t r2_form_flags(struct r2_form *form, const char *key, const struct r2_flag_name *names,
		       size_t n);
/** r2_form_members() - the flags whose names are members that r2_form_is() */
uint32_t r2_form_members(struct r2_form *form, const struct r2_flag_name *names, size_t n);

/** r2_form_in() - the @i-th object of array @key as a form of its own, which need not be closed;
 * false behind the last, and if it is none */
bool r2_form_in(struct r2_form *form, const char *key, size_t i, struct r2_form *ret);
/** r2_form_back() - a fault in @inner is one of @form */
void r2_form_back(struct r2_form *form, const struct r2_form *inner);

#endif
