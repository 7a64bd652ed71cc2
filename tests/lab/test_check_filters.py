# SPDX-License-Identifier: MIT
"""`check` and firewalls: whose word a refusal is."""

from checking import Check
from lab.topologies import V6

LISTEN = ("import socket, sys\ns = socket.create_server((sys.argv[1], 80))\nprint('ready', flush=True)\n"
          "while True: s.accept()")
PROBES = ("", "--tcp 80", "--udp 7114")


class Filters(Check):
    """What a firewall lets through, drops or refuses."""

    def rule(self, host, hook, *rules, family="ip", kind="filter"):
        """A chain with these rules."""
        self.nft(host, f"add table {family} {hook}",
                 f"add chain {family} {hook} c {{ type {kind} hook {hook} priority 0 ; }}",
                 f"flush chain {family} {hook} c",
                 *(f"add rule {family} {hook} c {rule}" for rule in rules))

    def listen(self):
        """Somebody listens at port 80 of the server."""
        child = self.case.server.popen(["python3", "-c", LISTEN, "1.2.3.4"])
        self.assertEqual(child.stdout.readline(), "ready\n")

    def test_router_refuses(self):
        """a router's ICMP error, whatever it says, is no answer of the destination's"""
        self.usual()
        for code, probe in (("port-unreachable", "--tcp 80"), ("port-unreachable", "--udp 7114"),
                            ("host-prohibited", "--tcp 80"), ("prot-unreachable", "")):
            with self.subTest(code=code, probe=probe):
                self.rule(self.case.gateway, "forward", f"ip saddr 3.3.3.3 reject with icmp {code}")
                said = self.check(f"1.2.3.4 {probe}", "dropped on the way out", "4.3.2.1 drops")
                self.assertEqual(said["answers"]["answered"], 0)

    def test_router_refuses_ipv6(self):
        """the same in IPv6"""
        self.rule(self.case.gateway, "forward", "ip6 saddr 2001:db8:3::3 reject", family="ip6")
        self.usual(V6)
        self.check(f"{V6.server} --tcp 80", "dropped on the way out",
                   f"{V6.gateway} drops what comes from {V6.wanted}: port unreachable")

    def test_destination_refuses(self):
        """the destination's ICMP error is its word, and comes through"""
        self.usual()
        for code in ("port-unreachable", "prot-unreachable"):
            self.rule(self.case.server, "input", f"ip saddr 3.3.3.3 reject with icmp {code}")
            for probe, words in zip(PROBES, ("by icmp,", "at tcp port 80,", "at udp port 7114,")):
                with self.subTest(code=code, probe=probe):
                    said = self.check(f"1.2.3.4 {probe}", "dropped on the way out",
                                      f"1.2.3.4 turns 3.3.3.3 away {words} and not 4.3.2.2")
                    self.assertTrue(said["answers"]["declined"])
                    self.assertEqual(said["answers"]["let_in"], said["answers"]["answered"])

    def test_reset_by_a_router(self):
        """a reset that a router makes in the destination's name: never works"""
        self.rule(self.case.gateway, "forward",
                  "ip saddr 3.3.3.3 meta l4proto tcp reject with tcp reset")
        self.check("1.2.3.4:80 src 3.3.3.3", "unknown", "with ttl 64, but an echo reply has ttl 63")
        self.usual()
        self.check("1.2.3.4:80", "unknown", "perhaps by a filter")
        self.check("1.2.3.4", "works")
        self.rule(self.case.gateway, "forward", "meta l4proto tcp reject with tcp reset")
        self.check("1.2.3.4:80", "unknown", "perhaps by a filter")
        self.rule(self.case.gateway, "forward", "meta l4proto icmp drop",
                  "ip saddr 3.3.3.3 meta l4proto tcp reject with tcp reset")
        self.check("1.2.3.4:80", "unknown", "with ttl 64, but the control with ttl 63")
        self.listen()
        self.check("1.2.3.4:80", "dropped on the way out", "turns 3.3.3.3 away at tcp port 80")

    def test_own_firewall(self):
        """what this host itself does not send, is said to be its firewall's doing"""
        self.usual()
        host = self.case.host
        self.rule(host, "output", "ip saddr 3.3.3.3 reject")
        for probe in PROBES:
            with self.subTest(probe=probe):
                self.check(f"1.2.3.4 {probe}", "nothing leaves", "firewall?")

    def test_own_firewall_before(self):
        """before the change too, where the way is the kernel's own: both ways, and NAT"""
        host, line = self.case.host, "1.2.3.4 src 3.3.3.3 via 4.3.2.1"
        self.rule(host, "input", "ip daddr 3.3.3.3 drop")
        self.check(line, "no way back", "firewall?")
        self.rule(host, "output", "ip saddr 3.3.3.3 reject")
        for probe in PROBES:
            with self.subTest(probe=probe):
                self.check(f"{line} {probe}", "nothing leaves", "firewall?")
        self.rule(host, "output")
        self.rule(host, "postrouting", "oifname e0 masquerade", kind="nat")
        for probe in PROBES:
            with self.subTest(probe=probe):
                self.check(f"{line} {probe}", "wrong source", "leave from 4.3.2.2", "NAT")

    def test_few_ports(self):
        """where source and control get the same port, each keeps its own packets"""
        self.case.host.sysctl("net.ipv4.ip_local_port_range", "40000 40015")
        self.rule(self.case.gateway, "forward", "ip saddr 3.3.3.3 drop")
        for probe in PROBES[1:]:
            with self.subTest(probe=probe):
                said = self.check(f"1.2.3.4 src 3.3.3.3 via 4.3.2.1 {probe}", "no answer")
                self.assertEqual(said["answers"]["answered"], 0)

    def test_firewall_at_the_edge(self):
        """nor is a gateway said to be silent that has answered ARP"""
        self.usual()
        host = self.case.host
        host.ip("neigh flush all")
        self.nft(host, "add table netdev f",
                 "add chain netdev f c { type filter hook egress device e0 priority 0 ; }",
                 "add rule netdev f c ip saddr 3.3.3.3 drop")
        said = self.check("1.2.3.4", "nothing leaves", "firewall?")
        self.assertNotIn("arp_announce", said["sentence"])

    def test_sent_back(self):
        """a gateway that puts our packet on our own wire again: that is no answer"""
        gateway = self.case.gateway
        gateway.ip("route add 9.9.9.9/32 via 4.3.2.9 dev lan0")
        gateway.ip("neigh add 4.3.2.9 lladdr 02:00:00:00:77:77 dev lan0")
        for way in (True, False):  # by a socket, and by hand
            for probe in PROBES:
                with self.subTest(way=way, probe=probe):
                    said = self.check(f"9.9.9.9 src 3.3.3.3 via 4.3.2.1 {probe}", "unknown", "neither")
                    self.assertEqual(said["answers"]["answered"], 0)
            if way:
                self.case.host.ip("route del default")

    def test_nat_of_the_usual(self):
        """what NAT makes of the usual source is told"""
        self.rule(self.case.host, "postrouting", "oifname e0 snat to 3.3.3.3", kind="nat")
        self.check("1.2.3.4", "works", "answers 3.3.3.3", "makes of 4.3.2.2 (NAT)")
