/* SPDX-License-Identifier: MIT */
/*
 * Any text as an address, a prefix, a MAC and a word: the first is judged as inet_pton(3) of a
 * Unix judges it, and what is read comes back from what is written.
 */
#include <string.h>
#ifndef _WIN32
#include <arpa/inet.h>
#endif

#include "core/advice.h"
#include "core/ip.h"
#include "core/words.h"
#include "fuzz.h"

static void check_advice(const struct r2_error *err)
{
	char text[R2_ERROR_TEXT];
	CHECK(err->kind == R2_USAGE && err->what[0]);
	r2_error_format(err, text, sizeof(text));
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

/* @ours is NULL if @text was refused; @written is what it is written as. */
static void same_as_library(const char *text, const struct r2_ip *ours, const char *written)
{
#ifndef _WIN32
	uint8_t theirs[16] = {0};
	char library[INET6_ADDRSTRLEN];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	CHECK((ours != NULL) == (inet_pton(family, text, theirs) == 1));
	CHECK(ours || inet_pton(family == AF_INET ? AF_INET6 : AF_INET, text, theirs) != 1);
	if (!ours)
		return;
	CHECK(memcmp(ours->bytes, theirs, 16) == 0);
	CHECK(strcmp(written, inet_ntop(family, theirs, library, sizeof(library))) == 0);
#else
	(void)text;
	(void)ours;
	(void)written;
#endif
}

static void try_address(const char *text)
{
	struct r2_ip ours, again;
	struct r2_error err;
	char buf[R2_IP_TEXT];
	if (!r2_ip_parse(text, &ours)) {
		same_as_library(text, NULL, NULL);
		r2_advise_address(text, &err);
		check_advice(&err);
		return;
	}
	r2_ip_format(&ours, buf);
	same_as_library(text, &ours, buf);
	CHECK(r2_ip_parse(buf, &again) && r2_ip_equal(&ours, &again));
}

static void try_prefix(const char *text)
{
	struct r2_prefix prefix, again;
	struct r2_error err;
	char buf[R2_PREFIX_TEXT];
	enum r2_prefix_fault fault = r2_prefix_parse(text, &prefix);
	const char *at = text;
	if (r2_prefix_read(&at, &again) && !*at)
		CHECK(fault == R2_PREFIX_OK && r2_prefix_equal(&prefix, &again));
	else
		CHECK(fault != R2_PREFIX_OK || prefix.addr.family == R2_IPV6);
	if (fault) {
		r2_advise_prefix(text, fault, &err);
		check_advice(&err);
	}
	if (fault && fault != R2_PREFIX_HOST_BITS)
		return;
	r2_prefix_format(&prefix, buf);
	CHECK(r2_prefix_parse(buf, &again) == R2_PREFIX_OK && r2_prefix_equal(&prefix, &again));
	CHECK(r2_prefix_contains(&prefix, &prefix.addr) && r2_prefix_covers(&prefix, &again));
}

static void try_mac(const char *text)
{
	struct r2_mac mac, again;
	char buf[R2_MAC_TEXT];
	if (!r2_mac_parse(text, &mac))
		return;
	r2_mac_format(&mac, buf);
	CHECK(r2_mac_parse(buf, &again) && r2_mac_equal(&mac, &again));
}

static void try_word(const char *text)
{
	static const char *const known[] = {"via", NULL, "backup", "src", "metric", "phantom"};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i] && strcmp(known[i], text) == 0)
			CHECK(r2_words_nearest(text, known, 6) == known[i]);
	}
	r2_words_nearest(text, known, 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1); /* of its exact size, for the address sanitizer */
	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	try_address(text);
	try_prefix(text);
	try_mac(text);
	try_word(text);
	free(text);
	return 0;
}
