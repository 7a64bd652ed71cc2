# SPDX-License-Identifier: MIT
"""How the source is chosen: native, phantom, plain, auto."""

from case import LabTestCase
from lab.topologies import FAMILIES, V4, V6, the_case, two_gateways

import kernel

FIRST_PHANTOM = {4: "169.254.255.1", 6: "fe80::7232:1"}
OTHER_SERVER = {4: "1.2.3.5", 6: "2001:db8:5::5"}


def by_phantom(ip, destination=None):
    """The words of a line by one gateway and a phantom."""
    return f"{destination or ip.destination} via {ip.gateway} src {ip.wanted} method phantom"


class Auto(LabTestCase):
    """`auto`: native for one gateway, phantom with backups."""

    def setUp(self):
        super().setUp()
        self.case = two_gateways(self.net)

    def test_one_gateway(self):
        """native: what any administrator would expect to see"""
        for ip in FAMILIES:
            for word in ("", "method auto"):
                self.route2(self.case.host, f"replace {ip.destination} via {ip.gateway} "
                                            f"src {ip.wanted} {word}")
                self.assertEqual(kernel.next_hop(self.case.host, ip.destination), ip.gateway)
        self.assertEqual(kernel.neighbours(self.case.host), {})

    def test_backups(self):
        """phantom, and the gateways are written in the book in their order"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add {ip.destination} via {ip.gateway} "
                                  f"backup {ip.backups[0]} src {ip.wanted}")
                self.assert_source(host, ip.server, ip.wanted)
                self.assert_carried_by(host, ip.server, self.case.gateway)
                made_up = kernel.next_hop(host, ip.destination)
                self.assertEqual(kernel.neighbours(host),
                                 {made_up: self.case.gateway.mac("lan0")})
                lines = sorted(kernel.book(host), key=lambda line: line[2])
                self.assertEqual([line[:2] for line in lines],
                                 [(ip.gateway, made_up), (ip.backups[0], made_up)])
                first, second = (metric for _, _, metric, _ in lines)
                self.assertEqual((first % 256, second), (1, first + 1))
                self.route2(host, f"del {ip.destination}")

    def test_native_knows_no_backup(self):
        """`method native` with `backup` is refused and points to phantom"""
        for ip in FAMILIES:
            self.assert_refused(self.case.host, f"add {ip.destination} via {ip.gateway} backup "
                                f"{ip.backups[0]} src {ip.wanted} method native",
                                "native", ip.backups[0], "phantom", status=2)

    def test_one_update_moves_all_routes(self):
        """one neighbour update moves every route of a phantom to another gateway"""
        host, second = self.case.host, self.case.gateways[1]
        for ip in FAMILIES:
            line = f"via {ip.gateway} backup {ip.backups[0]} src {ip.wanted}"
            self.case.server.ip(f"addr add {OTHER_SERVER[ip.family]}/{ip.length} dev e0")
            self.route2(host, f"add {ip.destination} {line}")
            self.route2(host, f"add {OTHER_SERVER[ip.family]} {line}")
            made_up = kernel.next_hop(host, ip.destination)
            host.ip(f"neigh replace {made_up} lladdr {second.mac('lan0')} dev e0 nud permanent "
                    "protocol 114")
            for server in (ip.server, OTHER_SERVER[ip.family]):
                self.assert_carried_by(host, server, second)
                self.assert_source(host, server, ip.wanted)


class Sharing(LabTestCase):
    """Routes with the same interface and gateways share one phantom."""

    def setUp(self):
        super().setUp()
        self.case = two_gateways(self.net)

    def test_one_phantom_for_one_list(self):
        """phantom, neighbour and book go with the last of them, and not before"""
        host = self.case.host
        for ip in FAMILIES:
            other = f"{OTHER_SERVER[ip.family]}/{ip.length}"
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add {by_phantom(ip)}")
                alone = (kernel.neighbours(host), kernel.book(host))
                self.route2(host, f"add {by_phantom(ip, other).replace(ip.wanted, ip.usual)}")
                self.assertEqual(kernel.next_hop(host, ip.destination),
                                 kernel.next_hop(host, other))
                self.assertEqual((kernel.neighbours(host), kernel.book(host)), alone)
                self.route2(host, f"del {ip.destination}")
                self.assertEqual((kernel.neighbours(host), kernel.book(host)), alone)
                self.route2(host, f"del {other}")
                self.assertEqual((kernel.neighbours(host), kernel.book(host)), ({}, []))

    def test_another_list_another_phantom(self):
        """another list, or the same in another order, has one of its own"""
        host = self.case.host
        for ip in FAMILIES:
            lists = (f"via {ip.gateway}", f"via {ip.backups[0]}",
                     f"via {ip.gateway} backup {ip.backups[0]}",
                     f"via {ip.backups[0]} backup {ip.gateway}")
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                made_up = set()
                for metric, gateways in enumerate(lists, 10):
                    self.route2(host, f"add {ip.destination} {gateways} src {ip.wanted} "
                                      f"metric {30 - metric} method phantom")
                    hops = {route["gateway"] for route in kernel.routes(host, ip.destination)}
                    made_up |= hops
                self.assertEqual(len(made_up), len(lists))
                self.assertEqual(set(kernel.neighbours(host)), made_up)
                for metric in range(20, 16, -1):
                    self.route2(host, f"del {ip.destination} metric {metric}")

    def test_across_tables(self):
        """a route in another table shares the phantom and keeps it"""
        host = self.case.host
        self.route2(host, f"add {by_phantom(V4)}")
        self.route2(host, f"add {by_phantom(V4)} table 77")
        self.assertEqual(len(kernel.neighbours(host)), 1)
        self.route2(host, f"del {V4.destination} table main")
        self.assertEqual(len(kernel.neighbours(host)), 1)
        self.assertEqual(len(kernel.book(host)), 1)
        self.route2(host, f"del {V4.destination}")
        self.assert_nothing_of_ours(host)

    def test_replace_frees_the_old_phantom(self):
        """the phantom that the last route leaves goes with it"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.route2(host, f"add {by_phantom(ip)}")
                self.route2(host, f"replace {ip.destination} via {ip.gateway} "
                                  f"backup {ip.backups[0]} src {ip.wanted}")
                self.assertEqual(len(kernel.neighbours(host)), 1)
                self.assertEqual(len(kernel.book(host)), 2)
                self.route2(host, f"replace {ip.destination} via {ip.gateway} src {ip.wanted} "
                                  "method native")
                self.assertEqual((kernel.neighbours(host), kernel.book(host)), ({}, []))
                self.route2(host, f"del {ip.destination}")


class GivenPhantom(LabTestCase):
    """`phantom ADDRESS` takes a given one, if it is free."""

    topology = the_case
    FREE = {4: "3.3.3.2", 6: "2001:db8:3::2"}

    def refused(self, ip, address, *words):
        """This address is not taken for a phantom."""
        return self.assert_refused(self.case.host, f"add {by_phantom(ip)} phantom {address}",
                                   address, *words)

    def test_a_given_one(self):
        """such as 3.3.3.2, as the batch file would; a phantom is then the method"""
        host = self.case.host
        for ip in FAMILIES:
            free = self.FREE[ip.family]
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                  f"phantom {free}")
                self.assertEqual(kernel.next_hop(host, ip.destination), free)
                self.assert_source(host, ip.server, ip.wanted)
                self.assert_carried_by(host, ip.server, self.case.gateway)
                self.route2(host, f"del {ip.destination}")

    def test_it_is_probed(self):
        """an ARP probe in the manner of RFC 5227: it has no sender address"""
        with self.case.host.sniff("e0") as wire:
            self.route2(self.case.host, f"add {by_phantom(V4)} phantom 3.3.3.2")
            probes = wire.find(lambda frame: frame.asks_for("3.3.3.2"))
        self.assertTrue(probes)
        self.assertEqual({probe.arp_sender for probe in probes}, {"0.0.0.0"})

    def test_only_subnets_are_probed(self):
        """where it lies in a subnet of ours; 169.254.255.1 lies in none"""
        with self.case.host.sniff("e0") as wire:
            self.route2(self.case.host, f"add {by_phantom(V4)}")
            self.assertEqual(wire.find(lambda frame: frame.asks_for("169.254.255.1")), [])

    def test_answered_on_the_wire(self):
        """refused if a host answers to it, by ARP or ND"""
        for ip, length in zip(FAMILIES, (24, 64)):
            free = self.FREE[ip.family]
            self.case.gateway.ip(f"addr add {free}/{length} dev lan0")
            with self.subTest(family=ip.family):
                self.refused(ip, free, self.case.gateway.mac("lan0"))

    def test_our_own_address(self):
        """refused if it is our own"""
        self.case.host.ip_batch(["addr add 7.7.7.7/32 dev lo", "addr add 2001:db8:7::7/128 dev lo"])
        for ip, on_lo in zip(FAMILIES, ("7.7.7.7", "2001:db8:7::7")):
            self.refused(ip, ip.usual, "e0")
            self.refused(ip, on_lo, "lo")

    def test_broadcast_and_network_address(self):
        """refused if it is a broadcast, or a network's own address"""
        self.case.host.ip("addr add 5.5.5.5/24 broadcast 5.5.5.77 dev e0")
        for address in ("3.3.3.255", "3.3.3.0", "4.3.2.255", "5.5.5.77"):
            with self.subTest(address=address):
                self.refused(V4, address)

    def test_no_unicast_address(self):
        """refused if it can be nobody's"""
        for ip, addresses in ((V4, ("224.0.0.5", "127.0.0.5", "0.0.0.0", "255.255.255.255")),
                              (V6, ("ff02::5", "::1", "::"))):
            for address in addresses:
                with self.subTest(address=address):
                    self.assert_refused(self.case.host, f"add {by_phantom(ip)} phantom {address}",
                                        address, status=None)

    def test_next_hop_of_a_foreign_route(self):
        """refused if in use as something else: the next hop of another's route"""
        self.case.host.ip_batch(["route add 9.9.9.0/24 via 4.3.2.7",
                                 "route add 2001:db8:9::/48 via 2001:db8:4::7"])
        for ip, hop, prefix in ((V4, "4.3.2.7", "9.9.9.0/24"),
                                (V6, "2001:db8:4::7", "2001:db8:9::/48")):
            with self.subTest(family=ip.family):
                self.refused(ip, hop, prefix)

    def test_a_neighbour(self):
        """refused if in use as something else: a neighbour, permanent or learned"""
        mac = "02:00:00:00:77:77"
        for ip, address in ((V4, "3.3.3.7"), (V4, "9.9.9.9"), (V6, "2001:db8:3::7")):
            for state in ("permanent", "stale"):
                with self.subTest(address=address, state=state):
                    self.case.host.ip(f"neigh replace {address} lladdr {mac} dev e0 nud {state}")
                    self.refused(ip, address, mac)

    def test_another_list_has_it(self):
        """refused if another gateway list has it; for the same list it is the one to share"""
        host = self.case.host
        self.case.gateway.ip_batch(["addr add 4.3.2.11/24 dev lan0",
                                    "addr add 2001:db8:4::11/64 dev lan0"])
        for ip in FAMILIES:
            free = self.FREE[ip.family]
            other = f"{OTHER_SERVER[ip.family]}/{ip.length}"
            self.route2(host, f"add {by_phantom(ip)} phantom {free}")
            self.assert_refused(host, f"add {other} via {ip.backups[0]} src {ip.wanted} "
                                      f"phantom {free}", free, ip.gateway)
            self.route2(host, f"add {by_phantom(ip, other)} phantom {free}")
            self.assertEqual(kernel.next_hop(host, other), free)

    def test_the_list_has_another(self):
        """a list that has a phantom gets no second one, and the line names the one it has"""
        for ip in FAMILIES:
            self.route2(self.case.host, f"add {by_phantom(ip)}")
            self.assert_refused(self.case.host,
                                f"add {by_phantom(ip, OTHER_SERVER[ip.family])} "
                                f"phantom {self.FREE[ip.family]}", FIRST_PHANTOM[ip.family])


class Plain(LabTestCase):
    """A route without preferred source, if the kernel then picks SOURCE anyway."""

    topology = the_case

    def test_accepted(self):
        """no preferred source on the route; the wanted one is kept in the book"""
        host = self.case.host
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(host):
                self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.usual} "
                                  "method plain")
                self.assertNotIn("prefsrc", kernel.our_route(host, ip.destination))
                self.assert_source(host, ip.server, ip.usual)
                self.assertEqual([line[3] for line in kernel.book(host)], [ip.usual])
                self.assertEqual(self.shown(host), [f"{ip.destination} via {ip.gateway} "
                                                    f"src {ip.usual} dev e0 method plain"])
                self.route2(host, f"del {ip.destination}")

    def test_refused(self):
        """refused otherwise, naming the address that would win and the method that would work"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.assert_refused(self.case.host, f"add {ip.destination} via {ip.gateway} "
                                                    f"src {ip.wanted} method plain",
                                    ip.usual, "native")

    def test_the_classic_trick(self):
        """the next hop decides: with phantom 3.3.3.2 the kernel picks 3.3.3.3 by itself"""
        host = self.case.host
        with self.assert_state_unchanged(host):
            self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method plain phantom 3.3.3.2")
            route = kernel.our_route(host, "1.2.3.4/32")
            self.assertEqual((route["gateway"], route.get("prefsrc")), ("3.3.3.2", None))
            self.assert_source(host, "1.2.3.4", "3.3.3.3")
            self.assert_carried_by(host, "1.2.3.4", self.case.gateway)
            self.assertEqual(self.shown(host), ["1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 "
                                                "method plain phantom 3.3.3.2"])
            self.route2(host, "del 1.2.3.4/32")

    def test_a_phantom_that_cannot_work(self):
        """a phantom given by hand that cannot work: say which address would win"""
        self.assert_refused(self.case.host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method plain "
                                            "phantom 4.3.2.9", "4.3.2.9", "4.3.2.2")

    def test_first_primary_of_the_next_hop(self):
        """the kernel picks the first primary whose subnet holds the next hop"""
        host = self.case.host
        host.ip_batch(["addr add 4.3.2.5/24 dev e0", "addr add 4.3.2.6/25 dev e0"])
        for source in ("4.3.2.5", "4.3.2.6", "3.3.3.3"):
            self.assert_refused(host, f"add 1.2.3.4/32 via 4.3.2.1 src {source} method plain",
                                "4.3.2.2")
        self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 method plain")
        self.assert_source(host, "1.2.3.4", "4.3.2.2")


class Pool(LabTestCase):
    """The first free phantom of 169.254.255.0/24, then 169.254.0.0/24, then `via inet6`."""

    topology = the_case
    POOLS = ("169.254.255", "169.254.0")

    def occupy(self, addresses):
        """Somebody else's neighbours have these addresses."""
        self.case.host.ip_batch(f"neigh add {address} lladdr 02:00:00:00:66:66 dev e0 nud permanent"
                                for address in addresses)

    def check(self, expected):
        """The next phantom for IPv4 is this one, and it carries packets."""
        host = self.case.host
        with self.assert_state_unchanged(host):
            self.route2(host, f"add {by_phantom(V4)}")
            self.assertEqual(kernel.next_hop(host, V4.destination), expected)
            self.assert_source(host, V4.server, V4.wanted)
            self.assert_carried_by(host, V4.server, self.case.gateway)
            shown = self.shown(host)
            self.route2(host, f"del {V4.destination}")
            self.route2(host, f"add {shown[0]}")
            self.assertEqual(self.shown(host), shown)
            self.route2(host, f"del {V4.destination}")

    def test_what_is_taken_is_left_out(self):
        """by a neighbour, an address of ours, or a foreign next hop"""
        self.occupy(["169.254.255.1"])
        self.case.host.ip_batch(["addr add 169.254.255.2/32 dev e0",
                                 "route add 9.9.9.9 via 169.254.255.3 dev e0 onlink"])
        self.check("169.254.255.4")

    def test_link_local_addresses_are_probed(self):
        """a host of zeroconf on the wire keeps its address"""
        self.case.gateway.ip("addr add 169.254.255.1/16 dev lan0")
        self.case.host.ip("addr add 169.254.9.9/16 dev e0")
        self.check("169.254.255.2")

    def test_the_second_range(self):
        """with the first used up, 169.254.0.1"""
        self.occupy(f"169.254.255.{n}" for n in range(1, 255))
        self.check("169.254.0.1")

    def test_inet6(self):
        """with both used up, an IPv4 route `via inet6`"""
        self.occupy(f"{pool}.{n}" for pool in self.POOLS for n in range(1, 255))
        self.check("fe80::7232:1")
