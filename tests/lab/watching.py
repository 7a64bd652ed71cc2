# SPDX-License-Identifier: MIT
"""What the tests of `watch` share."""

import json
import os
import signal
import tempfile

import lab
from case import ROUTE2, LabTestCase
from lab.topologies import V4, V6, two_gateways

QUICK = "monitor interval 50ms misses 3 hold 500ms\n"
LINES = """\
set via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3
1.2.3.0/24
5.6.7.0/24 via 4.3.2.1
set via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
2001:db8:5::/64
"""


class WatchTestCase(LabTestCase):
    """A host with two gateways, a folder, and a watch that ends with the test."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.host = folder.name, self.case.host
        self.log = os.path.join(self.folder, "log")

    def file(self, text, name="route2.conf"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def watch(self, text=QUICK + LINES, words="-v"):
        """Start it, and wait until it has done its work once."""
        argv = [ROUTE2, *words.split(), "watch", self.file(text)]
        with open(self.log, "ab") as log:
            process = self.host.popen(argv, stderr=log, env={"XDG_RUNTIME_DIR": self.folder})
        self.addCleanup(self.stop, process)
        self.wait(lambda: self.status() and self.status()["routes"]["audits"] > 0, "the first audit")
        return process

    def stop(self, process, number=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(number)
        process.wait(timeout=10)

    def wait(self, condition, what, timeout=10):
        try:
            lab.wait_until(condition, timeout=timeout, what=what)
        except lab.Timeout as error:
            with open(self.log, encoding="utf-8") as log:
                self.fail(f"{error}\n{log.read()}\n{self.host.run([ROUTE2, 'status']).stdout}")

    def logged(self, words):
        with open(self.log, encoding="utf-8") as log:
            return words in log.read()

    def status(self):
        """What it knows; None if it does not run."""
        result = self.host.run([ROUTE2, "-j", "status"])
        return json.loads(result.stdout) if result.returncode == 0 else None

    def gateway(self, ip):
        for one in self.status()["gateways"]:
            if one["gateway"] == ip:
                return one
        return None

    def wait_for_state(self, ip, state):
        self.wait(lambda: (self.gateway(ip) or {}).get("state") == state, f"{ip} to be {state}")

    def all_up(self):
        for ip in (V4.gateway, V4.backups[0], V6.gateway, V6.backups[0]):
            self.wait_for_state(ip, "up")

    def mac_of_phantom(self, phantom="169.254.255.1"):
        rows = self.host.ip_json(f"neigh show to {phantom}")
        return rows[0].get("lladdr") if rows else None

    def wait_carried(self, gateway, phantom="169.254.255.1"):
        self.wait(lambda: self.mac_of_phantom(phantom) == gateway.mac("lan0"),
                  f"{gateway.name} to carry")
