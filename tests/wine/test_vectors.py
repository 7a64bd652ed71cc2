# SPDX-License-Identifier: MIT
"""The worked examples of the phantom's choice: which next hop, and what leaves then."""

import os
import sys
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import Case
from wincase import WineTestCase

SERVER = "1.2.3.4"


class Vector(NamedTuple):
    """hop: the next hop of the route that comes; None: `add` refuses, with these words."""

    name: str
    locals: tuple
    source: str
    gateway: str
    hop: str
    answers: tuple = ()   # who else is on the link
    says: str = ""


# The gateway by itself; a phantom; two that no next hop tells apart, or whose phantoms are all taken.
VECTORS = (
    Vector("P1", ("192.168.1.14", "192.168.1.68"), "192.168.1.68", "192.168.1.127", "192.168.1.127"),
    Vector("P2", ("192.168.1.14", "192.168.1.68"), "192.168.1.14", "192.168.1.127", "192.168.1.15"),
    Vector("P3", ("10.0.0.10", "10.0.0.20"), "10.0.0.20", "10.0.0.1", "10.0.0.21"),
    Vector("P4", ("10.0.0.10", "10.0.0.20"), "10.0.0.10", "10.0.0.1", "10.0.0.1"),
    Vector("P5", ("10.0.0.12", "10.0.0.16"), "10.0.0.16", "10.0.0.1", "10.0.0.17"),
    Vector("P6", ("10.0.0.50", "10.0.0.100"), "10.0.0.100", "10.0.0.254", "10.0.0.101"),
    Vector("P7", ("10.0.0.10", "10.0.0.11", "10.0.0.20"), "10.0.0.20", "10.0.0.1", "10.0.0.22",
           ("10.0.0.21",)),
    Vector("P8", ("10.0.0.9", "10.0.0.10"), "10.0.0.10", "10.0.0.1", "10.0.0.11"),
    Vector("P9", ("10.0.0.9", "10.0.0.10"), "10.0.0.10", "10.0.0.1", None, ("10.0.0.11",)),
    Vector("P10", ("10.0.0.10", "10.0.0.11"), "10.0.0.11", "10.0.0.1", None, says="10.0.0.10"),
    Vector("P11", ("10.0.0.1", "10.0.0.2", "10.0.0.3"), "10.0.0.1", "10.0.0.254", None),
    Vector("P12", ("10.0.0.253", "10.0.0.254"), "10.0.0.254", "10.0.0.1", None),
    Vector("P13", ("10.0.0.2/30", "10.0.1.2"), "10.0.0.2", "10.0.1.1", None, ("10.0.0.1",)),
    Vector("P14", ("10.0.0.1", "10.0.0.128"), "10.0.0.128", "10.0.0.254", "10.0.0.254"),
    Vector("P15", ("4.3.2.2", "3.3.3.3"), "3.3.3.3", "4.3.2.1", "3.3.3.2"),
    Vector("P16", ("10.1.0.5/16", "10.2.0.5/16"), "10.2.0.5", "10.1.0.1", "10.2.0.4"),
    Vector("P17", ("10.0.0.5",), "10.0.0.5", "10.0.0.1", "10.0.0.1"),
)


def bare(net):
    """A host, a gateway, a server; no addresses but the server's.

        host e0  ---------  lan0 gateway wan0 9.0.0.1/24  ---------  e0 9.0.0.2/24 server, 1.2.3.4/32
    """
    host, gateway, server = net.host("host"), net.router("gateway"), net.host("server")
    net.link(host, "e0", gateway, "lan0")
    net.link(gateway, "wan0", server, "e0")
    gateway.ip_batch(["addr add 9.0.0.1/24 dev wan0", f"route add {SERVER} via 9.0.0.2",
                      "route add default dev lan0"])  # whatever the host calls itself is on lan0
    server.ip_batch(["addr add 9.0.0.2/24 dev e0", f"addr add {SERVER}/32 dev lo",
                     "route add default via 9.0.0.1"])
    return Case(host, gateway, server, server.listen_udp())


class Vectors(WineTestCase):
    """P1 to P17, on one host that gets other addresses for each."""

    topology = staticmethod(bare)

    def begin(self, vector):
        """Give all the addresses that the vector names."""
        host, gateway = self.case.host, self.case.gateway
        for one, interface in ((host, "e0"), (gateway, "lan0")):
            one.ip(f"-4 addr flush dev {interface}")
            one.ip(f"-4 neigh flush dev {interface} nud all")
        gateway.ip_batch([f"addr add {address}/32 dev lan0"
                          for address in (vector.gateway, *vector.answers)]
                         + ["route replace default dev lan0"])
        for address in vector.locals:
            self.add_address(host, address if "/" in address else address + "/24", "e0")
        self.add_route(host, f"default via {vector.gateway}")

    def check_packets(self, vector):
        """The far side sees the source, the gateway's own MAC is on the frame."""
        host = self.case.host
        with host.sniff("e0") as wire:
            self.assertEqual(host.source_seen(SERVER), vector.source)
            frame = wire.wait_for(lambda frame: frame.is_udp and frame.dst == SERVER)
        self.assertEqual(frame.eth_dst, self.case.gateway.mac("lan0"))
        self.assertEqual(self.best(host, SERVER), [(vector.hop, vector.source)])

    def test_vectors(self):
        """Each gets the next hop that the theorem names, or is refused and nothing is changed"""
        for vector in VECTORS:
            with self.subTest(vector.name):
                self.begin(vector)
                line = f"add {SERVER}/32 via {vector.gateway} src {vector.source}"
                if vector.hop is None:
                    self.assert_refused(self.case.host, line, vector.says)
                    self.assertEqual(self.ledger(), [])
                    continue
                self.route2(self.case.host, line)
                self.check_packets(vector)
                self.route2(self.case.host, f"del {SERVER}/32")
                self.assertEqual(self.ledger(), [])
                self.assertEqual(self.permanent(), [])

    def permanent(self):
        """Permanent neighbours of the host."""
        return self.case.host.ip("-4 neigh show nud permanent").splitlines()

    def test_skip_as_source(self):
        """An address with SkipAsSource does not stand in the way, and is itself refused"""
        vector = VECTORS[9]  # 10.0.0.10 and .11: no next hop tells them apart
        self.begin(vector)
        index = self.case.host.ip_json("link show dev e0")[0]["ifindex"]
        self.wine.shimctl(f"skip 10.0.0.10 {index} 1")
        self.route2(self.case.host, f"add {SERVER}/32 via {vector.gateway} src 10.0.0.11")
        self.check_packets(vector._replace(hop=vector.gateway))
        self.assert_refused(self.case.host, f"add 5.5.5.5 via {vector.gateway} src 10.0.0.10",
                            "10.0.0.10", "SkipAsSource")
