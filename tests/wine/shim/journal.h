/* SPDX-License-Identifier: MIT */
/*
 * Each call of route2.exe is a line of the journal,
 *
 *   PID NUMBER NAME NTH IN CODE OUT
 *
 * where NUMBER counts all calls of the process and NTH those of this function, IN and OUT are the
 * row before and after in hexadecimal (`-`: none), and CODE what Windows would have said.
 *
 * The file `fault` says what is to go wrong, one thing a line: NAME NTH WHAT. NAME `*` is any
 * function: then NTH is a NUMBER. NTH 0 is every one. WHAT is one of
 *
 *   return CODE    nothing is done, and the call fails
 *   lose CODE      it is done, and the call fails all the same
 *   kill-before    the process dies before it is done, or after
 *   kill-after
 */
#ifndef SHIM_JOURNAL_H
#define SHIM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALL_ROW = 200 };

struct call {
	const char *name;
	const void *row;
	size_t size;
	uint8_t before[CALL_ROW];
	unsigned number, nth;
	uint32_t code, lost;
	bool is_watched, dies;
};

/** call_begin() - @row: may be NULL. Return: false: it is to fail, with call.code */
bool call_begin(struct call *call, const char *name, const void *row, size_t size);
/** call_end() - Return: what to tell the caller */
uint32_t call_end(struct call *call, uint32_t code);

/* The body of an exported function. */
#define CALL(name, row, size, work)                                                                \
	do {                                                                                       \
		struct call call;                                                                  \
                                                                                                   \
		return call_end(&call, call_begin(&call, name, row, size) ? (work) : call.code);   \
	} while (0)

#endif
