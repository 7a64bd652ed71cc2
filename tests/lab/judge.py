# SPDX-License-Identifier: MIT
"""The kernel as judge: random networks, and in each of them what route2's model of Linux says beside what
the kernel says: of many destinations (`route2 explain -` compares the two by itself), and of flows that are
bound to a source or an interface, have a mark, a tos, a protocol and ports (flows.c), as RTM_GETROUTE and as
connect and getsockname tell it.

Run by hand for as long as one likes:  python3 -B tests/lab/judge.py [SEED [WORLDS]]
"""

import ipaddress
import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import lab  # noqa: E402

ROUTE2 = os.environ.get("ROUTE2", os.path.join(lab.__path__[0], "..", "build", "route2"))
FLOWS = os.environ.get("FLOWS", os.path.join(lab.__path__[0], "..", "build/tests/lab/flows"))
PRELUDE = [f"net.ipv6.conf.{which}.{name}={value}" for which in ("default", "all")
           for name, value in (("accept_dad", 0), ("dad_transmits", 0), ("router_solicitations", 0))]


class World:
    """A network as two lists: sysctl settings and lines of `ip -batch`. The kernel may refuse lines;
    what it took is the network."""

    def __init__(self, seed, family):
        self.draw = random.Random(f"{seed} {family}")
        self.family = family
        self.seed = seed
        self.sysctls = []
        self.lines = []
        self.known = []
        self.nexthops = 0
        self._make()

    # Pieces

    def _address(self):
        """One of a narrow space, so that near misses are common."""
        draw = self.draw
        if self.family == 4:
            return draw.choice(["10.0.0.", "10.0.0.", "10.0.1.", "10.0.2.", "172.16.0.",
                                "169.254.1."]) + str(draw.randrange(1, 255))
        return draw.choice(["2001:db8::", "2001:db8::", "2001:db8:0:1::", "fd00::", "fe80::",
                            "2002:a00::", "3ffe::"]) + f"{draw.randrange(1, 255):x}"

    def _prefix(self, shortest, longest):
        length = self.draw.randrange(shortest, longest + 1)
        network = ipaddress.ip_network(f"{self._address()}/{length}", strict=False)
        self.known.append(network)
        return str(network)

    def _dst(self):
        kind = self.draw.random()
        if kind < 0.15:
            return "default"
        if kind < 0.25:
            return self._prefix(8, 16) if self.family == 4 else self._prefix(16, 32)
        return self._prefix(20, 32) if self.family == 4 else self._prefix(48, 128)

    def _link(self):
        return self.draw.choice(["e0", "p0", "e1", "p1", "e0", "e1", "lo"])

    def _own(self):
        return self.draw.choice(self.own) if self.own else self._address()

    def _table(self):
        return self.draw.choice(["main", "main", "main", "100", "200", "default", "local"])

    # Lines

    def _add_address(self):
        draw, length = self.draw, self.draw.choice([8, 16, 20, 24, 24, 25, 28, 30, 31, 32])
        if self.family == 6:
            length = draw.choice([32, 48, 64, 64, 64, 96, 120, 126, 127, 128])
        address = self._address()
        line = f"addr add {address}/{length} dev {self._link()}"
        if draw.random() < 0.15:
            line = f"addr add {address} peer {self._address()}/{length} dev {self._link()}"
        if self.family == 4:
            if draw.random() < 0.3:
                line += " scope " + draw.choice(["host", "link", "site", "global"])
            if draw.random() < 0.2:
                line += " noprefixroute"
        else:
            line += draw.choice(["", "", " nodad", " home", " noprefixroute", " optimistic",
                                 " mngtmpaddr"])
            if draw.random() < 0.25:
                line += " preferred_lft 0 valid_lft forever"
        self.own.append(address)
        self.known.append(ipaddress.ip_network(f"{address}/{length}", strict=False))
        self.lines.append(line)

    def _hop(self):
        draw = self.draw
        kind = draw.random()
        if kind < 0.3:
            return f"dev {self._link()}"
        if self.family == 4 and kind < 0.4:
            return f"via inet6 fe80::{draw.randrange(1, 99):x} dev {draw.choice(['e0', 'e1'])}"
        hop = f"via {self._address()}"
        if kind < 0.8:
            hop += f" dev {draw.choice(['e0', 'p0', 'e1', 'p1'])} onlink"
        return hop

    def _add_route(self):
        draw = self.draw
        kind = draw.random()
        if kind < 0.12:
            line = draw.choice(["blackhole", "unreachable", "prohibit", "throw"]) + " " + self._dst()
        elif kind < 0.22:
            line = self._dst() + "".join(f" nexthop {self._hop()} weight {draw.randrange(1, 4)}"
                                         for _ in range(draw.randrange(2, 4)))
        elif kind < 0.3 and self.nexthops:
            line = f"{self._dst()} nhid {draw.randrange(1, self.nexthops + 1)}"
        elif kind < 0.32:
            inner = f"{draw.choice(['ip', 'ip6'])} id 5 dst {self._address()}"
            line = f"{self._dst()} encap {inner} dev {draw.choice(['e0', 'e1'])}"
        elif kind < 0.37 and self.family == 4:
            line = f"{draw.choice(['local', 'broadcast', 'multicast'])} {self._dst()} " \
                   f"dev {self._link()}"
        else:
            line = f"{self._dst()} {self._hop()}"
            if self.family == 6 and draw.random() < 0.2:
                line += " pref " + draw.choice(["low", "medium", "high"])
        if draw.random() < 0.35 and "throw" not in line and "blackhole" not in line:
            line += f" src {self._own()}"
        if draw.random() < 0.5:
            line += f" metric {draw.choice([1, 5, 10, 256, 1024])}"
        if self.family == 4 and draw.random() < 0.1:
            line += " tos 0x10"
        if self.family == 4 and draw.random() < 0.1:
            line += " scope " + draw.choice(["link", "global", "site"])
        verb = draw.choice(["add", "add", "add", "append", "prepend"])
        if self.family == 6 and verb != "add":
            # Joined to another, it keeps its source, which no dump tells (doc/model-linux.md).
            line = re.sub(r" src \S+", "", line)
        self.lines.append(f"route {verb} {line} table {self._table()}")

    def _add_nexthop(self):
        draw = self.draw
        self.nexthops += 1
        kind = draw.random()
        line = f"nexthop add id {self.nexthops} "
        if kind < 0.15:
            line += "blackhole"
        elif kind < 0.4 and self.nexthops > 2:
            line += f"group {'/'.join(map(str, draw.sample(range(1, self.nexthops), 2)))}"
        else:
            line += self._hop()
        self.lines.append(line)

    def _add_rule(self):
        draw = self.draw
        selectors = {
            "to": lambda: "to " + (self._prefix(8, 32) if self.family == 4
                                   else self._prefix(16, 128)),
            "from": lambda: "from " + (self._prefix(8, 32) if self.family == 4
                                       else self._prefix(16, 128)),
            "iif": lambda: "iif " + draw.choice(["lo", "e0", "gone"]),
            "oif": lambda: "oif " + draw.choice(["e0", "e1", "gone"]),
            "fwmark": lambda: "fwmark " + draw.choice(["0x1", "0x0/0x1", "0x2/0xf"]),
            "tos": lambda: "tos 0x10",
            "uidrange": lambda: "uidrange " + draw.choice(["0-0", "1000-2000", "0-70000"]),
            "ipproto": lambda: "ipproto " + draw.choice(["tcp", "udp", "udp", "icmp"]),
            "sport": lambda: "ipproto udp sport " + draw.choice(["4000", "1-4000"]),
            "dport": lambda: "dport " + draw.choice(["25", "1-1024"]),
        }
        chosen = draw.sample(sorted(selectors), draw.choice([0, 1, 1, 1, 2]))
        line = " ".join(selectors[name]() for name in chosen)
        if draw.random() < 0.15:
            line = "not " + line
        action = draw.random()
        number = draw.choice([draw.randrange(1, 32766), draw.randrange(1, 50)])
        if action < 0.7:
            line += f" table {self._table()}"
            if draw.random() < 0.25:
                line += f" suppress_prefixlength {draw.choice([0, 8, 16, 24, 32])}"
            elif draw.random() < 0.1:
                line += " suppress_ifgroup 7"
        elif action < 0.8:
            line += f" goto {draw.choice([number + 1, 32766, 32767, number + 100])}"
        else:
            line += " " + draw.choice(["nop", "blackhole", "unreachable", "prohibit"])
        self.lines.append(f"rule add {line} priority {number}")

    def _make(self):
        draw = self.draw
        self.own = []
        self.lines = ["link set lo up"]
        for i in range(2):
            self.lines += [f"link add e{i} type veth peer name p{i}", f"link set e{i} up"]
            if draw.random() < 0.85:
                self.lines.append(f"link set p{i} up")
        if draw.random() < 0.3:
            self.lines.append("link set e1 group 7")
        for name, values in (("ipv4.conf.e0.ignore_routes_with_linkdown", (1,)),
                             ("ipv6.conf.e0.ignore_routes_with_linkdown", (1,)),
                             ("ipv4.conf.all.ignore_routes_with_linkdown", (1,)),
                             ("ipv4.conf.e1.route_localnet", (1,)),
                             ("ipv6.conf.e0.use_oif_addrs_only", (1,)),
                             ("ipv6.conf.all.use_oif_addrs_only", (1,)),
                             ("ipv6.conf.e0.use_tempaddr", (1, 2)),
                             ("ipv6.conf.e0.optimistic_dad", (1,)),
                             ("ipv6.conf.all.use_optimistic", (1,)),
                             ("ipv6.conf.e1.use_optimistic", (1,)),
                             ("ipv6.conf.e1.disable_ipv6", (1,)),
                             ("ipv6.conf.all.forwarding", (1,))):
            if draw.random() < 0.15:
                self.sysctls.append(f"net.{name}={draw.choice(values)}")
        for _ in range(draw.randrange(1, 9)):
            self._add_address()
        for _ in range(draw.choice([0, 0, 3])):
            self._add_nexthop()
        for _ in range(draw.randrange(1, 16)):
            self._add_route()
        for _ in range(draw.choice([0, 0, 1, 3, 6])):
            self._add_rule()
        if self.family == 6 and draw.random() < 0.2:
            self.lines.append(f"addrlabel add prefix {self._prefix(16, 64)} label 99")
        if draw.random() < 0.2:
            self.lines.append(f"link set {draw.choice(['e0', 'p0', 'p1'])} down")

    def destinations(self, count):
        """Edges of what is known, and their neighbours; a few of everywhere."""
        draw, found = random.Random(f"{self.seed} {self.family} flows"), []
        space = 1 << (32 if self.family == 4 else 128)
        make = ipaddress.IPv4Address if self.family == 4 else ipaddress.IPv6Address
        anywhere = (["127.0.0.1", "127.1.2.3", "224.0.0.1", "239.1.1.1", "255.255.255.255",
                     "8.8.8.8", "240.0.0.1", "0.1.2.3"] if self.family == 4 else
                    ["::1", "ff02::1", "ff0e::1", "2600::1", "fe80::1", "fec0::1", "::ffff:1.2.3.4",
                     "2001:10::1", "::1.2.3.4"])
        while len(found) < count:
            if draw.random() < 0.1 or not self.known:
                found.append(draw.choice(anywhere))
                continue
            network = draw.choice(self.known)
            first = int(network.network_address)
            last = first + network.num_addresses - 1
            at = draw.choice([first, first + 1, first - 1, last, last - 1, last + 1,
                              draw.randrange(first, last + 1)])
            found.append(str(make(at % space)))
        return found

    def flows(self, count):
        """Lines for flows.c: half of them for a socket."""
        draw, found = random.Random(f"{self.seed} {self.family} bound"), []
        for at, destination in enumerate(self.destinations(count)):
            words = [destination]
            if draw.random() < 0.3 and self.own:
                words += ["src", draw.choice(self.own)]
            if draw.random() < 0.25:
                words += ["oif", draw.choice(["e0", "p0", "e1", "p1", "lo"])]
            if draw.random() < 0.3:
                words += ["mark", draw.choice(["1", "2", "0xf"])]
            if draw.random() < 0.2:
                words += ["tos", "0x10"]
            if at % 2:  # a socket has a port of its own once it is connected
                words += ["proto", "17", "sport", draw.choice(["4000", "5000"]),
                          "dport", draw.choice(["25", "53", "2000"]), "connect", "1"]
            elif draw.random() < 0.4:
                words += ["proto", draw.choice(["6", "17"]), "dport", draw.choice(["25", "2000"])]
            found.append(" ".join(words))
        return found


class Vector:
    """A network from a file of vectors/: what once differed, as small as it could be made."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
        self.sysctls = [line[7:] for line in lines if line.startswith("sysctl ")]
        self.questions = [line[4:] for line in lines if line.startswith("ask ")]
        self.family = next((int(line[4]) for line in lines if line.startswith("ip -")), 4)
        self.lines = [line[6:] for line in lines if line.startswith("ip -")]


def make(net, world):
    """The world's host; what the kernel refuses is not in it."""
    host = net.host("judged")
    host.run(["sysctl", "-q", "-w", *PRELUDE])
    links = [line for line in world.lines if line.startswith("link")]
    rest = [line for line in world.lines if not line.startswith("link")]
    late = [line for line in links if line.endswith("down")]
    batch = ["ip", f"-{world.family}", "-force", "-batch", "-"]
    host.run(batch, input="\n".join(line for line in links if line not in late) + "\n")
    for setting in world.sysctls:
        host.run(["sysctl", "-q", "-w", setting])
    host.run(batch, input="\n".join(rest + late) + "\n")
    return host


def explained(host, destinations):
    """What explain says of each destination, one line or two. Return: how many, and the differences
    as (destination, story)."""
    told = host.run([ROUTE2, "explain", "-"], input="\n".join(destinations) + "\n")
    if told.stderr:
        raise AssertionError(told.stderr)
    found, lines = [], told.stdout.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("difference: "):
            found.append((lines[at - 1].split()[0], lines[at - 1] + "\n" + line))
    return len(lines) - len(found), found


def judged(host, flows):
    """The same of flows."""
    told = host.run([FLOWS], input="\n".join(flows) + "\n")
    if told.stderr or told.returncode:
        raise AssertionError(f"flows: {told.returncode} {told.stderr}")
    *lines, last = told.stdout.splitlines()
    return int(last.split()[1].rstrip(",")), [(line.split(";")[0], line) for line in lines]


def answers(world, questions):
    """Both, in the world, made anew each time; a question of one word is a destination."""
    destinations = [one for one in questions if " " not in one]
    flows = [one for one in questions if " " in one]
    compared, found = 0, []
    with lab.Network() as net:
        host = make(net, world)
        for ask, asked in ((explained, destinations), (judged, flows)):
            if asked:
                count, differ = ask(host, asked)
                compared += count
                found += differ
    return compared, found


def shrink(world, question):
    """Leave out what can be left out while the model still differs from the kernel."""
    for lines in (world.lines, world.sysctls):
        at = len(lines) - 1
        while at >= 0:
            taken = lines.pop(at)
            if not answers(world, [question])[1]:
                lines.insert(at, taken)
            at -= 1


def judge(seed, family, count=400):
    """One world. Return: how many answers were compared, and None or the story of a difference."""
    world = World(seed, family)
    flows = [one for one in world.flows(count) if " " in one]
    compared, differ = answers(world, world.destinations(count) + flows)
    # A link's carrier is told a moment after it changed: what is a difference, is one again.
    differ = answers(world, [one for one, _ in differ])[1] if differ else []
    if not differ:
        return compared, None
    shrink(world, differ[0][0])
    with_steps = answers(world, [differ[0][0]])[1]
    return compared, "\n".join([f"seed {seed}, IPv{family}: model and kernel differ:", *world.sysctls,
                                *(f"ip -{family} {line}" for line in world.lines),
                                *(said for _, said in with_steps)])


def main(seed=1, worlds=1000):
    lab.enter()
    total = 0
    for one in range(int(seed), int(seed) + int(worlds)):
        for family in (4, 6):
            compared, story = judge(one, family)
            total += compared
            if story:
                print(story, flush=True)
    print(f"{total} answers compared")


if __name__ == "__main__":
    main(*sys.argv[1:])
