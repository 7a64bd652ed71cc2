# SPDX-License-Identifier: MIT
"""route2 selftest: all holds, nothing is left, and what does not hold is said."""

import json
import os
import random
import re
import signal

import lab
from case import ROUTE2, LabTestCase, _SANITIZERS
from lab import command
from lab.topologies import spare_interface
from torture import INJECTED, environment


SEED = int(os.environ.get("R2_SEED", random.SystemRandom().randrange(1 << 32)))
TEST_ADDRESS = re.compile(r"^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:|169\.254\.0\.254$"
                          r"|fe80::7232:fffe$)")


def findings(report):
    """{name: finding} of a report in JSON."""
    return {point["name"]: point["finding"] for point in report["points"]}


class SelftestCase(LabTestCase):
    """The usual case, and an interface of the host that nobody needs."""

    @staticmethod
    def topology(net):
        """e0 has an address of IPv6 as well."""
        case = spare_interface(net)
        case.host.ip("-6 addr add fd00::2/64 dev e0")
        return case

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.random = random.Random(SEED)

    def report(self, line="selftest", expect=0, **options):
        """The report in JSON."""
        return json.loads(self.route2(self.host, f"-j {line}", expect, **options).stdout)

    def background(self, line, env=None):
        """route2 in the background: a Popen."""
        return self.host.popen([ROUTE2, *command.words(line)], env=_SANITIZERS | (env or {}))


class OwnPair(SelftestCase):
    """Without dev: in namespaces of its own."""

    def test_all_holds(self):
        """every point holds on this kernel, and nothing of the host is touched"""
        with self.assert_state_unchanged(self.host):
            report = self.report()
        self.assertEqual(set(findings(report).values()), {"holds"}, json.dumps(report, indent=1))
        self.assertGreater(len(report["points"]), 30)
        self.assertEqual((report["schema"], report["holds"], report["does_not_hold"]),
                         (1, len(report["points"]), 0))

    def test_names(self):
        """no two points have the same name, and each is in doc/selftest.md"""
        names = [point["name"] for point in self.report()["points"]]
        self.assertEqual(len(names), len(set(names)))
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "doc", "selftest.md")) as file:
            page = file.read()
        for name in names:
            self.assertRegex(page, rf"(?m)^\| [^|]*\b{re.sub('-ipv[46]$', '', name)}\b")

    def test_text(self):
        """for people: the same points, 96 columns, and the sums at the end"""
        text = self.route2(self.host, "selftest").stdout
        names = re.findall(r"(?m)^([a-z0-9-]+): holds$", text)
        self.assertEqual(names, list(findings(self.report())))
        self.assertTrue(text.endswith(f"\n{len(names)} hold, 0 do not, 0 not tried\n"), text[-80:])
        self.assertLessEqual(max(map(len, text.splitlines())), 96)

    def test_privacy(self):
        """no address and no MAC but those of the test, and no name of an interface"""
        for line in ("selftest", "-j selftest", "selftest dev s0"):
            text = self.route2(self.host, line).stdout
            for address in re.findall(r"(?<![\w.:])(?:\d+\.){3}\d+(?![\w.])", text):
                self.assertRegex(address, TEST_ADDRESS, line)
            for address in re.findall(r"(?i)\b(?:[0-9a-f]{1,4}:+){2,}[0-9a-f:]*", text):
                self.assertRegex(address, r"^(2001:db8:|fe80::7232:fffe|02:72:32:|\d\d:\d\d:)", line)
            self.assertNotRegex(text, r"\b(e0|s0|r2near|r2far)\b", line)

    def test_one_family(self):
        """-4 and -6 try what is of that family"""
        for family in "46":
            names = findings(self.report(f"-{family} selftest"))
            self.assertIn(f"native-ipv{family}", names)
            self.assertNotIn(f"native-ipv{10 - int(family)}", names)

    def test_unprivileged(self):
        """without capabilities it makes a user namespace besides, or says what is missing"""
        with self.assert_state_unchanged(self.host):
            result = self.route2(self.host, "-j selftest", expect=None, unprivileged=True)
        if result.returncode == 4:
            self.assertIn("namespace", result.stderr)
        else:
            self.assertEqual(set(findings(json.loads(result.stdout)).values()), {"holds"})

    def test_killed(self):
        """at any message: nothing of it stays"""
        with self.assert_state_unchanged(self.host):
            for n in self.random.sample(range(1, 400), 6):
                with self.subTest(n=n, seed=SEED):
                    result = self.route2(self.host, "selftest", expect=None,
                                         env=environment("send", n, "kill-before"))
                    self.assertEqual(result.returncode, -signal.SIGKILL)

    def test_a_point_that_does_not_hold(self):
        """what the kernel refuses is said at its point, with exit status 1; the others go on"""
        seen = 0
        for n in self.random.sample(range(30, 400), 12):
            result = self.route2(self.host, "-j selftest", expect=None,
                                 env=environment("tell", n, "fail"))
            with self.subTest(n=n, seed=SEED):
                self.assertIn(INJECTED, result.stderr)
                report = json.loads(result.stdout)
                bad = [point for point in report["points"] if point["finding"] == "does not hold"]
                self.assertEqual(result.returncode, int(bool(bad or "cut_short" in report)))
                self.assertLessEqual(len(bad), 1)
                seen += len(bad)
                for point in bad:
                    self.assertRegex(point["seen"], r"(RTM_\w+|sendto), errno 105|gone|no packet",
                                     point["name"])
        self.assertGreater(seen, 0, f"seed {SEED}")

    def test_quiet(self):
        """-q: only what does not hold"""
        self.assertEqual(self.route2(self.host, "-q selftest").stdout, "")


class OnInterface(SelftestCase):
    """With dev: on an interface of the host."""

    def test_all_holds(self):
        """or is not tried, with the reason; the host is as before"""
        with self.assert_state_unchanged(self.host):
            report = self.report("selftest dev s0")
        found = findings(report)
        self.assertEqual(set(found.values()), {"holds", "not tried"}, json.dumps(report, indent=1))
        self.assertEqual({name for name, finding in found.items() if finding == "not tried"},
                         {f"{name}-ipv{family}" for name in ("deaf", "carrier", "down", "ask")
                          for family in "46"})
        for point in report["points"]:
            if point["finding"] == "not tried":
                self.assertRegex(point["reason"], "without dev|--disruptive|no gateway")

    def test_disruptive(self):
        """--disruptive tries what switches the interface off"""
        found = findings(self.report("selftest dev s0 --disruptive"))
        self.assertEqual((found["down-ipv4"], found["down-ipv6"]), ("holds", "holds"))

    def test_default_route(self):
        """an interface with one is refused, in whatever table it stands"""
        self.assert_refused(self.host, "selftest dev e0", "default route leaves by e0")
        self.host.ip("route add default via 10.9.9.1 dev s0 onlink table 77")
        self.assert_refused(self.host, "selftest dev s0", "default route leaves by s0")

    def test_addresses_in_use(self):
        """a host that has the documentation's addresses itself is refused"""
        self.host.ip("addr add 192.0.2.12/24 dev e0")
        self.assert_refused(self.host, "selftest dev s0", "192.0.2.12/24", "is there already")
        self.host.ip("addr del 192.0.2.12/24 dev e0")
        self.host.ip("route add 198.51.100.0/24 via 4.3.2.1")
        self.assert_refused(self.host, "selftest dev s0", "198.51.100.0/24", "is there already")

    def test_other_interfaces(self):
        """loopback, down, or not there"""
        self.assert_refused(self.host, "selftest dev lo", "no neighbours")
        self.assert_refused(self.host, "selftest dev nosuch", "no interface nosuch")
        self.host.down("s0")
        self.assert_refused(self.host, "selftest dev s0", "s0 is down")

    def test_not_permitted(self):
        """without the right to change routes: exit status 4"""
        self.assert_refused(self.host, "selftest dev s0", "not permitted", status=4,
                            unprivileged=True)

    def test_killed(self):
        """what a killed run left is cleared by the next; its addresses would go by themselves"""
        left = 0
        with self.assert_state_unchanged(self.host):
            empty = self.host.state()
            for n in self.random.sample(range(10, 400), 8):
                with self.subTest(n=n, seed=SEED):
                    result = self.route2(self.host, "selftest dev s0", expect=None,
                                         env=environment("send", n, "kill-after"))
                    self.assertEqual(result.returncode, -signal.SIGKILL)
                    left += bool(lab.difference(empty, self.host.state()))
                    for address in self.host.ip_json("addr show dev s0")[0]["addr_info"]:
                        if TEST_ADDRESS.match(address["local"]):
                            self.assertLessEqual(address["valid_life_time"], 600)
            self.report("selftest dev s0")
        self.assertGreater(left, 0, f"seed {SEED}: killed where nothing was left: nothing was proven")

    def test_interrupted(self):
        """Ctrl-C: it clears up, says so, and ends by the signal"""
        with self.assert_state_unchanged(self.host):
            child = self.background("selftest dev s0", environment("send", 150, "stop-before"))
            how = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            self.assertEqual(how.si_code, os.CLD_STOPPED)
            child.send_signal(signal.SIGINT)
            child.send_signal(signal.SIGCONT)
            out, _ = child.communicate(timeout=60)
        self.assertEqual(child.returncode, -signal.SIGINT)
        self.assertIn("interrupted before all was tried", out)

    def test_another_writer(self):
        """is waited for as long as --wait says, and named"""
        child = self.background("selftest dev s0", environment("send", 150, "stop-before"))
        how = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self.assertEqual(how.si_code, os.CLD_STOPPED)
        result = self.route2(self.host, "selftest dev s0 --wait 1200ms", expect=1)
        self.assertIn(f"waiting for route2 (pid {child.pid})", result.stderr)
        self.assertIn("is changing routes here", result.stderr)
        child.send_signal(signal.SIGCONT)
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 0)

    def test_failures(self):
        """any message that fails is a point that does not hold or an error, and nothing is left"""
        with self.assert_state_unchanged(self.host):
            for n in self.random.sample(range(1, 400), 12):
                result = self.route2(self.host, "selftest dev s0", expect=None,
                                     env=environment("tell", n, "fail"))
                with self.subTest(n=n, seed=SEED):
                    self.assertIn(result.returncode, (0, 1), result.stderr)

    def test_another_namespace(self):
        """-n names where the interface is"""
        with self.host.named("blue"), self.assert_state_unchanged(self.host):
            report = json.loads(self.route2(self.case.server, "-j -n blue selftest dev s0").stdout)
        self.assertEqual(report["does_not_hold"], 0)


class Words(SelftestCase):
    """What is refused before anything is tried."""

    def test_usage(self):
        """exit status 2"""
        for line, word in (("selftest all", '"all"'), ("selftest dev", "interface"),
                           ("--dry-run selftest", "--dry-run"),
                           ("-n blue selftest", "only with dev"),
                           ("--disruptive show", "selftest only")):
            with self.subTest(line=line), self.host.named("blue"):
                self.assert_refused(self.host, line, word, status=2)
