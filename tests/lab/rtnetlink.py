# SPDX-License-Identifier: MIT
"""As much of rtnetlink as the tests need: to hear who changes what, and to change it ourselves."""

import errno
import ipaddress
import os
import select
import socket
import struct
from dataclasses import dataclass, field

NEWROUTE, DELROUTE, NEWNEIGH, DELNEIGH = 24, 25, 28, 29
NLM_REQUEST, NLM_ACK = 0x1, 0x4
REPLACE, EXCL, CREATE, APPEND = 0x100, 0x200, 0x400, 0x800
PERMANENT = 0x80
MAIN, BOOK, OURS, STATIC = 254, 29234, 114, 4

_GROUPS = 0x4 | 0x40 | 0x400  # RTMGRP_NEIGH, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE
_NLMSG_ERROR = 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC, _RTA_TABLE, _RTA_VIA = 1, 4, 5, 6, 7, 15, 18
_NDA_DST, _NDA_LLADDR, _NDA_PROTOCOL = 1, 2, 12


@dataclass(frozen=True)
class Route:
    """A unicast route with at most one next hop."""

    dst: str
    via: str = None
    dev: int = 0
    table: int = MAIN
    metric: int = 0
    src: str = None
    proto: int = STATIC

    @property
    def key(self):
        """What the kernel tells routes apart by."""
        return self.dst, self.table, self.metric


@dataclass(frozen=True)
class Neigh:
    """A neighbour entry."""

    dst: str
    dev: int
    mac: str = None
    state: int = PERMANENT
    proto: int = 0


@dataclass(frozen=True)
class Event:
    """Something changed: made (new or altered), or gone; by the socket of that number."""

    made: bool
    what: object      # Route or Neigh
    writer: int
    replaced: bool = field(default=False)


def _attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        if length < 4:
            break
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def _address(data):
    return str(ipaddress.ip_address(data)) if data else None


def _number(data):
    return struct.unpack("I", data)[0] if data else 0


def _decode_route(data):
    family, length, _, _, table, proto, _, _, flags = struct.unpack_from("8BI", data)
    attributes = _attributes(data[12:])
    if flags & 0x200:  # RTM_F_CLONED: learnt by the way
        return None
    any_address = bytes(4 if family == socket.AF_INET else 16)
    via = attributes.get(_RTA_GATEWAY) or attributes.get(_RTA_VIA, b"")[2:]
    return Route(f"{_address(attributes.get(_RTA_DST, any_address))}/{length}", _address(via),
                 _number(attributes.get(_RTA_OIF)), _number(attributes.get(_RTA_TABLE)) or table,
                 _number(attributes.get(_RTA_PRIORITY)), _address(attributes.get(_RTA_PREFSRC)), proto)


def _decode_neigh(data):
    _, dev, state, _, _ = struct.unpack_from("BxxxiHBB", data)
    attributes = _attributes(data[12:])
    mac = attributes.get(_NDA_LLADDR)
    return Neigh(_address(attributes.get(_NDA_DST)), dev, mac.hex(":") if mac else None, state,
                 attributes.get(_NDA_PROTOCOL, b"\0")[0])


def _messages(data):
    while len(data) >= 16:
        length, kind, flags, seq, port = struct.unpack_from("IHHII", data)
        if length < 16:
            return
        yield kind, flags, seq, port, data[16:length]
        data = data[(length + 3) & ~3:]


class Monitor:
    """Hears every change of routes and neighbours on a host, from now on. A context manager."""

    def __init__(self, host):
        with host.namespace.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.bind((0, _GROUPS))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stop listening."""
        self._socket.close()

    def news(self):
        """The Events since the last call, in the kernel's order. Entries that the kernel itself
        makes and forgets in the neighbour table are left out."""
        events = []
        while True:
            try:
                data = self._socket.recv(1 << 20)
            except BlockingIOError:
                return events
            for kind, flags, _, port, body in _messages(data):
                if kind in (NEWROUTE, DELROUTE):
                    what = _decode_route(body)
                elif kind in (NEWNEIGH, DELNEIGH):
                    what = _decode_neigh(body)
                    if not what.proto and not what.state & PERMANENT:
                        continue
                else:
                    continue
                if what is not None:
                    events.append(Event(kind in (NEWROUTE, NEWNEIGH), what, port,
                                        bool(flags & REPLACE)))

    def wait(self, timeout):
        """Wait until there is some news, or not: True or False."""
        return bool(select.select([self._socket], [], [], timeout)[0])


def _attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


class Writer:
    """Changes routes on a host as another tool would. A context manager.

    Each change returns 0 or the errno that the kernel answered.
    """

    def __init__(self, host):
        with host.namespace.inside():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self._socket.bind((0, 0))
        self._seq = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the socket."""
        self._socket.close()

    def _call(self, kind, flags, body):
        self._seq += 1
        self._socket.send(struct.pack("IHHII", 16 + len(body), kind, flags | NLM_REQUEST | NLM_ACK,
                                      self._seq, 0) + body)
        while True:
            for kind, _, seq, _, data in _messages(self._socket.recv(1 << 16)):
                if kind == _NLMSG_ERROR and seq == self._seq:
                    return -struct.unpack_from("i", data)[0]

    def _route(self, kind, flags, route):
        dst = ipaddress.ip_network(route.dst)
        family = socket.AF_INET if dst.version == 4 else socket.AF_INET6
        scope = 255 if kind == DELROUTE else 0 if route.via else 253
        body = struct.pack("8BI", family, dst.prefixlen, 0, 0, 0, route.proto, scope, 1, 0)
        body += _attribute(_RTA_DST, dst.network_address.packed)
        body += _attribute(_RTA_TABLE, struct.pack("I", route.table))
        body += _attribute(_RTA_PRIORITY, struct.pack("I", route.metric))
        body += _attribute(_RTA_OIF, struct.pack("I", route.dev))
        for attribute, address in ((_RTA_GATEWAY, route.via), (_RTA_PREFSRC, route.src)):
            if address:
                body += _attribute(attribute, ipaddress.ip_address(address).packed)
        return self._call(kind, flags, body)

    def add(self, route):
        """As `ip route add`: the key must be free."""
        return self._route(NEWROUTE, CREATE | EXCL, route)

    def prepend(self, route):
        """As `ip route prepend`: before others of its key (IPv6: one ECMP route with them)."""
        return self._route(NEWROUTE, CREATE, route)

    def append(self, route):
        """As `ip route append`: behind others of its key (IPv6: one ECMP route with them)."""
        return self._route(NEWROUTE, CREATE | APPEND, route)

    def replace(self, route):
        """As `ip route replace`: instead of whatever serves with its key."""
        return self._route(NEWROUTE, CREATE | REPLACE, route)

    def delete(self, route):
        """As `ip route del` with everything said."""
        return self._route(DELROUTE, 0, route)


def name(number):
    """An errno's name, for messages."""
    return errno.errorcode.get(number, str(number)) if number else os.strerror(0)
