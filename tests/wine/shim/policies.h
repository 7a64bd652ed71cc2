/* SPDX-License-Identifier: MIT */
/*
 * Connection policies: the shim keeps them in two files of its folder, and has the kernel obey them
 * by a rule for the destination and a table with one route that names the source.
 *
 *   policies        NAME PROVIDER FAMILY DST LEN SOURCE WEIGHT PID TABLE, one a line, addresses in
 *                   hexadecimal; PID is 0, or of the process whose dynamic session it goes with
 *   providers       NAME, one a line
 *   routepolicies   which families obey them: of `4` and `6`; none by itself, as on Windows
 */
#ifndef SHIM_POLICIES_H
#define SHIM_POLICIES_H

#include "values.h"

struct policy {
	char name[33], provider[33]; /* GUIDs in hexadecimal; provider "0": none */
	struct ip dst, src;
	uint8_t len;
	uint64_t weight;
	int pid;
	uint32_t table;
};

/** policies_sync() - the kernel's rules and tables as they should be now */
void policies_sync(void);
/** policies_find() - Return: false: there is none by that name */
bool policies_find(const char *name, struct policy *ret);
/** policies_add() - Return: 0 or -errno; -EEXIST: the name is taken */
int policies_add(const struct policy *policy);
/** policies_drop() - by name; or, without one, those of a session. Return: how many */
int policies_drop(const char *name, int pid);

bool providers_has(const char *name);
bool providers_add(const char *name);
/** providers_drop() - Return: 0; -ENOENT; -EEXIST: policies use it */
int providers_drop(const char *name);

#endif
