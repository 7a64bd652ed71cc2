# SPDX-License-Identifier: MIT
"""Rows of IP Helper (netioapi.h, 64-bit), made by hand."""

import socket
import struct

_AF_INET, _AF_INET6 = 2, 23
_FOREVER = 0xFFFFFFFF


def _address(text):
    """SOCKADDR_INET, 28 bytes."""
    if ":" in text:
        return struct.pack("<HHI", _AF_INET6, 0, 0) + socket.inet_pton(socket.AF_INET6, text) + bytes(4)
    return struct.pack("<HH", _AF_INET, 0) + socket.inet_aton(text) + bytes(20)


def route(dst, hop, index, metric=0, luid=0, protocol=3, valid=_FOREVER, preferred=_FOREVER, site=0):
    """MIB_IPFORWARD_ROW2 of "1.2.3.0/24"."""
    address, length = dst.split("/")
    return (struct.pack("<QI", luid, index) + _address(address) + struct.pack("<Bxxx", int(length))
            + _address(hop) + struct.pack("<BxxxIIII", site, valid, preferred, metric, protocol)
            + struct.pack("<4BII", 0, 0, 0, 0, 0, 0)).ljust(104, b"\0")


def neigh(address, mac, index, luid=0, state=6):
    """MIB_IPNET_ROW2."""
    raw = bytes.fromhex(mac.replace(":", ""))
    return (_address(address) + struct.pack("<IQ", index, luid) + raw.ljust(32, b"\0")
            + struct.pack("<II", len(raw), state)).ljust(88, b"\0")
