# SPDX-License-Identifier: MIT
"""The shim itself."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, the_case
from wincase import WineTestCase


class Shim(WineTestCase):
    """What the shim says is what stands in the namespace."""

    topology = staticmethod(the_case)

    def test_best_route(self):
        """GetBestRoute2() names the gateway and the source that its bits choose"""
        self.assertEqual(self.best(self.case.host, V4.server), [(V4.gateway, V4.usual)])
        self.assertEqual(self.case.host.connect_source(V4.server), V4.usual)
