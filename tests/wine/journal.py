# SPDX-License-Identifier: MIT
"""The journal of the shim (shim/journal.h), read: each call as a line that a person can compare."""

import socket
import struct
from typing import NamedTuple

_AF_INET, _AF_INET6 = 2, 23
_READS = ("Get", "Convert", "Notify", "Cancel", "Free", "FwpmEngine", "FwpmProviderContextGet")


class Call(NamedTuple):
    """One call. before and after: the bytes of its row, b"" if it has none."""

    pid: int
    number: int
    name: str
    nth: int
    before: bytes
    code: int
    after: bytes

    @property
    def changes(self):
        """Is it one that changes something?"""
        return not self.name.startswith(_READS) and not self.name.startswith("Resolve")

    def __str__(self):
        text = _TEXTS.get(self.name.replace("Get", "Set"), lambda row: "")(self.before)
        return f"{self.name} {text}".strip() + (f" = {self.code}" if self.code else "")


def _bytes(word):
    return b"" if word == "-" else bytes.fromhex(word)


def _address(row, at):
    family = struct.unpack_from("<H", row, at)[0]
    if family == _AF_INET:
        return socket.inet_ntoa(row[at + 4:at + 8])
    if family == _AF_INET6:
        return socket.inet_ntop(socket.AF_INET6, row[at + 8:at + 24])
    return f"family {family}"


def _interface(row, luid, index):
    return f"luid {struct.unpack_from('<Q', row, luid)[0]:x}" + \
        f" if {struct.unpack_from('<I', row, index)[0]}"


def _route(row):
    # MIB_IPFORWARD_ROW2: luid 0, index 8, prefix 12 (length at 40), next hop 44, site prefix 72,
    # lifetimes 76 and 80, metric 84, protocol 88
    metric, protocol = struct.unpack_from("<II", row, 84)
    return f"{_address(row, 12)}/{row[40]} via {_address(row, 44)} {_interface(row, 0, 8)} " \
           f"metric {metric} protocol {protocol}"


def _neigh(row):
    # MIB_IPNET_ROW2: address 0, index 28, luid 32, MAC 40, its length 72, state 76
    length, state = struct.unpack_from("<II", row, 72)
    return f"{_address(row, 0)} lladdr {row[40:40 + length].hex(':')} {_interface(row, 32, 28)} " \
           f"state {state}"


def _unicast(row):
    # MIB_UNICASTIPADDRESS_ROW: address 0, luid 32, index 40, ... length 60, SkipAsSource 61
    return f"{_address(row, 0)}/{row[60]} {_interface(row, 32, 40)} skip {row[61]}"


def _policy(row):
    # api_fwp.c: GUID, family 16, length 17, destination 20, source 36
    family, size = (socket.AF_INET6, 16) if row[16] == 6 else (socket.AF_INET, 4)
    return f"{socket.inet_ntop(family, row[20:20 + size])}/{row[17]} " \
           f"from {socket.inet_ntop(family, row[36:36 + size])}"


_TEXTS = {"FwpmConnectionPolicyAdd0": _policy, "CreateIpForwardEntry2": _route, "SetIpForwardEntry2": _route,
          "DeleteIpForwardEntry2": _route,
          "CreateIpNetEntry2": _neigh, "SetIpNetEntry2": _neigh, "DeleteIpNetEntry2": _neigh,
          "ResolveIpNetEntry2": _neigh, "SetBestRoute2": lambda row: _address(row, 0),
          "CreateUnicastIpAddressEntry": _unicast, "SetUnicastIpAddressEntry": _unicast,
          "DeleteUnicastIpAddressEntry": _unicast,
          "Icmp6SendEcho2": lambda row: " > ".join(socket.inet_ntop(socket.AF_INET6, row[at:at + 16])
                                                   for at in (0, 16)),
          "IcmpSendEcho2Ex": lambda row: f"{socket.inet_ntoa(row[:4])} > {socket.inet_ntoa(row[4:])}"}


def read(text):
    """The calls in the text of a journal."""
    calls = []
    for line in text.splitlines():
        pid, number, name, nth, before, code, after = line.split()
        calls.append(Call(int(pid), int(number), name, int(nth), _bytes(before), int(code),
                          _bytes(after)))
    return calls
