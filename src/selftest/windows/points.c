/* SPDX-License-Identifier: MIT */
/* The points on Windows: what documents leave open, or promise and nobody of us has seen. */
#include "selftest/points.h"

/* The next hop chooses: b with its last bit turned (core/steer.h). */
const char *const r2_phantoms[2] = {"192.0.2.17", "2001:db8:0:1::17"};

#define BOTH(name, needs, tried, expected, where, run)                                             \
	{name "-ipv4", R2_IPV4, needs, tried, expected, where, run},                               \
	{                                                                                          \
		name "-ipv6", R2_IPV6, needs, tried, expected, where, run                          \
	}

const struct r2_point r2_points[] = {
	{"next-hop-bits", R2_IPV4, 0,
	 "addresses .12 and .16 of one subnet, and next hops .15 and .17, whose leading bits "
	 "beyond "
	 "the mask are those of the one and the other",
	 "by .15 it is .12, by .17 .16, in whichever order they were added",
	 "KB 969029, rule 3 there; doc/phantom.md", r2_point_next_hop_bits},
	{"next-hop-bits-ipv6", R2_IPV6, 0, "the same in IPv6",
	 "the next hop makes no difference: no document says that its bits count",
	 "KB 969029; RFC 3484 section 5", r2_point_next_hop_bits6},
	{"tie-far", R2_IPV4, 0,
	 "addresses .50 and .100, and next hop .254, which shares as many bits with each",
	 "one of the two; no document says which, so it is recorded", "KB 969029",
	 r2_point_tie_far},
	{"tie-pair", R2_IPV4, 0,
	 "addresses .10 and .11, and next hop .9, which shares as many bits with each",
	 "one of the two; no document says which, so it is recorded", "KB 969029",
	 r2_point_tie_pair},
	BOTH("skip-as-source", 0,
	     "two addresses, of which the one that is near the next hop has SkipAsSource",
	     "it is the other", "KB 975808, KB 2386184", r2_point_skip),
	BOTH("off-subnet", 0,
	     "a next hop in no subnet of the adapter, with a permanent neighbour, and a packet by "
	     "it",
	     "both are accepted, the packet leaves without a question for the next hop, and the "
	     "neighbour stays permanent",
	     "CreateIpForwardEntry2(), CreateIpNetEntry2(), Microsoft Learn", r2_point_off_subnet),
	BOTH("stays", 0, "packets by a phantom that is in no subnet of ours",
	     "its entry stays permanent, and the route stands",
	     "NlnsPermanent, MIB_IPNET_ROW2, Microsoft Learn", r2_point_phantom_stays),
	BOTH("state", 0,
	     "neighbours created with State permanent, reachable and unreachable, each twice",
	     "each is permanent, and the second time ERROR_OBJECT_ALREADY_EXISTS (5010)",
	     "CreateIpNetEntry2(), Microsoft Learn", r2_point_state),
	BOTH("down", R2_STAGE_DISABLE, "the adapter is switched off and on again",
	     "the phantom's entry and the route go together, so that no half is a black hole",
	     "no document says", r2_point_disable),
	BOTH("unrelated", 0, "an address that no route names is removed",
	     "the phantom's entry and the route stay",
	     "the fault of Windows Vista to Server 2008 R2 that deletes routes then, Microsoft "
	     "Support",
	     r2_point_unrelated),
	BOTH("witnesses", 0,
	     "GetBestRoute2() and a connected socket, by a next hop near each address",
	     "both name the same source", "GetBestRoute2(), connect(), Microsoft Learn",
	     r2_point_witnesses),
	BOTH("current", 0, "GetBestRoute2() right after a route is added, removed, and added again",
	     "each is answered by what stands at that moment", "GetBestRoute2(), Microsoft Learn",
	     r2_point_current),
	BOTH("twice", 0, "the same entry and route added twice, then removed twice",
	     "the second time changes nothing and is no failure", "src/os/os.h, apply",
	     r2_point_twice),
	BOTH("policy", 0,
	     "a connection policy that names the other address as source, for one destination",
	     "a connected socket has that source, and the first one again without the policy",
	     "FwpmConnectionPolicyAdd0(), Microsoft Learn", r2_point_policy),
	BOTH("owner", 0,
	     "a route of ours, and one with the protocol that `route add` gives, read back",
	     "what tells them apart, if anything does, is recorded",
	     "NL_ROUTE_PROTOCOL, NL_ROUTE_ORIGIN, Microsoft Learn", r2_point_owner),
	BOTH("model", 0, "the model of `explain` and Windows, asked for four destinations",
	     "they answer the same", "doc/model-windows.md", r2_point_model),
};
const size_t r2_n_points = sizeof(r2_points) / sizeof(*r2_points);
