/* SPDX-License-Identifier: MIT */
/* A host of Windows in memory, which answers by the model of Windows, and lines run on it. */
#ifndef R2_TESTS_WINHOST_H
#define R2_TESTS_WINHOST_H

#include "os/change.h"

#define PAIR "10.0.0.10 10.0.0.11" /* no next hop tells them apart */
#define GW   "10.0.0.1"

/** windows_host() - e0 has @addrs, all of one /24, and a default route by @gateway */
struct r2_host windows_host(const char *addrs, const char *gateway);
/** open_windows() - a fake over a copy of @host, where @gateway answers */
struct r2_os *open_windows(const struct r2_host *host, const char *gateway);
/** run_line() - `add LINE`, `replace LINE` or `del LINE` */
bool run_line(struct r2_os *os, const char *line, struct r2_change *change, struct r2_error *err);
void must_run(struct r2_os *os, const char *line);
/** must_refuse() - with these words, and nothing changes */
void must_refuse(struct r2_os *os, const char *line, const char *words);
/** flags_of() - of an address of e0 */
uint32_t flags_of(struct r2_os *os, const char *address);
void must_send_from(struct r2_os *os, const char *dst, const char *src);
/** must_show() - the line that `show` has for @dst has these words */
void must_show(struct r2_os *os, const char *dst, const char *words);

#endif
