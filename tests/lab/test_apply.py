# SPDX-License-Identifier: MIT
"""`apply`: all of a file's routes, none besides, and back if anything fails."""

import json
import os
import signal
import subprocess
import tempfile

import lab
from case import ROUTE2, LabTestCase
from lab.topologies import two_gateways
from torture import INJECTED, STRIDE, environment

FILE = """\
# what this host sends from 3.3.3.3
set via 4.3.2.1 src 3.3.3.3
1.2.3.0/24
5.6.7.0/24 backup 4.3.2.11
9.9.9.9 src 4.3.2.2 metric 5
set via 2001:db8:4::1 src 2001:db8:3::3
2001:db8:5::/64
"""
CHANGED = """\
set via 4.3.2.1 src 3.3.3.3
1.2.3.0/24 via 4.3.2.11
9.9.9.9 metric 5
9.9.8.0/24
2001:db8:5::/64 via 2001:db8:4::11 src 2001:db8:3::3
"""
LISTS = """\
set via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3
1.2.3.0/24
5.6.8.0/24
set via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
2001:db8:5::/64
"""
SWAPPED = """\
set via 4.3.2.11 backup 4.3.2.1 src 3.3.3.3
1.2.3.0/24
5.6.8.0/24
set via 2001:db8:4::11 src 2001:db8:3::3 method phantom
2001:db8:5::/64
"""


class ApplyTestCase(LabTestCase):
    """A host with two gateways, and a folder for files."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.host = folder.name, self.case.host

    def file(self, text, name="routes"):
        """Write it. Returns its path."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def apply(self, text, words="", expect=0, **options):
        return self.route2(self.host, f"apply {words} {self.file(text)}", expect, **options)


class Apply(ApplyTestCase):
    """A file made true."""

    def test_twice(self):
        """the second time, and what show prints, as lines and as JSON, change nothing"""
        self.assertIn("4 added, 0 replaced, 0 deleted, 0 kept", self.apply(FILE).stdout)
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        before = self.host.state()
        texts = (FILE, self.route2(self.host, "show").stdout, self.route2(self.host, "-j show").stdout)
        for text in texts:
            self.assertIn("nothing to change: 4 routes", self.apply(text).stdout)
            self.apply(text, "--check", 0)
            self.assert_same_state(before, self.host.state())

    def test_exactly_these(self):
        """what is not in the file goes, with its phantom; what differs is changed; others' stay"""
        self.apply(FILE)
        self.host.ip("route add 7.7.7.0/24 via 4.3.2.1 proto static")
        said = self.apply(CHANGED).stdout
        self.assertIn("1 added, 3 replaced, 1 deleted, 0 kept", said)
        shown = self.shown(self.host)
        self.assertEqual(len(shown), 4, shown)
        self.assertIn("9.9.9.9/32 via 4.3.2.1 src 3.3.3.3 dev e0 metric 5 method native", shown)
        self.assertIn("7.7.7.0/24", self.host.ip("route show proto static"))
        self.assertIn("0 added, 0 replaced, 4 deleted", self.apply("# nothing\n").stdout)
        self.assert_nothing_of_ours(self.host)

    def test_check_and_diff(self):
        """--check: status 3 and nothing touched; --diff: what would be"""
        self.apply(FILE)
        with self.assert_state_unchanged(self.host):
            said = self.apply(CHANGED, "--check --diff", 3).stdout.splitlines()
            data = json.loads(self.apply(CHANGED, "-j --check --diff", 3).stdout)
        self.assertEqual(said[0], "--- route2 show")
        self.assertIn("-9.9.9.9/32 via 4.3.2.1 src 4.3.2.2 dev e0 metric 5 method native", said)
        self.assertIn("+9.9.9.9/32 via 4.3.2.1 src 3.3.3.3 dev e0 metric 5 method native", said)
        self.assertIn("would be 1 added, 3 replaced, 1 deleted, 0 kept", said)
        self.assertEqual([line for line in said if line[0] in "+-"][2:], data["diff"])
        self.assertEqual((data["changed"], data["check"], data["added"]), (True, True, 1))

    def test_gateway_list(self):
        """another gateway list: the phantom stays, and its routes; the neighbour moves"""
        self.apply(LISTS)
        routes = self.host.ip("route show proto 114"), self.host.ip("-6 route show proto 114")
        with self.assert_state_unchanged(self.host):
            said = self.apply(SWAPPED, "--check --diff", 3).stdout
            self.assertIn("-1.2.3.0/24 via 4.3.2.1 backup 4.3.2.11 src", said)
            self.assertIn("+1.2.3.0/24 via 4.3.2.11 backup 4.3.2.1 src", said)
        said = self.apply(SWAPPED, "-v")
        self.assertIn("0 added, 0 replaced, 0 deleted, 3 kept; 2 gateway lists changed", said.stdout)
        self.assertNotIn("1.2.3.0", said.stderr)
        self.assertNotIn("2001:db8:5::", said.stderr)
        self.assertEqual(routes, (self.host.ip("route show proto 114"),
                                  self.host.ip("-6 route show proto 114")))
        for destination in ("1.2.3.4", "2001:db8:5::4"):
            self.assert_carried_by(self.host, destination, self.case.gateways[1])
        self.assertIn("nothing to change: 3", self.apply(SWAPPED).stdout)

    def test_gateway_list_shared(self):
        """a phantom that others use too keeps its list"""
        self.apply(LISTS)
        said = self.apply("1.2.3.0/24 via 4.3.2.11 backup 4.3.2.1 src 3.3.3.3\n",
                          "--within 1.2.3.0/24").stdout
        self.assertIn("0 added, 1 replaced", said)
        self.assertIn("5.6.8.0/24 via 4.3.2.1 backup 4.3.2.11", self.route2(self.host, "show").stdout)
        self.apply(LISTS.replace("5.6.8", "5.6.9"))

    def test_bad_lines(self):
        """each is named with its place, and nothing is changed"""
        self.apply(FILE)
        other = self.file("1.2.3.0/33 src 3.3.3.3\n", "other")
        bad = f"8.8.8.0/24 via 4.3.2.1 src 3.3.3.3\n  8.8.9.0/24 src 3.3.3.3 vai 4.3.2.1\n\n" \
              f"1.1.1.0/24 via 4.3.2.1\nset sorce 1.2.3.4\ninclude other\ninclude {other}x\n"
        with self.assert_state_unchanged(self.host):
            said = self.apply(bad, expect=2).stderr
            path = os.path.join(self.folder, "routes")
            for place in (f"{path}:2:26: ", f"{path}:4:1: `src` is missing", f"{path}:5:5: ",
                          f"{other}:1:1: ", f"{path}:7:9: cannot read", "5 bad lines"):
                self.assertIn(place, said)
            said = self.apply("1.1.1.0/24 via 4.3.2.1 src 3.3.3.3\n"
                              "1.1.1.0/24 via 4.3.2.11 src 3.3.3.3\n", expect=2).stderr
            self.assertIn(f"{path}:2:1: another route to the same", said)
            self.assertIn(f"stands at {path}:1", said)
            said = self.apply("1.1.1.0/24 via 4.3.2.1 src 3.3.3.9\n"
                              "1.1.2.0/24 via 77.1.1.1 src 3.3.3.3\n", expect=2).stderr
            self.assertIn(f"{path}:1:1: source 3.3.3.9 is not an address", said)
            self.assertIn(f"{path}:2:1: gateway 77.1.1.1 is not on the link", said)
            self.assert_refused(self.host, "apply", "apply needs a file", status=2)
            self.assert_refused(self.host, f"apply {self.folder}/none", "No such file")

    def test_include_and_set(self):
        """lines of another file; defaults of each family, for what a line does not say"""
        self.file("2.2.2.0/24\nset metric 9\n2.2.3.0/24\n", "inner")
        self.apply("set via 4.3.2.1 src 3.3.3.3 dev e0\ninclude inner\n2.2.4.0/24 src 4.3.2.2\n"
                   "set\n2.2.5.0/24 via 4.3.2.11 src 3.3.3.3\n")
        self.assertEqual(self.shown(self.host), [
            "2.2.2.0/24 via 4.3.2.1 src 3.3.3.3 dev e0 method native",
            "2.2.3.0/24 via 4.3.2.1 src 3.3.3.3 dev e0 metric 9 method native",
            "2.2.4.0/24 via 4.3.2.1 src 4.3.2.2 dev e0 method native",
            "2.2.5.0/24 via 4.3.2.11 src 3.3.3.3 dev e0 method native"])

    def test_within(self):
        """several files share a host"""
        self.apply("1.1.1.0/24 via 4.3.2.1 src 3.3.3.3\n", "--within table main")
        self.apply("1.1.1.0/24 via 4.3.2.1 src 3.3.3.3 table 100\n", "--within table 100")
        self.apply("8.1.0.0/16 via 4.3.2.1 src 3.3.3.3\n", "--within 8.0.0.0/8")
        self.assertEqual(len(self.shown(self.host)), 3)
        with self.assert_state_unchanged(self.host):
            said = self.apply("1.1.1.0/24 via 4.3.2.1 src 3.3.3.3\n", "--within table 100", 2).stderr
        self.assertIn("outside of what --within", said)
        self.apply("", "--within dev e0")
        self.assertEqual(self.shown(self.host), [])

    def test_beside_another_tools(self):
        """a foreign route of the same key stays and ours goes before it; plain keeps its wish"""
        self.host.ip("route add 1.2.3.0/24 via 4.3.2.11 proto static")
        text = "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3\n6.6.6.0/24 via 4.3.2.1 src 4.3.2.2 method plain\n"
        self.assertIn("2 added", self.apply(text).stdout)
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        self.assertIn("nothing to change: 2 routes", self.apply(text).stdout)
        self.apply("")
        self.assertIn("1.2.3.0/24 via 4.3.2.11", self.host.ip("route show proto static"))
        self.assert_nothing_of_ours(self.host)

    def test_its_options_are_its_own(self):
        """--check before another verb is refused, not passed over"""
        for option in ("--check", "--diff", "--within dev e0", "--confirm 5s"):
            self.assert_refused(self.host, f"add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 {option}",
                                "is for apply only", status=2)
        self.assert_refused(self.host, "--dot show", "--dot is for explain only", status=2)

    def test_dry_run(self):
        """--dry-run prints the ip commands, in order, and changes nothing"""
        self.apply(FILE)
        with self.assert_state_unchanged(self.host):
            said = self.apply(CHANGED, "--dry-run").stdout.splitlines()
        adds = [at for at, line in enumerate(said) if "route a" in line]
        deletes = [at for at, line in enumerate(said) if "route del 9.9.9.9" in line]
        self.assertTrue(adds and deletes and max(adds) < min(deletes), said)


class Accidents(ApplyTestCase):
    """Messages that fail, signals, kills."""

    def before(self, text):
        """As it stands with `text`, made anew."""
        self.apply("")
        self.apply(text)
        return self.host.state()

    def each_message_fails(self, old, new, accidents=(("send", "fail"), ("recv", "fail"), ("recv", "lose"))):
        after, before = self.before(new), self.before(old)
        for call, action in accidents:
            for n in range(1, 200, STRIDE):
                result = self.apply(new, expect=None, env=environment(call, n, action))
                if INJECTED not in result.stderr:
                    break
                with self.subTest(accident=f"{action} at {call} {n}"):
                    self.assert_same_state(after if result.returncode == 0 else before,
                                           self.host.state(), result.stderr)
                if result.returncode == 0 or self.host.state() != before:
                    before = self.before(old)
            self.assertGreater(n, 5)

    def each_send_kills(self, old, new):
        self.before(old)
        self.apply(new)
        after = self.host.state()
        for n in range(1, 200, STRIDE):
            self.before(old)
            result = self.apply(new, expect=None, env=environment("send", n, "kill-after"))
            if result.returncode != -signal.SIGKILL:
                break
            with self.subTest(accident=f"killed after send {n}"):
                self.apply(new)
                self.assert_same_state(after, self.host.state())
        self.assertGreater(n, 5)

    def test_each_message_fails(self):
        """all of the file is done, or all is as it was"""
        self.before(FILE)
        self.apply(CHANGED)
        self.each_message_fails(FILE, CHANGED)

    def test_the_kernel_answers_badly(self):
        """interrupted reads, torn dumps, no memory: the wanted state, or the old one and a word"""
        self.before(FILE)
        self.apply(CHANGED)
        self.each_message_fails(FILE, CHANGED, [("recv", "intr"), ("recv", "torn"), ("recv", "nomem")])
        before = self.before(FILE)
        said = [self.apply(CHANGED, expect=None, env=environment("recv", n, "nomem")) for n in (14, 16, 18)]
        for result in said:
            if result.returncode:
                self.assertIn("Cannot allocate memory", result.stderr)
                self.assert_same_state(before, self.host.state(), result.stderr)
            before = self.before(FILE)

    def test_killed(self):
        """the next apply finishes the work from what it finds"""
        self.each_send_kills(FILE, CHANGED)

    def test_list_accidents(self):
        """the same where only gateway lists change"""
        self.each_message_fails(LISTS, SWAPPED, [("send", "fail")])
        self.each_send_kills(LISTS, SWAPPED)

    MANY = "set via 4.3.2.1 src 3.3.3.3\n" + "".join(
        f"11.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" for i in range(150000))

    def in_the_middle(self, happens):
        """Apply many routes, and let it happen when the first of them stands. Returns the process,
        which has ended, and what it said."""
        with self.host.popen([ROUTE2, "apply", self.file(self.MANY)], stderr=subprocess.PIPE) as process:
            lab.wait_until(lambda: "11." in self.host.ip("route show 11.0.0.1"),
                           what="the first of the new routes")
            happens(process)
            _, said = process.communicate(timeout=60)
        return process, said

    def test_interrupted(self):
        """Ctrl-C in the middle: all is as it was"""
        before = self.before(FILE)
        process, _ = self.in_the_middle(lambda process: process.send_signal(signal.SIGINT))
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assert_same_state(before, self.host.state())

    def test_the_source_vanishes(self):
        """it fails, says so, and none of the new routes is left"""
        self.apply("")
        for vanishes in ("addr del 3.3.3.3/24 dev e0", "link set e0 down"):
            with self.subTest(vanishes=vanishes):
                process, said = self.in_the_middle(lambda _, line=vanishes: self.host.ip(line))
                self.assertEqual(process.returncode, 1, said)
                self.assertIn("route2: ", said)
                self.assert_nothing_of_ours(self.host)
            self.host.ip("addr add 3.3.3.3/24 dev e0" if "addr" in vanishes else "link set e0 up")

    def test_rivals(self):
        """another program changes the same table all the while: the wanted state, or the old one"""
        churn = self.file("".join(f"route {verb} 50.{i >> 8}.{i & 255}.0/24 via 4.3.2.11\n"
                                  for verb in ("add", "del") for i in range(4000)), "churn")
        wanted = "set via 4.3.2.1 src 3.3.3.3\n" + "".join(
            f"{50 + i % 2}.{i >> 8}.{i & 255}.0/24\n" for i in range(2000))
        self.apply("")
        rival = self.host.popen(["sh", "-c", f"while :; do ip -batch {churn}; done"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        done = 0
        for _ in range(6):
            result = self.apply(wanted, expect=None)
            ours = self.host.ip("route show proto 114").count("src 3.3.3.3")
            self.assertEqual((result.returncode, ours), (0, 2000) if result.returncode == 0 else (1, 0),
                             result.stderr)
            done += result.returncode == 0
            self.assertIn(self.apply("", expect=None).returncode, (0,))
            self.assert_nothing_of_ours(self.host)
        rival.kill()
        self.assertGreater(done, 0)


class Confirm(ApplyTestCase):
    """What is not confirmed is brought back, whatever dies."""

    CUTS = "set via 4.3.2.77 src 3.3.3.3 dev e0\n1.2.3.0/24\n"  # nobody is there

    def setUp(self):
        super().setUp()
        self.apply("1.2.3.0/24 via 4.3.2.1 src 3.3.3.3\n")

    def route2(self, host, line, expect=0, **options):
        """Where /run is not ours, what stood before is kept in a folder that is."""
        options["env"] = {"XDG_RUNTIME_DIR": self.folder} | options.get("env", {})
        return super().route2(host, line, expect, **options)

    def routes(self):
        return self.host.ip("route show proto 114") + self.host.ip("-6 route show proto 114")

    def wait_for(self, routes, what):
        lab.wait_until(lambda: self.routes() == routes, timeout=30, what=what)

    def keepers(self):
        """Processes of route2 in the host's network namespace."""
        netns = self.host.run(["readlink", "/proc/self/ns/net"]).stdout
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/ns/net") + "\n" == netns and \
                        os.readlink(f"/proc/{pid}/exe") == os.path.realpath(ROUTE2):
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def test_unit(self):
        """where systemd runs, each keeper asks it for a scope of its own"""
        if not os.path.exists("/usr/bin/busctl") or not lab.owns_run():
            self.skipTest("no busctl to stand in for, or no /run of our own")
        asked = os.path.join(self.folder, "asked")
        stub = self.file(f'#!/bin/sh\necho "$@" >> {asked}\nexit 1\n', "busctl")
        os.chmod(stub, 0o755)
        os.makedirs("/run/systemd/system")
        self.addCleanup(os.removedirs, "/run/systemd/system")
        with lab.mounted_over(stub, "/usr/bin/busctl"):
            self.apply("# nothing\n", "--confirm 1m")
            lab.wait_until(lambda: os.path.exists(asked) and len(open(asked).readlines()) == 2,
                           what="both keepers to ask")
            lab.wait_until(lambda: len(self.keepers()) == 2, what="no others to be left")
            keepers = self.keepers()
        self.route2(self.host, "confirm")
        with open(asked) as file:
            said = file.read()
        self.assertEqual(len(keepers), 2)
        for pid in keepers:
            self.assertIn(f"StartTransientUnit ssa(sv)a(sa(sv)) route2-confirm-{pid}.scope fail 3 ", said)
            self.assertIn(f"PIDs au 1 {pid} 0\n", said)

    def test_brought_back(self):
        """a change that cuts off the one who makes it"""
        before = self.routes()
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        said = self.apply(self.CUTS, "--confirm 2s --tries 0").stdout
        self.assertIn("brought back in 2 s unless: route2 confirm", said)
        self.assertIsNone(self.host.source_seen("1.2.3.4", timeout=0.3))
        path = self.file("# nothing\n", "other")
        self.assert_refused(self.host, f"apply {path}", "waiting to be confirmed")
        self.wait_for(before, "the old routes")
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        lab.wait_until(lambda: not self.keepers(), what="the keepers' end")
        self.assert_refused(self.host, "confirm", "nothing is waiting")

    def test_confirmed(self):
        """it stays, and the keepers go"""
        self.apply("1.2.3.0/24 via 4.3.2.11 src 3.3.3.3\n", "--confirm 60s")
        after = self.routes()
        self.assertEqual(len(self.keepers()), 2)
        self.assertIn("it stays", self.route2(self.host, "confirm").stdout)
        lab.wait_until(lambda: not self.keepers(), what="the keepers' end")
        self.assertEqual(self.routes(), after)

    def test_within(self):
        """what the file does not speak for stays too"""
        before = self.routes()
        self.apply("9.9.9.0/24 via 4.3.2.1 src 3.3.3.3 table 100\n", "--confirm 1s --within table 100")
        self.assertEqual(len(self.shown(self.host)), 2)
        lab.wait_until(lambda: not self.keepers(), timeout=30, what="the keepers' end")
        self.assertEqual(len(self.shown(self.host)), 1)
        self.assertEqual(self.routes(), before)

    def test_a_keeper_is_killed(self):
        """either of the two does the work alone"""
        before = self.routes()
        for which in (0, 1):
            self.apply("1.2.3.0/24 via 4.3.2.11 src 3.3.3.3\n", "--confirm 1s")
            self.assertNotEqual(self.routes(), before)
            os.kill(self.keepers()[which], signal.SIGKILL)
            self.wait_for(before, "the old routes")
            lab.wait_until(lambda: not self.keepers(), what="the keepers' end")

    def test_apply_is_killed(self):
        """half-way: what stood before comes back at once"""
        before = self.routes()
        text = "1.2.3.0/24 via 4.3.2.11 src 3.3.3.3\n9.9.9.0/24 via 4.3.2.1 src 3.3.3.3\n"
        for n in range(1, 60, 3):
            result = self.apply(text, "--confirm 60s", None, env=environment("send", n, "kill-after"))
            if result.returncode != -signal.SIGKILL:
                break
            lab.wait_until(lambda: not self.keepers(), timeout=30, what="the keepers' end")
            self.assertEqual(self.routes(), before, f"killed after send {n}")
        self.assertGreater(n, 10)
        self.route2(self.host, "confirm")

    def test_the_terminal_goes(self):
        """the whole session of apply is killed"""
        before = self.routes()
        self.file("1.2.3.0/24 via 4.3.2.11 src 3.3.3.3\n")
        shell = self.host.popen(["sh", "-c", f"{ROUTE2} apply --confirm 1s {self.folder}/routes; "
                                 "echo done; cat"], stdin=subprocess.PIPE, start_new_session=True,
                                env={"XDG_RUNTIME_DIR": self.folder})
        while "done" not in shell.stdout.readline():
            pass
        self.assertNotEqual(self.routes(), before)
        os.killpg(shell.pid, signal.SIGHUP)
        os.killpg(shell.pid, signal.SIGKILL)
        self.wait_for(before, "the old routes")
