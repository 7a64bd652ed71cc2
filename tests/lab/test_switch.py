# SPDX-License-Identifier: MIT
"""`switch`: what one gateway carries is given to another of its list."""

import signal

from case import ROUTE2, LabTestCase
from lab.topologies import V4, V6, two_gateways


class Switch(LabTestCase):
    """Packets, on the far side of each gateway."""

    topology = two_gateways

    def add(self, ip):
        backup = ip.backups[0]
        self.route2(self.case.host, f"add {ip.destination} via {ip.gateway} backup {backup} src {ip.wanted}")
        return backup

    def test_there_and_back(self):
        """both families: the packets go by the other one, and the routes are not touched"""
        host = self.case.host
        for ip in (V4, V6):
            with self.subTest(ip=ip.family):
                backup = self.add(ip)
                routes = host.ip(f"-{ip.family} route show table all")
                self.assert_carried_by(host, ip.server, self.case.gateways[0])
                said = self.route2(host, f"switch {ip.gateway} to {backup}").stdout
                self.assertIn(f"1 phantom moved from {ip.gateway} to {backup}", said)
                self.assert_carried_by(host, ip.server, self.case.gateways[1])
                self.assertIn("nothing to move", self.route2(
                    host, f"switch {ip.gateway} to {backup} dev e0").stdout)
                self.assertTrue(self.route2_json(host, f"switch {backup} to {ip.gateway}")["changed"])
                self.assert_carried_by(host, ip.server, self.case.gateways[0])
                self.assertEqual(routes, host.ip(f"-{ip.family} route show table all"))

    def test_for_a_time(self):
        """then it moves back; on a signal at once"""
        host, backup = self.case.host, self.add(V4)
        self.route2(host, f"switch {V4.gateway} to {backup} for 200ms")
        self.assert_carried_by(host, V4.server, self.case.gateways[0])
        child = host.popen([ROUTE2, "switch", V4.gateway, "to", backup, "for", "10m"])
        self.assertIn("1 phantom moved", child.stdout.readline())
        self.assert_carried_by(host, V4.server, self.case.gateways[1])
        child.send_signal(signal.SIGINT)
        child.wait(timeout=10)
        self.assertEqual(child.returncode, -signal.SIGINT)
        self.assert_carried_by(host, V4.server, self.case.gateways[0])

    def test_refused(self):
        """nothing moves to where nobody is, nor where no list has both"""
        host, backup = self.case.host, self.add(V4)
        quick = "--timeout 50ms --tries 1 "
        self.case.gateways[1].down("lan0")
        host.ip(f"neigh flush to {backup}")
        for line, *words in (
                (f"switch {V4.gateway} to {backup}", backup, "does not answer"),
                (f"switch {V4.gateway} to 4.3.2.77", "no gateway list here has both"),
                (f"switch {V4.gateway} to {backup} dev none", "none")):
            self.assert_refused(host, quick + line, *words)
        for line, *words in (
                ("switch 4.3.2.1", "switch needs two gateways"),
                ("switch 4.3.2.1 to 4.3.2.1", "the same gateway"),
                ("switch 4.3.2.1 to fe80::1", "of two families"),
                ("switch x to 4.3.2.1", "not the address of a gateway"),
                ("switch 4.3.2.1 to 4.3.2.2 for ever", "not a time")):
            self.assert_refused(host, line, *words, status=2)

    def test_dry_run(self):
        """the ip command, and nothing else"""
        host, backup = self.case.host, self.add(V4)
        with self.assert_state_unchanged(host):
            said = self.route2(host, f"--dry-run switch {V4.gateway} to {backup}").stdout
        self.assertIn("ip neigh replace 169.254.255.1", said)
