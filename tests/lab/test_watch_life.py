# SPDX-License-Identifier: MIT
"""`watch` and `status`: beginning, reload, end, and what it says meanwhile."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import threading

from case import ROOT, ROUTE2
from lab.topologies import V4, V6
from watching import LINES, QUICK, WatchTestCase


class Life(WatchTestCase):
    """Beginning, reload, end."""

    def test_reload(self):
        """SIGHUP: lines of the file that are gone go; a bad file changes nothing and is told"""
        process = self.watch()
        self.all_up()
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.file(QUICK + LINES.replace("1.2.3.0/24", "1.2.0.0/16") + "bad\n")
        process.send_signal(signal.SIGHUP)
        self.wait(lambda: self.logged("the old lines are kept"), "the refusal")
        self.assertTrue(self.logged("route2.conf:7:1: "))
        self.assertIn("1.2.3.0/24", self.host.ip("route show proto 114"))
        self.file(QUICK + LINES.replace("1.2.3.0/24", "1.2.0.0/16"))
        process.send_signal(signal.SIGHUP)
        self.wait(lambda: "1.2.0.0/16" in self.host.ip("route show proto 114"), "the new line")
        self.wait(lambda: "1.2.3.0/24" not in self.host.ip("route show proto 114"), "the old to go")
        self.assertIn("9.9.9.9", self.host.ip("route show proto 114"))

    def test_killed(self):
        """killed and started again it takes over what it finds; the backup goes on carrying"""
        process = self.watch()
        self.all_up()
        first, second = self.case.gateways
        first.down("lan0")
        self.wait_carried(second)
        self.stop(process, signal.SIGKILL)
        with self.assert_state_unchanged(self.host):
            process = self.watch()
            self.wait_for_state(V4.backups[0], "up")
        self.stop(process)
        self.assertEqual(self.mac_of_phantom(), second.mac("lan0"))

    def test_remembered(self):
        """what add made and is withdrawn comes back, also by another watch; del forgets it"""
        self.watch = lambda: WatchTestCase.watch(self, QUICK + "monitor down withdraw\n")
        self.route2(self.host, "add 1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 method phantom")
        process = self.watch()
        self.wait_for_state(V4.gateway, "up")
        first = self.case.gateways[0]
        first.down("lan0")
        self.wait(lambda: "1.2.3.0" not in self.host.ip("route show proto 114"), "it to be withdrawn")
        self.wait(lambda: any("watch-" in name for name in os.listdir(self.folder)) or
                  os.path.exists("/run/route2"), "it to be remembered")
        self.stop(process, signal.SIGKILL)
        first.up("lan0")
        self.watch()
        self.wait(lambda: "1.2.3.0" in self.host.ip("route show proto 114"), "it to be back")

    def test_lost_source(self):
        """a route of ours that has lost its source, and that no line says, is not taken away"""
        self.route2(self.host, "add 2001:db8:5::/64 via 2001:db8:4::1 src 2001:db8:3::3")
        self.host.ip("addr del 2001:db8:3::3/64 dev e0")
        routes = self.host.ip("-6 route show proto 114")
        self.assertIn("2001:db8:5::/64", routes)
        self.watch()
        self.assertIn("2001:db8:5::/64", self.host.ip("-6 route show proto 114"))

    def test_blocked_log(self):
        """nobody reads the log, and all goes on"""
        end, log = os.pipe()
        self.addCleanup(os.close, end)
        fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, 4096)
        os.write(log, b"x" * 4096)
        process = self.host.popen([ROUTE2, "-v", "watch", self.file(QUICK + LINES)], stderr=log)
        os.close(log)
        self.addCleanup(self.stop, process)
        with open(self.log, "w", encoding="utf-8"):
            pass
        self.wait(lambda: self.status() and self.gateway(V4.backups[0]), "it to begin")
        self.all_up()
        self.case.gateways[0].down("lan0")
        self.wait_carried(self.case.gateways[1])
        self.assertGreater(self.status()["lost_log_lines"], 5)

    def test_log_as_json(self):
        """an object a line"""
        self.watch(words="-j")
        self.all_up()
        with open(self.log, encoding="utf-8") as log:
            events = [json.loads(line)["event"] for line in log]
        self.assertIn("up", events)

    def test_no_packet_lost(self):
        """on reload, on restart, on a move between gateways that both live"""
        process = self.watch()
        self.all_up()
        stop, sent = threading.Event(), []

        def send():
            while not stop.wait(0.001):
                flow.sendto(b"x", (V4.server, 9))
                sent.append(1)

        with self.host.namespace.inside():
            flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with flow, self.case.server.sniff("e0") as wire:
            thread = threading.Thread(target=send)
            thread.start()
            try:
                process.send_signal(signal.SIGHUP)
                self.wait(lambda: self.logged("is read again"), "the reload")
                self.stop(process)
                self.watch()
                self.all_up()
                self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]}")
                self.wait_carried(self.case.gateways[1])
            finally:
                stop.set()
                thread.join()
            arrived = lambda: len(wire.find(lambda f: f.is_udp and not f.outgoing and f.dst == V4.server))
            self.wait(lambda: arrived() >= len(sent), f"all {len(sent)} packets")

    def test_many_gateways(self):
        """three hundred"""
        gateway = self.case.gateways[0]
        numbers = [(n // 250 + 1, n % 250 + 1) for n in range(300)]
        gateway.ip_batch(f"addr add 10.9.{a}.{b}/16 dev lan0" for a, b in numbers)
        self.host.ip("addr add 10.9.200.1/16 dev e0")
        self.watch("".join(f"20.{a}.{b}.0/24 via 10.9.{a}.{b} src 3.3.3.3 method phantom\n"
                           for a, b in numbers), "-q")
        self.wait(lambda: sum(one["state"] == "up" for one in self.status()["gateways"]) == 300,
                  "all of them", 20)
        gateway.down("lan0")
        self.wait(lambda: sum(one["state"] == "down" for one in self.status()["gateways"]) == 300,
                  "all of them to be down", 20)

    def test_ends(self):
        """routes stay; with --withdraw the file's go, and others stay"""
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.stop(self.watch())
        self.assertEqual(len(self.shown(self.host)), 4)
        self.stop(self.watch(words="--withdraw"))
        self.assertEqual([line.split()[0] for line in self.shown(self.host)], ["9.9.9.9/32"])

    def test_only_one(self):
        """a second watch is refused; without one, status says how to start it"""
        self.assert_refused(self.host, "status", "no watch runs here", "route2 watch")
        self.watch()
        self.assert_refused(self.host, f"watch {self.file('', 'other')}", "a watch runs here already")

    def test_bad_file(self):
        """nothing is begun"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, f"watch {self.file('monitor misses 0')}", 2).stderr
            self.assertIn(":1:16: `misses` needs a number from 1 to 255", said)
            self.assert_refused(self.host, "watch a b", "takes one file", status=2)
            self.assert_refused(self.host, f"watch {self.folder}/none", "No such file")
            self.assert_refused(self.host, "watch", "CAP_NET_ADMIN", status=4, unprivileged=True)

    def test_hooks(self):
        """by argv, with an environment of their own; one that hangs holds nothing up"""
        out = os.path.join(self.folder, "out")
        hook = self.file(f"#!/bin/sh\nenv > {out}.$1\n", "hook")
        os.chmod(hook, 0o755)
        self.watch(QUICK + LINES + f"on down exec {hook} first\non down exec /bin/sleep 1000\n"
                   f"on failover exec {hook} second\non down exec {self.folder}/none\n")
        self.all_up()
        self.case.gateways[0].down("lan0")
        self.wait_carried(self.case.gateways[1])
        self.wait(lambda: os.path.exists(out + ".first") and os.path.exists(out + ".second"), "both")
        self.wait(lambda: "ROUTE2_TEXT" in open(out + ".first").read(), "its environment")
        with open(out + ".first", encoding="utf-8") as file:
            said = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        self.assertEqual(said["ROUTE2_EVENT"], "down")
        self.assertIn(said["ROUTE2_GATEWAY"], (V4.gateway, V6.gateway))
        self.assertNotIn("HOME", said)
        self.wait(lambda: self.logged(f"cannot run {self.folder}/none"), "the missing one to be told")

    def test_notify(self):
        """systemd hears READY, a status and the end"""
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(path)
            ear.settimeout(10)
            process = self.host.popen([ROUTE2, "watch", self.file(LINES)], stderr=subprocess.DEVNULL,
                                      env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
            self.addCleanup(self.stop, process)
            said = ""
            while "READY=1" not in said or "WATCHDOG=1" not in said:
                said += ear.recv(1000).decode()
            process.terminate()
            while "STOPPING=1" not in said:
                said += ear.recv(1000).decode()
        process.wait(timeout=10)

    def test_sandbox(self):
        """the unit's exposure, as systemd judges it, is under 1.5"""
        unit = os.path.join(self.folder, "route2-watch.service")
        with open(os.path.join(ROOT, "dist", "systemd", "route2-watch.service"), encoding="utf-8") as file:
            text = file.read().replace("@sbindir@", "/usr/sbin")
        with open(unit, "w", encoding="utf-8") as file:
            file.write(text)
        said = subprocess.run(["systemd-analyze", "security", "--offline=yes", unit], check=False,
                              capture_output=True, text=True).stdout
        exposure = re.search(r"exposure level for \S+: ([0-9.]+)", said)
        self.assertIsNotNone(exposure, said)
        self.assertLess(float(exposure[1]), 1.5)

    def test_status(self):
        """a table, JSON, and Prometheus text"""
        self.watch()
        self.all_up()
        table = self.route2(self.host, "status").stdout
        for words in ("GATEWAY", "4.3.2.11", "[4.3.2.1] 4.3.2.11", "3 routes of 3 stand"):
            self.assertIn(words, table)
        text = self.route2(self.host, "status --prometheus").stdout
        self.assertIn('route2_gateway_up{gateway="4.3.2.1",dev="e0"} 1', text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) route2_\w+ .+|route2_\w+(\{.*\})? [0-9.e+-]+)$")
        path = os.path.join(self.folder, "route2.prom")
        self.assertEqual(self.route2(self.host, f"status --prometheus {path}").stdout, "")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), len(text.splitlines()))
        self.assert_refused(self.host, f"status --prometheus {path}/none", "cannot write")
        self.assert_refused(self.host, f"status {path}", "status takes no", status=2)
        self.assert_refused(self.host, "show --prometheus", "is for status only", status=2)
