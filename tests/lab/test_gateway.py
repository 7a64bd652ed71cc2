# SPDX-License-Identifier: MIT
"""Gateways: how their MAC is learned, how long a silent one is asked, which one carries."""

import re

import lab
from case import ROUTE2, LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, UPLINKS_V4, UPLINKS_V6, V4

import kernel

WRONG_MAC = "02:00:00:00:66:66"
NOBODY = {4: "4.3.2.99", 6: "2001:db8:4::99"}
ASKING = {4: "ARP", 6: "neighbour discovery"}


class Mac(LabTestCase):
    """The gateway's MAC comes from the neighbour table or from resolving it now."""

    topology = topologies.the_case

    def add(self, ip, method="phantom"):
        """Add a line; return how often its gateway was asked for its MAC."""
        with self.case.host.sniff("e0") as wire:
            self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                        f"method {method}")
            return len(wire.find(lambda frame: frame.outgoing and frame.asks_for(ip.gateway)))

    def test_from_resolving(self):
        """a gateway that nobody spoke to yet is asked, once if it answers"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.assertEqual(self.add(ip), 1)
                self.assertIn(self.case.gateway.mac("lan0"),
                              kernel.neighbours(self.case.host).values())
                self.assert_carried_by(self.case.host, ip.server, self.case.gateway)

    def test_from_the_neighbour_table(self):
        """one that is known to be there is not asked"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.case.host.ip(f"neigh replace {ip.gateway} dev e0 nud reachable "
                                  f"lladdr {self.case.gateway.mac('lan0')}")
                self.assertEqual(self.add(ip), 0)
                self.assert_carried_by(self.case.host, ip.server, self.case.gateway)

    def test_a_stale_wrong_mac(self):
        """an old entry is no proof: its MAC does not end in a phantom"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.case.host.ip(f"neigh replace {ip.gateway} lladdr {WRONG_MAC} dev e0 nud stale")
                self.assertEqual(self.add(ip), 1)
                self.assert_carried_by(self.case.host, ip.server, self.case.gateway)

    def test_the_neighbour_table_stays(self):
        """asking leaves no trace in the kernel's own table"""
        for ip in FAMILIES:
            self.add(ip, "native")
            self.assertEqual(self.case.host.ip_json(f"neigh show {ip.gateway} nud all"), [])

    def test_no_answer_to_ping(self):
        """a gateway that does not answer ping is no problem"""
        gateway = self.case.gateway
        gateway.sysctl("net.ipv4.icmp_echo_ignore_all", 1)
        gateway.sysctl("net.ipv6.icmp.echo_ignore_all", 1)
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.add(ip, method)
                    self.assert_source(self.case.host, ip.server, ip.wanted)
                    self.route2(self.case.host, f"del {ip.destination}")


class Silence(LabTestCase):
    """A gateway that does not answer ARP (ND) is given some tries, then a clear failure."""

    topology = topologies.the_case

    def asked(self, ip, line, options, status=1):
        """How often and when the silent gateway was asked during `route2 OPTIONS add LINE`."""
        silent = NOBODY[ip.family]
        with self.case.host.sniff("e0") as wire:
            if status:
                self.assert_refused(self.case.host, f"{options} add {ip.destination} via {silent} "
                                    f"src {ip.wanted} {line}", silent, "does not answer",
                                    ASKING[ip.family], "e0")
            else:
                self.route2(self.case.host, f"{options} add {ip.destination} via {silent} "
                                            f"src {ip.wanted} {line}")
            return len(wire.find(lambda frame: frame.asks_for(silent)))

    def test_two_tries(self):
        """2 tries, and nothing is changed"""
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.assertEqual(self.asked(ip, f"method {method}", "--timeout 10ms"), 2)

    def test_tries(self):
        """--tries says how many"""
        for ip in FAMILIES:
            for tries in (1, 5):
                with self.subTest(family=ip.family, tries=tries):
                    options = f"--tries {tries} --timeout 10ms"
                    self.assertEqual(self.asked(ip, "", options), tries)

    def test_one_second(self):
        """of 1 s, unless --timeout says otherwise"""
        def asks_for_nobody(frame):
            return frame.asks_for("4.3.2.99")

        with self.case.host.sniff("e0") as wire:
            route2 = self.case.host.popen(f"{ROUTE2} add 1.2.3.4 via 4.3.2.99 src 3.3.3.3")
            lab.wait_until(lambda: len(wire.find(asks_for_nobody)) == 2, 30, "a second try")
            first, second = wire.find(asks_for_nobody)
        route2.kill()
        self.assertGreaterEqual(second.time - first.time, 0.99)

    def test_no_tries(self):
        """with --tries 0 it is not asked: native goes without, a phantom has no MAC to take"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.assertEqual(self.asked(ip, "method native", "--tries 0", status=0), 0)
                self.route2(self.case.host, f"del {ip.destination}")
                self.assert_refused(self.case.host, f"--tries 0 add {ip.destination} "
                                    f"via {NOBODY[ip.family]} src {ip.wanted} method phantom",
                                    NOBODY[ip.family], "MAC", "--tries 0")

    def test_a_late_answer(self):
        """an answer to the second try will do"""
        host, gateway = self.case.host, self.case.gateway
        gateway.ip("link set lan0 arp off")
        with host.sniff("e0") as wire:
            route2 = host.popen(f"{ROUTE2} --tries 100 --timeout 50ms add 1.2.3.4 via 4.3.2.1 "
                                "src 3.3.3.3 method phantom")
            wire.wait_for(lambda frame: frame.asks_for("4.3.2.1"), timeout=30)
            gateway.ip("link set lan0 arp on")
            self.assertEqual((route2.wait(timeout=30), route2.stderr.read()), (0, ""))
        self.assert_carried_by(host, "1.2.3.4", gateway)

    def test_bad_options(self):
        """that are no number and no time"""
        for option, value in (("tries", "some"), ("tries", "-1"), ("timeout", "soon"),
                              ("timeout", "5h"), ("timeout", "")):
            with self.subTest(option=option, value=value):
                self.assert_refused(self.case.host, f"--{option}={value} add 1.2.3.4 src 3.3.3.3",
                                    option, value, status=2)


class Backups(LabTestCase):
    """Of several gateways the first that answers carries."""

    def setUp(self):
        super().setUp()
        self.case = topologies.two_gateways(self.net)

    def add(self, ip):
        """Add the line with a backup; return what was said on stderr."""
        return self.route2(self.case.host, f"--timeout 20ms add {ip.destination} via {ip.gateway} "
                           f"backup {ip.backups[0]} src {ip.wanted}").stderr

    def test_all_there(self):
        """the first carries, and nothing is to be remarked"""
        for ip in FAMILIES:
            self.assertEqual(self.add(ip), "")
            self.assert_carried_by(self.case.host, ip.server, self.case.gateways[0])

    def test_the_first_is_silent(self):
        """a note, and the living one carries"""
        self.case.switch.down("p2")
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                said = self.add(ip)
                self.assertRegex(said, rf"note: .*{ip.gateway} .*{ip.backups[0]} carries")
                self.assert_carried_by(self.case.host, ip.server, self.case.gateways[1])
                self.assert_source(self.case.host, ip.server, ip.wanted)

    def test_the_backup_is_silent(self):
        """a note, and the first carries"""
        self.case.switch.down("p3")
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.assertRegex(self.add(ip), rf"note: .*{ip.backups[0]} .*{ip.gateway} carries")
                self.assert_carried_by(self.case.host, ip.server, self.case.gateways[0])

    def test_none_answers(self):
        """then it is refused"""
        self.case.switch.down("p2")
        self.case.switch.down("p3")
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(self.case.host):
                self.route2(self.case.host, f"--timeout 10ms add {ip.destination} via {ip.gateway} "
                            f"backup {ip.backups[0]} src {ip.wanted}", expect=1)


class WithoutVia(LabTestCase):
    """Without `via`: the default gateway of the source's interface."""

    def test_the_default_gateway(self):
        """and a note says which one that is"""
        case = topologies.the_case(self.net)
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                added = self.route2(case.host, f"add {ip.destination} src {ip.wanted}")
                self.assertEqual(kernel.next_hop(case.host, ip.destination), ip.gateway)
                self.assertIn(ip.gateway, added.stderr)
                self.assert_source(case.host, ip.server, ip.wanted)

    def test_of_the_sources_interface(self):
        """even if another interface has the better default route"""
        case = topologies.two_uplinks(self.net)
        for ip in (UPLINKS_V4, UPLINKS_V6):
            with self.subTest(family=ip.family):
                self.route2(case.host, f"add {ip.destination} src {ip.other}")
                self.assertEqual(kernel.next_hop(case.host, ip.destination), ip.other_gateway)
                self.assert_carried_by(case.host, ip.server, case.gateways[1], "e1")

    def test_dev_names_the_interface(self):
        """for a source that is elsewhere"""
        case = topologies.two_uplinks(self.net)
        for ip, on_lo in zip((UPLINKS_V4, UPLINKS_V6), ("7.7.7.7", "2001:db8:7::7")):
            with self.subTest(family=ip.family):
                self.route2(case.host, f"add {ip.destination} src {on_lo} dev e1")
                self.assertEqual(kernel.next_hop(case.host, ip.destination), ip.other_gateway)
                self.assert_source(case.host, ip.server, on_lo)

    def test_several(self):
        """several candidates are listed, not guessed"""
        case = topologies.two_gateways(self.net)
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                case.host.ip(f"route add default via {ip.backups[0]} metric 3000")
                self.assert_refused(case.host, f"add {ip.destination} src {ip.wanted}",
                                    f"via {ip.gateway} dev e0", f"via {ip.backups[0]} dev e0")

    def test_one_in_two_routes(self):
        """the same gateway by two default routes is one candidate"""
        case = topologies.the_case(self.net)
        case.host.ip("route add default via 4.3.2.1 metric 3000")
        self.route2(case.host, f"add {V4.destination} src {V4.wanted}")
        self.assert_source(case.host, V4.server, V4.wanted)

    def test_none(self):
        """none there: those of other interfaces are listed"""
        case = topologies.two_uplinks(self.net)
        for ip in (UPLINKS_V4, UPLINKS_V6):
            case.host.ip(f"route del default via {ip.gateway}")
            with self.subTest(family=ip.family):
                said = self.assert_refused(case.host, f"add {ip.destination} src {ip.wanted}",
                                           "e0", f"via {ip.other_gateway} dev e1")
                self.assertTrue(re.search("no default gateway", said), said)
