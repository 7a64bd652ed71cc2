# SPDX-License-Identifier: MIT
"""The watch, by packets: how long they go to a dead gateway, and to a MAC that it has left."""

import json
import os
import random
import socket
import statistics
import tempfile
import threading
import time

import lab
from lab import topologies

RATE = 2000  # datagrams a second


class Traffic:
    """Datagrams to the server, evenly spaced, until it is closed."""

    def __init__(self, host, destination, family):
        self._stop = threading.Event()
        with host.namespace.inside():
            kind = socket.AF_INET if family == 4 else socket.AF_INET6
            self._socket = socket.socket(kind, socket.SOCK_DGRAM)
        self._to = (destination, 9)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        due = time.monotonic()
        while not self._stop.is_set():
            try:
                self._socket.sendto(b"x" * 16, self._to)
            except OSError:
                pass
            due += 1 / RATE
            time.sleep(max(0, due - time.monotonic()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._socket.close()


class Watched:
    """A host with two gateways and a watch."""

    def __init__(self, net, route2, settings, lines):
        self.case = topologies.two_gateways(net)
        self.host, self.route2 = self.case.host, route2
        with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
            file.write(f"monitor {settings}\n{lines}")
        self.process = self.host.popen([route2, "-q", "watch", file.name])
        lab.wait_until(lambda: self.up() >= 2, what="both gateways", timeout=20)
        os.unlink(file.name)

    def status(self):
        result = self.host.run([self.route2, "-j", "status"])
        return json.loads(result.stdout) if result.returncode == 0 else {"gateways": []}

    def up(self):
        return sum(one["state"] == "up" for one in self.status()["gateways"])

    def carries(self, ip):
        return any(one["carrier"] == ip for one in self.status()["phantoms"])

    def usage(self):
        """Seconds of CPU and kilobytes of memory so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            rss = next(line for line in file if line.startswith("VmRSS"))
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(rss.split()[1])

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def gaps(watched, ip, count, draw):
    """Seconds from the last packet at the dying gateway to the first at the other, each time."""
    first, second = watched.case.gateways
    found = []
    with Traffic(watched.host, ip.server, ip.family):
        while len(found) < count:
            lab.wait_until(lambda: watched.carries(ip.gateway), what="the first to carry", timeout=20)
            with first.sniff("lan0") as at_first, second.sniff("lan0") as at_second:
                at_first.wait_for(lambda f: f.is_udp, timeout=10, what="a packet at the first")
                time.sleep(0.05 + draw.random() * 0.3)
                watched.case.switch.down("p2")
                hit = at_second.wait_for(lambda f: f.is_udp and f.eth_dst == second.mac("lan0"),
                                         timeout=60, what="a packet at the other")
                last = max(f.time for f in at_first.find(lambda f: f.is_udp))
            found.append(hit.time - last)
            watched.case.switch.up("p2")
    return found


def moves(watched, ip, count):
    """Seconds from the gateway's announcement of another MAC to the first packet there."""
    first = watched.case.gateways[0]
    first.sysctl("net.ipv4.conf.lan0.arp_notify", 1)
    found = []
    with Traffic(watched.host, ip.server, ip.family):
        while len(found) < count:
            new = first.next_mac()
            time.sleep(1.1)  # looks that claims start are a second apart
            with watched.host.sniff("e0") as wire:
                first.ip(f"link set lan0 address {new}")
                said = wire.wait_for(lambda f, new=new: f.is_arp and not f.outgoing and f.eth_src == new,
                                     what="the announcement")
                hit = wire.wait_for(lambda f, new=new: f.is_udp and f.outgoing and f.eth_dst == new,
                                    timeout=20, what="a packet at the new MAC")
            found.append(hit.time - said.time)
    return found


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def report(table, what, values, limit):
    """The worst of a hundred against a limit in seconds."""
    median = statistics.median(values)
    print(f"{what}: median {median * 1e3:.1f} ms, worst {max(values) * 1e3:.1f} ms, n {len(values)}")
    table.line(f"{what}, p99 / {limit * 1e3:g} ms", [limit], [percentile(values, 0.99)], 1.0)


LINES = {4: "1.2.3.0/24 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3\n",
         6: "2001:db8:5::/64 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3\n"}


def bench_failover(table, route2, seed):
    draw = random.Random(seed)
    for settings, limit, count in (("hold 300ms", 1.3, 20), ("interval 10ms misses 3 hold 300ms", 0.035, 60)):
        for ip in topologies.FAMILIES:
            with lab.Network() as net:
                watched = Watched(net, route2, settings, LINES[ip.family])
                report(table, f"dead gateway, {settings.removesuffix(' hold 300ms')}, {ip}",
                       gaps(watched, ip, count, draw), limit)
                watched.end()


def bench_moves(table, route2):
    for follow, limit in (("verify", 0.060), ("follow", 0.002)):
        with lab.Network() as net:
            watched = Watched(net, route2, f"follow {follow}", LINES[4])
            report(table, f"moved MAC, {follow}", moves(watched, topologies.V4, 30), limit)
            watched.end()


def bench_load(table, route2):
    """100 gateways at 100 ms."""
    with lab.Network() as net:
        case = topologies.the_case(net)
        case.gateway.ip_batch(f"addr add 4.3.2.{n}/24 dev lan0" for n in range(101, 201))
        lines = "".join(f"10.{n}.0.0/16 via 4.3.2.{n} src 3.3.3.3 method phantom\n" for n in range(101, 201))
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("monitor interval 100ms\n" + lines)
            file.flush()
            watched = Watched.__new__(Watched)
            watched.case, watched.host, watched.route2 = case, case.host, route2
            watched.process = case.host.popen([route2, "-q", "watch", file.name])
            lab.wait_until(lambda: watched.up() == 100, what="100 gateways", timeout=30)
        before, _ = watched.usage()
        time.sleep(10)
        after, memory = watched.usage()
        watched.end()
    table.line("100 gateways at 100 ms, CPU / 2% of a core", [0.2], [after - before], 1.0)
    print(f"memory with 100 gateways: {memory} kB")
    table.line("100 gateways, memory / 10 MB (in s)", [10.0], [memory / 1000], 1.0)


def bench_stalls(table, route2, seed):
    """A gateway that stalls for 5 to 50 ms, at the default settings: how often it is taken for dead."""
    draw = random.Random(seed)
    with lab.Network() as net:
        watched = Watched(net, route2, "hold 300ms", LINES[4])
        took = []
        for _ in range(100):
            time.sleep(draw.uniform(0.1, 0.4))
            begun = time.perf_counter()
            watched.case.switch.down("p2")
            left = draw.uniform(0.005, 0.050) - (time.perf_counter() - begun)
            time.sleep(max(0, left))
            watched.case.switch.up("p2")
            took.append(time.perf_counter() - begun)
        time.sleep(1.5)
        downs = sum(one["downs"] for one in watched.status()["gateways"])
        watched.end()
    print(f"100 stalls of {min(took) * 1e3:.0f} to {max(took) * 1e3:.0f} ms: taken for dead {downs} times")
    table.met &= downs == 0


def bench_kernel(table):
    """What Linux does by itself: until a dead gateway's neighbour entry has no MAC any more, once."""
    with lab.Network() as net:
        case = topologies.two_gateways(net)
        with Traffic(case.host, "1.2.3.4", 4):
            lab.wait_until(lambda: "REACHABLE" in case.host.ip("neigh show to 4.3.2.1"), what="it to be known")
            begun = time.perf_counter()
            case.switch.down("p2")
            lab.wait_until(lambda: "lladdr" not in case.host.ip("neigh show to 4.3.2.1"), timeout=120,
                           what="Linux to notice")
            took = time.perf_counter() - begun
    table.line("dead gateway known, at most 1.3 s / Linux NUD", [took], [1.3], 0.2)


def answers(host, address):
    """One ICMP echo with a second's patience: what fping and ping -c1 -W1 see."""
    return host.run(["ping", "-c1", "-W1", "-n", address]).returncode == 0


class Pinger(threading.Thread):
    """An echo each interval: (when it was sent, whether it was answered), each apart."""

    def __init__(self, host, address, interval):
        super().__init__(daemon=True)
        self.host, self.address, self.interval = host, address, interval
        self.stop, self.sent = threading.Event(), []

    def run(self):
        while not self.stop.wait(self.interval):
            entry = [time.perf_counter(), None]
            self.sent.append(entry)
            threading.Thread(target=self._ask, args=(entry,), daemon=True).start()

    def _ask(self, entry):
        entry[1] = answers(self.host, self.address)


def dpinger_alarm(pinger, begun):
    """As dpinger does with pfSense's settings: a window of 60 s full of answers, checked each second; an
    echo counts as lost after 2 s; more than 20 % lost is the alarm."""
    while True:
        time.sleep(1)
        now = time.perf_counter()
        lost = sum(not entry[1] for entry in pinger.sent if begun <= entry[0] < now - 2)
        if lost > 0.2 * 60 / pinger.interval:
            return now - begun


def keepalived_fault(host, address, begun):
    """As a vrrp_script does with ping, interval 1 and fall 2."""
    failed = 0
    while failed < 2:
        time.sleep(1)
        failed = 0 if answers(host, address) else failed + 1
    return time.perf_counter() - begun


def bench_peers(table):
    """The rules of dpinger and of keepalived's scripts, from their documents, in the same lab; once each."""
    with lab.Network() as net:
        case = topologies.two_gateways(net)
        answers(case.host, "4.3.2.1")
        pinger = Pinger(case.host, "4.3.2.1", 0.5)
        pinger.start()
        time.sleep(2)
        case.switch.down("p2")
        begun = time.perf_counter()
        script = keepalived_fault(case.host, "4.3.2.1", begun)
        alarm = dpinger_alarm(pinger, begun)
        pinger.stop.set()
        pinger.join()
    table.line("dead gateway known, at most 1.3 s / ping script", [script], [1.3], 1.0)
    table.line("dead gateway known, at most 1.3 s / dpinger", [alarm], [1.3], 0.2)


def bench_watch(table, route2, seed):
    """The watch: by packets seen on the far side."""
    bench_load(table, route2)
    bench_moves(table, route2)
    bench_failover(table, route2, seed)
    bench_stalls(table, route2, seed)
    bench_kernel(table)
    bench_peers(table)
