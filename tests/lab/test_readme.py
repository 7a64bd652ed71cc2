# SPDX-License-Identifier: MIT
"""README.md and other pages, typed line by line, in a network of their addresses."""

import os
import re
import tempfile

import lab
from case import ROOT, ROUTE2, LabTestCase
from lab.topologies import V4, two_gateways


def commands(heading, page="README.md"):
    """What stands indented below a heading: the commands, without what is said of them."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^    (\S.*?)(?:  .*)?$", section, re.M)


class Pages(LabTestCase):
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

    def test_on_paper(self):
        """doc/snapshot.md: a host without route2"""
        typed = commands("Without route2 on that machine", "doc/snapshot.md")
        typed = typed[:typed.index("route2 explain 1.2.3.4 on h") + 1]  # then Windows follows
        self.assertGreater(len(typed), 5, typed)
        for line in typed:
            self.type(line)

    def test_sample(self):
        """the sample of /etc/route2/route2.conf is right once it is not a comment any more"""
        with open(os.path.join(ROOT, "dist", "systemd", "route2.conf"), encoding="utf-8") as file:
            lines = [text.removeprefix("# ") for text in file.read().split("\n#\n", 1)[1].splitlines()
                     if text != "#"]
        self.assertGreater(len(lines), 6)
        said = self.route2(self.case.host, "apply --check -", expect=2, input="\n".join(lines)).stderr
        self.assertEqual([line for line in said.splitlines() if "source 203.0.113.25 is not" not in line],
                         ["route2: 1 line cannot be; nothing was changed"])
