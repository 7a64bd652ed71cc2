/* SPDX-License-Identifier: MIT */
/*
 * Leading bits, drawn side by side: IPv4 in bits, a byte a group; of IPv6 the 16-bit groups that
 * decide in bits, those before in hex.
 */
#include "cli/explain.h"

#include <string.h>

#define LABEL_WIDTH 39 /* an IPv6 address */

/** struct window - the groups that are drawn: @width bits each, from @low up to and with @high */
struct window {
	unsigned width, low, high;
};

static bool belongs(const struct r2_step *step, const struct r2_step *first)
{
	return step->side.family && r2_ip_equal(&step->against, &first->against);
}

static struct window window_of(const struct r2_step *first, const struct r2_step *last)
{
	struct window window = {8, 0, 3};
	unsigned low = 7, high = 0;

	if (first->side.family == R2_IPV4)
		return window;
	for (const struct r2_step *step = first; step <= last; step++) {
		unsigned group = step->bits < 128 ? step->bits / 16 : 7;

		if (!belongs(step, first))
			continue;
		low = group < low ? group : low;
		high = group > high ? group : high;
	}
	/* Two groups fill a line; what differs earlier differs enough. */
	window = (struct window){16, low, high > low + 1 ? low + 1 : high};
	return window;
}

/* Return: how many characters. */
static int print_head(FILE *out, const struct r2_ip *ip, const struct window *window)
{
	int n = 0;

	for (unsigned i = 0; window->width == 16 && i < window->low; i++)
		n += fprintf(out, "%x:", ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1]);
	return n;
}

/* The bits; those before @shared in colour. */
static void print_bits(FILE *out, const struct r2_ip *ip, const struct window *window,
		       unsigned shared, bool colour)
{
	unsigned from = window->low * window->width, to = (window->high + 1) * window->width;
	bool marked = colour && shared > from;

	if (marked)
		fputs("\x1b[1;32m", out);
	for (unsigned i = from; i < to; i++) {
		if (marked && i == shared) {
			fputs("\x1b[0m", out);
			marked = false;
		}
		if (i > from && i % window->width == 0)
			fputc(window->width == 8 ? '.' : ':', out);
		fputc(ip->bytes[i / 8] >> (7 - i % 8) & 1 ? '1' : '0', out);
	}
	fputs(marked ? "\x1b[0m\n" : "\n", out);
}

static void underline(FILE *out, const struct window *window, int indent, unsigned shared)
{
	unsigned from = window->low * window->width, to = (window->high + 1) * window->width;

	if (shared <= from)
		return;
	fprintf(out, "%*s", indent, "");
	for (unsigned i = from; i < to && i < shared; i++) {
		if (i > from && i % window->width == 0)
			fputc(' ', out);
		fputc('^', out);
	}
	fputc('\n', out);
}

static int print_label(FILE *out, const struct r2_ip *ip, const char *what)
{
	char text[R2_IP_TEXT];
	int wide = ip->family == R2_IPV4 ? LABEL_WIDTH - 24 : LABEL_WIDTH;

	return fprintf(out, "      %-*s %11s   ", wide, r2_ip_format(ip, text), what);
}

void r2_draw_bits(FILE *out, const struct r2_step *first, const struct r2_step *last,
		  const char *what, bool colour)
{
	struct window window = window_of(first, last);
	const struct r2_step *drawn = NULL;

	print_label(out, &first->against, what);
	print_head(out, &first->against, &window);
	print_bits(out, &first->against, &window, 0, false);
	for (const struct r2_step *step = first; step <= last; step++) {
		char bits[16];
		int indent;

		if (!belongs(step, first) || (drawn && r2_ip_equal(&drawn->side, &step->side)))
			continue;
		drawn = step;
		snprintf(bits, sizeof(bits), "%u bits", step->bits);
		indent = print_label(out, &step->side, bits);
		indent += print_head(out, &step->side, &window);
		print_bits(out, &step->side, &window, step->bits, colour);
		if (!colour)
			underline(out, &window, indent, step->bits);
	}
}
