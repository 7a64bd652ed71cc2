/* SPDX-License-Identifier: MIT */
#include "evidence.h"

static const struct r2_host *evidence_host(void)
{
	static struct r2_link link = {.index = E0, .name = "e0", .flags = R2_LINK_UP};
	static struct r2_addr addrs[2];
	static struct r2_host host = {.links = {.at = &link, .n = 1, .room = 1},
				      .addrs = {.at = addrs, .n = 2, .room = 2}};

	link.mac = mac("02:00:00:00:01:01");
	addrs[0] = (struct r2_addr){.link = E0, .ip = ip("4.3.2.2")};
	addrs[1] = (struct r2_addr){.link = E0, .ip = ip("3.3.3.3")};
	return &host;
}

struct r2_side evidence_side(const char *source, unsigned answered)
{
	struct r2_side one = {.source = ip(source), .sent = 10, .answered = answered};

	one.taken = one.accepted = answered;
	one.left = (struct r2_leaving){.seen = true,
				       .link = E0,
				       .src = ip(source),
				       .from = mac("02:00:00:00:01:01"),
				       .to = mac("02:00:00:00:02:01")};
	if (answered)
		one.answer = (struct r2_coming){.seen = true,
						.heard = true,
						.link = E0,
						.from = mac("02:00:00:00:02:01"),
						.to = mac("02:00:00:00:01:01"),
						.ttl = 63};
	return one;
}

struct r2_evidence evidence_that_works(void)
{
	struct r2_evidence one = {.host = evidence_host(),
				  .dst = ip("1.2.3.4"),
				  .installed = true,
				  .wanted = ip("3.3.3.3"),
				  .link = E0,
				  .gateways = {.n = 1, .at = {ip("4.3.2.1")}},
				  .macs = {mac("02:00:00:00:02:01")},
				  .kernel = {.source = ip("3.3.3.3"),
					     .gateway = ip("4.3.2.1"),
					     .link = E0,
					     .table = R2_MAIN_TABLE},
				  .need = 10,
				  .only_link = true};

	one.source = evidence_side("3.3.3.3", 10);
	one.control = evidence_side("4.3.2.2", 10);
	one.heed.ip = ip("3.3.3.3");
	return one;
}

void fall_silent(struct r2_evidence *e)
{
	e->source = evidence_side("3.3.3.3", 0);
	e->alone = e->control.answered;
}

void object(struct r2_objection *objection, uint8_t type, uint8_t code)
{
	*objection = (struct r2_objection){true, ip("4.3.2.1"), type, code, 0};
}

static void chance_side(struct r2_side *one)
{
	one->answered = chance(3) ? chance(11) : 0;
	one->taken = one->answered && maybe() ? 1 + chance(one->answered) : 0;
	one->accepted = one->taken && maybe() ? 1 + chance(one->taken) : 0;
	one->left.seen = chance(8) != 0;
	if (!chance(6))
		one->left.src = ip("4.3.2.9");
	if (!chance(6))
		one->left.link = E1;
	if (!chance(6))
		one->left.to = mac("02:00:00:00:66:66");
	one->answer.seen = one->answered != 0;
	one->answer.refused = maybe();
	one->answer.strayed = maybe();
	if (!chance(3))
		object(&one->objection, maybe() ? 3 : 11, (uint8_t)chance(15));
}

struct r2_evidence chance_evidence(void)
{
	struct r2_evidence e = evidence_that_works();

	chance_side(&e.source);
	chance_side(&e.control);
	if (!chance(5))
		e.control = (struct r2_side){0};
	e.alone = e.source.answered ? 0 : e.control.answered;
	if (!chance(6))
		e.kernel.error = 113;
	if (!chance(4))
		e.macs[0] = (struct r2_mac){0};
	if (!chance(8))
		e.wanted = (struct r2_ip){0};
	e.heed.asked = maybe();
	e.heed.told = maybe();
	e.heed.by = mac(maybe() ? "02:00:00:00:02:01" : "02:00:00:00:66:66");
	e.boomerang.tried = maybe();
	e.boomerang.returned = maybe();
	e.boomerang.passed = maybe();
	e.boomerang.to = mac(maybe() ? "02:00:00:00:02:01" : "02:00:00:00:66:66");
	if (maybe())
		object(&e.boomerang.objection, 3, (uint8_t)chance(15));
	e.only_link = maybe();
	e.port = (uint16_t)chance(100);
	return e;
}
