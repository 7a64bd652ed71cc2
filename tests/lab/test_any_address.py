# SPDX-License-Identifier: MIT
"""Any address of any interface, by any gateway that is on the link, in any table."""

import re

import lab
from case import LabTestCase
from lab import topologies
from lab.topologies import (FAMILIES, HOSTER_V4, HOSTER_V6, P2P_V4, P2P_V6, UPLINKS_V4,
                            UPLINKS_V6)

import kernel

UPLINKS = (UPLINKS_V4, UPLINKS_V6)


class Subnets(LabTestCase):
    """Several addresses on one interface."""

    topology = topologies.the_case

    def check(self, addresses):
        """Each of (ip, source, prefix length) can be chosen, and so can those besides."""
        host = self.case.host
        for ip, source, length in addresses:
            host.ip(f"addr add {source}/{length} dev e0")
            for wanted in (source, ip.usual, ip.wanted):
                with self.subTest(source=wanted), self.assert_state_unchanged(host):
                    self.route2(host, f"add {ip.destination} via {ip.gateway} src {wanted}")
                    self.assert_source(host, ip.server, wanted)
                    self.route2(host, f"del {ip.destination}")

    def test_several_in_one_subnet(self):
        """several addresses in one subnet: a secondary one"""
        self.check(zip(FAMILIES, ("4.3.2.5", "2001:db8:4::5"), (24, 64)))

    def test_nested_subnets(self):
        """nested subnets: a source in the inner one, the gateway in the outer one"""
        self.check(zip(FAMILIES, ("4.3.2.130", "2001:db8:4:0:8000::5"), (25, 65)))

    def test_gateway_in_the_inner_subnet(self):
        """nested subnets: a source in the outer one, the gateway in the inner one"""
        host = self.case.host
        for ip, inner in zip(FAMILIES, ("4.3.2.6/28", "2001:db8:4::6/120")):
            host.ip(f"addr add {inner} dev e0")
            for source in (ip.usual, inner.split("/")[0], ip.wanted):
                with self.subTest(source=source):
                    self.route2(host, f"replace {ip.destination} via {ip.gateway} src {source}")
                    self.assert_source(host, ip.server, source)

    def test_single_addresses(self):
        """a /32 (/128) beside a subnet"""
        self.case.gateway.ip_batch(["route add 9.9.9.9/32 dev lan0",
                                    "route add 2001:db8:99::9/128 dev lan0"])
        self.check(zip(FAMILIES, ("9.9.9.9", "2001:db8:99::9"), (32, 128)))

    def test_on_link_prefix(self):
        """`dev` without `via` for an on-link prefix"""
        self.case.gateway.listen_udp()
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.assert_source(host, ip.gateway, ip.usual)
                self.route2(host, f"add {ip.gateway} src {ip.wanted} dev e0")
                self.assert_source(host, ip.gateway, ip.wanted)
                self.assertIsNone(kernel.next_hop(host, f"{ip.gateway}/{ip.length}"))
                self.route2(host, f"del {ip.gateway}")

    def test_on_link_prefix_takes_no_phantom(self):
        """for an on-link prefix without `via`, phantom and backup are refused"""
        for ip in FAMILIES:
            line = f"add {ip.gateway} src {ip.wanted} dev e0"
            self.assert_refused(self.case.host, f"{line} method phantom", ip.gateway, "phantom")
            self.assert_refused(self.case.host, f"{line} backup {ip.backups[0]}", ip.backups[0],
                                "backup", status=2)


class Hoster(LabTestCase):
    """/32 addresses with an on-link gateway, as hosters give them."""

    topology = topologies.hoster
    FAR = (HOSTER_V4, topologies.Addresses(6, "2001:db8:4::2", "2001:db8:3::3",
                                           "2001:db8:99::1", "2001:db8:5::4"))

    def setUp(self):
        super().setUp()
        self.case.gateway.ip("addr add 2001:db8:99::1/128 dev lan0")

    def forget_gateways(self):
        """The host has neither a default route nor one to its gateway."""
        self.case.host.ip_batch(["route del default via 172.31.1.1",
                                 "route del 172.31.1.1 dev e0",
                                 "route del default via fe80::1 dev e0"])

    def check(self, ip, line):
        """This adds, the source is used by this gateway, and del undoes it."""
        host = self.case.host
        with self.assert_state_unchanged(host):
            self.route2(host, f"add {line}")
            self.assert_source(host, ip.server, ip.wanted)
            self.assert_carried_by(host, ip.server, self.case.gateway)
            self.route2(host, f"del {ip.destination}")

    def test_as_hosters_have_it(self):
        """by the default gateway, in both families and by both methods"""
        for ip in (HOSTER_V4, HOSTER_V6):
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.check(ip, f"{ip.destination} via {ip.gateway} src {ip.wanted} "
                                   f"method {method}")

    def test_scope_link_route(self):
        """on the link = inside a scope-link route of the interface"""
        self.forget_gateways()
        self.case.host.ip_batch(["route add 172.31.1.1/32 dev e0 scope link",
                                 "route add 2001:db8:99::/120 dev e0"])
        for ip in self.FAR:
            with self.subTest(family=ip.family):
                self.check(ip, f"{ip.destination} via {ip.gateway} src {ip.wanted}")

    def test_existing_next_hop(self):
        """or already an onlink next hop there"""
        self.forget_gateways()
        self.case.host.ip_batch(["route add default via 172.31.1.1 dev e0 onlink",
                                 "route add default via 2001:db8:99::1 dev e0 onlink"])
        for ip in self.FAR:
            with self.subTest(family=ip.family):
                self.check(ip, f"{ip.destination} via {ip.gateway} src {ip.wanted}")

    def test_dev_and_it_answers(self):
        """or `dev` is given and it answers ARP or ND"""
        self.forget_gateways()
        for ip in self.FAR:
            with self.subTest(family=ip.family), self.case.host.sniff("e0") as wire:
                self.check(ip, f"{ip.destination} via {ip.gateway} src {ip.wanted} dev e0")
                self.assertTrue(wire.find(lambda frame: frame.asks_for(ip.gateway)))

    def test_dev_and_silence(self):
        """and if it does not answer it is refused"""
        self.forget_gateways()
        for ip, silent in zip(self.FAR, ("172.31.1.9", "2001:db8:99::9")):
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.assert_refused(self.case.host,
                                        f"--timeout 10ms add {ip.destination} via {silent} "
                                        f"src {ip.wanted} dev e0 method {method}",
                                        silent, "does not answer", "e0")

    def test_not_on_the_link(self):
        """without any of these it is refused, and told what helps"""
        self.forget_gateways()
        for ip in self.FAR:
            self.assert_refused(self.case.host,
                                f"add {ip.destination} via {ip.gateway} src {ip.wanted}",
                                ip.gateway, "not on the link", "dev")


class Interfaces(LabTestCase):
    """Several interfaces, each with a gateway."""

    topology = topologies.two_uplinks

    def test_each_interface(self):
        """the gateway tells the interface"""
        host = self.case.host
        for ip in UPLINKS:
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.assert_source(host, ip.server, ip.usual)
                self.route2(host, f"add {ip.destination} via {ip.other_gateway} src {ip.other}")
                self.assert_source(host, ip.server, ip.other)
                self.assert_carried_by(host, ip.server, self.case.gateways[1], "e1")
                self.route2(host, f"del {ip.destination}")

    def test_source_on_another_interface(self):
        """a source on another interface or on lo, by both methods"""
        host = self.case.host
        for ip, on_lo in zip(UPLINKS, ("7.7.7.7", "2001:db8:7::7")):
            for source in (ip.other, on_lo):
                for method in ("native", "phantom"):
                    with self.subTest(source=source, method=method), \
                            self.assert_state_unchanged(host):
                        self.route2(host, f"add {ip.destination} via {ip.gateway} src {source} "
                                          f"method {method}")
                        self.assert_source(host, ip.server, source)
                        self.assert_carried_by(host, ip.server, self.case.gateway)
                        self.route2(host, f"del {ip.destination}")

    def test_gateways_on_two_interfaces(self):
        """all gateways of a line are on one interface"""
        for ip in UPLINKS:
            said = self.assert_refused(
                self.case.host, f"add {ip.destination} via {ip.gateway} "
                                f"backup {ip.other_gateway} src {ip.wanted}",
                ip.gateway, "e0", ip.other_gateway, "e1")
            self.assertRegex(said, "line of its own|higher metric")

    def test_a_second_uplink(self):
        """a second uplink is a second line with a higher metric"""
        host = self.case.host
        for ip in UPLINKS:
            with self.subTest(family=ip.family):
                self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
                added = self.route2(host, f"add {ip.destination} via {ip.other_gateway} "
                                          f"src {ip.other} metric 2000")
                self.assertRegex(added.stderr, "note: .*standby")
                self.assert_source(host, ip.server, ip.wanted)
        host.down("e0")
        for ip in UPLINKS:
            with self.subTest(family=ip.family, e0="down"):
                self.assert_source(host, ip.server, ip.other)

    def test_the_second_uplink_first(self):
        """in which order the lines are given does not matter"""
        host = self.case.host
        for ip in UPLINKS:
            with self.subTest(family=ip.family):
                self.route2(host, f"add {ip.destination} via {ip.other_gateway} src {ip.other} "
                                  "metric 2000")
                self.assert_source(host, ip.server, ip.other)
                self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)


class Tables(LabTestCase):
    """Several routing tables."""

    topology = topologies.the_case

    def test_with_a_rule(self):
        """a table that a rule leads to serves like main"""
        host = self.case.host
        for ip in FAMILIES:
            host.ip(f"{kernel.family_of(ip.server)} rule add to {ip.destination} table 77")
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method), \
                        self.assert_state_unchanged(host):
                    added = self.route2(host, f"add {ip.destination} via {ip.gateway} "
                                              f"src {ip.wanted} table 77 method {method}")
                    self.assertEqual(added.stderr, "")
                    self.assertIsNotNone(kernel.our_route(host, ip.destination, 77))
                    self.assertIsNone(kernel.our_route(host, ip.destination))
                    self.assert_source(host, ip.server, ip.wanted)
                    self.route2(host, f"del {ip.destination} table 77")

    def test_the_same_destination_in_two_tables(self):
        """each table has a line of its own, and del takes the one that is named"""
        host = self.case.host
        host.ip("rule add iif lo dport 9 table 77")
        self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
        self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 table 77")
        self.assertEqual(len(self.shown(host)), 2)
        self.assert_source(host, "1.2.3.4", "3.3.3.3")
        self.assertEqual(host.connect_source("1.2.3.4", port=9), "4.3.2.2")
        self.route2(host, "del 1.2.3.4/32 table main")
        self.assert_source(host, "1.2.3.4", "4.3.2.2")
        self.assertEqual(self.shown(host), ["1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 dev e0 table 77 "
                                            "method native"])


class DefaultRoute(LabTestCase):
    """The default route itself."""

    topology = topologies.the_case

    def check(self, ip, line):
        """This adds a default route, the source is used for everything, and del undoes it."""
        host = self.case.host
        with self.assert_state_unchanged(host):
            added = self.route2(host, f"add {line}")
            self.assert_source(host, ip.server, ip.wanted)
            self.assert_carried_by(host, ip.server, self.case.gateway)
            self.assertEqual([line.split()[0] for line in self.shown(host)], ["default"])
            self.route2(host, f"del default {'-6' if ip.family == 6 else '-4'}")
        self.assert_source(host, ip.server, ip.usual)
        return added

    def test_where_there_is_none(self):
        """a host without any default route"""
        host = self.case.host
        host.ip_batch(["route del default", "route del default via 2001:db8:4::1"])
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add default via {ip.gateway} src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)
                self.route2(host, "del default")

    def test_beside_dhcp_in_ipv4(self):
        """DHCP's at equal metric: ours is prepended, said so, and undone by del"""
        ip = FAMILIES[0]
        self.case.host.ip(f"route replace default via {ip.gateway} proto dhcp src {ip.usual}")
        for method in ("native", "phantom"):
            with self.subTest(method=method):
                added = self.check(ip, f"default via {ip.gateway} src {ip.wanted} method {method}")
                self.assertIn("before it", added.stderr)
                self.assertIn("note", added.stderr)

    def test_beside_another_in_ipv6(self):
        """refused, a free metric named; and that metric works"""
        ip, host = FAMILIES[1], self.case.host
        host.ip(f"route replace default via {ip.gateway} proto ra metric 1024")
        said = self.assert_refused(host, f"add default via {ip.gateway} src {ip.wanted}", "1024")
        metric = int(re.search(r"metric (\d+) is free", said)[1])
        self.assertLess(metric, 1024)
        self.check(ip, f"default via {ip.gateway} src {ip.wanted} metric {metric}")

    def test_family_of_the_word_default(self):
        """`default` has the family of the other words, or of -4 and -6"""
        host = self.case.host
        for ip in FAMILIES:
            self.route2(host, f"add default src {ip.wanted} metric {5 if ip.family == 6 else 0}")
            self.assert_source(host, ip.server, ip.wanted)
        self.route2(host, "-6 del default")
        self.assert_source(host, FAMILIES[1].server, FAMILIES[1].usual)
        self.assert_source(host, FAMILIES[0].server, FAMILIES[0].wanted)
        self.route2(host, "-4 del default")
        self.assert_nothing_of_ours(host)


class PointToPoint(LabTestCase):
    """`dev` without `via` on a point-to-point link, where neighbours have no MAC."""

    def setUp(self):
        super().setUp()
        try:
            self.case = topologies.point_to_point(self.net)
        except lab.LabUnavailable as why:
            self.skipTest(str(why))

    def test_dev_alone(self):
        """the interface is all the route needs"""
        host = self.case.host
        for ip in (P2P_V4, P2P_V6):
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add {ip.destination} dev t0 src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)
                self.assertEqual(self.shown(host), [f"{ip.destination} src {ip.wanted} dev t0 "
                                                    "method native"])
                self.route2(host, f"del {ip.destination}")

    def test_default_by_the_tunnel(self):
        """as VPNs have it"""
        host = self.case.host
        for ip in (P2P_V4, P2P_V6):
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add default dev t0 src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)
                self.route2(host, "del default")

    def test_phantom_and_backup_are_refused(self):
        """there is no MAC that a phantom could have"""
        for ip, peer, other in ((P2P_V4, "10.9.0.1", "10.9.0.3"),
                                (P2P_V6, "2001:db8:9::1", "2001:db8:9::3")):
            line = f"add {ip.destination} src {ip.wanted} dev t0"
            for words in ("method phantom", f"via {peer} method phantom",
                          f"via {peer} backup {other}"):
                with self.subTest(family=ip.family, words=words):
                    self.assert_refused(self.case.host, f"{line} {words}", "t0")
