# SPDX-License-Identifier: MIT
"""`--dry-run` prints the plan as the `ip` commands that would do the same, in order."""

import json

import lab
from case import LabTestCase
from lab.topologies import V4, V6, two_gateways

# A story of changes, each on what the ones before it left. What begins with "ip " is somebody else.
STORY = [line.strip() for line in """
    add 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3
    add 1.2.3.5/32 via 4.3.2.1 src 3.3.3.3 method phantom
    add 1.2.3.6/32 via 4.3.2.1 src 4.3.2.2 method phantom
    add 1.2.3.7/32 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3
    add 1.2.3.8/32 via 4.3.2.11 src 3.3.3.3 phantom 3.3.3.2
    add 1.2.3.9/32 via 4.3.2.1 src 4.3.2.2 method plain
    add 1.2.4.0/24 via 4.3.2.1 src 3.3.3.3 table 77 metric 5
    add 4.3.2.64/28 src 3.3.3.3 dev e0
    ip route replace default via 4.3.2.1 proto dhcp src 4.3.2.2
    add default via 4.3.2.1 src 3.3.3.3
    replace 1.2.3.4/32 via 4.3.2.1 src 4.3.2.2
    replace 1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom
    replace 1.2.3.7/32 via 4.3.2.11 src 3.3.3.3 method native
    replace default via 4.3.2.11 src 3.3.3.3
    add 2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3
    add 2001:db8:5::5 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
    replace 2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:4::2
    replace 2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3 method phantom
    add default via 2001:db8:4::1 src 2001:db8:3::3 metric 9
    add 2001:db8:4:0:5::/80 src 2001:db8:3::3 dev e0
    ip link set e0 address 02:00:00:00:01:77
    add 2001:db8:5::5 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
    ip addr del 2001:db8:3::3/64 dev e0
    ip addr add 2001:db8:3::3/64 dev e0
    add 2001:db8:5::5 via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
    del 2001:db8:5::5
    del 2001:db8:5::4
    -6 del default
    del 2001:db8:4:0:5::/80
    del 1.2.3.4/32
    del 1.2.3.5/32
    del 1.2.3.6/32
    del 1.2.3.7/32
    del 1.2.3.8/32
    del 1.2.3.9/32
    del 1.2.4.0/24 table 77
    del default src 3.3.3.3
    del 4.3.2.64/28
""".strip().splitlines()]


class SameDeed(LabTestCase):
    """Those commands in one namespace, route2 in another: the kernels' states are the same."""

    def test_a_story(self):
        """add, replace and del of every kind"""
        mine = two_gateways(self.net).host
        with lab.Network() as other:
            theirs = two_gateways(other).host
            self.settle(mine, theirs)
            self.assert_same_state(mine.state(), theirs.state(), "differing from the start")
            for line in STORY:
                with self.subTest(line=line):
                    self.follow(line, mine, theirs)
            self.assert_nothing_of_ours(mine)
            self.assert_nothing_of_ours(theirs)

    def follow(self, line, mine, theirs):
        """One change, by route2 on mine and by what it printed on theirs."""
        if line.startswith("ip "):
            mine.ip(line.removeprefix("ip "))
            theirs.ip(line.removeprefix("ip "))
            self.settle(mine, theirs)
            return
        with self.assert_state_unchanged(theirs):
            plan = self.route2(theirs, f"--dry-run {line}").stdout
        self.assertTrue(plan, "nothing is planned")
        ran = theirs.run(["sh", "-e"], input=plan)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), plan)
        self.route2(mine, line)
        self.assert_same_state(mine.state(), theirs.state(), f"{line}:\n{plan}")


class DryRun(LabTestCase):
    """What it says, and what it leaves alone."""

    def setUp(self):
        super().setUp()
        self.case = two_gateways(self.net)
        self.host = self.case.host

    def test_in_order(self):
        """what a route needs comes before the route, as `ip` commands and nothing else"""
        for ip in (V4, V6):
            plan = self.route2(self.host, f"--dry-run add {ip.destination} via {ip.gateway} "
                                          f"src {ip.wanted} method phantom")
            *needs, route = plan.stdout.splitlines()
            self.assertTrue(all(line.startswith("ip ") for line in (*needs, route)), plan.stdout)
            self.assertIn(f" route add {ip.destination} ", route)
            self.assertTrue(any(" neigh add " in line for line in needs))
            self.assertTrue(any(" table 29234 " in line for line in needs))

    def test_nothing_to_do(self):
        """prints nothing"""
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        plan = self.route2(self.host, "--dry-run add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertEqual(plan.stdout, "")

    def test_refused_as_well(self):
        """what cannot be done is refused as without it"""
        self.assert_refused(self.host, "--dry-run add 1.2.3.4 via 4.3.2.1 src 3.3.3.9", "3.3.3.9")
        self.assert_refused(self.host, "--dry-run del 1.2.3.4", "1.2.3.4")

    def test_json(self):
        """with -j: an array of the commands"""
        line = "--dry-run add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method phantom"
        commands = json.loads(self.route2(self.host, f"-j {line}").stdout)
        self.assertEqual(commands, self.route2(self.host, line).stdout.splitlines())

    def test_in_a_namespace(self):
        """with -n: commands that work from here"""
        with self.host.named("blue"):
            plan = self.route2(self.case.server, "-n blue --dry-run add 1.2.3.4 via 4.3.2.1 "
                                                 "src 3.3.3.3 method phantom").stdout
            self.assertTrue(all(line.startswith("ip -n blue ") for line in plan.splitlines()), plan)
            self.case.server.run(["sh", "-e"], input=plan, check=True)
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")

    def test_without_privilege(self):
        """needs none where no gateway is to be asked"""
        self.route2(self.host, "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3")
        self.assertIn("ip route del 1.2.3.4/32",
                      self.route2(self.host, "--dry-run del 1.2.3.4", unprivileged=True).stdout)
