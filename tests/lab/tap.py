#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the unittest classes of one file inside the lab's namespaces, and report in TAP.

    tests/lab/tap.py FILE [PATTERN...]      only tests whose name contains a PATTERN

A file that says IN_LAB = False runs outside of namespaces.
Environment: ROUTE2, the program under test (default: build/route2).
"""

import faulthandler
import importlib.util
import os
import sys
import time
import traceback
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests", "lab")]

import lab  # found by the path above

GIVE_UP_AFTER = 890  # seconds; just before Meson would kill us without a word


class TapResult(unittest.TestResult):
    """Prints a line for each test as it ends; the plan comes last, as classes can be skipped."""

    def __init__(self, out):
        super().__init__()
        self._out = out
        self._number = 0
        self._running = False
        self._faults = []
        self._directive = ""
        self._started = 0.0

    def _print(self, text):
        print(text, file=self._out, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self._running = True
        self._started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self._running = False
        self._report(test)

    def _report(self, test):
        self._number += 1
        verdict = "not ok" if self._faults else "ok"
        self._print(f"{verdict} {self._number} - {title(test)}{self._directive}")
        for line in self._faults:
            self._print(f"# {line}")
        if self._started and (seconds := time.monotonic() - self._started) > 5:
            self._print(f"# took {seconds:.1f} s")
        self._faults, self._directive, self._started = [], "", 0.0

    def _fault(self, test, error):
        # A test can fail more than once: in several sub-tests, and in its clean-up.
        self._faults += "".join(traceback.format_exception(*error)).rstrip().splitlines()
        if not self._running:  # a whole class or module, before its first test
            self._report(test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._fault(test, error)

    def addError(self, test, error):
        if issubclass(error[0], lab.LabUnavailable):
            self.addSkip(test, str(error[1]))
            return
        super().addError(test, error)
        self._fault(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._faults.append(f"with {subtest._subDescription()}:")
            self._fault(test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._directive = f" # SKIP {' '.join(reason.split())}"
        if not self._running:
            self._report(test)

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self._faults = ["failed, as expected"]
        self._directive = " # TODO"

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._faults = ["was expected to fail, but passes"]

    def finish(self):
        """Print the plan."""
        self._print(f"1..{self._number}")


def title(test):
    """Class.method: the first line of its docstring. No '#', which begins a directive in TAP."""
    parts = test.id().split(".")
    text = ".".join(parts[-2:])
    words = test.shortDescription()
    return f"{text}: {words}".replace("#", "") if words else text.replace("#", "")


def name_of(path):
    """What a file's module is called."""
    return os.path.splitext(os.path.basename(path))[0]


def load(path, patterns):
    """The tests in a file."""
    name = name_of(path)
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    return loader.loadTestsFromModule(module)


def each_test(suite):
    """The single tests of nested suites."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each_test(item)
        else:
            yield item


def main():
    """Run; the exit status says whether all went well."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a test prints must not look like TAP
    result = TapResult(out)
    suite = load(sys.argv[1], sys.argv[2:])
    try:
        if getattr(sys.modules[name_of(sys.argv[1])], "IN_LAB", True):
            lab.enter()
    except lab.LabUnavailable as why:
        for test in each_test(suite):
            result.addSkip(test, str(why))
    else:
        faulthandler.dump_traceback_later(GIVE_UP_AFTER, exit=True)  # starts a thread: not before
        suite.run(result)
    result.finish()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
