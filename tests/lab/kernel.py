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


def _table(host, name):
    """The rows of a file under /proc/net, as the host sees it."""
    with host.namespace.inside(), open(f"/proc/thread-self/net/{name}") as file:
        return [line.split() for line in file]


def unfinished(host):
    """IPv6 addresses that are not in service yet: tentative, or without their local route.

    The kernel sees to that in the background, even where it detects no duplicates. Left out are
    interfaces that have no carrier, and those where duplicates are detected: that takes its time.
    """
    tentative, local = 0x40, 0x80000000
    served = {row[0] for row in _table(host, "ipv6_route") if int(row[8], 16) & local}
    late = [row for row in _table(host, "if_inet6")
            if int(row[4], 16) & tentative or row[0] not in served]
    return [row for row in late if host.is_running(row[5])
            and int(host.sysctl(f"net/ipv6/conf/{row[5]}/accept_dad")) <= 0]
