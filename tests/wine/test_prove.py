# SPDX-License-Identifier: MIT
"""`--prove` of route2.exe: a change that the wire speaks against is undone."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, V6, the_case
from wincase import WineTestCase

PROVE = "--prove --timeout 300ms"
UNSEEN = "frames are not seen on this system"


class Prove(WineTestCase):
    """add, replace and apply."""

    topology = staticmethod(the_case)

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def add(self, verb="add", words="", **options):
        """The usual route, with proof."""
        return self.route2(self.host, f"{PROVE} {verb} {V4.destination} via {V4.gateway} "
                                      f"src {V4.wanted} {words}", **options)

    def forget_the_way_back(self):
        """The server answers 3.3.3.3 no more, silently."""
        self.case.server.ip("route add blackhole 3.3.3.0/24")

    def test_works(self):
        """what works is kept, and said to be proved: by a phantom and by plain"""
        said = self.add().stdout
        self.assertIn(f"proved: {V4.server} answers {V4.wanted} by icmp; {UNSEEN}", said)
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
        said = self.route2_json(self.host, f"{PROVE} replace {V4.server} via {V4.gateway} src {V4.usual}")
        self.assertEqual(said["verdict"], "works")
        said = self.route2(self.host, f"{PROVE} add {V6.destination} via {V6.gateway} src {V6.usual}").stdout
        self.assertIn(f"proved: {V6.server} answers {V6.usual} by icmp", said)

    def test_broken_is_undone(self):
        """without a way back nothing is added: no route, no neighbour, no line of the ledger"""
        self.forget_the_way_back()
        with self.assert_state_unchanged(self.host):
            result = self.add(expect=1)
        for word in ("cannot add", "no answer", "3.3.3.3 not at all", "all is as it was"):
            self.assertIn(word, result.stderr)
        self.assertEqual((result.stdout, self.ledger()), ("", []))

    def test_replace_comes_back(self):
        """a replace that is broken leaves the route that it was to replace"""
        self.route2(self.host, f"add {V4.server} via {V4.gateway} src {V4.usual}")
        self.case.gateway.ip("rule add from 3.3.3.3 prohibit priority 5")
        before = self.ledger()
        with self.assert_state_unchanged(self.host):
            result = self.add("replace", expect=1)
        self.assertIn("dropped on the way out", result.stderr)
        self.assertEqual(self.ledger(), before)

    def test_unknown_is_kept(self):
        """where nobody answers the change is kept, with a note"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        self.assertIn("kept, but not proved", self.add().stderr)
        self.assertEqual(len(self.shown(self.host)), 1)

    def test_by_tcp(self):
        """--tcp PORT with it"""
        self.case.gateway.ip("rule add ipproto icmp blackhole priority 5")
        self.assertIn("by tcp", self.add(words="--tcp 80").stdout)

    def test_apply(self):
        """all of a file or nothing"""
        lines = (f"{V4.destination} via {V4.gateway} src {V4.wanted}\n"
                 f"{V6.destination} via {V6.gateway} src {V6.usual}\n")
        said = self.route2(self.host, f"{PROVE} apply -", input=lines).stdout
        self.assertIn("2 added", said)
        self.assertIn("2 proved", said)
        self.route2(self.host, "apply -", input="")
        self.forget_the_way_back()
        with self.assert_state_unchanged(self.host):
            result = self.route2(self.host, f"{PROVE} apply -", input=lines, expect=1)
        self.assertIn(V4.destination, result.stderr)
        self.assertEqual(self.ledger(), [])

    def test_whichever_call_fails(self):
        """of the proof: then all is as it was, and the reason is told"""
        for fault in ("IcmpSendEcho2Ex 1 return 87", "GetBestRoute2 0 return 87", "GetIpNetEntry2 0 return 5",
                      "GetIpNetTable2 3 return 5"):
            with self.subTest(fault=fault), self.assert_state_unchanged(self.host):
                self.wine.fault(fault)
                said = self.add(expect=None)
                self.wine.fault()
                self.assertIn(said.returncode, (1, 4), said.stdout)
                self.assertIn(fault.split()[0], said.stderr)
                self.assertEqual(self.ledger(), [])

    def test_unsent(self):
        """what Windows refuses to send does not leave (IP_GENERAL_FAILURE, a firewall)"""
        for code, words in ((11050, "errno 11050"), (1231, "ENETUNREACH"), (5, "EPERM")):
            self.wine.fault(f"IcmpSendEcho2Ex 0 return {code}")
            with self.subTest(code=code), self.assert_state_unchanged(self.host):
                result = self.add(expect=1)
                self.assertIn(f"nothing leaves: this host does not send to 1.2.3.4: {words}", result.stderr)


if __name__ == "__main__":
    import unittest
    unittest.main()
