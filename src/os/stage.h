/* SPDX-License-Identifier: MIT */
/*
 * The stage of the self-test: one interface, addresses that belong to nobody, and where it can be
 * had a far side that hears what leaves.
 *
 * Whatever is put on the stage is known again by what it is, so that it is cleared away by looking
 * and not by remembering: after an experiment, and after a run that was killed alike.
 *
 *   addresses    from the documentation's ranges, on the stage's interface, with a lifetime of
 *                R2_STAGE_LIFETIME: should nobody come back for them, the system removes them
 *   routes       on that interface to a documentation prefix, with metric R2_STAGE_METRIC
 *   neighbours   on that interface, of a documentation address or one of the two phantoms below
 *
 * Ranges: RFC 5737 (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24), RFC 3849 (2001:db8::/32).
 */
#ifndef R2_OS_STAGE_H
#define R2_OS_STAGE_H

#include "os/os.h"

#define R2_STAGE_METRIC   7232
#define R2_STAGE_LIFETIME 600 /* seconds */
#define R2_STAGE_SUBNET4  24  /* length of the subnet that every address is in */
#define R2_STAGE_SUBNET6  64
/* The last of the ranges that phantoms are taken from, where a host's own phantoms come last. */
#define R2_STAGE_PHANTOM4 "169.254.0.254"
#define R2_STAGE_PHANTOM6 "fe80::7232:fffe"

/** enum r2_stage_can - what a stage offers; an experiment says what it needs of it */
enum r2_stage_can {
	R2_STAGE_IPV6 = 1 << 0,
	R2_STAGE_HEARS = 1 << 1,   /* what leaves by the interface is heard */
	R2_STAGE_GATEWAY = 1 << 2, /* a gateway answers to ARP and ND there */
	R2_STAGE_SPEAKS = 1 << 3,  /* the far side can say what is not true */
	R2_STAGE_CARRIER = 1 << 4, /* the carrier can be taken away */
	R2_STAGE_DISABLE = 1 << 5, /* the interface may be switched off and on */
};

/**
 * struct r2_stage
 * @os: the system, seen from where the stage is; the stage's own handle
 * @link: the interface
 * @can: enum r2_stage_can
 * @gateway: the MAC of the gateway there; nobody's if no gateway answers
 * @kind: what it is, for the report: no name or address of this machine
 */
struct r2_stage {
	struct r2_os *os;
	struct r2_link link;
	unsigned can;
	struct r2_mac gateway;
	char kind[160];
};

/**
 * struct r2_frame - a packet that left
 * @heard: false where nothing hears (no R2_STAGE_HEARS)
 */
struct r2_frame {
	bool heard;
	struct r2_ip source;
	struct r2_mac to;
};

/* ---- one implementation a system ---- */

/**
 * struct r2_stage_options
 * @netns: as r2_linux_open()
 * @dev: the interface to use, or NULL. Linux: a pair of its own, in a network namespace that goes
 *	with the process. Windows: a spare or loopback adapter.
 * @disruptive: the interface of @dev may be switched off and on
 * @wait_ms, @waiting, @ctx: as struct r2_change_options
 */
struct r2_stage_options {
	const char *netns;
	const char *dev;
	bool disruptive;
	unsigned wait_ms;
	void (*waiting)(void *ctx, const char *holder);
	void *ctx;
};

/**
 * r2_stage_open() - become the one writer, and clear away what a killed run has left
 *
 * Until r2_stage_close() what would end the program is held back. Refused: an interface with a
 * default route, and a host that uses the documentation's addresses.
 *
 * Return: NULL with the error; nothing has changed then.
 */
struct r2_stage *r2_stage_open(const struct r2_stage_options *options, struct r2_error *err);

/** r2_stage_close() - clear and give back. Return: false if something is left, and what */
bool r2_stage_close(struct r2_stage *stage, struct r2_error *err);

/** r2_stage_clear() - take away all that the self-test ever puts on a stage */
bool r2_stage_clear(struct r2_stage *stage, struct r2_error *err);

/** r2_stage_interrupted() - does somebody want to end the program */
bool r2_stage_interrupted(struct r2_stage *stage);

/**
 * r2_stage_address() - add an address, in a subnet of R2_STAGE_SUBNET4 or 6; in service when this
 * returns
 * @skip: Windows: with SkipAsSource
 */
bool r2_stage_address(struct r2_stage *stage, const struct r2_ip *ip, bool skip,
		      struct r2_error *err);
bool r2_stage_address_del(struct r2_stage *stage, const struct r2_ip *ip, struct r2_error *err);

/** r2_stage_foreign() - add a route as another tool would: not by the seam, without its owner */
bool r2_stage_foreign(struct r2_stage *stage, const struct r2_route *route, struct r2_error *err);

/**
 * r2_stage_packet() - send a datagram to @dst from an unbound socket
 * @ret: how it left; where something hears and nothing came, that is an error
 */
bool r2_stage_packet(struct r2_stage *stage, const struct r2_ip *dst, struct r2_frame *ret,
		     struct r2_error *err);

/** r2_stage_claim() - the far side says that @ip is at @mac: an answer that nobody asked for */
bool r2_stage_claim(struct r2_stage *stage, const struct r2_ip *ip, const struct r2_mac *mac,
		    struct r2_error *err);

/** r2_stage_carrier() - take the carrier away, or give it back; has happened when this returns */
bool r2_stage_carrier(struct r2_stage *stage, bool on, struct r2_error *err);

/** r2_stage_enable() - switch the interface off, or on; has happened when this returns */
bool r2_stage_enable(struct r2_stage *stage, bool on, struct r2_error *err);

/** r2_stage_system() - name and version of the system that we run on. Return: @buf */
const char *r2_stage_system(char *buf, size_t size);

/* ---- what they share: stage.c ---- */

/** r2_stage_is_test() - an address that only the self-test uses */
bool r2_stage_is_test(const struct r2_ip *ip);

/** r2_stage_is_ours() - is @route one that the self-test puts on @link */
bool r2_stage_is_ours(const struct r2_route *route, uint32_t link);

/** r2_stage_is_orphan() - the subnet, on @link, of a test address that is there no more */
bool r2_stage_is_orphan(const struct r2_host *host, const struct r2_route *route, uint32_t link);

/**
 * r2_stage_take() - may @stage->link be the stage; if so, what a killed run has left is cleared
 *
 * Return: false with why not: then nothing was touched.
 */
bool r2_stage_take(struct r2_stage *stage, struct r2_error *err);

/** r2_stage_begin() - become the one writer */
bool r2_stage_begin(struct r2_stage *stage, const struct r2_stage_options *options,
		    struct r2_error *err);

/** r2_stage_fits() - has @link neighbours with MACs, no default route, and is it up */
bool r2_stage_fits(const struct r2_host *host, const struct r2_link *link, struct r2_error *err);

#endif
