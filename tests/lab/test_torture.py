# SPDX-License-Identifier: MIT
"""Whatever message to or from the kernel is lost, a command does all of its work or none of it."""

from torture import TortureTestCase, add_tests


class All(TortureTestCase):
    """The n-th message fails, for every n."""

    def torture(self, situation):
        """Each kind of accident at each message."""
        before, after = self.wanted(situation)
        touched = None
        for call, action, first in (("send", "fail", 1), ("recv", "fail", 1), ("recv", "lose", None)):
            # Where an answer that fails to come is harmless, since nothing was touched yet, a lost
            # one is too.
            for n, result, now in self.accidents(situation, call, action, first or touched):
                touched = touched or (n if call == "recv" and now else None)
                with self.subTest(accident=f"{action} at {call} {n}"):
                    self.judge(result, before, after, now or before, situation)

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


add_tests(All)
