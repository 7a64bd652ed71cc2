# SPDX-License-Identifier: MIT
"""`--prove`: a change that the wire speaks against is undone."""

import signal

from case import ROUTE2, LabTestCase
from lab.topologies import FAMILIES, V4, V6, the_case

PROVE = "--prove --timeout 300ms"


class Prove(LabTestCase):
    """add, replace and apply."""

    topology = the_case

    def add(self, ip, verb="add", words="", **options):
        """Add the usual route, with proof."""
        return self.route2(self.case.host, f"{PROVE} {verb} {ip.destination} via {ip.gateway} "
                                           f"src {ip.wanted} {words}", **options)

    def test_works(self):
        """what works is kept, and said to be proved"""
        for ip in FAMILIES:
            for words in ("", "method phantom"):
                said = self.add(ip, "replace", words).stdout
                self.assertIn(f"proved: {ip.server} answers {ip.wanted} by icmp", said)
                self.assert_source(self.case.host, ip.server, ip.wanted)
        said = self.route2_json(self.case.host, f"{PROVE} replace 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual(said["verdict"], "works")

    def test_broken_is_undone(self):
        """without a way back nothing is added, and the reason is said on one line"""
        self.case.gateway.ip("route del 3.3.3.0/24")
        self.case.gateway.ip("-6 route del 2001:db8:3::/64")
        for ip in FAMILIES:
            for words in ("", "method phantom"):
                with self.subTest(ip=str(ip), words=words):
                    with self.assert_state_unchanged(self.case.host):
                        result = self.add(ip, words=words, expect=1)
                    said = [line for line in result.stderr.splitlines()
                            if line != "route2: waiting for answers"]
                    self.assertEqual(len(said), 1, said)
                    for word in ("cannot add", "no way back", ip.gateway, "all is as it was"):
                        self.assertIn(word, said[0])
                    self.assertEqual(result.stdout, "")

    def test_replace_comes_back(self):
        """a replace that is broken leaves the route that it was to replace"""
        host = self.case.host
        self.route2(host, "add 1.2.3.4 via 4.3.2.1 src 4.3.2.2")
        self.case.gateway.ip("rule add from 3.3.3.3 prohibit priority 5")
        with self.assert_state_unchanged(host):
            result = self.add(V4, "replace", expect=1)
        self.assertIn("dropped on the way out", result.stderr)
        self.assertEqual(self.shown(host), ["1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 dev e0 "
                                            "method native"])

    def test_unknown_is_kept(self):
        """where nobody answers the change is kept, with a note"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        result = self.add(V4)
        self.assertIn("kept, but not proved", result.stderr)
        self.assertEqual(len(self.shown(self.case.host)), 1)

    def test_by_tcp(self):
        """--tcp PORT with it"""
        self.case.gateway.ip("rule add ipproto icmp blackhole priority 5")
        said = self.route2(self.case.host, f"{PROVE} --tcp 80 add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertIn("by tcp", said.stdout)

    def test_interrupted(self):
        """Ctrl-C while it is proved: all is as it was"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        with self.assert_state_unchanged(self.case.host):
            with self.case.host.sniff("e0") as wire:
                child = self.case.host.popen(
                    [ROUTE2, "--prove", "add", "1.2.3.4", "via", "4.3.2.1", "src", "3.3.3.3"])
                wire.wait_for(lambda frame: frame.src == "3.3.3.3")
                child.send_signal(signal.SIGINT)
                child.wait(5)

    def test_apply(self):
        """all of a file or nothing"""
        host = self.case.host
        lines = "".join(f"{ip.destination} via {ip.gateway} src {ip.wanted}\n" for ip in FAMILIES)
        said = self.route2(host, f"{PROVE} apply -", input=lines).stdout
        self.assertIn("2 added", said)
        self.assertIn("2 proved", said)
        said = self.route2(host, f"{PROVE} apply -",
                           input=lines + "9.9.9.9/32 via 4.3.2.1 src 3.3.3.3\n")
        self.assertIn("; 0 proved", said.stdout)
        self.assertIn("kept, but not proved: 9.9.9.9/32", said.stderr)
        self.route2(host, "apply -", input="")
        self.case.gateway.ip("-6 route del 2001:db8:3::/64")
        with self.assert_state_unchanged(host):
            result = self.route2(host, f"{PROVE} apply -", input=lines, expect=1)
        self.assertIn(V6.destination, result.stderr)
        self.assertIn("no way back", result.stderr)
        self.assert_nothing_of_ours(host)

    def test_apply_many(self):
        """of very many some of each kind are tried, and that is said"""
        host = self.case.host
        lines = "".join(f"1.2.3.{n} via 4.3.2.1 src 3.3.3.3\n" for n in range(1, 100))
        result = self.route2(host, f"{PROVE} apply -", input=lines)
        self.assertIn("2 of 99 routes were tried", result.stderr)

    def test_words(self):
        """where it has no meaning it is refused"""
        host = self.case.host
        for line, words in (("--prove --dry-run add 1.2.3.4 src 3.3.3.3", "makes none"),
                            ("--prove show", "--prove is for add, replace and apply only"),
                            ("--prove apply --check -", "makes none")):
            self.assert_refused(host, line, words, status=2)
