# SPDX-License-Identifier: MIT
"""When from some moment on the kernel takes nothing any more, undoing fails too: it is said, and the
next command cleans up."""

from lab import difference
from torture import TortureTestCase, add_tests


class Lasting(TortureTestCase):
    """From the n-th message on none gets through: undoing fails as well."""

    def torture(self, situation):
        """The error says what is left, and the next command cleans up."""
        before = self.prepare(situation)
        for n, result, now in self.accidents(situation, "send", "fail-on"):
            changed = difference(before, now) if now else ""
            if not changed:
                continue
            with self.subTest(accident=f"all sends from {n} on fail"):
                said = f"\nexit status {result.returncode}, {result.stdout}{result.stderr}\n{changed}"
                if result.returncode != 0:
                    self.assertEqual(result.returncode, 1, said)
                    self.assertIn("undoing failed too", result.stderr, said)
                self.route2(self.host, f"del {situation.line.split()[1]}", expect=None)
                self.check_cleaned(situation, said)

    def check_cleaned(self, situation, said):
        """Nothing is left of the command's own prefix, and what others use still stands."""
        dst = situation.line.split()[1].split("/")[0]
        left = [line for line in self.ours(self.host) if f"dst={dst} " in line]
        self.assertEqual(left, [], said)
        self.assertEqual("".join(self.route2(self.host, "show").stdout).count("#"), 0, said)


add_tests(Lasting)
