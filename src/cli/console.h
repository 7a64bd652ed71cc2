/* SPDX-License-Identifier: MIT */
/* What differs from system to system around a verb: its terminal, and where files are. */
#ifndef R2_CLI_CONSOLE_H
#define R2_CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * r2_console_ready() - standard files are open, words are UTF-8, and so is what is printed
 * @argv: may be replaced by one that lives until the end
 *
 * Return: false if that cannot be had.
 */
bool r2_console_ready(int *argc, char ***argv);

/**
 * r2_console_wait() - for @for_ms milliseconds, or until the user ends the program
 *
 * What ends it is held back until r2_console_resume(), so that what is begun can be taken back.
 */
void r2_console_wait(unsigned for_ms);
void r2_console_resume(void);

/** r2_console_user() - whose packets `explain` asks about: the uid, 0 where users have none */
uint32_t r2_console_user(void);

/**
 * r2_console_line() - the next line of standard input, its newline included, as getline(3)
 *
 * Return: its length; -1 at the end, or without memory.
 */
long r2_console_line(char **line, size_t *room);

/** r2_console_pause() - for @for_ms milliseconds. Return: false if a signal came */
bool r2_console_pause(unsigned for_ms);

/** r2_console_utf8() - does who reads what we print want UTF-8 */
bool r2_console_utf8(void);

/** r2_console_nowhere() - a file that takes what nobody wants */
const char *r2_console_nowhere(void);

/** r2_console_file() - the file of the watch, where none is named */
const char *r2_console_file(void);

#endif
