/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a host on paper: refused with a place, or a host that is written and comes back the
 * same, and that a model can be made of.
 */
#include <string.h>

#include "core/select.h"
#include "fuzz.h"
#include "paper/paper.h"
#include "written.h"

static void try_model(const struct r2_host *host)
{
	static const struct r2_flow flows[] = {
		{.dst = {.family = R2_IPV4, .bytes = {10, 0, 0, 9}}},
		{.dst = {.family = R2_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 9}}},
	};

	for (int rules = R2_RULES_LINUX; rules <= R2_RULES_WINDOWS_XP; rules++) {
		struct r2_model *model = r2_model_new(host, (enum r2_rules)rules);
		r2_steps steps = {0};
		struct r2_pick pick;

		for (size_t i = 0; model && i < 2; i++)
			CHECK(r2_model_choose(model, &flows[i], &pick, 1, &steps) >= 1);
		r2_list_free(&steps);
		r2_model_free(model);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *again;
	struct r2_host host, second;
	struct r2_error err;
	size_t n, n_again;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!r2_paper_take("fuzz", text, size, &host, NULL, &err)) {
		CHECK(err.kind == R2_FAILED && strstr(err.what, "fuzz"));
		return 0;
	}
	try_model(&host);
	text = written(&host, &n);
	CHECK(text);
	again = malloc(n + 1);
	CHECK(again);
	memcpy(again, text, n + 1);
	CHECK(r2_paper_take("fuzz", again, n, &second, NULL, &err));
	again = written(&second, &n_again);
	CHECK(again && n == n_again && memcmp(text, again, n) == 0);
	free(text);
	free(again);
	r2_host_free(&host);
	r2_host_free(&second);
	return 0;
}
