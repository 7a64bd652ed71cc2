/* SPDX-License-Identifier: MIT */
/* Options: one table. As with ip, they may stand anywhere and long ones need but one dash. */
#include "cli/cli.h"
#include "core/words.h"

#include <limits.h>
#include <string.h>

enum kind { FLAG, FAMILY, TEXT, SCOPE, COUNT_OF, PORT, TIME };

/**
 * struct option
 * @at: offset of its field in struct r2_options
 * @value: FAMILY: which; COUNT_OF, TIME: the least
 * @argument: name of its argument, NULL if it takes none
 */
struct option {
	const char *letter;
	const char *name;
	enum kind kind;
	size_t at;
	unsigned value;
	const char *argument;
	const char *help;
};

#define AT(field) offsetof(struct r2_options, field)

static const struct option OPTIONS[] = {
	{"j", "json", FLAG, AT(json), 0, NULL, "print JSON"},
	{NULL, "dot", FLAG, AT(dot), 0, NULL, "explain: print a picture, for Graphviz"},
	{"4", "ipv4", FAMILY, AT(family), R2_IPV4, NULL, "IPv4 only; the family of `default`"},
	{"6", "ipv6", FAMILY, AT(family), R2_IPV6, NULL, "IPv6 only; the family of `default`"},
	{"n", "netns", TEXT, AT(netns), 0, "NAME",
	 "in the network namespace NAME, as `ip -n` (a path if it has a slash)"},
	{NULL, "dry-run", FLAG, AT(dry_run), 0, NULL,
	 "print the ip commands (Windows: netsh) that would do it; change nothing"},
	{NULL, "on", TEXT, AT(on), 0, "FILE",
	 "add, replace, del, apply: --dry-run on a host that FILE describes"},
	{NULL, "check", FLAG, AT(check), 0, NULL,
	 "apply: change nothing; exit status 3 if anything would change"},
	{NULL, "diff", FLAG, AT(diff), 0, NULL, "apply: show what changes, as a unified diff"},
	{NULL, "within", SCOPE, AT(within), 0, "WHAT",
	 "apply: the file speaks for `dev IFACE`, `table T` or PREFIX only"},
	{NULL, "confirm", TIME, AT(confirm_ms), 0, "TIME",
	 "apply: bring all back after TIME, unless `route2 confirm` comes before"},
	{NULL, "follow", FLAG, AT(follow), 0, NULL, "status: again every second"},
	{NULL, "prometheus", FLAG, AT(prometheus), 0, NULL,
	 "status: as Prometheus text, for node_exporter's textfile collector"},
	{NULL, "withdraw", FLAG, AT(withdraw), 0, NULL,
	 "watch: at the end take the file's routes away"},
	{NULL, "disruptive", FLAG, AT(disruptive), 0, NULL,
	 "selftest: the interface may be switched off and on"},
	{NULL, "prove", FLAG, AT(prove), 0, NULL,
	 "add, replace, apply: `check` what was changed; undo it if broken"},
	{NULL, "icmp", FLAG, AT(icmp), 0, NULL, "check, --prove: by ICMP echo (the default)"},
	{NULL, "tcp", PORT, AT(tcp), 0, "PORT", "check, --prove: by TCP"},
	{NULL, "udp", PORT, AT(udp), 0, "PORT", "check, --prove: by UDP"},
	{NULL, "count", COUNT_OF, AT(count), 1, "N",
	 "check, --prove: so many probes; without it, as many as it takes"},
	{NULL, "tries", COUNT_OF, AT(tries), 0, "N",
	 "how often a silent gateway is asked (2); 0: do not ask"},
	{NULL, "timeout", TIME, AT(timeout_ms), 1, "TIME",
	 "how long each answer is waited for (1s); such as 500ms, 2s"},
	{NULL, "wait", TIME, AT(wait_ms), 0, "TIME",
	 "how long another route2 that is changing routes is waited for (30s)"},
	{"v", "verbose", FLAG, AT(verbose), 0, NULL, "say each operation on stderr"},
	{"q", "quiet", FLAG, AT(quiet), 0, NULL, "print errors only"},
	{"V", "version", FLAG, AT(version), 0, NULL, "print the version"},
	{"h", "help", FLAG, AT(help), 0, NULL, "print this; after a verb, more about it"},
};
#define N_OPTIONS (sizeof(OPTIONS) / sizeof(*OPTIONS))

void r2_options_help(FILE *out)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *one = &OPTIONS[i];
		char left[40];

		snprintf(left, sizeof(left), "%s%s%s--%s%s%s", one->letter ? "-" : "",
			 one->letter ? one->letter : "", one->letter ? ", " : "    ", one->name,
			 one->argument ? " " : "", one->argument ? one->argument : "");
		fprintf(out, "  %-20s  %s\n", left, one->help);
	}
}

static bool parse_number(const char *text, unsigned *ret_number, const char **ret_end)
{
	unsigned long long number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (unsigned)(*at - '0');
		if (number > UINT_MAX)
			return false;
	}
	*ret_number = (unsigned)number;
	*ret_end = at;
	return at > text;
}

#define LONGEST_MS (24u * 3600 * 1000)

bool r2_time_parse(const char *text, unsigned *ret_ms)
{
	unsigned long long ms;
	unsigned number;
	const char *unit;

	if (!parse_number(text, &number, &unit))
		return false;
	if (strcmp(unit, "ms") == 0)
		ms = number;
	else if (!*unit || strcmp(unit, "s") == 0)
		ms = number * 1000ULL;
	else if (strcmp(unit, "m") == 0)
		ms = number * 60000ULL;
	else
		return false;
	if (ms > LONGEST_MS)
		return false;
	*ret_ms = (unsigned)ms;
	return true;
}

static bool set(struct r2_options *options, const struct option *one, const char *value,
		struct r2_error *err)
{
	char *field = (char *)options + one->at;
	enum r2_family family = (enum r2_family)one->value;
	const char *end = NULL;
	unsigned number = 0;
	bool yes = true;

	switch (one->kind) {
	case FLAG:
		memcpy(field, &yes, sizeof(yes));
		return true;
	case FAMILY:
		if (options->family && options->family != family)
			return r2_error_set(err, R2_USAGE,
					    "-4 and -6 exclude each other: without either it is "
					    "both families");
		options->family = family;
		return true;
	case SCOPE:
	case TEXT:
		memcpy(field, &value, sizeof(value));
		return true;
	case COUNT_OF:
		if (!parse_number(value, &number, &end) || *end || number < one->value ||
		    number > 100)
			return r2_error_set(err, R2_USAGE, "--%s %s is not a number of %u to 100",
					    one->name, value, one->value);
		break;
	case PORT:
		if (!parse_number(value, &number, &end) || *end || !number || number > UINT16_MAX)
			return r2_error_set(err, R2_USAGE, "--%s %s is no port: 1 to 65535",
					    one->name, value);
		break;
	case TIME:
		if (!r2_time_parse(value, &number) || number < one->value)
			return r2_error_set(err, R2_USAGE,
					    "--%s %s is not a time such as 500ms or 2s", one->name,
					    value);
		break;
	}
	memcpy(field, &number, sizeof(number));
	return true;
}

/* -j, --json, -json; --name=value. Return: the option, and its value if it stands behind a '='. */
static const struct option *find(const char *word, const char **ret_value)
{
	const char *name = word + 1 + (word[1] == '-');
	size_t len = strcspn(name, "=");

	*ret_value = name[len] ? name + len + 1 : NULL;
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *one = &OPTIONS[i];
		bool is_name = strlen(one->name) == len && strncmp(one->name, name, len) == 0;
		bool is_letter =
			one->letter && word[1] != '-' && len == 1 && one->letter[0] == name[0];

		if (is_name || is_letter)
			return one;
	}
	return NULL;
}

static bool unknown(const char *word, struct r2_error *err)
{
	const char *names[N_OPTIONS];
	const char *near;

	for (size_t i = 0; i < N_OPTIONS; i++)
		names[i] = OPTIONS[i].name;
	near = r2_words_nearest(word + 1 + (word[1] == '-'), names, N_OPTIONS);
	r2_error_set(err, R2_USAGE, "unknown option %s", word);
	if (near)
		return r2_error_hint(err, "did you mean --%s?", near);
	return r2_error_hint(err, "see route2 --help");
}

/* `--within dev eth0`: a second word. */
static bool take_name(int argc, char *const *argv, int *at, struct r2_options *options,
		      const char *value, struct r2_error *err)
{
	options->within_name = NULL;
	if (strcmp(value, "dev") != 0 && strcmp(value, "table") != 0)
		return true;
	if (*at + 1 == argc)
		return r2_error_set(err, R2_USAGE, "--within %s needs a name after it", value);
	options->within_name = argv[++*at];
	return true;
}

static bool take(int argc, char *const *argv, int *at, struct r2_options *options,
		 struct r2_error *err)
{
	const char *word = argv[*at], *value = NULL;
	const struct option *one = find(word, &value);

	if (!one)
		return unknown(word, err);
	if (value && !one->argument)
		return r2_error_set(err, R2_USAGE, "--%s takes no value, but has %s", one->name,
				    value);
	if (one->argument && !value) {
		if (*at + 1 == argc)
			return r2_error_set(err, R2_USAGE, "--%s needs %s after it", one->name,
					    one->argument);
		value = argv[++*at];
	}
	if (one->kind == SCOPE && !take_name(argc, argv, at, options, value ? value : "", err))
		return false;
	return set(options, one, value ? value : "", err);
}

/* -4 and -6 are options; other negative numbers are words, to be refused as such. */
static bool is_option(const char *word)
{
	bool number = word[0] == '-' && word[1] >= '0' && word[1] <= '9';

	return word[0] == '-' && word[1] &&
	       (!number || strcmp(word, "-4") == 0 || strcmp(word, "-6") == 0);
}

bool r2_options_take(int argc, char *const *argv, struct r2_options *ret_options,
		     const char **words, size_t *ret_n, struct r2_error *err)
{
	struct r2_options options = {.tries = 2, .timeout_ms = 1000, .wait_ms = 30000};
	bool only_words = false;
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (only_words || !is_option(argv[i]))
			words[n++] = argv[i];
		else if (!take(argc, argv, &i, &options, err))
			return false;
	}
	*ret_options = options;
	*ret_n = n;
	return true;
}

bool r2_take_word(const char **words, size_t *n, const char *name, const char *needs,
		  const char **ret, struct r2_error *err)
{
	bool found = false;

	for (size_t i = 0; i < *n; i++) {
		if (strcmp(words[i], name) != 0)
			continue;
		if (found)
			return r2_error_set(err, R2_USAGE, "\"%s\" is said twice", name);
		if (i + 1 == *n)
			return r2_error_set(err, R2_USAGE, "`%s` needs %s after it", name, needs);
		*ret = words[i + 1];
		memmove(words + i, words + i + 2, (*n - i - 2) * sizeof(*words));
		*n -= 2;
		i--;
		found = true;
	}
	return true;
}
