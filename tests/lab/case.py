# SPDX-License-Identifier: MIT
"""The base of all tests that run route2 in a virtual network."""

import json
import os
import re
import unittest
from contextlib import contextmanager

import lab
from lab import command

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROUTE2 = os.environ.get("ROUTE2", os.path.join(ROOT, "build", "route2"))
OUR_PROTOCOL = "114"
BOOK_TABLE = "29234"

# A finding of a sanitizer must not look like one of route2's own exit statuses.
_SANITIZERS = {"ASAN_OPTIONS": "exitcode=99:detect_leaks=1",
               "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1"}
_FINDING = re.compile(r"Sanitizer|runtime error:")


class LabTestCase(unittest.TestCase):
    """A test with a network of its own.

    Set `topology` to a function of lab.topologies to find the network built as self.case; or
    build one by hand in self.net.
    """

    topology = None
    maxDiff = None
    longMessage = True

    def setUp(self):
        self.net = lab.Network()
        self.addCleanup(self.net.close)
        self.case = None
        topology = type(self).topology
        if topology is not None:
            try:
                self.case = topology(self.net)
            except lab.LabUnavailable as why:
                self.skipTest(str(why))

    # Running the program

    def route2(self, host, line, expect=0, **options):
        """Run `route2 LINE` on a host; its exit status must be `expect` (None: any).

        Options are those of Host.run(): input, env, timeout, unprivileged. Returns a
        CompletedProcess with .stdout and .stderr as text.
        """
        env = _SANITIZERS | options.pop("env", {})
        self.settle(host)
        result = host.run([ROUTE2, *command.words(line)], env=env, **options)
        if _FINDING.search(result.stderr) or result.returncode in (99, -6, -11):
            self.fail(f"route2 {line}: crashed or caught by a sanitizer\n{result.stderr}")
        if expect is not None and result.returncode != expect:
            self.fail(f"{command.failed(result.args, result)}\nwanted: exit status {expect}")
        return result

    def route2_json(self, host, line, expect=0):
        """What `route2 -j LINE` prints, as Python values."""
        return json.loads(self.route2(host, "-j " + line, expect).stdout)

    def shown(self, host, line="show"):
        """The lines that `route2 show` prints, without comments."""
        lines = self.route2(host, line).stdout.splitlines()
        return [text.split("#")[0].rstrip() for text in lines if text.split("#")[0].strip()]

    def assert_refused(self, host, line, *words, status=1, **options):
        """`route2 LINE` ends with `status`, prints one line on stderr that has all the words, and
        nothing on stdout, and the kernel is as it was. Returns the line."""
        with self.assert_state_unchanged(host):
            result = self.route2(host, line, expect=status, **options)
        self.assertEqual(result.stdout, "", f"route2 {line}: stdout")
        said = result.stderr.splitlines()
        self.assertEqual(len(said), 1, f"route2 {line}: one line on stderr, not:\n{result.stderr}")
        for word in words:
            self.assertIn(word, said[0], f"route2 {line}")
        return said[0]

    # The kernel's state

    def settle(self, *hosts):
        """Wait until the addresses that were added to these hosts are in service."""
        for host in hosts:
            host.settle()

    def assert_same_state(self, before, after, message="the kernel's state changed"):
        """Two results of Host.state() are equal."""
        difference = lab.difference(before, after)
        if difference:
            self.fail(f"{message}:\n{difference}")

    @contextmanager
    def assert_state_unchanged(self, *hosts):
        """After the block the kernels of these hosts know what they knew before it."""
        self.settle(*hosts)
        before = [host.state() for host in hosts]
        yield
        self.settle(*hosts)
        for host, state in zip(hosts, before):
            self.assert_same_state(state, host.state(), f"the state of {host.name} changed")

    def ours(self, host):
        """All lines of the state that carry route2's protocol number or stand in its book."""
        wanted = (f"protocol={OUR_PROTOCOL}", f"table={BOOK_TABLE}")
        return [f"{part}: {line}" for part, lines in host.state().items() for line in lines
                if any(word in line.split() for word in wanted)]

    def assert_nothing_of_ours(self, host):
        """No route, neighbour or line of the book is left of route2."""
        self.assertEqual(self.ours(host), [], f"left behind on {host.name}")

    # What packets say

    def assert_source(self, host, destination, source):
        """Unbound packets to the destination carry this source: the kernel says so at connect(2),
        and the Reporter there says so too, and its answer finds the way back."""
        self.settle(host)
        self.assertEqual(host.connect_source(destination), source,
                         f"{host.name} to {destination}: the kernel's choice")
        self.assertEqual(host.source_seen(destination), source,
                         f"{host.name} to {destination}: as the server sees it")

    def frame_to(self, host, destination, interface="e0"):
        """Send a datagram; return the Frame that left by the interface."""
        with host.sniff(interface) as wire:
            host.source_seen(destination)
            return wire.wait_for(lambda frame: frame.is_udp and frame.outgoing
                                 and frame.dst == destination, what=f"UDP to {destination}")

    def assert_carried_by(self, host, destination, gateway, interface="e0", lan="lan0"):
        """Packets to the destination go to the MAC of this gateway's interface `lan`."""
        frame = self.frame_to(host, destination, interface)
        self.assertEqual(frame.eth_dst, gateway.mac(lan),
                         f"{frame}\nshould go to {gateway.name}, goes to "
                         f"{self.net.owner_of(frame.eth_dst)}")
        return frame
