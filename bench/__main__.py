# SPDX-License-Identifier: MIT
"""route2 beside its peers, interleaved in one run: `make bench`, or python3 -m bench NAME...

Absolute times drift with the machine, ratios hold; so every figure is the median of runs that
alternate with the peer's, and what is judged is the ratio. Exit status 1 if a ratio misses its
target.
"""

import ipaddress
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import lab  # noqa: E402
from lab import topologies  # noqa: E402

from . import forging, switching, watching  # noqa: E402

ROUTE2 = os.environ.get("ROUTE2", os.path.join(ROOT, "build", "route2"))
LOOKUPS = os.environ.get("LOOKUPS", os.path.join(ROOT, "build", "bench", "lookups"))
PUSH = os.environ.get("PUSH", os.path.join(ROOT, "build", "bench", "push"))
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


def mixed_prefixes(family, count):
    """Distinct random prefixes of the lengths that tables are made of, in no order."""
    draw = random.Random(SEED)
    lengths = [32, 32, 24, 24, 24, 24, 22, 20, 28, 16] if family == 4 else [48, 48, 32, 64, 128, 40]
    found = {}
    while len(found) < count:
        length = draw.choice(lengths)
        bits = 32 if family == 4 else 128
        at = draw.getrandbits(bits) >> (bits - length) << (bits - length)
        first = at >> (bits - 8)
        if family == 4 and 20 <= first < 200 and first != 127:
            found[f"{at >> 24}.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}/{length}"] = None
        elif family == 6:
            at = at & ~(0xffff << 112) | 0x2600 << 112
            found[f"{ipaddress.IPv6Address(at)}/{length}"] = None
    return list(found)


def fed(argv, path):
    """What a process prints that reads a file: its first number."""
    with open(path, encoding="utf-8") as file:
        return float(subprocess.run(argv, stdin=file, stdout=subprocess.PIPE, text=True,
                                    check=True).stdout.split()[0])


def peak_memory(argv):
    """Bytes that a process took at most; started by a small one, as what starts it counts."""
    starter = "import os, sys\npid = os.fork()\nif not pid:\n os.execvp(sys.argv[1], sys.argv[1:])\n" \
              "print(os.wait4(pid, 0)[2].ru_maxrss)"
    told = subprocess.run([sys.executable, "-c", starter, *argv], stdout=subprocess.PIPE, text=True,
                          check=True)
    return int(told.stdout.split()[-1]) * 1024


def apply_one(table, family, count, runs):
    """All of apply among so many routes, against the naive limit, ip, and a bare dump."""
    gateway, source = {4: ("4.3.2.1", "3.3.3.3"), 6: ("2001:db8:4::1", "2001:db8:3::3")}[family]
    found = mixed_prefixes(family, count)
    with the_host() as host, tempfile.TemporaryDirectory() as folder:
        host.source_seen("2001:db8:5::4")
        bare, routes, batch, nothing = (os.path.join(folder, name) for name in "abcd")
        for path, lines in ((bare, found), (nothing, []),
                            (routes, [f"set via {gateway} src {source}", *found]),
                            (batch, [f"route add {one} via {gateway} src {source} proto 114"
                                     for one in found])):
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
        push = [PUSH, "{}", str(family), gateway, source]
        add, delete, dump = ([part.format(what) for part in push] for what in ("add", "del", "dump"))
        apply, clear = ([ROUTE2, "-q", "apply", path] for path in (routes, nothing))
        flush = [IP, f"-{family}", "route", "flush", "proto", "114"]
        took = {name: [] for name in ("add", "del", "dump", "ip", "flush", "apply", "clear", "same")}
        for turn in range(runs):
            took["add"].append(fed(add, bare))
            took["del"].append(fed(delete, bare))
            took["apply"].append(timed(apply))
            took["dump"].append(fed(dump, nothing))
            took["same"].append(timed(apply))
            took["clear"].append(timed(clear))
            if turn < 3:  # the peers are slow
                took["ip"].append(timed([IP, f"-{family}", "-batch", batch]))
                took["flush"].append(timed(flush))
        memory = peak_memory(apply)
        timed(clear)
        size = os.path.getsize(routes)
    name = f"{count} IPv{family}"
    table.line(f"apply {name} / naive limit", took["add"], took["apply"], 1.25 if family == 4 else 0.9)
    table.line(f"apply {name} / ip -batch", took["ip"], took["apply"], 0.2)
    table.line(f"delete {name} / naive limit", took["del"], took["clear"], 0.6)
    table.line(f"delete {name} / ip route flush", took["flush"], took["clear"], 0.4)
    table.line(f"nothing to change, {name} / raw dump", took["dump"], took["same"], 1.5)
    print(f"memory above the file: {(memory - size) / count:.0f} bytes a route")


def apply_another(table, family, count, runs):
    """All of apply where every route gets another source, against the naive limit and ip."""
    gateway, sources = {4: ("4.3.2.1", ("3.3.3.3", "4.3.2.2")),
                        6: ("2001:db8:4::1", ("2001:db8:3::3", "2001:db8:4::2"))}[family]
    found = mixed_prefixes(family, count)
    with the_host() as host, tempfile.TemporaryDirectory() as folder:
        host.source_seen("2001:db8:5::4")
        bare = os.path.join(folder, "bare")
        paths = {bare: found}
        for source in sources:
            paths[f"{folder}/{source}"] = [f"set via {gateway} src {source}", *found]
            paths[f"{folder}/{source}.ip"] = [f"route replace {one} via {gateway} src {source} proto 114"
                                              for one in found]
        for path, lines in paths.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
        took = {"raw": [], "ip": [], "apply": []}
        timed([ROUTE2, "-q", "apply", f"{folder}/{sources[0]}"])
        for turn in range(runs):
            for source in reversed(sources):  # the first stands
                took["raw"].append(fed([PUSH, "replace", str(family), gateway, source], bare))
            for source in reversed(sources):
                took["apply"].append(timed([ROUTE2, "-q", "apply", f"{folder}/{source}"]))
            for source in reversed(sources) if turn < 3 else ():
                took["ip"].append(timed([IP, f"-{family}", "-batch", f"{folder}/{source}.ip"]))
    name = f"{count} IPv{family}"
    table.line(f"another source, {name} / naive limit", took["raw"], took["apply"], 3.0)
    table.line(f"another source, {name} / ip -batch", took["ip"], took["apply"], 0.9)


def bench_apply(table):
    """A file of routes: at the speed of the kernel."""
    for family, count, runs in ((4, 1000, 15), (4, 10000, 15), (4, 100000, 9), (4, 1000000, 5),
                                (6, 100000, 9), (6, 1000000, 5)):
        apply_one(table, family, count, runs)
    for family in (4, 6):
        apply_another(table, family, 100000, 5)


def bench_lab(table):
    """A network of three hosts stands in under 100 ms."""
    built = []
    for _ in range(10):
        start = time.perf_counter()
        with lab.Network() as net:
            topologies.the_case(net)
            built.append(time.perf_counter() - start)
    table.line("lab of three hosts / 100 ms", [0.1], built, 1.0)


def bench_switch(table):
    """Traffic that is moved to another gateway."""
    switching.bench_switch(table, ROUTE2)


def bench_watch(table):
    """Dead and moved gateways, and what watching costs."""
    watching.bench_watch(table, ROUTE2, SEED)


def bench_forged(table):
    """A forger against the watch."""
    forging.bench_forged(table, ROUTE2)


BENCHES = {"add": bench_add, "show": bench_show, "explain": bench_explain, "apply": bench_apply,
           "lab": bench_lab, "switch": bench_switch,
           "watch": bench_watch, "forged": bench_forged}


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
