# SPDX-License-Identifier: MIT
"""`apply --confirm` of route2.exe: what is not confirmed is brought back, whatever dies."""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import lab
from lab.topologies import V4
from wine import ROUTE2_EXE
from winwatch import FILE, WinWatchTestCase

BEFORE = "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3\n"
AFTER = "1.2.3.0/24 via 4.3.2.11 src 3.3.3.3\n9.9.9.0/24 via 4.3.2.1 src 3.3.3.3\n"


class ConfirmTestCase(WinWatchTestCase):
    """Wine's processes inherit the standard error of Linux, so that its end cannot be waited for."""

    def apply_file(self, name, words="", expect=0):
        out = os.path.join(self.wine.c, "apply.out")
        with open(out, "w+") as file:
            process = self.wine.popen([ROUTE2_EXE, "apply", name, *words.split()], stdout=file,
                                      stderr=file)
            status = process.wait(timeout=60)
            file.seek(0)
            said = file.read()
        if expect is not None:
            self.assertEqual(status, expect, said)
        return said


class Confirm(ConfirmTestCase):
    """Keepers are programs of their own."""

    def setUp(self):
        super().setUp()
        self.apply(BEFORE)
        self.before = self.route2(self.host, "show").stdout
        self.assert_carried(self.case.gateways[0])

    def apply(self, text, words="", expect=0):
        """Apply a file. Return: what it printed."""
        self.file(text)
        return self.apply_file(FILE, words, expect)

    def keepers(self):
        return self.running("confirm keep")

    def wait_for_end(self):
        lab.wait_until(lambda: not self.keepers(), timeout=30, what="the keepers' end")

    def wait_brought_back(self, gateway=0):
        self.wait(lambda: self.route2(self.host, "show", None).stdout == self.before,
                  "what stood before")
        self.wait_for_end()
        self.assert_carried(self.case.gateways[gateway])

    def test_brought_back(self):
        """when its time is over; nothing else is applied meanwhile"""
        said = self.apply(AFTER, "--confirm 2s")
        self.assertIn("brought back in 2 s unless: route2 confirm", said)
        self.assertEqual(len(self.keepers()), 2)
        self.assert_refused(self.host, ["apply", FILE], "waiting to be confirmed")
        self.wait_brought_back()
        self.assert_refused(self.host, "confirm", "nothing is waiting")

    def test_confirmed(self):
        """it stays, and the keepers go"""
        self.apply(AFTER, "--confirm 60s")
        self.assertIn("it stays", self.route2(self.host, "confirm").stdout)
        self.wait_for_end()
        self.assertEqual(len(self.shown(self.host)), 2)
        self.assert_carried(self.case.gateways[1])

    def test_a_keeper_is_killed(self):
        """either of the two does the work alone"""
        for which in (0, 1):
            self.apply(AFTER, "--confirm 2s")
            os.kill(self.keepers()[which], signal.SIGKILL)
            self.wait_brought_back()

    def test_both_are_killed(self):
        """nobody waits for them, and what stood before is kept"""
        self.apply(AFTER, "--confirm 60s")
        for pid in self.keepers():
            os.kill(pid, signal.SIGKILL)
        self.wait_for_end()
        self.apply(AFTER)
        self.assertIn("pending.routes.lost", os.listdir(self.folder))

    def test_apply_is_killed(self):
        """half-way: what stood before comes back at once"""
        for call in ("CreateIpNetEntry2", "CreateIpForwardEntry2", "DeleteIpForwardEntry2"):
            self.wine.fault(f"{call} 1 kill-after")
            self.apply(AFTER, "--confirm 60s", expect=None)
            self.wine.fault()
            self.assertEqual(self.route2(self.host, "status", None).returncode, 1)
            self.wait_brought_back()


class Pending(ConfirmTestCase):
    """And a watch that runs meanwhile."""

    def test_watch_is_told(self):
        """what is brought back is not taken for meddling"""
        self.watch("monitor hold 1s\n")
        self.file(BEFORE, "one")
        self.file(AFTER, "two")
        folder = r"C:\ProgramData\route2"
        self.apply_file(folder + r"\one")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "one line to be wanted")
        self.apply_file(folder + r"\two", "--confirm 2s")
        self.wait(lambda: self.status()["routes"]["wanted"] == 2, "two")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "one again")
        self.wait_for_state(V4.gateway, "up")
        self.assert_carried(self.case.gateways[0])
