# SPDX-License-Identifier: MIT
"""No false word of route2.exe's `check` in random networks, where it sees no frame.

By hand, for more of them: R2_SEED=7 R2_WORLDS=100 python3 -B tests/lab/tap.py tests/wine/test_proofs.py
"""

import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import lab
from proofs import Said
from wincase import WineTestCase
from wires import ICMP, UDP, World

SEED = int(os.environ.get("R2_SEED", "1"))
WORLDS = int(os.environ.get("R2_WORLDS", "8"))


def fits(world):
    """Can Windows be this host: no source on the loopback, no UDP socket that Wine would bind, no
    phantom in IPv6?"""
    return world.kind != "lo" and world.proto != UDP and \
        (world.plan.family == 4 or world.src == world.usual)


class Told(Said):
    """What was told of a world, without a sight."""

    def faults(self):
        """What is not true in it."""
        for fault in super().faults():
            if fault != "it could have been told" or self.world.proto == ICMP:
                yield fault
        if self.verdict == "no way back":
            yield "nothing can have shown it"
        if self.verdict == "nothing leaves" and not self.world.gateway.dead:
            yield "false nothing leaves"


class Proofs(WineTestCase):
    """The verdict against what was computed from how each network was made."""

    def check(self, host, world):
        """Add the route, if it is to stand, and check it."""
        line = f"{world.dst} via {world.via} src {world.src} dev e0"
        asked = f"check {line}"
        if world.mode != "hand" and self.route2(host, f"add {line}", None).returncode == 0:
            asked = f"check {world.dst}"
        by = "" if world.proto == ICMP else f"--{world.proto} 4444"
        result = self.route2(host, f"-j {asked} {by} --timeout 250ms", None)
        return Told(world, result) if result.stdout else None

    def one(self, world):
        """Return: the verdict, and the story of a fault or None."""
        world.misled = False
        world.host.rp_filter = world.host.arp_ignore = 0  # Windows has neither
        world.host.routes = [one for one in world.host.routes if one.out == "e0"]
        with lab.Network() as net:
            try:
                self.windows(host := world.build(net)["host"])
            except lab.LabUnavailable as why:
                self.skipTest(str(why))
            said = self.check(host, world)
            self._machines.clear()
        if not said:
            return "refused", None
        faults = list(said.faults())
        return said.verdict, faults and f"{', '.join(faults)}\n{world}\n{said.said}"

    def test_no_false_word(self):
        """never a false works, a false no answer, or any other"""
        verdicts, stories = collections.Counter(), []
        worlds = (world for world in map(World, range(SEED, SEED + 100 * WORLDS)) if fits(world))
        for world, _ in zip(worlds, range(WORLDS)):
            verdict, story = self.one(world)
            verdicts[verdict] += 1
            stories += [story] if story else []
        print(f"# R2_SEED={SEED}: " + ", ".join(f"{count} {verdict}" for verdict, count
                                                in verdicts.most_common()))
        self.assertEqual(stories, [], "\n".join(stories))


if __name__ == "__main__":
    import unittest
    unittest.main()
