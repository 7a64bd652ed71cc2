# SPDX-License-Identifier: MIT
"""Another tool edits the same table meanwhile: what is its own is never lost nor altered."""

import errno
import signal
import threading
from dataclasses import dataclass

import lab
from lab import topologies
from rtnetlink import Route, Writer, name
from torture import STRIDE, Situation, TortureTestCase

V4, V6 = topologies.FAMILIES
ROUNDS = 200

_NATIVE = "add {dst} via {via} src {src}"
_BACKED = "add {dst} via {via} backup {b1} src {src} {p1}"
_MINE = "{dst} via {b2} dev e0 proto static"


@dataclass(frozen=True)
class Rival:
    """What another tool does to the same destination while route2 stands still for a moment."""

    name: str
    before: tuple     # lines for ip, run before route2 starts
    act: str          # line for ip
    leaves: tuple     # lines for ip that make its part of the end result on an untouched host
    families: tuple = (4, 6)


RIVALS = (
    Rival("adds", (), f"route add {_MINE}", (f"route add {_MINE}",)),
    Rival("prepends", (), f"route prepend {_MINE}", (f"route add {_MINE}",)),
    Rival("appends", (), f"route append {_MINE}", (f"route add {_MINE}",)),
    Rival("appends with trimmings", (), f"route append {_MINE} mtu 1400 advmss 1300",
          (f"route add {_MINE} mtu 1400 advmss 1300",)),
    Rival("appends a blackhole", (), "route append blackhole {dst} proto static",
          ("route add blackhole {dst} proto static",)),
    Rival("replaces", (), f"route replace {_MINE}", (f"route add {_MINE}",)),
    Rival("adds with a lower metric", (), f"route add {_MINE} metric 5",
          (f"route add {_MINE} metric 5",)),
    Rival("deletes its own", (f"route append {_MINE}",), f"route del {_MINE}", (), (4,)),
    Rival("changes its own", (f"route add {_MINE} metric 5",), f"route change {_MINE} metric 5 mtu 1300",
          (f"route add {_MINE} metric 5 mtu 1300",)),
    Rival("deletes ours", (), "route del {dst} proto 114", ()),
)

WALKS = (
    Situation("add", (), _NATIVE),
    Situation("add phantom", (), _BACKED),
    Situation("replace", (_NATIVE,), "replace {dst} via {via} src {usual}"),
    Situation("replace by phantom", (_NATIVE,), "replace {dst} via {via} backup {b1} src {src} {p1}"),
    Situation("del", (_NATIVE,), "del {dst}"),
    Situation("del phantom", (_BACKED,), "del {dst}"),
)


class InBetween(TortureTestCase):
    """A rival acts between any two of route2's messages."""

    def torture(self, ip, walk, rival):
        """Stop before the n-th message, let the rival act, go on."""
        walk = walk.of(ip)
        words = {"dst": ip.destination, "b2": ip.backups[1]}
        self.clear()
        self.host.ip_batch([line.format(**words) for line in rival.leaves])
        wanted = self.host.state()
        for n in range(1, 100, STRIDE):
            self.prepare(walk)
            for line in rival.before:
                self.host.ip(line.format(**words))
            child = self.start_stopped(walk.line, "tell", n)
            acted = self.host.run(["ip", f"-{ip.family}", *rival.act.format(**words).split()])
            if child is None:  # it had less than n messages
                return
            child.send_signal(signal.SIGCONT)
            status, out, err = self.ended(child)
            self.host._children.remove(child)
            with self.subTest(walk=walk.name, rival=rival.name, before=n):
                said = f"route2 {walk.line}: exit status {status}\n{out}{err}"
                self.assertIn(status, (0, 1), said)
                if acted.returncode == 0:
                    self.check(walk, wanted, said)
        self.fail("there was no end of messages")

    def check(self, walk, wanted, said):
        """Ours can be shown and taken away; what remains is just the rival's."""
        now = self.ours(self.host)
        self.route2(self.host, f"del {walk.line.split()[1]}", expect=None)
        left = "\n".join(now)
        self.assert_same_state(wanted, self.host.state(), f"{said}{left}\nand after del")


def _add_tests():
    def add(ip, walk, rival):
        def test(self):
            self.torture(ip, walk, rival)
        test.__doc__ = f"{walk.name}, while another tool {rival.name}, IPv{ip.family}"
        words = f"{walk.name}_{rival.name}_{ip.family}".replace(" ", "_")
        setattr(InBetween, f"test_{words}", test)
    for ip in (V4, V6):
        for walk in WALKS:
            for rival in RIVALS:
                if ip.family in rival.families:
                    add(ip, walk, rival)


_add_tests()


class Loop(threading.Thread):
    """A rival that never rests: makes routes and takes them away again, and counts what went wrong.

    Each of `rounds` is a list of (verb of Writer, Route); a delete that finds nothing means
    that somebody has taken away what is not his.
    """

    def __init__(self, host, rounds, patient):
        super().__init__(daemon=True)
        self.rounds, self.patient = rounds, patient
        self.faults, self.count = [], 0
        self._writer = Writer(host)
        self._end = threading.Event()

    def run(self):
        """Until stop()."""
        while not self._end.is_set():
            for steps in self.rounds:
                for verb, route in steps:
                    self._step(verb, route)
            self.count += 1

    def _step(self, verb, route):
        error = getattr(self._writer, verb)(route)
        if error in (errno.ESRCH, errno.ENOENT) and verb == "delete" and self.patient:
            # IPv6: route2 may have hit it, before or while the kernel looked for it (fib6_del()),
            # and is about to put it back.
            try:
                lab.wait_until(lambda: self._writer.delete(route) == 0, timeout=2)
                error = 0
            except lab.Timeout:
                pass
        if error and not (verb == "add" and error == errno.EEXIST):
            self.faults.append(f"{verb} {route}: {name(error)}")

    def stop(self):
        """End, in the state of a finished round."""
        self._end.set()
        self.join()
        self._writer.close()


class Meanwhile(TortureTestCase):
    """A rival edits in a tight loop while route2 runs again and again."""

    def race(self, ip, rounds, standing=()):
        """Let them run. `standing`: foreign routes that are there all the time."""
        with Writer(self.host) as writer:
            for route in standing:
                self.assertEqual(writer.add(route), 0)
        before = self.host.state()
        p1, p2 = (("phantom 2001:db8:ff::1", "phantom 2001:db8:ff::2") if ip.family == 6 else ("", ""))
        lines = [f"add {ip.destination} via {ip.gateway} src {ip.wanted}",
                 f"replace {ip.destination} via {ip.gateway} src {ip.usual}",
                 f"replace {ip.destination} via {ip.gateway} backup {ip.backups[0]} src {ip.wanted} {p1}",
                 f"replace {ip.destination} via {ip.gateway} backup {ip.backups[1]} src {ip.wanted} {p2}",
                 f"del {ip.destination}"]
        loop = Loop(self.host, rounds, patient=ip.family == 6)
        loop.start()
        done = 0
        for n in range(ROUNDS):
            result = self.route2(self.host, lines[n % len(lines)], expect=None)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            done += result.returncode == 0
        loop.stop()
        self.assertEqual(loop.faults[:5], [], f"in {loop.count} rounds")
        self.assertGreater(loop.count, ROUNDS, "the rival was too slow to be one")
        self.assertGreater(done, 0, "no command came through")
        self.route2(self.host, "show")
        for _ in range(len(lines)):
            if self.ours(self.host):
                self.route2(self.host, f"del {ip.destination}", expect=None)
        self.assert_nothing_of_ours(self.host)
        self.assert_same_state(before, self.host.state())

    def mine(self, ip, via=1, **more):
        """The rival's route to the same destination."""
        e0 = next(link["ifindex"] for link in self.host.ip_json("link show dev e0"))
        return Route(ip.destination, ip.backups[via], e0,
                     **({"metric": 1024 if ip.family == 6 else 0} | more))

    def test_same_key_4(self):
        """IPv4: before and behind ours"""
        mine = self.mine(V4)
        self.race(V4, [[("prepend", mine), ("delete", mine)], [("append", mine), ("delete", mine)]])

    def test_same_key_beside_another_4(self):
        """IPv4: the same, and a third route with the same key is there all the time"""
        mine = self.mine(V4)
        self.race(V4, [[("prepend", mine), ("delete", mine)], [("append", mine), ("delete", mine)]],
                  standing=[self.mine(V4, via=0, proto=5)])

    def test_other_keys_4(self):
        """IPv4: other metrics, tables, prefixes"""
        self.race(V4, self.others(V4))

    def test_same_key_6(self):
        """IPv6: at the same metric, where the two become one route"""
        mine = self.mine(V6)
        self.race(V6, [[("append", mine), ("delete", mine)]])

    def test_other_keys_6(self):
        """IPv6: other metrics, tables, prefixes"""
        self.race(V6, self.others(V6))

    def others(self, ip):
        """Rounds that keep off our key."""
        inner = "1.2.0.0/16" if ip.family == 4 else "2001:db8:5::/64"
        return [[("add", route), ("delete", route)]
                for route in (self.mine(ip, metric=7777), self.mine(ip, table=77),
                              self.mine(ip, table=29234, metric=77),
                              Route(inner, ip.backups[1], self.mine(ip).dev, metric=1024))]
