/* SPDX-License-Identifier: MIT */
/*
 * One error: what went wrong for the user, and the native facts for the expert.
 *
 * The caller owns it and passes it last; it is filled only on failure and never allocates. Its
 * class is also the exit status of the program.
 */
#ifndef R2_CORE_ERROR_H
#define R2_CORE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* meson.build sets R2_PRINTF_LIKE: "printf" is Microsoft's for mingw, which lacks %zu. */
#define R2_PRINTF(fmt, args) __attribute__((format(R2_PRINTF_LIKE, fmt, args)))

/** enum r2_error_class - also the exit status */
enum r2_error_class {
	R2_OK = 0,
	R2_FAILED = 1,  /* the host, the kernel or the network said no */
	R2_USAGE = 2,   /* the line itself is wrong */
	R2_DIFFERS = 3, /* apply --check: something would change */
	R2_NOT_PERMITTED = 4,
	R2_UNKNOWN = 5, /* check: it cannot be told */
};

/**
 * struct r2_error
 * @kind: enum r2_error_class
 * @native: errno on Linux, a Win32 code on Windows, 0 if no call failed; @win32: which of the two
 * @call: the system's name for what failed, such as "RTM_NEWROUTE"; static storage or NULL
 * @what: one sentence that names the value, without the program's name and without a full stop
 * @kernel: the kernel's own words (extended ack, FormatMessage), or ""
 * @hint: what to do next, or ""
 */
struct r2_error {
	enum r2_error_class kind;
	int native;
	bool win32;
	const char *call;
	char what[320];
	char kernel[120];
	char hint[320];
};

/**
 * r2_error_set() - begin an error afresh
 *
 * Return: false, so that a function can `return r2_error_set(err, ...)`.
 */
bool r2_error_set(struct r2_error *err, enum r2_error_class kind, const char *fmt, ...)
	R2_PRINTF(3, 4);

/** r2_error_hint() - add what to do next to an error that is set. Return: false */
bool r2_error_hint(struct r2_error *err, const char *fmt, ...) R2_PRINTF(2, 3);

/** r2_error_prefix() - put "doing this: " before @what. Return: false */
bool r2_error_prefix(struct r2_error *err, const char *fmt, ...) R2_PRINTF(2, 3);

/**
 * r2_error_format() - the whole on one line: `WHAT: kernel's words (CALL, errno N); HINT`
 * @buf: R2_ERROR_TEXT holds any error; control characters in it are replaced by '?'
 */
#define R2_ERROR_TEXT 900
const char *r2_error_format(const struct r2_error *err, char *buf, size_t size);

/**
 * struct r2_notes - remarks for the user that are no failure: warnings, and what was decided
 * @n: how many
 * @text: each one sentence; when full, further notes are dropped and the last says so
 */
#define R2_NOTES_MAX 12
struct r2_notes {
	size_t n;
	char text[R2_NOTES_MAX][280];
};

/** r2_note() - add one. @notes may be NULL: then it is dropped */
void r2_note(struct r2_notes *notes, const char *fmt, ...) R2_PRINTF(2, 3);

#endif
