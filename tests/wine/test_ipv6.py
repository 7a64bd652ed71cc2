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

    def test_metric(self):
        """As in IPv4 it goes before what New-NetRoute has made with its 256, and is 0 if unsaid"""
        host = self.case.host
        self.add_route(host, f"{V6.destination} via {V6.gateway} dev e0", 256)
        line = f"{V6.destination} via {V6.gateway} src {V6.usual}"
        self.assertIn("not by route2", self.route2(host, f"add {line}", 1).stderr)
        other = "2001:db8:7::/48"
        self.add_route(host, f"{other} via 2001:db8:4::77 dev e0", 256)
        line = f"{other} via {V6.gateway} src {V6.usual}"
        for _ in range(2):
            self.route2(host, f"add {line}")
            self.assertEqual(self.best(host, "2001:db8:7::1"), [(V6.gateway, V6.usual)])
            shown = self.route2(host, "show").stdout
            self.assertIn(line, shown)
            self.assertNotIn("metric", shown)
            self.assertIn("nothing to change", self.route2(host, "apply -", input=shown).stdout)
        self.assertIn("metric 0", "".join(self.changes()))
        self.route2(host, f"del {other}")
        self.assertIn("its metric 256 goes before 1024",
                      self.route2(host, f"add {line} metric 1024", 1).stderr)
        self.assertEqual(self.ledger(), [])

    def test_no_phantom(self):
        """Another source by a next hop is refused, by itself and by word"""
        line = f"add {V6.destination} via {V6.gateway} src {V6.wanted}"
        self.assert_refused(self.case.host, line, "IPv6")
        self.assert_refused(self.case.host, line + " method phantom", "IPv6")
        self.assertEqual(self.ledger(), [])
