# SPDX-License-Identifier: MIT
"""`prove` in the file of route2.exe's watch: what breaks is told, and when it works again."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import the_case
from winwatch import QUICK, WinWatchTestCase

LINE = "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3\n"


class WatchProves(WinWatchTestCase):
    """Every so often, and told when it changes."""

    topology = staticmethod(the_case)

    def proof(self):
        """What `status` says of it."""
        return (self.status() or {}).get("proof", {})

    def test_breaks_and_works_again(self):
        """log and status say so, once each"""
        server = self.case.server
        self.watch(QUICK + "prove 1s\n" + LINE)
        self.wait(lambda: self.proof().get("works") == 1, "a first proof")
        self.assertIn("1 work, 0 broken", self.route2(self.host, "status").stdout)
        server.ip("route add blackhole 3.3.3.0/24")
        self.wait(lambda: self.logged("broken: 1.2.3.4/32 from 3.3.3.3: no answer"), "the news")
        self.wait(lambda: self.proof()["not_working"], "the status")
        self.assertEqual(self.proof()["not_working"][0]["verdict"], "no answer")
        server.ip("route del blackhole 3.3.3.0/24")
        self.wait(lambda: self.logged("works again: 1.2.3.4/32 from 3.3.3.3"), "the good news")
        self.assertEqual(self.said().count("broken: 1.2.3.4/32"), 1)

    def test_silence_is_no_news(self):
        """what nobody answers is unknown; Ctrl-C ends it in the middle of a proof"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        self.watch(QUICK + "prove 1s tcp 80\n" + LINE)
        self.wait(lambda: self.proof().get("unknown") == 1, "a proof")
        self.assertFalse(self.logged("broken"))


if __name__ == "__main__":
    import unittest
    unittest.main()
