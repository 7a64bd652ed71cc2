# SPDX-License-Identifier: MIT
"""route2 beside its peers, interleaved in one run: `make bench`, or python3 -m bench NAME...

Absolute times drift with the machine, ratios hold; so every figure is the median of runs that
alternate with the peer's, and what is judged is the ratio. Exit status 1 if a ratio misses its
target.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import lab  # noqa: E402
from lab import topologies  # noqa: E402

ROUTE2 = os.environ.get("ROUTE2", os.path.join(ROOT, "build", "route2"))
LOOKUPS = os.environ.get("LOOKUPS", os.path.join(ROOT, "build", "bench", "lookups"))
IP = "ip"
SEED = int(os.environ.get("R2_SEED", "42"))


def timed(argv):
    """Seconds that a whole process takes, its output thrown away; it must succeed."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    took = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"bench: {' '.join(argv)}: exit status {status >> 8}")
    return took


@contextmanager
def the_host():
    """The host of the first case, with the gateway's MAC known, and this thread inside it."""
    with lab.Network() as net:
        case = topologies.the_case(net)
        case.host.source_seen("1.2.3.4")
        with case.host.namespace.inside():
            yield case.host


class Table:
    """Prints one line a measurement and remembers whether all targets were met."""

    def __init__(self):
        self.met = True
        print(f"{'':44}{'peer':>10}{'route2':>10}{'ratio':>8}{'target':>8}")

    def line(self, what, peer, ours, target):
        ratio = statistics.median(ours) / statistics.median(peer)
        met = ratio <= target
        self.met &= met
        print(f"{what:44}{statistics.median(peer) * 1e3:8.2f}ms"
              f"{statistics.median(ours) * 1e3:8.2f}ms{ratio:8.2f}{target:8.2f}"
              f"{'' if met else '  MISSED'}", flush=True)


def one_add(table, host, among, runs=200):
    """One native add against `ip route add ... src`, whole processes, among other routes."""
    host.ip_batch(f"route add 10.{n >> 8}.{n & 255}.0/24 via 4.3.2.1 src 3.3.3.3"
                  for n in range(among))
    route = ["1.2.3.4/32", "via", "4.3.2.1", "src", "3.3.3.3"]
    peer, ours = [], []
    for _ in range(runs):
        peer.append(timed([IP, "route", "add", *route]))
        timed([IP, "route", "del", *route])
        ours.append(timed([ROUTE2, "-q", "add", *route]))
        timed([ROUTE2, "-q", "del", "1.2.3.4/32"])
    table.line(f"add among {among} routes / ip route add", peer, ours, 1.5)


def bench_add(table):
    """One add: at most 1.5 times ip's process."""
    for among in (0, 1000, 10000):
        with the_host() as host:
            one_add(table, host, among)


def prefixes(family, count):
    """Distinct random prefixes: /24 or /48."""
    draw = random.Random(SEED)
    found = set()
    while len(found) < count:
        if family == 4:
            found.add(f"{draw.randrange(20, 200)}.{draw.randrange(256)}.{draw.randrange(256)}.0/24")
        else:
            found.add(f"2600:{draw.randrange(65536):x}:{draw.randrange(65536):x}::/48")
    return sorted(found)


def bench_show(table):
    """show of 100,000 routes: no slower than ip route show."""
    ways = {4: ("4.3.2.1", "3.3.3.3"), 6: ("2001:db8:4::1", "2001:db8:3::3")}
    for family, (gateway, source) in ways.items():
        with the_host() as host:
            host.ip_batch(f"route add {prefix} via {gateway} src {source} proto 114"
                          for prefix in prefixes(family, 100000))
            for json in ([], ["-j"]):
                peer, ours = [], []
                for _ in range(15):
                    peer.append(timed([IP, f"-{family}", *json, "route", "show"]))
                    ours.append(timed([ROUTE2, f"-{family}", *json, "show"]))
                table.line(f"show 100k IPv{family}{' -j' if json else ''} / ip route show",
                           peer, ours, 1.0)


def bench_explain(table):
    """Verdicts of the model among a million routes: 5 times the kernel's rate, and 4 million a
    second; both sides as one process, the kernel asked by batched RTM_GETROUTE."""
    for family, gateway in ((4, "4.3.2.1"), (6, "2001:db8:4::1")):
        with the_host():
            told = subprocess.run([LOOKUPS, str(family), "1000000", gateway, str(SEED), "15"],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
        runs = [[float(word) for word in line.split()] for line in told.splitlines()]
        differ = sum(int(run[3]) for run in runs)
        if differ:
            raise SystemExit(f"bench: model and kernel differ in {differ} answers")
        table.line(f"200k IPv{family} verdicts in 1M / RTM_GETROUTE",
                   [run[0] for run in runs], [run[1] for run in runs], 0.2)
        table.line(f"200k IPv{family} verdicts in 1M / 4M a second",
                   [run[2] / 4e6 for run in runs], [run[1] for run in runs], 1.0)


def bench_lab(table):
    """A network of three hosts stands in under 100 ms."""
    built = []
    for _ in range(10):
        start = time.perf_counter()
        with lab.Network() as net:
            topologies.the_case(net)
            built.append(time.perf_counter() - start)
    table.line("lab of three hosts / 100 ms", [0.1], built, 1.0)


BENCHES = {"add": bench_add, "show": bench_show, "explain": bench_explain, "lab": bench_lab}


def main(names):
    try:
        lab.enter()
    except lab.LabUnavailable as why:
        raise SystemExit(f"bench: {why}") from None
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise SystemExit(f"bench: there is no {unknown[0]}; there are {', '.join(BENCHES)}")
    print(f"seed {SEED}, {os.cpu_count()} cores, Linux {os.uname().release}; medians")
    table = Table()
    for name in names or BENCHES:
        BENCHES[name](table)
    return 0 if table.met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
