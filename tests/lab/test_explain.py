# SPDX-License-Identifier: MIT
"""`explain`: the decision step by step, beside the kernel's own."""

import json
import shutil
import subprocess

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

    def test_prefix(self):
        """of a prefix, or of `default`, one address is tried, and named"""
        host = self.case.host
        host.ip("route add 1.2.3.0/25 via 4.3.2.1 src 3.3.3.3")
        self.assertIn("1.2.3.0/24 by the rules of linux, tried with 1.2.3.",
                      self.route2(host, "explain 1.2.3.0/24").stdout)
        said = self.route2_json(host, "explain 1.2.3.0/24")
        self.assertEqual(said["destination"], "1.2.3.0/24")
        self.assertGreater(int(said["sample"].split(".")[3]), 127)
        self.assertEqual(said["verdict"]["prefsrc"], "4.3.2.2")
        for option, gateway in (("-4", "4.3.2.1"), ("-6", "2001:db8:4::1")):
            said = self.route2_json(host, f"{option} explain default")
            self.assertEqual(said["verdict"]["gateway"], gateway)
            self.assertTrue(said["agrees"])

    def test_bits(self):
        """where bits decide they are drawn, those that match marked"""
        said = self.route2(self.case.host, "explain 1.2.3.4 rules windows").stdout.splitlines()
        drawn = [" ".join(line.split()) for line in said[-6:-1]]
        self.assertEqual(drawn, [
            "4.3.2.1 next hop 00000100.00000011.00000010.00000001",
            "3.3.3.3 5 bits 00000011.00000011.00000011.00000011", "^^^^^",
            "4.3.2.2 30 bits 00000100.00000011.00000010.00000010",
            "^^^^^^^^ ^^^^^^^^ ^^^^^^^^ ^^^^^^"], said)
        said = self.route2(self.case.host, "explain 2001:db8:5::4").stdout
        self.assertRegex(said, r"2001:db8:4::2 +47 bits   2001:db8:0000000000000100\n +\^{15}\n")
        step = [one for one in self.route2_json(self.case.host, "explain 2001:db8:5::4")["steps"]
                if "bits" in one][0]
        self.assertEqual((step["address"], step["against"], step["bits"]),
                         ("2001:db8:3::3", "2001:db8:5::4", 45))

    def test_several_answers(self):
        """all that the rules leave open are shown, and the kernel's is one of them"""
        host = self.case.host
        host.ip("route add 1.2.3.0/24 nexthop via 4.3.2.1 nexthop via 4.3.2.9")
        said = self.route2_json(host, "explain 1.2.3.4")
        self.assertEqual({said["verdict"]["gateway"],
                          *(one["gateway"] for one in said["alternatives"])},
                         {"4.3.2.1", "4.3.2.9"})
        self.assertTrue(said["agrees"])
        self.assertIn("\nor       from 4.3.2.2 via ", self.route2(host, "explain 1.2.3.4").stdout)

    def test_lines(self):
        """-: with `src`, with -v in full, and nothing that was read is lost"""
        host = self.case.host
        lines = "1.2.3.4 src 3.3.3.3\n1.2.3.0/24  # a net\n1.2.3.4 src 9.9.9.9"
        result = self.route2(host, "-q explain -", expect=1, input=lines)
        self.assertEqual(result.stdout.splitlines()[0].split(),
                         "1.2.3.4 src 3.3.3.3: yes: route2 add 1.2.3.4/32 via 4.3.2.1 "
                         "src 3.3.3.3".split())
        self.assertEqual(result.stdout.splitlines()[1].split(),
                         "1.2.3.0/24 from 4.3.2.2 via 4.3.2.1 dev e0 table main".split())
        self.assertIn("9.9.9.9 is not an address of this host", result.stdout.splitlines()[2])
        self.assertIn("fib_table_lookup()", self.route2(host, "-v explain -",
                                                        input="1.2.3.4\n").stdout)
        result = self.route2(host, "-j explain -", expect=1,
                             input="1.2.3.4\n1.2.3.5\0\n" + "a " * 99 + "\n1.2.3.6")
        self.assertEqual([one["destination"] for one in json.loads(result.stdout)],
                         ["1.2.3.4", "1.2.3.6"])
        self.assertIn("line 2: it holds a zero byte", result.stderr)
        self.assertIn("line 3: it has more than", result.stderr)

    def test_dot(self):
        """--dot: a graph that Graphviz reads, with the chosen path bold"""
        host = self.case.host
        for line, wanted in (
                ("explain 1.2.3.4", ('host -> "source 4.3.2.2" [style=bold]',
                                     'host -> "source 3.3.3.3" [style=dashed]',
                                     '"source 4.3.2.2" -> gateway [style=bold',
                                     "gateway -> destination [style=bold]")),
                ("explain 1.2.3.4 src 3.3.3.3 rules windows",
                 ('host -> "source 3.3.3.3" [style=bold]', "phantom -> gateway [style=bold")),
                ("explain 4.3.2.9", ('"source 4.3.2.2" -> destination [style=bold',))):
            with self.subTest(line=line):
                said = self.route2(host, "-q --dot " + line).stdout
                for words in wanted:
                    self.assertIn(words, said)
                self.assertTrue(said.startswith("digraph route2 {\n") and said.endswith("}\n"))
                self.assertEqual(said.count('"') % 2, 0)
                if shutil.which("dot"):
                    subprocess.run(["dot", "-Tsvg"], input=said, text=True, check=True,
                                   stdout=subprocess.DEVNULL)


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

    def test_the_gateway_is_found(self):
        """without `via` the command names the default gateway, and `dev` only where it must"""
        host = self.case.host
        for line, command in (
                ("1.2.3.4 src 3.3.3.3", "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3"),
                ("2001:db8:5::4 src 2001:db8:3::3",
                 "2001:db8:5::4/128 via 2001:db8:4::1 src 2001:db8:3::3"),
                ("1.2.3.4 via 8.8.8.8 src 3.3.3.3 dev e0",
                 "1.2.3.4/32 via 8.8.8.8 src 3.3.3.3 dev e0")):
            said = self.route2_json(host, "-q explain " + line)
            self.assertEqual(said["command"], "route2 add " + command)
            text = self.route2(host, "-q explain " + line).stdout
            self.assertTrue(text.endswith(f"command  route2 add {command}\n"), text)

    def test_another_namespace(self):
        """the command names it"""
        with self.case.host.named("blue"):
            said = self.route2(self.case.server, "-q -n blue explain 1.2.3.4 src 3.3.3.3").stdout
        self.assertTrue(said.endswith("route2 -n blue add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3\n"))

    def test_another_source_stands(self):
        """over a route of ours the command says `replace`"""
        host = self.case.host
        self.route2(host, "add 1.2.3.4 via 4.3.2.1 src 4.3.2.2 method native")
        said = self.route2_json(host, "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual(said["command"], "route2 replace 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3")
        self.route2(host, said["command"].removeprefix("route2 "))
        self.assert_source(host, "1.2.3.4", "3.3.3.3")
        said = self.route2(host, "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3").stdout
        self.assertIn("it is sent from already", said)

    def test_standby(self):
        """a lower metric goes before: which, and the way out"""
        host = self.case.host
        host.ip("route add 1.2.3.4 via 4.3.2.1 metric 5")
        said = self.route2_json(host, "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3 metric 9", 1)
        self.assertFalse(said["possible"])
        self.assertEqual(said["blocked_by"], "4.3.2.2")
        self.assertIn("metric 5 goes before 9", said["ways"][0])

    def test_plain(self):
        """`plain` is refused by the address that would win"""
        said = self.route2_json(self.case.host,
                                "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method plain", 1)
        self.assertEqual((said["possible"], said["blocked_by"]), (False, "4.3.2.2"))

    def test_windows(self):
        """by the rules of Windows: a phantom; what is in the way, and the ways out"""
        host = self.case.host
        said = self.route2_json(host, "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3 rules windows")
        self.assertEqual((said["method"], said["phantom"]), ("phantom", "3.3.3.2"))
        self.assertEqual(said["command"], "route2 add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 "
                                          "method phantom phantom 3.3.3.2")
        said = self.route2_json(host, "explain 1.2.3.4 via 4.3.2.1 src 4.3.2.2 rules windows")
        self.assertEqual(said["method"], "plain")
        host.ip("addr add 3.3.3.2/24 dev e0")
        said = self.route2_json(host, "explain 1.2.3.4 via 4.3.2.1 src 3.3.3.3 rules windows", 1)
        self.assertEqual((said["possible"], said["blocked_by"]), (False, "3.3.3.2"))
        ways = "\n".join(said["ways"])
        for words in ("connection policy", "SkipAsSource on 3.3.3.2; the price", "renumber"):
            self.assertIn(words, ways)
