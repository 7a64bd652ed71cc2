/* SPDX-License-Identifier: MIT */
/* Idea: a policy takes the way that its destination has, but for the source. */
#include "policies.h"

#include "model.h"
#include "nl.h"
#include "room.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 32 * 1024, MOST = 64, FIRST_TABLE = 7300, LAST_PRIORITY = 5000 };

struct list {
	struct policy at[MOST];
	unsigned n;
};

/* ---- the file ---- */

static void put_hex(const struct ip *ip, char text[33])
{
	for (unsigned i = 0; i < bits_of(ip) / 8; i++)
		snprintf(text + 2 * i, 3, "%02x", ip->b[i]);
}

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Only what put_hex() wrote is read. */
static struct ip get_hex(const char *text, uint8_t family)
{
	struct ip ip = {.family = family};

	for (unsigned i = 0; i < bits_of(&ip) / 8; i++)
		ip.b[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return ip;
}

enum { NAME, PROVIDER, FAMILY, DST, LEN, SRC, WEIGHT, PID, TABLE, COLUMNS, WIDTH = 40 };

static bool cut(const char *line, char columns[COLUMNS][WIDTH])
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		size_t len = strcspn(line, " \n");

		if (!len || len >= WIDTH)
			return false;
		memcpy(columns[i], line, len);
		columns[i][len] = '\0';
		line += len + (line[len] == ' ');
	}
	return true;
}

static bool parse(const char *line, struct policy *ret)
{
	char columns[COLUMNS][WIDTH];
	uint8_t family;

	if (!cut(line, columns))
		return false;
	family = (uint8_t)strtoul(columns[FAMILY], NULL, 10);
	*ret = (struct policy){.dst = get_hex(columns[DST], family),
			       .src = get_hex(columns[SRC], family),
			       .len = (uint8_t)strtoul(columns[LEN], NULL, 10),
			       .weight = strtoull(columns[WEIGHT], NULL, 10),
			       .pid = (int)strtol(columns[PID], NULL, 10),
			       .table = strtoul(columns[TABLE], NULL, 10)};
	snprintf(ret->name, sizeof(ret->name), "%.32s", columns[NAME]);
	snprintf(ret->provider, sizeof(ret->provider), "%.32s", columns[PROVIDER]);
	return true;
}

static void load(struct list *list)
{
	char *text = malloc(TEXT);

	list->n = 0;
	if (!text)
		return;
	room_read("policies", text, TEXT);
	for (const char *at = text; *at && list->n < MOST; at = strchr(at, '\n') + 1) {
		if (parse(at, &list->at[list->n]))
			list->n++;
		if (!strchr(at, '\n'))
			break;
	}
	free(text);
}

static void save(const struct list *list)
{
	char *text = calloc(1, TEXT);
	size_t used = 0;

	for (unsigned i = 0; text && i < list->n; i++) {
		const struct policy *one = &list->at[i];
		char dst[33], src[33];

		put_hex(&one->dst, dst);
		put_hex(&one->src, src);
		used += (size_t)snprintf(text + used, TEXT - used, "%s %s %u %s %u %s %llu %d %u\n",
					 one->name, one->provider, one->dst.family, dst, one->len,
					 src, (unsigned long long)one->weight, one->pid,
					 one->table);
	}
	if (text)
		room_write("policies", text, used);
	free(text);
}

/* ---- the kernel ---- */

static uint32_t priority_of(const struct policy *policy)
{
	return LAST_PRIORITY - policy->len;
}

static bool is_obeyed(uint8_t family)
{
	char text[64];

	room_read("routepolicies", text, sizeof(text));
	return strchr(text, family == 6 ? '6' : '4') != NULL;
}

static bool is_over(const struct policy *policy)
{
	char path[64], text[8];

	if (!policy->pid)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", policy->pid);
	return sys_slurp(path, text, sizeof(text)) < 0;
}

static int disobey(const struct policy *policy)
{
	struct route way = {.table = policy->table, .dst = {.family = policy->dst.family}};
	int code = nl_take_rule(&policy->dst, policy->len, policy->table, priority_of(policy));

	while (nl_take_route(&way) == 0)
		;
	way.scope = SCOPE_LINK;
	while (nl_take_route(&way) == 0)
		;
	return code;
}

/* Of equal rules the heavier policy's comes to stand first: here there is one of each prefix. */
static int obey(const struct world *world, const struct policy *policy)
{
	const struct route *way = model_route(world, &policy->dst, 0);
	struct route copy;
	int code;

	if (!way || !is_obeyed(policy->dst.family))
		return disobey(policy);
	copy = *way;
	copy.dst = (struct ip){.family = policy->dst.family};
	copy.len = 0;
	copy.table = policy->table;
	copy.prefsrc = policy->src;
	copy.protocol = PROTO_STATIC;
	copy.priority = 1;
	copy.flags |= FLAG_ONLINK;
	if (!copy.hop.family)
		copy.flags &= ~(uint32_t)FLAG_ONLINK;
	code = nl_put_route(&copy, NL_CHANGE);
	if (!code)
		code = nl_put_rule(&policy->dst, policy->len, policy->table, priority_of(policy));
	return code == -L_EEXIST ? 0 : code;
}

void policies_sync(void)
{
	struct list *list = calloc(1, sizeof(*list));
	unsigned n = 0, before;
	struct world world;

	if (!list)
		return;
	load(list);
	before = list->n;
	if (before && !world_read(&world, READ_LINKS | READ_ADDRS | READ_ROUTES, 0)) {
		for (unsigned i = 0; i < before; i++) {
			if (is_over(&list->at[i])) {
				disobey(&list->at[i]);
				continue;
			}
			obey(&world, &list->at[i]);
			list->at[n++] = list->at[i];
		}
		list->n = n;
		world_free(&world);
		if (n != before)
			save(list);
	}
	free(list);
}

/* ---- for the functions ---- */

bool policies_find(const char *name, struct policy *ret)
{
	struct list *list = calloc(1, sizeof(*list));
	bool found = false;

	if (!list)
		return false;
	load(list);
	for (unsigned i = 0; i < list->n; i++) {
		if (strcmp(list->at[i].name, name) == 0) {
			*ret = list->at[i];
			found = true;
		}
	}
	free(list);
	return found;
}

static uint32_t free_table(const struct list *list)
{
	uint32_t table = FIRST_TABLE;

	for (unsigned i = 0; i < list->n; i++) {
		if (list->at[i].table == table) {
			table++;
			i = (unsigned)-1;
		}
	}
	return table;
}

/* Whoever may not change rules may not do this. */
int policies_add(const struct policy *policy)
{
	struct list *list = calloc(1, sizeof(*list));
	struct policy unused;
	int code = list ? 0 : -L_ENOMEM;

	if (!code && policies_find(policy->name, &unused))
		code = -L_EEXIST;
	if (!code) {
		load(list);
		if (list->n == MOST)
			code = -L_ENOMEM;
	}
	if (!code) {
		list->at[list->n] = *policy;
		list->at[list->n].table = free_table(list);
		code = disobey(&list->at[list->n]) == -L_EPERM ? -L_EPERM : 0;
	}
	if (!code) {
		list->n++;
		save(list);
		policies_sync();
	}
	free(list);
	return code;
}

int policies_drop(const char *name, int pid)
{
	struct list *list = calloc(1, sizeof(*list));
	unsigned n = 0, dropped = 0;

	if (!list)
		return 0;
	load(list);
	for (unsigned i = 0; i < list->n; i++) {
		const struct policy *one = &list->at[i];

		if (name ? strcmp(one->name, name) == 0 : one->pid == pid) {
			dropped++;
			disobey(one);
			continue;
		}
		list->at[n++] = *one;
	}
	list->n = n;
	if (dropped)
		save(list);
	free(list);
	return (int)dropped;
}

/* ---- providers ---- */

bool providers_has(const char *name)
{
	char text[4096];

	room_read("providers", text, sizeof(text));
	return strstr(text, name) != NULL;
}

bool providers_add(const char *name)
{
	char line[40];

	if (providers_has(name))
		return false;
	room_append("providers", line, (size_t)snprintf(line, sizeof(line), "%s\n", name));
	return true;
}

int providers_drop(const char *name)
{
	struct list *list = calloc(1, sizeof(*list));
	char text[4096], *at;
	bool used = false;

	room_read("providers", text, sizeof(text));
	at = strstr(text, name);
	if (list)
		load(list);
	for (unsigned i = 0; list && i < list->n; i++)
		used |= strcmp(list->at[i].provider, name) == 0;
	free(list);
	if (!at || used)
		return at ? -L_EEXIST : -L_ENOENT;
	memmove(at, at + strlen(name) + 1, strlen(at + strlen(name) + 1) + 1);
	room_write("providers", text, strlen(text));
	return 0;
}
