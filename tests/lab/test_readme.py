# SPDX-License-Identifier: MIT
"""README.md, typed line by line, in a network of its addresses."""

import os
import re
import tempfile

import lab
from case import ROOT, ROUTE2, LabTestCase
from lab.topologies import V4, two_gateways


def commands(heading):
    """What stands indented below a heading: the commands, without what is said of them."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^    (\S.*?)(?:  .*)?$", section, re.M)


class Readme(LabTestCase):
    """Each command succeeds as it stands, after those above it."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.env = {"XDG_RUNTIME_DIR": self.folder,
                    "PATH": f"{os.path.dirname(os.path.abspath(ROUTE2))}:{os.environ['PATH']}"}

    def type(self, line):
        """By a shell, in a folder of its own."""
        result = self.case.host.run(["sh", "-c", 'cd "$1" && eval "$2"', "sh", self.folder, line],
                                    env=self.env)
        self.assertEqual(result.returncode, 0, f"{line}\n{result.stdout}{result.stderr}")

    def start(self, line):
        """One that goes on until it is told to end."""
        return self.case.host.popen([ROUTE2, *line.split()[1:]], env=self.env)

    def watch_is_ready(self):
        """It has looked at everything once."""
        result = self.case.host.run([ROUTE2, "-j", "status"], env=self.env)
        return re.search(r'"audits": *[1-9]', result.stdout)

    def test_use(self):
        """what is under `Use it`"""
        typed = commands("Use it")
        self.assertGreater(len(typed), 10, typed)
        for line in typed:
            if line == "route2 watch":
                self.start(line)
                lab.wait_until(self.watch_is_ready, what="the watch to begin")
            elif line.endswith("--follow"):
                self.assertIn("GATEWAY", self.start(line).stdout.readline())
            else:
                self.type(line)
            if line.startswith("route2 add"):
                self.assert_source(self.case.host, V4.server, V4.wanted)
        self.assertNotIn(V4.destination, " ".join(self.shown(self.case.host)))

    def test_try(self):
        """what is under `Try it` is known to make"""
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
            known = file.read()
        typed = commands("Try it")
        self.assertGreater(len(typed), 1, typed)
        for line in typed:
            self.assertRegex(known, rf"(?m)^{line.removeprefix('make ')}:")
