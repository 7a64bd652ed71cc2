# SPDX-License-Identifier: MIT
"""`switch`, by packets: from the start of the command to the first packet at the new gateway."""

import os
import time

import lab
from lab import topologies

from .watching import Traffic

PREFIXES = {4: "set via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3\n1.2.3.0/24\n",
            6: "set via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3\n2001:db8:5::/64\n"}


def lines(family, count):
    """The route that the traffic takes, and many others by the same phantom."""
    yield PREFIXES[family]
    for n in range(count - 1):
        yield f"11.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" if family == 4 else f"2600::{n >> 16:x}:{n & 65535:x}\n"


def run(argv):
    """Wall-clock second at which a process begins, and the seconds that it takes."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    begun = time.time()
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(f"bench: {' '.join(argv)} failed")
    return begun, time.time() - begun


def one_move(case, ip, argv, there):
    """(seconds to the first packet at the new gateway, seconds of the process, packets lost)."""
    old, new = case.gateways if there else reversed(case.gateways)
    with old.sniff("lan0") as at_old, new.sniff("lan0") as at_new, case.host.sniff("e0") as left:
        at_old.wait_for(lambda f: f.is_udp, timeout=10, what="traffic at the old gateway")
        with case.host.namespace.inside():
            begun, took = run(argv)
        first = at_new.wait_for(lambda f: f.is_udp, timeout=10, what="traffic at the new gateway")
        time.sleep(0.05)
        sent = left.find(lambda f: f.is_udp and f.outgoing and f.dst == ip.server)
        heard = [*at_old.find(lambda f: f.is_udp), *at_new.find(lambda f: f.is_udp)]
    # Those at the very beginning and end may be on their way: a gap inside would be a loss.
    lost = max(0, len(sent) - len(heard) - 2)
    return first.time - begun, took, lost


def commands_of(case, ip, route2):
    """How the traffic can be moved by hand, and by route2."""
    phantom = "169.254.255.1" if ip.family == 4 else "fe80::7232:1"

    def neigh(there):
        gateway = case.gateways[1 if there else 0]
        return ["ip", "neigh", "replace", phantom, "lladdr", gateway.mac("lan0"), "dev", "e0",
                "nud", "permanent", "protocol", "114"]

    return {"route2 switch": lambda _: [route2, "-q", "switch", ip.gateway, "to", ip.backups[0]],
            "ip neigh replace": neigh}


def bench_switch(table, route2):
    """At a thousand routes as at a million."""
    for count in (1000, 1000000):
        for ip in topologies.FAMILIES:
            with lab.Network() as net:
                case = topologies.two_gateways(net)
                case.host.run([route2, "-q", "apply", "-"], check=True, input="".join(lines(ip.family, count)),
                              timeout=120)
                commands = commands_of(case, ip, route2)
                found = {"route2 switch": [], "ip neigh replace": []}
                with Traffic(case.host, ip.server, ip.family):
                    for _ in range(15):
                        for name in found:
                            found[name].append(one_move(case, ip, commands[name](True), True))
                            one_move(case, ip, commands["ip neigh replace"](False), False)
            ours, peer = found["route2 switch"], found["ip neigh replace"]
            print(f"{count} routes, {ip}: lost by route2 {sum(one[2] for one in ours)}, "
                  f"by ip {sum(one[2] for one in peer)}; whole process "
                  f"{sorted(one[1] for one in ours)[7] * 1e3:.2f} ms")
            table.line(f"switch, {count} {ip} / ip neigh replace", [one[0] for one in peer],
                       [one[0] for one in ours], 1.5)
            table.line(f"switch, {count} {ip} / 3 ms", [0.003], [one[0] for one in ours], 1.0)
