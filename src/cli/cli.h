/* SPDX-License-Identifier: MIT */
/*
 * The command line: thin. A verb turns words into an intent, hands it to the walk, and prints.
 */
#ifndef R2_CLI_CLI_H
#define R2_CLI_CLI_H

#include "core/intent.h"
#include "os/os.h"

#include <stdio.h>

/**
 * struct r2_options - what may stand anywhere on the command line
 * @family: R2_NONE, or what -4 or -6 demand
 * @on: a file that says what the host is: nothing is changed then
 * @within, @within_name: "dev" or "table" and its name; or a prefix and NULL
 * @tries, @timeout_ms: how a silent gateway is asked
 * @wait_ms: how long another writer is waited for
 * @confirm_ms: what is applied is brought back after so long; 0: it stays
 * @icmp, @tcp, @udp: what check probes with; ports, 0 if not given
 * @count: how many probes; 0: as many as it takes
 */
struct r2_options {
	bool json;
	bool dot;
	bool dry_run;
	bool follow;
	bool prometheus;
	bool withdraw;
	bool disruptive;
	bool check;
	bool icmp;
	bool prove;
	bool diff;
	bool verbose;
	bool quiet;
	bool help;
	bool version;
	enum r2_family family;
	const char *netns;
	const char *on;
	const char *within, *within_name;
	unsigned tries;
	unsigned timeout_ms;
	unsigned wait_ms;
	unsigned confirm_ms;
	unsigned tcp, udp;
	unsigned count;
};

/**
 * struct r2_cli - one run of the program
 * @words, @n: what is left of the command line without options and verb; the verb may take from it
 */
struct r2_cli {
	struct r2_options options;
	struct r2_os *os;
	struct r2_names names;
	const char **words;
	size_t n;
};

/**
 * struct r2_verb - a line of the table that dispatches and prints the help
 * @alias: a second name that iproute2 has for it, or NULL
 * @synopsis: what follows the verb
 * @summary: one line; @details: what `VERB --help` says besides
 * @run: does it; returns the exit status (enum r2_error_class)
 */
struct r2_verb {
	const char *name;
	const char *alias;
	const char *synopsis;
	const char *summary;
	const char *details;
	int (*run)(struct r2_cli *cli);
};

extern const struct r2_verb r2_verbs[];
extern const size_t r2_n_verbs;

/* One a verb, @words and @n being what follows its name. Return: an exit status */
int r2_verb_add(struct r2_cli *cli);
int r2_verb_replace(struct r2_cli *cli);
int r2_verb_del(struct r2_cli *cli);
int r2_verb_show(struct r2_cli *cli);
int r2_verb_explain(struct r2_cli *cli);
int r2_verb_check(struct r2_cli *cli);
int r2_verb_snapshot(struct r2_cli *cli);
int r2_verb_apply(struct r2_cli *cli);
int r2_verb_switch(struct r2_cli *cli);
int r2_verb_confirm(struct r2_cli *cli);
int r2_verb_watch(struct r2_cli *cli);
int r2_verb_status(struct r2_cli *cli);
int r2_verb_selftest(struct r2_cli *cli);
int r2_verb_service(struct r2_cli *cli);
/** r2_verb_batch() - the batch file's DEST MASK GATEWAY SOURCE */
int r2_verb_batch(struct r2_cli *cli);

/** r2_show_all() - what `show` prints of all routes, to @out, plain */
bool r2_show_all(struct r2_cli *cli, FILE *out, struct r2_error *err);

/** r2_help() - to @out: all verbs, or only @verb with its details */
void r2_help(FILE *out, const struct r2_verb *verb);

/**
 * r2_options_take() - move the options out of @argv
 * @words: room for @argc words; those that are no options, in order
 *
 * Return: false with R2_USAGE.
 */
bool r2_options_take(int argc, char *const *argv, struct r2_options *ret_options,
		     const char **words, size_t *ret_n, struct r2_error *err);

/** r2_time_parse() - 500ms, 2s, 10m, up to a day; a bare number means seconds, as with ping */
bool r2_time_parse(const char *text, unsigned *ret_ms);

/**
 * r2_take_word() - move `NAME VALUE` out of @words, where it is no word of a line of the grammar
 * @needs: what VALUE is, for the message
 * @ret: left as it is if NAME is absent
 *
 * Return: false with R2_USAGE.
 */
bool r2_take_word(const char **words, size_t *n, const char *name, const char *needs,
		  const char **ret, struct r2_error *err);

/** r2_options_each() - name and help of each option, for --help and the manual's test */
void r2_options_help(FILE *out);

/** r2_say_error() - the one line on stderr. Return: the exit status that belongs to it */
int r2_say_error(const struct r2_error *err);
/** r2_say_notes() - a line each on stderr, unless -q */
void r2_say_notes(const struct r2_cli *cli, const struct r2_notes *notes);
/** r2_say_waiting() - struct r2_change_options, @waiting; @cli is the run's struct r2_cli */
void r2_say_waiting(void *cli, const char *holder);
/** r2_colour() - may @out be coloured: a terminal, and NO_COLOR is not set (no-color.org) */
bool r2_colour(FILE *out);

#endif
