# SPDX-License-Identifier: MIT
"""Bad input, and trouble: one line on stderr that names the value, and the kernel as it was."""

import lab
from case import ROUTE2, LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, V4, V6, the_case

FAILED, USAGE, NOT_PERMITTED = 1, 2, 4


class Words(LabTestCase):
    """The line itself is wrong: exit status 2."""

    topology = the_case

    def usage(self, line, *words):
        """The line is refused as usage, in words that name the value."""
        with self.subTest(line=line):
            self.assert_refused(self.case.host, line, *words, status=USAGE)

    def test_not_an_address(self):
        """not an address, with a hint at what may be meant"""
        for line, *words in (
                ("add 1.2.3.400 via 4.3.2.1 src 3.3.3.3", "1.2.3.400"),
                ("add server.example via 4.3.2.1 src 3.3.3.3", "server.example", "not looked up"),
                ("add 1.2.3.4 via gateway src 3.3.3.3", "gateway"),
                ("add 1.2.3.4 via 4.3.2.1 src 3.3.3", "3.3.3", "3.3.3.0"),
                ("add 1.2.3.4 via 4.3.2.01 src 3.3.3.3", "4.3.2.01", "leading zeros"),
                ("add 10/8 via 4.3.2.1 src 3.3.3.3", "10/8", "10.0.0.0/8"),
                ("add any via 4.3.2.1 src 3.3.3.3", "any", "default"),
                ("add 1.2.3.4 via 4.3.2.1/24 src 3.3.3.3", "4.3.2.1/24"),
                ("add 2001:db8:::1 via 2001:db8:4::1 src 2001:db8:3::3", "2001:db8:::1"),
                ("add 2001:db8::1 via fe80::1%e0 src 2001:db8:3::3", "fe80::1%e0", "dev e0"),
                ("add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 phantom 3.3.3.x", "3.3.3.x"),
                ("add 1.2.3.4 via 4.3.2.1 backup x src 3.3.3.3", "x")):
            self.usage(line, *words)

    def test_bad_length(self):
        """a prefix whose length is none"""
        for text, *words in (("1.2.3.4/33",), ("2001:db8::/129",), ("1.2.3.0/",), ("1.2.3.0/-1",),
                             ("1.2.3.0/255.255.255.0", "1.2.3.0/24"), ("1.2.3.0/24/24",)):
            self.usage(f"add {text} via 4.3.2.1 src 3.3.3.3", text, *words)

    def test_host_bits(self):
        """a prefix with host bits set: say which prefix was meant"""
        self.usage("add 1.2.3.4/24 via 4.3.2.1 src 3.3.3.3", "1.2.3.4/24", "1.2.3.0/24")
        self.usage("add 2001:db8:5::4/64 via 2001:db8:4::1 src 2001:db8:3::3",
                   "2001:db8:5::4/64", "2001:db8:5::/64")
        self.usage("del 1.2.3.4/24", "1.2.3.4/24", "1.2.3.0/24")
        self.usage("1.2.3.4 255.255.255.0 4.3.2.1 3.3.3.3", "1.2.3.4", "1.2.3.0")

    def test_families_mixed(self):
        """families mixed"""
        self.usage("add 1.2.3.4 via 2001:db8:4::1 src 3.3.3.3", "1.2.3.4", "2001:db8:4::1")
        self.usage("add 1.2.3.4 via 4.3.2.1 src 2001:db8:3::3", "1.2.3.4", "2001:db8:3::3")
        self.usage("add default via 4.3.2.1 src 2001:db8:3::3", "4.3.2.1", "2001:db8:3::3")
        line = "add 2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3"
        self.usage(f"{line} backup 4.3.2.1", "4.3.2.1")
        self.usage(f"{line} phantom 3.3.3.2", "3.3.3.2")
        self.usage("-6 add 1.2.3.4 via 4.3.2.1 src 3.3.3.3", "1.2.3.4")
        self.usage("-4 -6 show", "-4", "-6")

    def test_unknown_word(self):
        """an unknown word: suggest the nearest"""
        line = "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3"
        for word, meant in (("metrik 5", "metric"), ("deev e0", "dev"), ("tabel 7", "table"),
                            ("meth native", "method"), ("phanton 3.3.3.2", "phantom"),
                            ("from 3.3.3.3", "src"), ("gw 4.3.2.1", "via")):
            self.usage(f"{line} {word}", word.split()[0], meant)
        self.usage(f"{line} method phantm", "phantm", "phantom")
        self.usage(f"{line} quatsch", "quatsch")

    def test_unknown_verb_and_option(self):
        """the same for verbs and options"""
        self.usage("ad 1.2.3.4 via 4.3.2.1 src 3.3.3.3", "ad", "add")
        self.usage("delte 1.2.3.4", "delte", "del")
        self.usage("quatsch", "quatsch", "--help")
        self.usage("--jsn show", "--jsn", "--json")
        self.usage("-x show", "-x")
        self.usage("--json=yes show", "json", "yes")
        self.usage("show --netns", "netns")

    def test_incomplete(self):
        """something is missing, or said twice"""
        self.usage("add", "destination")
        self.usage("add 1.2.3.4 via 4.3.2.1", "src")
        self.usage("add 1.2.3.4 via src 3.3.3.3", "via")
        self.usage("add 1.2.3.4 via 4.3.2.1 src", "src")
        self.usage("add via 4.3.2.1 src 3.3.3.3", "via")
        self.usage("add 1.2.3.4 via 4.3.2.1 via 4.3.2.2 src 3.3.3.3", "via", "backup")
        self.usage("add 1.2.3.4 via 4.3.2.1 backup 4.3.2.1 src 3.3.3.3", "4.3.2.1")
        self.usage("add 1.2.3.4 backup 4.3.2.1 src 3.3.3.3", "backup", "via")
        self.usage("del", "destination")
        self.usage("1.2.3.4 255.255.255.255 4.3.2.1", "1.2.3.4")
        self.usage("1.2.3.4 255.0.255.0 4.3.2.1 3.3.3.3", "255.0.255.0")
        self.usage("1.2.3.4 255.255.255.255 4.3.2.1 3.3.3.3 5", "1.2.3.4")
        self.usage("2001:db8::1 128 2001:db8:4::1 2001:db8:3::3", "2001:db8::1")

    def test_numbers_and_tables(self):
        """numbers that are none, and tables that are not for routes"""
        line = "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3"
        for words in ("metric -1", "metric 4294967296", "metric 0x10", "metric many",
                      "table nowhere", "table 0", "table local", "table 255", "table 29234"):
            self.usage(f"{line} {words}", words.split()[1])

    def test_no_unicast_addresses(self):
        """addresses that can be neither gateway nor source"""
        for address in ("0.0.0.0", "224.0.0.1", "127.0.0.1", "255.255.255.255"):
            with self.subTest(address=address):
                for line in (f"add 1.2.3.4 via {address} src 3.3.3.3",
                             f"add 1.2.3.4 via 4.3.2.1 src {address}"):
                    self.assert_refused(self.case.host, line, address, status=None)

    def test_control_characters(self):
        """what is quoted cannot steer the terminal"""
        refused = self.assert_refused(self.case.host, ["add", "1.2.3.4\x1b[31m\nx"], "1.2.3.4",
                                      status=USAGE)
        self.assertNotIn("\x1b", refused)

    def test_without_words(self):
        """`route2` alone prints the help on stderr"""
        result = self.route2(self.case.host, "", expect=USAGE)
        self.assertEqual(result.stdout, "")
        self.assertIn("Usage:", result.stderr)


class Host(LabTestCase):
    """The host is not as the line wants it: exit status 1."""

    topology = the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def failed(self, line, *words):
        """The line is refused, in words that name the value."""
        with self.subTest(line=line):
            return self.assert_refused(self.host, line, *words, status=FAILED)

    def both(self, ip, change=""):
        """The usual line for this family, with replaced words: "gateway=X wanted=Y"."""
        words = {"destination": ip.destination, "gateway": ip.gateway, "wanted": ip.wanted}
        words |= dict(word.split("=") for word in change.split())
        return "add {destination} via {gateway} src {wanted}".format(**words)

    def test_source_of_nobody(self):
        """a source that is not this host's: list those of the interface"""
        self.host.ip_batch(["addr add 7.7.7.7/32 dev lo", "addr add 2001:db8:7::7/128 dev lo"])
        for ip, other in zip(FAMILIES, ("3.3.3.9", "2001:db8:3::9")):
            said = self.failed(self.both(ip, f"wanted={other}"), other, ip.usual, ip.wanted)
            self.assertNotIn("7.7.7.7", said)
            self.failed(f"add {ip.destination} src {other}", other, ip.usual, ip.wanted)

    def test_source_of_the_gateway(self):
        """nor is the gateway's address ours"""
        for ip in FAMILIES:
            self.assert_refused(self.host, self.both(ip, f"wanted={ip.gateway}"), ip.gateway,
                                status=None)

    def test_tentative_source(self):
        """a tentative source: duplicate address detection has not finished"""
        self.host.sysctl("net.ipv6.conf.e0.accept_dad", 1)
        self.host.sysctl("net.ipv6.conf.e0.dad_transmits", 100)
        self.host.ip("addr add 2001:db8:3::7/64 dev e0")
        self.failed(self.both(V6, "wanted=2001:db8:3::7"), "2001:db8:3::7", "tentative")

    def test_dadfailed_source(self):
        """a dadfailed source: another host has the address"""
        self.case.gateway.ip("addr add 2001:db8:3::7/64 dev lan0")
        self.host.sysctl("net.ipv6.conf.e0.accept_dad", 1)
        self.host.sysctl("net.ipv6.conf.e0.router_solicitation_delay", 0)
        self.host.sysctl("net.ipv6.conf.e0.dad_transmits", 1)
        self.host.ip("addr add 2001:db8:3::7/64 dev e0")
        lab.wait_until(lambda: "dadfailed" in self.host.ip("addr show dev e0"), what="dadfailed")
        self.failed(self.both(V6, "wanted=2001:db8:3::7"), "2001:db8:3::7", "duplicate")

    def test_deprecated_source(self):
        """a deprecated one is accepted with a note: it is kept from being picked by default"""
        for ip, length in zip(FAMILIES, (24, 64)):
            with self.subTest(family=ip.family):
                self.host.ip(f"addr change {ip.wanted}/{length} dev e0 preferred_lft 0")
                added = self.route2(self.host, self.both(ip))
                self.assertRegex(added.stderr, f"note: .*{ip.wanted} .*deprecated")
                self.assert_source(self.host, ip.server, ip.wanted)

    def test_interface_unknown(self):
        """an interface that is unknown: list those there are"""
        for ip in FAMILIES:
            self.failed(f"{self.both(ip)} dev e9", "e9", "e0")

    def test_interface_down(self):
        """an interface that is down"""
        self.host.ip_batch(["link add e1 type veth peer name e2", "addr add 9.9.9.9/24 dev e1",
                            "addr add 2001:db8:99::9/64 dev e1"])
        for ip, gateway, source in zip(FAMILIES, ("9.9.9.1", "2001:db8:99::1"),
                                       ("9.9.9.9", "2001:db8:99::9")):
            line = f"add {ip.destination} via {gateway} src"
            self.failed(f"{line} {ip.wanted} dev e1", "e1", "down")
            self.failed(f"{line} {ip.wanted}", gateway)
        self.failed("add 1.2.3.4 src 9.9.9.9", "e1", "down")

    def test_gateway_is_ours(self):
        """a gateway that is our own address, as backup too"""
        for ip in FAMILIES:
            self.failed(self.both(ip, f"gateway={ip.usual}"), ip.usual, "own")
            self.failed(f"{self.both(ip)} backup {ip.usual}", ip.usual, "own")

    def test_gateway_not_on_the_link(self):
        """a gateway that is not on the link, as backup too"""
        for ip, far in zip(FAMILIES, ("9.9.9.9", "2001:db8:99::9")):
            self.failed(self.both(ip, f"gateway={far}"), far, "not on the link")
            self.failed(f"{self.both(ip)} backup {far}", far, "not on the link")

    def test_link_local_gateway(self):
        """a link-local gateway whose interface cannot be told"""
        self.host.ip_batch(["addr add 2001:db8:7::7/128 dev lo"])
        self.failed(f"add {V6.destination} via fe80::9 src 2001:db8:7::7", "fe80::9", "dev")

    def test_destination_is_ours(self):
        """a destination that is this host itself"""
        for ip, length in zip(FAMILIES, (32, 128)):
            self.failed(self.both(ip, f"destination={ip.usual}/{length}"), ip.usual)

    def test_a_phantom_that_cannot_work(self):
        """a phantom given by hand that cannot work: say which address would win"""
        self.failed(f"{self.both(V4)} method plain phantom 4.3.2.9", "4.3.2.9", "4.3.2.2")

    def test_kernel_messages(self):
        """extended kernel messages are passed on"""
        self.host.ip("route add blackhole 4.3.2.1/32 scope link")
        self.failed(self.both(V4), "Nexthop has invalid gateway")

    def test_unknown_namespace(self):
        """a network namespace that is not there"""
        self.failed("-n nowhere show", "nowhere")
        self.failed("-n /nowhere/at/all show", "/nowhere/at/all")
        self.failed("-n /dev/null show", "/dev/null")

    def test_full_disk(self):
        """output that cannot be written is not taken for success"""
        self.route2(self.host, self.both(V4))
        result = self.host.run(["sh", "-c", f"exec {ROUTE2} show >/dev/full"])
        self.assertEqual(result.returncode, FAILED)
        self.assertEqual(len(result.stderr.splitlines()), 1)


class Privilege(LabTestCase):
    """No privilege: exit status 4."""

    topology = the_case

    def test_verbs_that_change(self):
        """are not permitted, and nothing is asked or waited for"""
        host = self.case.host
        self.route2(host, "add 1.2.3.9 via 4.3.2.1 src 3.3.3.3 method phantom")
        for line in ("add 1.2.3.4 via 4.3.2.1 src 3.3.3.3", "del 1.2.3.9",
                     "add 1.2.3.4 via 4.3.2.1 src 3.3.3.3 method phantom",
                     "replace 1.2.3.9 via 4.3.2.1 src 4.3.2.2",
                     "1.2.3.4 255.255.255.255 4.3.2.1 3.3.3.3",
                     "add 2001:db8:5::4 via 2001:db8:4::1 src 2001:db8:3::3"):
            with self.subTest(line=line), host.sniff("e0") as wire:
                self.assert_refused(host, line, "permitted", "root", status=NOT_PERMITTED,
                                    unprivileged=True)
                self.assertEqual(wire.find(lambda frame: frame.is_arp or frame.nd_target), [])

    def test_another_namespace(self):
        """entering one is not permitted either"""
        with self.case.gateway.named("blue"):
            self.assert_refused(self.case.host, "-n blue show", "blue", status=NOT_PERMITTED,
                                unprivileged=True)


class Silent(LabTestCase):
    """Gateways that are there for a while only."""

    def test_gateway_without_carrier(self):
        """a cable that is pulled: refused, or the gateway does not answer; never half a change"""
        case = topologies.two_gateways(self.net)
        case.switch.down("p1")
        lab.wait_until(lambda: not case.host.is_running("e0"), what="loss of carrier")
        for ip in FAMILIES:
            for method in ("native", "phantom"):
                with self.subTest(family=ip.family, method=method):
                    self.assert_refused(case.host, f"--timeout 10ms add {ip.destination} "
                                        f"via {ip.gateway} src {ip.wanted} method {method}",
                                        "e0")
