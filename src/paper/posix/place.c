/* SPDX-License-Identifier: MIT */
#include "paper/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

FILE *r2_place_open(const char *path)
{
	return fopen(path, "rb");
}

bool r2_place_files(const char *path, bool (*each)(void *ctx, const char *name), void *ctx)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	struct stat file;

	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		if (fstatat(dirfd(folder), entry->d_name, &file, 0) == 0 && S_ISREG(file.st_mode) &&
		    !each(ctx, entry->d_name))
			break;
	}
	closedir(folder);
	return true;
}

bool r2_place_has_drives(void)
{
	return false;
}
