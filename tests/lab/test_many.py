# SPDX-License-Identifier: MIT
"""Many at once: one writer at a time, and the result is that of some order."""

import itertools
import os
import random
import signal
import socket
import sys
from contextlib import contextmanager

from lab import topologies
from rtnetlink import BOOK, MAIN, OURS, PERMANENT, Route
from torture import TortureTestCase

V4, V6 = topologies.FAMILIES
CROWD = 20

# What a command may be refused for when another was quicker.
SENSIBLE = ("it is there already", "route2 has no such route", "routes match")


class Ledger:
    """The state as the kernel's notifications tell it, and what must hold at every moment."""

    def __init__(self):
        self.routes, self.neighs = set(), {}
        self.writers = []   # in order, each once for every turn it had
        self.faults = []

    def read(self, events):
        """Follow the events, one by one."""
        for event in events:
            # 0 is the kernel: it tells the end of a neighbour entry in its own name.
            if event.writer and (not self.writers or self.writers[-1] != event.writer):
                self.writers.append(event.writer)
            if isinstance(event.what, Route):
                self._route(event)
            else:
                self._neigh(event)
            self._check(event)

    def _route(self, event):
        if event.made and event.replaced:
            self.routes -= {route for route in self.routes if route.key == event.what.key}
        (self.routes.add if event.made else self.routes.discard)(event.what)

    def _neigh(self, event):
        key = event.what.dst, event.what.dev
        if event.made and event.what.state & PERMANENT:
            self.neighs[key] = event.what
        else:
            self.neighs.pop(key, None)

    def book(self):
        """{(phantom, dev, number): {order: gateway}}"""
        book = {}
        for row in self.routes:
            if row.table == BOOK and row.metric % 256:
                numbered = book.setdefault((row.via, row.dev, row.metric // 256), {})
                numbered[row.metric % 256] = row.dst
        return book

    def _check(self, event):
        book = self.book()
        phantoms = {(via, dev) for via, dev, _ in book}
        lists = [(dev, tuple(sorted(rows.items()))) for (_, dev, _), rows in book.items()]
        if len(set(lists)) != len(lists):
            self.faults.append(f"two phantoms for one list after {event}")
        for route in self.routes:
            hop = route.via, route.dev
            made_up = route.via and route.via.startswith(("169.254.", "fe80::7232:", "2001:db8:ff:"))
            if route.table == MAIN and route.proto == OURS and made_up:
                if hop not in phantoms:
                    self.faults.append(f"{route} has a phantom that is in no book after {event}")
                if hop not in self.neighs:
                    self.faults.append(f"{route} has a phantom without a neighbour after {event}")

    def turns(self):
        """How many turns each writer had."""
        return {writer: self.writers.count(writer) for writer in self.writers}


class Crowd(TortureTestCase):
    """Twenty processes at once."""

    def crowd(self, lines):
        """Start all of them while nobody may write, let go, and wait for them to end.

        Returns [(line, status, stderr)] and the Ledger.
        """
        ledger = Ledger()
        self.monitor.news()
        with lock_held(self.host):
            children = [(line, self.start(line)) for line in lines]
        results = [(line, child.pid, *self.ended(child)) for line, child in children]
        ledger.read(self.monitor.news())
        for line, _, status, _, said in results:
            self.assertIn(status, (0, 1), f"route2 {line}\n{said}")
            if status == 1:
                self.assertTrue(any(words in said for words in SENSIBLE), f"route2 {line}\n{said}")
        self.assertEqual(ledger.faults[:5], [])
        twice = {writer: n for writer, n in ledger.turns().items() if n > 1}
        self.assertEqual(twice, {}, f"one writer at a time, not {ledger.writers}")
        self.check_order(results, ledger)
        return results

    def check_order(self, results, ledger):
        """One after the other, in the order in which they wrote, leads to the same state."""
        came_to = self.host.state()
        lines = {pid: line for line, pid, *_ in results}
        self.clear()
        for writer in ledger.writers:
            self.assertIn(writer, lines, "somebody else wrote")
            self.route2(self.host, lines[writer])
        self.assert_same_state(self.host.state(), came_to, "no order leads to this")

    def clean_up(self, results):
        """After a del of each prefix all is as it was."""
        for prefix in dict.fromkeys(line.split()[1] for line, *_ in results):
            self.route2(self.host, f"del {prefix}", expect=None)
        self.assert_nothing_of_ours(self.host)
        self.assert_same_state(self.empty, self.host.state())

    def test_one_list(self):
        """twenty routes by the same gateways share one phantom"""
        lines = [f"add 9.9.{n}.0/24 via {V4.gateway} backup {V4.backups[0]} src {V4.wanted}"
                 for n in range(CROWD)]
        results = self.crowd(lines)
        self.assertEqual([status for _, _, status, *_ in results], [0] * CROWD)
        self.assertEqual(len([line for line in self.ours(self.host) if "neigh" in line]), 1)
        self.assertEqual(len(self.shown(self.host)), CROWD)
        self.clean_up(results)

    def test_own_lists(self):
        """twenty lists of gateways have twenty phantoms, in both families"""
        lines = []
        for ip in (V4, V6):
            orders = list(itertools.permutations((ip.gateway, *ip.backups)))
            for n, order in enumerate(orders):
                dst = f"9.9.{n}.0/24" if ip.family == 4 else f"2001:db8:9:{n:x}::/64"
                phantom = f"phantom 2001:db8:ff::{n + 1}" if ip.family == 6 else ""
                lines.append(f"add {dst} via {' backup '.join(order)} src {ip.wanted} {phantom}")
        results = self.crowd(lines)
        self.assertEqual([status for _, _, status, *_ in results], [0] * len(lines))
        self.assertEqual(len([line for line in self.ours(self.host) if "neigh" in line]), len(lines))
        self.clean_up(results)

    def test_one_destination(self):
        """add, replace and del of the same route, by the same and by other gateways"""
        for ip in (V4, V6):
            with self.subTest(family=ip.family):
                p1, p2 = ((f"phantom 2001:db8:ff::{n}" for n in (1, 2)) if ip.family == 6
                          else ("", ""))
                kinds = [f"add {ip.destination} via {ip.gateway} src {ip.wanted}",
                         f"replace {ip.destination} via {ip.gateway} src {ip.usual}",
                         f"replace {ip.destination} via {ip.gateway} backup {ip.backups[0]} "
                         f"src {ip.wanted} {p1}",
                         f"replace {ip.destination} via {ip.gateway} backup {ip.backups[1]} "
                         f"src {ip.wanted} {p2}",
                         f"del {ip.destination}"]
                results = self.crowd([kinds[n % 5] for n in range(CROWD)])
                self.clean_up(results)

    def test_all_at_random(self):
        """some destinations, some lists, every verb, both families"""
        seed = int(os.environ.get("R2_SEED", random.randrange(1 << 32)))
        print(f"R2_SEED={seed}", file=sys.stderr)
        chance = random.Random(seed)
        for _ in range(3):
            results = self.crowd([self.random_line(chance) for _ in range(CROWD)])
            self.clean_up(results)
            self.clear()

    def random_line(self, chance):
        """One command."""
        ip = chance.choice((V4, V6))
        n = chance.randrange(4)
        dst = f"9.9.{n}.0/24" if ip.family == 4 else f"2001:db8:9:{n:x}::/64"
        verb = chance.choice(("add", "replace", "replace", "del"))
        if verb == "del":
            return f"del {dst}"
        backup = chance.randrange(3)
        line = f"{verb} {dst} via {ip.gateway} src {chance.choice((ip.wanted, ip.usual))}"
        if backup:
            line += f" backup {ip.backups[backup - 1]}"
        if backup and ip.family == 6:
            line += f" phantom 2001:db8:ff::{backup}"
        return line


@contextmanager
def lock_held(host):
    """Within the block, this very process is the one writer of the host."""
    with host.namespace.inside():
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with holder:
        holder.bind("\0route2")
        holder.listen(100)
        yield holder


class Waiting(TortureTestCase):
    """Who finds another one writing."""

    line = f"add {V4.destination} via {V4.gateway} src {V4.wanted}"

    def name(self, pid):
        """How a process is called."""
        with open(f"/proc/{pid}/comm") as file:
            return f"{file.read().strip()} (pid {pid})"

    def test_is_told_whom_for(self):
        """after a second, once; and goes on when the holder is done"""
        with lock_held(self.host):
            child = self.start(self.line)
            said = child.stderr.readline()
            self.assertIn("waiting for", said)
            self.assertIn(self.name(os.getpid()), said)
            self.assertEqual(self.ours(self.host), [])
        _, out, err = self.ended(child, expect=0)
        self.assertIn("added", out)
        self.assertEqual(err, "")

    def test_quietly(self):
        """-q: not told"""
        with lock_held(self.host):
            result = self.route2(self.host, f"-q --wait 1100ms {self.line}", expect=1)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_runs_out_of_patience(self):
        """--wait: a plain failure with the holder's name, nothing changed"""
        with lock_held(self.host):
            for line in (self.line, self.line.replace("add", "replace"), f"del {V4.destination}"):
                for wait in ("0", "30ms"):
                    self.assert_refused(self.host, f"--wait {wait} {line}", self.name(os.getpid()))

    def test_readers_do_not_wait(self):
        """show tells while others write"""
        self.route2(self.host, self.line)
        with lock_held(self.host):
            shown = self.route2(self.host, "show", timeout=5).stdout
        self.assertIn(V4.destination, shown)

    def test_dry_run_does_not_wait(self):
        """it changes nothing"""
        with lock_held(self.host):
            self.route2(self.host, f"--wait 0 --dry-run {self.line}", timeout=5)

    def test_other_hosts_do_not_wait(self):
        """each network namespace has its own writer"""
        with lock_held(self.case.gateway):
            self.route2(self.host, f"--wait 0 {self.line}")

    def test_the_holder_dies(self):
        """stopped in mid-change, named, then killed: the next goes on, and tidies up"""
        backed = (f"add 9.9.9.0/24 via {V4.gateway} backup {V4.backups[0]} src {V4.wanted}")
        for n in range(1, 100):
            self.monitor.news()
            holder = self.start_stopped(backed, "send", n, "after")
            self.assertIsNotNone(holder, "it never was in mid-change")
            if self.monitor.news():
                break
            holder.kill()
            holder.wait()
        self.assertNotEqual(self.ours(self.host), [])
        child = self.start(self.line)
        self.assertIn(self.name(holder.pid), child.stderr.readline())
        self.assertIsNone(child.poll())
        holder.kill()
        self.ended(child, expect=0)
        self.assertEqual(holder.wait(), -signal.SIGKILL)
        self.assertEqual(len(self.ours(self.host)), 1, "remnants of the one that was killed")
        self.assert_source(self.host, V4.server, V4.wanted)

    def test_the_holder_pauses(self):
        """stopped in mid-change and continued: both changes are there"""
        other = self.line.replace(V4.destination, "9.9.9.0/24")
        holder = self.start_stopped(other, "send", 8)
        child = self.start(self.line)
        child.stderr.readline()
        holder.send_signal(signal.SIGCONT)
        self.ended(holder, expect=0)
        self.ended(child, expect=0)
        self.assertEqual(len(self.shown(self.host)), 2)
