# SPDX-License-Identifier: MIT
"""What becomes of phantoms and gateways over time, and which of them are taken at all."""

from case import LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, V4, V6

import kernel

OTHER = {4: "1.2.3.128/25", 6: "2001:db8:5:8000::/65"}
NEW_MAC = "02:00:00:00:77:01"
# On the wire by a route, without an address of the host there.
ONLINK = {4: ("9.9.9.0/24", "9.9.9.9", "9.9.9.8"),
          6: ("2001:db8:99::/64", "2001:db8:99::9", "2001:db8:99::8")}


class Shared(LabTestCase):
    """A phantom that several routes share goes to a gateway that answers."""

    topology = topologies.two_gateways

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def add(self, ip, dst, expect=0):
        """A line by the gateway and its backup; what was said on stderr."""
        return self.route2(self.host, f"--timeout 20ms add {dst} via {ip.gateway} "
                           f"backup {ip.backups[0]} src {ip.wanted}", expect).stderr

    def pull(self, port):
        """Take out a cable of the switch."""
        self.case.switch.down(port)

    def test_the_gateway_goes(self):
        """another add onto the list gives the phantom to the living one, with a note"""
        for ip in FAMILIES:
            self.assertEqual(self.add(ip, ip.destination), "")
        self.pull("p2")
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                first, second = (gateway.mac("lan0") for gateway in self.case.gateways)
                said = self.add(ip, OTHER[ip.family])
                for word in (ip.gateway, ip.backups[0], first, second, "note:"):
                    self.assertIn(word, said)
                self.assert_carried_by(self.host, ip.server, self.case.gateways[1])
                self.assert_source(self.host, ip.server, ip.wanted)
        self.assertEqual(set(kernel.neighbours(self.host).values()), {second})
        self.assertEqual(len(kernel.neighbours(self.host)), 2)

    def test_by_the_same_line(self):
        """the line itself, said again, does it too"""
        for ip in FAMILIES:
            self.add(ip, ip.destination)
        self.pull("p2")
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.assertIn(ip.gateway, self.add(ip, ip.destination))
                self.assert_carried_by(self.host, ip.server, self.case.gateways[1])

    def test_none_answers(self):
        """then another add is refused, and the routes stay as they were"""
        for ip in FAMILIES:
            self.add(ip, ip.destination)
        self.pull("p2")
        self.pull("p3")
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(self.host):
                self.assertIn("does not answer", self.add(ip, OTHER[ip.family], expect=1))

    def test_the_carrier_answers(self):
        """a backup that is silent moves nothing"""
        for ip in FAMILIES:
            self.add(ip, ip.destination)
        before = kernel.neighbours(self.host)
        self.pull("p3")
        for ip in FAMILIES:
            self.add(ip, OTHER[ip.family])
        self.assertEqual(kernel.neighbours(self.host), before)

    def test_an_undone_add_moves_nothing(self):
        """a rule stands against the second route: the phantom goes back to who had it"""
        for ip in FAMILIES:
            self.add(ip, ip.destination)
        self.pull("p2")
        for ip in FAMILIES:
            self.host.ip(f"{kernel.family_of(ip.server)} rule add to {OTHER[ip.family]} prohibit")
            with self.subTest(family=ip.family), self.assert_state_unchanged(self.host):
                self.add(ip, OTHER[ip.family], expect=1)

    def test_a_failed_gateway_is_marked(self):
        """show: one of the list that does not answer, the first or the backup"""
        for ip in FAMILIES:
            self.add(ip, ip.destination)
        for ip in FAMILIES:
            for gateway in (ip.gateway, ip.backups[0]):
                with self.subTest(family=ip.family, gateway=gateway):
                    self.host.ip(f"neigh replace {gateway} dev e0 nud failed")
                    shown = self.route2(self.host, f"show {ip.destination}").stdout
                    self.assertIn(f"# gateway {gateway} does not answer", shown)
                    self.host.ip(f"neigh del {gateway} dev e0")


class NewMac(LabTestCase):
    """The gateway's card was changed."""

    topology = topologies.the_case

    def change(self):
        """Give the gateway another MAC."""
        self.case.gateway.ip(f"link set lan0 address {NEW_MAC}")

    def test_repaired_by_the_same_line(self):
        """add again: the neighbour entry is repaired, and packets arrive"""
        for known in (False, True):
            for ip in FAMILIES:
                self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} "
                                            f"src {ip.wanted} method phantom")
            old = self.case.gateway.mac("lan0")
            self.case.gateway.ip(f"link set lan0 address {NEW_MAC[:-1]}{int(known)}")
            for ip in FAMILIES:
                with self.subTest(family=ip.family, known=known):
                    if known:
                        self.case.host.ip(f"neigh replace {ip.gateway} dev e0 nud reachable "
                                          f"lladdr {self.case.gateway.mac('lan0')}")
                    self.assertNotEqual(self.frame(ip), self.case.gateway.mac("lan0"))
                    said = self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} "
                                       f"src {ip.wanted} method phantom").stderr
                    self.assertIn(old, said)
                    self.assertIn(self.case.gateway.mac("lan0"), said)
                    self.assert_carried_by(self.case.host, ip.server, self.case.gateway)
                    self.assert_source(self.case.host, ip.server, ip.wanted)

    def frame(self, ip):
        """The MAC of the phantom that the route leads to."""
        hop = kernel.next_hop(self.case.host, ip.destination)
        return kernel.neighbours(self.case.host)[hop]

    def test_marked(self):
        """show had marked it, once the kernel knows of the new one; no longer when repaired"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = f"add {ip.destination} via {ip.gateway} src {ip.wanted} method phantom"
                self.route2(self.case.host, line)
                self.change()
                self.case.host.ip(f"neigh replace {ip.gateway} dev e0 nud reachable "
                                  f"lladdr {NEW_MAC}")
                self.assertIn(f"# gateway {ip.gateway} has another MAC now",
                              self.route2(self.case.host, f"show {ip.destination}").stdout)
                self.route2(self.case.host, line)
                self.assertNotIn("#", self.route2(self.case.host, f"show {ip.destination}").stdout)
                self.route2(self.case.host, f"del {ip.destination}")
                self.case.gateway.ip("link set lan0 address 02:00:00:00:77:02")


class LostSource(LabTestCase):
    """The kernel drops a route with its source in the main table only."""

    topology = topologies.the_case

    def test_in_another_table(self):
        """show marks it as a comment, and says it again without when the address is back"""
        host = self.case.host
        for method in ("native", "phantom"):
            with self.subTest(method=method):
                self.route2(host, f"add {V4.destination} via {V4.gateway} src {V4.wanted} table 77 "
                                  f"method {method}")
                host.ip(f"addr del {V4.wanted}/24 dev e0")
                self.assertIsNotNone(kernel.our_route(host, V4.destination, 77))
                shown = self.route2(host, "show").stdout.splitlines()
                self.assertEqual(len(shown), 1)
                self.assertTrue(shown[0].startswith("# "), shown)
                self.assertIn(V4.wanted, shown[0])
                self.assertIn("no address of this host", shown[0])
                host.ip(f"addr add {V4.wanted}/24 dev e0")
                self.assertEqual(len(self.shown(host)), 1)
                self.route2(host, f"del {V4.destination}")


class Given(LabTestCase):
    """A phantom given by hand that lies on the wire."""

    topology = topologies.the_case

    def test_within_an_onlink_route(self):
        """no address of ours is there, but a host may be: it is probed"""
        host, gateway = self.case.host, self.case.gateway
        for ip in FAMILIES:
            prefix, taken, free = ONLINK[ip.family]
            host.ip(f"route add {prefix} dev e0")
            gateway.ip(f"addr add {taken}/{ip.length} dev lan0")
            gateway.settle()
            line = f"add {ip.destination} via {ip.gateway} src {ip.wanted} phantom"
            with self.subTest(family=ip.family):
                with host.sniff("e0") as wire:
                    self.assert_refused(host, f"{line} {taken}", taken, "in use",
                                        gateway.mac("lan0"))
                    self.assertTrue(wire.find(lambda frame: frame.asks_for(taken)))
                with host.sniff("e0") as wire:
                    self.route2(host, f"{line} {free}")
                    self.assertEqual(len(wire.find(lambda frame: frame.asks_for(free))), 3)
                self.assert_source(host, ip.server, ip.wanted)

    def test_on_no_link(self):
        """where no host can be, nobody is asked"""
        for ip in FAMILIES:
            _, _, free = ONLINK[ip.family]
            with self.subTest(family=ip.family), self.case.host.sniff("e0") as wire:
                self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} "
                                            f"src {ip.wanted} phantom {free}")
                self.assertEqual(wire.find(lambda frame: frame.asks_for(free)), [])


class Gateways(LabTestCase):
    """Which gateway is meant, and whether it is a neighbour."""

    topology = topologies.two_gateways

    def test_a_default_route_of_two_hops(self):
        """which of them is not guessed: refused, pointing to via"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                host.ip(f"route del default via {ip.gateway}")
                host.ip(f"{kernel.family_of(ip.server)} route replace default "
                        f"nexthop via {ip.gateway} dev e0 nexthop via {ip.backups[0]} dev e0")
                self.assert_refused(host, f"add {ip.destination} src {ip.wanted}", "e0",
                                    "via")
                self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)

    def test_a_default_route_of_an_object(self):
        """the same for a next-hop object, which may stand for several"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                host.ip(f"route del default via {ip.gateway}")
                for n, gateway in enumerate((ip.gateway, ip.backups[0]), ip.family * 10):
                    host.ip(f"nexthop add id {n} via {gateway} dev e0")
                host.ip(f"nexthop add id {ip.family} group {ip.family * 10}/{ip.family * 10 + 1}")
                host.ip(f"{kernel.family_of(ip.server)} route add default nhid {ip.family}")
                self.assert_refused(host, f"add {ip.destination} src {ip.wanted}", "e0", "via")

    def test_behind_a_route_of_ours(self):
        """a gateway that a straight route of ours holds is on the link all the same"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.route2(host, f"add {ip.gateway}/{ip.length} dev e0 src {ip.wanted}")
                for method in ("native", "phantom"):
                    self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                      f"method {method}")
                    self.assert_source(host, ip.server, ip.wanted)
                    self.assert_carried_by(host, ip.server, self.case.gateway)
                    self.route2(host, f"del {ip.destination}")
                self.assertEqual(len(self.shown(host)), 1)
                self.route2(host, f"del {ip.gateway}/{ip.length}")
        self.assert_nothing_of_ours(host)

    def test_both_families_at_once(self):
        """a default route of two hops in one family says nothing of the other"""
        host = self.case.host
        host.ip(f"-6 route replace default nexthop via {V6.gateway} dev e0 "
                f"nexthop via {V6.backups[0]} dev e0")
        self.route2(host, f"add {V4.destination} src {V4.wanted}")
        self.assert_source(host, V4.server, V4.wanted)
