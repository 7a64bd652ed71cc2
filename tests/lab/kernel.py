# SPDX-License-Identifier: MIT
"""What the kernel of a host has, in the words of the tests: asked of iproute2, never of route2."""

NUMBERS = ("-N", "-details")
OURS = "114"
BOOK = "29234"


def family_of(address):
    """The option of ip that says the family of an address or prefix."""
    return "-6" if ":" in address else "-4"


def routes(host, prefix, table="main"):
    """All routes to just this prefix, first the one that serves."""
    number = {"main": "254"}.get(str(table), str(table))
    return [route for route in host.ip_json(f"{family_of(prefix)} route show table all exact "
                                            f"{prefix}", NUMBERS)
            if route.get("table", "254") == number]


def our_route(host, prefix, table="main"):
    """The one route of route2's to this prefix, or None."""
    ours = [route for route in routes(host, prefix, table) if route.get("protocol") == OURS]
    assert len(ours) <= 1, f"several routes of route2's to {prefix}: {ours}"
    return ours[0] if ours else None


def next_hop(host, prefix, table="main"):
    """Where route2's route to this prefix leads: an address, or None."""
    route = our_route(host, prefix, table)
    assert route, f"no route of route2's to {prefix} in table {table}"
    return route.get("gateway") or route.get("via", {}).get("host")


def neighbours(host, interface="e0"):
    """Route2's permanent neighbours, the phantoms: {address: MAC}."""
    return {entry["dst"]: entry.get("lladdr")
            for entry in host.ip_json(f"neigh show nud all dev {interface}", NUMBERS)
            if entry.get("protocol") == OURS}


def book(host):
    """The lines of the book: [(destination, next hop, metric, preferred source)], sorted."""
    lines = []
    for family in ("-4", "-6"):
        for route in host.ip_json(f"{family} route show table all", NUMBERS):
            if route.get("table") == BOOK:
                hop = route.get("gateway") or route.get("via", {}).get("host")
                lines.append((route["dst"], hop, route.get("metric"), route.get("prefsrc")))
    return sorted(lines, key=str)
