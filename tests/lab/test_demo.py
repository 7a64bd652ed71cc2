# SPDX-License-Identifier: MIT
"""`make demo` tells the truth."""

import subprocess
import sys
import unittest

from case import ROOT, ROUTE2


def demo(route2=ROUTE2, wrapper=()):
    """Run the demo in a process of its own."""
    return subprocess.run([*wrapper, "env", f"ROUTE2={route2}", sys.executable, "-B", "-m", "lab.demo"],
                          cwd=ROOT, capture_output=True, text=True, timeout=60)


class Demo(unittest.TestCase):
    """The demo as a program."""

    def test_all_as_claimed(self):
        """without colours where nobody looks"""
        result = demo()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("All as claimed", result.stdout)
        for words in ("ok  the server sees 3.3.3.3", "1.2.3.4 from 3.3.3.3: works",
                      "moved from 4.3.2.1 to 4.3.2.11", " ms 4.3.2.11 carries"):
            self.assertIn(words, result.stdout)
        self.assertNotIn("\033", result.stdout)

    def test_a_program_that_does_nothing(self):
        """is found out: status 1"""
        result = demo("/bin/true")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("NOT SO: the server sees 4.3.2.2", result.stdout)

    def test_no_program(self):
        """is told"""
        result = demo("/nowhere/route2")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nowhere/route2", result.stderr)

    def test_no_namespaces(self):
        """says why, and how to go on: status 77"""
        result = demo(wrapper=[
            "unshare", "--user", "--map-root-user", "sh", "-c",
            'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh",
            "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"])
        self.assertEqual(result.returncode, 77, result.stdout + result.stderr)
        self.assertIn("sudo make demo", result.stderr)
