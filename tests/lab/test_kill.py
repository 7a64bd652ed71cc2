# SPDX-License-Identifier: MIT
"""kill -9 between any two messages: the next command works, and after a del nothing is orphaned."""

import signal

from lab import difference
from torture import TortureTestCase, add_tests, key


class Killed(TortureTestCase):
    """SIGKILL before and after the n-th message to the kernel, for every n."""

    def torture(self, situation):
        """Whatever state a killed command leaves, the next commands put in order."""
        before, after = self.wanted(situation)
        prefix = situation.line.split()[1]
        deleted = self.state_without(situation, prefix)
        met = set()
        for action in ("kill-after", "kill-before"):
            for n, result, now in self.accidents(situation, "send", action):
                self.assertEqual(result.returncode, -signal.SIGKILL)
                if key(now or before) in met:  # one look at each state is enough
                    continue
                met.add(key(now or before))
                with self.subTest(accident=f"{action} send {n}"):
                    self.check_goes_on(situation, prefix, after, deleted, (n, action))
                self.prepare(situation)

    def state_without(self, situation, prefix):
        """The state of the situation without our route to the prefix."""
        self.prepare(situation)
        self.route2(self.host, f"del {prefix}", expect=None)
        return self.host.state()

    def check_goes_on(self, situation, prefix, after, deleted, accident):
        """show works; the same line again works; a del works, at once and after the same line."""
        left = difference(deleted, self.host.state())
        self.check_shows()
        self.route2(self.host, f"del {prefix}", expect=None)
        self.assert_same_state(deleted, self.host.state(), f"orphans after del, of\n{left}")

        self.prepare(situation)
        self.tortured(situation.line, "send", *accident)
        result = self.route2(self.host, situation.line, expect=None)
        if situation.line.startswith("del "):  # it may be done already
            self.assertIn(result.returncode, (0, 1), result.stderr)
        else:
            self.assertEqual(result.returncode, int(situation.refused), result.stderr)
        self.check_shows()
        if not situation.refused:  # a refusal leaves what it met
            self.assert_same_state(after, self.host.state(), f"not healed by the same line, of\n{left}")
        self.route2(self.host, f"del {prefix}", expect=None)
        self.assert_same_state(deleted, self.host.state(), f"orphans after all, of\n{left}")

    def check_shows(self):
        """show names each of our routes."""
        shown = self.route2(self.host, "show").stdout
        for line in self.ours(self.host):
            words = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if "routes:" in line and words["table"] == "254":
                self.assertIn(words["dst"].split("/")[0], shown)


class Doubles(TortureTestCase):
    """In IPv4, a replace that was killed leaves two routes of one key."""

    def doubled(self):
        """Kill a replace just there."""
        for n in range(1, 100):
            self.clear()
            self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
            _, happened = self.tortured("replace 1.2.3.4 via 4.3.2.1 src 4.3.2.2", "send", n,
                                        "kill-after")
            if len(self.ours(self.host)) == 2:
                return
            self.assertTrue(happened, "there never were two")

    def test_show(self):
        """the one that serves comes first"""
        self.doubled()
        shown = self.shown(self.host)
        self.assertEqual(len(shown), 2)
        self.assertIn("src 4.3.2.2", shown[0])

    def test_del(self):
        """removes both"""
        self.doubled()
        self.route2(self.host, "del 1.2.3.4")
        self.assert_nothing_of_ours(self.host)
        self.assert_same_state(self.empty, self.host.state())

    def test_add(self):
        """of what serves now heals"""
        self.doubled()
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 4.3.2.2")
        self.assertEqual(len(self.ours(self.host)), 1)
        self.assert_source(self.host, "1.2.3.4", "4.3.2.2")

    def test_replace(self):
        """by either of the two, or by a third, heals"""
        for line, source in (("src 3.3.3.3", "3.3.3.3"), ("src 4.3.2.2", "4.3.2.2"),
                             ("backup 4.3.2.11 src 3.3.3.3", "3.3.3.3")):
            with self.subTest(line=line):
                self.doubled()
                self.route2(self.host, f"replace 1.2.3.4 via 4.3.2.1 {line}")
                served = [one for one in self.ours(self.host) if "dst=1.2.3.4 " in one]
                self.assertEqual(len(served), 1)
                self.assertEqual(self.host.connect_source("1.2.3.4"), source)


add_tests(Killed)
