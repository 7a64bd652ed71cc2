# SPDX-License-Identifier: MIT
"""Whatever message to or from the kernel is lost, a command does all of its work or none of it."""

from lab import difference, topologies
from torture import BESIDE_FOREIGN, SITUATIONS, TortureTestCase


def torture_of(situation):
    """A test of every accident in one situation."""
    def test(self):
        self.torture(situation)
    test.__doc__ = situation.name
    return test


class All(TortureTestCase):
    """The n-th message fails, for every n."""

    def torture(self, situation):
        """Each kind of accident at each message."""
        before, after = self.wanted(situation)
        clean = False
        for call, action in (("send", "fail"), ("recv", "fail"), ("recv", "lose")):
            if not clean:
                before = self.prepare(situation)
            for n, result in self.accidents(situation.line, call, action):
                now = self.host.state()
                clean = not difference(before, now)
                with self.subTest(accident=f"{action} at {call} {n}"):
                    self.judge(result, before, after, now, situation)
                if not clean:
                    self.prepare(situation)
            clean = False  # the last run met no accident

    def judge(self, result, before, after, now, situation):
        """Success means the wanted state, failure the state before."""
        said = f"\nexit status {result.returncode}, {result.stdout}{result.stderr}"
        if result.returncode == 0 and not situation.refused:
            self.assert_same_state(after, now, f"not what was reported as done:{said}")
        else:
            self.assertEqual(result.returncode, 1, said)
            self.assertEqual(result.stdout, "", said)
            self.assertIn("route2: ", result.stderr)
            self.assert_same_state(before, now, f"a failure that changed something:{said}")


class Lasting(TortureTestCase):
    """From the n-th message on none gets through: undoing fails as well."""

    def torture(self, situation):
        """The error says what is left, and the next command cleans up."""
        before = self.prepare(situation)
        for n, result in self.accidents(situation.line, "send", "fail-on"):
            now = self.host.state()
            with self.subTest(accident=f"all sends from {n} on fail"):
                changed = difference(before, now)
                said = f"\nexit status {result.returncode}, {result.stdout}{result.stderr}\n{changed}"
                if changed and result.returncode != 0:
                    self.assertEqual(result.returncode, 1, said)
                    self.assertIn("undoing failed too", result.stderr, said)
                if changed:
                    self.route2(self.host, f"del {situation.line.split()[1]}", expect=None)
                    self.check_cleaned(situation, said)
            if changed:
                self.prepare(situation)

    def check_cleaned(self, situation, said):
        """Nothing is left of the command's own prefix, and what others use still stands."""
        dst = situation.line.split()[1].split("/")[0]
        left = [line for line in self.ours(self.host) if f"dst={dst} " in line]
        self.assertEqual(left, [], said)
        self.assertEqual("".join(self.route2(self.host, "show").stdout).count("#"), 0, said)


for _class in (All, Lasting):
    for _one in SITUATIONS:
        for _ip in topologies.FAMILIES:
            _name = f"test_{_one.name.replace(' ', '_')}_{_ip.family}"
            setattr(_class, _name, torture_of(_one.of(_ip)))
    for _one in BESIDE_FOREIGN:
        setattr(_class, f"test_{_one.name.replace(' ', '_')}_4", torture_of(_one.of(topologies.V4)))
