/* SPDX-License-Identifier: MIT */
#include "written.h"

#include <stdio.h>
#include <stdlib.h>

#include "paper/paper.h"

#ifdef _WIN32
/* The file goes when it is closed. */
static char *read_back(FILE *file, size_t *ret_n)
{
	long n = ftell(file);
	char *text = n >= 0 ? malloc((size_t)n + 1) : NULL;

	rewind(file);
	if (text && fread(text, 1, (size_t)n, file) == (size_t)n) {
		text[n] = '\0';
		*ret_n = (size_t)n;
	}
	fclose(file);
	return text;
}

char *written(const struct r2_host *host, size_t *ret_n)
{
	FILE *out = tmpfile();

	if (!out)
		return NULL;
	r2_paper_write(out, host);
	return read_back(out, ret_n);
}
#else
char *written(const struct r2_host *host, size_t *ret_n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_n);

	if (!out)
		return NULL;
	r2_paper_write(out, host);
	return fclose(out) == 0 ? text : NULL;
}
#endif
