/* SPDX-License-Identifier: MIT */
/* What the files of probing share: probes under way. */
#ifndef R2_OS_LINUX_PROBE_H
#define R2_OS_LINUX_PROBE_H

#include "os/linux/linux.h"
#include "os/linux/probe_packet.h"
#include "os/linux/tap.h"

/** struct r2_end - of a connection or datagram; @port in host order */
struct r2_end {
	struct r2_ip ip;
	uint16_t port;
};

/**
 * struct r2_asked - one probe under way
 * @fd: the socket that asked, or that keeps the port free of the kernel's own answers; -1 for ICMP
 * @own: of the socket; none and 0 before it is sent, and for ICMP
 * @seq: of a SYN made by hand
 * @sent_us: when
 */
struct r2_asked {
	int fd;
	struct r2_end own;
	uint32_t seq;
	int64_t sent_us;
};

/**
 * struct r2_campaign - all probes of one r2_linux_probe()
 * @asked: one for each probe
 * @tap: hears all interfaces; @out: sends frames
 * @raw: ICMP of IPv4 and of IPv6: sends as any program, and hears what came through
 * @nonce, @id: what makes packets ours
 */
struct r2_campaign {
	struct r2_linux *lx;
	struct r2_probing *probing;
	struct r2_asked *asked;
	int tap, out, raw[2];
	uint8_t nonce[R2_MARK - 2];
	uint16_t id;
};

/** r2_probe_now_us() - a clock that only goes forward */
int64_t r2_probe_now_us(void);

/** r2_probe_packet() - the probe as a packet, from @src */
struct r2_packet r2_probe_packet(const struct r2_campaign *campaign, size_t index);

/** r2_probe_is_frame() - made by hand, not sent by a socket */
static inline bool r2_probe_is_frame(const struct r2_shot *probe)
{
	return probe->src.family && !probe->by_socket;
}

/** r2_probe_send() - send one; what the system refuses is noted in it */
bool r2_probe_send(struct r2_campaign *campaign, size_t index, struct r2_error *err);

/** r2_probe_reset() - end a connection that a SYN made by hand has begun on the far side */
void r2_probe_reset(struct r2_campaign *campaign, size_t index);

/** r2_probe_match() - a frame was seen: note what it says of which probe or heed */
void r2_probe_match(struct r2_campaign *campaign, const struct r2_frame *frame);

/** r2_probe_came_through() - an ICMP packet was heard by our own socket; @quoted: of an error */
void r2_probe_came_through(struct r2_campaign *campaign, const struct r2_packet *packet,
			   const struct r2_packet *quoted);

#endif
