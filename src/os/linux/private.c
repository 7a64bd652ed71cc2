/* SPDX-License-Identifier: MIT */
/* Idea: never follow a link, never open what is there already, never share a folder. */
#include "os/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/run/route2"

bool r2_private_path(const char *name, char ret_path[R2_PRIVATE_PATH])
{
	const char *own = getenv("XDG_RUNTIME_DIR"), *folder = FOLDER;
	struct stat netns;

	if ((mkdir(FOLDER, 0700) && errno != EEXIST) || access(FOLDER, W_OK))
		folder = own && own[0] == '/' ? own : NULL;
	return folder && !stat("/proc/self/ns/net", &netns) &&
	       snprintf(ret_path, R2_PRIVATE_PATH, "%s/%s-%lu.routes", folder, name,
			(unsigned long)netns.st_ino) < R2_PRIVATE_PATH;
}

static void beside(const char *path, char buf[R2_PRIVATE_PATH + 8])
{
	snprintf(buf, R2_PRIVATE_PATH + 8, "%s.new", path);
}

FILE *r2_private_begin(const char *path)
{
	char fresh[R2_PRIVATE_PATH + 8];
	FILE *file;
	int fd;

	beside(path, fresh);
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}

bool r2_private_end(FILE *file, const char *path, bool keep)
{
	char fresh[R2_PRIVATE_PATH + 8];
	bool whole = !fflush(file) && !ferror(file);
	int error = errno;

	beside(path, fresh);
	if (fclose(file) && whole) {
		error = errno;
		whole = false;
	}
	if (keep && whole && !rename(fresh, path))
		return true;
	if (keep && whole)
		error = errno;
	unlink(fresh);
	errno = error;
	return false;
}

FILE *r2_private_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;
	FILE *file = NULL;

	if (fd >= 0 && !fstat(fd, &status) && status.st_uid == geteuid())
		file = fdopen(fd, "r");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}

bool r2_private_move(const char *from, const char *to)
{
	return rename(from, to) == 0;
}

bool r2_private_remove(const char *path)
{
	return unlink(path) == 0;
}

bool r2_private_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
