# SPDX-License-Identifier: MIT
"""The case it all began with: two addresses on one interface, one gateway, a server behind it."""

import lab
from case import LabTestCase
from lab.topologies import FAMILIES, V4, the_case

import kernel


class TheCase(LabTestCase):
    """By itself the host sends from 4.3.2.2; after `route2 add` it sends from 3.3.3.3, to the real
    gateway's MAC; after `route2 del` all is as it was, nothing of ours left behind."""

    topology = the_case

    def there_and_back(self, ip, line):
        """Yields while what `line` added stands."""
        host = self.case.host
        self.settle(host)
        before = host.state()
        self.assert_source(host, ip.server, ip.usual)
        self.route2(host, line)
        self.assert_source(host, ip.server, ip.wanted)
        self.assert_carried_by(host, ip.server, self.case.gateway)
        yield
        self.route2(host, f"del {ip.destination}")
        self.assert_source(host, ip.server, ip.usual)
        self.assert_nothing_of_ours(host)
        self.assert_same_state(before, host.state(), "del did not undo add")

    def test_native(self):
        """route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3: the kernel's preferred source on a route
        by the real gateway"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = f"add {ip.destination} via {ip.gateway} src {ip.wanted}"
                for _ in self.there_and_back(ip, line):
                    self.assertEqual(kernel.next_hop(self.case.host, ip.destination), ip.gateway)
                    self.assertEqual(kernel.neighbours(self.case.host), {})
                    self.assertEqual(kernel.book(self.case.host), [])

    def test_phantom(self):
        """the same with `method phantom`: a made-up next hop with the gateway's MAC"""
        for ip, made_up in zip(FAMILIES, ("169.254.255.1", "fe80::7232:1")):
            with self.subTest(family=ip.family):
                line = f"add {ip.destination} via {ip.gateway} src {ip.wanted} method phantom"
                for _ in self.there_and_back(ip, line):
                    host = self.case.host
                    self.assertEqual(kernel.next_hop(host, ip.destination), made_up)
                    self.assertEqual(kernel.our_route(host, ip.destination)["prefsrc"], ip.wanted)
                    self.assertEqual(kernel.neighbours(host),
                                     {made_up: self.case.gateway.mac("lan0")})

    def test_phantoms_are_never_asked_for(self):
        """the neighbour is permanent: no ARP or ND for the phantom goes out"""
        for ip, made_up in zip(FAMILIES, ("169.254.255.1", "fe80::7232:1")):
            with self.subTest(family=ip.family), self.case.host.sniff("e0") as wire:
                self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} "
                                            f"src {ip.wanted} method phantom")
                wire.clear()  # before it was made, it was checked to be free
                self.assert_source(self.case.host, ip.server, ip.wanted)
                self.assertEqual(wire.find(lambda frame: frame.asks_for(made_up)), [])

    def test_batch_file(self):
        """and with `route2 1.2.3.4 255.255.255.255 4.3.2.1 3.3.3.3`"""
        for _ in self.there_and_back(V4, "1.2.3.4 255.255.255.255 4.3.2.1 3.3.3.3"):
            self.assertEqual(self.shown(self.case.host),
                             ["1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native"])

    def test_batch_file_with_a_subnet(self):
        """its mask becomes the length of a prefix"""
        host = self.case.host
        self.route2(host, "1.2.3.0 255.255.255.0 4.3.2.1 3.3.3.3")
        self.assert_source(host, "1.2.3.4", "3.3.3.3")
        self.assertIsNotNone(kernel.our_route(host, "1.2.3.0/24"))
        self.route2(host, "del 1.2.3.0/24")
        self.assert_nothing_of_ours(host)

    def test_others_keep_their_source(self):
        """the choice is made for the destination alone"""
        host, server = self.case.host, self.case.server
        server.ip_batch(["addr add 1.2.3.5/24 dev e0", "addr add 2001:db8:5::5/64 dev e0"])
        for ip, other in zip(FAMILIES, ("1.2.3.5", "2001:db8:5::5")):
            self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
            self.assert_source(host, ip.server, ip.wanted)
            self.assert_source(host, other, ip.usual)

    def test_it_says_what_changed(self):
        """add and del tell the source before and after, on stdout"""
        host = self.case.host
        added = self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual(added.stdout.splitlines(), [
            "added 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native",
            "  1.2.3.4 is sent to from 3.3.3.3 now (before: from 4.3.2.2)"])
        removed = self.route2(host, "del 1.2.3.4/32")
        self.assertEqual(removed.stdout.splitlines(), [
            "removed 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native",
            "  1.2.3.4 is sent to from 4.3.2.2 now (before: from 3.3.3.3)"])
        self.assertEqual(added.stderr + removed.stderr, "")

    def test_a_bound_socket_keeps_its_source(self):
        """the route chooses for sockets that left the choice open"""
        self.route2(self.case.host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual(self.case.host.source_seen("1.2.3.4", bind="4.3.2.2"), "4.3.2.2")


class InAnyNamespace(LabTestCase):
    """The kernel is the database: `show` tells the same from any process, in any namespace."""

    def test_two_networks_do_not_mix(self):
        """what is added in one namespace is nothing to another"""
        first, second = the_case(self.net), None
        with lab.Network() as other:
            second = the_case(other)
            self.route2(first.host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom")
            self.assertEqual(self.shown(second.host), [])
            self.route2(second.host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom")
            self.route2(first.host, "del 1.2.3.4/32")
            self.assert_nothing_of_ours(first.host)
            self.assert_source(second.host, "1.2.3.4", "3.3.3.3")
