/* SPDX-License-Identifier: MIT */
/*
 * replay DIRECTORY... - run a fuzz target over each file of its corpus, one TAP test each.
 *
 * So every compiler and sanitizer sees what the fuzzer once found, without a fuzzer.
 */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#define MOST_BYTES 65536

struct names {
	char *of[1024];
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order; mingw-w64 has no scandir(3). */
static bool list_files(const char *directory, struct names *ret_names)
{
	DIR *folder = opendir(directory);
	const struct dirent *entry;
	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		CHECK(ret_names->n < sizeof(ret_names->of) / sizeof(*ret_names->of));
		ret_names->of[ret_names->n] = strdup(entry->d_name);
		CHECK(ret_names->of[ret_names->n++]);
	}
	closedir(folder);
	qsort(ret_names->of, ret_names->n, sizeof(*ret_names->of), by_name);
	return true;
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
	struct names names = {.n = 0};
	int bad = 0;
	if (!list_files(directory, &names)) {
		printf("Bail out! cannot read %s\n", directory);
		return 1;
	}
	for (size_t i = 0; i < names.n; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", directory, names.of[i]);
		int failed = run_file(path);
		printf("%sok %d - %s\n", failed ? "not " : "", ++*count, names.of[i]);
		fflush(stdout);
		bad += failed;
		free(names.of[i]);
	}
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
