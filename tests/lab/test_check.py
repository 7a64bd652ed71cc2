# SPDX-License-Identifier: MIT
"""`check`: what packets prove of a route, in networks that have each verdict's cause."""

from checking import BROKEN, QUICK, Check
from lab.topologies import (FAMILIES, HOSTER_V4, HOSTER_V6, P2P_V4, P2P_V6, UPLINKS_V4, UPLINKS_V6,
                            V6, hoster, point_to_point, two_gateways, two_uplinks)


class Works(Check):
    """Good networks."""

    def test_installed(self):
        """native and phantom, both families, by ICMP, TCP and UDP: works, with its evidence"""
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                self.usual(ip, f"method {method}")
                for probe, by in (("", "icmp"), ("--tcp 80", "tcp"), ("--udp 7114", "udp")):
                    with self.subTest(ip=str(ip), method=method, by=by):
                        said = self.check(f"{ip.server} {probe}", "works", ip.server, ip.wanted)
                        self.assertEqual(said["by"], by)
                        self.assertEqual(said["leaves"]["prefsrc"], ip.wanted)
                        self.assertEqual(said["leaves"]["gateway"], ip.gateway)
                        self.assertEqual(said["leaves"]["lladdr"], self.case.gateway.mac("lan0"))
                        self.assertFalse(said["leaves"]["by_hand"])
                        self.assertEqual(said["control"]["source"], ip.usual)
                        self.assertEqual(said["answers"]["ttl"], 63)
                        self.assertEqual(said["answers"]["mtu"], 1500)
                        self.assertEqual(said["control"]["mtu"], 1500)
                self.route2(self.case.host, f"del {ip.destination}")

    def test_before_the_change(self):
        """what would leave is what the far side sees, and no route stands"""
        for ip in FAMILIES:
            for probe in ("", "--tcp 80", "--udp 7114"):
                with self.subTest(ip=str(ip), probe=probe), self.case.server.sniff("e0") as wire:
                    said = self.check(f"{ip.server} src {ip.wanted} via {ip.gateway} {probe}",
                                      "works")
                    self.assertFalse(said["leaves"]["by_hand"])  # the way is the kernel's own
                    self.assertEqual(said["kernel"]["prefsrc"], ip.usual)
                    wire.wait_for(lambda frame: frame.src == ip.wanted and not frame.outgoing,
                                  what=f"a probe from {ip.wanted}")
                    self.assertEqual(self.case.host.connect_source(ip.server), ip.usual)

    def test_no_connection_stays(self):
        """a SYN made by hand is ended by a reset, and the listener is left alone"""
        listener = self.case.server.popen(
            ["python3", "-c", "import socket\n"
             "s = socket.create_server(('1.2.3.4', 80))\nprint('ready', flush=True)\n"
             "while True: s.accept()"])
        self.assertEqual(listener.stdout.readline(), "ready\n")
        with self.case.server.sniff("e0") as wire:
            self.case.host.ip("route del default")  # so that no socket gets there
            said = self.check("1.2.3.4:80 src 3.3.3.3 via 4.3.2.1", "works")
            self.assertTrue(said["leaves"]["by_hand"])
            self.assertFalse(said["answers"]["declined"])
            wire.wait_for(lambda frame: frame.src == "3.3.3.3" and frame.dport == 80)
        open_ones = self.case.server.run(["cat", "/proc/net/tcp"]).stdout
        self.assertNotIn("03030303:", "\n".join(line for line in open_ones.splitlines()
                                                if " 03 " in line))

    def test_all(self):
        """a line for each route; prefixes by some of their addresses; -j is an array"""
        self.usual()
        self.usual(V6)
        self.add("1.2.3.0/24 via 4.3.2.1 src 3.3.3.3")
        said = self.route2(self.case.host, f"{QUICK} check")
        self.assertEqual([line.split()[:3] for line in said.stdout.splitlines()],
                         [["1.2.3.0/24", "3.3.3.3", "works"], ["1.2.3.4/32", "3.3.3.3", "works"],
                          [V6.destination, V6.wanted, "works"]])
        self.assertEqual(said.stdout, self.route2(self.case.host, f"{QUICK} check all").stdout)
        some = self.route2_json(self.case.host, f"{QUICK} check 1.2.0.0/16")
        self.assertEqual([one["destination"] for one in some], ["1.2.3.0/24", "1.2.3.4/32"])
        only = self.route2(self.case.host, f"-6 {QUICK} check").stdout
        self.assertEqual(len(only.splitlines()), 1)

    def test_drawn(self):
        """one is drawn, in ASCII or UTF-8"""
        self.usual()
        said = self.route2(self.case.host, "check 1.2.3.4").stdout
        self.assertIn("1.2.3.4 from 3.3.3.3: works", said)
        self.assertIn("3.3.3.3 --e0------> 4.3.2.1 ----------> 1.2.3.4", said)
        self.assertIn("3.3.3.3 <--e0------ 4.3.2.1 <---------- 1.2.3.4", said)
        self.assertTrue(said.isascii())
        self.assertIn("\u25b6 1.2.3.4", self.route2(self.case.host, "check 1.2.3.4",
                                                    env={"LC_ALL": "C.UTF-8"}).stdout)

    def test_any_destination(self):
        """where no route of ours leads: what the kernel takes"""
        said = self.check("1.2.3.4", "works", "1.2.3.4 answers 4.3.2.2")
        self.assertNotIn("control", said)

    def test_standby(self):
        """a line that waits behind another of ours is tried as if it served"""
        self.usual()
        self.add("1.2.3.4 via 4.3.2.1 src 4.3.2.2 metric 50")
        said = self.route2_json(self.case.host, f"{QUICK} check")
        self.assertEqual([one["verdict"] for one in said], ["works", "works"])
        self.assertEqual([one["leaves"]["prefsrc"] for one in said], [one["source"] for one in said])

    def test_path_mtu(self):
        """the path's MTU, of source and control, where a router has less; also silently"""
        self.usual()
        self.usual(V6)
        self.case.gateway.ip("link set wan0 mtu 1380")
        for ip in FAMILIES:
            said = self.check(ip.server, "works")
            self.assertEqual((said["answers"]["mtu"], said["control"]["mtu"]), (1380, 1380))
        # Without a word from the router: the greatest of those that are tried.
        self.case.gateway.ip("rule add from 4.3.2.1 blackhole priority 5")
        self.case.server.ip("link set e0 mtu 1380")
        self.assertEqual(self.check("1.2.3.4", "works")["answers"]["mtu"], 1380)

    def test_very_many(self):
        """of more than 1024 routes some of each kind are tried, and that is said"""
        lines = "".join(f"1.9.{n // 250}.{n % 250} via 4.3.2.1 src 3.3.3.3\n" for n in range(1100))
        host = self.case.host
        self.route2(host, "apply -", input=lines + "1.2.3.4 via 4.3.2.1 src 3.3.3.3\n")
        said = self.route2(host, "--timeout 20ms --count 1 check", expect=None)
        self.assertIn("1024 of 1101 routes were tried", said.stderr)
        self.assertRegex(said.stdout, r"(?m)^1.2.3.4/32  +3.3.3.3  works ")

    def test_nobody_listens(self):
        """a reset is an answer"""
        self.usual()
        self.check("1.2.3.4:81", "works", "nobody listens at port 81")


class Hosters(Check):
    """/32 addresses, a gateway in no subnet of ours."""

    topology = hoster

    def test_hosters(self):
        """before the change and after it"""
        for ip in (HOSTER_V4, HOSTER_V6):
            with self.subTest(ip=str(ip)):
                line = f"{ip.server} src {ip.wanted} via {ip.gateway} dev e0"
                self.check(line, "works")
                self.add(line)
                self.check(ip.server, "works")


class Tunnels(Check):
    """Without MACs and gateways."""

    topology = point_to_point

    def test_tunnels(self):
        """before the change and after it"""
        for ip in (P2P_V4, P2P_V6):
            with self.subTest(ip=str(ip)):
                line = f"{ip.server} src {ip.wanted} dev t0"
                self.check(line, "works")
                self.add(line)
                self.assertNotIn("lladdr", self.check(ip.server, "works")["leaves"])


class Outward(Check):
    """What goes wrong on this host."""

    def test_wrong_source(self):
        """a policy rule leads elsewhere: the source that leaves, and what chose it"""
        self.usual()
        host = self.case.host
        host.ip("rule add to 1.2.3.4 table 77 priority 5")
        host.ip("route add default via 4.3.2.1 table 77")
        said = self.route2_json(host, f"{QUICK} check", expect=BROKEN)[0]
        self.assertEqual(said["verdict"], "wrong source")
        self.assertIn("packets to 1.2.3.4 leave from 4.3.2.2, not 3.3.3.3: ", said["sentence"])

    def test_misled(self):
        """asked for by its address, a route of ours that does not serve is told all the same"""
        self.usual()
        host = self.case.host
        host.ip("route add default via 4.3.2.1 table 77")
        host.ip("rule add to 1.2.3.4 table 77 priority 5")
        self.check("1.2.3.4", "wrong source", "leave from 4.3.2.2, not 3.3.3.3")

    def test_rule_for_a_protocol(self):
        """a rule that the kernel is not asked about: not taken for NAT"""
        self.usual()
        host = self.case.host
        host.ip("route add default via 4.3.2.1 table 77")
        host.ip("rule add ipproto tcp dport 80 table 77 priority 5")
        self.check("1.2.3.4:80", "wrong source", "leave from 4.3.2.2", "a policy rule for such packets")
        self.check("1.2.3.4:81", "works")

    def test_table_without_a_rule(self):
        """a route that no rule leads to is tried as if one did"""
        self.usual(words="table 77")
        said = self.route2_json(self.case.host, f"{QUICK} check")[0]
        self.assertEqual((said["verdict"], said["leaves"]["prefsrc"]), ("works", "3.3.3.3"))
        self.assertEqual(self.check("1.2.3.4", "works")["answers"]["source"], "4.3.2.2")

    def test_rewritten(self):
        """the kernel chooses right, and NAT on this host makes it another"""
        self.usual()
        host = self.case.host
        self.nft(host, "add table ip n",
                 "add chain ip n post { type nat hook postrouting priority 100 ; }",
                 "add rule ip n post snat to 4.3.2.2")
        self.check("1.2.3.4", "wrong source", "leave from 4.3.2.2", "NAT")

    def test_wrong_gateway(self):
        """a phantom's entry has a MAC that the gateway has no more"""
        for ip in FAMILIES:
            self.usual(ip, "method phantom")
        gateway = self.case.gateway
        old = gateway.mac("lan0")
        gateway.ip("link set lan0 address 02:00:00:00:99:99")
        for ip in FAMILIES:
            with self.subTest(ip=str(ip)):
                self.check(ip.server, "wrong gateway", old, "02:00:00:00:99:99")

    def test_silent_gateway(self):
        """nobody answers ARP: nothing leaves"""
        self.case.gateway.ip("addr flush dev lan0")
        self.case.host.ip("neigh flush all")
        self.check("1.2.3.4 src 3.3.3.3 via 4.3.2.1", "nothing leaves",
                   "gateway 4.3.2.1 does not answer ARP on e0")

    def test_refused(self):
        """the kernel itself says no"""
        self.case.host.ip("route add unreachable 9.9.9.0/24")
        self.check("9.9.9.9", "nothing leaves", "EHOSTUNREACH")

    def test_firewall(self):
        """a rule of this host's keeps it from leaving"""
        self.usual()
        self.nft(self.case.host, "add table ip f",
                 "add chain ip f out { type filter hook output priority 0 ; }",
                 "add rule ip f out ip daddr 1.2.3.4 ip protocol icmp drop")
        self.check("1.2.3.4", "nothing leaves")


class Backward(Check):
    """What goes wrong on the way, or on the way back."""

    def test_no_way_back(self):
        """the gateway has no route back, and says so when given a packet for the source"""
        gateway = self.case.gateway
        gateway.ip("route del 3.3.3.0/24")
        gateway.ip("-6 route del 2001:db8:3::/64")
        for ip in FAMILIES:
            with self.subTest(ip=str(ip)):
                line = f"{ip.server} src {ip.wanted} via {ip.gateway}"
                self.check(line, "no way back", f"{ip.gateway} knows no way to {ip.wanted}")
                self.add(line)
                said = self.check(ip.server, "no way back")
                self.assertFalse(said["asked_for"]["asked"])
                self.assertEqual(said["control"]["answered"], 10)

    def test_no_answer(self):
        """the gateway drops the answers silently: that, and no more, is said"""
        self.case.gateway.ip("route replace blackhole 3.3.3.0/24")
        self.usual()
        self.check("1.2.3.4", "no answer", "1.2.3.4 answers 4.3.2.2 10 of 10 times",
                   "3.3.3.3 not at all")

    def test_strict_gateway(self):
        """its reverse-path filter takes the source for a stray"""
        gateway = self.case.gateway
        gateway.ip("route replace 3.3.3.0/24 via 1.2.3.4")
        for name in ("all", "lan0"):
            gateway.sysctl(f"net.ipv4.conf.{name}.rp_filter", 1)
        self.check("1.2.3.4 src 3.3.3.3 via 4.3.2.1", "nothing leaves", "in the name of 3.3.3.3")
        self.usual()
        self.case.host.ip("neigh flush all")
        self.check("1.2.3.4", "nothing leaves", "in the name of 3.3.3.3", "arp_announce")
        self.case.host.sysctl("net.ipv4.conf.all.arp_announce", 2)
        self.check("1.2.3.4", "no answer")

    def test_filtered_out(self):
        """a router drops the source: silently, or saying so"""
        self.usual()
        self.case.gateway.ip("rule add from 3.3.3.3 blackhole priority 5")
        self.check("1.2.3.4", "no answer")
        self.case.gateway.ip("rule del priority 5")
        self.case.gateway.ip("rule add from 3.3.3.3 to 1.2.3.4 prohibit priority 5")
        self.check("1.2.3.4", "dropped on the way out", "4.3.2.1", "administratively prohibited")

    def test_turned_away(self):
        """the server takes the control at a port, and not the source"""
        self.usual()
        server = self.case.server
        listener = server.popen(
            ["python3", "-c", "import socket\n"
             "s = socket.create_server(('1.2.3.4', 80))\nprint('ready', flush=True)\n"
             "while True: s.accept()"])
        self.assertEqual(listener.stdout.readline(), "ready\n")
        self.nft(server, "add table ip f",
                    "add chain ip f in { type filter hook input priority 0 ; }",
                    "add rule ip f in ip saddr 3.3.3.3 tcp dport 80 reject with tcp reset")
        self.check("1.2.3.4:80", "dropped on the way out", "turns 3.3.3.3 away", "not 4.3.2.2")
        self.check("1.2.3.4", "works")

    def test_another_station(self):
        """the gateway has another MAC for the source"""
        self.case.gateway.ip("neigh replace 3.3.3.3 lladdr 02:00:00:00:99:99 dev lan0 "
                             "nud permanent")
        self.usual()
        self.check("1.2.3.4", "no way back", "another station, 02:00:00:00:99:99")

    def test_arp_ignore(self):
        """the gateway asks for the source, and this host keeps silent"""
        host = self.case.host
        host.ip("addr del 3.3.3.3/24 dev e0")
        host.ip("addr add 3.3.3.3/32 dev lo")
        host.sysctl("net.ipv4.conf.all.arp_ignore", 1)
        host.sysctl("net.ipv4.conf.all.arp_announce", 2)
        self.check("1.2.3.4 src 3.3.3.3 via 4.3.2.1", "no way back", "arp_ignore")
        self.usual()
        self.check("1.2.3.4", "no way back", "arp_ignore", "who has 3.3.3.3")

    def test_arp_ignore_told(self):
        """once the route stands, the host asks in the source's name, and so tells where it is"""
        host = self.case.host
        host.ip("addr del 3.3.3.3/24 dev e0")
        host.ip("addr add 3.3.3.3/32 dev lo")
        host.sysctl("net.ipv4.conf.all.arp_ignore", 1)
        host.ip("route del default")  # so that no socket gets there
        said = self.check("1.2.3.4 src 3.3.3.3 via 4.3.2.1", "no answer")
        self.assertEqual(said["asked_for"]["answered"], False)
        host.ip("neigh flush all")
        self.usual()
        self.check("1.2.3.4", "works")

    def test_large_packets(self):
        """those of the source alone are lost: works, and how large they may be"""
        self.usual()
        self.nft(self.case.server, "add table ip f",
                 "add chain ip f in { type filter hook input priority 0 ; }",
                 "add rule ip f in ip saddr 3.3.3.3 ip length > 1000 drop")
        said = self.check("1.2.3.4", "works", "no packet larger than 576 bytes (4.3.2.2: 1500)")
        self.assertEqual((said["answers"]["mtu"], said["control"]["mtu"]), (576, 1500))

    def test_silence(self):
        """neither source nor control is answered"""
        self.usual()
        self.case.gateway.ip("rule add to 1.2.3.4 blackhole priority 5")
        self.check("1.2.3.4", "unknown", "neither 3.3.3.3 nor 4.3.2.2")

    def test_icmp_is_dropped(self):
        """ICMP proves nothing where it is filtered; TCP does"""
        self.usual()
        self.case.gateway.ip("rule add ipproto icmp blackhole priority 5")
        self.check("1.2.3.4", "unknown")
        self.check("1.2.3.4:80", "works")
        self.check("1.2.3.4 --udp 7114", "works")

    def test_tcp_is_dropped(self):
        """DEST:PORT falls back to ICMP where nobody answers there"""
        self.usual()
        self.case.gateway.ip("rule add ipproto tcp blackhole priority 5")
        self.check("1.2.3.4 --tcp 80", "unknown")
        self.assertEqual(self.check("1.2.3.4:80", "works", "by icmp")["by"], "icmp")

    def test_answers_only_some(self):
        """of a prefix some addresses answer; of a lossy one every other probe"""
        self.add("1.2.3.0/29 via 4.3.2.1 src 3.3.3.3")
        said = self.check("1.2.3.0/29", "works", expect=0)
        self.assertLess(said["works"], said["tried"])
        self.nft(self.case.server, "add table ip f",
                    "add chain ip f in { type filter hook input priority 0 ; }",
                    "add rule ip f in ip protocol icmp numgen inc mod 2 0 drop")
        for _ in range(5):
            self.assertEqual(self.check("1.2.3.4", "works")["verdict"], "works")

    def test_own_firewall(self):
        """the answer arrives, and a rule of this host's drops it"""
        self.usual()
        self.nft(self.case.host, "add table ip f",
                    "add chain ip f in { type filter hook input priority 0 ; }",
                    "add rule ip f in ip daddr 3.3.3.3 drop")
        self.check("1.2.3.4", "no way back", "firewall")


class TwoRouters(Check):
    """Answers by another router than the one that carries."""

    topology = two_gateways

    def test_two_routers(self):
        """are as good, and the other router is named by its MAC"""
        for ip in FAMILIES:
            self.add(f"{ip.destination} via {ip.gateway} backup {ip.backups[0]} src {ip.wanted}")
            said = self.check(ip.server, "works")
            self.assertEqual(said["answers"]["lladdr"], self.case.back.mac("lan0"))
            self.assertEqual(said["leaves"]["gateway"], ip.gateway)

    def test_no_false_word(self):
        """the first gateway drops the source and knows no way to it, the other brings answers"""
        self.case.gateway.ip("rule add from 3.3.3.3 blackhole priority 5")
        self.case.gateway.ip("route del 3.3.3.0/24")
        self.check("1.2.3.4 src 3.3.3.3 via 4.3.2.1", "no answer")


class TwoUplinks(Check):
    """Answers that come in by another interface than the question left by."""

    topology = two_uplinks

    def test_asymmetric(self):
        """lets them in, and says so"""
        for ip in (UPLINKS_V4, UPLINKS_V6):
            with self.subTest(ip=str(ip)):
                line = f"{ip.server} src {ip.other} via {ip.gateway}"
                self.check(line, "works", "come in by e1")
                self.add(line)
                said = self.check(ip.server, "works", "come in by e1")
                self.assertEqual(said["answers"]["dev"], "e1")

    def test_by_another_way(self):
        """made by hand: frames to the other gateway's MAC are what the far side sees"""
        for ip in (UPLINKS_V4, UPLINKS_V6):
            for probe in ("", "--tcp 80", "--udp 7114"):
                with self.subTest(ip=str(ip), probe=probe), self.case.server.sniff("e0") as wire:
                    said = self.check(f"{ip.server} src {ip.wanted} via {ip.other_gateway} {probe}",
                                      "works", "come in by e0")
                    self.assertTrue(said["leaves"]["by_hand"])
                    self.assertEqual(said["leaves"]["lladdr"], self.case.gateways[1].mac("lan0"))
                    wire.wait_for(lambda frame: frame.src == ip.wanted and not frame.outgoing
                                  and frame.eth_src == self.case.gateways[1].mac("wan0"),
                                  what=f"a probe from {ip.wanted}")

    def test_rule_from_the_source(self):
        """that leads another way: it is said, since `add` would be refused"""
        host, ip = self.case.host, UPLINKS_V4
        host.ip("route add default via 6.5.4.1 table 77")
        host.ip(f"rule add from {ip.other} table 77")
        line = f"{ip.server} src {ip.other}"
        said = self.route2(host, f"{QUICK} check {line} via {ip.gateway}").stderr
        self.assertIn(f"a policy rule leads what is from {ip.other} another way", said)
        said = self.route2(host, f"{QUICK} check {line} via {ip.other_gateway}").stderr
        self.assertNotIn("policy rule", said)

    def test_path_mtu_of_another_way(self):
        """what is learnt of another way is not taken for that of the usual one, nor told to the kernel"""
        self.case.gateways[1].ip("link set wan0 mtu 1300")
        host = self.case.host
        for ip in (UPLINKS_V4, UPLINKS_V6):
            with self.subTest(ip=str(ip)):
                said = self.check(f"{ip.server} src {ip.other} via {ip.other_gateway}", "works")
                self.assertEqual(said["answers"].get("mtu"), {4: 1300}.get(ip.family))
                self.assertNotIn("mtu", host.ip(f"route get {ip.server}"))

    def test_strict_filter(self):
        """the host's own reverse-path filter drops them: before the change and after"""
        host, ip = self.case.host, UPLINKS_V4
        for name in ("all", "e0", "e1"):
            host.sysctl(f"net.ipv4.conf.{name}.rp_filter", 1)
        line = f"{ip.server} src {ip.other} via {ip.gateway}"
        self.check(line, "no way back", "come in by e1", "rp_filter")
        self.add(line)
        said = self.check(ip.server, "no way back", "come in by e1", "rp_filter")
        self.assertTrue(said["answers"]["rp_filter_drops"])
        self.assertGreater(said["rp_filter_count"], 0)

    def test_strict_filter_on_the_way_of_the_route(self):
        """a strict filter lets in what the route, once it stands, will ask"""
        host, ip = self.case.host, UPLINKS_V4
        for name in ("all", "e0", "e1"):
            host.sysctl(f"net.ipv4.conf.{name}.rp_filter", 1)
        line = f"{ip.server} src {ip.other} via {ip.other_gateway}"
        self.check(line, "works")
        self.add(line)
        self.check(ip.server, "works")

    def test_filter_on_the_way_out(self):
        """the way back is there, by the other gateway: no false word about it"""
        ip = UPLINKS_V4
        self.case.gateway.ip("rule add from 6.5.4.2 blackhole priority 5")
        self.check(f"{ip.server} src {ip.other} via {ip.gateway}", "no answer")

    def test_several_next_hops(self):
        """where no route of ours is meant, any next hop of the kernel's own will do (ECMP)"""
        host, ip = self.case.host, UPLINKS_V6
        host.ip_batch("""route del default
                         route del default
                         route add default nexthop via 2001:db8:4::1 dev e0 nexthop via 2001:db8:6::1 dev e1
                      """, options=("-6",))
        links = {self.check(f"{ip.server} {probe}", "works")["leaves"]["dev"]
                 for probe in ("", "--tcp 80", "--tcp 81", "--tcp 82", "--udp 7114")}
        self.assertLessEqual(links, {"e0", "e1"})

    def test_many(self):
        """some work and some do not: each has its verdict, the exit status is 1"""
        ip = UPLINKS_V4
        self.add(f"{ip.server} src {ip.wanted} via {ip.gateway}")
        self.add(f"1.2.3.2 src {ip.other} via {ip.other_gateway}")
        self.add(f"1.2.3.1 src {ip.other} via {ip.gateway}")
        self.case.gateway.ip("rule add from 6.5.4.2 blackhole priority 5")
        said = self.route2(self.case.host, f"{QUICK} check", expect=BROKEN).stdout
        self.assertEqual([line.split()[2] for line in said.splitlines()], ["no", "works", "works"])
