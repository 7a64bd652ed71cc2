# SPDX-License-Identifier: MIT
"""route2.exe add: packets leave with the wanted source and the gateway's MAC."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, the_case
from wincase import WineTestCase


class Add(WineTestCase):
    """The case: another source to a server."""

    topology = staticmethod(the_case)

    def test_packet(self):
        """The far side sees the wanted source, the gateway gets the frame"""
        case = self.case
        self.assertEqual(case.host.source_seen(V4.server), V4.usual)
        self.route2(case.host, f"add {V4.destination} via {V4.gateway} src {V4.wanted}")
        with case.host.sniff(case.host.interfaces()[0]) as wire:
            self.assertEqual(case.host.source_seen(V4.server), V4.wanted)
            frame = wire.wait_for(lambda frame: frame.is_udp and frame.dst == V4.server)
        self.assertEqual(self.case.gateway.mac("lan0"), frame.eth_dst)
        self.assertEqual(self.ledger()[0].split()[0], "book")
