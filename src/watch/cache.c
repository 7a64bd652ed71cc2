/* SPDX-License-Identifier: MIT */
/*
 * What the kernel does not hold now and no file says: lines that are withdrawn, or wait for their
 * interface or source. Remembered in a file for the next watch, and never believed over the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch/state.h"

#define FOLDER   "/run/route2"
#define PATH     256
#define FILE_MAX (256L * 1024 * 1024)

/* One for each network namespace. */
static bool path_of(char buf[PATH])
{
	const char *own = getenv("XDG_RUNTIME_DIR"), *folder = FOLDER;
	struct stat netns;

	if ((mkdir(FOLDER, 0700) && errno != EEXIST) || access(FOLDER, W_OK))
		folder = own && own[0] == '/' ? own : NULL;
	return folder && !stat("/proc/self/ns/net", &netns) &&
	       snprintf(buf, PATH, "%s/watch-%lu.routes", folder, (unsigned long)netns.st_ino) <
		       PATH;
}

static bool write_lines(FILE *file, const struct job *job)
{
	char text[R2_INTENT_TEXT];
	bool any = false;

	r2_each (const struct r2_item, item, &job->withdrawn) {
		struct r2_intent line = job->file.intents.at[item->shape];

		if (item->mark & WANTED_OF_FILE)
			continue;
		line.dst = r2_item_dst(item);
		fprintf(file, "%s\n", r2_intent_format(&line, NULL, text));
		any = true;
	}
	r2_each (const struct waiting, one, &job->waiting) {
		if (one->of_file)
			continue;
		fprintf(file, "%s\n", r2_intent_format(&one->line, NULL, text));
		any = true;
	}
	return any;
}

void cache_write(const struct job *job)
{
	char path[PATH], beside[PATH + 8];
	bool any, written;
	FILE *file;
	int fd;

	if (!path_of(path))
		return;
	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return;
	any = write_lines(file, job);
	written = !fflush(file) && !ferror(file);
	fclose(file);
	/* On a full disk the old one stands: better than nothing. */
	if (!any || !written || rename(beside, path))
		unlink(beside);
	if (!any)
		unlink(path);
}

static void pass_over(void *ctx, const char *name, unsigned long line, unsigned long column,
		      const struct r2_error *err)
{
	(void)ctx, (void)name, (void)line, (void)column, (void)err;
}

void cache_read(struct r2_file *ret)
{
	const struct r2_file_reader reader = {.say_bad = pass_over};
	char path[PATH], *text = NULL;
	struct stat status;
	int fd = path_of(path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	size_t n = 0;

	if (fd < 0)
		return;
	/* Another user's file is none of ours. */
	if (!fstat(fd, &status) && status.st_uid == geteuid() && status.st_size < FILE_MAX)
		text = malloc((size_t)status.st_size + 1);
	while (text && n < (size_t)status.st_size) {
		ssize_t got = read(fd, text + n, (size_t)status.st_size - n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (text)
		text[n] = '\0';
	if (text && !r2_file_read(ret, &reader, path, text, n))
		r2_file_free(ret);
	free(text);
	close(fd);
}
