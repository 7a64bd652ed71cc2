/* SPDX-License-Identifier: MIT */
/* An intent written as its line, and the small questions about it. (parse.c reads the line.) */
#include "core/intent.h"

#include <string.h>

#include "core/text.h"

#define LONGEST_TABLE_NAME 64 /* R2_INTENT_TEXT has room for it; longer ones stay numbers */

const char *r2_method_name(enum r2_method method)
{
	static const char *const names[R2_METHODS] = {[R2_AUTO] = "auto",
						      [R2_NATIVE] = "native",
						      [R2_PHANTOM] = "phantom",
						      [R2_PLAIN] = "plain",
						      [R2_SKIPASSOURCE] = "skipassource"};
	return names[method];
}

bool r2_gateways_equal(const struct r2_gateways *a, const struct r2_gateways *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!r2_ip_equal(&a->at[i], &b->at[i]))
			return false;
	}
	return true;
}

uint32_t r2_intent_metric(const struct r2_intent *intent, enum r2_system system)
{
	/* IP6_RT_PRIO_USER in include/uapi/linux/ipv6_route.h */
	if (system == R2_SYSTEM_LINUX && intent->dst.addr.family == R2_IPV6 && !intent->metric)
		return 1024;
	return intent->metric;
}

static void say(struct r2_text *line, const char *word, const char *value)
{
	if (line->n)
		r2_text_put(line, " ");
	r2_text_put(line, word);
	if (*word)
		r2_text_put(line, " ");
	r2_text_put(line, value);
}

static void say_number(struct r2_text *line, const char *word, uint32_t number)
{
	char text[16];
	struct r2_text digits = r2_text_start(text, sizeof(text));
	r2_text_add(&digits, "%lu", (unsigned long)number);
	say(line, word, text);
}

static void say_ip(struct r2_text *line, const char *word, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];
	say(line, word, r2_ip_format(ip, text));
}

/* The family that `default` will have for whoever reads the other words. */
static enum r2_family told_family(const struct r2_intent *intent)
{
	const struct r2_gateways *gateways = &intent->gateways;
	if ((intent->given & R2_WORD_VIA) && gateways->n)
		return (enum r2_family)gateways->at[0].family;
	if (intent->given & R2_WORD_SRC)
		return (enum r2_family)intent->src.family;
	return intent->given & R2_WORD_PHANTOM ? (enum r2_family)intent->phantom.family : R2_NONE;
}

static void say_prefix(struct r2_text *line, const struct r2_intent *intent)
{
	char text[R2_PREFIX_TEXT];
	const struct r2_prefix *dst = &intent->dst;
	bool told = !dst->addr.family || dst->addr.family == told_family(intent);
	say(line, "", dst->len == 0 && told ? "default" : r2_prefix_format(dst, text));
}

static void say_gateways(struct r2_text *line, const struct r2_gateways *gateways)
{
	for (size_t i = 0; i < gateways->n; i++)
		say_ip(line, i ? "backup" : "via", &gateways->at[i]);
}

/* Names of Windows have blanks in them: r2_words_next(). */
static void say_dev(struct r2_text *line, const char *dev)
{
	bool quote = strchr(dev, ' ');

	say(line, "dev", quote ? "\"" : dev);
	if (!quote)
		return;
	r2_text_put(line, dev);
	r2_text_put(line, "\"");
}

static void say_table(struct r2_text *line, uint32_t table, const struct r2_names *names)
{
	uint32_t read_back;
	const char *name = names && names->table_name ? names->table_name(names->ctx, table) : NULL;
	if (name && strlen(name) <= LONGEST_TABLE_NAME && !strpbrk(name, " \t#") &&
	    r2_names_table(names, name, &read_back) && read_back == table)
		say(line, "table", name);
	else
		say_number(line, "table", table);
}

const char *r2_intent_format(const struct r2_intent *intent, const struct r2_names *names,
			     char buf[R2_INTENT_TEXT])
{
	struct r2_text line = r2_text_start(buf, R2_INTENT_TEXT);
	unsigned given = intent->given;
	if (given & R2_WORD_PREFIX)
		say_prefix(&line, intent);
	if (given & R2_WORD_VIA)
		say_gateways(&line, &intent->gateways);
	if (given & R2_WORD_SRC)
		say_ip(&line, "src", &intent->src);
	if (given & R2_WORD_DEV)
		say_dev(&line, intent->dev);
	if (given & R2_WORD_METRIC)
		say_number(&line, "metric", intent->metric);
	if ((given & R2_WORD_TABLE) && intent->table != R2_MAIN_TABLE)
		say_table(&line, intent->table, names);
	if ((given & R2_WORD_METHOD) && intent->method != R2_AUTO)
		say(&line, "method", r2_method_name(intent->method));
	if (given & R2_WORD_PHANTOM)
		say_ip(&line, "phantom", &intent->phantom);
	return buf;
}
