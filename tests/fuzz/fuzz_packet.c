/* SPDX-License-Identifier: MIT */
/* Any bytes as an IP packet: what is understood lies within them, and what is written reads back.
 */
#include <string.h>

#include "fuzz.h"
#include "os/linux/probe_packet.h"

static void check_read(const struct r2_packet *packet)
{
	CHECK(packet->src.family == packet->dst.family && packet->src.family);
	CHECK(packet->kind != R2_PACKET_ERROR || !packet->marked);
	CHECK((packet->about.family == R2_IPV6) ==
	      (packet->kind == R2_PACKET_SOLICIT || packet->kind == R2_PACKET_ADVERT));
}

static void write_and_read(const struct r2_packet *packet)
{
	uint8_t bytes[128];
	struct r2_packet again, quoted;
	size_t len = r2_packet_write(packet, 0, bytes);

	CHECK(len <= sizeof(bytes) && r2_packet_read(bytes, len, &again, &quoted));
	CHECK(again.kind == packet->kind && again.sport == packet->sport &&
	      again.dport == packet->dport);
	CHECK(r2_ip_equal(&again.src, &packet->src) && r2_ip_equal(&again.dst, &packet->dst));
	CHECK(again.seq == packet->seq && again.flags == packet->flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct r2_packet packet, quoted;
	uint8_t *exact = malloc(size ? size : 1); /* of its exact size, for the address sanitizer */

	if (!exact)
		return 0;
	memcpy(exact, data, size);
	if (r2_packet_read(exact, size, &packet, &quoted)) {
		check_read(&packet);
		if (quoted.src.family)
			CHECK(packet.kind == R2_PACKET_ERROR);
		if (packet.kind == R2_PACKET_ECHO || packet.kind == R2_PACKET_TCP ||
		    packet.kind == R2_PACKET_UDP)
			write_and_read(&packet);
	}
	free(exact);
	return 0;
}
