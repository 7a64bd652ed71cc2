# SPDX-License-Identifier: MIT
"""`check`: its command line, and its limits."""

import signal
import time

from case import ROUTE2
from checking import BROKEN, QUICK, UNKNOWN, Check


class Words(Check):
    """What can be said, and what is said back."""

    def test_usage(self):
        """what cannot be meant is refused"""
        host = self.case.host
        for line, words in (
                ("check 1.2.3.4 via 4.3.2.1", "without `src` there is nothing to try"),
                ("check 1.2.3.4:0", '"0" is no port'), ("check 1.2.3.4:x", '"x" is no port'),
                ("check 1.2.3.4:", '"" is no port'), ("check 1.2.3.4:+80", '"+80" is no port'),
                ("check 1.2.3.4:99999999999999999999", "is no port"),
                ("check [2001:db8:5::4", "is not [ADDRESS]:PORT"),
                ("check [2001:db8:5::4]80", "is not [ADDRESS]:PORT"),
                ("check 0.0.0.0", "0.0.0.0 is no destination"), ("check ::", ":: is no destination"),
                ("check --count 0", "not a number of 1 to 100"),
                ("check --timeout 0", "not a time"),
                ("check --tcp 80 --udp 80 1.2.3.4", "exclude each other"),
                ("check --tcp 80 1.2.3.4:80", "exclude each other"),
                ("check --tcp 0 1.2.3.4", "is no port"), ("check all 1.2.3.4", "nothing may follow"),
                ("check foo", "foo is not an address"), ("show --tcp 80", "--tcp is for check and --prove only")):
            with self.subTest(line=line):
                self.assert_refused(host, line, words, status=2)

    def test_settled_first(self):
        """a line that `add` would refuse is refused here in the same words"""
        self.assert_refused(self.case.host, "check 1.2.3.4 src 9.9.9.9 via 4.3.2.1", "9.9.9.9")

    def test_odd_destinations(self):
        """those that nobody answers for, or many: never a word that is not true"""
        for dest, verdict, words in (
                ("4.3.2.77", "unknown", "4.3.2.77 does not answer ARP on e0"),
                ("2001:db8:4::77", "unknown", "does not answer neighbour discovery on e0"),
                ("4.3.2.77 src 3.3.3.3 dev e0", "unknown", "4.3.2.77 does not answer ARP on e0"),
                ("4.3.2.255", "nothing leaves", "EACCES (a broadcast address?)"),
                ("224.0.0.1", "unknown", "no other source to compare with"),
                ("ff02::1", "unknown", "no other source to compare with"),
                ("4.3.2.2", "works", ""), ("127.0.0.1", "works", ""), ("::1", "works", ""),
                ("4.3.2.1 src 3.3.3.3 dev e0", "works", "")):
            with self.subTest(dest=dest):
                self.check(dest, verdict, words)

    def test_refused_by_the_kernel(self):
        """what no source goes to has none in its words, but the reason"""
        host = self.case.host
        for kind, words in (("blackhole", "EINVAL (a blackhole route)"),
                            ("prohibit", "EACCES (a prohibit route)"),
                            ("unreachable", "EHOSTUNREACH (an unreachable route)")):
            host.ip(f"route replace {kind} 9.9.9.9/32")
            self.check("9.9.9.9", "nothing leaves", words)
            said = self.route2(host, "check 9.9.9.9", expect=BROKEN).stdout
            self.assertEqual(said.splitlines()[0], "9.9.9.9: nothing leaves")
            self.assertNotIn("none", said)

    def test_prefixes(self):
        """default is of IPv4 unless -6; a prefix is tried by the route of ours that it is part of"""
        self.assertEqual(self.check("default", "unknown")["destination"], "0.0.0.0/0")
        self.add("1.2.0.0/16 via 4.3.2.1 src 3.3.3.3")
        said = self.check("1.2.3.0/24", "works")
        self.assertEqual((said["source"], said["gateway"]), ("3.3.3.3", "4.3.2.1"))
        self.assertIn("1.2.3.0/24 from 3.3.3.3: works",
                      self.route2(self.case.host, f"{QUICK} check 1.2.3.0/24").stdout)
        self.case.host.ip("rule add to 1.2.3.0/24 table 77 priority 5")
        self.case.host.ip("route add default via 4.3.2.1 table 77")
        self.check("1.2.3.0/24", "wrong source")

    def test_nothing_there(self):
        """without a route nothing is proved"""
        said = self.route2(self.case.host, "check", expect=UNKNOWN)
        self.assertIn("route2 has no route here", said.stderr)

    def test_without_privilege(self):
        """says what it takes"""
        said = self.route2(self.case.host, "check 1.2.3.4", expect=4, unprivileged=True)
        self.assertIn("CAP_NET_RAW", said.stderr)

    def test_count(self):
        """--count N sends just so many"""
        self.usual()
        said = self.check("1.2.3.4 --count 3", "works")
        self.assertEqual((said["answers"]["sent"], said["answers"]["answered"]), (3, 3))

    def test_interrupted(self):
        """Ctrl-C ends it at once, and nothing is left"""
        self.usual()
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        with self.assert_state_unchanged(self.case.host):
            child = self.case.host.popen([ROUTE2, "check", "1.2.3.4"])
            with self.case.host.sniff("e0") as wire:
                wire.wait_for(lambda frame: frame.dst == "1.2.3.4")
            started = time.monotonic()
            child.send_signal(signal.SIGINT)
            child.wait(5)
            self.assertLess(time.monotonic() - started, 0.5)
