/* SPDX-License-Identifier: MIT */
#include "room.h"

#include "sys.h"

#include <stdio.h>
#include <string.h>

/*
 * From what the process of Linux was started with: Wine hands that on to each process, where
 * services.exe gives a service none of Windows' variables but the machine's.
 */
static const char *find_room(void)
{
	static char environ[64 * 1024];
	static const char NAME[] = "R2_SHIM=";
	static const char *found;
	int64_t len;

	if (found)
		return found;
	len = sys_slurp("/proc/self/environ", environ, sizeof(environ));
	found = "";
	for (const char *at = environ; len > 0 && at < environ + len; at += strlen(at) + 1) {
		if (strncmp(at, NAME, sizeof(NAME) - 1) == 0)
			found = at + sizeof(NAME) - 1;
	}
	return found;
}

bool room_path(const char *name, char *buf, size_t size)
{
	const char *room = find_room();

	return *room && snprintf(buf, size, "%s/%s", room, name) < (int)size;
}

void room_read(const char *name, char *buf, size_t size)
{
	char path[512];

	if (!room_path(name, path, sizeof(path)) || sys_slurp(path, buf, size) < 0)
		*buf = '\0';
}

void room_append(const char *name, const char *text, size_t len)
{
	char path[512];
	int fd = -1;

	if (room_path(name, path, sizeof(path)))
		fd = sys_open(path, L_WRONLY | L_CREAT | L_APPEND);
	if (fd < 0)
		return;
	sys_write(fd, text, len);
	sys_close(fd);
}

bool room_write(const char *name, const char *text, size_t len)
{
	char path[512], fresh[520];
	int fd = -1;
	bool ok;

	if (room_path(name, path, sizeof(path))) {
		snprintf(fresh, sizeof(fresh), "%s.new", path);
		fd = sys_open(fresh, L_WRONLY | L_CREAT | L_TRUNC);
	}
	if (fd < 0)
		return false;
	ok = sys_write(fd, text, len) == (int64_t)len;
	sys_close(fd);
	return ok && sys_rename(fresh, path) == 0;
}
