# SPDX-License-Identifier: MIT
"""`--on FILE`: what a host that is not here would have to do, as commands for its administrator."""

import ipaddress
import json
import os
import pathlib
import tempfile

from case import LabTestCase
from lab.topologies import two_gateways

LINES = [line.strip() for line in """
    add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3
    add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom
    add 1.2.3.5/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3
    add default via 4.3.2.1 src 3.3.3.3
    add 1.2.3.0/24 src 4.3.2.2 method plain
    replace 9.9.9.0/24 via 4.3.2.1 src 4.3.2.2
    del 9.9.9.0/24
    add 2001:db8:5::5 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
""".strip().splitlines()]


class OnLinux(LabTestCase):
    """A snapshot of Linux: the same commands of ip as --dry-run says there."""

    def setUp(self):
        super().setUp()
        self.case = two_gateways(self.net)
        self.host = self.case.host
        self.route2(self.host, "add 9.9.9.0/24 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3")
        for gateway in ("4.3.2.1", "4.3.2.11", "2001:db8:4::1", "2001:db8:4::11"):
            self.host.run(["ping", "-c1", "-W2", gateway], check=True)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.file = pathlib.Path(folder.name) / "host.json"
        self.file.write_text(self.route2(self.host, "snapshot").stdout, encoding="utf-8")

    def test_as_a_dry_run(self):
        """add, replace, del and apply, on a host that cannot see the other's links"""
        for line in LINES:
            with self.subTest(line=line):
                here = self.route2(self.host, f"--dry-run {line}").stdout
                self.assertTrue(here)
                with self.assert_state_unchanged(self.case.server):
                    there = self.route2(self.case.server, f"{line} --on {self.file}",
                                        unprivileged=True).stdout
                self.assertEqual(there, here)
        lines = "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3\n7.7.0.0/16 src 4.3.2.2\n"
        here = self.route2(self.host, "--dry-run apply -", input=lines).stdout
        there = self.route2(self.case.server, f"apply - --on {self.file}", input=lines).stdout
        self.assertEqual((there, "9.9.9.0/24" in there), (here, True))

    def test_says_that_nobody_was_asked(self):
        """a note, for the phantom may be taken there"""
        said = self.route2(self.case.server, f"{LINES[1]} --on {self.file}").stderr
        self.assertIn("nobody on the link was asked", said)

    def test_refused(self):
        """a bad file, a word too few, two files on one input, a verb that changes nothing"""
        for line, words, status in (
                (f"{LINES[0]} --on /nowhere.json", ["/nowhere.json"], 1),
                (f"{LINES[0]} --on", ["FILE"], 2),
                ("apply - --on -", ["standard input"], 2),
                (f"show --on {self.file}", ["--on"], 2),
                (f"-n blue {LINES[0]} --on {self.file}", ["blue"], 2),
                (f"add 1.2.3.4/32 via 4.3.2.77 src 3.3.3.3 method phantom --on {self.file}",
                 ["4.3.2.77", "MAC", "neigh"], 1),
                (f"add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.9 --on {self.file}", ["3.3.3.9"], 1)):
            with self.subTest(line=line):
                self.assert_refused(self.case.server, line, *words, status=status)


def windows(*addresses, gateway, neighbours=(), name="Ethernet"):
    """A snapshot of a Windows host with one interface."""
    link = {"ifindex": 12, "ifname": name, "flags": ["UP", "LOWER_UP"], "metric4": 25}
    return json.dumps({
        "route2_snapshot": 1, "system": "windows", "links": [link],
        "addresses": [{"dev": name, "family": "inet", "local": ip.split("/")[0],
                       "prefixlen": int(ip.split("/")[1]), "scope": "global"}
                      for ip in addresses],
        "neighbours": [{"dst": ip, "dev": name, "lladdr": mac, "state": ["STALE"]}
                       for ip, mac in ((gateway, "02:00:00:00:00:01"), *neighbours)],
        "rules": [], "nexthops": [], "labels": [],
        "routes": [{"family": "inet", "dst": "default", "gateway": gateway, "dev": name,
                    "protocol": "static"}] + [
                       {"family": "inet", "dst": str(ipaddress.ip_network(ip, strict=False)),
                        "dev": name, "protocol": "kernel", "metric": 256} for ip in addresses]})


V1 = {"addresses": ("192.168.1.14/24", "192.168.1.68/24"), "gateway": "192.168.1.127"}


class OnWindows(LabTestCase):
    """A snapshot of Windows: lines of netsh, the phantom chosen by the theorem."""

    def setUp(self):
        super().setUp()
        self.host = two_gateways(self.net).host

    def plan(self, line, *addresses, expect=0, **rest):
        """The commands for one line, on a host with these addresses."""
        return self.route2(self.host, f"{line} --on -", expect, input=windows(*addresses, **rest))

    def test_plain(self):
        """where the gateway itself yields the source: one route, no neighbour"""
        said = self.plan("add 1.2.3.0/24 src 192.168.1.68", *V1["addresses"],
                         gateway=V1["gateway"]).stdout
        self.assertEqual(said, 'netsh interface ipv4 add route 1.2.3.0/24 "Ethernet" '
                               '192.168.1.127 metric=0 store=active\n')

    def test_phantom(self):
        """where it does not: first the neighbour, then the route (vectors P2, P5, P7, P8, P15)"""
        for addresses, source, gateway, taken, phantom in (
                (("192.168.1.14/24", "192.168.1.68/24"), "192.168.1.14", "192.168.1.127", None,
                 "192.168.1.15"),
                (("10.0.0.12/24", "10.0.0.16/24"), "10.0.0.16", "10.0.0.1", None, "10.0.0.17"),
                (("10.0.0.10/24", "10.0.0.11/24", "10.0.0.20/24"), "10.0.0.20", "10.0.0.1",
                 "10.0.0.21", "10.0.0.22"),
                (("10.0.0.9/24", "10.0.0.10/24"), "10.0.0.10", "10.0.0.1", None, "10.0.0.11"),
                (("4.3.2.2/24", "3.3.3.3/24"), "3.3.3.3", "4.3.2.1", None, "3.3.3.2")):
            with self.subTest(source=source):
                others = ((taken, "02:00:00:00:00:77"),) if taken else ()
                said = self.plan(f"add 1.2.3.4 via {gateway} src {source}", *addresses,
                                 gateway=gateway, neighbours=others).stdout
                self.assertEqual(said.splitlines(), [
                    f'netsh interface ipv4 add neighbors "Ethernet" {phantom} 02-00-00-00-00-01 '
                    "store=active",
                    f'netsh interface ipv4 add route 1.2.3.4/32 "Ethernet" {phantom} metric=0 '
                    "store=active"])

    def test_none(self):
        """where no phantom exists the line is refused, with the address in the way and a way out
        (vectors P10, P11)"""
        for addresses, source, gateway, blocker in (
                (("10.0.0.10/24", "10.0.0.11/24"), "10.0.0.11", "10.0.0.1", "10.0.0.10"),
                (("10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"), "10.0.0.1", "10.0.0.254",
                 "10.0.0.0")):
            with self.subTest(source=source):
                said = self.plan(f"add 1.2.3.4 src {source}", *addresses, gateway=gateway, expect=1)
                self.assertEqual(said.stdout, "")
                self.assertIn(blocker, said.stderr)
                self.assertIn("connection policy", said.stderr)
                self.assertIn("cannot be tried from here", said.stderr)

    def test_skipassource(self):
        """where it is asked for: the address in the way is skipped, before the route"""
        said = self.plan("add 1.2.3.4 src 10.0.0.11 method skipassource", "10.0.0.10/24",
                         "10.0.0.11/24", gateway="10.0.0.1")
        self.assertEqual(said.stdout.splitlines(), [
            "powershell -Command Set-NetIPAddress -InterfaceIndex 12 -IPAddress 10.0.0.10 "
            "-SkipAsSource 1 -PolicyStore ActiveStore",
            'netsh interface ipv4 add route 1.2.3.4/32 "Ethernet" 10.0.0.1 metric=0 store=active'])
        self.assertIn("10.0.0.10 gets SkipAsSource, for all destinations", said.stderr)
        said = self.plan("add 1.2.3.4 src 10.0.0.11", "10.0.0.10/24", "10.0.0.11/24",
                         gateway="10.0.0.1", expect=1).stderr
        self.assertIn("10.0.0.10 is in the way", said)
        said = self.route2(self.host, "explain 1.2.3.4 src 10.0.0.11 rules windows on -", None,
                           input=windows("10.0.0.10/24", "10.0.0.11/24",
                                         gateway="10.0.0.1")).stdout
        self.assertIn("method skipassource", said)

    def test_backup(self):
        """a gateway with a backup gets a phantom, also where it would yield the source itself"""
        said = self.plan("add 1.2.3.0/24 via 192.168.1.127 backup 192.168.1.126 src 192.168.1.68",
                         *V1["addresses"], gateway=V1["gateway"]).stdout
        self.assertIn(" add neighbors ", said)
        self.assertIn(" 192.168.1.69 metric=0 ", said)

    def test_native_is_refused(self):
        """a file does not say that connection policies work there"""
        said = self.plan("add 1.2.3.0/24 src 192.168.1.14 method native", *V1["addresses"],
                         gateway=V1["gateway"], expect=1)
        self.assertIn("connection policies", said.stderr)

    def test_native_where_a_file_says_so(self):
        """what no tool can do is said in a comment"""
        host = json.loads(windows("10.0.0.10/24", "10.0.0.11/24", gateway="10.0.0.1"))
        host["settings"] = ["ipv4/connection_policies"]
        said = self.route2(self.host, "add 1.2.3.0/24 src 10.0.0.11 --on -",
                           input=json.dumps(host)).stdout
        self.assertEqual(said.splitlines(), [
            "# add the connection policy: to 1.2.3.0/24 from 10.0.0.11 (no tool does that)",
            'netsh interface ipv4 add route 1.2.3.0/24 "Ethernet" 10.0.0.1 metric=0 store=active'])

    def test_names(self):
        """an interface whose name a shell would expand goes by its index"""
        for name, said in (("Local Area Connection 2", '"Local Area Connection 2"'),
                           ("vEthernet (WSL (Hyper-V firewall))",
                            '"vEthernet (WSL (Hyper-V firewall))"'),
                           ("Büro", '"Büro"'), ("a$(calc)", "12"), ("50%PATH%", "12"),
                           ('x" & calc "', "12")):
            with self.subTest(name=name):
                plan = self.plan("add 1.2.3.0/24 src 192.168.1.68", *V1["addresses"],
                                 gateway=V1["gateway"], name=name).stdout
                self.assertIn(f" 1.2.3.0/24 {said} 192.168.1.127 ", plan)
