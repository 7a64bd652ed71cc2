# SPDX-License-Identifier: MIT
"""`watch` of route2.exe: gateways die and move, the host changes under it."""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, V6
from winwatch import FILE, LINE, QUICK, WinWatchTestCase


class Watch(WinWatchTestCase):
    """In the foreground."""

    def test_failover_and_back(self):
        """the backup carries while the gateway is dead, and the gateway again after `hold`"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        phantom = self.phantom()
        self.assert_carried(first)
        first.down("lan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(second, phantom)
        self.assert_carried(second)
        first.up("lan0")
        self.wait_carried(first, phantom)
        self.assert_carried(first)
        self.assertTrue(self.logged("gateway 4.3.2.1 dev e0 is down"))

    def test_moved(self):
        """another MAC is followed, after an alarm and five seconds"""
        self.watch(QUICK + "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3\n")
        self.wait_for_state(V4.gateway, "up")
        first = self.case.gateways[0]
        new = first.next_mac()
        first.down("lan0")
        first.ip(f"link set lan0 address {new}")
        first.up("lan0")
        self.wait(lambda: self.gateway(V4.gateway)["mac"] == new, "the move to be followed", 40)
        self.wait_for_state(V4.gateway, "up")
        self.wait_carried(first, self.phantom())
        self.assert_carried(first)
        self.assertLess(self.said().index("cannot be asked alone"), self.said().index("moved from"))

    def test_put_back(self):
        """what others take away: the route, and the neighbour, of which Windows tells nothing"""
        self.watch()
        self.all_up()
        phantom, first = self.phantom(), self.case.gateways[0]
        self.host.ip("route del 1.2.3.0/24")
        self.wait(lambda: "1.2.3.0/24" in self.host.ip("route"), "the route to be back")
        self.assert_carried(first)
        self.host.ip(f"neigh del {phantom} dev e0")
        self.wait_carried(first, phantom)
        self.assert_carried(first)
        self.host.ip(f"neigh replace {phantom} lladdr 02:00:00:00:66:66 dev e0 nud permanent")
        self.wait_carried(first, phantom)
        self.assertEqual(len(self.our_routes()), 1)

    def test_own_changes_are_no_storm(self):
        """they are told of, and looked at once or twice"""
        self.watch()
        self.all_up()
        before = self.status()["routes"]["audits"]
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.wait(lambda: self.status()["routes"]["audits"] > before, "an audit")
        self.case.gateways[0].down("lan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(self.case.gateways[1], self.phantom())
        self.assertLess(self.status()["routes"]["audits"], before + 8)

    def test_told(self):
        """add and del tell it: what is deleted so stays away"""
        self.watch(QUICK)
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "the line to be wanted")
        self.host.ip("route del 9.9.9.9")
        self.wait(lambda: "9.9.9.9" in self.host.ip("route"), "the route to be back")
        self.route2(self.host, "del 9.9.9.9")
        self.wait(lambda: self.status()["routes"]["wanted"] == 0, "the line to be forgotten")
        audits = self.status()["routes"]["audits"]
        self.host.ip("route add 8.8.8.8 via 4.3.2.1 metric 25")  # somebody else's wakes it
        self.wait(lambda: self.status()["routes"]["audits"] > audits, "another audit")
        self.assertNotIn("9.9.9.9", self.host.ip("route"))

    def test_switch(self):
        """the watch does it, and keeps it so"""
        self.watch()
        self.all_up()
        phantom = self.phantom()
        first, second = self.case.gateways
        self.assertIn("1 phantom moved",
                      self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]}").stdout)
        self.wait_carried(second, phantom)
        self.assert_carried(second)
        self.route2(self.host, f"switch {V4.backups[0]} to {V4.gateway}")
        self.wait_carried(first, phantom)

    def test_track(self):
        """the gateway lives, and the path behind it is dead"""
        self.watch(QUICK + "monitor 4.3.2.1 track 1.2.3.4\n" + LINE)
        self.all_up()
        self.assertTrue(self.gateway(V4.gateway)["track"]["alive"])
        first, second = self.case.gateways
        phantom = self.phantom()
        first.down("wan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(second, phantom)

    def test_killed(self):
        """killed and started again it takes over what it finds; the backup goes on carrying"""
        process = self.watch()
        self.all_up()
        first, second = self.case.gateways
        phantom = self.phantom()
        first.down("lan0")
        self.wait_carried(second, phantom)
        self.stop(process)
        with self.assert_state_unchanged(self.host):
            self.watch()
            self.wait_for_state(V4.backups[0], "up")
        self.assertEqual(self.phantom(), phantom)
        self.assertEqual(self.neighbour(phantom), second.mac("lan0"))

    def test_one_watch(self):
        """a second one is refused, with the way to see the first; the pipe is theirs alone"""
        self.watch(QUICK)
        result = self.route2(self.host, "watch", expect=1)
        self.assertIn("a watch runs here already; see it: route2 status", result.stderr)

    def test_ctrl_c(self):
        """ends it, and leaves all as it is"""
        process = self.watch("monitor interval 100ms\n" + LINE)
        self.all_up()
        self.assertTrue(self.logged("gateway 4.3.2.1: this system asks no more often than once in 1000 ms"))
        with self.assert_state_unchanged(self.host):
            for pid in self.running("route2.exe"):
                os.kill(pid, signal.SIGINT)  # which Wine makes a Ctrl-C of
            self.assertEqual(process.wait(timeout=30), 0)
        self.assertTrue(self.logged("stopping: routes stay as they are"))
        self.assert_carried(self.case.gateways[0])

    def test_refused_once(self):
        """a call that fails is told of, and made good"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        phantom = self.phantom()
        self.wine.fault("SetIpNetEntry2 1 return 5")
        first.down("lan0")
        self.wait_carried(second, phantom)
        self.assert_carried(second)
        self.assertTrue(self.logged("Access is denied") or self.logged("SetIpNetEntry2"))

    def test_deaf(self):
        """where Windows does not tell of changes it does not begin, and says what is missing"""
        self.file(QUICK + LINE)
        self.wine.fault("NotifyRouteChange2 0 return 50")
        result = self.route2(self.host, ["watch", FILE], expect=1)
        self.assertIn("cannot hear of changes", result.stderr)
        self.assertIn("NotifyRouteChange2", result.stderr)

    def test_ipv6(self):
        """a gateway of IPv6, by a route that needs no phantom"""
        self.watch(QUICK + f"{V6.destination} via {V6.gateway} src {V6.usual}\n")
        self.wait_for_state(V6.gateway, "up")
        self.case.gateways[0].down("lan0")
        self.wait_for_state(V6.gateway, "down")

    def test_hooks(self):
        """are run by argv in an environment of their own; one that hangs is ended with its kin"""
        out = os.path.join(self.wine.c, "hook.txt")
        cmd = r"C:\windows\system32\cmd.exe"
        self.watch(QUICK + LINE + f"on down exec {cmd} /c set>C:\\hook.txt\n"
                   f"on down exec {cmd} /c {cmd} /c ping -n 1000 127.0.0.1\n"
                   "on down exec C:\\none.exe\n")
        self.all_up()
        self.case.gateways[0].down("lan0")
        self.wait(lambda: self.logged("cannot run C:\\none.exe"), "the one that is not there")
        self.wait(lambda: os.path.exists(out) and "ROUTE2_TEXT" in open(out).read(), "the first")
        with open(out) as file:
            said = file.read()
        self.assertIn("ROUTE2_EVENT=down", said)
        self.assertIn("ROUTE2_GATEWAY=4.3.2.1", said)
        self.assertNotIn("WINEPREFIX", said)
        self.wait(lambda: self.logged("takes over 10 s: killed"), "the limit", 30)
        self.wait(lambda: not self.running("ping"), "its kin to be gone")

