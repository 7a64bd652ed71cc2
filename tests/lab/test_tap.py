# SPDX-License-Identifier: MIT
"""The counting of tests: the runner (tap.py) and the summary (tests/summary.py)."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

from case import ROOT

EVERY_OUTCOME = """
    import unittest
    class Some(unittest.TestCase):
        def test_bad(self): self.assertEqual(1, 2)
        def test_broken(self): raise OSError("worn out")
        def test_good(self):
            "with # words"
            print("ok 99 - not a line of the runner")
        def test_parts(self):
            for n in (1, 2, 3):
                with self.subTest(n=n): self.assertEqual(n, 2)
        @unittest.skip("no reason")
        def test_skipped(self): pass
        @unittest.expectedFailure
        def test_to_do(self): self.fail()
    class Unborn(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise OSError("no legs")
        def test_never(self): pass
"""


class Base(unittest.TestCase):
    """A folder for files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Runner(Base):
    """tap.py"""

    def run_tap(self, *arguments):
        path = self.write("test_some.py", textwrap.dedent(EVERY_OUTCOME))
        return subprocess.run([sys.executable, "-B", f"{ROOT}/tests/lab/tap.py", path, *arguments],
                              capture_output=True, text=True)

    def test_every_outcome(self):
        """is one line, in TAP"""
        result = self.run_tap()
        lines = [line for line in result.stdout.splitlines() if not line.startswith("#")]
        self.assertEqual(lines, [
            "not ok 1 - Some.test_bad",
            "not ok 2 - Some.test_broken",
            "ok 3 - Some.test_good: with  words",
            "not ok 4 - Some.test_parts",
            "ok 5 - Some.test_skipped # SKIP no reason",
            "not ok 6 - Some.test_to_do # TODO",
            "not ok 7 - setUpClass (test_some.Unborn)",
            "1..7"])
        self.assertEqual(result.returncode, 1)
        for told in ("worn out", "no legs", "(n=1)", "(n=3)", "1 != 2"):
            self.assertIn(told, result.stdout)

    def test_patterns(self):
        """choose tests"""
        result = self.run_tap("good", "skipped")
        self.assertIn("1..2", result.stdout)
        self.assertEqual(result.returncode, 0)


class Summary(Base):
    """tests/summary.py"""

    def summary(self, *arguments):
        result = subprocess.run([sys.executable, "-B", f"{ROOT}/tests/summary.py", *arguments],
                                capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        lines = result.stdout.splitlines()
        self.assertEqual(result.returncode, 0 if ", 0 failed," in lines[-1] else 1)
        return lines

    def meson_log(self, configuration, *records):
        lines = [json.dumps({"name": f"route2:unit / {name}", "stdout": text, "result": result,
                             "returncode": status}) for name, text, result, status in records]
        return self.write(f"{configuration}/meson-logs/testlog.json", "\n".join(lines) + "\n")

    def test_adding_up(self):
        """over programs and configurations; programs without TAP count one"""
        gcc = self.meson_log("gcc", ("ip", "1..2\nok 1 - a\nok 2 - b\n", "OK", 0),
                             ("plain", "", "OK", 0))
        style = self.write("style/style.tap", "1..2\nok 1 - format\nok 2 - includes: of all\n")
        self.assertEqual(self.summary("--", gcc, style), ["5 passed, 0 failed, 0 skipped"])

    def test_failures(self):
        """are named, with what the program said"""
        log = self.meson_log("gcc", ("ip", "1..2\nok 1 - a\nnot ok 2 - b\n# 2 != 3\n", "ERROR", 1))
        self.assertEqual(self.summary(log), ["failed: gcc: ip: b", "    # 2 != 3",
                                             "1 passed, 1 failed, 0 skipped"])

    def test_skips(self):
        """have their reasons; what is skipped everywhere has failed"""
        root = self.write("root/lab.tap", "ok 1 - tun\nok 2 - x # SKIP no kvm\n1..2\n")
        user = self.write("user/lab.tap", "ok 1 - tun # SKIP no tun\nok 2 - x # SKIP no kvm\n1..2\n")
        self.assertEqual(self.summary(root, user), [
            "skipped: root: lab: x (no kvm)",
            "skipped: user: lab: tun (no tun)",
            "skipped: user: lab: x (no kvm)",
            "failed: every configuration: lab: x (skipped: no kvm)",
            "1 passed, 1 failed, 3 skipped"])

    def test_what_is_missing(self):
        """counts as failed: tests, plans, programs, logs"""
        for text, result, status in (("1..3\nok 1 - a\n", "ERROR", 0), ("ok 1 - a\n", "OK", 0),
                                     ("1..1\nok 1 - a\n", "TIMEOUT", -9), ("", "SKIP", 0),
                                     ("1..1\nok 1 - a\n", "ERROR", 99), ("", "FAIL", 1),
                                     ("ok 1 - a\nBail out! gone\n1..1\n", "ERROR", 0),
                                     ("1..1\nnot ok 1 # SKIP a\n", "FAIL", 0)):
            with self.subTest(text=text, result=result):
                lines = self.summary(self.meson_log("gcc", ("ip", text, result, status)))
                self.assertRegex(lines[-1], r"passed, 1 failed, 0 skipped")
        self.assertIn("0 passed, 1 failed, 0 skipped", self.summary("/nowhere/gcc.tap"))
        self.assertIn("0 passed, 1 failed, 0 skipped", self.summary())

    def test_stages(self):
        """a failed stage fails, once"""
        log = self.write("gcc/lab.tap", "1..1\nnot ok 1 - a\n")
        self.assertEqual(self.summary("--failed=gcc", "--failed=tidy", "--", log)[-1],
                         "0 passed, 2 failed, 0 skipped")
