/* SPDX-License-Identifier: MIT */
/* The words of flags: those of iproute2, and for settings the names of the kernel's sysctls. */
#include "paper/read.h"

const struct r2_flag_names r2_link_flags = {5,
					    {{"UP", R2_LINK_UP},
					     {"LOWER_UP", R2_LINK_CARRIER},
					     {"LOOPBACK", R2_LINK_LOOPBACK},
					     {"POINTOPOINT", R2_LINK_POINTOPOINT},
					     {"NOARP", R2_LINK_NOARP}}};

const struct r2_flag_names r2_link_settings = {
	11,
	{{"ipv4/ignore_routes_with_linkdown", R2_LINK_IGNORE_LINKDOWN4},
	 {"ipv6/ignore_routes_with_linkdown", R2_LINK_IGNORE_LINKDOWN6},
	 {"ipv4/route_localnet", R2_LINK_ROUTE_LOCALNET},
	 {"ipv6/use_oif_addrs_only", R2_LINK_USE_OIF_ADDRS_ONLY},
	 {"ipv6/use_optimistic", R2_LINK_USE_OPTIMISTIC},
	 {"ipv6/use_tempaddr", R2_LINK_PREFER_TEMPORARY},
	 {"ipv6/disable_ipv6", R2_LINK_NO_IPV6},
	 {"ipv4/off", R2_LINK_NO_IPV4},
	 {"vrf", R2_LINK_L3_SLAVE},
	 {"ipv4/weakhostsend", R2_LINK_WEAK_HOST_SEND4},
	 {"ipv6/weakhostsend", R2_LINK_WEAK_HOST_SEND6}}};

const struct r2_flag_names r2_addr_flags = {9,
					    {{"secondary", R2_ADDR_SECONDARY},
					     {"deprecated", R2_ADDR_DEPRECATED},
					     {"tentative", R2_ADDR_TENTATIVE},
					     {"dadfailed", R2_ADDR_DADFAILED},
					     {"temporary", R2_ADDR_TEMPORARY},
					     {"optimistic", R2_ADDR_OPTIMISTIC},
					     {"home", R2_ADDR_HOME},
					     {"skip_as_source", R2_ADDR_SKIP_AS_SOURCE},
					     {"skip_is_ours", R2_ADDR_SKIP_IS_OURS}}};

const struct r2_flag_names r2_hop_flags = {
	3, {{"onlink", R2_ROUTE_ONLINK}, {"dead", R2_ROUTE_DEAD}, {"linkdown", R2_ROUTE_LINKDOWN}}};

const struct r2_flag_names r2_neigh_states = {8,
					      {{"INCOMPLETE", R2_NUD_INCOMPLETE},
					       {"REACHABLE", R2_NUD_REACHABLE},
					       {"STALE", R2_NUD_STALE},
					       {"DELAY", R2_NUD_DELAY},
					       {"PROBE", R2_NUD_PROBE},
					       {"FAILED", R2_NUD_FAILED},
					       {"NOARP", R2_NUD_NOARP},
					       {"PERMANENT", R2_NUD_PERMANENT}}};

const struct r2_flag_names r2_rule_selectors = {6,
						{{"not", R2_SELECT_INVERT},
						 {"l3mdev", R2_SELECT_L3MDEV},
						 {"tun_id", R2_SELECT_TUNNEL},
						 {"find_saddr", R2_SELECT_FIND_SADDR},
						 {"dscp", R2_SELECT_DSCP},
						 {"unknown", R2_SELECT_UNKNOWN}}};

const struct r2_flag_names r2_host_settings = {5,
					       {{"ipv6/forwarding", R2_HOST_FORWARDING6},
						{"source_specific_routes", R2_HOST_SOURCE_SPECIFIC},
						{"rules_unknown", R2_HOST_NO_RULES},
						{"ipv4/connection_policies", R2_HOST_POLICY},
						{"ipv6/connection_policies", R2_HOST_POLICY6}}};
