# SPDX-License-Identifier: MIT
"""Networks that demo, tests and benches share. Each function builds one in an empty Network.

The addresses of both families stand side by side in Addresses values (V4, V6, ...), so that a
test can be written once:

    for ip in (V4, V6):
        self.route2(case.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
"""

from dataclasses import dataclass, field

from .host import Host
from .reporter import Reporter


@dataclass(frozen=True)
class Addresses:
    """The addresses of a network in one family."""

    family: int               # 4 or 6
    usual: str                # the source that the host's kernel takes by itself
    wanted: str               # another address of the host
    gateway: str              # the default gateway
    server: str
    backups: tuple = ()       # further gateways
    other: str = None         # the host's address on its second uplink
    other_gateway: str = None

    @property
    def length(self):
        """Bits of an address: 32 or 128."""
        return 32 if self.family == 4 else 128

    @property
    def destination(self):
        """The server alone, as a prefix."""
        return f"{self.server}/{self.length}"

    def __str__(self):
        return f"IPv{self.family}"


@dataclass
class Case:
    """A network that stands: the hosts by their parts, and a reporter on the server."""

    host: Host
    gateway: Host
    server: Host
    reporter: Reporter
    gateways: list = field(default_factory=list)  # all of them, gateway first
    switch: Host = None       # where there is one; p1, p2, ... in the order of the drawing
    back: Host = None         # the router of the way back, where it is one of its own

    def __post_init__(self):
        for one in {self.host, self.gateway, self.server, *self.gateways}:
            one.settle()


# The IPv6 server is 2001:db8:5::4 and not 2001:db8:1::4, since IPv6 compares the sources with the
# *destination* (RFC 6724, rule 8): 5 shares more bits with 4 than with 3, so that the usual
# source is 2001:db8:4::2 by a rule, and not by the order in which addresses were added.
V4 = Addresses(4, usual="4.3.2.2", wanted="3.3.3.3", gateway="4.3.2.1", server="1.2.3.4",
               backups=("4.3.2.11", "4.3.2.12"))
V6 = Addresses(6, usual="2001:db8:4::2", wanted="2001:db8:3::3", gateway="2001:db8:4::1",
               server="2001:db8:5::4", backups=("2001:db8:4::11", "2001:db8:4::12"))
FAMILIES = (V4, V6)

_HOST_ON_E0 = """
    addr add 4.3.2.2/24 dev e0
    addr add 3.3.3.3/24 dev e0
    addr add 2001:db8:4::2/64 dev e0
    addr add 2001:db8:3::3/64 dev e0
    route add default via 4.3.2.1
    route add default via 2001:db8:4::1
"""

# A gateway between "lan0" and "wan0"; it knows the host's second subnet to be on the same wire.
_GATEWAY = """
    addr add 4.3.2.{n}/24 dev lan0
    addr add 2001:db8:4::{n}/64 dev lan0
    route add 3.3.3.0/24 dev lan0
    route add 2001:db8:3::/64 dev lan0
    addr add 1.2.3.{n}/24 dev wan0
    addr add 2001:db8:5::{n}/64 dev wan0
"""

_SERVER = """
    addr add 1.2.3.4/24 dev e0
    addr add 2001:db8:5::4/64 dev e0
    route add default via 1.2.3.{back}
    route add default via 2001:db8:5::{back}
"""


def the_case(net):
    """The case it all began with: two addresses on one interface, one gateway, one server.

        host                        gateway                      server
        e0 4.3.2.2/24  ---------  lan0 4.3.2.1/24
           3.3.3.3/24             wan0 1.2.3.1/24  ---------  e0 1.2.3.4/24
           2001:db8:4::2/64       lan0 2001:db8:4::1/64
           2001:db8:3::3/64       wan0 2001:db8:5::1/64       e0 2001:db8:5::4/64

    The gateway knows that 3.3.3.0/24 and 2001:db8:3::/64 are on lan0. Addresses: V4, V6.
    """
    host, gateway, server = net.host("host"), net.router("gateway"), net.host("server")
    net.link(host, "e0", gateway, "lan0")
    net.link(gateway, "wan0", server, "e0")
    gateway.ip_batch(_GATEWAY.format(n=1))
    server.ip_batch(_SERVER.format(back=1))
    host.ip_batch(_HOST_ON_E0)
    return Case(host, gateway, server, server.listen_udp(), gateways=[gateway])


def spare_interface(net):
    """Like the_case, for the self-test: e0 has the default route, s0 is spare.

    s0 is wired to a host that says nothing. e0 has no IPv6: the case's addresses are those kept
    for documentation, which the self-test refuses to find on the host.
    """
    case = the_case(net)
    net.link(case.host, "s0", net.host("spare"), "x0")
    case.host.ip("-6 route flush dev e0 proto boot")
    case.host.ip("-6 addr flush dev e0 scope global")
    return case


def two_gateways(net, gateways=2):
    """Like the_case, with two gateways (or three, or one) that all lead to the server.

                           +-- lan0 gateway   wan0 --+
                           |        .1   ::1         |
        host e0 --[switch]-+-- lan0 gateway2  wan0 --+--[wan]-- e0 server
            p1          p2 |        .11  ::11        |
                        p3 +-- lan0 gateway3  wan0 --+
                        p4 |        .12  ::12        |
                           +-- lan0 back      wan0 --+
                                    .254 ::254

    Subnets and addresses as in the_case; the switch's ports are p1 (host), p2 (gateway), and on.
    The server answers through "back", so that the way back stands whichever gateway dies.
    """
    host, server = net.host("host"), net.host("server")
    routers = [net.router("gateway" + (str(n) if n > 1 else "")) for n in range(1, gateways + 1)]
    back = net.router("back")
    switch = net.segment("switch", (host, "e0"), *((router, "lan0") for router in routers),
                         (back, "lan0"))
    net.segment("wan", (server, "e0"), *((router, "wan0") for router in routers), (back, "wan0"))
    for router, number in zip(routers, (1, 11, 12)):
        router.ip_batch(_GATEWAY.format(n=number))
    back.ip_batch(_GATEWAY.format(n=254))
    server.ip_batch(_SERVER.format(back=254))
    host.ip_batch(_HOST_ON_E0)
    return Case(host, routers[0], server, server.listen_udp(), routers, switch, back)


UPLINKS_V4 = Addresses(4, usual="4.3.2.2", wanted="3.3.3.3", gateway="4.3.2.1", server="1.2.3.4",
                       other="6.5.4.2", other_gateway="6.5.4.1")
UPLINKS_V6 = Addresses(6, usual="2001:db8:4::2", wanted="2001:db8:3::3", gateway="2001:db8:4::1",
                       server="2001:db8:5::4", other="2001:db8:6::2",
                       other_gateway="2001:db8:6::1")


def two_uplinks(net):
    """Two interfaces, each with a gateway of its own to the same server; addresses on lo as well.

        host
        e0 4.3.2.2/24, 3.3.3.3/24 --- lan0 gateway   wan0 --+
           2001:db8:4::2, 2001:db8:3::3   .1   ::1          |
        e1 6.5.4.2/24 --------------- lan0 gateway2  wan0 --+--[wan]-- e0 server
           2001:db8:6::2                  .1   ::1  (.2)
        lo 7.7.7.7/32, 2001:db8:7::7/128

    The default route by e1 has the higher metric. The server's ways back to 6.5.4.0/24 and 7.7.7.7
    lead over gateway2, the others over gateway. Addresses: UPLINKS_V4, UPLINKS_V6.
    """
    host, server = net.host("host"), net.host("server")
    gateway, gateway2 = net.router("gateway"), net.router("gateway2")
    net.link(host, "e0", gateway, "lan0")
    net.link(host, "e1", gateway2, "lan0")
    net.segment("wan", (server, "e0"), (gateway, "wan0"), (gateway2, "wan0"))
    gateway.ip_batch(_GATEWAY.format(n=1))
    gateway2.ip_batch("""
        addr add 6.5.4.1/24 dev lan0
        addr add 2001:db8:6::1/64 dev lan0
        route add 7.7.7.7/32 via 6.5.4.2
        route add 2001:db8:7::7/128 via 2001:db8:6::2
        addr add 1.2.3.2/24 dev wan0
        addr add 2001:db8:5::2/64 dev wan0
    """)
    server.ip_batch(_SERVER.format(back=1) + """
        route add 6.5.4.0/24 via 1.2.3.2
        route add 7.7.7.7/32 via 1.2.3.2
        route add 2001:db8:6::/64 via 2001:db8:5::2
        route add 2001:db8:7::7/128 via 2001:db8:5::2
    """)
    host.ip_batch(_HOST_ON_E0 + """
        addr add 6.5.4.2/24 dev e1
        addr add 2001:db8:6::2/64 dev e1
        route add default via 6.5.4.1 metric 200
        route add default via 2001:db8:6::1 metric 2000
        addr add 7.7.7.7/32 dev lo
        addr add 2001:db8:7::7/128 dev lo
    """)
    return Case(host, gateway, server, server.listen_udp(), [gateway, gateway2])


HOSTER_V4 = Addresses(4, usual="198.51.100.10", wanted="203.0.113.77", gateway="172.31.1.1",
                      server="1.2.3.4")
HOSTER_V6 = Addresses(6, usual="2001:db8:4::2", wanted="2001:db8:3::3", gateway="fe80::1",
                      server="2001:db8:5::4")


def hoster(net):
    """As many hosters have it: single addresses, and a gateway that lies in no subnet of ours.

        host                              gateway                     server
        e0 198.51.100.10/32  ---------  lan0 172.31.1.1/32
           203.0.113.77/32              wan0 1.2.3.1/24  --------  e0 1.2.3.4/24
           172.31.1.1 dev e0 scope link
           default via 172.31.1.1
           2001:db8:4::2/64             lan0 fe80::1
           2001:db8:3::3/128            wan0 2001:db8:5::1/64      e0 2001:db8:5::4/64
           default via fe80::1

    Addresses: HOSTER_V4, HOSTER_V6.
    """
    host, gateway, server = net.host("host"), net.router("gateway"), net.host("server")
    net.link(host, "e0", gateway, "lan0")
    net.link(gateway, "wan0", server, "e0")
    gateway.ip_batch("""
        addr add 172.31.1.1/32 dev lan0
        addr add fe80::1/64 dev lan0
        route add 198.51.100.10/32 dev lan0
        route add 203.0.113.77/32 dev lan0
        route add 2001:db8:4::/64 dev lan0
        route add 2001:db8:3::3/128 dev lan0
        addr add 1.2.3.1/24 dev wan0
        addr add 2001:db8:5::1/64 dev wan0
    """)
    server.ip_batch(_SERVER.format(back=1))
    host.ip_batch("""
        addr add 198.51.100.10/32 dev e0
        addr add 203.0.113.77/32 dev e0
        route add 172.31.1.1/32 dev e0 scope link
        route add default via 172.31.1.1
        addr add 2001:db8:4::2/64 dev e0
        addr add 2001:db8:3::3/128 dev e0
        route add default via fe80::1 dev e0
    """)
    return Case(host, gateway, server, server.listen_udp(), [gateway])


def point_to_point(net):
    """A tunnel: no MACs, no ARP, no gateway; routes name the interface alone.

        host                             server
        t0 10.9.0.2 peer 10.9.0.1 ~~~~~ t0 10.9.0.1 peer 10.9.0.2
           3.3.3.3/32                   lo 1.2.3.4/32
           2001:db8:9::2/64                2001:db8:9::1/64
           2001:db8:3::3/128            lo 2001:db8:5::4/128

    The host has no route to the server: that is for the test to add. Addresses: P2P_V4, P2P_V6.
    Raises LabUnavailable where tun devices may not be used.
    """
    host, server = net.host("host"), net.host("server")
    net.tunnel(host, "t0", server, "t0")
    server.ip_batch("""
        addr add 10.9.0.1 peer 10.9.0.2/32 dev t0
        addr add 2001:db8:9::1/64 dev t0
        addr add 1.2.3.4/32 dev lo
        addr add 2001:db8:5::4/128 dev lo
        route add 3.3.3.3/32 dev t0
        route add 2001:db8:3::3/128 dev t0
    """)
    host.ip_batch("""
        addr add 10.9.0.2 peer 10.9.0.1/32 dev t0
        addr add 3.3.3.3/32 dev t0
        addr add 2001:db8:9::2/64 dev t0
        addr add 2001:db8:3::3/128 dev t0
    """)
    return Case(host, server, server, server.listen_udp())


P2P_V4 = Addresses(4, usual="10.9.0.2", wanted="3.3.3.3", gateway=None, server="1.2.3.4")
P2P_V6 = Addresses(6, usual="2001:db8:9::2", wanted="2001:db8:3::3", gateway=None,
                   server="2001:db8:5::4")
