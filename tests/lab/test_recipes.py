# SPDX-License-Identifier: MIT
"""doc/recipes.md, typed line by line: real programs, and far sides that let one source in."""

import re
import signal
import subprocess
import unittest

import page
import peers
from lab.topologies import V4
from recipes import FAR_SIDE, PATIENCE, RecipeTestCase, read_file

REDIRECT = "A tunnel for everything: OpenVPN with redirect-gateway"


class Reading(unittest.TestCase):
    """What the page shows is compared with what is printed."""

    def test_expects(self):
        """line by line; three dots are anything"""
        for shown, said, wanted in (
                (["a"], "a\n", True), (["a"], "a\nb\n", False), (["a", "b"], "a\n", False),
                (["a...c"], "abc", True), (["a...c"], "ab", False), (["a.c"], "abc", False),
                ([], "", True), ([], "a", False), (["..."], "", True),
                (["...", "b", "..."], "a\na\nb\n", True), (["...", "b"], "a\nb\nc\n", False)):
            with self.subTest(shown=shown, said=said):
                self.assertEqual(page.Step(1, "host", "true", shown).expects(said), wanted)


class Recipe:
    """A section, by both methods: refused without route2, and let in with it."""

    section = None
    address = None  # of the service
    peer = None     # who starts it

    def setUp(self):
        super().setUp()
        type(self).peer(self)

    def test_native(self):
        """as written"""
        self.follow(self.section)
        self.assert_turned(self.address)

    def test_phantom(self):
        """by a phantom"""
        self.follow(self.section, phantom=True)
        self.assert_turned(self.address)


class Curl(Recipe, RecipeTestCase):
    """A web server that is open to one address."""

    section = "A web service that lets one address in: curl"
    address = "1.2.3.4"
    peer = peers.web


class Ssh(Recipe, RecipeTestCase):
    """An sshd that lets root in from one address."""

    section = "A login that is good from one address: ssh"
    address = "1.2.3.5"
    peer = peers.sshd


class Mail(Recipe, RecipeTestCase):
    """A relay whose peer takes mail from one client."""

    section = "A mail server that takes mail from one client: Postfix"
    address = "1.2.3.6"
    peer = peers.postfix


class Tunnel(Recipe, RecipeTestCase):
    """An OpenVPN client that knows no option for it."""

    section = "A tunnel to a server behind a firewall: OpenVPN"
    address = "1.2.3.7"
    peer = peers.openvpn


class Everything(RecipeTestCase):
    """An OpenVPN client that takes the default route, and meddles with ours."""

    def test_watched(self):
        """as written: the watch puts ours before OpenVPN's, and back after its end"""
        peers.openvpn(self)
        self.follow(REDIRECT)
        self.assertEqual(self.frames_to("1.2.3.7")[0].src, V4.wanted)

    def test_unwatched(self):
        """what the section says of that: the tunnel comes up, and sends from the usual address"""
        peers.openvpn(self)
        for step in page.read()[REDIRECT]:
            if "route2-watch" in step.command:
                self.route2(self.host, f"apply {self.own('host', '/etc/route2/route2.conf')}")
            elif step.command.startswith("ip route show"):
                break
            else:
                self.type(step)
        self.wire.wait_for(lambda frame: frame.dst == "1.2.3.7" and frame.src == V4.usual, PATIENCE)


class Page(RecipeTestCase):
    """All of it in one network, from top to bottom."""

    def setUp(self):
        super().setUp()
        peers.web(self)
        peers.sshd(self)
        peers.postfix(self, hesitate="sleep 2")  # a router can die meanwhile
        peers.openvpn(self)

    def test_all(self):
        """what is under way outlives a router: same connections, same source, another MAC"""
        for heading in page.read():
            if heading not in (FAR_SIDE, REDIRECT):
                self.follow(heading)

    def type(self, step):
        """Where the page takes a router away, something is under way."""
        if step.host == "switch" and step.command.endswith(" down"):
            self.begin()
        if step.host == "switch" and step.command.endswith(" up"):
            self.assert_going_on()
        super().type(step)

    def start(self, line, **options):
        """A program that goes on."""
        program, *words = line.split()
        return self.host.popen([self.find(program), *words], env=self.environment("host"), **options)

    def begin(self):
        """A download, a session, a ping through the tunnel, and a mail that takes its time."""
        self.wire.clear()
        self.download = self.start("curl -sSN http://1.2.3.4/slow")
        self.download.stdout.readline()
        self.session = self.start("ssh 1.2.3.5 cat", stdin=subprocess.PIPE)
        self.assert_echo("before")
        self.pings = self.start("ping -i0.1 10.8.0.1")
        self.pings.stdout.readline()
        taken = self.mails()
        self.said("host", "echo Slow | sendmail -f me@host.example you@peer.example")
        self.wait(lambda: self.mails() > taken, "the mail to be on its way")

    def assert_going_on(self):
        """All of them do, on connections that both routers have carried."""
        self.assert_echo("after")
        for address in ("1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.3.7"):
            self.assert_moved(address)
        self.assertIsNone(self.download.poll())
        self.pings.send_signal(signal.SIGINT)
        said = self.pings.communicate(timeout=PATIENCE)[0]
        answered = {int(n) for n in re.findall(r"icmp_seq=(\d+) ttl", said)}
        lost = set(range(1, max(answered))) - answered
        self.assertTrue(not lost or max(answered) > max(lost), said)

    def mails(self):
        """How many mails the peer has begun to take."""
        return read_file(self.own("server", "/var/log/mail.log")).count("client=unknown[3.3.3.3]")

    def assert_echo(self, word):
        """The far end of the session answers."""
        self.session.stdin.write(word + "\n")
        self.session.stdin.flush()
        self.assertEqual(self.session.stdout.readline(), word + "\n", self.all_logs())
