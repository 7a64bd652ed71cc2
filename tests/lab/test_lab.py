# SPDX-License-Identifier: MIT
"""The lab itself: what the other tests stand on."""

import os
import signal
import subprocess
import sys
import time
import unittest

import lab
from case import ROOT, LabTestCase
from lab import packets, topologies

# Where a program of a test starts: it finds the lab, and prints what the test reads.
_PROGRAM = "import sys; sys.path.insert(0, {root!r}); import lab\n"


def python(program):
    """The command line that runs a program that knows the lab."""
    return [sys.executable, "-B", "-c", _PROGRAM.format(root=ROOT) + program]


class Topologies(LabTestCase):
    """Each ready-made network carries packets, in both families, and `ip` can choose sources."""

    def choose(self, case, addresses, source=None, dev="e0"):
        via = f"via {addresses.gateway} " if addresses.gateway else ""
        case.host.ip(f"route replace {addresses.destination} {via}dev {dev} "
                     f"src {source or addresses.wanted}")

    def check(self, case, families, dev="e0"):
        for ip in families:
            with self.subTest(family=ip.family):
                self.assert_source(case.host, ip.server, ip.usual)
                self.choose(case, ip, dev=dev)
                self.assert_source(case.host, ip.server, ip.wanted)

    def test_the_case(self):
        case = topologies.the_case(self.net)
        self.check(case, topologies.FAMILIES)
        self.assert_carried_by(case.host, "1.2.3.4", case.gateway)

    def test_two_gateways(self):
        """with three of them; the way back stands when the way out changes"""
        case = topologies.two_gateways(self.net, gateways=3)
        self.check(case, topologies.FAMILIES)
        for ip in topologies.FAMILIES:
            for address, gateway in zip((ip.gateway, *ip.backups), case.gateways):
                case.host.ip(f"route replace {ip.destination} via {address} src {ip.wanted}")
                self.assert_source(case.host, ip.server, ip.wanted)
                self.assert_carried_by(case.host, ip.server, gateway)

    def test_a_cable_pulled_at_the_switch(self):
        case = topologies.two_gateways(self.net)
        case.switch.down("p2")
        lab.wait_until(lambda: not case.gateway.is_running("lan0"), what="loss of carrier")
        self.assertIsNone(case.host.source_seen("1.2.3.4", timeout=0.2))
        case.host.ip("route replace default via 4.3.2.11")
        self.assert_source(case.host, "1.2.3.4", "4.3.2.2")

    def test_two_uplinks(self):
        """and a source of the other interface, and of lo"""
        case = topologies.two_uplinks(self.net)
        families = (topologies.UPLINKS_V4, topologies.UPLINKS_V6)
        self.check(case, families)
        for ip, on_lo in zip(families, ("7.7.7.7", "2001:db8:7::7")):
            for source in (ip.other, on_lo):
                self.choose(case, ip, source)
                self.assert_source(case.host, ip.server, source)
            case.host.ip(f"route del {ip.destination}")
            case.host.ip(f"route add {ip.destination} via {ip.other_gateway} src {ip.other}")
            self.assert_source(case.host, ip.server, ip.other)
            self.assert_carried_by(case.host, ip.server, case.gateways[1], "e1")

    def test_hoster(self):
        self.check(topologies.hoster(self.net), (topologies.HOSTER_V4, topologies.HOSTER_V6))

    def test_point_to_point(self):
        try:
            case = topologies.point_to_point(self.net)
        except lab.LabUnavailable as why:
            self.skipTest(str(why))
        for ip in (topologies.P2P_V4, topologies.P2P_V6):
            self.assertIsNone(case.host.connect_source(ip.server))
            self.choose(case, ip, dev="t0")
            self.assert_source(case.host, ip.server, ip.wanted)


class Hosts(LabTestCase):
    """What can be done on a host."""

    topology = topologies.the_case

    def test_run(self):
        """shows the host's own network, with input, status and environment"""
        host = self.case.host
        self.assertIn("4.3.2.2", host.run("ip addr show dev e0").stdout)
        self.assertEqual(host.run("cat", input="said").stdout, "said")
        self.assertEqual(host.run(["sh", "-c", "exit 3"]).returncode, 3)
        self.assertEqual(host.run(["sh", "-c", "echo $X"], env={"X": "y"}).stdout, "y\n")
        with self.assertRaises(subprocess.TimeoutExpired):
            host.run("sleep 5", timeout=0.05)

    def test_failed_commands_are_told(self):
        """with command line, status and words; of a batch, the line"""
        host = self.case.host
        with self.assertRaisesRegex(lab.CommandFailed, "ip addr add nonsense(.|\n)*any valid prefix"):
            host.ip("addr add nonsense dev e0")
        with self.assertRaisesRegex(lab.CommandFailed, r"  2 link set e9 up(.|\n)*Command failed -:2"):
            host.ip_batch(["link show", "link set e9 up"])

    def test_privilege(self):
        """is there by default, and can be left out"""
        host = self.case.host
        host.run("ip link set e0 mtu 1400", check=True)
        refused = host.run("ip link set e0 mtu 1300", unprivileged=True)
        self.assertIn("not permitted", refused.stderr)

    def test_sysctl(self):
        """is the host's own"""
        host, gateway = self.case.host, self.case.gateway
        self.assertEqual(host.sysctl("net.ipv4.ip_forward"), "0")
        self.assertEqual(gateway.sysctl("net.ipv4.ip_forward"), "1")
        host.sysctl("net.ipv4.conf.e0.rp_filter", 1)
        self.assertEqual(host.sysctl("net/ipv4/conf/e0/rp_filter"), "1")

    def test_macs(self):
        """are readable, and the same in every run"""
        case = self.case
        self.assertEqual(case.host.mac("e0"), "02:00:00:00:01:01")
        self.assertEqual(case.gateway.mac("lan0"), "02:00:00:00:02:01")
        self.assertEqual(self.net.owner_of(case.gateway.mac("wan0")), "gateway")
        self.assertEqual(case.gateway.link_local("lan0"), "fe80::ff:fe00:201")
        self.assertIsNone(self.net.owner_of("02:00:00:00:09:09"))

    def test_up_and_down(self):
        """reach the peer as carrier"""
        host, gateway = self.case.host, self.case.gateway
        host.down("e0")
        lab.wait_until(lambda: not gateway.is_running("lan0"))
        host.up("e0")
        lab.wait_until(lambda: gateway.is_running("lan0"))

    def test_a_name(self):
        """for `ip -n`, gone afterwards"""
        with self.case.host.named("blue"):
            shown = self.case.server.run("ip -n blue -4 addr show dev e0", check=True).stdout
            self.assertIn("3.3.3.3/24", shown)
        self.assertEqual(os.listdir("/run/netns"), [])

    def test_background_commands(self):
        """end with the network"""
        with lab.Network() as net:
            child = net.host("host").popen("sleep 100")
            self.assertIsNone(child.poll())
        self.assertEqual(child.returncode, -signal.SIGKILL)


class Wire(LabTestCase):
    """What goes over the wire."""

    topology = topologies.the_case

    def test_sniffed_frames(self):
        """are decoded: ARP, ND, UDP, in both families"""
        case = self.case
        host_mac, gateway_mac = case.host.mac("e0"), case.gateway.mac("lan0")
        with case.host.sniff("e0") as wire:
            case.host.source_seen("1.2.3.4")
            case.host.source_seen("2001:db8:5::4")
            question = wire.wait_for(lambda frame: frame.asks_for("4.3.2.1"))
            answer = wire.wait_for(lambda frame: frame.arp_op == packets.ARP_REPLY)
            solicit = wire.wait_for(lambda frame: frame.asks_for("2001:db8:4::1"))
            udp4, udp6 = (wire.wait_for(lambda frame: frame.is_udp and frame.dst == to)
                          for to in ("1.2.3.4", "2001:db8:5::4"))
        self.assertEqual((question.eth_src, question.eth_dst, question.arp_sender),
                         (host_mac, packets.BROADCAST, "4.3.2.2"))
        self.assertEqual((answer.arp_sender, answer.arp_sender_mac, answer.outgoing),
                         ("4.3.2.1", gateway_mac, False))
        self.assertEqual(solicit.src, "2001:db8:4::2")
        for frame, source in ((udp4, "4.3.2.2"), (udp6, "2001:db8:4::2")):
            self.assertTrue(frame.outgoing)
            self.assertEqual((frame.eth_dst, frame.src, frame.dport, frame.ttl),
                             (gateway_mac, source, lab.REPORT_PORT, 64))
            self.assertLess(abs(frame.time - time.time()), 60)

    def test_frames_that_do_not_come(self):
        """are told, with what was heard instead"""
        with self.case.host.sniff("e0") as wire:
            self.case.host.source_seen("1.2.3.4")
            with self.assertRaisesRegex(lab.Timeout, "in vain for a unicorn(.|\n)*4.3.2.2"):
                wire.wait_for(lambda frame: False, timeout=0.05, what="a unicorn")
            wire.clear()
            self.assertEqual(wire.frames, [])

    def test_the_reporter(self):
        """hears what has no way back; who asks it gets None"""
        case = self.case
        case.gateway.ip("route del 3.3.3.0/24 dev lan0")
        self.assertIsNone(case.host.source_seen("1.2.3.4", timeout=0.1, bind="3.3.3.3"))
        heard = case.reporter.wait_for(lambda heard: heard.source == "3.3.3.3")
        self.assertIsNotNone(heard)

    def test_nobody_there(self):
        """no route, no listener, no gateway: None, soon"""
        host = self.case.host
        self.assertIsNone(host.source_seen("1.2.3.4", port=9, timeout=0.1))
        self.assertIsNone(host.source_seen("4.3.2.77", timeout=0.1))
        host.ip("route del default")
        self.assertIsNone(host.source_seen("1.2.3.4", timeout=0.1))
        self.assertIsNone(host.connect_source("1.2.3.4"))

    def test_short_frames(self):
        """do not confuse the decoder"""
        head = bytes(12)
        for kind in (packets.ETH_IPV4, packets.ETH_ARP, packets.ETH_IPV6):
            for length in range(64):
                body = (b"\x45" + b"\x11" * 63)[:length]
                str(packets.decode(head + kind.to_bytes(2, "big") + body))


class State(LabTestCase):
    """The comparable state of a host."""

    topology = topologies.the_case

    def changed(self, *lines):
        host = self.case.host
        before = host.state()
        host.ip_batch(lines)
        return lab.difference(before, host.state())

    def test_traffic_changes_nothing(self):
        """dynamic neighbours are no state"""
        with self.assert_state_unchanged(self.case.host, self.case.gateway):
            self.case.host.source_seen("1.2.3.4")
            self.case.host.source_seen("2001:db8:5::4")
            self.assertTrue(self.case.host.ip_json("neigh show"))

    def test_changes_are_seen(self):
        """addresses, routes of any table, rules, permanent neighbours, protocols"""
        for line, seen in (
                ("addr add 4.3.2.9/24 dev e0", "+ifname=e0 family=inet local=4.3.2.9"),
                ("addr add 2001:db8:4::9/64 dev e0", "local=2001:db8:4::9"),
                ("link set e0 mtu 1400", "mtu=1400"),
                ("route add 9.0.0.0/8 via 4.3.2.1 proto 114", "IPv4 routes: +type=1 dst=9.0.0.0/8"),
                ("route add 9.0.0.0/8 via 4.3.2.1 table 29234", "table=29234"),
                ("route add 2001:db8:9::/48 via 2001:db8:4::1 table 29234", "IPv6 routes: +"),
                ("rule add to 9.0.0.0/8 table 77", "IPv4 rules: +"),
                ("-6 rule add to 2001:db8:9::/48 table 77", "IPv6 rules: +"),
                ("neigh add 4.3.2.7 lladdr 02:00:00:00:00:07 dev e0", "IPv4 neighbours: +"),
                ("neigh add fe80::7 lladdr 02:00:00:00:00:07 dev e0 protocol 114", "protocol=114"),
                ("neigh add 4.3.2.8 dev e0 protocol 114 nud none", "dst=4.3.2.8")):
            with self.subTest(line=line):
                if line.startswith("-6 "):
                    before = self.case.host.state()
                    self.case.host.ip(line)
                    changed = lab.difference(before, self.case.host.state())
                else:
                    changed = self.changed(line)
                self.assertIn(seen, changed)
        self.assertEqual(len(self.ours(self.case.host)), 5)

    def test_the_order_of_equal_routes_counts(self):
        """the first of them serves"""
        self.case.host.ip_batch(["route add 9.9.9.9 via 4.3.2.1 src 4.3.2.2",
                                 "route append 9.9.9.9 via 4.3.2.1 src 3.3.3.3"])
        changed = self.changed("route del 9.9.9.9 src 4.3.2.2",
                               "route append 9.9.9.9 via 4.3.2.1 src 4.3.2.2")
        self.assertIn("9.9.9.9", changed)

    def test_there_and_back(self):
        """leaves no trace in the comparison"""
        with self.assert_state_unchanged(self.case.host):
            for line in ("route {} 9.0.0.0/8 via 4.3.2.1", "addr {} 9.9.9.9/32 dev e0",
                         "neigh {} 4.3.2.7 lladdr 02:00:00:00:00:07 dev e0",
                         "route {} 2001:db8:9::/48 via 2001:db8:4::1"):
                self.case.host.ip_batch([line.format("add"), line.format("del")])


class Traces(unittest.TestCase):
    """A lab leaves nothing behind, and says so where it cannot be built."""

    def test_killed(self):
        """a lab that is killed takes its background commands along"""
        program = python("net = lab.Network(); child = net.host('h').popen('sleep 100')\n"
                         "print(child.pid, flush=True); sys.stdin.read()")
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outer:
            child = int(outer.stdout.readline())
            self.assertTrue(os.path.exists(f"/proc/{child}"))
            outer.kill()
        def gone():
            try:
                with open(f"/proc/{child}/stat") as file:
                    return file.read().split(")")[1].split()[0] == "Z"
            except OSError:
                return True
        lab.wait_until(gone, what="the end of the background command")

    def enter_where_closed(self, wrapper):
        """lab.Network() in a user namespace that allows no further ones."""
        closed = ["unshare", "--user", "--map-root-user", "sh", "-c",
                  'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
        program = python("""
try:
    with lab.Network() as net:
        print(net.host('h').run('ip -o link').stdout)
except lab.LabUnavailable as why:
    print('unavailable:', why)
""")
        result = subprocess.run(closed + wrapper + program, capture_output=True, text=True)
        if result.returncode != 0 and "unshare" in result.stderr:
            self.skipTest(f"no user namespace to close: {result.stderr.strip()}")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_users(self):
        """root finds all users in the lab, others themselves alone as root"""
        result = subprocess.run(python("""
import os
def users():
    with open('/proc/self/uid_map') as file:
        print(*(word for line in file for word in line.split()))
print(os.geteuid())
users()
lab.enter()
users()
"""), capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        (user,), outside, inside = (line.split() for line in result.stdout.splitlines())
        outside[1::3] = outside[0::3]  # by the same numbers
        self.assertEqual(inside, outside if user == "0" else ["0", user, "1"])

    def test_threads(self):
        """a process that has threads cannot enter: a plain error, no skip"""
        result = subprocess.run(python("import threading\n"
                                       "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
                                       "lab.enter()"), capture_output=True, text=True)
        self.assertIn("has threads already", result.stderr)

    def test_closed(self):
        """says why, and how to go on"""
        said = self.enter_where_closed(["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"])
        self.assertIn("unavailable:", said)
        self.assertIn("sysctl user.max_user_namespaces", said)
        self.assertIn("sudo make demo", said)

    def test_closed_for_others_than_root(self):
        """root goes on without a user namespace"""
        self.assertIn("1: lo:", self.enter_where_closed([]))
