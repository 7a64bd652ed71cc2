# SPDX-License-Identifier: MIT
"""Random networks for `check`, and what is true in them.

A World says who has which address, route, rule and filter. From the same words a network is built of
namespaces, and it is computed here, without any kernel, where a packet would get to: the truth that
the verdicts of `check` are held against (proofs.py).

One thing no host can see, and so no world has it: a gateway that drops in silence what goes from just this
source to just this destination, beside a router that the host was never told of and that brings the answers.
"""

import os
import random
import shutil
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

NFT = shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin")
ICMP, TCP, UDP = "icmp", "tcp", "udp"
HOPS = 12


class Plan:
    """The addresses of one family."""

    def __init__(self, family):
        self.family = family
        self.bits = 32 if family == 4 else 128
        self.net = 24 if family == 4 else 64
        self.stray = "02:00:00:00:99:99"

    def at(self, net, host):
        """Address `host` of subnet `net`."""
        return f"10.{net}.0.{host}" if self.family == 4 else f"fd00:{net}::{host:x}"

    def of(self, net):
        """Subnet `net`."""
        return f"{self.at(net, 0)}/{self.net}" if self.family == 4 else f"fd00:{net}::/64"

    def host(self, address):
        """The prefix of one address."""
        return f"{address}/{self.bits}"


LAN, SECOND, OTHER, WAN, LOOSE = 1, 2, 3, 8, 9  # subnets


@dataclass
class Route:
    """kind: dev, via, blackhole, unreachable or prohibit."""

    prefix: str
    kind: str
    out: str = None
    via: str = None
    metric: int = 0

    def line(self):
        """For ip route add."""
        what = {"dev": f"{self.prefix} dev {self.out}",
                "via": f"{self.prefix} via {self.via} dev {self.out} onlink"}.get(
                    self.kind, f"{self.kind} {self.prefix}")
        return f"route add {what}" + (f" metric {self.metric}" if self.metric else "")


@dataclass
class Rule:
    """Of packets from, to, by: dropped."""

    action: str
    src: str = None
    dst: str = None
    proto: str = None

    def matches(self, packet):
        """Is it about this packet?"""
        return all(mine in (None, its) for mine, its in
                   ((self.src, packet.src), (self.dst, packet.dst), (self.proto, packet.proto)))

    def line(self, family):
        """For ip rule add."""
        proto = {ICMP: "icmp" if family == 4 else "ipv6-icmp"}.get(self.proto, self.proto)
        words = [f"from {self.src}" if self.src else "", f"to {self.dst}" if self.dst else "",
                 f"ipproto {proto}" if proto else ""]
        return f"rule add {' '.join(filter(None, words))} {self.action} priority 5"


@dataclass
class Filter(Rule):
    """Of packets that are forwarded: refused by a firewall, with an ICMP error or a TCP reset."""

    def nft(self, family):
        """For nft add rule: its expression."""
        ip, icmp = ("ip", "icmp") if family == 4 else ("ip6", "icmpv6")
        proto = {ICMP: "icmp" if family == 4 else "ipv6-icmp"}.get(self.proto, self.proto)
        words = [f"{ip} saddr {self.src}" if self.src else "", f"{ip} daddr {self.dst}" if self.dst else "",
                 f"meta l4proto {proto}" if proto else "",
                 "reject with tcp reset" if self.action == "reset" else
                 "drop" if self.action == "drop" else f"reject with {icmp} type {self.action}"]
        return " ".join(filter(None, words))


@dataclass
class Packet:
    """What the way of a packet depends on."""

    src: str
    dst: str
    proto: str


@dataclass
class Node:
    """One host or router."""

    name: str
    forwards: bool = True
    wires: dict = field(default_factory=dict)     # interface: segment
    addresses: list = field(default_factory=list)  # (address, length, interface)
    routes: list = field(default_factory=list)
    rules: list = field(default_factory=list)
    filters: list = field(default_factory=list)
    rp_filter: int = 0
    arp_ignore: int = 0
    strays: set = field(default_factory=set)      # addresses that it has a wrong MAC for
    mute: bool = False                            # no answers to pings
    dead: bool = False

    def has(self, address):
        """Is it its own?"""
        return any(address == own for own, _, _ in self.addresses)

    def lookup(self, packet):
        """The best Route, or None if a rule or nothing has it."""
        if any(rule.matches(packet) for rule in self.rules):
            return None
        connected = [Route(str(ip_network(f"{own}/{length}", strict=False)), "dev", name)
                     for own, length, name in self.addresses if name != "lo"]
        dst, best = ip_address(packet.dst), None
        for route in self.routes + connected:
            if dst not in ip_network(route.prefix):
                continue
            rank = (-ip_network(route.prefix).prefixlen, route.metric)
            if best is None or rank < best[0]:
                best = (rank, route)
        return best[1] if best and best[1].kind in ("dev", "via") else None

    def lets_in(self, packet, interface):
        """RFC 3704: the reverse-path filter."""
        if not self.rp_filter or ":" in packet.src:
            return True
        back = self.lookup(Packet(packet.dst, packet.src, packet.proto))
        return back is not None and (self.rp_filter == 2 or back.out == interface)

    def answers_for(self, address, interface):
        """To ARP or neighbour discovery by this interface."""
        if self.dead:
            return False
        strict = self.arp_ignore or ":" in address
        return any(own == address and (not strict or name == interface)
                   for own, _, name in self.addresses)


class World:
    """One network, one route to be checked."""

    def __init__(self, seed):
        draw = random.Random(f"check {seed}")
        self.seed = seed
        self.draw = draw
        self.plan = plan = Plan(draw.choice((4, 4, 6)))
        self.shape = draw.choice(("one", "routers", "uplinks", "uplinks", "hoster"))
        self.host, self.server = Node("host", False), Node("server", False)
        self.gateway = Node("gateway")
        self.second = Node("second") if self.shape in ("routers", "uplinks") else None
        self.dst = plan.at(WAN, 4)
        self.usual = plan.at(LAN, 2)
        self.via = plan.at(LAN, 1)
        self.mode = draw.choice(("hand", "hand", "native", "phantom"))
        self.proto = draw.choice((ICMP, ICMP, ICMP, TCP, UDP))
        self.misled = False
        self.calm = draw.random() < 0.3
        self._wires()
        self._source()
        self._way_back()
        self._troubles()
        if self.shape == "routers" and draw.random() < 0.3:
            self._aside()

    # How it is made

    @property
    def nodes(self):
        """All of them."""
        return [one for one in (self.host, self.gateway, self.second, self.server) if one]

    def _wires(self):
        plan, host, gateway, server = self.plan, self.host, self.gateway, self.server
        single = self.shape == "hoster"
        host.wires["e0"] = gateway.wires["lan0"] = "lan"
        gateway.wires["wan0"] = server.wires["e0"] = "wan"
        host.addresses.append((self.usual, plan.bits if single else plan.net, "e0"))
        gateway.addresses.append((self.via, plan.bits if single else plan.net, "lan0"))
        gateway.addresses.append((plan.at(WAN, 1), plan.net, "wan0"))
        server.addresses.append((self.dst, plan.net, "e0"))
        if single:
            host.routes.append(Route(plan.host(self.via), "dev", "e0"))
            gateway.routes.append(Route(plan.host(self.usual), "dev", "lan0"))
        if self.shape == "routers":
            self.second.wires.update(lan0="lan", wan0="wan")
            self.second.addresses += [(plan.at(LAN, 254), plan.net, "lan0"),
                                      (plan.at(WAN, 254), plan.net, "wan0")]
        if self.shape == "uplinks":
            host.wires["e1"] = self.second.wires["lan0"] = "other"
            self.second.wires["wan0"] = "wan"
            host.addresses.append((plan.at(OTHER, 2), plan.net, "e1"))
            self.second.addresses += [(plan.at(OTHER, 1), plan.net, "lan0"),
                                      (plan.at(WAN, 254), plan.net, "wan0")]
            host.routes.append(Route(self._all(), "via", "e1", plan.at(OTHER, 1), 2000))
            self.second.routes.append(Route(plan.of(LAN), "via", "wan0", plan.at(WAN, 1)))
            gateway.routes.append(Route(plan.of(OTHER), "via", "wan0", plan.at(WAN, 254)))
        host.routes.append(Route(self._all(), "via", "e0", self.via, 1024))
        server.routes.append(Route(self._all(), "via", "e0", self._router_of_server()))

    def _all(self):
        return "0.0.0.0/0" if self.plan.family == 4 else "::/0"

    def _router_of_server(self):
        choices = [self.plan.at(WAN, 1)] * 3 + ([self.plan.at(WAN, 254)] if self.second else [])
        return self.draw.choice(choices)

    def _source(self):
        """The source that is wanted, and which interface has it."""
        plan, draw = self.plan, self.draw
        kinds = ["same", "net", "net", "lo"] + ["e1"] * (2 * (self.shape == "uplinks")) + ["usual"]
        self.kind = draw.choice(kinds)
        if self.shape == "hoster" and self.kind in ("same", "net"):
            self.src = plan.at(SECOND, 3)
            self.host.addresses.append((self.src, plan.bits, "e0"))
        elif self.kind == "same":
            self.src = plan.at(LAN, 7)
            self.host.addresses.append((self.src, plan.net, "e0"))
        elif self.kind == "net":
            self.src = plan.at(SECOND, 3)
            self.host.addresses.append((self.src, plan.net, "e0"))
        elif self.kind == "lo":
            self.src = plan.at(LOOSE, 9)
            self.host.addresses.append((self.src, plan.bits, "lo"))
        else:
            self.src = plan.at(OTHER, 2) if self.kind == "e1" else self.usual

    def _way_back(self):
        """What routers and server know of the source; mostly the right thing."""
        plan, draw = self.plan, self.draw
        prefix = plan.host(self.src)
        for router in (self.gateway, self.second):
            connected = self.kind in ("same", "usual") and draw.random() < 0.7
            if router is None or connected or (self.shape == "hoster" and self.src == self.usual):
                continue
            right = Route(prefix, "dev", "lan0")
            if self.kind == "lo" and draw.random() < 0.7:
                own = self.usual if router.wires["lan0"] == "lan" else plan.at(OTHER, 2)
                right = Route(prefix, "via", "lan0", own)
            wrong = [None, None, Route(prefix, "blackhole"), Route(prefix, "unreachable"),
                     Route(prefix, "prohibit"), Route(prefix, "dev", "wan0"),
                     Route(prefix, "via", "wan0", self.dst)]
            away = [Route(prefix, "via", "wan0", plan.at(WAN, 254))] * 3 \
                if self.second and router is self.gateway else []
            known = right if self.calm or draw.random() < 0.6 else draw.choice(wrong + away)
            if known:
                router.routes.append(known)
        if not self.calm and draw.random() < 0.4:
            known = draw.choice([Route(prefix, "via", "e0", self._router_of_server()),
                                 Route(prefix, "via", "e0", self._router_of_server()),
                                 Route(prefix, "blackhole"), Route(prefix, "unreachable")])
            self.server.routes.append(known)

    def _troubles(self):
        draw, gateway, host = self.draw, self.gateway, self.host
        actions = ("blackhole", "blackhole", "prohibit", "unreachable")
        for router in filter(None, (gateway, self.second) if not self.calm else ()):
            if draw.random() < 0.25:
                proto = draw.choice((None, None, None, ICMP, TCP))
                src, dst = draw.choice(((self.src, None), (self.src, self.dst), (None, self.src),
                                        (None, self.dst), (None, None)))
                if src and self.shape == "routers":
                    dst = None
                if src or dst or proto:
                    router.rules.append(Rule(draw.choice(actions), src, dst, proto))
            elif draw.random() < 0.25:
                router.rp_filter = draw.choice((1, 1, 2))
            if draw.random() < 0.06:
                router.strays.add(self.src)
        self._filters()
        host.rp_filter = draw.choice((0, 1, 1, 2))
        host.arp_ignore = int(draw.random() < 0.3)
        self.server.mute = draw.random() < 0.1
        if draw.random() < 0.04:
            self.mode, gateway.dead = "hand", True
        if self.mode != "hand" and self.src != self.usual and draw.random() < 0.1:
            self.misled = True

    def _filters(self):
        """A firewall on the gateway, in a network that is good otherwise."""
        draw = self.draw
        if not self.calm or draw.random() < 0.6 or not NFT:
            return
        src, dst = draw.choice(((self.src, None), (self.src, self.dst), (None, self.dst),
                                (None, self.src)))
        action = draw.choice(("port-unreachable", "port-unreachable", "admin-prohibited", "drop"))
        proto = draw.choice((None, self.proto))
        if self.proto == TCP and draw.random() < 0.5:
            action, proto = "reset", TCP
        if src and self.shape == "routers":
            dst = None
        self.gateway.filters.append(Filter(action, src, dst, proto))

    def _aside(self):
        """Answers come by a router that the host does not know; the gateway drops the source, or
        does not know it either."""
        draw, plan = self.draw, self.plan
        prefix = plan.host(self.src)
        for node in (self.gateway, self.server):
            node.routes = [one for one in node.routes if one.prefix != prefix]
        if draw.random() < 0.8:
            self.server.routes[0] = Route(self._all(), "via", "e0", plan.at(WAN, 1))
        self.second.routes = [Route(prefix, "dev", "lan0")] * (self.kind not in ("same", "usual"))
        self.second.rules, self.second.strays, self.second.rp_filter = [], set(), 0
        self.server.routes.append(Route(prefix, "via", "e0", plan.at(WAN, 254)))
        kind = draw.randrange(3)
        self.gateway.rp_filter = draw.choice((1, 2)) if kind == 0 else 0
        self.gateway.rules = [Rule("blackhole", self.src, None,
                                   draw.choice((None, self.proto)))] * (kind == 1)

    # What is true

    def _neighbour(self, segment, address):
        """Who answers for an address on a segment, and by which interface."""
        for node in self.nodes:
            for interface, its in node.wires.items():
                if its == segment and node.answers_for(address, interface):
                    return node, interface
        return None

    def walk(self, node, packet, first=None):
        """Send a packet on its way. Return: (node, interface) where it is for, or None.

        first: the gateway's address that a frame is given to, whatever the node's routes say.
        """
        for _ in range(HOPS):
            route = Route("", "via", "e0", first) if first else node.lookup(packet)
            if route is None:
                return None
            hop = route.via if route.kind == "via" else packet.dst
            if hop in node.strays:
                return None
            found = self._neighbour(node.wires.get(route.out), hop)
            if found is None:
                return None
            node, interface = found
            if node is not self.host and not node.lets_in(packet, interface):
                return None
            if node.has(packet.dst):
                return node, interface
            if not node.forwards or any(one.matches(packet) for one in node.filters):
                return None
            first = None
        return None

    def gets_out(self, src):
        """Does a packet from there, by the gateway, reach the destination?"""
        found = self.walk(self.host, Packet(src, self.dst, self.proto), self.via)
        return found is not None and found[0] is self.server

    def comes_in(self, src):
        """The interface that an answer to it arrives by, or None."""
        proto = ICMP if self.proto == UDP else self.proto
        found = self.walk(self.server, Packet(self.dst, src, proto))
        return found[1] if found and found[0] is self.host else None

    def lets_in(self, src, interface):
        """Does the host's own filter, once the route stands?"""
        there = Route(self.plan.host(self.dst), "via", "e0", self.via)
        self.host.routes.append(there)
        try:
            return self.host.lets_in(Packet(self.dst, src, self.proto), interface)
        finally:
            self.host.routes.remove(there)

    def answers(self):
        """Does the destination answer such probes at all?"""
        return not (self.proto == ICMP and self.server.mute)

    def is_answered(self, src):
        """Is a probe from there answered, and does the answer get here?"""
        return self.answers() and self.gets_out(src) and self.comes_in(src) is not None

    def is_reset(self, src):
        """Does a firewall reset it in the destination's name?"""
        packet = Packet(src, self.dst, self.proto)
        return any(one.action == "reset" and one.matches(packet) for one in self.gateway.filters)

    def echoes(self, src):
        """Would a ping from there be answered?"""
        proto, self.proto = self.proto, ICMP
        try:
            return self.is_answered(src)
        finally:
            self.proto = proto

    def works(self, src):
        """And is it let in?"""
        return self.is_answered(src) and self.lets_in(src, self.comes_in(src))

    # How it is built

    def build(self, net):
        """The network in namespaces. Return: the lab's hosts by name."""
        made = {node.name: (net.router if node.forwards else net.host)(node.name)
                for node in self.nodes}
        segments = {}
        for node in self.nodes:
            for interface, segment in node.wires.items():
                segments.setdefault(segment, []).append((made[node.name], interface))
        for name, ends in segments.items():
            if len(ends) == 2:
                net.link(*ends[0], *ends[1])
            else:
                net.segment(name, *ends)
        for node in self.nodes:
            self._configure(node, made[node.name])
        for host in made.values():
            host.settle()
        return made

    def _configure(self, node, host):
        lines = [f"addr add {address}/{length} dev {interface}"
                 + (" nodad" if self.plan.family == 6 else "")
                 for address, length, interface in node.addresses]
        lines += [route.line() for route in node.routes]
        lines += [rule.line(self.plan.family) for rule in node.rules]
        lines += [f"neigh replace {address} lladdr {self.plan.stray} dev lan0 nud permanent"
                  for address in node.strays]
        host.ip_batch(lines, options=(f"-{self.plan.family}",))
        for name in ("all", *node.wires):
            host.sysctl(f"net.ipv4.conf.{name}.rp_filter", node.rp_filter)
        if node.filters:
            rules = [f"add rule inet f c {one.nft(self.plan.family)}" for one in node.filters]
            host.run([NFT, "; ".join(["add table inet f", "add chain inet f c "
                                      "{ type filter hook forward priority 0 ; }"] + rules)], check=True)
        if node.arp_ignore:
            # Who asks in the name of the source tells where it is: nothing would have to be asked.
            host.sysctl("net.ipv4.conf.all.arp_ignore", 1)
            host.sysctl("net.ipv4.conf.all.arp_announce", 2)
        if node.mute:
            host.sysctl("net.ipv4.icmp_echo_ignore_all", 1)
            host.sysctl("net.ipv6.icmp.echo_ignore_all", 1)
        if node.dead:
            host.down("lan0")

    def __str__(self):
        lines = [f"world {self.seed}: IPv{self.plan.family}, {self.shape}, {self.mode}, "
                 f"{self.proto}, to {self.dst} from {self.src} ({self.kind}) via {self.via}"
                 + (", misled" if self.misled else "")]
        for node in self.nodes:
            lines.append(f"  {node.name}: " + ", ".join(
                [f"{address}/{length} {name}" for address, length, name in node.addresses]
                + [route.line() for route in node.routes]
                + [rule.line(self.plan.family) for rule in node.rules]
                + [one.nft(self.plan.family) for one in node.filters]
                + [f"rp_filter {node.rp_filter}"] * bool(node.rp_filter)
                + ["arp_ignore"] * node.arp_ignore + ["mute"] * node.mute + ["dead"] * node.dead
                + [f"stray {address}" for address in node.strays]))
        return "\n".join(lines)
