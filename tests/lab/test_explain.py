# SPDX-License-Identifier: MIT
"""`explain`: the decision step by step, beside the kernel's own."""

import json

from case import LabTestCase
from lab.topologies import the_case, two_gateways


class Explain(LabTestCase):
    """What the host does now."""

    topology = the_case

    def test_a_walk(self):
        """rule, table, route and what it beat, next hop, candidates, model and kernel"""
        host = self.case.host
        host.ip("route add 1.2.3.0/24 via 4.3.2.1 metric 5 src 3.3.3.3")
        host.ip("route add 1.2.3.0/24 via 4.3.2.1 metric 9")
        said = self.route2(host, "explain 1.2.3.4").stdout
        for words in ("fib_table_lookup(), net/ipv4/fib_trie.c",
                      "+ route        1.2.3.0/24 via 4.3.2.1 dev e0 table main metric 5",
                      "- route        1.2.3.0/24 via 4.3.2.1 dev e0 table main metric 9",
                      "the route names 3.3.3.3 as its preferred source",
                      "model    from 3.3.3.3 via 4.3.2.1 dev e0 table main",
                      "kernel   from 3.3.3.3 via 4.3.2.1 dev e0 table main"):
            self.assertIn(words, said)
        self.assertNotIn("\x1b", said)

    def test_rules(self):
        """policy rules: those passed over say why, the one that leads is named"""
        host = self.case.host
        host.ip("rule add from 3.3.3.3 table 77 priority 5")
        host.ip("rule add to 1.2.3.0/24 table 78 priority 6")
        host.ip("route add default via 4.3.2.1 src 3.3.3.3 table 78")
        said = self.route2(host, "explain 1.2.3.4").stdout
        self.assertIn("rule 5 wants packets from 3.3.3.3/32: this one has no source yet", said)
        self.assertIn("rule 6 leads to table 78", said)
        self.assertIn("kernel   from 3.3.3.3 via 4.3.2.1 dev e0 table 78", said)

    def test_ipv6_candidates(self):
        """each IPv6 candidate names the rule of RFC 6724 that it lost by"""
        host = self.case.host
        host.ip("addr add 2001:db8:77::1/64 dev e0 nodad preferred_lft 0 valid_lft forever")
        said = self.route2(host, "explain 2001:db8:5::4").stdout
        self.assertIn("RFC 6724 rule 3", said)
        self.assertIn("2001:db8:77::1 loses: avoid deprecated", said)

    def test_errors(self):
        """an unreachable destination says which error, and the exit status is 1"""
        host = self.case.host
        host.ip("route add unreachable 9.9.9.0/24")
        said = self.route2(host, "explain 9.9.9.9", expect=1).stdout
        self.assertIn("model    refused: EHOSTUNREACH", said)
        self.assertIn("kernel   refused: EHOSTUNREACH", said)

    def test_json(self):
        """-j has the same as data"""
        said = self.route2_json(self.case.host, "explain 1.2.3.4")
        self.assertEqual(said["destination"], "1.2.3.4")
        self.assertEqual(said["verdict"], said["kernel"])
        self.assertEqual(said["verdict"]["gateway"], "4.3.2.1")
        self.assertEqual(set(said["steps"][0]), {"rule", "verdict", "text", "where"})

    def test_many(self):
        """- reads destinations; a bad line is told by its number, the others are answered"""
        result = self.route2(self.case.host, "explain -", expect=1,
                             input="1.2.3.4\n\nfoo\n# comment\n4.3.2.2\n")
        self.assertEqual([line.split()[0] for line in result.stdout.splitlines()],
                         ["1.2.3.4", "4.3.2.2"])
        self.assertIn("line 3: foo is not an address", result.stderr)
        said = json.loads(self.route2(self.case.host, "-j explain -",
                                      input="1.2.3.4\n1.2.3.5\n").stdout)
        self.assertEqual([one["destination"] for one in said], ["1.2.3.4", "1.2.3.5"])

    def test_windows(self):
        """the rules of Windows on the same addresses: the bits shared with the next hop decide"""
        said = self.route2(self.case.host, "explain 1.2.3.4 rules windows").stdout
        self.assertIn("rule 8a: next hop", said)
        self.assertIn("3.3.3.3 shares 5 bits, 4.3.2.2 30", said)
        self.assertNotIn("kernel", said)
        self.assertIn("KB 175396", self.route2(self.case.host,
                                               "explain 1.2.3.4 rules windows-xp").stdout)

    def test_refused(self):
        """what makes no sense is refused"""
        host = self.case.host
        self.assert_refused(host, "explain", "explain needs a destination", status=2)
        self.assert_refused(host, "explain 1.2.3.4 rules beos", "no rules \"beos\"", status=2)
        self.assert_refused(host, "explain 1.2.3.4 rules", "`rules` needs linux", status=2)
        self.assert_refused(host, "explain 1.2.3.4 via 4.3.2.1", "without `src`", status=2)

    def test_unprivileged(self):
        """anybody may ask"""
        self.route2(self.case.host, "explain 1.2.3.4", unprivileged=True)


class WhatIf(LabTestCase):
    """Can I have this source here?"""

    topology = two_gateways

    def _then_do(self, line):
        """explain says yes; its command is then run, and the kernel does as was said."""
        host = self.case.host
        with self.assert_state_unchanged(host):
            said = self.route2_json(host, "explain " + line)
        self.assertTrue(said["possible"])
        self.assertTrue(said["command"].startswith("route2 add "))
        self.route2(host, said["command"].removeprefix("route2 "))
        now = self.route2_json(host, "explain " + line.split()[0])
        self.assertEqual(now["kernel"]["prefsrc"], said["source"])
        self.assertTrue(now["agrees"])
        return said, now

    def test_native(self):
        """by the preferred source"""
        said, _ = self._then_do("1.2.3.4 src 3.3.3.3 via 4.3.2.1")
        self.assertEqual(said["method"], "native")
        self.assertNotIn("phantom", said)

    def test_phantom(self):
        """by a phantom: the very one that `add` then takes"""
        said, now = self._then_do("1.2.3.4 src 3.3.3.3 via 4.3.2.1 backup 4.3.2.11")
        self.assertEqual(said["method"], "phantom")
        self.assertEqual(now["kernel"]["gateway"], said["phantom"])

    def test_in_the_way(self):
        """a rule that leads elsewhere is named, with the way out"""
        host = self.case.host
        host.ip("rule add to 1.2.3.0/24 table 78 priority 6")
        host.ip("route add default via 4.3.2.1 table 78")
        said = self.route2(host, "explain 1.2.3.4 src 3.3.3.3 via 4.3.2.1", expect=1).stdout
        self.assertIn("source   3.3.3.3: no: the host would send from 4.3.2.2", said)
        self.assertIn("use `table 78`", said)

    def test_not_ours(self):
        """a source that is no address of the host"""
        said = self.route2(self.case.host, "explain 1.2.3.4 src 7.7.7.7", expect=1).stdout
        self.assertIn("source 7.7.7.7 is not an address of this host", said)
