# SPDX-License-Identifier: MIT
"""`route2 service`: the watch under the service control manager."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4
from winwatch import LINE, QUICK, WinWatchTestCase

KEY = r"HKLM\System\CurrentControlSet\Services\route2"
SOURCE = r"HKLM\System\CurrentControlSet\Services\EventLog\Application\route2"


class Service(WinWatchTestCase):
    """`sc query` and `route2 status` are the witnesses."""

    def service(self, what, expect=0):
        """What `route2 service WHAT` prints."""
        result = self.route2(self.host, f"service {what}", expect)
        return result.stdout + result.stderr

    def sc(self):
        """The state that sc.exe prints: RUNNING, STOPPED; None for no such service."""
        said = self.wine.run(["sc", "query", "route2"]).stdout
        for line in said.splitlines():
            if "STATE" in line:
                return line.split()[3]
        return None

    def installed(self, text=QUICK + LINE):
        """Install and start it."""
        self.file(text)
        self.service("install")
        self.service("start")
        self.wait_for_audit()

    def test_life(self):
        """installed, started, stopped, removed"""
        self.assertIn("not installed; install it", self.service("status", 1))
        self.assertIn("not installed", self.service("start", 1))
        self.assertIn("not installed", self.service("remove", 1))
        self.assertIn("installed", self.service("install"))
        self.assertIn("installed already", self.service("install", 1))
        self.assertEqual(self.sc(), "STOPPED")
        self.assertIn("stopped", self.service("status", 1))
        self.assertIn("does not run", self.service("reload", 1))
        self.assertIn("started", self.service("start"))
        self.assertEqual(self.sc(), "RUNNING")
        self.assertIn("runs already", self.service("start"))
        self.assertIn("running, process ", self.service("status"))
        self.assertEqual(json.loads(self.service("status -j"))["state"], "running")
        self.assertIsNotNone(self.status())
        self.assertIn("stopped", self.service("stop"))
        self.assertEqual(self.sc(), "STOPPED")
        self.assertIn("does not run", self.service("stop"))
        self.service("start")
        self.assertIn("removed", self.service("remove"))
        self.assertIsNone(self.sc())
        self.assertEqual(self.running("service run"), [])
        self.assertIn("in the foreground: route2 watch", self.service("run", 2))
        self.assertIn("reload, status, not begin", self.service("begin", 2))

    def test_registry(self):
        """what install writes, and remove takes away"""
        self.service("install")
        said = self.wine.run(["reg", "query", KEY]).stdout
        self.assertRegex(said, r'ImagePath\s+REG_(EXPAND_)?SZ\s+"[A-Z]:\\[^"]*\\route2\.exe" service run')
        self.assertRegex(said, r"Start\s+REG_DWORD\s+0x2")
        self.assertRegex(said, r"DependOnService\s+REG_MULTI_SZ\s+Tcpip")
        self.assertIn("Description", said)
        self.assertIn("EventCreate.exe", self.wine.run(["reg", "query", SOURCE]).stdout)
        self.service("remove")
        self.assertNotIn("EventCreate.exe", self.wine.run(["reg", "query", SOURCE]).stdout)

    def test_watches(self):
        """it fails over, with packets, and tells it in its log"""
        self.installed()
        self.all_up()
        first, second = self.case.gateways
        phantom = self.phantom()
        self.assert_carried(first)
        first.down("lan0")
        self.wait_carried(second, phantom)
        self.assert_carried(second)
        self.assertRegex(self.said(), r"(?m)^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning: "
                                      r"gateway 4\.3\.2\.1 dev e0 is down$")
        self.service("stop")
        self.assert_carried(second)  # what is stopped leaves all as it is

    def test_reload(self):
        """its file is read again; a bad one is told of, and the old one kept"""
        self.installed(QUICK)
        self.file(QUICK + LINE)
        self.service("reload")
        self.wait(lambda: len(self.our_routes()) == 1, "the new line")
        self.file(QUICK + LINE + "bad\n")
        self.service("reload")
        self.wait(lambda: self.logged("the old lines are kept"), "the refusal")
        self.assertTrue(self.logged("route2.conf:3:1: bad"))
        self.file(QUICK)
        self.service("reload")
        self.wait(lambda: not self.our_routes(), "the line to go")

    def test_bad_file(self):
        """it does not begin, and says why"""
        self.file("bad\n")
        self.service("install")
        self.assertIn("see why", self.service("start", 1))
        self.assertTrue(self.logged("route2.conf:1:1: bad"))

    def test_killed(self):
        """killed, it leaves all as it is; a watch that begins then takes over what it finds"""
        self.installed()
        self.all_up()
        first, second = self.case.gateways
        phantom = self.phantom()
        for pid in self.running("service run"):
            os.kill(pid, signal.SIGKILL)
        self.wait(lambda: not self.running("service run"), "it to be gone")
        self.assert_carried(first)
        first.down("lan0")
        self.watch()  # Wine's manager neither sees the end nor starts it again
        self.wait_carried(second, phantom)
        self.assert_carried(second)

    def test_boot(self):
        """it starts with Windows, and brings back what a restart takes along"""
        self.service("install")
        self.route2(self.host, "add 1.2.3.0/24 via 4.3.2.1 src 3.3.3.3")
        before = self.route2(self.host, "show").stdout
        self.host.ip("route del 1.2.3.0/24")
        for row in self.host.ip_json("neigh show nud permanent"):
            self.host.ip(f"neigh del {row['dst']} dev e0")
        self.wine.restart()
        self.wait(lambda: self.sc() == "RUNNING", "the service to start by itself", 60)
        self.wait(lambda: self.route2(self.host, "show", None).stdout == before, "it to be back", 60)
        self.assert_carried(self.case.gateways[0])

    def test_rotated(self):
        """a log of 1 MiB becomes route2.log.1"""
        self.file("x" * (1024 * 1024 + 1) + "\n", "route2.log")
        self.installed(QUICK)
        self.assertEqual(os.path.getsize(os.path.join(self.folder, "route2.log.1")), 1024 * 1024 + 2)
        self.assertTrue(self.logged("watching"))

    def test_told(self):
        """a program and a service: the pipe between them"""
        self.installed(QUICK)
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "the line to be wanted")
        self.assertIn("a watch runs here already", self.route2(self.host, "watch", 1).stderr)
        self.wait_for_state(V4.gateway, "up")
