/* SPDX-License-Identifier: MIT */
/* Proofs for programs. */
#include "cli/check.h"
#include "cli/lines.h"
#include "core/select.h"

static void json_mac(struct r2_json *json, const char *key, const struct r2_mac *mac)
{
	char text[R2_MAC_TEXT];

	if (mac->len)
		r2_json_text(json, key, r2_mac_format(mac, text));
}

static void json_objection(struct r2_json *json, const struct r2_objection *objection)
{
	char text[R2_OBJECTION_TEXT];

	if (!objection->seen)
		return;
	r2_json_open(json, "icmp_error", '{');
	r2_json_ip(json, "from", &objection->who);
	r2_json_number(json, "type", objection->type);
	r2_json_number(json, "code", objection->code);
	r2_json_text(json, "text", r2_objection_text(objection, text));
	r2_json_close(json, '}');
}

static void json_kernel(struct r2_json *json, const struct r2_evidence *evidence,
			const struct r2_names *names)
{
	const struct r2_answer *kernel = &evidence->kernel;
	char number[16], table[R2_PROTOCOL_TEXT];

	r2_json_open(json, "kernel", '{');
	if (kernel->error) {
		r2_json_text(json, "error", r2_errno_name(kernel->error, number));
	} else {
		r2_json_ip(json, "prefsrc", &kernel->source);
		r2_json_ip(json, "gateway", &kernel->gateway);
		r2_json_text(json, "dev", r2_host_link_name(evidence->host, kernel->link));
		r2_json_text(json, "table", r2_table_text(kernel->table, names, table));
	}
	r2_json_close(json, '}');
}

static void json_left(struct r2_json *json, const struct r2_evidence *evidence)
{
	const struct r2_leaving *left = &evidence->source.left;

	if (!left->seen)
		return;
	r2_json_open(json, "leaves", '{');
	r2_json_bool(json, "by_hand",
		     !evidence->installed && !evidence->bound && !evidence->by_socket);
	r2_json_bool(json, "seen", !evidence->unseen);
	r2_json_ip(json, "prefsrc", &left->src);
	r2_json_text(json, "dev", r2_host_link_name(evidence->host, left->link));
	json_mac(json, "from_lladdr", &left->from);
	json_mac(json, "lladdr", &left->to);
	if (r2_check_gateway(evidence, &left->to))
		r2_json_ip(json, "gateway", r2_check_gateway(evidence, &left->to));
	r2_json_close(json, '}');
}

static void json_side(struct r2_json *json, const char *key, const struct r2_evidence *evidence,
		      const struct r2_side *side)
{
	const struct r2_coming *answer = &side->answer;

	if (!side->source.family)
		return;
	r2_json_open(json, key, '{');
	r2_json_ip(json, "source", &side->source);
	r2_json_number(json, "sent", side->sent);
	r2_json_number(json, "answered", side->answered);
	r2_json_number(json, "let_in", side->taken);
	if (side->answered) {
		r2_json_number(json, "rtt_usec", answer->usec);
		if (answer->ttl)
			r2_json_number(json, "ttl", answer->ttl);
		if (answer->link)
			r2_json_text(json, "dev", r2_host_link_name(evidence->host, answer->link));
		json_mac(json, "lladdr", &answer->from);
		r2_json_bool(json, "declined", answer->declined);
		r2_json_bool(json, "rp_filter_drops", answer->refused);
	}
	if (side->mtu)
		r2_json_number(json, "mtu", side->mtu);
	json_objection(json, &side->objection);
	r2_json_close(json, '}');
}

static void json_back(struct r2_json *json, const struct r2_evidence *evidence)
{
	const struct r2_heed *heed = &evidence->heed;
	const struct r2_boomerang *boomerang = &evidence->boomerang;

	r2_json_open(json, "asked_for", '{');
	if (!evidence->unseen)
		r2_json_bool(json, "asked", heed->asked);
	if (heed->asked) {
		json_mac(json, "lladdr", &heed->by);
		r2_json_text(json, "dev", r2_host_link_name(evidence->host, heed->link));
		r2_json_bool(json, "answered", heed->told);
	}
	r2_json_close(json, '}');
	r2_json_number(json, "rp_filter_count", evidence->drops);
	if (!boomerang->tried)
		return;
	r2_json_open(json, "boomerang", '{');
	r2_json_bool(json, "returned", boomerang->returned);
	r2_json_bool(json, "passed", boomerang->passed);
	json_mac(json, "lladdr", &boomerang->to);
	json_objection(json, &boomerang->objection);
	r2_json_close(json, '}');
}

void r2_check_json(struct r2_json *json, const struct r2_subject *subject,
		   const struct r2_names *names)
{
	const struct r2_evidence *evidence = &subject->evidence;
	char text[R2_PREFIX_TEXT];

	r2_json_open(json, NULL, '{');
	r2_json_text(json, "destination", r2_prefix_format(&subject->dst, text));
	r2_json_ip(json, "source", &subject->wanted);
	if (subject->gateways.n)
		r2_json_ip(json, "gateway", &subject->gateways.at[0]);
	r2_json_text(json, "verdict", r2_proof_word(subject->proof));
	r2_json_text(json, "sentence", subject->sentence);
	r2_json_number(json, "tried", subject->tried);
	r2_json_number(json, "works", subject->works);
	if (subject->tried) {
		r2_json_ip(json, "sample", &evidence->dst);
		r2_json_text(json, "by", r2_probe_word(evidence->by));
		if (evidence->by != R2_BY_ICMP)
			r2_json_number(json, "port", evidence->port);
		json_kernel(json, evidence, names);
		json_left(json, evidence);
		json_side(json, "answers", evidence, &evidence->source);
		json_side(json, "control", evidence, &evidence->control);
		json_back(json, evidence);
	}
	r2_json_close(json, '}');
}
