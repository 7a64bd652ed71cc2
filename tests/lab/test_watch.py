# SPDX-License-Identifier: MIT
"""`watch`: gateways die, move and are forged; the host changes under it."""

import signal
import socket

from lab.topologies import V4, V6, two_uplinks
from watching import LINES, QUICK, WatchTestCase


class Gateways(WatchTestCase):
    """Which gateway carries."""

    def test_failover_and_back(self):
        """the backup carries while the gateway is dead, and the gateway again after `hold`"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        for ip in (V4, V6):
            self.assert_carried_by(self.host, ip.server, first)
        first.down("lan0")
        self.wait_carried(second)
        self.wait_carried(second, "fe80::7232:1")
        for ip in (V4, V6):
            self.assert_carried_by(self.host, ip.server, second)
            self.wait_for_state(ip.gateway, "down")
        first.up("lan0")
        self.wait_carried(first)
        self.assert_carried_by(self.host, V4.server, first)
        self.assertTrue(self.logged("gateway 4.3.2.1 dev e0 is down"))

    def test_keeps_when_all_are_dead(self):
        """never to nothing: the routes stay"""
        self.watch()
        self.all_up()
        routes = self.host.ip("route show proto 114")
        for gateway in self.case.gateways:
            gateway.down("lan0")
        for ip in (V4.gateway, V4.backups[0]):
            self.wait_for_state(ip, "down")
        self.assertEqual(self.host.ip("route show proto 114"), routes)
        self.case.gateways[1].up("lan0")
        self.wait_carried(self.case.gateways[1])

    def test_withdraw(self):
        """`down withdraw`: a less specific route serves meanwhile"""
        self.watch(QUICK + "monitor down withdraw\n1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom\n"
                   "1.2.3.0/24 via 4.3.2.11 src 3.3.3.3 method phantom\n")
        first, second = self.case.gateways
        self.wait_for_state(V4.gateway, "up")
        self.wait_for_state(V4.backups[0], "up")
        self.assert_carried_by(self.host, V4.server, first)
        first.down("lan0")
        self.wait(lambda: "1.2.3.4" not in self.host.ip("route show proto 114"), "it to be withdrawn")
        self.assert_carried_by(self.host, V4.server, second)
        first.up("lan0")
        self.wait(lambda: "1.2.3.4" in self.host.ip("route show proto 114"), "it to be restored")
        self.assert_carried_by(self.host, V4.server, first)

    def test_moved(self):
        """another MAC is followed, announced or not"""
        self.watch()
        self.all_up()
        first = self.case.gateways[0]
        for announced in (True, False):
            old, new = first.mac("lan0"), first.next_mac()
            first.sysctl("net.ipv4.conf.lan0.arp_notify", int(announced))
            first.down("lan0")
            first.ip(f"link set lan0 address {new}")
            first.up("lan0")
            self.wait(lambda new=new: self.gateway(V4.gateway)["mac"] == new, f"{old} to become {new}")
            self.wait_for_state(V4.gateway, "up")
            self.wait_carried(first)
            self.assert_carried_by(self.host, V4.server, first)

    def test_pinned(self):
        """`pin`: never; there is an alarm"""
        self.watch(QUICK + "monitor 4.3.2.1 follow pin\n" + LINES)
        self.all_up()
        first = self.case.gateways[0]
        first.down("lan0")
        first.ip(f"link set lan0 address {first.next_mac()}")
        first.up("lan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(self.case.gateways[1])

    def forge(self, wire, mac):
        """All kinds of frames that claim 4.3.2.1."""
        own, station = self.host.mac("e0"), bytes.fromhex(mac.replace(":", ""))
        gateway, us = socket.inet_aton(V4.gateway), socket.inet_aton(V4.usual)
        everybody = b"\xff" * 6
        for target in (everybody, bytes.fromhex(own.replace(":", ""))):
            for op, spa, tha, tpa in ((1, gateway, b"\0" * 6, us), (2, gateway, target, us),
                                      (1, gateway, b"\0" * 6, gateway), (2, gateway, everybody, gateway)):
                wire.send(target + station + b"\x08\x06\0\x01\x08\0\x06\x04" + bytes((0, op)) +
                          station + spa + tha + tpa)

    def test_forged(self):
        """a forger does not get a packet while the gateway lives, and is told of"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        forger = self.case.back.mac("lan0")
        with self.case.back.raw_socket("lan0") as wire:
            for _ in range(300):
                self.forge(wire, forger)
            self.wait(lambda: self.gateway(V4.gateway)["alarm"] != "none" or
                      self.logged("claim"), "the alarm")
            self.assertEqual(self.mac_of_phantom(), first.mac("lan0"))
            first.down("lan0")
            for _ in range(100):
                self.forge(wire, forger)
        self.wait(lambda: self.mac_of_phantom() != first.mac("lan0"), "the failover")
        self.assertIn(self.mac_of_phantom(), (second.mac("lan0"), forger))

    def test_track(self):
        """the gateway lives, and the path behind it is dead"""
        self.watch(QUICK + "monitor 4.3.2.1 track 1.2.3.4\n" + LINES)
        self.all_up()
        self.assertTrue(self.gateway(V4.gateway)["track"]["alive"])
        first, second = self.case.gateways
        first.down("wan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(second)
        self.assertEqual(self.gateway(V6.gateway)["state"], "up")
        first.up("wan0")
        self.wait_for_state(V4.gateway, "up")
        self.wait_carried(first)

    def test_switch(self):
        """the watch does it, and does not undo it"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]}")
        self.wait_carried(second)
        self.assert_carried_by(self.host, V4.server, second)
        self.host.ip(f"neigh replace 169.254.255.1 lladdr {first.mac('lan0')} dev e0 nud permanent")
        self.wait_carried(second)
        self.route2(self.host, f"switch {V4.backups[0]} to {V4.gateway}")
        self.wait_carried(first)
        self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]} for 1s")
        self.wait_carried(second)
        self.wait_carried(first)


class Host(WatchTestCase):
    """What changes on the host itself."""

    def test_put_back(self):
        """a foreign tool deletes or overrides a route; the kernel loses a neighbour entry"""
        self.watch()
        self.all_up()
        routes = self.host.ip("route show proto 114")
        self.host.ip("route del 1.2.3.0/24")
        self.wait(lambda: self.host.ip("route show proto 114") == routes, "the route to be back")
        self.host.ip("route replace 1.2.3.0/24 via 4.3.2.11 proto static")
        self.wait(lambda: "1.2.3.0/24" in self.host.ip("route show proto 114"), "it to go before")
        self.assert_source(self.host, V4.server, "3.3.3.3")
        self.host.ip("neigh del 169.254.255.1 dev e0")
        self.wait_carried(self.case.gateways[0])

    def test_phantom_taken(self):
        """we get the phantom's address, or a host on the link: another phantom, without a gap"""
        self.watch()
        self.all_up()
        self.host.ip("addr add 169.254.255.1/32 dev lo")
        self.wait(lambda: "via 169.254.255.2" in self.host.ip("route show proto 114"), "another")
        self.wait_carried(self.case.gateways[0], "169.254.255.2")
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])
        self.host.ip("addr del 169.254.255.1/32 dev lo")
        self.case.back.ip("addr add 169.254.255.2/24 dev lan0")
        self.case.back.run(["ping", "-c1", "-W1", "169.254.255.77"])
        self.wait(lambda: self.logged("has taken its address"), "it to be heard")
        self.wait(lambda: "via 169.254.255.1" in self.host.ip("route show proto 114"), "another")
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])

    def test_lost_notifications(self):
        """more changes than the socket holds: all is read again"""
        process = self.watch()
        self.all_up()
        routes = self.host.ip("route show proto 114")
        process.send_signal(signal.SIGSTOP)
        numbers = [f"{a}.{b}" for a in range(160) for b in range(250)]
        self.host.ip_batch(f"route add 20.0.{n}/32 via 4.3.2.1 src 3.3.3.3 proto 114 table 77"
                           for n in numbers)
        self.host.ip("route del 1.2.3.0/24")
        process.send_signal(signal.SIGCONT)
        self.wait(lambda: self.status()["lost_notifications"] > 0, "the loss to be seen")
        self.wait(lambda: self.host.ip("route show proto 114") == routes, "the route to be back")
        self.wait(lambda: not self.host.ip("route show table 77"), "what nobody wants to go")

    def test_own_mac(self):
        """our own MAC changes, and the kernel drops all neighbours"""
        self.watch()
        self.all_up()
        self.host.ip(f"link set e0 address {self.host.next_mac()}")
        self.wait_carried(self.case.gateways[0])
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])
        self.all_up()

    def test_link_and_source(self):
        """down and up again; the source goes and comes back; renamed"""
        self.watch(QUICK + LINES.replace("set via 4.3.2.1", "set dev e0\nset via 4.3.2.1"))
        self.all_up()
        lines = self.route2(self.host, "show").stdout
        self.host.down("e0")
        self.wait(lambda: not self.host.ip("route show proto 114"), "the kernel to drop all")
        self.host.up("e0")
        for address in ("2001:db8:4::2/64", "2001:db8:3::3/64"):
            self.host.ip(f"addr add {address} dev e0 nodad")
        self.wait(lambda: self.route2(self.host, "show").stdout == lines, "all to be back")
        self.assert_source(self.host, V4.server, "3.3.3.3")
        self.host.ip("addr del 3.3.3.3/24 dev e0")
        self.wait(lambda: self.status()["routes"]["waiting"], "it to wait for its source")
        self.assertIn("3.3.3.3", self.status()["routes"]["waiting"][0]["why"])
        self.host.ip("addr add 3.3.3.3/24 dev e0")
        self.wait(lambda: self.route2(self.host, "show").stdout == lines, "all to be back")

    def test_waits_for_its_interface(self):
        """it starts before there is one, and says what it waits for"""
        self.watch("1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 dev e9\n5.6.7.0/24 via 4.3.2.1 src 3.3.3.3\n")
        self.assertIn("e9", self.status()["routes"]["waiting"][0]["why"])
        self.assertTrue(self.logged("waiting: 1.2.3.0/24"))
        self.assertIn("5.6.7.0/24", self.host.ip("route show proto 114"))
        self.host.down("e0")
        self.host.ip("link set e0 name e9")
        self.host.up("e9")
        self.wait(lambda: "1.2.3.0/24" in self.host.ip("route show proto 114"), "it to come")

    def test_told(self):
        """add, del and apply beside it are taken for what is wanted"""
        self.watch()
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3")
        self.host.ip("route del 9.9.9.9")
        self.wait(lambda: "9.9.9.9" in self.host.ip("route show proto 114"), "it to be put back")
        self.route2(self.host, "del 9.9.9.9")
        self.route2(self.host, "del 1.2.3.0/24")
        audits = self.status()["routes"]["audits"]
        self.host.ip("route del 5.6.7.0/24")
        self.wait(lambda: self.status()["routes"]["audits"] > audits and
                  "5.6.7.0" in self.host.ip("route show proto 114"), "another audit")
        self.assertNotIn("9.9.9.9", self.host.ip("route show proto 114"))
        self.assertNotIn("1.2.3.0", self.host.ip("route show proto 114"))
        self.route2(self.host, f"apply {self.file('7.7.7.0/24 via 4.3.2.1 src 3.3.3.3', 'other')}")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "the change to be known")
        self.assertEqual(len(self.shown(self.host)), 1)


class Uplinks(WatchTestCase):
    """Two interfaces."""

    topology = two_uplinks

    def test_second_uplink(self):
        """a line with a higher metric, to which `down withdraw` yields"""
        self.watch(QUICK + "monitor down withdraw\n"
                   "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 method phantom\n"
                   "1.2.3.0/24 via 6.5.4.1 src 7.7.7.7 metric 100 method phantom\n")
        self.wait_for_state("4.3.2.1", "up")
        self.wait_for_state("6.5.4.1", "up")
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        self.case.gateways[0].ip("addr del 4.3.2.1/24 dev lan0")
        self.wait(lambda: self.host.connect_source("1.2.3.4") == "7.7.7.7", "the other uplink")
        self.assert_source(self.host, "1.2.3.4", "7.7.7.7")
