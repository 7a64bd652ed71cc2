# SPDX-License-Identifier: MIT
"""Signals, lost output and what else may go wrong around a change."""

import errno
import json
import os
import shlex
import signal

from case import ROUTE2, LabTestCase
from lab import topologies
from lab.topologies import FAMILIES, V4, V6
from torture import FAIL_NTH, MORE_THAN_ANY, TortureTestCase, environment

import kernel

NATIVE = f"{V4.destination} via {V4.gateway} src {V4.wanted}"


class Signals(TortureTestCase):
    """Between a change and its verification nobody ends route2 but by force."""

    def overrule(self, ip):
        """A rule that no line for the server can stand against."""
        self.host.ip(f"{kernel.family_of(ip.server)} rule add to {ip.destination} prohibit "
                     "priority 9")

    def interrupted(self, line, number, stands):
        """Send the signal after each message that changes something or asks: each time the state
        must be one of those."""
        wanted = [self.host.state()] if stands is None else stands
        for n in range(1, MORE_THAN_ANY):
            child = self.start_stopped(line, "tell", n, "after")
            if child is None:
                self.assertGreater(n, 3, "too few messages; is the library loaded?")
                return
            child.send_signal(number)
            child.send_signal(signal.SIGCONT)
            status, _, said = self.ended(child)
            self.assertIn(status, (-number, 0, 1), said)
            now = self.host.state()
            self.assertIn(now, wanted, f"{line}: {number!r} after message {n}\n{self.ours(self.host)}")
            if now != wanted[0]:
                self.route2(self.host, f"del {line.split()[1]}")

    def test_an_untrue_add(self):
        """Ctrl-C, a closed pipe and the like: no unverified route is left"""
        for ip in FAMILIES:
            self.overrule(ip)
            backup = f"backup {ip.backups[0]} phantom {'9.9.9.9' if ip.family == 4 else '2001:db8:ff::1'}"
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
                for more in ("", backup):
                    with self.subTest(family=ip.family, signal=number.name, more=more):
                        self.interrupted(f"add {ip.destination} via {ip.gateway} {more} "
                                         f"src {ip.wanted}", number, None)

    def test_an_untrue_replace(self):
        """what stood before it stands again"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = f"{ip.destination} via {ip.gateway} src {ip.wanted}"
                self.route2(self.host, f"add {line}")
                self.overrule(ip)
                self.interrupted(f"replace {line.replace(ip.wanted, ip.usual)}", signal.SIGINT, None)

    def test_a_true_add(self):
        """all of it stands, or nothing"""
        for ip in FAMILIES:
            with self.subTest(family=ip.family):
                line = (f"add {ip.destination} via {ip.gateway} src {ip.wanted} method phantom "
                        f"phantom {'9.9.9.9' if ip.family == 4 else '2001:db8:ff::1'}")
                self.route2(self.host, line)
                after = self.host.state()
                self.route2(self.host, f"del {ip.destination}")
                self.interrupted(line, signal.SIGINT, [self.host.state(), after])

    def test_nobody_reads_what_is_said(self):
        """-v into a pipe that is closed: no unverified route is left"""
        for ip in FAMILIES:
            self.overrule(ip)
            for more in ("", "method phantom"):
                with self.subTest(family=ip.family, more=more), \
                        self.assert_state_unchanged(self.host):
                    read, write = os.pipe()
                    os.close(read)
                    try:
                        child = self.start(f"-v add {ip.destination} via {ip.gateway} "
                                           f"src {ip.wanted} {more}", stdout=write, stderr=write)
                    finally:
                        os.close(write)
                    self.assertIn(child.wait(60), (1, -signal.SIGPIPE))


class Output(LabTestCase):
    """Output that gets lost is a failure, and goes nowhere else."""

    topology = topologies.the_case

    def shell(self, line, where):
        """`route2 LINE` with its output directed by the shell."""
        self.settle(self.case.host)
        return self.case.host.run(["sh", "-c", f"{shlex.quote(ROUTE2)} {line} {where}"])

    def lost(self, line, where):
        """Status 1, and one line that says so."""
        with self.subTest(line=line, where=where):
            result = self.shell(line, where)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn("standard output", result.stderr)

    def test_closed(self):
        """as if nobody had opened it"""
        for line in (f"--dry-run add {NATIVE}", f"-j add {NATIVE}", "--help", "show"):
            self.lost(line, ">&-")

    def test_a_full_disk(self):
        """of every verb that prints"""
        for line in (f"--dry-run add {NATIVE}", f"-j add {NATIVE}", f"add {NATIVE}", "show",
                     "-j show", f"-j --dry-run del {V4.destination}", f"del {V4.destination}",
                     "--help", "add --help", "--version"):
            self.lost(line, ">/dev/full")

    def test_nothing_to_print(self):
        """what prints nothing loses nothing"""
        for line in (f"-q add {NATIVE}", f"-q del {V4.destination}", "show"):
            with self.subTest(line=line):
                result = self.shell(line, ">/dev/full")
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_failure_stays_what_it_is(self):
        """a usage error into a full disk is a usage error"""
        result = self.shell("add 1.2.3.400", ">/dev/full")
        self.assertEqual(result.returncode, 2)


class ClosedOutput(TortureTestCase):
    """A closed standard output is no socket's place."""

    def test_show_writes_into_no_socket(self):
        """when the kernel is first asked, 0, 1 and 2 are no sockets"""
        self.route2(self.host, f"add {NATIVE}")
        for line in ("show", f"add {NATIVE}", f"del {V4.destination}"):
            with self.subTest(line=line):
                command = f"exec {shlex.quote(ROUTE2)} {line} <&- >&- 2>&-"
                child = self.host.popen(["sh", "-c", command], env=environment("send", 1, "stop-before"))
                how = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
                self.assertEqual(how.si_code, os.CLD_STOPPED)
                files = [os.readlink(f"/proc/{child.pid}/fd/{fd}") for fd in (0, 1, 2)]
                self.assertNotIn("socket", " ".join(files))
                child.send_signal(signal.SIGCONT)
                child.wait(60)


class Unreadable(LabTestCase):
    """Names of nothing, and numbers of nothing."""

    topology = topologies.the_case

    def test_an_unknown_interface(self):
        """show and del name it, and list those that are there"""
        self.route2(self.case.host, f"add {NATIVE}")
        for line in ("show dev nosuch", "-j show dev nosuch", f"show {V4.destination} dev nosuch",
                     "del 1.2.3.4 dev nosuch", "del 9.9.9.9 dev nosuch", "--dry-run del 1.2.3.4 dev nosuch"):
            with self.subTest(line=line):
                self.assert_refused(self.case.host, line, "nosuch", "e0")

    def test_a_negative_metric(self):
        """is refused as a metric, not as an option"""
        for verb in ("add", "replace"):
            said = self.assert_refused(self.case.host, f"{verb} {NATIVE} metric -1", "-1", "metric",
                                       status=2)
            self.assertNotIn("option", said)

    def test_the_batch_form_in_ipv6(self):
        """-6 and an IPv4 line do not go together; -4 does"""
        line = f"1.2.3.4 255.255.255.255 {V4.gateway} {V4.wanted}"
        self.assert_refused(self.case.host, f"-6 {line}", "1.2.3.4", "IPv6", status=2)
        self.route2(self.case.host, f"-4 {line}")
        self.assertIsNotNone(kernel.our_route(self.case.host, V4.destination))


class Words(LabTestCase):
    """What is said, said once and in the right place."""

    topology = topologies.the_case

    def test_errors_are_not_doubled(self):
        """what could not be done is said once, by whom it befell"""
        host = self.case.host
        for ip in FAMILIES:
            line = f"{ip.destination} via {ip.gateway} src {ip.wanted}"
            self.once(f"add {line}", unprivileged=True)
            self.route2(host, f"add {line}")
            self.once(f"del {ip.destination}", unprivileged=True)
            self.once(f"replace {line.replace(ip.wanted, ip.usual)}", unprivileged=True)

    def test_injected_errors_are_not_doubled(self):
        """the same when the kernel cannot be asked"""
        if not os.path.exists(FAIL_NTH):
            self.skipTest(f"no {FAIL_NTH}: meson builds it")
        for verb in ("add", "replace"):
            for n in range(1, 12):
                self.once(f"{verb} {NATIVE}", env=environment("tell", n, "fail"))
                self.route2(self.case.host, f"del {V4.destination}", expect=None)

    def once(self, line, **options):
        """If it fails, then with one "cannot" and one "failed"."""
        result = self.route2(self.case.host, line, expect=None, **options)
        said = "".join(text for text in result.stderr.splitlines() if "R2_NTH" not in text)
        with self.subTest(line=line, said=said):
            if options.get("unprivileged"):
                self.assertEqual(result.returncode, 4)
            self.assertLessEqual(said.count("cannot "), 1)

    def test_a_refused_dry_run_in_json(self):
        """nothing on stdout, not half an array"""
        for line in (f"-j --dry-run add {V4.destination} via 9.9.9.9 src {V4.wanted}",
                     f"-j --dry-run add {V4.destination} via {V4.gateway} src 9.9.9.9",
                     f"-j --dry-run del {V4.destination}"):
            with self.subTest(line=line):
                self.assert_refused(self.case.host, line)
        said = self.route2_json(self.case.host, f"--dry-run add {NATIVE}")
        self.assertEqual(len(said), 1)

    def test_nothing_to_do_in_json(self):
        """is an empty array"""
        self.route2(self.case.host, f"add {NATIVE}")
        self.assertEqual(self.route2_json(self.case.host, f"--dry-run add {NATIVE}"), [])

    def test_removed_without_a_comment(self):
        """what was wrong with a route that is gone is no news"""
        host = self.case.host
        for ip in FAMILIES:
            for trouble in ("addr del {src} dev e0", "neigh replace {via} dev e0 nud failed",
                            "link set e0 carrier off"):
                with self.subTest(family=ip.family, trouble=trouble):
                    mask = f"{ip.wanted}/{24 if ip.family == 4 else 64}"
                    self.route2(host, f"add {ip.destination} via {ip.gateway} src {ip.wanted} table 77")
                    host.run("ip " + trouble.format(src=mask, via=ip.gateway))
                    removed = self.route2(host, f"del {ip.destination} table 77").stdout
                    self.assertTrue(removed.startswith(f"removed {ip.server}"), removed)
                    self.assertNotIn("#", removed)
                    host.run(f"ip addr add {mask} dev e0")
                    host.run("ip link set e0 carrier on")

    def test_an_interface_of_utf_8(self):
        """JSON keeps its name"""
        host = self.case.host
        for name in ("straße", "網路0", "e€", "a\"b\\"):
            with self.subTest(name=name):
                interface = host.interfaces()[0]
                host.down(interface)
                host.run(["ip", "link", "set", interface, "name", name], check=True)
                host.up(name)
                self.route2(host, f"add {NATIVE}")
                raw = self.route2(host, "-j show").stdout
                self.assertEqual(json.loads(raw)[0]["dev"], name)
                if "\"" not in name:
                    self.assertIn(name, raw)
                self.route2(host, f"del {V4.destination}")


class Plain(LabTestCase):
    """`plain` and addresses of the link's own scope."""

    topology = topologies.the_case

    def test_a_scope_link_address(self):
        """on an on-link prefix it is what the kernel picks, and is accepted"""
        host = self.case.host
        host.ip("addr add 172.16.7.7/16 dev e0 scope link")
        self.route2(host, "add 172.16.9.0/24 dev e0 src 172.16.7.7 method plain")
        self.assertEqual(host.connect_source("172.16.9.9"), "172.16.7.7")
        self.assertIn("method plain", self.shown(host)[0])
        self.assertNotIn("#", self.route2(host, "show").stdout)

    def test_not_by_a_gateway(self):
        """a route by a gateway is of global scope: refused, naming what would win"""
        host = self.case.host
        host.ip("addr add 172.16.7.7/16 dev e0 scope link")
        self.assert_refused(host, "add 9.9.9.0/24 via 172.16.0.1 src 172.16.7.7 method plain",
                            "172.16.0.1", V4.usual)


class Opaque(LabTestCase):
    """A route that another tool made under our number."""

    topology = topologies.the_case

    def test_a_next_hop_object(self):
        """del says that it went if it went, and else that it did not"""
        host = self.case.host
        for ip in (V4, V6):
            with self.subTest(family=ip.family):
                host.ip(f"nexthop add id {ip.family} via {ip.gateway} dev e0")
                host.ip(f"route add {ip.destination} nhid {ip.family} proto 114")
                self.check_del(ip)
                host.ip(f"nexthop del id {ip.family}")

    def test_several_next_hops(self):
        """the same for a route of two"""
        for ip in (V4, V6):
            with self.subTest(family=ip.family):
                self.case.host.ip(f"route add {ip.destination} proto 114 nexthop via {ip.gateway} "
                                  f"dev e0 nexthop via {ip.backups[0]} dev e0")
                self.check_del(ip)

    def check_del(self, ip):
        """Its word is true."""
        result = self.route2(self.case.host, f"del {ip.destination}", expect=None)
        stands = kernel.routes(self.case.host, ip.destination)
        if result.returncode == 0:
            self.assertEqual(stands, [], result.stdout)
        else:
            self.assertEqual(result.stdout, "")
            self.assertNotEqual(stands, [], result.stderr)
            self.assertIn(ip.server, result.stderr)
            self.assertNotIn(f"errno {errno.ESRCH}", result.stderr)
