# SPDX-License-Identifier: MIT
"""The shim itself: it refuses what Windows refuses, and is obeyed."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import rows
from lab.topologies import V4, the_case
from wincase import WineTestCase

MAC = "02:00:00:00:77:77"
INDEX = 101
LUID = 6 << 48 | INDEX << 24
ACCESS_DENIED, INVALID_PARAMETER, NOT_FOUND, ALREADY_EXISTS = 5, 87, 1168, 5010


class Shim(WineTestCase):
    """What the shim says is what stands in the namespace."""

    topology = staticmethod(the_case)

    def call(self, name, row):
        """The code of one call."""
        return int(self.wine.shimctl(f"call {name} {row.hex()}"))

    def test_best_route(self):
        """GetBestRoute2() names the gateway and the source that its bits choose"""
        self.assertEqual(self.best(self.case.host, V4.server), [(V4.gateway, V4.usual)])
        self.assertEqual(self.case.host.connect_source(V4.server), V4.usual)

    def test_bad_routes(self):
        """Rows of routes that Windows refuses"""
        good = ("1.2.3.0/24", "4.3.2.9", INDEX)
        bad = {
            "host bits": (rows.route("1.2.3.4/24", "4.3.2.9", INDEX), INVALID_PARAMETER),
            "length over 32": (rows.route("1.2.3.0/33", "4.3.2.9", INDEX), INVALID_PARAMETER),
            "length over 128": (rows.route("2001:db8::/129", "fe80::1", INDEX), INVALID_PARAMETER),
            "two families": (rows.route("1.2.3.0/24", "fe80::1", INDEX), INVALID_PARAMETER),
            "no interface": (rows.route("1.2.3.0/24", "4.3.2.9", 0), INVALID_PARAMETER),
            "unknown index": (rows.route("1.2.3.0/24", "4.3.2.9", 999), NOT_FOUND),
            "unknown LUID": (rows.route(*good, luid=LUID + (1 << 30)), NOT_FOUND),
            "lifetimes": (rows.route(*good, valid=1, preferred=2), INVALID_PARAMETER),
            "site prefix": (rows.route(*good, site=25), INVALID_PARAMETER),
            "illegal metric": (rows.route(*good, metric=0xFFFFFFFF), INVALID_PARAMETER),
            "illegal protocol": (rows.route(*good, protocol=0xFFFFFFFF), INVALID_PARAMETER),
            "no protocol": (rows.route(*good, protocol=0), INVALID_PARAMETER),
            "multicast hop": (rows.route("1.2.3.0/24", "224.0.0.5", INDEX), INVALID_PARAMETER),
            "loopback hop": (rows.route("1.2.3.0/24", "127.0.0.1", INDEX), INVALID_PARAMETER),
        }
        with self.assert_state_unchanged(self.case.host):
            for name, (row, code) in bad.items():
                with self.subTest(name):
                    self.assertEqual(self.call("CreateIpForwardEntry2", row), code)

    def test_routes(self):
        """A route by its triple: made once, found, changed, deleted once"""
        row = rows.route("1.2.3.0/24", "4.3.2.9", INDEX, luid=LUID)
        self.assertEqual(self.call("SetIpForwardEntry2", row), NOT_FOUND)
        self.assertEqual(self.call("CreateIpForwardEntry2", row), 0)
        self.assertEqual(self.call("CreateIpForwardEntry2",
                                   rows.route("1.2.3.0/24", "4.3.2.9", INDEX, metric=7)),
                         ALREADY_EXISTS)
        self.assertEqual(self.call("CreateIpForwardEntry2",
                                   rows.route("1.2.3.0/24", "4.3.2.8", INDEX)), 0)
        self.assertEqual(self.call("SetIpForwardEntry2",
                                   rows.route("1.2.3.0/24", "4.3.2.9", INDEX, metric=7)), 0)
        self.assertIn("1.2.3.0/24 via 4.3.2.9 dev e0 proto static src 4.3.2.2 metric 32",
                      self.case.host.ip("route show"))
        self.assertEqual(self.call("DeleteIpForwardEntry2", row), 0)
        self.assertEqual(self.call("DeleteIpForwardEntry2", row), NOT_FOUND)
        self.assertEqual(self.call("GetIpForwardEntry2", row), NOT_FOUND)

    def test_local_hop_is_onlink(self):
        """A next hop that is the host's own address makes an on-link route"""
        self.assertEqual(self.call("CreateIpForwardEntry2",
                                   rows.route("9.9.9.9/32", V4.usual, INDEX)), 0)
        self.assertEqual(self.best(self.case.host, "9.9.9.9")[0][0], "0.0.0.0")

    def test_neighbours(self):
        """Create is only for what is not there, Set only for what is permanent"""
        good = rows.neigh("4.3.2.9", MAC, INDEX)
        for name, row in {"no MAC": rows.neigh("4.3.2.9", "", INDEX),
                          "MAC of zeros": rows.neigh("4.3.2.9", "00:00:00:00:00:00", INDEX),
                          "loopback": rows.neigh("127.0.0.1", MAC, INDEX),
                          "none": rows.neigh("0.0.0.0", MAC, INDEX),
                          "multicast": rows.neigh("224.0.0.9", MAC, INDEX)}.items():
            with self.subTest(name):
                self.assertEqual(self.call("CreateIpNetEntry2", row), INVALID_PARAMETER)
        self.assertEqual(self.call("SetIpNetEntry2", good), NOT_FOUND)
        self.assertEqual(self.call("CreateIpNetEntry2", good), 0)
        self.assertEqual(self.call("CreateIpNetEntry2", good), ALREADY_EXISTS)
        self.assertEqual(self.call("DeleteIpNetEntry2", good), 0)
        self.assertEqual(self.call("DeleteIpNetEntry2", good), NOT_FOUND)
        self.case.host.source_seen(V4.server)  # the gateway's entry is there now, dynamic
        gateway = rows.neigh(V4.gateway, MAC, INDEX)
        self.assertEqual(self.call("CreateIpNetEntry2", gateway), ALREADY_EXISTS)
        self.assertEqual(self.call("SetIpNetEntry2", gateway), NOT_FOUND)

    def test_random_hosts(self):
        """explain, GetBestRoute2() and an unbound socket agree, in random hosts"""
        seed = int(os.environ.get("R2_SEED", time.time()))
        chance = random.Random(seed)
        print(f"R2_SEED={seed}")
        for _ in range(6):
            self.one_random_host(chance, seed)

    def one_random_host(self, chance, seed):
        """Some addresses of one subnet and some routes; a few questions."""
        host = self.case.host
        host.ip("-4 addr flush dev e0")
        host.ip("-4 route flush table main")
        heads = [f"10.0.0.{n}" for n in chance.sample(range(1, 255), chance.randint(1, 5))]
        for address in heads:
            host.ip(f"addr add {address}/24 dev e0 metric 281")
        self.wine.write("skip", "")
        hops = [f"10.0.0.{n}" for n in range(1, 255) if f"10.0.0.{n}" not in heads]
        for length in chance.sample(range(0, 33), 6):
            number = chance.getrandbits(32) >> (32 - length) << (32 - length) if length else 0
            dst = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
            host.run(f"ip route add {dst}/{length} via {chance.choice(hops)} dev e0 "
                     f"metric {25 + chance.randint(0, 3)}")
        for address in heads[1:]:
            if chance.random() < 0.3:
                self.wine.shimctl(f"skip {address} {INDEX} 1")
        self.wine.shimctl("sync")
        asked = [f"{chance.choice((1, 20, 99, 172, 200))}.{chance.randint(0, 255)}."
                 f"{chance.randint(0, 255)}.{chance.randint(1, 254)}" for _ in range(40)]
        answers = self.best(host, *asked)
        verdicts = self.route2_json(host, "explain -", input="\n".join(asked) + "\n", expect=None)
        for address, best, one in zip(asked, answers, verdicts, strict=True):
            with self.subTest(address, locals=heads, R2_SEED=seed):
                if best is None:
                    self.assertIn("error", one["verdict"])
                    continue
                self.assertTrue(one["agrees"], one)
                self.assertEqual(host.connect_source(address), best[1])
                picks = [one["verdict"], *one.get("alternatives", [])]
                self.assertIn((best[0], best[1]),
                              [(pick.get("gateway", "0.0.0.0"), pick["prefsrc"]) for pick in picks])
