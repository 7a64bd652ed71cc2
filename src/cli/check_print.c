/* SPDX-License-Identifier: MIT */
/* Proofs for people. */
#include "cli/check.h"
#include "cli/lines.h"
#include "core/select.h"

#include <string.h>

const struct r2_ip *r2_check_gateway(const struct r2_evidence *evidence, const struct r2_mac *mac)
{
	for (size_t i = 0; mac->len && i < evidence->gateways.n; i++) {
		if (r2_mac_equal(&evidence->macs[i], mac))
			return &evidence->gateways.at[i];
	}
	return NULL;
}

static const char *colour_of(enum r2_proof proof)
{
	if (proof == R2_PROOF_WORKS)
		return "\x1b[32m";
	return proof == R2_PROOF_UNKNOWN ? "\x1b[33m" : "\x1b[31m";
}

static const char *source_text(const struct r2_evidence *evidence, char buf[R2_IP_TEXT])
{
	if (evidence->wanted.family)
		return r2_ip_format(&evidence->wanted, buf);
	return r2_ip_format(&evidence->source.source, buf);
}

/* ---- the path, drawn ---- */

/** enum fate - of one stretch of the way */
enum fate { GOOD, BAD, DARK };

/** struct way - both directions: this host, the gateway, the destination */
struct way {
	enum fate out[2], back[2];
};

static struct way way_of(const struct r2_subject *subject)
{
	const struct r2_evidence *evidence = &subject->evidence;
	struct way way = {{DARK, DARK}, {DARK, DARK}};

	if (!r2_proof_is_tried(evidence))
		return way;
	if (evidence->source.left.seen)
		way.out[0] = GOOD;
	if (evidence->source.answered) {
		way.out[1] = way.back[1] = GOOD;
		way.back[0] = evidence->source.taken ? GOOD : BAD;
	}
	switch (subject->proof) {
	case R2_PROOF_NOTHING_LEAVES:
	case R2_PROOF_WRONG_SOURCE:
	case R2_PROOF_WRONG_GATEWAY:
		way.out[0] = BAD;
		break;
	case R2_PROOF_DROPPED_OUT:
		way.out[1] = BAD;
		break;
	case R2_PROOF_NO_WAY_BACK:
		way.back[0] = BAD;
		break;
	case R2_PROOF_WORKS:
	case R2_PROOF_NO_ANSWER:
	case R2_PROOF_UNKNOWN:
		break;
	}
	return way;
}

/* An arrow of one stretch, @label in it: --e0--> or <--e0--, with X or ? where it ends. */
static void arrow(FILE *out, enum fate fate, bool back, const char *label, bool utf8)
{
	const char *line = utf8 ? "\u2500" : "-", *mark = fate == GOOD   ? line
							  : fate == DARK ? "?"
							  : utf8         ? "\u2717"
									 : "X";

	fprintf(out, " %s", !back ? line : utf8 ? "\u25c0" : "<");
	if (back)
		fputs(mark, out);
	fprintf(out, "%s%s%s", line, label, line);
	for (size_t i = strlen(label); i < 6; i++)
		fputs(line, out);
	if (!back)
		fputs(mark, out);
	fprintf(out, "%s ", back ? line : utf8 ? "\u25b6" : ">");
}

static void draw(FILE *out, const struct r2_subject *subject, bool utf8)
{
	const struct r2_evidence *evidence = &subject->evidence;
	const struct r2_leaving *left = &evidence->source.left;
	const struct r2_coming *answer = &evidence->source.answer;
	const struct r2_ip *gateway = r2_check_gateway(evidence, &left->to);
	char from[R2_IP_TEXT], via[R2_IP_TEXT], to[R2_IP_TEXT];
	struct way way = way_of(subject);
	uint32_t in = answer->seen && answer->link ? answer->link : evidence->link;

	if (!gateway && evidence->gateways.n)
		gateway = &evidence->gateways.at[0];
	source_text(evidence, from);
	r2_ip_format(&evidence->dst, to);
	for (int back = 0; back < 2; back++) {
		fprintf(out, "  %s", from);
		arrow(out, back ? way.back[0] : way.out[0], back,
		      r2_host_link_name(evidence->host, back         ? in
							: left->seen ? left->link
								     : evidence->link),
		      utf8);
		if (gateway) {
			fputs(r2_ip_format(gateway, via), out);
			arrow(out, back ? way.back[1] : way.out[1], back, "", utf8);
		}
		fprintf(out, "%s\n", to);
	}
}

/* ---- the evidence ---- */

static void print_kernel(FILE *out, const struct r2_evidence *evidence,
			 const struct r2_names *names)
{
	const struct r2_answer *kernel = &evidence->kernel;
	char text[R2_IP_TEXT], number[16], table[R2_PROTOCOL_TEXT];

	fprintf(out, "  kernel   ");
	if (kernel->error) {
		fprintf(out, "refuses: %s\n", r2_errno_name(kernel->error, number));
		return;
	}
	fprintf(out, "from %s", r2_ip_format(&kernel->source, text));
	if (kernel->gateway.family)
		fprintf(out, " via %s", r2_ip_format(&kernel->gateway, text));
	fprintf(out, " dev %s table %s\n", r2_host_link_name(evidence->host, kernel->link),
		r2_table_text(kernel->table, names, table));
}

static void print_left(FILE *out, const struct r2_evidence *evidence)
{
	const struct r2_leaving *left = &evidence->source.left;
	const struct r2_ip *gateway = r2_check_gateway(evidence, &left->to);
	char text[R2_IP_TEXT], mac[R2_MAC_TEXT];

	if (!left->seen)
		return;
	fprintf(out, "  leaves   from %s by %s", r2_ip_format(&left->src, text),
		r2_host_link_name(evidence->host, left->link));
	if (left->to.len)
		fprintf(out, " to %s", r2_mac_format(&left->to, mac));
	if (gateway)
		fprintf(out, ", gateway %s", r2_ip_format(gateway, text));
	else if (left->hop.family)
		fprintf(out, " via %s", r2_ip_format(&left->hop, text));
	fprintf(out, "%s\n",
		evidence->installed ? ""
		: evidence->bound || evidence->by_socket
			? " (by the route that stands: no such route yet)"
			: " (made by hand: no such route yet)");
}

static void print_side(FILE *out, const char *what, const struct r2_evidence *evidence,
		       const struct r2_side *side)
{
	const struct r2_coming *answer = &side->answer;
	char text[R2_OBJECTION_TEXT], ip[R2_IP_TEXT], mac[R2_MAC_TEXT];

	fprintf(out, "  %-8s to %s: %u of %u by %s", what, r2_ip_format(&side->source, ip),
		side->answered, side->sent, r2_probe_word(evidence->by));
	if (evidence->by != R2_BY_ICMP)
		fprintf(out, " port %u", evidence->port);
	if (answer->declined)
		fputs(", declined", out);
	if (side->answered)
		fprintf(out, ", %.2f ms", (double)answer->usec / 1000);
	if (answer->ttl)
		fprintf(out, ", ttl %u", answer->ttl);
	if (answer->link)
		fprintf(out, ", in by %s", r2_host_link_name(evidence->host, answer->link));
	if (answer->from.len)
		fprintf(out, " from %s", r2_mac_format(&answer->from, mac));
	if (side->objection.seen)
		fprintf(out, "; %s says: %s", r2_ip_format(&side->objection.who, ip),
			r2_objection_text(&side->objection, text));
	fputc('\n', out);
}

static void print_asked(FILE *out, const struct r2_evidence *evidence)
{
	const struct r2_heed *heed = &evidence->heed;
	char ip[R2_IP_TEXT], mac[R2_MAC_TEXT];

	if (evidence->unseen || (!heed->asked && evidence->source.taken))
		return;
	if (!heed->asked)
		fprintf(out, "  asked    nobody asked who has %s\n", r2_ip_format(&heed->ip, ip));
	else
		fprintf(out, "  asked    %s asks on %s who has %s, and this host %s\n",
			r2_mac_format(&heed->by, mac),
			r2_host_link_name(evidence->host, heed->link), r2_ip_format(&heed->ip, ip),
			heed->told ? "answers" : "does not answer");
}

static void print_boomerang(FILE *out, const struct r2_evidence *evidence)
{
	const struct r2_boomerang *boomerang = &evidence->boomerang;
	char ip[R2_IP_TEXT], who[R2_IP_TEXT], mac[R2_MAC_TEXT], text[R2_OBJECTION_TEXT];

	if (!boomerang->tried)
		return;
	fprintf(out, "  back     a packet for %s given to %s ",
		r2_ip_format(&evidence->source.source, ip),
		boomerang->to.len ? r2_mac_format(&boomerang->to, mac)
				  : r2_host_link_name(evidence->host, evidence->link));
	if (boomerang->returned)
		fprintf(out, "comes back by %s\n",
			r2_host_link_name(evidence->host, boomerang->link));
	else if (boomerang->objection.seen)
		fprintf(out, "does not come back; %s says: %s\n",
			r2_ip_format(&boomerang->objection.who, who),
			r2_objection_text(&boomerang->objection, text));
	else
		fputs("does not come back\n", out);
	if (boomerang->passed)
		fprintf(out, "           and one from it comes back: it passes there\n");
}

static void print_mtu(FILE *out, const struct r2_evidence *evidence)
{
	const struct r2_side *source = &evidence->source, *control = &evidence->control;
	char ip[R2_IP_TEXT];

	if (!source->mtu && !control->mtu)
		return;
	fprintf(out, "  mtu      %u from %s", source->mtu, r2_ip_format(&source->source, ip));
	if (control->source.family)
		fprintf(out, ", %u from %s", control->mtu, r2_ip_format(&control->source, ip));
	fputc('\n', out);
}

void r2_check_path(FILE *out, const struct r2_subject *subject, const struct r2_names *names,
		   bool colour, bool utf8)
{
	const struct r2_evidence *evidence = &subject->evidence;
	char text[R2_PREFIX_TEXT], from[R2_IP_TEXT];

	bool any = evidence->wanted.family || evidence->source.source.family;

	fprintf(out, "%s%s%s%s: %s%s\n", colour ? colour_of(subject->proof) : "",
		subject->dst.len < r2_ip_bits(&subject->dst.addr)
			? r2_prefix_name(&subject->dst, text)
			: r2_ip_format(&subject->dst.addr, text),
		any ? " from " : "", any ? source_text(evidence, from) : "",
		r2_proof_word(subject->proof), colour ? "\x1b[0m" : "");
	fprintf(out, "  %s\n", subject->sentence);
	if (!subject->tried || !any)
		return;
	fputc('\n', out);
	draw(out, subject, utf8);
	fputc('\n', out);
	print_kernel(out, evidence, names);
	print_left(out, evidence);
	print_side(out, "answers", evidence, &evidence->source);
	if (evidence->control.source.family)
		print_side(out, "control", evidence, &evidence->control);
	print_mtu(out, evidence);
	print_asked(out, evidence);
	print_boomerang(out, evidence);
	if (evidence->drops)
		fprintf(out, "  filter   IPReversePathFilter rose by %llu\n",
			(unsigned long long)evidence->drops);
	if (subject->dst.len < r2_ip_bits(&subject->dst.addr))
		fprintf(out, "  tried    %u addresses, %u work\n", subject->tried, subject->works);
}

/* ---- the table ---- */

void r2_check_table(FILE *out, const struct r2_subject *subjects, size_t n, bool colour)
{
	char dst[R2_PREFIX_TEXT], from[R2_IP_TEXT];
	size_t wide[2] = {0};

	for (size_t i = 0; i < n; i++) {
		size_t a = strlen(r2_prefix_name(&subjects[i].dst, dst));
		size_t b = strlen(source_text(&subjects[i].evidence, from));

		wide[0] = a > wide[0] ? a : wide[0];
		wide[1] = b > wide[1] ? b : wide[1];
	}
	for (size_t i = 0; i < n; i++) {
		enum r2_proof proof = subjects[i].proof;

		fprintf(out, "%-*s  %-*s  %s%-14s%s  %s\n", (int)wide[0],
			r2_prefix_name(&subjects[i].dst, dst), (int)wide[1],
			source_text(&subjects[i].evidence, from), colour ? colour_of(proof) : "",
			r2_proof_word(proof), colour ? "\x1b[0m" : "", subjects[i].sentence);
	}
}
