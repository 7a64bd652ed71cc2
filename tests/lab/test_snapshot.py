# SPDX-License-Identifier: MIT
"""`snapshot` and `explain ... on FILE`: a host on paper is explained as the host itself is."""

import json
import os
import tempfile

from case import LabTestCase
from judge import PRELUDE, World
from lab.topologies import the_case

OUTPUTS = {"addr.json": "-d addr", "route.json": "route show table all", "rule.json": "rule",
           "rule6.json": "-6 rule", "neigh.json": "neigh", "nexthop.json": "nexthop",
           "label.json": "addrlabel"}
WORLDS = 10


def write(path, text, encoding="utf-8"):
    with open(path, "w", encoding=encoding) as file:
        file.write(text)


class WithFolder(LabTestCase):
    """A test with a folder of its own."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name


class OnPaper(WithFolder):
    """What a host says of itself, and what is said of it elsewhere."""

    def outputs(self, host):
        """A folder of what `ip -j` says."""
        folder = os.path.join(self.folder, "outputs")
        os.makedirs(folder, exist_ok=True)
        for name, words in OUTPUTS.items():
            write(os.path.join(folder, name), host.run(["ip", "-j", *words.split()]).stdout)
        return folder

    def world(self, seed, family):
        """A random network of the judge's, without what `ip` does not tell (sysctl)."""
        world = World(seed, family)
        host = self.net.host(f"w{seed}-{family}")
        host.run(["sysctl", "-q", "-w", *PRELUDE])
        links = [line for line in world.lines if line.startswith("link") and "down" not in line]
        rest = [line for line in world.lines if line not in links]
        for lines in (links, rest):
            host.run(["ip", f"-{family}", "-force", "-batch", "-"], input="\n".join(lines) + "\n")
        return host, "\n".join(world.destinations(200)) + "\n"

    def test_random_worlds(self):
        """live, from the snapshot, and from the output of ip: the same answers"""
        for seed in range(9000, 9000 + WORLDS):
            for family in (4, 6):
                with self.subTest(seed=seed, family=family):
                    self.compare(*self.world(seed, family))

    def compare(self, host, destinations):
        snapshot = os.path.join(self.folder, "snapshot.json")
        write(snapshot, self.route2(host, "snapshot").stdout)
        live = self.route2(host, "explain -", None, input=destinations).stdout
        live = [line for line in live.splitlines() if not line.startswith("difference: ")]
        for paper in (snapshot, self.outputs(host)):
            said = self.route2(host, f"explain - on {paper}", None, input=destinations)
            self.assertEqual(said.stdout.splitlines(), live, paper)
            self.assertEqual(said.stderr, "")
        again = self.route2(host, f"snapshot on {snapshot}").stdout
        self.assertEqual(json.loads(again), json.load(open(snapshot, encoding="utf-8")))


class Verb(WithFolder):
    """The words, and what they refuse."""

    topology = the_case

    def test_a_change_is_tried_on_paper(self):
        """src on FILE ends with the same command as on the host, and asks no kernel"""
        host = self.case.host
        line = "explain 1.2.3.4 src 3.3.3.3 via 4.3.2.1"
        paper = os.path.join(self.folder, "case.json")
        write(paper, self.route2(host, "snapshot").stdout)
        live, said = (self.route2_json(host, line + words) for words in ("", f" on {paper}"))
        self.assertEqual(said["command"], live["command"])
        self.assertEqual(said["verdict"], live["verdict"])
        self.assertIn("kernel", live)
        self.assertNotIn("kernel", said)
        piped = self.route2(host, "explain 1.2.3.4 on -", input=self.route2(host, "snapshot").stdout)
        self.assertIn("model    from 4.3.2.2 via 4.3.2.1 dev e0 table main", piped.stdout)

    def test_one_object_a_line(self):
        """valid JSON, of a version, that grep and diff can work with"""
        text = self.route2(self.case.host, "snapshot", unprivileged=True).stdout
        whole = json.loads(text)
        self.assertEqual((whole["route2_snapshot"], whole["system"]), (1, "linux"))
        for line in text.splitlines():
            if line.startswith("{\""):
                json.loads(line.rstrip(","))
        self.assertEqual(sum(line.startswith("{\"") for line in text.splitlines()),
                         sum(len(part) for part in whole.values() if isinstance(part, list)))

    def test_main_alone(self):
        """`ip -j addr` and `ip -j route` are enough: the rest is taken to be usual, and that is said"""
        host, folder = self.case.host, self.folder
        write(os.path.join(folder, "a.json"), host.run(["ip", "-j", "addr"]).stdout)
        write(os.path.join(folder, "r.json"), host.run(["ip", "-j", "route"]).stdout)
        write(os.path.join(folder, "readme.txt"), "not read")
        os.mkfifo(os.path.join(folder, "pipe.json"))
        os.mkdir(os.path.join(folder, "folder.json"))
        said = self.route2(host, f"explain 1.2.3.4 on {folder}")
        self.assertIn("model    from 4.3.2.2 via 4.3.2.1 dev e0 table main", said.stdout)
        self.assertIn("note: no policy rules of IPv4 given", said.stderr)
        said = self.route2(host, f"explain 3.3.3.3 on {folder}").stdout
        self.assertIn("model    from 3.3.3.3 dev lo table local", said)

    def test_windows(self):
        """PowerShell's output, in its encodings: the rules are those of Windows"""
        def powershell(name, values, encoding):
            write(os.path.join(self.folder, name), json.dumps(values), encoding)
        alias = {"InterfaceIndex": 12, "InterfaceAlias": "Ethernet"}
        powershell("a.json", [alias | {"IPAddress": ip, "PrefixLength": 24, "AddressState": 4,
                                       "SkipAsSource": False}
                              for ip in ("192.168.1.14", "192.168.1.68")], "utf-16")
        powershell("r.json", [alias | {"DestinationPrefix": "0.0.0.0/0", "NextHop": "192.168.1.127",
                                       "RouteMetric": 0}], "utf-8-sig")
        powershell("i.json", alias | {"InterfaceMetric": 25, "AddressFamily": 2,
                                      "WeakHostSend": 0, "ConnectionState": 1}, "utf-8")
        host = self.case.host
        said = self.route2_json(host, f"explain 8.8.8.8 src 192.168.1.14 on {self.folder}")
        self.assertEqual(said["verdict"]["prefsrc"], "192.168.1.68")
        self.assertEqual((said["method"], said["phantom"]), ("phantom", "192.168.1.15"))
        text = self.route2(host, f"snapshot on {self.folder}").stdout
        self.assertEqual(json.loads(text)["system"], "windows")
        said = self.route2(host, "explain 8.8.8.8 on - rules linux", input=text).stdout
        self.assertIn("by the rules of linux", said)

    def test_refused(self):
        """what is wrong is named, with its place"""
        host = self.case.host
        write(os.path.join(self.folder, "a.json"), "[{\"ifname\":\n")
        for line, *words in (
                (f"explain 1.2.3.4 on {self.folder}", "/a.json:2:1: ", "ends in the middle"),
                (f"explain 1.2.3.4 on {self.folder}/none", "No such file"),
                ("explain 1.2.3.4 on /dev/null", "/dev/null is empty")):
            self.assert_refused(host, line, *words)
        for line, *words in (
                ("explain 1.2.3.4 on", "`on` needs a file or folder"),
                ("explain - on -", "cannot both come from standard input"),
                ("snapshot to", "snapshot takes no \"to\"")):
            self.assert_refused(host, line, *words, status=2)
        os.remove(os.path.join(self.folder, "a.json"))
        self.assert_refused(host, f"explain 1.2.3.4 on {self.folder}", "no file that ends in .json")
