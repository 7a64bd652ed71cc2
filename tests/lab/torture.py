# SPDX-License-Identifier: MIT
"""What the torture tests share: situations, and route2 with something happening at its n-th
netlink message (fail_nth.c)."""

import os
import shlex
import signal
import unittest
from dataclasses import dataclass

import lab
from case import _SANITIZERS, OUR_PROTOCOL, ROOT, ROUTE2, LabTestCase
from lab import command, topologies
from rtnetlink import Monitor

FAIL_NTH = os.environ.get("FAIL_NTH", os.path.join(ROOT, "build", "tests", "lab", "fail_nth.so"))
INJECTED = "R2_NTH: "
# Under sanitizers, which are slow, not every message but each STRIDE-th (tools/check).
STRIDE = int(os.environ.get("R2_STRIDE", "1"))
MORE_THAN_ANY = 400  # messages of one command: a sweep that gets so far would never end


def environment(call, n, action):
    """The environment for route2 in which `action` happens at its n-th `call` (fail_nth.c)."""
    # Sanitizers want to be the first library; nothing of ours is in their way.
    asan = _SANITIZERS["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": FAIL_NTH, "R2_NTH": f"{call} {n} {action}", "ASAN_OPTIONS": asan}


@dataclass(frozen=True)
class Situation:
    """What a command meets, and the command. {dst} and the others come from Addresses."""

    name: str
    setup: tuple      # lines for route2, or for ip if they begin with "ip "
    line: str
    refused: bool = False   # by itself it ends with status 1, and changes nothing

    def of(self, ip):
        """The same in words of one family."""
        words = {"dst": ip.destination, "other": other_destination(ip), "via": ip.gateway,
                 "b1": ip.backups[0], "b2": ip.backups[1], "src": ip.wanted, "usual": ip.usual}
        # A new phantom in IPv6 lies in fe80::/64 and is probed for 0.3 s; one in no subnet is not.
        for number in (1, 2, 3):
            words[f"p{number}"] = "" if ip.family == 4 else f"phantom 2001:db8:ff::{number}"
        return Situation(f"{self.name}, IPv{ip.family}",
                         tuple(line.format(**words) for line in self.setup),
                         self.line.format(**words), self.refused)


def other_destination(ip):
    """A second prefix behind the same gateways."""
    return "1.2.3.128/25" if ip.family == 4 else "2001:db8:5:8000::/65"


_NATIVE = "add {dst} via {via} src {src}"
_PHANTOM = "add {dst} via {via} src {src} method phantom {p3}"
_BACKED = "add {dst} via {via} backup {b1} src {src} {p1}"
_PLAIN = "add {dst} via {via} src {usual} method plain"
_SHARER = "add {other} via {via} backup {b1} src {src} {p1}"
_CHOSEN = "add {dst} via {via} backup {b1} src {src}"
_FOREIGN = "ip route add {dst} via {b2} proto static"

SITUATIONS = (
    Situation("add native", (), _NATIVE),
    Situation("add phantom", (), _BACKED),
    Situation("add phantom of our choice", (), _CHOSEN),
    Situation("add to a shared phantom", (_SHARER,), _BACKED),
    Situation("add plain", (), _PLAIN),
    Situation("add what is there", (_BACKED,), _BACKED),
    Situation("replace native by phantom", (_NATIVE,),
              "replace {dst} via {via} backup {b1} src {src} {p1}"),
    Situation("replace phantom by native", (_BACKED,), "replace {dst} via {via} src {src} method native"),
    Situation("replace one phantom by another", (_BACKED,),
              "replace {dst} via {via} backup {b2} src {src} {p2}"),
    Situation("replace a shared phantom by another", (_SHARER, _BACKED),
              "replace {dst} via {via} backup {b2} src {src} {p2}"),
    Situation("replace the source", (_NATIVE,), "replace {dst} via {via} src {usual}"),
    Situation("replace the source by phantom", (_PHANTOM,),
              "replace {dst} via {via} src {usual} method phantom {p3}"),
    Situation("replace native by plain", (_NATIVE,),
              "replace {dst} via {via} src {usual} method plain"),
    Situation("replace plain by native", (_PLAIN,), "replace {dst} via {via} src {src}"),
    Situation("del native", (_NATIVE,), "del {dst}"),
    Situation("del the last user of a phantom", (_BACKED,), "del {dst}"),
    Situation("del not the last user of a phantom", (_SHARER, _BACKED), "del {dst}"),
    Situation("del plain", (_PLAIN,), "del {dst}"),
    Situation("del nothing", (_SHARER,), "del {dst}", refused=True),
    # The gateway's own MAC answers, but another metric wins: verified, found untrue and undone.
    Situation("add what is untrue", ("ip route add {dst} via {b2} proto static metric 5",),
              _BACKED + " metric 600", refused=True),
)

# Another's route of the same key: in IPv4 ours goes before it (in IPv6 that is refused).
BESIDE_FOREIGN = (
    Situation("add before a foreign route", (_FOREIGN,), _NATIVE),
    Situation("add phantom before a foreign route", (_FOREIGN,), _BACKED),
    Situation("replace before a foreign route", (_FOREIGN, _NATIVE),
              "replace {dst} via {via} backup {b1} src {src} {p1}"),
    Situation("replace behind a foreign route", (_NATIVE, "ip route prepend {dst} via {b2} proto static"),
              "replace {dst} via {via} backup {b1} src {src} {p1}"),
    Situation("replace behind a foreign route by the same",
              (_NATIVE, "ip route prepend {dst} via {b2} proto static"),
              "replace {dst} via {via} src {src}"),
    Situation("del before a foreign route", (_FOREIGN, _BACKED), "del {dst}"),
    Situation("del behind a foreign route", (_BACKED, "ip route prepend {dst} via {b2} proto static"),
              "del {dst}"),
)


def all_situations():
    """Each in the families that it can be met in: (name of a test, situation)."""
    for situation in SITUATIONS + BESIDE_FOREIGN:
        families = topologies.FAMILIES if situation in SITUATIONS else (topologies.V4,)
        for ip in families:
            yield f"test_{situation.name.replace(' ', '_')}_{ip.family}", situation.of(ip)


def add_tests(test_case):
    """Give the class one test for each situation, which calls its torture(situation)."""
    def add(name, situation):
        def test(self):
            self.torture(situation)
        test.__doc__ = situation.name
        setattr(test_case, name, test)
    for name, situation in all_situations():
        add(name, situation)


class TortureTestCase(LabTestCase):
    """A host with three gateways, and route2 with accidents."""

    @staticmethod
    def topology(net):
        """Three gateways on one link."""
        return topologies.two_gateways(net, gateways=3)

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(FAIL_NTH):
            raise unittest.SkipTest(f"no {FAIL_NTH}: meson builds it")

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        lab.wait_until(lambda: "tentative" not in str(self.host.state()["addresses"]),
                       what="the end of duplicate address detection")
        self.empty = self.host.state()
        self._recipes = {}
        self.monitor = Monitor(self.host)
        self.addCleanup(self.monitor.close)

    def prepare(self, situation):
        """Bring the host into the situation, whatever it was in before. Returns its state."""
        self.clear()
        if situation.setup not in self._recipes:
            self.assert_same_state(self.empty, self.host.state(), "clearing the host failed")
            recipe = [command for line in situation.setup for command in self._set_up(line)]
            self._recipes[situation.setup] = recipe, self.host.state()
        else:  # the second time by ip alone: a new phantom in IPv6 takes 0.3 s of probing
            recipe, state = self._recipes[situation.setup]
            self.host.ip_batch(recipe)
            self.assert_same_state(state, self.host.state(), "the setup came out differently")
        return self._recipes[situation.setup][1]

    def _set_up(self, line):
        """Do it, and return what `ip -batch` would read to do the same."""
        if line.startswith("ip "):
            self.host.ip(line[3:])
            return [line[3:]]
        said = self.route2(self.host, f"-v {line}").stderr.splitlines()
        return [text.removeprefix("+ ip ").removeprefix("-6 ") for text in said if text[:2] == "+ "]

    def clear(self):
        """Take away all that route2 and the situations add, without route2's help."""
        for family in (4, 6):
            # Twice: an IPv6 route of several hops shows the protocol of its first alone.
            lines = [f"route flush table all proto {proto}" for proto in (OUR_PROTOCOL, "static")] * 2
            for neigh in self.host.ip_json("neigh show nud all", options=("-N", f"-{family}")):
                if neigh.get("protocol") == OUR_PROTOCOL:
                    lines.append(f"neigh del {neigh['dst']} dev {neigh['dev']}")
            # A flush where there is nothing may fail: "FIB table does not exist".
            self.host.run(["ip", f"-{family}", "-force", "-batch", "-"], input="\n".join(lines) + "\n")

    def wanted(self, situation):
        """(state before, state after) of a run without accidents. Leaves the latter."""
        before = self.prepare(situation)
        self.route2(self.host, situation.line, expect=int(situation.refused))
        after = self.host.state()
        if situation.refused:
            self.assert_same_state(before, after, f"{situation.name}: a refusal changed something")
        return before, after

    def tortured(self, line, call, n, action):
        """Run route2 with an accident. Returns (result, did it happen)."""
        result = self.route2(self.host, line, expect=None, env=environment(call, n, action))
        happened = INJECTED in result.stderr or result.returncode == -signal.SIGKILL
        result.stderr = "".join(text for text in result.stderr.splitlines(keepends=True)
                                if not text.startswith(INJECTED))
        return result, happened

    def accidents(self, situation, call, action, first=1):
        """Let it happen at the n-th call, for n = first, ... until there is none any more.

        Yields (n, result, state afterwards or None: nothing was touched), each time from the
        situation's own state.
        """
        line = situation.line
        self.prepare(situation)
        for n in range(first or MORE_THAN_ANY, MORE_THAN_ANY, STRIDE):
            self.monitor.news()
            result, happened = self.tortured(line, call, n, action)
            if not happened:
                self.assertGreater(n, 5, f"route2 {line}: too few {call}s; is the library loaded?")
                return
            touched = bool(self.monitor.news())
            yield n, result, self.host.state() if touched else None
            if touched:
                self.prepare(situation)
        if first:
            self.fail(f"route2 {line}: over {MORE_THAN_ANY} {call}s")

    def start(self, line, env=None, **options):
        """route2 in the background: a Popen, killed with the network."""
        return self.host.popen([ROUTE2, *command.words(line)], env=_SANITIZERS | (env or {}),
                               **options)

    def start_stopped(self, line, call, n, when="before"):
        """route2, stopped at its n-th `call`: a Popen, or None if it ended before that."""
        child = self.start(line, environment(call, n, f"stop-{when}"))
        how = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return child if how.si_code == os.CLD_STOPPED else None

    def ended(self, child, expect=None, timeout=60):
        """Wait for a child: (status, stdout, stderr)."""
        out, err = child.communicate(timeout=timeout)
        if child.returncode in (99, -6, -11) or "Sanitizer" in err or "runtime error:" in err:
            self.fail(f"{shlex.join(child.args)}: crashed or caught by a sanitizer\n{err}")
        if expect is not None:
            self.assertEqual(child.returncode, expect, f"{shlex.join(child.args)}\n{out}{err}")
        return child.returncode, out, err


def key(state):
    """A state as something that a set can hold."""
    return "\n".join(line for part in state.values() for line in part)
