# SPDX-License-Identifier: MIT
"""`prove` in the watch's file: what breaks on the wire is told, and when it works again."""

import os

from case import ROUTE2, LabTestCase
from lab.topologies import the_case
from watching import QUICK, WatchTestCase

LINE = "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3\n"


class WatchProves(WatchTestCase):
    """Every so often, and told when it changes."""

    topology = the_case

    def proof(self):
        """What `status` says of it."""
        return (self.status() or {}).get("proof", {})

    def hooked(self, name):
        """What a hook has written."""
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def hook(self, event):
        """A line of the file: the event's text into a file of its name."""
        script = self.file(f"#!/bin/sh\necho \"$ROUTE2_EVENT $ROUTE2_TEXT\" >> {self.folder}/{event}\n",
                           f"{event}.sh")
        os.chmod(script, 0o755)
        return f"on {event} exec {script}\n"

    def test_breaks_and_works_again(self):
        """log, status and hooks say so, once each"""
        gateway = self.case.gateway
        self.watch(QUICK + "prove 1s\n" + self.hook("broken") + self.hook("works") + LINE)
        self.wait(lambda: self.proof().get("works") == 1, "a first proof")
        self.assertIn("1 work, 0 broken", self.host.run([ROUTE2, "status"]).stdout)
        gateway.ip("rule add from 3.3.3.3 to 1.2.3.4 prohibit priority 5")
        self.wait(lambda: self.hooked("broken"), "the hook of broken")
        self.assertIn("broken 1.2.3.4/32 from 3.3.3.3: dropped on the way out",
                      self.hooked("broken"))
        self.assertTrue(self.logged("broken: 1.2.3.4/32 from 3.3.3.3"))
        self.assertEqual(self.proof()["not_working"][0]["verdict"], "dropped on the way out")
        said = self.host.run([ROUTE2, "status", "--prometheus"]).stdout
        self.assertIn("route2_proved_broken 1", said)
        self.assertIn("dropped on the way out: 1.2.3.4/32 from 3.3.3.3",
                      self.host.run([ROUTE2, "status"]).stdout)
        runs = self.proof()["runs"]
        self.wait(lambda: self.proof()["runs"] > runs, "another proof")
        gateway.ip("rule del priority 5")
        self.wait(lambda: self.hooked("works"), "the hook of works")
        self.assertIn("works 1.2.3.4/32 from 3.3.3.3: works", self.hooked("works"))
        self.assertEqual(self.hooked("broken").count("broken 1.2.3.4/32"), 1)

    def test_silence_is_no_news(self):
        """what nobody answers is unknown, and no hook is run"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        self.watch(QUICK + "prove 1s\n" + self.hook("broken") + LINE)
        self.wait(lambda: self.proof().get("unknown") == 1, "a proof")
        self.assertEqual(self.hooked("broken"), "")

    def test_by_tcp(self):
        """and by what is told"""
        self.case.gateway.ip("rule add ipproto icmp blackhole priority 5")
        self.watch(QUICK + "prove 1s tcp 80\n" + LINE)
        self.wait(lambda: self.proof().get("works") == 1, "a proof by TCP")

    def test_ends_in_the_middle(self):
        """SIGTERM while a proof waits for answers"""
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        process = self.watch(QUICK + "prove 1s\n" + LINE)
        with self.host.sniff("e0") as wire:
            wire.wait_for(lambda frame: frame.dst == "1.2.3.4" and frame.outgoing, timeout=5)
        self.stop(process)
        self.assertEqual(process.returncode, 0)


class Lines(LabTestCase):
    """The line in the file."""

    topology = the_case

    def test_bad_lines(self):
        """are named with their place"""
        for line in ("prove", "prove x", "prove 10ms", "prove 5m ftp", "prove 5m tcp",
                     "prove 5m tcp 0", "prove 5m tcp 70000", "prove 5m icmp 5", "on proved exec /x"):
            with self.subTest(line=line):
                said = self.route2(self.case.host, "apply --check -", expect=2, input=line + "\n")
                self.assertIn("standard input:1:", said.stderr)

    def test_good_lines(self):
        """are for the watch: `apply` passes them over"""
        for line in ("prove 5m", "prove 0", "prove 90s icmp", "prove 1h tcp 443", "prove 5m udp 53"):
            with self.subTest(line=line):
                self.route2(self.case.host, "apply --check -", input=line + "\n")
