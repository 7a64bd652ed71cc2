# SPDX-License-Identifier: MIT
"""route2.exe selftest: on an adapter that nobody needs, with nothing left behind."""

import json
import os
import random
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import lab
from lab.topologies import spare_interface
from wincase import WineTestCase
from wine import ROUTE2_EXE

SEED = int(os.environ.get("R2_SEED", random.SystemRandom().randrange(1 << 32)))
ACCESS_DENIED = 5
# Of a whole run, far from its end.
FEWEST_CALLS = 400


def findings(report):
    """{name: finding} of a report in JSON."""
    return {point["name"]: point["finding"] for point in report["points"]}


class Selftest(WineTestCase):
    """The usual case, and a spare adapter s0."""

    topology = spare_interface

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.random = random.Random(SEED)

    def tried(self, line="selftest", expect=0):
        """The report in JSON; without line breaks in between, as Wine's pipe has them."""
        return json.loads(self.route2(self.host, f"-j {line}", expect).stdout)

    def fault(self, text):
        """What is to go wrong in the shim (shim/journal.h)."""
        self.wine.write("fault", text + "\n")

    def test_all_holds(self):
        """every point that can be tried holds on the shim, and the host is as before"""
        with self.assert_state_unchanged(self.host):
            report = self.tried()
        found = findings(report)
        self.assertEqual({name for name, finding in found.items() if finding != "holds"},
                         {"down-ipv4", "down-ipv6", "policy-ipv4", "policy-ipv6"}, json.dumps(report, indent=1))
        self.assertGreater(len(found), 20)
        self.assertEqual(self.ledger(), [])
        self.assertIn("this is Wine", report["system"])
        self.assertEqual(report["stage"], "an adapter of this host, driver s0")

    def test_in_the_page(self):
        """each point is in doc/selftest.md"""
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "doc", "selftest.md")) as file:
            page = file.read()
        for name in findings(self.tried()):
            self.assertRegex(page, rf"(?m)^\| [^|]*\b{re.sub('-ipv[46]$', '', name)}\b")

    def test_what_is_recorded(self):
        """ties, states and protocols are told, for there is no document to compare with"""
        seen = {point["name"]: point.get("seen", "") for point in self.tried()["points"]}
        for name, words in (("tie-far", "so it is the (lower|higher|first added|last added) one"),
                            ("tie-pair", "so it is the (lower|higher|first added|last added) one"),
                            ("state-ipv4", "created with State 5: State 6; created again: error 5010"),
                            ("owner-ipv4", "Protocol 3, Origin"),
                            ("off-subnet-ipv4", "unicast and")):
            self.assertRegex(seen[name], words, name)

    def test_text(self):
        """for people, with no address but those of the test"""
        text = self.route2(self.host, "selftest dev s0").stdout
        self.assertRegex(text, r"\n\d+ hold, 0 do not, 4 not tried\n\Z")
        for address in re.findall(r"(?<![\w.:-])(?:\d+\.){3}\d+(?![\w.])", text):
            if not address.startswith("10.0."):  # the version of Windows
                self.assertRegex(address, r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.")

    def test_default_route(self):
        """an adapter with one is refused, also where it is named"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "selftest dev e0", expect=1)
        self.assertIn("a default route leaves by e0", said.stderr)
        self.assertEqual(said.stdout, "")

    def test_no_spare_adapter(self):
        """without one it says how to make one"""
        self.host.ip("addr add 10.9.9.9/24 dev s0")
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "selftest", expect=1)
        self.assertRegex(said.stderr, "no loopback or spare adapter.*hdwwiz.*KM-TEST Loopback")

    def test_addresses_in_use(self):
        """a host that has the documentation's addresses itself is refused"""
        self.host.ip("addr add 192.0.2.12/24 dev e0")
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "selftest", expect=1)
        self.assertIn("192.0.2.12/24 is there already", said.stderr)

    def test_not_elevated(self):
        """exit status 4, before any point is tried"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "selftest", expect=4, unprivileged=True)
        self.assertIn("elevated", said.stderr)
        self.assertEqual(said.stdout, "")

    def test_policy(self):
        """a connection policy is not obeyed until the system's switch is on, which is left to others"""
        point, = (point for point in self.tried("-4 selftest")["points"]
                  if point["name"] == "policy-ipv4")
        self.assertEqual(point["finding"], "not tried")
        self.assertIn("set gl routepolicies=enabled", point["reason"])
        self.wine.write("routepolicies", "4 6")
        report = self.tried()
        self.assertEqual({findings(report)[f"policy-ipv{family}"] for family in "46"}, {"holds"},
                         json.dumps(report, indent=1))

    def test_disruptive(self):
        """an adapter that cannot be switched off is a point that is not tried, with the reason"""
        with self.assert_state_unchanged(self.host):
            points = {point["name"]: point for point in
                      self.tried("selftest dev s0 --disruptive")["points"]}
        self.assertEqual(points["down-ipv4"]["finding"], "not tried")
        self.assertIn("SetIfEntry", points["down-ipv4"]["reason"])

    def test_interrupted(self):
        """Ctrl-C: it ends after the point that it is at, with everything cleared"""
        with self.assert_state_unchanged(self.host):
            child = self.wine.popen([ROUTE2_EXE, "selftest", "dev", "s0"])
            lab.wait_until(lambda: "198.51.100.1" in self.host.ip("route show"),
                           what="a test route")
            os.kill(self.pid_of_windows("route2.exe"), signal.SIGINT)
            out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 1)
        self.assertIn("interrupted before all was tried", out)
        self.assertIn("route2: interrupted before all was tried", err)
        self.assertEqual(self.ledger(), [])

    def pid_of_windows(self, name):
        """The process of Linux that is this program on the host's Wine."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/environ", "rb") as env:
                    if comm.read().strip() == name and self.wine.prefix.encode() in env.read():
                        return int(pid)
            except OSError:
                pass
        self.fail(f"no process {name}")

    def test_a_call_that_fails(self):
        """is a point that does not hold, or an error; and nothing is left"""
        self.tried()
        calls = len(self.calls())
        self.assertGreater(calls, FEWEST_CALLS)
        some = [f"* {n}" for n in self.random.sample(range(1, FEWEST_CALLS), 8)]
        bad = 0
        with self.assert_state_unchanged(self.host):
            for call in some + ["CreateIpForwardEntry2 1"]:  # without that one no point can hold
                self.fault(f"{call} return {ACCESS_DENIED}")
                with self.subTest(call=call, seed=SEED):
                    result = self.route2(self.host, "-j selftest", expect=None)
                    self.assertIn(result.returncode, (0, 1, 4))
                    if result.stdout:
                        report = json.loads(result.stdout)
                        bad += report["does_not_hold"]
                        self.assertLessEqual(report["does_not_hold"], 1)
                self.fault("")
                self.route2(self.host, "-q selftest")
                self.assertEqual(self.ledger(), [])
        self.assertGreater(bad, 0, f"seed {SEED}")

    def test_killed(self):
        """what a killed run left is cleared by the next; its addresses would go by themselves"""
        left = 0
        with self.assert_state_unchanged(self.host):
            empty = self.host.state()
            for n in self.random.sample(range(20, FEWEST_CALLS), 8):
                with self.subTest(n=n, seed=SEED):
                    self.fault(f"* {n} kill-after")
                    self.assertNotEqual(
                        self.route2(self.host, "selftest", expect=None).returncode, 0)
                    left += bool(lab.difference(empty, self.host.state()))
                    for address in self.host.ip_json("addr show dev s0")[0]["addr_info"]:
                        if address.get("local", "").startswith(("192.0.2.", "2001:db8:")):
                            self.assertLessEqual(address["valid_life_time"], 600)
            self.fault("")
            self.tried()
            self.assertEqual(self.ledger(), [])
        self.assertGreater(left, 0, f"seed {SEED}: killed where nothing was left: nothing was proven")
