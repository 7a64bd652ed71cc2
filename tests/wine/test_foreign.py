# SPDX-License-Identifier: MIT
"""What is not route2's is not touched; what is, and was taken away, is made good."""

import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, two_gateways
from wincase import WineTestCase

LINE = f"{V4.destination} via {V4.gateway} src {V4.wanted}"
PHANTOM, SECOND = "3.3.3.2", "3.3.3.1"
MAC = "02:00:00:00:99:99"


class Foreign(WineTestCase):
    """Routes and neighbours of others."""

    topology = staticmethod(two_gateways)

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def neighbour(self, address):
        """The MAC of a permanent neighbour, None if it is none."""
        for line in self.host.ip(f"neigh show to {address} dev e0 nud permanent").splitlines():
            return line.split()[2]
        return None

    def phantom(self):
        """The next hop of the only route of ours."""
        return self.route2_json(self.host, "show")[0]["phantom"]

    def test_route_at_the_same_place(self):
        """Windows keeps one route by triple: another's there is refused, and stays"""
        self.route2(self.host, f"add 9.9.9.9 via {V4.gateway} src {V4.wanted}")
        self.add_route(self.host, f"{V4.destination} via {PHANTOM} dev e0")
        self.assert_refused(self.host, f"add {LINE}", "not by route2", PHANTOM)
        self.assert_refused(self.host, f"del {V4.destination}", "touches only its own")

    def test_route_beside(self):
        """Another's route to the same destination, with a worse metric, outlives ours"""
        self.add_route(self.host, f"{V4.destination} via {V4.backups[0]} dev e0", metric=50)
        with self.assert_state_unchanged(self.host):
            self.route2(self.host, f"add {LINE}")
            self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
            self.route2(self.host, f"del {V4.destination}")

    def test_better_route(self):
        """Ours beside another's route that wins is refused"""
        self.route2(self.host, f"add 9.9.9.9 via {V4.gateway} src {V4.wanted}")
        self.add_route(self.host, f"{V4.destination} via {V4.backups[0]} dev e0")
        self.assert_refused(self.host, f"add {LINE} metric 50", V4.usual,
                            f"another route goes first, by {V4.backups[0]}: give a smaller metric")

    def test_neighbour_at_the_phantom(self):
        """A permanent entry of another's: the next free address is taken instead"""
        self.host.ip(f"neigh add {PHANTOM} lladdr {MAC} dev e0 nud permanent")
        self.route2(self.host, f"add {LINE}")
        self.assertEqual(self.phantom(), SECOND)
        self.route2(self.host, f"del {V4.destination}")
        self.assertEqual(self.neighbour(PHANTOM), MAC)
        self.assert_refused(self.host, f"add {LINE} phantom {PHANTOM}", MAC)

    def test_somebody_answers(self):
        """An address that answers is no phantom"""
        self.case.gateways[1].ip(f"addr add {PHANTOM}/32 dev lan0")
        self.route2(self.host, f"add {LINE}")
        self.assertEqual(self.phantom(), SECOND)
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)

    def test_stale_neighbour(self):
        """An address that Windows once learnt a MAC of may live: the next one is taken"""
        self.host.ip(f"neigh add {PHANTOM} lladdr {MAC} dev e0 nud stale")
        self.route2(self.host, f"add {LINE}")
        self.assertEqual(self.phantom(), SECOND)

    def test_silent_neighbour(self):
        """What is left of asking in vain does not stand in the way"""
        self.assertIsNone(self.host.source_seen(PHANTOM, timeout=0.3))
        self.assertIn(PHANTOM, self.host.ip("neigh show dev e0"))
        self.route2(self.host, f"add {LINE}")
        self.assertEqual(self.phantom(), PHANTOM)
        self.assertEqual(self.neighbour(PHANTOM), self.case.gateways[0].mac("lan0"))

    def test_static_gateway(self):
        """A gateway whose MAC an administrator wrote down is not asked, and its entry stays"""
        mac = self.case.gateways[0].mac("lan0")
        self.host.ip(f"neigh replace {V4.gateway} lladdr {mac} dev e0 nud permanent")
        self.route2(self.host, f"add {LINE}")
        self.assertEqual(self.neighbour(V4.gateway), mac)
        self.assertNotIn(f"ResolveIpNetEntry2 {V4.gateway}",
                         " ".join(str(call) for call in self.calls()))

    def test_flushed(self):
        """`arp -d *` takes the phantom's entry: show says so, apply makes it good"""
        self.route2(self.host, f"add {LINE}")
        self.host.ip("neigh flush dev e0 nud permanent")
        self.assertIn("lost its neighbour", self.route2(self.host, "show").stdout)
        self.route2(self.host, "apply -", input=LINE + "\n")
        self.assertEqual(self.neighbour(PHANTOM), self.case.gateways[0].mac("lan0"))
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)

    def test_route_deleted(self):
        """A route of ours that somebody deleted: not shown, and apply brings it back"""
        self.route2(self.host, f"add {LINE}")
        self.host.ip(f"route del {V4.destination}")
        self.assertEqual(self.shown(self.host), [])
        self.route2(self.host, "apply -", input=LINE + "\n")
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)

    def test_changed_metric(self):
        """A route of ours that somebody gave another metric is ours no longer"""
        self.route2(self.host, f"add {LINE}")
        self.host.ip_batch([f"route add {V4.destination} via {PHANTOM} dev e0 metric 60",
                            f"route del {V4.destination} via {PHANTOM} dev e0 metric 25"])
        self.assertEqual(self.shown(self.host), [])
        self.assertIn("no such route",
                      self.route2(self.host, f"del {V4.destination}", expect=1).stderr)
        self.assertIn("metric 60", self.host.ip(f"route show {V4.destination}"))

    def test_ledger_lost(self):
        """Without the ledger nothing is ours, and what stands is left alone"""
        self.route2(self.host, f"add {LINE}")
        shutil.rmtree(os.path.join(self.wine.c, "ProgramData", "route2"))
        self.assertEqual(self.shown(self.host), [])
        self.assert_refused(self.host, f"del {V4.destination}", "touches only its own")

    def test_ledger_torn(self):
        """A line that a crash tore is left out; the others hold"""
        self.route2(self.host, f"add {LINE}")
        path = os.path.join(self.wine.c, "ProgramData", "route2", "state")
        with open(path, "a", encoding="ascii") as file:
            file.write("+ route 9.9.9.9/32 3.3.3.2 60000")
        shown = self.shown(self.host)
        self.assertEqual(len(shown), 1)
        self.route2(self.host, f"add 8.8.8.8 via {V4.gateway} src {V4.wanted}")
        self.assertEqual(len(self.shown(self.host)), 2)
        with open(path, encoding="ascii") as file:
            self.assertNotIn("9.9.9.9", file.read())

    def test_new_sibling(self):
        """An address that comes between source and phantom: show says which source wins now"""
        self.route2(self.host, f"add {LINE}")
        self.add_address(self.host, "3.3.3.1/24", "e0")
        self.assertEqual(self.best(self.host, V4.server)[0][1], V4.wanted)  # 3.3.3.2 is nearer to .3
        self.case.host.ip("addr del 3.3.3.1/24 dev e0")
        self.add_address(self.host, "3.3.3.2/25", "e0")
        self.assertIn("#", self.route2(self.host, "show").stdout)
