# SPDX-License-Identifier: MIT
"""The help, the man page, and the options that go with every verb."""

import os
import pty
import re

from case import ROOT, ROUTE2, LabTestCase
from lab.topologies import the_case

VERBS = ("add", "replace", "del", "show", "apply", "confirm", "switch", "watch", "status", "service",
         "explain", "check", "snapshot", "selftest")
WORDS = ("via", "backup", "src", "dev", "metric", "table", "method", "phantom")
OF_FILES = ("set", "include", "monitor", "on", "prove")
METHODS = ("native", "phantom", "plain", "auto", "skipassource")


class Help(LabTestCase):
    """--help, per verb too, and the man page tell the same."""

    topology = the_case

    def text(self, line):
        """What `route2 LINE` prints on stdout; on stderr it prints nothing."""
        result = self.route2(self.case.host, line)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def man_page(self):
        """The source of doc/route2.8."""
        with open(os.path.join(ROOT, "doc", "route2.8")) as file:
            return file.read()

    def options(self):
        """The options that --help lists: {"--json", "-j", ...}."""
        listed = self.text("--help").split("Options:")[1].split("Exit status:")[0]
        return set(re.findall(r"(?<![\w-])--?[a-z0-9][a-z0-9-]*",
                              "\n".join(line[:22] for line in listed.splitlines()), re.I))

    def test_help(self):
        """names every verb, the batch file's words, and the exit statuses"""
        text = self.text("--help")
        for verb in VERBS:
            self.assertRegex(text, rf"  route2 {verb}[ \n]")
        for wanted in ("DEST MASK GATEWAY SOURCE",
                       "0 done, 1 failed, 2 usage, 3 would change (--check), 4 not permitted"):
            self.assertIn(wanted, text)
        for same in ("-h", "-help", "help"):
            self.assertEqual(self.text(same), text)
        self.assertNotRegex(text, r"(?m) $|^.{101}")

    def test_help_for_a_verb(self):
        """says how the verb is called, before or after its name"""
        for verb in VERBS:
            text = self.text(f"{verb} --help")
            self.assertRegex(text, rf"^Usage: route2 {verb}[ \n]")
            self.assertNotRegex(text, r"(?m) $|^.{101}")
            for same in (f"--help {verb}", f"help {verb}", f"{verb} -h"):
                self.assertEqual(self.text(same), text)

    def test_help_of_add(self):
        """explains every word of the grammar and every method"""
        text = self.text("add --help")
        for word in (*WORDS, *METHODS):
            self.assertRegex(text, rf"(?m)^(method)? *{word} ")

    def test_examples(self):
        """are lines that are read"""
        examples = re.findall(r"^  route2 (add .*)$", self.text("add --help"), re.M)
        self.assertGreater(len(examples), 2)
        for line in examples:
            with self.subTest(line=line):
                self.assertIn(self.route2(self.case.host, f"--timeout 1ms --dry-run {line}",
                                          expect=None).returncode, (0, 1))

    def test_help_changes_nothing(self):
        """even behind a whole line"""
        with self.assert_state_unchanged(self.case.host):
            self.text("add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 --help")

    def test_width(self):
        """fits a terminal of 100 columns"""
        for line in ("--help", *(f"{verb} --help" for verb in VERBS)):
            for text in self.text(line).splitlines():
                self.assertLessEqual(len(text), 100, text)

    def test_version(self):
        """--version is one line"""
        for option in ("--version", "-V", "-version"):
            self.assertRegex(self.text(option), r"\Aroute2 \S+\n\Z")

    def test_options_in_the_man_page(self):
        """every option of the help is in the man page, and the other way round"""
        items = "\n".join(re.findall(r"^\.It Fl .*", self.man_page(), re.M))
        in_page = {"-" + name for name in re.findall(r"Fl (-?[A-Za-z0-9-]+)", items)}
        self.assertEqual(in_page, self.options())

    def test_verbs_and_words_in_the_man_page(self):
        """every verb, word and method is an item of the man page, and the other way round"""
        items = set(re.findall(r"^\.It Cm ([a-z]+)", self.man_page(), re.M))
        self.assertEqual(items, {*VERBS, *WORDS, *METHODS, *OF_FILES})
        for verb in VERBS:
            self.assertRegex(self.text("--help"), rf"(?m)^  route2 {verb}\b")

    def test_numbers_in_the_man_page(self):
        """protocol number, table and exit statuses are those of the program"""
        for text in ("114", "29234", "169.254.255.0/24", "169.254.0.0/24", "fe80::7232:0/112"):
            self.assertIn(text, self.man_page())


class Options(LabTestCase):
    """What goes with every verb."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.line = "1.2.3.4 via 4.3.2.1 src 3.3.3.3"

    def test_named_namespace(self):
        """-n NAME, as in ip"""
        server = self.case.server
        with self.host.named("blue"), self.assert_state_unchanged(server):
            for option in ("-n blue", "-netns blue", "--netns blue", "--netns=blue"):
                with self.subTest(option=option):
                    self.route2(server, f"{option} replace {self.line} method phantom")
                    self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
                    self.assertEqual(self.shown(server, f"{option} show"), self.shown(self.host))
                    self.route2(server, f"{option} del 1.2.3.4")
                    self.assert_nothing_of_ours(self.host)

    def test_namespace_by_path(self):
        """a path is taken if it has a slash"""
        resident = self.host.popen(["cat"], stdin=-1)
        self.route2(self.case.server, f"-n /proc/{resident.pid}/ns/net add {self.line}")
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")

    def test_ip_netns_names(self):
        """a namespace that `ip netns add` made"""
        self.case.server.run("ip netns add green", check=True)
        self.addCleanup(self.case.server.run, "ip netns del green")
        self.assertEqual(self.shown(self.host, "-n green show"), [])

    def test_options_may_stand_anywhere(self):
        """before the verb, behind it, and in the line"""
        self.route2(self.host, f"add {self.line}")
        want = self.route2(self.host, "-j show 1.2.3.4").stdout
        for line in ("show -j 1.2.3.4", "show 1.2.3.4 -j", "show 1.2.3.4 --json",
                     "-json show 1.2.3.4"):
            self.assertEqual(self.route2(self.host, line).stdout, want, line)

    def test_quiet(self):
        """-q: errors only"""
        for line in (f"-q add {self.line}", "-q del 1.2.3.4", "-q add 1.2.3.4 src 3.3.3.3"):
            result = self.route2(self.host, line)
            self.assertEqual((result.stdout, result.stderr), ("", ""), line)
        self.assert_refused(self.host, "-q add 1.2.3.4 via 4.3.2.1 src 3.3.3.9", "3.3.3.9")

    def test_verbose(self):
        """-v: each operation on stderr, as the ip command that would do the same"""
        plan = self.route2(self.host, f"--dry-run add {self.line} method phantom").stdout
        said = self.route2(self.host, f"-v add {self.line} method phantom").stderr
        self.assertEqual(said.splitlines(), [f"+ {line}" for line in plan.splitlines()])

    def test_verbose_undo(self):
        """-v: and how it is undone"""
        self.host.ip_batch(["route add default via 4.3.2.1 table 77",
                            "rule add to 1.2.3.4 table 77"])
        said = self.route2(self.host, f"-v add {self.line}", expect=1).stderr
        self.assertRegex(said, r"(?m)^\+ ip route add 1\.2\.3\.4/32 .*\n"
                               r"undo: ip route del 1\.2\.3\.4/32 ")

    def on_a_terminal(self, no_color):
        """What `route2 show` prints on a terminal."""
        ours, theirs = pty.openpty()
        child = self.host.popen([ROUTE2, "show"], env={"NO_COLOR": no_color}, stdout=theirs)
        child.wait(timeout=30)
        os.close(theirs)
        said = os.read(ours, 65536).decode()
        os.close(ours)
        return said

    def test_colour(self):
        """marks on a terminal what has gone bad; not with NO_COLOR, and not in a pipe"""
        self.route2(self.host, f"add {self.line}")
        self.host.ip("neigh replace 4.3.2.1 lladdr 02:00:00:00:66:66 dev e0 nud stale")
        self.host.ip("neigh replace 4.3.2.1 dev e0 nud failed")
        self.assertIn("\033[", self.on_a_terminal(no_color=""))
        self.assertNotIn("\033[", self.on_a_terminal(no_color="1"))
        piped = self.route2(self.host, "show", env={"NO_COLOR": ""}).stdout
        self.assertIn("#", piped)
        self.assertNotIn("\033[", piped)
