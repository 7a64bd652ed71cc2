# SPDX-License-Identifier: MIT
"""What is there already: ours is kept or replaced without a gap, others' is never touched."""

import os
import tempfile
import threading

from case import ROOT, LabTestCase
from lab.topologies import FAMILIES, V4, V6, the_case, two_gateways

import kernel


class Foreign(LabTestCase):
    """What route2 did not add it never alters or deletes."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def test_del(self):
        """a route of another's is not deleted, and the message says whose it is"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.host.ip(f"route add {ip.destination} via {ip.gateway} proto static")
                self.assert_refused(self.host, f"del {ip.destination}", ip.destination,
                                    "protocol static")

    def test_del_of_nothing(self):
        """a route that is not there cannot be deleted"""
        for ip in FAMILIES:
            self.assert_refused(self.host, f"del {ip.destination}", ip.destination)

    def test_del_beside_another(self):
        """with one of ours and one of another's, ours goes"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.host.ip(f"route add {ip.destination} via {ip.gateway} metric 3000")
                with self.assert_state_unchanged(self.host):
                    self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
                    self.assert_source(self.host, ip.server, ip.wanted)
                    self.route2(self.host, f"del {ip.destination}")

    def test_add_and_replace_in_ipv4(self):
        """at equal metric ours goes before it, and del leaves it as it was"""
        self.host.ip("route add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 proto static")
        for verb in ("add", "replace"):
            for method in ("native", "phantom"):
                with self.subTest(verb=verb, method=method), self.assert_state_unchanged(self.host):
                    said = self.route2(self.host, f"{verb} 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 "
                                                  f"method {method}").stderr
                    self.assertIn("protocol static", said)
                    self.assertEqual(len(kernel.routes(self.host, "1.2.3.4/32")), 2)
                    self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
                    self.route2(self.host, "del 1.2.3.4/32")

    def test_add_and_replace_in_ipv6(self):
        """where the two would become one route, it is refused"""
        self.host.ip(f"route add {V6.destination} via {V6.gateway} proto static")
        for verb in ("add", "replace"):
            for method in ("native", "phantom"):
                self.assert_refused(self.host, f"{verb} {V6.destination} via {V6.gateway} "
                                    f"src {V6.wanted} method {method}", V6.destination,
                                    "protocol static")

    def test_add_behind_a_dead_end(self):
        """a foreign route that refuses packets, put before ours: the same line comes to the front, and
        del leaves the foreign one"""
        for kind in ("prohibit", "blackhole", "unreachable", "throw"):
            with self.subTest(kind=kind):
                self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
                self.host.ip(f"route prepend {kind} 1.2.3.4")
                self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
                self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
                self.route2(self.host, "del 1.2.3.4")
                self.assert_nothing_of_ours(self.host)
                self.host.ip(f"route del {kind} 1.2.3.4")

    def test_neighbours(self):
        """a permanent neighbour of another's keeps its address and its MAC"""
        for ip, first in zip(FAMILIES, ("169.254.255.1", "fe80::7232:1")):
            with self.subTest(family=ip.family):
                self.host.ip(f"neigh add {first} lladdr 02:00:00:00:66:66 dev e0 nud permanent")
                with self.assert_state_unchanged(self.host):
                    self.route2(self.host, f"add {ip.destination} via {ip.gateway} "
                                           f"src {ip.wanted} method phantom")
                    self.assertNotEqual(kernel.next_hop(self.host, ip.destination), first)
                    self.route2(self.host, f"del {ip.destination}")

    def test_in_the_book(self):
        """even a line in table 29234, if it is of another protocol"""
        self.host.ip_batch(["route add 9.9.9.9 via 4.3.2.1 table 29234 metric 257 proto static",
                            "route add 2001:db8:9::9 via 2001:db8:4::1 table 29234 metric 257"])
        for ip in FAMILIES:
            with self.subTest(family=ip.family), self.assert_state_unchanged(self.host):
                self.route2(self.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} "
                                       "method phantom")
                self.route2(self.host, f"del {ip.destination}")

    def test_remnants(self):
        """what a killed route2 left behind is swept by the next one"""
        self.settle(self.host)
        before = self.host.state()
        self.host.ip_batch([
            "neigh add 169.254.255.9 lladdr 02:00:00:00:02:01 dev e0 nud permanent protocol 114",
            "neigh add fe80::7232:9 lladdr 02:00:00:00:02:01 dev e0 nud permanent protocol 114",
            "route add 4.3.2.1 via 169.254.255.9 dev e0 onlink table 29234 metric 257 proto 114"])
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.route2(self.host, "del 1.2.3.4")
        self.assert_nothing_of_ours(self.host)
        self.assert_same_state(before, self.host.state())


class Ours(LabTestCase):
    """What is there already of route2's own."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def test_add_twice(self):
        """`add` of what is there already succeeds and says so"""
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                line = f"add {ip.destination} via {ip.gateway} src {ip.wanted} method {method}"
                with self.subTest(family=ip.family, method=method):
                    self.route2(self.host, line)
                    with self.assert_state_unchanged(self.host):
                        again = self.route2(self.host, line)
                    self.assertTrue(again.stdout.startswith("unchanged"), again.stdout)
                    self.route2(self.host, f"del {ip.destination}")

    def test_auto_is_content(self):
        """without a method, what gives the source already will do"""
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method phantom")
        with self.assert_state_unchanged(self.host):
            self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")

    def test_another_source(self):
        """with another source it is refused and points to `replace`"""
        for ip in FAMILIES:
            line = f"{ip.destination} via {ip.gateway}"
            with self.subTest(family=ip.family):
                self.route2(self.host, f"add {line} src {ip.wanted}")
                self.assert_refused(self.host, f"add {line} src {ip.usual}", ip.wanted, "replace")
                self.route2(self.host, f"replace {line} src {ip.usual}")
                self.assert_source(self.host, ip.server, ip.usual)

    def test_another_metric_is_another_line(self):
        """replace moves the line of the same metric and table only"""
        for ip in FAMILIES:
            line = f"{ip.destination} via {ip.gateway}"
            self.route2(self.host, f"add {line} src {ip.usual} metric 3000")
            self.route2(self.host, f"replace {line} src {ip.wanted} metric 7")
            self.assertEqual(len(kernel.routes(self.host, ip.destination)), 2)
            self.assert_source(self.host, ip.server, ip.wanted)
            self.route2(self.host, f"del {ip.destination} metric 7")
            self.route2(self.host, f"del {ip.destination}")

    def test_replace_where_nothing_is(self):
        """adds"""
        for ip in FAMILIES:
            self.route2(self.host, f"replace {ip.destination} via {ip.gateway} src {ip.wanted}")
            self.assert_source(self.host, ip.server, ip.wanted)

    def test_del_of_several(self):
        """a `del` that matches several lists them and does nothing"""
        for ip in FAMILIES:
            line = f"{ip.destination} via {ip.gateway} src {ip.wanted}"
            self.route2(self.host, f"add {line} metric 3000")
            self.route2(self.host, f"add {line} metric 7")
            self.route2(self.host, f"add {line} table 77")
            with self.subTest(family=ip.family):
                shown = self.shown(self.host, f"show {ip.destination}")
                self.assertEqual(len(shown), 3)
                with self.assert_state_unchanged(self.host):
                    refused = self.route2(self.host, f"del {ip.destination}", expect=1)
                self.assertEqual(refused.stdout, "")
                for one in shown:
                    self.assertIn(one, refused.stderr)
                for which in ("metric 7", "table 77", f"src {ip.wanted}"):
                    self.route2(self.host, f"del {ip.destination} {which}")
        self.assert_nothing_of_ours(self.host)

    def test_del_of_both_defaults(self):
        """`del default` matches those of both families"""
        for ip, metric in zip(FAMILIES, (0, 5)):
            self.route2(self.host, f"add default via {ip.gateway} src {ip.wanted} metric {metric}")
        with self.assert_state_unchanged(self.host):
            self.assertIn("2 routes match", self.route2(self.host, "del default", expect=1).stderr)
        self.route2(self.host, "-6 del default")
        self.route2(self.host, "del default")
        self.assert_nothing_of_ours(self.host)


class Watcher(threading.Thread):
    """Asks the kernel over and over which source it would take."""

    def __init__(self, host, servers):
        super().__init__(daemon=True)
        self.host, self.servers = host, servers
        self.seen = {server: set() for server in servers}
        self.rounds = 0
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            for server in self.servers:
                self.seen[server].add(self.host.connect_source(server))
            self.rounds += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()


class WithoutAMoment(LabTestCase):
    """`replace` moves the destination without a moment without a route."""

    def setUp(self):
        super().setUp()
        self.case = two_gateways(self.net)
        self.host = self.case.host
        for ip, third in zip(FAMILIES, ("4.3.2.5/24", "2001:db8:3::5/64")):
            self.host.ip(f"addr add {third} dev e0")

    def hammer(self, change, rounds, allowed):
        """While `change(n)` is called for each round, no lookup gives what is not allowed."""
        with Watcher(self.host, list(allowed)) as watcher:
            for n in range(rounds):
                change(n)
        self.assertGreater(watcher.rounds, rounds)
        self.assertEqual(watcher.seen, allowed)

    def test_back_and_forth(self):
        """fifty times between two sources: never one that the default route gives"""
        sources = {V4.server: ("3.3.3.3", "4.3.2.5"),
                   V6.server: ("2001:db8:3::3", "2001:db8:3::5")}

        def change(n):
            for ip in FAMILIES:
                self.route2(self.host, f"replace {ip.destination} via {ip.gateway} "
                                       f"src {sources[ip.server][n % 2]}")
        change(1)
        self.hammer(change, 25, {server: set(pair) for server, pair in sources.items()})

    def test_from_method_to_method(self):
        """and gateway to gateway: the source stays the wanted one all the time"""
        def change(n):
            for ip in FAMILIES:
                words = (f"via {ip.gateway} method native", f"via {ip.gateway} method phantom",
                         f"via {ip.backups[0]} method native",
                         f"via {ip.gateway} backup {ip.backups[0]}")[n % 4]
                self.route2(self.host, f"replace {ip.destination} {words} src {ip.wanted}")
        change(3)
        self.hammer(change, 8, {ip.server: {ip.wanted} for ip in FAMILIES})

    def test_moved_beside_a_foreign_route(self):
        """also where another's route has the same key"""
        self.host.ip("route add 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2 proto static")

        def change(n):
            gateway = V4.backups[0] if n % 2 else V4.gateway
            self.route2(self.host, f"-q replace 1.2.3.4/32 via {gateway} src 3.3.3.3")
        change(1)
        self.hammer(change, 10, {"1.2.3.4": {"3.3.3.3"}})


class Names(LabTestCase):
    """Install files for iproute2's rt_protos.d and rt_tables.d."""

    topology = the_case

    def setUp(self):
        super().setUp()
        if not os.path.isdir("/etc/iproute2"):
            self.skipTest("no /etc/iproute2 to put files into")
        self.etc = tempfile.mkdtemp(dir="/run")
        for kind in ("rt_protos", "rt_tables"):
            os.mkdir(f"{self.etc}/{kind}.d")
            with open(f"{ROOT}/dist/iproute2/{kind}.conf") as source, \
                    open(f"{self.etc}/{kind}.d/route2.conf", "w") as target:
                target.write(source.read())

    def with_names(self, command):
        """The output of a command for which our files lie in /etc/iproute2."""
        script = f"mount --bind {self.etc} /etc/iproute2 && exec {command}"
        return self.case.host.run(["unshare", "--mount", "sh", "-c", script], check=True).stdout

    def test_protocol(self):
        """so that `ip route show proto route2` works"""
        for ip in FAMILIES:
            self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} src {ip.wanted}")
            family = kernel.family_of(ip.server)
            shown = self.with_names(f"ip {family} route show proto route2").splitlines()
            self.assertEqual([line.split()[0] for line in shown], [ip.server])
            self.assertIn("proto route2", self.with_names(f"ip {family} route show {ip.server}"))

    def test_book(self):
        """and `ip route show table route2` shows the book"""
        self.route2(self.case.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method phantom")
        shown = self.with_names("ip route show table route2")
        self.assertRegex(shown, r"^4\.3\.2\.1 via 169\.254\.255\.1 dev e0 .*metric 257 onlink")
