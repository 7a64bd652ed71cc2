/* SPDX-License-Identifier: MIT */
/*
 * replay DIRECTORY... - run a fuzz target over each file of its corpus, one TAP test each.
 *
 * So every compiler and sanitizer sees what the fuzzer once found, without a fuzzer.
 */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

#define MOST_BYTES 65536

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_file(const char *path)
{
	static uint8_t data[MOST_BYTES];
	FILE *file = fopen(path, "rb");
	if (!file)
		return 1;
	size_t size = fread(data, 1, sizeof(data), file);
	int bad = ferror(file);
	fclose(file);
	uint8_t *exact = malloc(size ? size : 1); /* for the address sanitizer */
	CHECK(exact);
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size); /* does not return if a promise is broken */
	free(exact);
	return bad;
}

/* Run each file of @directory. Return: how many could not be read. */
static int run_directory(const char *directory, int *count)
{
	struct dirent **entries;
	int bad = 0, n = scandir(directory, &entries, is_visible, alphasort);
	if (n < 0) {
		printf("Bail out! cannot read %s\n", directory);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		int failed = run_file(path);
		printf("%sok %d - %s\n", failed ? "not " : "", ++*count, entries[i]->d_name);
		fflush(stdout);
		bad += failed;
		free(entries[i]);
	}
	free(entries);
	return bad;
}

int main(int argc, char **argv)
{
	int count = 0, bad = 0;
	for (int i = 1; i < argc; i++)
		bad += run_directory(argv[i], &count);
	printf("1..%d\n", count);
	return bad || !count;
}
