# SPDX-License-Identifier: MIT
"""Everything that a host's kernel knows and route2 could change, as comparable text."""

import difflib
import json

# What differs from one look to the next without anybody's doing.
_FLEETING = {"valid_life_time", "preferred_life_time", "expires", "used", "confirmed", "updated",
             "refcnt", "probes", "cacheinfo", "age"}
_PER_FAMILY = ("rule show", "route show table all", "neigh show nud all")


def _line(record):
    """A record of `ip -json` as one line."""
    words = []
    for key, value in record.items():
        if key in _FLEETING or value in ([], None):
            continue
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ",".join(value)
        elif not isinstance(value, str):
            value = json.dumps(value)
        words.append(f"{key}={value}")
    return " ".join(words)


def _addresses(links):
    for link in links:
        yield _line({key: link.get(key)
                     for key in ("ifname", "flags", "mtu", "operstate", "address")})
        for address in link["addr_info"]:
            yield f"ifname={link['ifname']} " + _line(address)


def _routes(routes):
    # The order of routes with the same destination decides which one serves: it is kept. That
    # of different destinations hangs on the kernel's tree: it is not.
    for route in sorted(routes, key=lambda route: (int(route["table"]), route["dst"])):
        yield _line(route)


def _lasting(neighbours):
    """Permanent neighbours, and those that somebody put his protocol number on."""
    for neighbour in neighbours:
        permanent = "PERMANENT" in neighbour.get("state", [])  # none at all: NUD_NONE
        if not permanent and "protocol" not in neighbour:
            continue
        if not permanent:  # what the kernel learns meanwhile is no state
            neighbour = {key: value for key, value in neighbour.items()
                         if key not in ("state", "lladdr", "router")}
        yield _line(neighbour)


def _values(text):
    """The JSON values that stand in text one after another."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at = len(text) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield value


def read(host):
    """The state of a host: {part: [line, ...]}, equal if and only if nothing of weight changed."""
    # -N: numbers, so that installed rt_protos or rt_tables make no difference.
    state = {"addresses": list(_addresses(host.ip_json("addr show", options=("-N",))))}
    for family in (4, 6):
        text = host.ip_batch(_PER_FAMILY, options=(f"-{family}", "-json", "-details", "-N"))
        rules, routes, neighbours = _values(text)
        state[f"IPv{family} rules"] = [_line(rule) for rule in rules]
        state[f"IPv{family} routes"] = list(_routes(routes))
        state[f"IPv{family} neighbours"] = sorted(_lasting(neighbours))
    return state


def difference(before, after):
    """What changed between two states as the lines of a diff; "" if nothing did."""
    lines = []
    for part in before:
        changed = list(difflib.unified_diff(before[part], after[part], lineterm="", n=0))[2:]
        lines += [f"{part}: {line}" for line in changed if not line.startswith("@@")]
    return "\n".join(lines)
