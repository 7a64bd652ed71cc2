# SPDX-License-Identifier: MIT
"""A virtual network: hosts, and the wires between them."""

from functools import cached_property

from .host import Host
from .namespaces import enter
from .service import Service
from .tunnel import join
from .wait import wait_until

_FIRST_INDEX = 100


class Network:
    """Hosts and wires that exist as long as this object: use it as a context manager.

        with lab.Network() as net:
            host, gateway = net.host("host"), net.router("gateway")
            net.link(host, "e0", gateway, "lan0")
            host.ip("addr add 4.3.2.2/24 dev e0")
    """

    def __init__(self):
        enter()
        self.hosts = []
        self._things = []
        self._ends = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @cached_property
    def service(self):
        """The thread that serves reporters and tunnels; exists from the first of them on."""
        return Service()

    def owns(self, thing):
        """Close thing together with the network. Returns it."""
        self._things.append(thing)
        return thing

    def host(self, name, forward=False):
        """A new host."""
        host = Host(self, name, len(self.hosts) + 1, forward)
        self.hosts.append(host)
        return host

    def router(self, name):
        """A new host that forwards."""
        return self.host(name, forward=True)

    def link(self, host, interface, peer, peer_interface):
        """Join two hosts by a cable (a veth pair). Both interfaces are up and running on return."""
        host.ip(f"link add {interface} {self._identity(host)} type veth "
                f"peer name {peer_interface} {self._identity(peer)}")
        self._start((host, interface), (peer, peer_interface))

    def segment(self, name, *ports):
        """Join any number of (host, interface) by a switch (a bridge in a namespace of its own).

        Returns the switch, a Host; its port to "e0" of host "gateway" is called by their order:
        p1, p2, ... so that switch.down("p2") pulls a cable.
        """
        switch = Host(self, name, 0, False)
        self.owns(switch)
        switch.sysctl("net.ipv6.conf.default.disable_ipv6", 1)  # it has nothing to say itself
        lines = ["link add switch index 1000 type bridge stp_state 0 forward_delay 0 mcast_snooping 0"]
        for number, (host, interface) in enumerate(ports, 1):
            lines.append(f"link add p{number} master switch index {number + 1} type veth "
                         f"peer name {interface} {self._identity(host)}")
            lines.append(f"link set p{number} up")
        switch.ip_batch(lines + ["link set switch up"])
        self._start(*ports)
        return switch

    def tunnel(self, host, interface, peer, peer_interface):
        """Join two hosts point-to-point, without MACs and without ARP (a pair of tun devices).

        Raises LabUnavailable where /dev/net/tun may not be used.
        """
        join(self, (host, interface), (peer, peer_interface))
        self._start((host, interface), (peer, peer_interface))

    def _identity(self, host):
        """The words that give one end of a cable its place, MAC and number.

        The kernel delays the news of a carrier by up to 1 s if both ends have the same number
        (linkwatch_urgent_event(): it then takes the device for a real one): so no number twice.
        """
        self._ends += 1
        return (f"netns {host.namespace.path} address {host.next_mac()} "
                f"index {_FIRST_INDEX + self._ends}")

    @staticmethod
    def _start(*ports):
        for host, interface in ports:
            host.up(interface)
        for host, interface in ports:
            wait_until(lambda: host.is_running(interface),
                       what=f"the carrier of {host.name} {interface}")

    def owner_of(self, mac):
        """The name of the host that has this MAC now, or None."""
        for host in self.hosts:
            if mac in (host.mac(interface) for interface in host.interfaces()):
                return host.name
        return None

    def close(self):
        """Take everything down."""
        for thing in reversed(self._things):
            thing.close()
        for host in self.hosts:
            host.close()
        if "service" in self.__dict__:
            self.service.close()
        self._things.clear()
        self.hosts.clear()
