# SPDX-License-Identifier: MIT
"""Listening to an interface. The kernel keeps the frames until somebody looks: no thread."""

import select
import socket
import struct
import time

from .packets import decode
from .wait import Timeout

_ETH_P_ALL = 3
_SO_TIMESTAMPNS = 35
_BUFFER = 4 << 20


class Sniffer:
    """Frames that pass one interface, in both directions, since the object was made.

    Use as a context manager; made by Host.sniff().
    """

    def __init__(self, host, interface):
        self._where = f"{host.name} {interface}"
        self._seen = []
        with host.namespace.inside():
            # Protocol 0: nothing is heard until bind() says on which interface.
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._socket.bind((interface, _ETH_P_ALL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stop listening; frames that were read already remain in .frames."""
        if self._socket.fileno() >= 0:
            self._drain()
            self._socket.close()

    def _drain(self):
        while self._socket.fileno() >= 0:
            try:
                raw, ancillary, _, sender = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            stamp = time.time()
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", data)
                    stamp = seconds + nanoseconds / 1e9
            self._seen.append(decode(raw, stamp, sender[2] == socket.PACKET_OUTGOING))

    @property
    def frames(self):
        """All frames so far."""
        self._drain()
        return list(self._seen)

    def clear(self):
        """Forget what was seen."""
        self._drain()
        self._seen.clear()

    def find(self, predicate):
        """All frames so far for which the predicate holds."""
        return [frame for frame in self.frames if predicate(frame)]

    def wait_for(self, predicate, timeout=2.0, what="a frame"):
        """The first frame, past or to come, for which the predicate holds; Timeout if none."""
        end = time.monotonic() + timeout
        looked_at = 0
        while True:
            self._drain()
            for frame in self._seen[looked_at:]:
                if predicate(frame):
                    return frame
            looked_at = len(self._seen)
            left = end - time.monotonic()
            if left <= 0:
                heard = "\n".join(f"  {frame}" for frame in self._seen[-20:]) or "  (silence)"
                raise Timeout(f"{self._where}: waited {timeout:g} s in vain for {what}; heard:\n"
                              + heard)
            select.select([self._socket], [], [], left)
