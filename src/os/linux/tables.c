/* SPDX-License-Identifier: MIT */
/*
 * Idea: read every place where iproute2 has ever kept these files, the administrator's first; the
 * first to name a number or to use a name wins, as an administrator's file shadows the package's.
 */
#include "os/linux/tables.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"

/* A file that is none (a device, a loop) must not keep us for ever. */
#define LINES_MAX 4096

bool r2_tables_line(const char *line, struct r2_table_name *ret)
{
	char *end;
	unsigned long number;

	line += strspn(line, " \t");
	if (*line < '0' || *line > '9') /* strtoul would also take a sign or blanks */
		return false;
	errno = 0;
	number = strtoul(line, &end, *line == '0' && (line[1] | 0x20) == 'x' ? 16 : 10);
	if (errno || number > UINT32_MAX || (*end != ' ' && *end != '\t'))
		return false;
	end += strspn(end, " \t");

	size_t len = strcspn(end, " \t\r\n#");

	if (len == 0 || len >= sizeof(ret->name))
		return false;
	*ret = (struct r2_table_name){.number = (uint32_t)number};
	memcpy(ret->name, end, len);
	return true;
}

static void read_file(struct r2_tables *tables, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];
	struct r2_table_name name;

	if (!file)
		return;
	for (int i = 0; i < LINES_MAX && fgets(line, sizeof(line), file); i++)
		if (r2_tables_line(line, &name) && !r2_list_push(&tables->names, &name))
			break;
	fclose(file);
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

static void read_directory(struct r2_tables *tables, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_conf, alphasort);

	for (int i = 0; i < n; i++) {
		char file[512];

		if ((size_t)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name) <
		    sizeof(file))
			read_file(tables, file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void read_once(struct r2_tables *tables)
{
	/* iproute2 before 6.7, and since: first /etc, then what the package brought. */
	static const char *const places[] = {"/etc/iproute2", "/usr/share/iproute2",
					     "/usr/lib/iproute2"};
	/* linux/rtnetlink.h, enum rt_class_t: these hold without any file. */
	static const struct r2_table_name always[] = {
		{253, "default"}, {R2_MAIN_TABLE, "main"}, {R2_LOCAL_TABLE, "local"}};
	char path[64];

	if (tables->read)
		return;
	tables->read = true;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/rt_tables", places[i]);
		read_file(tables, path);
		snprintf(path, sizeof(path), "%s/rt_tables.d", places[i]);
		read_directory(tables, path);
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!r2_list_push(&tables->names, &always[i]))
			return;
}

bool r2_tables_number(struct r2_tables *tables, const char *name, uint32_t *ret_number)
{
	read_once(tables);
	r2_each (const struct r2_table_name, one, &tables->names) {
		if (!strcmp(one->name, name)) {
			*ret_number = one->number;
			return true;
		}
	}
	return false;
}

const char *r2_tables_name(struct r2_tables *tables, uint32_t number)
{
	read_once(tables);
	r2_each (const struct r2_table_name, one, &tables->names) {
		if (one->number == number)
			return one->name;
	}
	return NULL;
}

void r2_tables_free(struct r2_tables *tables)
{
	r2_list_free(&tables->names);
	tables->read = false;
}
