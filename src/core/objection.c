/* SPDX-License-Identifier: MIT */
/* ICMP errors: what they say. */
#include "core/proof.h"

#include <stdio.h>

/* RFC 792, RFC 1812 section 5.2.7.1. */
static const char *const UNREACHABLE4[] = {
	[0] = "network unreachable",
	[1] = "host unreachable",
	[2] = "protocol unreachable",
	[3] = "port unreachable",
	[4] = "fragmentation needed",
	[6] = "network unknown",
	[7] = "host unknown",
	[9] = "network administratively prohibited",
	[10] = "host administratively prohibited",
	[13] = "administratively prohibited",
};
/* RFC 4443 section 3.1. */
static const char *const UNREACHABLE6[] = {
	[0] = "no route",
	[1] = "administratively prohibited",
	[2] = "beyond the scope of the source",
	[3] = "address unreachable",
	[4] = "port unreachable",
	[5] = "source address failed policy",
	[6] = "route rejected",
};

bool r2_objection_is_unreachable(const struct r2_objection *objection)
{
	return objection->type == (objection->who.family == R2_IPV4 ? 3 : 1);
}

const char *r2_objection_text(const struct r2_objection *objection, char buf[R2_OBJECTION_TEXT])
{
	bool four = objection->who.family == R2_IPV4;
	const char *const *names = four ? UNREACHABLE4 : UNREACHABLE6;
	size_t n = (four ? sizeof(UNREACHABLE4) : sizeof(UNREACHABLE6)) / sizeof(*names);

	if (r2_objection_is_unreachable(objection) && objection->code < n && names[objection->code])
		return names[objection->code];
	if (objection->type == (four ? 11 : 3))
		return "time exceeded";
	snprintf(buf, R2_OBJECTION_TEXT, "ICMP type %u code %u", objection->type, objection->code);
	return buf;
}

bool r2_objection_knows_no_way(const struct r2_objection *objection)
{
	uint8_t code = objection->code;

	if (!objection->seen || !r2_objection_is_unreachable(objection))
		return false;
	if (objection->who.family == R2_IPV4)
		return code == 0 || code == 1 || code == 6 || code == 7;
	return code == 0 || code == 3;
}
