# SPDX-License-Identifier: MIT
"""The far side: tells who asks, from which address the question came."""

import itertools
import os
import select
import socket
import threading
import time
from typing import NamedTuple

REPORT_PORT = 7114

_numbers = itertools.count(1)


def family_of(address):
    """AF_INET or AF_INET6, by the look of the address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _plain(address):
    """An address without what the socket API adds: scope, IPv4-mapped prefix."""
    return address.split("%")[0].removeprefix("::ffff:")


class Heard(NamedTuple):
    """One datagram as it arrived."""

    source: str
    port: int
    payload: bytes


class Reporter:
    """Answers every datagram with the source address that it came from; made by Host.listen_udp().

    What arrived stays in .heard, also when the answer found no way back.
    """

    def __init__(self, host, address, port):
        self._service = host.net.service
        self._news = threading.Condition()
        self.heard = []
        with host.namespace.inside():
            self._socket = socket.socket(family_of(address), socket.SOCK_DGRAM)
        if address == "::":
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.setblocking(False)
        self._socket.bind((address, port))
        self._service.add(self._socket, self._answer)

    def _answer(self):
        payload, sender = self._socket.recvfrom(2048)
        source = _plain(sender[0])
        with self._news:
            self.heard.append(Heard(source, sender[1], payload))
            self._news.notify_all()
        self._socket.sendto(payload + b" from " + source.encode(), sender)

    def wait_for(self, predicate=lambda heard: True, timeout=2.0):
        """The first datagram, past or to come, for which the predicate holds, or None."""
        end = time.monotonic() + timeout
        with self._news:
            while True:
                for heard in self.heard:
                    if predicate(heard):
                        return heard
                left = end - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    return None

    def close(self):
        """Stop answering."""
        if self._socket.fileno() >= 0:
            self._service.remove(self._socket)
            self._socket.close()


def ask(host, destination, port, timeout, bind=None):
    """Send from an unbound socket (or one bound to an address); return the source that the far
    side saw, or None if no answer came. Asks again every 0.1 s, as a packet may get lost while a
    neighbour is being resolved."""
    question = f"{os.getpid()}.{next(_numbers)}".encode()
    end = time.monotonic() + timeout
    with host.namespace.inside():
        asker = socket.socket(family_of(destination), socket.SOCK_DGRAM)
    with asker:
        if bind:
            asker.bind((bind, 0))
        asker.setblocking(False)
        while (left := end - time.monotonic()) > 0:
            try:
                asker.sendto(question, (destination, port))
            except OSError:
                pass  # no route now: perhaps in a moment
            pause_ends = time.monotonic() + min(0.1, left)
            while (pause := pause_ends - time.monotonic()) > 0:
                if not select.select([asker], [], [], pause)[0]:
                    break
                try:
                    said, _, source = asker.recv(2048).partition(b" from ")
                except OSError:
                    time.sleep(min(0.01, pause))  # an ICMP error: nobody listens, or no way
                    continue
                if said == question:
                    return source.decode()
    return None
