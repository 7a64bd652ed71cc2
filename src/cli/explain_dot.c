/* SPDX-License-Identifier: MIT */
/*
 * A picture for Graphviz: host, addresses, phantom, gateway, destination; the path that was chosen
 * is bold. With `src`, the path is the one that the command would make.
 */
#include "cli/explain.h"

#include "core/book.h"

struct dot {
	FILE *out;
	const struct r2_explanation *one;
	const struct r2_pick *pick;
	const struct r2_neigh *neigh; /* of the phantom */
	struct r2_ip phantom, gateway;
};

/* In quotes; names of interfaces may hold them. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void put_ip(FILE *out, const struct r2_ip *ip)
{
	char text[R2_IP_TEXT];

	fputs(r2_ip_format(ip, text), out);
}

/* Is the next hop a phantom of the book, it stands for the first gateway of its list. */
static void find_phantom(struct dot *dot)
{
	const struct r2_entry *entry;
	struct r2_book book;

	dot->gateway = dot->pick->gateway;
	if (dot->one->src && dot->one->whatif.possible) {
		dot->phantom = dot->one->whatif.phantom;
		if (dot->phantom.family)
			dot->gateway = dot->one->whatif.target.gateways.at[0];
		return;
	}
	if (!dot->gateway.family || !r2_book_read(dot->one->host, &book))
		return;
	entry = r2_book_by_phantom(&book, &dot->gateway, dot->pick->link);
	if (entry && entry->gateways.n) {
		dot->phantom = dot->gateway;
		dot->gateway = entry->gateways.at[0];
	}
	r2_book_free(&book);
}

static void print_addresses(const struct dot *dot)
{
	const struct r2_host *host = dot->one->host;

	r2_each (const struct r2_addr, addr, &host->addrs) {
		bool chosen = !dot->pick->error && r2_ip_equal(&addr->ip, &dot->pick->source);

		if (addr->ip.family != dot->one->sample.family ||
		    (addr->link != dot->pick->link && !chosen))
			continue;
		fputs("  \"source ", dot->out);
		put_ip(dot->out, &addr->ip);
		fputs("\" [label=\"", dot->out);
		put_ip(dot->out, &addr->ip);
		fputs("\\n", dot->out);
		put(dot->out, r2_host_link_name(host, addr->link));
		fprintf(dot->out, "\"%s];\n  host -> \"source ", chosen ? ", style=bold" : "");
		put_ip(dot->out, &addr->ip);
		fprintf(dot->out, "\" [style=%s];\n", chosen ? "bold" : "dashed");
	}
}

static void print_phantom(const struct dot *dot)
{
	char mac[R2_MAC_TEXT];

	fputs("  phantom [label=\"phantom\\n", dot->out);
	put_ip(dot->out, &dot->phantom);
	fputs("\", style=dashed];\n", dot->out);
	fputs("  phantom -> gateway [style=bold, label=\"", dot->out);
	if (dot->neigh)
		fputs(r2_mac_format(&dot->neigh->mac, mac), dot->out);
	else
		fputs("the gateway's MAC", dot->out);
	fputs("\"];\n", dot->out);
}

/* From the source on: phantom, gateway, destination, as many as there are. */
static void print_path(const struct dot *dot)
{
	const char *first = dot->phantom.family   ? "phantom"
			    : dot->gateway.family ? "gateway"
						  : "destination";

	if (dot->pick->source.family) {
		fputs("  \"source ", dot->out);
		put_ip(dot->out, &dot->pick->source);
		fprintf(dot->out, "\" -> %s [style=bold, label=\"", first);
	} else {
		fprintf(dot->out, "  host -> %s [style=bold, label=\"", first);
	}
	put(dot->out, r2_host_link_name(dot->one->host, dot->pick->link));
	fputs("\"];\n", dot->out);
	if (dot->phantom.family)
		print_phantom(dot);
	if (!dot->gateway.family)
		return;
	fputs("  gateway [label=\"gateway\\n", dot->out);
	put_ip(dot->out, &dot->gateway);
	fputs("\"];\n  gateway -> destination [style=bold];\n", dot->out);
}

static void print_refusal(const struct dot *dot)
{
	char number[16];

	fprintf(dot->out, "  host -> destination [style=dotted, color=red, label=\"%s\"];\n",
		r2_errno_name(dot->pick->error, number));
}

static void print_title(const struct dot *dot, const struct r2_names *names)
{
	char prefix[R2_PREFIX_TEXT], table[R2_PROTOCOL_TEXT];

	fprintf(dot->out, "  label=\"%s by the rules of %s",
		r2_prefix_format(&dot->one->dst, prefix), r2_rules_word(dot->one->rules));
	if (!dot->pick->error && dot->pick->table) {
		fputs(", table ", dot->out);
		put(dot->out, r2_table_text(dot->pick->table, names, table));
	}
	fputs("\";\n", dot->out);
}

void r2_explain_dot(FILE *out, const struct r2_explanation *one, const struct r2_names *names)
{
	bool planned = one->src && one->whatif.possible;
	struct dot dot = {
		.out = out, .one = one, .pick = planned ? &one->whatif.pick : &one->picks[0]};

	find_phantom(&dot);
	if (dot.phantom.family)
		dot.neigh = r2_host_neigh(one->host, &dot.phantom, dot.pick->link);
	fputs("digraph route2 {\n  rankdir=LR;\n  node [shape=box];\n", out);
	print_title(&dot, names);
	fputs("  host [label=\"host\"];\n  destination [label=\"destination\\n", out);
	put_ip(out, &one->sample);
	fputs("\"];\n", out);
	print_addresses(&dot);
	if (dot.pick->error)
		print_refusal(&dot);
	else
		print_path(&dot);
	fputs("}\n", out);
}
