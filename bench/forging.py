# SPDX-License-Identifier: MIT
"""A forger against the watch: does a packet go to him, and what does he cost."""

import json
import socket
import struct
import threading
import time

import lab
from lab import topologies

LINES = ("monitor hold 2s\nset via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3\n1.2.3.0/24\n"
         "set via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3\n2001:db8:5::/64\n")
EVERYBODY, ALL_NODES = b"\xff" * 6, bytes.fromhex("333300000001")


def mac_of(text):
    return bytes.fromhex(text.replace(":", ""))


def arp(to, forger, op, sender, tha, target):
    return to + forger + b"\x08\x06\0\x01\x08\0\x06\x04" + bytes((0, op)) + forger + sender + tha + target


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def advertisement(to, forger, target, destination, solicited):
    """A Neighbor Advertisement with the override flag."""
    pack = lambda text: socket.inet_pton(socket.AF_INET6, text)
    body = bytes((136, 0, 0, 0, 0x60 if solicited else 0x20, 0, 0, 0)) + pack(target) + b"\2\1" + forger
    source, to_ip = pack("2001:db8:4::fe"), pack(destination)
    pseudo = source + to_ip + struct.pack(">I", len(body)) + b"\0\0\0\x3a"
    body = body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]
    return to + forger + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), 58, 255) + source + to_ip + body


def frames(forger, us):
    """Broadcast and unicast requests and replies, gratuitous ones, and advertisements."""
    for gateway in ("4.3.2.1", "4.3.2.11"):
        ip, own = socket.inet_aton(gateway), socket.inet_aton("4.3.2.2")
        for to in (EVERYBODY, us):
            yield arp(to, forger, 1, ip, b"\0" * 6, own)
            yield arp(to, forger, 2, ip, us, own)
            yield arp(to, forger, 1, ip, b"\0" * 6, ip)
            yield arp(to, forger, 2, ip, EVERYBODY, ip)
    for gateway in ("2001:db8:4::1", "2001:db8:4::11"):
        yield advertisement(us, forger, gateway, "2001:db8:4::2", True)
        yield advertisement(ALL_NODES, forger, gateway, "ff02::1", False)


class Forger(threading.Thread):
    """Sends all kinds, as fast as it can, until it is told to stop."""

    def __init__(self, wire, kinds):
        super().__init__(daemon=True)
        self.wire, self.kinds, self.sent, self.stop = wire, list(kinds), 0, threading.Event()

    def run(self):
        while not self.stop.is_set():
            for frame in self.kinds:
                try:
                    self.wire.send(frame)
                    self.sent += 1
                except OSError:
                    pass


class Counter(threading.Thread):
    """Counts the UDP that leaves by an interface, by the MAC it goes to."""

    def __init__(self, host, interface):
        super().__init__(daemon=True)
        self.by_mac, self.stop = {}, threading.Event()
        self.own = mac_of(host.mac(interface))
        with host.namespace.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            self.socket.bind((interface, 3))  # ETH_P_ALL
        self.socket.settimeout(0.2)

    def run(self):
        while not self.stop.is_set():
            try:
                raw = self.socket.recv(100)
            except TimeoutError:
                continue
            udp = raw[23] == 17 if raw[12:14] == b"\x08\0" else raw[12:14] == b"\x86\xdd" and raw[20] == 17
            if udp and raw[6:12] == self.own:
                self.by_mac[raw[:6]] = self.by_mac.get(raw[:6], 0) + 1


def send_for(case, route2, seconds):
    """Datagrams of both families; half-way the traffic is moved to the other gateway."""
    with case.host.namespace.inside():
        flows = [(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("1.2.3.4", 9)),
                 (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM), ("2001:db8:5::4", 9))]
    begun, moved = time.monotonic(), False
    while time.monotonic() < begun + seconds:
        for flow, to in flows:
            flow.sendto(b"x", to)
        time.sleep(0.001)
        if not moved and time.monotonic() > begun + seconds / 2:
            moved = True
            for ip in topologies.FAMILIES:
                case.host.run([route2, "-q", "switch", ip.gateway, "to", ip.backups[0]], check=True)


def bench_forged(table, route2, seconds=60):
    """All kinds of forged frames, across a move between gateways that both live."""
    with lab.Network() as net:
        case = topologies.two_gateways(net)
        watch = case.host.popen([route2, "-q", "watch", "/dev/stdin"], stdin=-1)
        watch.stdin.write(LINES)
        watch.stdin.close()
        status = lambda: json.loads(case.host.run([route2, "-j", "status"]).stdout or '{"gateways": []}')
        lab.wait_until(lambda: sum(g["state"] == "up" for g in status()["gateways"]) == 4, timeout=20,
                       what="all gateways")
        forger_mac = mac_of(case.back.mac("lan0"))
        forger = Forger(case.back.raw_socket("lan0"), frames(forger_mac, mac_of(case.host.mac("e0"))))
        counter = Counter(case.host, "e0")
        forger.start()
        counter.start()
        send_for(case, route2, seconds)
        for thread in (forger, counter):
            thread.stop.set()
            thread.join()
        alarms = sum(g["alarm"] != "none" for g in status()["gateways"])
        watch.terminate()
        watch.wait(timeout=10)
    lost = counter.by_mac.get(forger_mac, 0)
    print(f"{forger.sent / seconds:.0f} forged frames a second for {seconds} s: {lost} of "
          f"{sum(counter.by_mac.values())} packets went to the forger; {alarms} gateways in alarm")
    table.met &= lost == 0
