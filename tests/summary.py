#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Add up the tests of all configurations; the last line is `N passed, N failed, N skipped`.

    tests/summary.py [--failed=STAGE]... [--skipped=STAGE:REASON]... -- FILE...

A FILE is CONFIGURATION/meson-logs/testlog.json of a Meson build, or CONFIGURATION/PROGRAM.tap.
What counts is the single TAP test. What failed is listed, and what was skipped with its reason. A
test that was skipped in every configuration that has it counts as failed: it tests nothing. So
does a failed STAGE, unless a failed test of the configuration of that name says it already. A STAGE
of which something had to be skipped counts as one that was skipped.
"""

import json
import os
import re
import sys
from collections import Counter, defaultdict
from typing import NamedTuple

# cmocka indents the plan by a tab.
_TEST = re.compile(r"\s*(not )?ok\b\s*\d*\s*(?:- )?([^#]*?)\s*(?:#\s*(skip|todo)\S*\s*(.*))?$", re.I)
_PLAN = re.compile(r"\s*1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$", re.I)

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
ALL = "all of it"  # what a result is called that is not a single test's
MAX_NOTES = 40


class Test(NamedTuple):
    """One result."""

    configuration: str
    program: str
    name: str
    verdict: str      # PASSED, FAILED or SKIPPED
    why: str = ""
    notes: tuple = ()  # what the test program had to say about it


def tap_results(text):
    """Yield (name, verdict, why, notes) for each test in a TAP text, and for what is wrong with
    the text. The notes of a test are the comments behind it."""
    planned, results = None, []
    for line in text.splitlines():
        if match := _TEST.match(line):
            bad, name, directive, reason = match.groups()
            name = name or f"number {len(results) + 1}"
            directive = (directive or "").lower()
            if directive == "todo" or (directive == "skip" and not bad):
                results.append((name, SKIPPED, reason or directive, []))
            else:
                results.append((name, FAILED if bad else PASSED, "", []))
        elif match := _PLAN.match(line):
            planned = int(match[1])
            if planned == 0 and match[2] is not None:
                yield ALL, SKIPPED, match[2], ()
        elif line.startswith("Bail out!"):
            yield ALL, FAILED, line, ()
        elif line.startswith("#") and results:
            results[-1][3].append(line)
    for name, verdict, why, notes in results:
        yield name, verdict, why, tuple(notes[-MAX_NOTES:])
    if planned is None:
        yield ALL, FAILED, "ended before its plan", ()
    elif len(results) != planned:
        yield ALL, FAILED, f"planned {planned} tests, ran {len(results)}", ()


def record_results(record):
    """Yield (name, verdict, why, notes) for one test program in Meson's log."""
    text = record.get("stdout") or ""
    result = record["result"]
    ending = f"{result}, exit status {record['returncode']}"
    if any(_TEST.match(line) or _PLAN.match(line) for line in text.splitlines()):
        results = list(tap_results(text))
        yield from results
        if result in ("ERROR", "TIMEOUT", "INTERRUPT") and FAILED not in (one[1] for one in results):
            yield ALL, FAILED, ending, ()
    elif result == "OK":
        yield ALL, PASSED, "", ()
    elif result == "SKIP" and record["returncode"] == 77:
        yield ALL, SKIPPED, "it says so", ()
    else:
        yield ALL, FAILED, ending, ()


def file_results(path):
    """The tests in one file."""
    folder, base = os.path.split(path)
    if base.endswith(".tap"):
        configuration, program = os.path.basename(folder), base.removesuffix(".tap")
        with open(path, encoding="utf-8") as file:
            return [Test(configuration, program, *one) for one in tap_results(file.read())]
    configuration = os.path.basename(os.path.dirname(folder))
    tests = []
    with open(path, encoding="utf-8") as file:
        for record in map(json.loads, file):
            program = record["name"].split(" / ")[-1].split(":")[-1]
            tests += [Test(configuration, program, *one) for one in record_results(record)]
    return tests


def never_run(tests):
    """One failure for each test that was skipped wherever it exists."""
    verdicts = defaultdict(list)
    for test in tests:
        verdicts[test.program, test.name].append(test)
    for (program, name), same in verdicts.items():
        if all(test.verdict == SKIPPED for test in same):
            yield Test("every configuration", program, name, FAILED, f"skipped: {same[0].why}")


def main(arguments):
    """Print the summary; the exit status says whether nothing failed."""
    tests, stages, left_out = [], [], []
    for argument in arguments:
        if argument.startswith("--failed="):
            stages.append(argument.removeprefix("--failed="))
        elif argument.startswith("--skipped="):
            stage, _, reason = argument.removeprefix("--skipped=").partition(":")
            left_out.append(Test(stage, "the stage", ALL, SKIPPED, reason))
        elif argument != "--":
            try:
                tests += file_results(argument)
            except (OSError, ValueError, KeyError) as fault:
                tests.append(Test(argument, "the log", ALL, FAILED, str(fault)))
    tests += [*never_run(tests), *left_out]
    told = {test.configuration for test in tests if test.verdict == FAILED}
    tests += [Test(stage, "the stage", ALL, FAILED) for stage in stages
              if stage not in told]
    if not tests:
        tests.append(Test("none", "nothing", ALL, FAILED, "no test ran"))

    for verdict in (SKIPPED, FAILED):
        for test in tests:
            if test.verdict == verdict:
                why = f" ({test.why})" if test.why else ""
                print(f"{verdict}: {test.configuration}: {test.program}: {test.name}{why}")
                if verdict == FAILED:
                    for note in test.notes:
                        print(f"    {note}")
    count = Counter(test.verdict for test in tests)
    print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    return 1 if count[FAILED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
