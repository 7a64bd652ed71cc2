# SPDX-License-Identifier: MIT
"""IPv6 on Windows: what the gateway itself yields, and no promise beyond it."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V6, the_case
from wincase import WineTestCase


class Ipv6(WineTestCase):
    """No document says that Windows looks at the next hop's bits in IPv6."""

    topology = staticmethod(the_case)

    def test_plain(self):
        """The source that the rules of RFC 3484 choose can be had, shown, and given back"""
        host = self.case.host
        with self.assert_state_unchanged(host):
            self.route2(host, f"add {V6.destination} via {V6.gateway} src {V6.usual}")
            self.assertEqual(self.best(host, V6.server), [(V6.gateway, V6.usual)])
            self.assertEqual(host.source_seen(V6.server), V6.usual)
            self.assertIn("method plain", self.shown(host)[0])
            self.route2(host, f"del {V6.destination}")
        self.assertEqual(self.ledger(), [])

    def test_no_phantom(self):
        """Another source by a next hop is refused, by itself and by word"""
        line = f"add {V6.destination} via {V6.gateway} src {V6.wanted}"
        self.assert_refused(self.case.host, line, "IPv6")
        self.assert_refused(self.case.host, line + " method phantom", "IPv6")
        self.assertEqual(self.ledger(), [])
