# SPDX-License-Identifier: MIT
"""Policy rules and routes that come in between: what is refused, what stays, what is remarked."""

from case import LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, UPLINKS_V4, UPLINKS_V6, V4, V6

import kernel

PREFIX = {4: "1.2.3.0/24", 6: "2001:db8:5::/64"}
PART = {4: "1.2.3.64/26", 6: "2001:db8:5:0:4000::/66"}


def line_of(ip, dst=None, src=None):
    """The usual line of a family, without its verb."""
    return f"{dst or ip.destination} via {ip.gateway} src {src or ip.wanted}"


class PolicyTestCase(LabTestCase):
    """The case it all began with, and policy rules."""

    topology = topologies.the_case

    def setUp(self):
        super().setUp()
        self.host = self.case.host

    def rule(self, ip, words, verb="add"):
        """Add a policy rule, or delete it."""
        self.host.ip(f"{kernel.family_of(ip.server)} rule {verb} {words}")


class Refused(PolicyTestCase):
    """A refused line leaves what stood before."""

    def refused_by(self, ip, rule):
        """With this rule the same line, and a replace of it, are refused; our route stays."""
        stood = kernel.our_route(self.host, ip.destination)
        self.assertIsNotNone(stood)
        self.rule(ip, rule)
        for verb in ("add", "replace"):
            with self.subTest(family=ip.family, rule=rule, verb=verb):
                self.assert_refused(self.host, f"{verb} {line_of(ip)}", ip.server)
                self.assertEqual(kernel.our_route(self.host, ip.destination), stood)
        self.rule(ip, rule, "del")

    def test_the_same_line_under_a_rule(self):
        """a rule to another table, or one that forbids, comes in later: our route still stands"""
        for ip in FAMILIES:
            self.host.ip(f"route add default via {ip.gateway} table 200")
            for method in ("native", "phantom"):
                self.route2(self.host, f"add {line_of(ip)} method {method}")
                self.refused_by(ip, f"to {ip.destination} lookup 200 priority 9")
                self.refused_by(ip, f"to {ip.destination} prohibit priority 9")
                self.route2(self.host, f"del {ip.destination}")

    def test_another_source_under_a_rule(self):
        """a replace by another source is undone to the route that stood"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.route2(self.host, f"add {line_of(ip)}")
                self.rule(ip, f"to {ip.destination} prohibit priority 9")
                self.assert_refused(self.host, f"replace {line_of(ip, src=ip.usual)}", ip.server)
                self.assertEqual(kernel.our_route(self.host, ip.destination)["prefsrc"], ip.wanted)


class Twice(PolicyTestCase):
    """What stands already, in whatever table, is seen."""

    def test_in_another_table(self):
        """adding the same twice with `table 100`: the second says unchanged"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = f"add {line_of(ip)} table 100"
                self.assertTrue(self.route2(self.host, line).stdout.startswith("added "))
                with self.assert_state_unchanged(self.host):
                    self.assertTrue(self.route2(self.host, line).stdout.startswith("unchanged "))
                    self.assertEqual(self.route2(self.host, f"--dry-run {line}").stdout, "")
                self.assertEqual(len(kernel.routes(self.host, ip.destination, 100)), 1)

    def dry_as_real(self, line, *wanted):
        """--dry-run prints the commands that -v says of the real one, these words among them."""
        with self.assert_state_unchanged(self.host):
            dry = self.route2(self.host, f"--dry-run {line}").stdout.splitlines()
        real = [text[2:] for text in self.route2(self.host, f"-v {line}").stderr.splitlines()
                if text.startswith("+ ")]
        self.assertEqual(dry, real, line)
        self.assertEqual(len(dry), len(wanted), dry)
        for command, words in zip(dry, wanted, strict=True):
            self.assertIn(words, command)

    def test_dry_run_of_a_replace(self):
        """over a route of ours, in each table: the commands of the real one"""
        for table in (" table 100", ""):
            for ip, wanted in ((V4, ("route prepend", "route del")), (V6, ("route replace",))):
                with self.subTest(family=ip.family, table=table):
                    self.route2(self.host, f"add {line_of(ip)}{table}")
                    self.dry_as_real(f"replace {line_of(ip, src=ip.usual)}{table}", *wanted)

    def test_dry_run_of_a_refusal(self):
        """what is refused is refused by --dry-run too, in the same words"""
        for table in (" table 100", ""):
            for ip in FAMILIES:
                with self.subTest(family=ip.family, table=table):
                    line = f"add {line_of(ip, src=ip.usual)}{table}"
                    self.route2(self.host, f"add {line_of(ip)}{table}")
                    said = self.assert_refused(self.host, line, "there already", "replace")
                    self.assertEqual(self.assert_refused(self.host, f"--dry-run {line}"), said)

    def test_dry_run_before_a_foreign_route(self):
        """another's route of that key: ours is put before it"""
        for table in (" table 100", ""):
            with self.subTest(table=table):
                self.host.ip(f"route add {V4.destination} via 4.3.2.9 proto static{table}")
                self.dry_as_real(f"add {line_of(V4)}{table}", "route prepend")
                self.host.ip(f"-6 route add {V6.destination} via {V6.backups[0]} proto static "
                             f"metric 1024{table}")
                line = f"add {line_of(V6)}{table}"
                said = self.assert_refused(self.host, line, "metric 1024", "protocol static")
                self.assertEqual(self.assert_refused(self.host, f"--dry-run {line}"), said)


class FromRule(LabTestCase):
    """A rule that asks for the source is met when the source is known: connect looks up twice."""

    topology = topologies.two_uplinks

    def rule_from(self, ip, gateway, dev):
        """Packets from the second uplink's address go by the table 300."""
        self.case.host.ip(f"{kernel.family_of(ip.server)} rule add from {ip.other} lookup 300")
        self.case.host.ip(f"route replace default via {gateway} dev {dev} table 300")

    def test_by_the_other_uplink(self):
        """IPv4: refused and undone, saying what won"""
        ip = UPLINKS_V4
        self.rule_from(ip, ip.other_gateway, "e1")
        for method in ("native", "phantom"):
            with self.subTest(method=method):
                self.assert_refused(self.case.host, f"add {line_of(ip, src=ip.other)} "
                                    f"method {method}", ip.other_gateway, "e1", "table 300")
                self.assert_nothing_of_ours(self.case.host)

    def test_by_a_more_specific_route(self):
        """and where it is a more specific route there: never without a word"""
        ip, host = UPLINKS_V4, self.case.host
        self.rule_from(ip, ip.other_gateway, "e1")
        host.ip(f"route add {ip.server}/32 via {ip.other_gateway} dev e1 table 300")
        self.assert_refused(host, f"add {ip.server}/30 via {ip.gateway} src {ip.other}",
                            "1.2.3.5", ip.other_gateway)
        self.assert_refused(host, f"add 224.0.0.9/32 via {ip.gateway} src {ip.wanted}",
                            "multicast goes to no gateway")

    def test_nowhere(self):
        """the address that means no address is no destination"""
        for dest, ip in (("0.0.0.0/32", UPLINKS_V4), ("::/128", UPLINKS_V6)):
            self.assert_refused(self.case.host, f"add {dest} via {ip.gateway} src {ip.wanted}",
                                "means this host itself")

    def test_by_the_same_next_hop(self):
        """a table that leads the same way is as good"""
        for ip in (UPLINKS_V4, UPLINKS_V6):
            with self.subTest(family=ip.family):
                self.rule_from(ip, ip.gateway, "e0")
                self.route2(self.case.host, f"add {line_of(ip, src=ip.other)}")
                self.assertEqual(self.case.host.connect_source(ip.server), ip.other)
                self.assert_carried_by(self.case.host, ip.server, self.case.gateway)

    def test_for_another_source(self):
        """a rule for a source that is not the wanted one is no matter"""
        for ip in (UPLINKS_V4, UPLINKS_V6):
            with self.subTest(family=ip.family):
                self.rule_from(ip, ip.other_gateway, "e1")
                self.route2(self.case.host, f"add {line_of(ip)}")
                self.assert_source(self.case.host, ip.server, ip.wanted)


class ReadBack(PolicyTestCase):
    """A route that is read back only says nothing false of where packets go."""

    def say(self, line):
        """What a line says on both."""
        result = self.route2(self.host, line)
        return result.stdout + result.stderr

    def test_table_without_rule(self):
        """with or without another way: never that a destination is not sent to any more"""
        for default in (True, False):
            for ip in FAMILIES:
                if not default:
                    self.host.ip(f"{kernel.family_of(ip.server)} route del default")
                for method in ("native", "phantom"):
                    with self.subTest(family=ip.family, method=method, default=default):
                        said = self.say(f"add {line_of(ip)} table 77 method {method}")
                        self.assertIn("no rule", said)
                        said += self.say(f"del {ip.destination} table 77")
                        self.assertNotIn("any more", said)
                        self.assertNotIn("is sent to", said)

    def test_standby(self):
        """another line of ours serves, and goes on to"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.route2(self.host, f"add {line_of(ip)} metric 5")
                said = self.say(f"add {line_of(ip, src=ip.usual)} metric 50")
                self.assertIn("standby", said)
                said += self.say(f"del {ip.destination} metric 50")
                self.assertNotIn("any more", said)
                self.assertNotIn("is sent to", said)
                self.assert_source(self.host, ip.server, ip.wanted)


class ConditionalRules(PolicyTestCase):
    """Rules that look at more than the destination may lead an unbound packet all the same."""

    def serves(self, ip, table):
        """A route in that table serves, and nothing says that no rule leads there."""
        said = self.route2(self.host, f"add {line_of(ip)} table {table}").stderr
        self.assertNotIn("no rule", said)
        self.assert_source(self.host, ip.server, ip.wanted)

    def test_as_wg_quick_does(self):
        """all that is not marked, and main less its default route"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.rule(ip, "not fwmark 51820 lookup 51820")
                self.rule(ip, "lookup main suppress_prefixlength 0")
                self.serves(ip, 51820)

    def test_of_a_user(self):
        """the user who asks is the one of the rule"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                self.rule(ip, "uidrange 0-0 lookup 100")
                self.serves(ip, 100)


class Parts(PolicyTestCase):
    """A part of the prefix that goes another way is a note, never a refusal."""

    def note(self, ip, *words):
        """Adding the prefix is remarked upon in these words."""
        said = self.route2(self.host, f"add {line_of(ip, PREFIX[ip.family])}").stderr
        self.assertEqual(said.count("note:"), len(words) > 0, said)
        for word in words:
            self.assertIn(word, said)

    def test_a_blackhole(self):
        """a more specific route that leads nowhere"""
        for ip in FAMILIES:
            for kind in ("blackhole", "unreachable", "prohibit"):
                with self.subTest(family=ip.family, kind=kind):
                    family = kernel.family_of(ip.server)
                    self.host.ip(f"{family} route add {kind} {PART[ip.family]}")
                    self.note(ip, PREFIX[ip.family], PART[ip.family], "not sent to")
                    self.route2(self.host, f"del {PREFIX[ip.family]}")
                    self.host.ip(f"{family} route del {kind} {PART[ip.family]}")

    def test_one_among_many(self):
        """of 13 specific routes the one that has another source, and only that"""
        for ip, some in ((V4, "1.2.3.{}/32"), (V6, "2001:db8:5::{}/128")):
            with self.subTest(family=ip.family):
                for n in range(10, 23):
                    source = "" if n == 22 else f" src {ip.wanted}"
                    self.host.ip(f"route add {some.format(n)} via {ip.gateway}{source}")
                self.note(ip, PREFIX[ip.family], some.format(22).split("/")[0], ip.usual)

    def test_many_that_agree(self):
        """13 specific routes with the source that is wanted are no news"""
        for ip, some in ((V4, "1.2.3.{}/32"), (V6, "2001:db8:5::{}/128")):
            with self.subTest(family=ip.family):
                self.host.ip_batch([f"route add {some.format(n)} via {ip.gateway} src {ip.wanted}"
                                    for n in range(10, 23)])
                self.note(ip)

    def test_a_rule_for_a_part(self):
        """wherever in the prefix the rule's part lies, and whatever the rule does"""
        parts = {4: [f"1.2.3.{n}/28" for n in range(0, 256, 16)] + ["1.2.3.1/32", "1.2.3.254/32"],
                 6: [f"2001:db8:5:0:{n}000::/68" for n in "123456789abcdef"]
                    + ["2001:db8:5::/68", "2001:db8:5::1/128"]}
        for ip in FAMILIES:
            self.host.ip(f"route add default via {ip.gateway} table 200")
            for part in parts[ip.family]:
                for action in ("lookup 200", "prohibit"):
                    with self.subTest(family=ip.family, part=part, action=action):
                        self.rule(ip, f"to {part} {action} priority 9")
                        self.note(ip, part.split("/")[0], "rule of its own")
                        self.route2(self.host, f"del {PREFIX[ip.family]}")
                        self.rule(ip, "priority 9", "del")
