# SPDX-License-Identifier: MIT
"""`check` of route2.exe: what sockets, echoes and tables prove where no frame is seen."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, V6, the_case, two_gateways
from wincase import WineTestCase

QUICK = "--timeout 300ms"
BROKEN, UNKNOWN = 1, 5
UNSEEN = "frames are not seen on this system"


class CheckTestCase(WineTestCase):
    """What all share."""

    topology = staticmethod(the_case)

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def check(self, line, verdict, *words, expect=None):
        """`route2 -j check LINE` has this verdict and these words in its sentence, and changes
        nothing. Returns the object."""
        if expect is None:
            expect = {"works": 0, "unknown": UNKNOWN}.get(verdict, BROKEN)
        with self.assert_state_unchanged(self.host):
            said = self.route2_json(self.host, f"{QUICK} check {line}", expect=expect)
        self.assertEqual(said["verdict"], verdict, said)
        for word in (*words, UNSEEN):
            self.assertIn(word, said["sentence"])
        return said

    def usual(self, words=""):
        """The route that all this is about: by a phantom."""
        self.route2(self.host, f"add {V4.destination} via {V4.gateway} src {V4.wanted} {words}")

    def listen(self, port):
        """Somebody on the server who takes connections at that port."""
        listener = self.case.server.popen(
            ["python3", "-c", "import socket\n"
             f"s = socket.create_server(('1.2.3.4', {port}))\nprint('ready', flush=True)\n"
             "while True: s.accept()"])
        self.assertEqual(listener.stdout.readline(), "ready\n")


class Works(CheckTestCase):
    """Good networks."""

    def test_phantom(self):
        """by ICMP, TCP and UDP: works, with its evidence, and the far side sees the source"""
        self.usual()
        self.listen(80)
        for probe, by in (("", "icmp"), ("--tcp 80", "tcp"), ("--udp 7114", "udp")):
            with self.subTest(by=by), self.case.server.sniff("e0") as wire:
                said = self.check(f"{V4.server} {probe}", "works", V4.server, V4.wanted)
                wire.wait_for(lambda frame: frame.src == V4.wanted and not frame.outgoing,
                              what="a probe from the source")
                self.assertEqual(said["by"], by)
                self.assertEqual(said["leaves"],
                                 {"by_hand": False, "seen": False, "prefsrc": V4.wanted, "dev": "e0",
                                  "lladdr": self.case.gateway.mac("lan0"), "gateway": V4.gateway})
                self.assertEqual(said["control"]["source"], V4.usual)
                self.assertFalse(said["answers"]["declined"])
                self.assertEqual(said["answers"]["mtu"], 1500)

    def test_plain(self):
        """where the gateway picks the source there is no control; IPv6 as well"""
        for ip in (V4, V6):
            with self.subTest(ip=str(ip)):
                self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.usual}")
                said = self.check(ip.server, "works", f"{ip.server} answers {ip.usual} by icmp")
                self.assertNotIn("control", said)
                self.assertEqual(said["leaves"]["gateway"], ip.gateway)

    def test_members(self):
        """-j has what it has on Linux, but for what only frames show"""
        self.usual()
        said = self.check(V4.server, "works")
        self.assertEqual(list(said), ["destination", "source", "gateway", "verdict", "sentence", "tried",
                                      "works", "sample", "by", "kernel", "leaves", "answers",
                                      "control", "asked_for", "rp_filter_count"])
        self.assertEqual(list(said["answers"]), ["source", "sent", "answered", "let_in", "rtt_usec",
                                                 "ttl", "declined", "rp_filter_drops", "mtu"])
        self.assertEqual(said["answers"]["ttl"], 63)
        self.assertEqual(said["asked_for"], {})
        self.assertEqual(said["kernel"]["dev"], "e0")

    def test_drawn(self):
        """one is drawn; nothing is said of who asks for the source"""
        self.usual()
        said = self.route2(self.host, f"{QUICK} check {V4.server}").stdout
        self.assertIn("1.2.3.4 from 3.3.3.3: works", said)
        self.assertIn("leaves   from 3.3.3.3 by e0 to 02:00:00:00:02:01, gateway 4.3.2.1", said)
        self.assertNotIn("asked", said)

    def test_all(self):
        """a line for each route; prefixes by some of their addresses; -j is an array"""
        self.usual()
        self.route2(self.host, "add 1.2.3.0/24 via 4.3.2.1 src 3.3.3.3")
        self.route2(self.host, f"add {V6.destination} via {V6.gateway} src {V6.usual}")
        said = self.route2(self.host, f"{QUICK} check")
        self.assertEqual([line.split()[:3] for line in said.stdout.splitlines()],
                         [["1.2.3.0/24", "3.3.3.3", "works"], ["1.2.3.4/32", "3.3.3.3", "works"],
                          [V6.destination, V6.usual, "works"]])
        some = self.route2_json(self.host, f"{QUICK} check 1.2.0.0/16")
        self.assertEqual([one["destination"] for one in some], ["1.2.3.0/24", "1.2.3.4/32"])

    def test_nobody_listens(self):
        """a reset is an answer, and so is a port unreachable"""
        self.usual()
        self.check("1.2.3.4:81", "works", "nobody listens at port 81")
        self.check("1.2.3.4 --udp 81", "works", "nobody listens at port 81")

    def test_any_destination(self):
        """where no route of ours leads: what Windows takes"""
        self.check("1.2.3.4", "works", "1.2.3.4 answers 4.3.2.2")

    def test_no_connection_stays(self):
        """what a probe has begun is ended by a reset"""
        self.usual()
        self.listen(80)
        with self.case.server.sniff("e0") as wire:
            self.check("1.2.3.4:80", "works")
            wire.wait_for(lambda frame: frame.src == V4.wanted and frame.dport == 80)
        open_ones = self.case.server.run(["cat", "/proc/net/tcp"]).stdout
        self.assertNotIn("03030303:", "\n".join(line for line in open_ones.splitlines()
                                                if " 01 " in line or " 03 " in line))


class Before(CheckTestCase):
    """What is not added yet goes by the route that stands."""

    topology = staticmethod(two_gateways)

    def test_by_its_gateway(self):
        """works where that leads by the line's gateway, and the far side sees the source"""
        for probe in ("", "--tcp 80"):  # Wine binds no UDP socket to an address of an interface
            with self.subTest(probe=probe), self.case.server.sniff("e0") as wire:
                said = self.check(f"{V4.server} src {V4.wanted} via {V4.gateway} {probe}", "works")
                self.assertEqual(said["kernel"]["prefsrc"], V4.usual)
                self.assertFalse(said["leaves"]["by_hand"])
                wire.wait_for(lambda frame: frame.src == V4.wanted and not frame.outgoing)
        said = self.route2(self.host, f"{QUICK} check {V4.server} src {V4.wanted} via {V4.gateway}")
        self.assertIn("by the route that stands: no such route yet", said.stdout)

    def test_by_another(self):
        """never works for a gateway that was not tried, and the reason is said"""
        line = f"{V4.server} src {V4.wanted} via {V4.backups[0]}"
        said = self.check(line, "unknown", "1.2.3.4 answers 3.3.3.3 by icmp via 4.3.2.1 on e0",
                          "by the route that stands: gateway 4.3.2.11 cannot be tried")
        self.assertEqual(said["answers"]["answered"], 1)
        self.case.gateways[1].down("wan0")  # so that it would not
        self.check(line, "unknown")
        drawn = self.route2(self.host, f"{QUICK} check {line}", UNKNOWN).stdout
        self.assertIn("?", [line for line in drawn.splitlines() if "4.3.2.11" in line][-1])

    def test_untold(self):
        """where Windows does not tell the way of a bound socket, nothing is sent and nothing known"""
        self.wine.fault("\n".join(f"GetBestRoute2 {number} return 87" for number in range(2, 99)))
        self.check(f"{V4.server} src {V4.wanted} via {V4.gateway}", "unknown",
                   "nothing can be sent from 3.3.3.3 to 1.2.3.4 before the change")

    def test_broken_by_another(self):
        """nor is a line broken for what another gateway does"""
        self.case.gateway.ip("rule add from 3.3.3.3 prohibit priority 5")
        self.check(f"{V4.server} src {V4.wanted} via {V4.backups[0]}", "unknown",
                   "does not answer 3.3.3.3", "gateway 4.3.2.11 cannot be tried")

    def test_silent_gateway(self):
        """nobody answers ARP: nothing would leave"""
        self.check(f"{V4.server} src {V4.wanted} via 4.3.2.77", "nothing leaves",
                   "gateway 4.3.2.77 does not answer ARP on e0")


class Outward(CheckTestCase):
    """What goes wrong on this host."""

    def test_wrong_source(self):
        """another's route wins: the source that leaves, and the rule that chose it"""
        self.usual("metric 50")
        self.add_route(self.host, "1.2.3.4/32 via 4.3.2.1 dev e0", 1)
        said = self.check("1.2.3.4", "wrong source",
                          "packets to 1.2.3.4 leave from 4.3.2.2, not 3.3.3.3: 1.2.3.4/32 via "
                          "4.3.2.1 on e0", "3.3.3.3 shares 5 bits, 4.3.2.2 30")
        self.assertEqual(said["leaves"]["prefsrc"], V4.usual)

    def test_wrong_gateway(self):
        """the phantom's entry has a MAC that the gateway has no more"""
        self.usual()
        gateway = self.case.gateway
        old = gateway.mac("lan0")
        gateway.ip("link set lan0 address 02:00:00:00:99:99")
        self.host.ip("neigh flush all")
        self.check("1.2.3.4", "wrong gateway", old, "02:00:00:00:99:99")

    def test_silent_gateway(self):
        """by plain: nobody answers ARP, so that nothing leaves"""
        self.route2(self.host, f"add {V4.destination} via {V4.gateway} src {V4.usual}")
        self.case.gateway.ip("addr flush dev lan0")
        self.host.ip("neigh flush all")
        self.check("1.2.3.4", "nothing leaves", "gateway 4.3.2.1 does not answer ARP on e0")

    def test_no_route(self):
        """Windows itself says no"""
        self.host.ip("route del default metric 25")
        self.check("9.9.9.9", "nothing leaves", "ENETUNREACH")


class Backward(CheckTestCase):
    """What goes wrong on the way, or on the way back."""

    def test_no_answer(self):
        """the far side has no way back to the source: that, and no more, is said"""
        self.usual()
        self.case.server.ip("route add blackhole 3.3.3.0/24")
        self.listen(80)
        for probe in ("", "--tcp 80"):
            said = self.check(f"1.2.3.4 {probe}", "no answer", "1.2.3.4 answers 4.3.2.2 10 of 10 times",
                              "3.3.3.3 not at all")
            self.assertNotIn("boomerang", said)

    def test_filtered_out(self):
        """a router drops the source, and says so"""
        self.usual()
        self.case.gateway.ip("rule add from 3.3.3.3 to 1.2.3.4 prohibit priority 5")
        said = self.check("1.2.3.4", "dropped on the way out", "4.3.2.1 drops what comes from 3.3.3.3")
        self.assertEqual(said["answers"]["icmp_error"]["from"], V4.gateway)

    def test_silence(self):
        """neither source nor control is answered"""
        self.usual()
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        self.check("1.2.3.4", "unknown", "neither 3.3.3.3 nor 4.3.2.2")

    def test_icmp_is_dropped(self):
        """ICMP proves nothing where it is filtered; TCP does. And the other way round"""
        self.usual()
        self.case.gateway.ip("rule add ipproto icmp blackhole priority 5")
        self.check("1.2.3.4", "unknown")
        self.check("1.2.3.4:80", "works")
        self.case.gateway.ip("rule del priority 5")
        self.case.gateway.ip("rule add ipproto tcp blackhole priority 5")
        self.assertEqual(self.check("1.2.3.4:80", "works", "by icmp")["by"], "icmp")

    def test_far_end_unreachable(self):
        """a router says of both that nobody is there: unknown, with its word"""
        self.usual()
        self.case.gateway.sysctl("net/ipv4/neigh/wan0/retrans_time_ms", 60)
        self.route2(self.host, "add 1.2.3.99 via 4.3.2.1 src 3.3.3.3")
        self.check("1.2.3.99", "unknown", "neither 3.3.3.3 nor 4.3.2.2", "host unreachable")

    def test_path_mtu(self):
        """of source and control, where a router has less: the largest that came through"""
        self.usual()
        self.case.gateway.ip("link set wan0 mtu 1430")
        said = self.check("1.2.3.4", "works")
        self.assertEqual((said["answers"]["mtu"], said["control"]["mtu"]), (1420, 1420))


if __name__ == "__main__":
    import unittest
    unittest.main()
