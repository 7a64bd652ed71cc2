# SPDX-License-Identifier: MIT
"""What the tests of the watch on Windows share."""

import json
import os
import signal

import lab
from lab.topologies import V4, two_gateways
from wincase import WineTestCase
from wine import ROUTE2_EXE

FILE = r"C:\ProgramData\route2\route2.conf"
QUICK = "monitor hold 1s misses 2\n"
LINE = "1.2.3.0/24 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3\n"


class WinWatchTestCase(WineTestCase):
    """A host of Windows with two gateways, and a watch that ends with the test."""

    topology = staticmethod(two_gateways)

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.folder = os.path.join(self.wine.c, "ProgramData", "route2")
        self.log = os.path.join(self.wine.c, "watch.log")

    def file(self, text, name="route2.conf"):
        """A file in ProgramData\\route2."""
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def watch(self, text=QUICK + LINE):
        """Start it in the foreground, and wait until it has done its work once."""
        self.file(text)
        with open(self.log, "ab") as log:
            process = self.wine.popen([ROUTE2_EXE, "-v", "watch", FILE], stderr=log)
        self.addCleanup(self.stop, process)
        self.wait_for_audit()
        return process

    def stop(self, process):
        for pid in self.running("route2.exe"):
            os.kill(pid, signal.SIGKILL)
        process.wait(timeout=20)

    def running(self, name):
        """Processes of this Windows whose command line has these words."""
        found = []
        for pid in self.wine.processes():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if name.encode() in file.read().replace(b"\0", b" "):
                        found.append(pid)
            except OSError:
                continue
        return found

    def said(self):
        """All that it has logged: to standard error, or as a service."""
        text = ""
        for path in (self.log, os.path.join(self.folder, "route2.log")):
            if os.path.exists(path):
                with open(path, encoding="utf-8") as log:
                    text += log.read()
        return text

    def logged(self, words):
        return words in self.said()

    def wait(self, condition, what, timeout=20):
        try:
            lab.wait_until(condition, timeout=timeout, what=what)
        except lab.Timeout as error:
            self.fail(f"{error}\n{self.said()}\n{self.route2(self.host, 'status', None).stdout}\n"
                      f"{self.host.ip('neigh')}\n{self.host.ip('route')}\n{self.ledger()}")

    def wait_for_audit(self):
        self.wait(lambda: self.status() and self.status()["routes"]["audits"] > 0, "the first audit")

    def status(self):
        """What it knows; None if it does not run."""
        result = self.route2(self.host, "-j status", expect=None)
        return json.loads(result.stdout) if result.returncode == 0 else None

    def gateway(self, ip):
        for one in (self.status() or {"gateways": []})["gateways"]:
            if one["gateway"] == ip:
                return one
        return {}

    def wait_for_state(self, ip, state):
        self.wait(lambda: self.gateway(ip).get("state") == state, f"{ip} to be {state}")

    def all_up(self):
        for ip in (V4.gateway, V4.backups[0]):
            self.wait_for_state(ip, "up")

    def phantom(self):
        """The one phantom, as the watch names it."""
        return self.status()["phantoms"][0]["phantom"]

    def neighbour(self, phantom):
        """The MAC of a permanent neighbour, None if there is none."""
        rows = self.host.ip_json(f"neigh show to {phantom} nud permanent")
        return rows[0].get("lladdr") if rows else None

    def wait_carried(self, gateway, phantom):
        self.wait(lambda: self.neighbour(phantom) == gateway.mac("lan0"), f"{gateway.name} to carry")

    def assert_carried(self, gateway, destination=V4.server):
        """A packet, with the wanted source, in a frame to this gateway."""
        with self.host.sniff("e0") as wire:
            self.assertEqual(self.host.source_seen(destination), V4.wanted)
            frame = wire.wait_for(lambda frame: frame.is_udp and frame.dst == destination)
        self.assertEqual(frame.eth_dst, gateway.mac("lan0"))

    def our_routes(self):
        """Prefixes of the ledger that stand."""
        return [row for row in self.ledger() if row.startswith("route ")]
