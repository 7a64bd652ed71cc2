# SPDX-License-Identifier: MIT
"""route2.exe as it comes, on Wine without any help: it reads; what it cannot write, it names."""

import json
import os
import re
import shutil
import tempfile
import unittest

import lab
from built import EXE, VERSION
from lab.topologies import the_case
from prefix import Prefix

VERBS = ("add", "replace", "del", "show", "apply", "confirm", "switch", "watch", "status",
         "explain", "snapshot")
SNAPSHOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fuzz", "corpus",
                        "paper", "windows-snapshot")
ADD = "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3"


class Cli(unittest.TestCase):
    """route2.exe on a bare Wine"""

    @classmethod
    def setUpClass(cls):
        cls.net = lab.Network()
        cls.addClassCleanup(cls.net.close)
        cls.case = the_case(cls.net)
        cls.prefix = Prefix(cls.case.host)
        cls.addClassCleanup(cls.prefix.close)

    def of_before_1903(self, folder):
        """The program without the line of its manifest that Windows obeys since 10 1903."""
        path = os.path.join(folder, "before.exe")
        with open(EXE, "rb") as old, open(path, "wb") as new:
            text = old.read()
            self.assertEqual(text.count(b"activeCodePage"), 2)
            new.write(text.replace(b"activeCodePage", b"inertCodePage."))
        return path

    def route2(self, *words, expect=0, input=None, exe=EXE):
        """Its stdout and stderr; it printed something, as Wine's own failures look like 0."""
        words = words[0].split() if len(words) == 1 else words
        result = self.prefix.run(exe, *words, input=input)
        self.assertEqual(result.returncode, expect, f"{words}: {result.stdout}{result.stderr}")
        return result.stdout, result.stderr

    def refused(self, *words, expect):
        """The one line that it prints on stderr."""
        out, said = self.route2(*words, expect=expect)
        self.assertEqual(out, "")
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def test_version(self):
        """says its version, on stdout"""
        self.assertEqual(self.route2("--version"), (f"route2 {VERSION}\n", ""))

    def test_help(self):
        """names every verb, and explains each"""
        out, said = self.route2("--help")
        self.assertEqual(said, "")
        for verb in VERBS:
            self.assertRegex(out, rf"\n  route2 {verb}[ \n]")
            self.assertRegex(self.route2(f"{verb} --help")[0], rf"^Usage: route2 {verb}[ \n]")

    def test_statuses(self):
        """ends with 1 for what failed, and with 2 for what it does not understand"""
        self.assertIn('unknown verb "frobnicate"', self.refused("frobnicate", expect=2))
        self.assertIn("route2 has no such route", self.refused("del 1.2.3.4/32", expect=1))

    def test_would_change(self):
        """ends with 3 where apply --check would change something, and with 0 where not"""
        with tempfile.NamedTemporaryFile("w", suffix=".routes") as file:
            self.route2("apply", "--check", file.name)
            file.write("1.2.3.4/32 via 4.3.2.1 src 4.3.2.2\n")
            file.flush()
            self.route2("apply", "--check", file.name, expect=3)

    def test_not_permitted(self):
        """ends with 4 where Windows denies access"""
        lock = self.prefix.file("ProgramData/route2/lock")
        if os.path.exists(lock):
            os.remove(lock)
        os.makedirs(lock)
        try:
            self.assertIn("administrator", self.refused(ADD, expect=4).lower())
        finally:
            os.rmdir(lock)

    def test_umlauts(self):
        """takes words beyond ASCII, and says them as they were"""
        for word in ("Ärger", "naïve", "шлюз", "日本", "😀"):
            self.assertIn(f"route2: {word} is not an address",
                          self.refused("add", word, expect=2))

    def test_name_of_a_file(self):
        """reads a file whose name is beyond ASCII, or its folder's, and names it in what it says"""
        root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, root)
        folder = os.path.join(root, "Übung")
        path = os.path.join(folder, "Ölfaß 日本.json")
        os.mkdir(folder)
        shutil.copy(SNAPSHOT, path)
        for exe in (EXE, self.of_before_1903(root)):
            for place in (path, folder):
                out, _ = self.route2("--on", place, "add", "1.2.3.4/32", "src", "192.168.1.68",
                                     exe=exe)
                self.assertIn("netsh interface ipv4 add route 1.2.3.4/32", out)
        self.assertIn("Ölfaß 日本.jso: No such file",
                      self.refused("apply", "--check", path[:-1], expect=1))

    def test_show(self):
        """shows that nothing is route2's"""
        self.assertEqual(self.route2("show"), ("", ""))
        self.assertEqual(json.loads(self.route2("-j show")[0]), [])

    def test_snapshot(self):
        """writes the host as JSON, and reads it again"""
        out, said = self.route2("snapshot")
        self.assertEqual(said, "")
        host = json.loads(out)
        self.assertEqual(host["system"], "windows")
        self.assertIn("3.3.3.3", [one["local"] for one in host["addresses"]])
        again, _ = self.route2("explain 1.2.3.4 on -", input=out)
        self.assertIn("from 4.3.2.2 via 4.3.2.1", again)

    def test_explain(self):
        """says what cannot be asked here; by other rules than the system's nothing is asked"""
        self.assertIn("(GetBestRoute2, error 50)", self.refused("explain 1.2.3.4", expect=1))
        out, _ = self.route2("explain 1.2.3.4 rules windows-xp")
        self.assertIn("from 4.3.2.2 via 4.3.2.1", out)

    def test_add(self):
        """names the function that this Windows lacks, and changes nothing"""
        before = self.case.host.state()
        said = self.refused(ADD, expect=1)
        self.assertTrue(re.search(r"this Windows lacks \w+2 \(iphlpapi\.dll\)", said), said)
        self.assertEqual(lab.difference(before, self.case.host.state()), "")
        self.assertEqual(self.route2("show"), ("", ""))

    def test_dry_run(self):
        """prints the lines of netsh nevertheless"""
        out, _ = self.route2("--dry-run --tries 0 add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2")
        self.assertIn("netsh interface ipv4 add route 1.2.3.4/32", out)
