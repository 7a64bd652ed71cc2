# SPDX-License-Identifier: MIT
"""One host of a virtual network."""

import fcntl
import json
import socket
import struct
import subprocess
from contextlib import contextmanager

from . import command, reporter, state
from .namespaces import Namespace
from .reporter import REPORT_PORT, Reporter
from .sniffer import Sniffer
from .wait import wait_until

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _SIOCGIFHWADDR = 0x8913, 0x8914, 0x8927
_IFF_UP, _IFF_RUNNING = 0x1, 0x40

# IPv4 settings of a new namespace come from the machine, whatever its owner likes; tests want to
# know them. IPv6: addresses are usable at once (no duplicate detection), and nothing is configured
# by itself.
_SETTINGS = {
    "ipv4": {"rp_filter": 0, "arp_ignore": 0, "arp_announce": 0, "arp_filter": 0, "arp_notify": 0,
             "arp_accept": 0, "proxy_arp": 0, "promote_secondaries": 0, "accept_redirects": 1,
             "secure_redirects": 1, "send_redirects": 0, "ignore_routes_with_linkdown": 0,
             "accept_local": 0, "route_localnet": 0},
    "ipv6": {"accept_dad": 0, "autoconf": 0, "accept_ra": 0, "router_solicitations": 0,
             "addr_gen_mode": 0, "use_tempaddr": 0},
}

_WITHOUT_PRIVILEGE = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]


class Host:
    """A network namespace and what can be done in it. Made by Network.host() and .router()."""

    def __init__(self, net, name, number, forward):
        self.net = net
        self.name = name
        self.number = number
        self.namespace = Namespace()
        self._interfaces = 0
        self._children = []
        with self.namespace.inside():
            # First of all, as switching it on or off resets others.
            self.sysctl("net.ipv4.ip_forward", int(forward))
            self.sysctl("net.ipv6.conf.all.forwarding", int(forward))
            for family, settings in _SETTINGS.items():
                for key, value in settings.items():
                    self.sysctl(f"net.{family}.conf.all.{key}", value)
                    self.sysctl(f"net.{family}.conf.default.{key}", value)
        self.up("lo")

    def __repr__(self):
        return f"<host {self.name}>"

    # Commands

    def run(self, argv, check=False, input=None, timeout=60, env=None, unprivileged=False):
        """Run a command on this host: a CompletedProcess with text output.

        argv is a list, or one line as a shell would split it. unprivileged: without capabilities.
        """
        argv = command.words(argv)
        if unprivileged:
            argv = _WITHOUT_PRIVILEGE + argv
        with self.namespace.inside():
            return command.run(argv, check, input, timeout, env)

    def popen(self, argv, env=None, **options):
        """Start a command in the background: a Popen, text mode, killed with the network or with
        the thread that called this, whichever ends first."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "text": True} | options
        with self.namespace.inside():
            child = subprocess.Popen(command.words(argv), env=command.environment(env),
                                     preexec_fn=command.end_with_parent(), **options)
        self._children.append(child)
        return child

    def ip(self, line, options=()):
        """Run iproute2's ip, which must succeed; returns what it printed."""
        return self.run(["ip", *options, *command.words(line)], check=True).stdout

    def ip_batch(self, lines, options=()):
        """Run many ip commands in one process: a list, or a text with one per line (and #)."""
        if not isinstance(lines, str):
            lines = "\n".join(lines)
        argv = ["ip", *options, "-batch", "-"]
        result = self.run(argv, input=lines + "\n")
        if result.returncode != 0:
            result.stdout = "".join(f"{number:3} {line}\n"
                                    for number, line in enumerate(lines.splitlines(), 1)
                                    if f"failed -:{number}\n" in result.stderr)
            raise command.failed(argv, result)
        return result.stdout

    def ip_json(self, line, options=()):
        """What ip -json prints, as Python values. Without output: an empty list."""
        return json.loads(self.ip(line, options=("-json", *options)) or "[]")

    # Settings

    def sysctl(self, key, value=None):
        """Read a setting of this host, or write it: sysctl("net.ipv4.conf.e0.rp_filter", 1).

        An interface whose name has a dot is written with slashes, as sysctl(8) does.
        """
        path = "/proc/sys/" + (key if "/" in key else key.replace(".", "/"))
        with self.namespace.inside():  # /proc/sys/net shows the namespace of who looks
            if value is None:
                with open(path) as file:
                    return file.read().strip()
            with open(path, "w") as file:
                file.write(str(value))
        return str(value)

    def _ioctl(self, request, interface, data=b""):
        with self.namespace.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            answer = fcntl.ioctl(any_socket, request, struct.pack("16s24s", interface.encode(), data))
        return answer[16:]

    def _flags(self, interface):
        return struct.unpack_from("H", self._ioctl(_SIOCGIFFLAGS, interface))[0]

    def up(self, interface):
        """Switch an interface on."""
        self._ioctl(_SIOCSIFFLAGS, interface,
                    struct.pack("H", self._flags(interface) | _IFF_UP))

    def down(self, interface):
        """Switch an interface off: its routes and neighbours go, its peer loses its carrier."""
        self._ioctl(_SIOCSIFFLAGS, interface,
                    struct.pack("H", self._flags(interface) & ~_IFF_UP))

    def is_running(self, interface):
        """Is it up, with a carrier?"""
        return bool(self._flags(interface) & _IFF_RUNNING)

    def interfaces(self):
        """The names of its interfaces, without lo."""
        with self.namespace.inside():
            return [name for _, name in socket.if_nameindex() if name != "lo"]

    def mac(self, interface):
        """The interface's MAC now."""
        return self._ioctl(_SIOCGIFHWADDR, interface)[2:8].hex(":")

    def link_local(self, interface):
        """The IPv6 link-local address that the kernel made for the interface."""
        for link in self.ip_json(f"-6 addr show dev {interface} scope link"):
            for address in link.get("addr_info", []):
                if "local" in address:  # what the filter drops is left as {}
                    return address["local"]
        return None

    def next_mac(self):
        """A MAC for this host's next interface: the same in every run, and readable."""
        self._interfaces += 1
        return f"02:00:00:00:{self.number:02x}:{self._interfaces:02x}"

    # What goes over the wire

    def listen_udp(self, address="::", port=REPORT_PORT):
        """Answer datagrams with the source they came from: a Reporter. "::" hears IPv4 too."""
        return self.net.owns(Reporter(self, address, port))

    def source_seen(self, destination, port=REPORT_PORT, timeout=1.0, bind=None):
        """The source that the Reporter at destination sees when we send from an unbound socket (or
        from one bound to an address); None if no answer comes back."""
        return reporter.ask(self, destination, port, timeout, bind)

    def connect_source(self, destination, port=REPORT_PORT):
        """The source that the kernel chooses at connect(2), None if it knows no way. No packet."""
        with self.namespace.inside():
            probe = socket.socket(reporter.family_of(destination), socket.SOCK_DGRAM)
        with probe:
            try:
                probe.connect((destination, port))
            except OSError:
                return None
            return probe.getsockname()[0]

    def sniff(self, interface):
        """Listen to the frames of an interface: a Sniffer, a context manager."""
        return self.net.owns(Sniffer(self, interface))

    def raw_socket(self, interface):
        """A socket that sends whole frames by the interface, true or forged."""
        with self.namespace.inside():
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            wire.bind((interface, 0))
        return wire

    # The whole

    def state(self):
        """Addresses, routes of all tables, rules, lasting neighbours: comparable with ==, and by
        lab.difference()."""
        return state.read(self)

    # Readiness

    def _rows(self, name):
        """The rows of a file under /proc/net, as this host sees it."""
        with self.namespace.inside(), open(f"/proc/thread-self/net/{name}") as file:
            return [line.split() for line in file]

    def unfinished(self):
        """IPv6 addresses that are not in service yet: tentative, or without their local route.

        The kernel sees to that in the background, even where it detects no duplicates. Left out
        are interfaces that have no carrier, and those where duplicates are detected: that takes
        its time.
        """
        tentative, local = 0x40, 0x80000000
        served = {row[0] for row in self._rows("ipv6_route") if int(row[8], 16) & local}
        late = [row for row in self._rows("if_inet6")
                if int(row[4], 16) & tentative or row[0] not in served]
        return [row for row in late if self.is_running(row[5])
                and int(self.sysctl(f"net/ipv6/conf/{row[5]}/accept_dad")) <= 0]

    def settle(self):
        """Wait until the addresses that were added are in service."""
        wait_until(lambda: not self.unfinished(), what=f"the IPv6 addresses of {self.name}")

    @contextmanager
    def named(self, name):
        """Within the block the host has a name for `ip -n NAME` and `route2 -n NAME`; the name
        exists for this process and its children only."""
        with self.namespace.named(name):
            yield name

    def close(self):
        """End what runs on the host, and let its namespace go."""
        for child in self._children:
            child.kill()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()
            child.wait()
        self._children.clear()
        self.namespace.close()
