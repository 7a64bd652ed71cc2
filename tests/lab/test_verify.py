# SPDX-License-Identifier: MIT
"""Every change is verified by asking the kernel, and undone if untrue."""

from case import LabTestCase
from lab.topologies import FAMILIES, V4, V6, the_case

import kernel

PREFIX = {4: "1.2.3.0/24", 6: "2001:db8:5::/64"}
LOWER_HALF = {4: "1.2.3.0/25", 6: "2001:db8:5::/65"}
UPPER_HALF = {4: "1.2.3.128/25", 6: "2001:db8:5:0:8000::/65"}


class Verify(LabTestCase):
    """After a change the kernel itself is asked for addresses inside the prefix."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def rule(self, ip, words):
        """Add a policy rule."""
        self.host.ip(f"{kernel.family_of(ip.server)} rule add {words}")

    def undone(self, line, *words):
        """By either method this is undone, phantom and all, and the message has these words."""
        for method in ("native", "phantom"):
            with self.subTest(line=line, method=method):
                self.assert_refused(self.host, f"add {line} method {method}", *words)
                self.assert_nothing_of_ours(self.host)

    def test_a_policy_rule_wins(self):
        """a policy rule wins: everything is undone and the message says what won"""
        for ip in FAMILIES:
            self.host.ip(f"route add default via {ip.gateway} table 77")
            self.rule(ip, f"to {ip.destination} table 77")
            self.undone(f"{ip.destination} via {ip.gateway} src {ip.wanted}",
                        ip.usual, ip.wanted, "table 77")

    def test_a_rule_forbids(self):
        """a rule that forbids the destination wins as well"""
        for ip in FAMILIES:
            for action in ("prohibit", "blackhole"):
                self.rule(ip, f"to {ip.destination} priority 9 {action}")
                self.undone(f"{ip.destination} via {ip.gateway} src {ip.wanted}", ip.server, "rule")
                self.host.ip(f"{kernel.family_of(ip.server)} rule del priority 9")

    def test_another_metric_wins(self):
        """another metric wins: undone, and told which"""
        for ip in FAMILIES:
            self.host.ip(f"route add {ip.destination} via {ip.gateway} metric 5 proto static")
            self.undone(f"{ip.destination} via {ip.gateway} src {ip.wanted} metric 10",
                        ip.usual, ip.wanted, "metric 5")

    def test_another_next_hop_wins(self):
        """the next hop must be the wanted one, even if the source is"""
        for ip, neighbour in zip(FAMILIES, ("4.3.2.7", "2001:db8:4::7")):
            self.host.ip(f"route add {ip.destination} via {neighbour} src {ip.wanted} metric 5")
            self.undone(f"{ip.destination} via {ip.gateway} src {ip.wanted} metric 10",
                        neighbour, "metric 5")

    def test_a_replace_is_undone_as_well(self):
        """what stood before a replace stands again"""
        for ip in FAMILIES:
            self.host.ip(f"route add default via {ip.gateway} table 77")
            self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
            self.rule(ip, f"to {ip.destination} table 77")
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.assert_refused(self.host, f"replace {ip.destination} via {ip.gateway} "
                                        f"src {ip.usual} method {method} metric 0", "table 77",
                                        status=1)

    def test_part_is_overruled(self):
        """part of a prefix being overruled by a more specific route is a warning"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.host.ip(f"route add {UPPER_HALF[ip.family]} via {ip.gateway}")
                added = self.route2(self.host, f"add {PREFIX[ip.family]} via {ip.gateway} "
                                               f"src {ip.wanted}")
                self.assertIn("note", added.stderr)
                self.assertIn(UPPER_HALF[ip.family], added.stderr)
                self.assertIn(ip.usual, added.stderr)
                self.assert_source(self.host, ip.server, ip.wanted)

    def test_a_more_specific_of_the_same_source(self):
        """that sends from the wanted source as well is no news"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = f"via {ip.gateway} src {ip.wanted}"
                self.route2(self.host, f"add {UPPER_HALF[ip.family]} {line}")
                added = self.route2(self.host, f"add {PREFIX[ip.family]} {line}")
                self.assertEqual(added.stderr, "")

    def test_all_is_overruled(self):
        """all of it overruled is a failure"""
        for ip in FAMILIES:
            for half in (LOWER_HALF, UPPER_HALF):
                self.host.ip(f"route add {half[ip.family]} via {ip.gateway}")
            self.undone(f"{PREFIX[ip.family]} via {ip.gateway} src {ip.wanted}",
                        PREFIX[ip.family], "more specific")

    def test_our_own_subnet(self):
        """a prefix around an address of ours keeps the address out of it"""
        for ip, around in ((V4, "4.0.0.0/8"), (V6, "2001:db8::/32")):
            with self.subTest(family=ip.family):
                self.route2(self.host, f"add {around} via {ip.gateway} src {ip.wanted}")
                self.assertEqual(self.host.connect_source(ip.usual), ip.usual)
                self.route2(self.host, f"del {around}")


class TableWithoutRule(LabTestCase):
    """A table that no rule leads to for an unbound packet: read back, and a warning."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def add(self, ip, more=""):
        """Add a line in table 77; return what was said on stderr."""
        return self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                      f"table 77 {more}").stderr

    def test_a_warning(self):
        """the route stands there, and the warning names the table"""
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method), \
                        self.assert_state_unchanged(self.host):
                    said = self.add(ip, f"method {method}")
                    self.assertIn("note", said)
                    self.assertIn("no rule", said)
                    self.assertIn("table 77", said)
                    self.assertIsNotNone(kernel.our_route(self.host, ip.destination, 77))
                    self.assert_source(self.host, ip.server, ip.usual)
                    self.route2(self.host, f"del {ip.destination} table 77")

    def test_the_rule_comes_later(self):
        """it is usual to add routes before the rule: then it serves"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.add(ip)
                self.host.ip(f"{kernel.family_of(ip.server)} rule add to {ip.destination} table 77")
                self.assert_source(self.host, ip.server, ip.wanted)

    def test_rules_for_bound_packets_only(self):
        """a rule that asks for a source, a mark or an interface leads no unbound packet there"""
        for ip in FAMILIES:
            for words in (f"from {ip.wanted}", "fwmark 7", "iif e0", "oif e0"):
                with self.subTest(family=ip.family, words=words):
                    rule = f"{kernel.family_of(ip.server)} rule {{}} {words} table 77"
                    self.host.ip(rule.format("add"))
                    self.assertIn("no rule", self.add(ip))
                    self.route2(self.host, f"del {ip.destination}")
                    self.host.ip(rule.format("del"))

    def test_a_rule_for_other_destinations(self):
        """a rule for another prefix does not lead there either"""
        for ip, other in zip(FAMILIES, ("9.9.9.0/24", "2001:db8:99::/48")):
            with self.subTest(family=ip.family):
                self.host.ip(f"{kernel.family_of(ip.server)} rule add to {other} table 77")
                self.assertIn("no rule", self.add(ip))
