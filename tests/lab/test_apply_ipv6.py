# SPDX-License-Identifier: MIT
"""`apply` where many routes of IPv6 change: in few messages, and nothing of another tool's is lost."""

import os
import signal
import tempfile

from lab.topologies import two_gateways
from torture import INJECTED, STRIDE, TortureTestCase, environment

COUNT = 300  # several sends, the last of them not full
SOURCES = ("2001:db8:3::3", "2001:db8:4::2")
RIVALS = "2600:f::1"  # the destination that another tool deals with, too
THEIRS = f"route {{}} {RIVALS} via 2001:db8:4::12 dev e0 proto static metric 1024"


class Another(TortureTestCase):
    """All routes get another source."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for source in SOURCES:
            self.file(source, self.lines(source))
        self.file("nothing", "")

    def lines(self, source, count=COUNT, words=""):
        return f"set via 2001:db8:4::1 src {source} {words}\n" + "".join(
            f"2600:f::{i:x}\n" for i in range(count))

    def file(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def line(self, name):
        return f"apply {self.folder}/{name}"

    def apply(self, name, expect=0, **options):
        return self.route2(self.host, self.line(name), expect, **options)

    def start_over(self):
        """The old routes, and nothing of the rival's."""
        self.host.ip("-6 route flush proto static")
        self.apply("nothing")
        self.apply(SOURCES[0])
        return self.host.state()

    def states(self):
        """Those before and after."""
        self.start_over()
        self.apply(SOURCES[1])
        after = self.host.state()
        return self.start_over(), after

    def ours(self, table="main"):
        return self.host.ip(f"-6 route show table {table} proto 114").count(f"src {SOURCES[1]}")

    def test_few_messages(self):
        """in table main, and where no rule leads; beside other keys of others"""
        for table in ("main", "100"):
            with self.subTest(table=table):
                self.host.ip(f"-6 route add {RIVALS} via 2001:db8:4::12 proto static metric 9 table {table}")
                for source in SOURCES:
                    self.file("tabled", self.lines(source, words=f"table {table}"))
                    said = self.apply("tabled", env=environment("tell", 60, "fail"))
                self.assertIn(f"{COUNT} replaced", said.stdout)
                self.assertNotIn(INJECTED, said.stderr)
                self.assertEqual(self.ours(table), COUNT)
                self.assertIn(RIVALS, self.host.ip(f"-6 route show table {table} proto static"))

    def test_another_gateway(self):
        """and back, phantoms too"""
        self.start_over()
        for via in ("2001:db8:4::11", "2001:db8:4::1 backup 2001:db8:4::11"):
            self.file("other", self.lines(SOURCES[1]).replace("2001:db8:4::1", via))
            self.assertIn(f"{COUNT} replaced", self.apply("other").stdout)
            self.assertEqual(self.ours(), COUNT)
            self.assertIn("nothing to change", self.apply("other").stdout)

    def test_sibling(self):
        """another tool's hop has joined one of ours: refused, and all is as it was"""
        self.start_over()
        self.host.ip("-6 " + THEIRS.format("append"))
        before = self.host.state()
        self.assertIn("metric", self.apply(SOURCES[1], 1).stderr)
        self.assert_same_state(before, self.host.state())

    def in_between(self, acts, check):
        """The rival acts before the n-th message, for all n. check(status, said) looks at each
        outcome."""
        for n in range(1, 100, STRIDE):
            self.start_over()
            child = self.start_stopped(self.line(SOURCES[1]), "tell", n)
            if child is None:
                self.assertGreater(n, 5)
                return
            for act in acts:
                self.host.ip("-6 " + THEIRS.format(act))
            child.send_signal(signal.SIGCONT)
            status, out, err = self.ended(child)
            self.host._children.remove(child)
            with self.subTest(before=n):
                said = f"exit status {status}\n{out}{err}"
                self.assertIn(status, (0, 1, 2), said)
                check(status, said)
        self.fail("there was no end of messages")

    def test_rival_joins(self):
        """whenever it does: its hop stays, and ours are all new or all old"""
        def check(status, said):
            self.host.ip("-6 " + THEIRS.format("del"))
            self.assertEqual(self.ours(), 0 if status else COUNT, said)
            self.assertEqual(self.host.ip("-6 route show proto 114").count("\n"), COUNT, said)
        self.in_between(["append"], check)

    def test_rival_replaces(self):
        """whenever it does: its route stays, and ours are all old, but for that one"""
        def check(status, said):
            self.host.ip("-6 " + THEIRS.format("del"))
            self.assertIn(self.ours(), (0,) if status else (COUNT, COUNT - 1), said)
        self.in_between(["replace"], check)

    def test_rival_comes_and_goes(self):
        """nothing is lost, and the change is made"""
        def check(status, said):
            self.assertEqual((status, self.ours()), (0, COUNT), said)
        self.in_between(["append", "del"], check)

    def test_each_message_fails(self):
        """all are changed, or none"""
        before, after = self.states()
        for call, action in (("send", "fail"), ("recv", "fail"), ("recv", "lose")):
            for n in range(1, 200, STRIDE):
                result = self.apply(SOURCES[1], expect=None, env=environment(call, n, action))
                if INJECTED not in result.stderr:
                    break
                with self.subTest(accident=f"{action} at {call} {n}"):
                    self.assert_same_state(after if result.returncode == 0 else before,
                                           self.host.state(), result.stderr)
                self.apply(SOURCES[0])
            self.assertGreater(n, 5)

    def test_killed(self):
        """the next apply finishes the work"""
        _, after = self.states()
        for n in range(1, 100, STRIDE):
            self.apply(SOURCES[0])
            result = self.apply(SOURCES[1], expect=None, env=environment("send", n, "kill-after"))
            if result.returncode != -signal.SIGKILL:
                break
            with self.subTest(accident=f"killed after send {n}"):
                stands = self.host.ip("-6 route show proto 114")
                self.assertEqual(stands.count("\n"), COUNT, stands)
                self.apply(SOURCES[1])
                self.assert_same_state(after, self.host.state())
        self.assertGreater(n, 5)
