# SPDX-License-Identifier: MIT
"""Frames, decoded as far as this project needs them: Ethernet, ARP, IPv4, IPv6, ND, ports."""

import socket
import struct
from dataclasses import dataclass

ETH_IPV4, ETH_ARP, ETH_IPV6 = 0x0800, 0x0806, 0x86DD
ARP_REQUEST, ARP_REPLY = 1, 2
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
ND_SOLICIT, ND_ADVERT = 135, 136
BROADCAST = "ff:ff:ff:ff:ff:ff"

_PROTOCOL_NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmp6"}


@dataclass(frozen=True)
class Frame:
    """One frame. What a frame does not have is None."""

    time: float               # seconds, CLOCK_REALTIME, stamped by the kernel
    outgoing: bool            # sent by the interface that was listened to
    eth_src: str
    eth_dst: str
    ethertype: int
    arp_op: int = None        # ARP_REQUEST or ARP_REPLY
    arp_sender: str = None    # addresses and MAC as the ARP packet itself says
    arp_sender_mac: str = None
    arp_target: str = None
    src: str = None           # IP addresses, shortest form
    dst: str = None
    ttl: int = None           # IPv6: hop limit
    proto: int = None         # ICMP, TCP, UDP, ICMPV6
    sport: int = None
    dport: int = None
    icmp_type: int = None     # of ICMP or ICMPv6
    nd_target: str = None     # whom a neighbour solicitation or advertisement is about
    payload: bytes = b""      # of UDP

    @property
    def is_arp(self):
        """ARP of any kind."""
        return self.ethertype == ETH_ARP

    @property
    def is_udp(self):
        """UDP over either family."""
        return self.proto == UDP

    def asks_for(self, address):
        """Is this the question who has that address, by ARP or ND?"""
        if self.is_arp:
            return self.arp_op == ARP_REQUEST and self.arp_target == address
        return self.icmp_type == ND_SOLICIT and self.nd_target == address

    def __str__(self):
        where = f"{self.eth_src} > {self.eth_dst}"
        if self.is_arp:
            if self.arp_op == ARP_REQUEST:
                return f"{where}  ARP who has {self.arp_target}? tell {self.arp_sender}"
            return f"{where}  ARP {self.arp_sender} is at {self.arp_sender_mac}"
        if self.src is None:
            return f"{where}  ethertype {self.ethertype:#06x}"
        name = _PROTOCOL_NAMES.get(self.proto, f"protocol {self.proto}")
        if self.nd_target:
            kind = "asks for" if self.icmp_type == ND_SOLICIT else "advertises"
            return f"{where}  {self.src} > {self.dst} ND {kind} {self.nd_target}"
        if self.sport is not None:
            return f"{where}  {self.src}:{self.sport} > {self.dst}:{self.dport} {name}"
        return f"{where}  {self.src} > {self.dst} {name}"


def _mac(raw):
    return raw.hex(":")


def _arp(raw):
    if len(raw) < 28:
        return {}
    return {
        "arp_op": struct.unpack_from("!H", raw, 6)[0],
        "arp_sender_mac": _mac(raw[8:14]),
        "arp_sender": socket.inet_ntoa(raw[14:18]),
        "arp_target": socket.inet_ntoa(raw[24:28]),
    }


def _transport(proto, raw):
    fields = {"proto": proto}
    if proto in (TCP, UDP) and len(raw) >= 8:
        fields["sport"], fields["dport"] = struct.unpack_from("!HH", raw)
        if proto == UDP:
            fields["payload"] = raw[8:]
    elif proto in (ICMP, ICMPV6) and raw:
        fields["icmp_type"] = raw[0]
        if proto == ICMPV6 and raw[0] in (ND_SOLICIT, ND_ADVERT) and len(raw) >= 24:
            fields["nd_target"] = socket.inet_ntop(socket.AF_INET6, raw[8:24])
    return fields


def _ipv4(raw):
    if len(raw) < 20:
        return {}
    head, total = (raw[0] & 15) * 4, struct.unpack_from("!H", raw, 2)[0]
    first_fragment = struct.unpack_from("!H", raw, 6)[0] & 0x1FFF == 0
    fields = _transport(raw[9], raw[head:total]) if first_fragment else {"proto": raw[9]}
    return fields | {"src": socket.inet_ntoa(raw[12:16]), "dst": socket.inet_ntoa(raw[16:20]),
                     "ttl": raw[8]}


def _ipv6(raw):
    if len(raw) < 40:
        return {}
    length, proto, hops = struct.unpack_from("!HBB", raw, 4)
    body = raw[40:40 + length]
    if proto == 0 and len(body) >= 8:  # a hop-by-hop header, as MLD carries
        proto, body = body[0], body[8 + 8 * body[1]:]
    return _transport(proto, body) | {
        "src": socket.inet_ntop(socket.AF_INET6, raw[8:24]),
        "dst": socket.inet_ntop(socket.AF_INET6, raw[24:40]),
        "ttl": hops,
    }


_DECODERS = {ETH_ARP: _arp, ETH_IPV4: _ipv4, ETH_IPV6: _ipv6}


def decode(raw, time=0.0, outgoing=False):
    """The frame in raw, which starts with the destination MAC."""
    ethertype = struct.unpack_from("!H", raw, 12)[0]
    fields = _DECODERS.get(ethertype, lambda _: {})(raw[14:])
    return Frame(time, outgoing, _mac(raw[6:12]), _mac(raw[:6]), ethertype, **fields)
