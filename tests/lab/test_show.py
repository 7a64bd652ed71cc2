# SPDX-License-Identifier: MIT
"""`show`: lines that `add` accepts, and remarks on what has gone bad."""

import fcntl
import json
import os

import lab
from case import ROUTE2, LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, V4, V6

import kernel

_F_SETPIPE_SZ = 1031

LINES = [
    "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 dev e0 method native",
    "1.2.3.5/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3 dev e0 method phantom "
    "phantom 169.254.255.1",
    "1.2.3.5/32 via 4.3.2.11 src 4.3.2.2 dev e0 metric 7 method phantom phantom 3.3.3.2",
    "1.2.3.6/32 via 4.3.2.1 src 4.3.2.2 dev e0 method plain",
    "1.2.3.7/32 via 4.3.2.1 src 3.3.3.3 dev e0 table 77 method native",
    "1.2.3.8/32 via 4.3.2.1 src 3.3.3.3 dev e0 method plain phantom 3.3.3.4",
    "4.3.2.64/28 src 3.3.3.3 dev e0 method native",
    "2001:db8:5::4/128 via 2001:db8:4::1 src 2001:db8:3::3 dev e0 method native",
    "2001:db8:5::5/128 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3 dev e0 "
    "method phantom phantom fe80::7232:1",
    "2001:db8:5::6/128 via 2001:db8:4::1 src 2001:db8:3::3 dev e0 metric 7 table 77 method native",
    "default via 2001:db8:4::1 src 2001:db8:3::3 dev e0 metric 9 method native",
]
# Each in the order that makes it stand: a higher metric after the lower would be overruled.
ORDER = sorted(LINES, key=lambda line: "metric 7" not in line)


def selector(line):
    """The words of a line that `del` takes."""
    words = line.split()
    pairs = list(zip(words[1::2], words[2::2]))
    return " ".join([words[0], *(f"{word} {value}" for word, value in pairs
                                 if word in ("src", "dev", "metric", "table"))])


class Lines(LabTestCase):
    """`show` prints lines that `add` accepts."""

    def setUp(self):
        super().setUp()
        self.case = topologies.two_gateways(self.net)
        self.host = self.case.host

    def add_all(self):
        """Every kind of line."""
        for line in ORDER:
            self.route2(self.host, f"add {line}")

    def test_as_they_were_given(self):
        """with the method, phantom and gateways as they really are in the kernel"""
        self.add_all()
        self.assertEqual(sorted(self.shown(self.host)), sorted(LINES))

    def test_round_trip(self):
        """show > f; del each; add each of f: shown and stands as before"""
        self.settle(self.host)
        before = self.host.state()
        self.add_all()
        shown, stood = self.shown(self.host), self.host.state()
        for line in shown:
            self.route2(self.host, f"del {selector(line)}")
        self.assert_same_state(before, self.host.state(), "del left something")
        for line in sorted(shown, key=ORDER.index):
            self.route2(self.host, f"add {line}")
        self.assertEqual(sorted(self.shown(self.host)), sorted(shown))
        self.assertEqual([line.split(" metric")[0] for line in self.state_lines()],
                         [line.split(" metric")[0] for line in self.lines_of(stood)])

    def lines_of(self, state):
        """All routes and neighbours of a state but the book, whose numbers are free."""
        return sorted(line for part, lines in state.items() for line in lines
                      if f"table={kernel.BOOK}" not in line)

    def state_lines(self):
        """Those of now."""
        return self.lines_of(self.host.state())

    def test_adding_what_is_shown_changes_nothing(self):
        """every line is there already"""
        self.add_all()
        with self.assert_state_unchanged(self.host):
            shown = self.shown(self.host)
            self.assertGreater(len(shown), 5)
            for line in shown:
                again = self.route2(self.host, f"add {line}")
                self.assertEqual(again.stdout.split()[0], "unchanged")

    def test_filters(self):
        """PREFIX, src, dev, table, -4 and -6 select"""
        self.add_all()
        for words, wanted in (
                ("show 1.2.3.5/32", [line for line in LINES if line.startswith("1.2.3.5/")]),
                ("show 1.2.3.4", LINES[:1]),
                ("show default", LINES[-1:]),
                ("show src 4.3.2.2", [line for line in LINES if "src 4.3.2.2" in line]),
                ("show dev e0", LINES),
                ("show table 77", [line for line in LINES if "table 77" in line]),
                ("show table main", [line for line in LINES if "table" not in line]),
                ("show metric 7", [line for line in LINES if "metric 7" in line]),
                ("show method plain", [line for line in LINES if "method plain" in line]),
                ("-4 show", [line for line in LINES if "2001" not in line]),
                ("show -6", [line for line in LINES if "2001" in line]),
                ("show 1.2.3.5/32 src 3.3.3.3", LINES[1:2]),
                ("list 9.9.9.0/24", [])):
            with self.subTest(words=words):
                self.assertEqual(sorted(self.shown(self.host, words)), sorted(wanted))

    def test_foreign_routes_are_not_shown(self):
        """only what route2 added"""
        self.host.ip("route add 9.9.9.0/24 via 4.3.2.1 src 3.3.3.3 proto static")
        self.assertEqual(self.route2(self.host, "show").stdout, "")

    def test_another_namespace(self):
        """sees nothing of it"""
        self.route2(self.host, f"add {LINES[0]}")
        self.assertEqual(self.route2(self.case.gateway, "show").stdout, "")
        self.assertEqual(self.route2_json(self.case.gateway, "show"), [])

    def test_needs_no_privilege(self):
        """anybody may look"""
        self.add_all()
        seen = self.route2(self.host, "show", unprivileged=True).stdout
        self.assertEqual(sorted(seen.splitlines()), sorted(LINES))


class GoneBad(LabTestCase):
    """What has gone bad is marked as a `#` comment that `add` ignores."""

    topology = topologies.the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def remark(self):
        """The one line shown: (the line, what stands behind the #)."""
        line, = self.route2(self.host, "show").stdout.splitlines()
        line, _, remark = line.partition("#")
        return line.strip(), remark

    def test_lost_source(self):
        """a route that lost its source (IPv6 drops it silently) is no line any more"""
        line = f"{V6.destination} via {V6.gateway} src {V6.wanted}"
        for method in ("native", "phantom"):
            with self.subTest(method=method):
                self.route2(self.host, f"add {line} method {method}")
                self.host.ip(f"addr del {V6.wanted}/64 dev e0")
                self.assertIsNotNone(kernel.our_route(self.host, V6.destination))
                shown, remark = self.remark()
                self.assertEqual(shown, "")
                self.assertIn(V6.destination, remark)
                self.assertIn("lost its source", remark)
                self.assertIn("lost its source", self.route2_json(self.host, "show")[0]["problem"])
                self.host.ip(f"addr add {V6.wanted}/64 dev e0")
                self.route2(self.host, f"add {line} method {method}")
                self.assertEqual(self.remark()[1], "")
                self.assert_source(self.host, V6.server, V6.wanted)
                self.route2(self.host, f"del {V6.destination}")

    def test_silent_gateway(self):
        """a gateway that does not answer"""
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.route2(self.host, f"add {ip.destination} via {ip.gateway} "
                                           f"src {ip.wanted} method {method}")
                    self.assertEqual(self.remark()[1], "")
                    self.host.ip(f"neigh replace {ip.gateway} dev e0 nud failed")
                    shown, remark = self.remark()
                    self.assertIn(ip.gateway, remark)
                    self.assertIn("does not answer", remark)
                    self.assertEqual(shown.split()[0], ip.destination)
                    self.host.ip(f"neigh del {ip.gateway} dev e0")
                    self.route2(self.host, f"del {ip.destination}")

    def test_add_ignores_the_remark(self):
        """the line with its remark is read as the line alone"""
        self.route2(self.host, f"add {V4.destination} via {V4.gateway} src {V4.wanted}")
        self.host.ip(f"neigh replace {V4.gateway} lladdr 02:00:00:00:66:66 dev e0 nud stale")
        self.host.ip(f"neigh replace {V4.gateway} dev e0 nud failed")
        line, = self.route2(self.host, "show").stdout.splitlines()
        self.assertIn("#", line)
        self.host.ip(f"neigh del {V4.gateway} dev e0")
        again = self.route2(self.host, ["add", *line.split()])
        self.assertEqual(again.stdout.split()[0], "unchanged")

    def test_phantom_without_neighbour(self):
        """a changed MAC of our own makes the kernel forget all neighbours: said, and repaired"""
        for ip in FAMILIES:
            line = f"{ip.destination} via {ip.gateway} src {ip.wanted} method phantom"
            self.route2(self.host, f"add {line}")
            made_up = kernel.next_hop(self.host, ip.destination)
            self.host.ip(f"link set e0 address 02:00:00:00:0{ip.family}:77")
            with self.subTest(family=ip.family):
                self.assertEqual(kernel.neighbours(self.host), {})
                self.assertIn(f"phantom {made_up} has lost its neighbour", self.remark()[1])
                self.route2(self.host, f"add {line}")
                self.assertEqual(self.remark()[1], "")
                self.assert_source(self.host, ip.server, ip.wanted)
            self.route2(self.host, f"del {ip.destination}")

    def test_another_mac(self):
        """a gateway whose MAC is no longer that of the phantom"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                       "method phantom")
                self.host.ip(f"neigh replace {ip.gateway} lladdr 02:00:00:00:66:66 dev e0 "
                             "nud reachable")
                self.assertIn(f"{ip.gateway} has another MAC", self.remark()[1])
                self.route2(self.host, f"del {ip.destination}")

    def test_plain_that_is_no_longer_true(self):
        """the kernel picks another source now"""
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 4.3.2.2 method plain")
        self.host.ip_batch(["addr add 4.3.2.7/25 dev e0", "addr del 4.3.2.2/24 dev e0",
                            "addr add 4.3.2.2/24 dev e0",
                            "route replace 1.2.3.4 via 4.3.2.1 proto 114"])
        shown, remark = self.remark()
        self.assertIn("src 4.3.2.2", shown)
        self.assertIn("4.3.2.7", remark)

    def test_no_carrier(self):
        """an interface that lost its carrier"""
        self.route2(self.host, f"add {V4.destination} via {V4.gateway} src {V4.wanted}")
        self.case.gateway.down("lan0")
        lab.wait_until(lambda: "linkdown" in self.host.ip(f"route show {V4.destination}"),
                       what="loss of carrier")
        self.assertIn("e0", self.remark()[1])
        self.assertRegex(self.remark()[1], "carrier|down")


class Json(LabTestCase):
    """`-j` prints a JSON array with `ip -j route`'s key names where they exist, plus ours."""

    def setUp(self):
        super().setUp()
        self.case = topologies.two_gateways(self.net)
        self.host = self.case.host

    def test_key_names_of_ip(self):
        """dst, gateway, prefsrc, dev, metric, table, protocol are those of `ip -j route`"""
        for ip in FAMILIES:
            self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                   "table 77 metric 9")
            theirs, = self.host.ip_json(f"{kernel.family_of(ip.server)} route show table 77")
            ours, = self.route2_json(self.host, f"show {ip.destination}")
            with self.subTest(family=ip.family):
                for key in ("dst", "gateway", "prefsrc", "dev", "metric", "flags"):
                    self.assertEqual(ours[key], theirs[key], key)
                self.assertEqual((ours["table"], ours["protocol"]), ("77", "route2"))

    def test_our_own_keys(self):
        """method, phantom, backup and which gateway carries"""
        for ip in FAMILIES:
            self.route2(self.host, f"add {ip.destination} via {ip.gateway} "
                                   f"backup {ip.backups[0]} src {ip.wanted}")
            ours, = self.route2_json(self.host, f"show {ip.destination}")
            with self.subTest(family=ip.family):
                self.assertEqual(ours["method"], "phantom")
                self.assertEqual(ours["gateway"], ip.gateway)
                self.assertEqual(ours["backup"], [ip.backups[0]])
                self.assertEqual(ours["phantom"], kernel.next_hop(self.host, ip.destination))
                self.assertEqual(ours["lladdr"], self.case.gateway.mac("lan0"))

    def test_changes(self):
        """add and del say what they did as one object"""
        added = self.route2_json(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual((added["changed"], added["route"]["prefsrc"], added["sample"],
                          added["before"], added["after"], added["notes"]),
                         (True, "3.3.3.3", "1.2.3.4", "4.3.2.2", "3.3.3.3", []))
        again = self.route2_json(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertFalse(again["changed"])
        self.assertEqual(self.route2_json(self.host, "del 1.2.3.4")["removed"]["dst"], "1.2.3.4")

    def test_empty(self):
        """without routes: an empty array"""
        self.assertEqual(self.route2_json(self.host, "show"), [])


class Many(LabTestCase):
    """100,000 routes stream out without being held in memory."""

    def peak(self, host, count, options):
        """Peak memory in kB of a `show` of count routes, looked at when half are out."""
        read, write = os.pipe()
        fcntl.fcntl(write, _F_SETPIPE_SZ, 4096)  # so that it cannot run ahead of us
        child = host.popen([ROUTE2, *options, "show"], stdout=write)
        os.close(write)
        with open(read) as out:
            for _ in range(count // 2):
                out.readline()
            with open(f"/proc/{child.pid}/status") as status:
                fields = dict(line.split(":", 1) for line in status)
            rest = sum(1 for _ in out)
        self.assertEqual(child.wait(), 0)
        self.assertGreaterEqual(count // 2 + rest, count)
        return int(fields["VmHWM"].split()[0])

    def test_memory_stays_flat(self):
        """as much is needed for 1,000 as for 100,000"""
        host = topologies.the_case(self.net).host
        self.route2(host, "add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom")
        line = "route add 10.{}.{}.{}/32 via 169.254.255.1 dev e0 onlink src 3.3.3.3 proto 114"
        small = {}
        for count in (1000, 100_000):
            first = 0 if count == 1000 else 1000
            host.ip_batch(line.format(n >> 16, n >> 8 & 255, n & 255) for n in range(first, count))
            for options in ((), ("-j",)):
                with self.subTest(count=count, options=options):
                    peak = self.peak(host, count, options)
                    self.assertLess(peak - small.setdefault(options, peak), 2000)

    def test_json_of_many(self):
        """is one valid array"""
        host = topologies.the_case(self.net).host
        host.ip_batch(f"route add 10.0.{n >> 8}.{n & 255} via 4.3.2.1 src 3.3.3.3 proto 114"
                      for n in range(5000))
        routes = json.loads(self.route2(host, "-j show").stdout)
        self.assertEqual(len({route["dst"] for route in routes}), 5000)
        self.assertEqual(len(self.shown(host)), 5000)
