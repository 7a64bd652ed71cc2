# SPDX-License-Identifier: MIT
"""What the tests of `check` share."""

import os
import shutil

from case import LabTestCase
from lab.topologies import V4, the_case

QUICK = "--timeout 300ms"
BROKEN, UNKNOWN = 1, 5


class Check(LabTestCase):
    """What all share."""

    topology = the_case

    def check(self, line, verdict, *words, expect=None, host=None):
        """`route2 -j check LINE` has this verdict and these words in its sentence, and changes
        nothing. Returns the object."""
        host = host or self.case.host
        if expect is None:
            expect = {"works": 0, "unknown": UNKNOWN}.get(verdict, BROKEN)
        with self.assert_state_unchanged(host):
            said = self.route2_json(host, f"{QUICK} check {line}", expect=expect)
        self.assertEqual(said["verdict"], verdict, said)
        for word in words:
            self.assertIn(word, said["sentence"])
        return said

    def add(self, line):
        """Add a route."""
        self.route2(self.case.host, f"add {line}")

    def nft(self, host, *lines):
        """Rules of nftables; without nft there is no such test."""
        if not shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin"):
            self.skipTest("no nftables here")
        result = host.run(["/usr/sbin/nft", "; ".join(lines)])
        if result.returncode:
            self.skipTest(f"nftables: {result.stderr}")

    def usual(self, ip=V4, words=""):
        """Add the route that all this is about."""
        self.add(f"{ip.destination} via {ip.gateway} src {ip.wanted} {words}")
