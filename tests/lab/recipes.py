# SPDX-License-Identifier: MIT
"""What the tests of doc/recipes.md share: a network as on the page, and somebody who types."""

import itertools
import os
import pwd
import re
import shutil
import socket
import tempfile

import lab
import page
from case import _FINDING, _SANITIZERS, ROOT, ROUTE2, LabTestCase
from lab.topologies import V4, two_gateways

FAR_SIDE = "The far side"  # the section that all others build on
PATIENCE = 15  # seconds

# Every host has its own of these, so that no file of the machine's is touched.
_OWN_FOLDERS = re.compile(r"(?<![\w/.])/(?=(etc|var)/)")
# Commands that change nothing: who types them looks again if it has not happened yet.
_LOOKS = ("curl ", "grep ", "ip route show", "journalctl ", "mailq", "ping ", "route2 check",
          "route2 explain ", "route2 status", "ssh ")
_UNITS = (os.path.join(ROOT, "dist", "systemd"), "/lib/systemd/system", "/usr/lib/systemd/system")


def read_file(path):
    """The text of a file, "" if there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class RecipeTestCase(LabTestCase):
    """The network of the page's drawing, with folders for its hosts' files."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.host, self.server = folder.name, self.case.host, self.case.server
        os.chmod(self.folder, 0o755)  # daemons become other users
        self.logs, self.units = [], {}
        self.addCleanup(self.stop_units)
        self.hosts = {one.name: one for one in (*self.net.hosts, self.case.switch)}
        self.server.ip_batch(f"addr add 1.2.3.{n}/24 dev e0" for n in (5, 6, 7))
        self.program("route2", f'exec {ROUTE2} "$@"')
        self.program("journalctl", f'cat "{self.folder}/host/var/log/$2"')  # -u UNIT
        self.need("nft")
        self.follow(FAR_SIDE)
        self.wire = self.host.sniff("e0")

    # What is there

    def need(self, *programs):
        """Skip where a program is not there."""
        for name in programs:
            if not self.find(name):
                self.skipTest(f"no {name} here: tools/deps test")

    def need_user(self, name):
        """Skip where this user is not there, or not in the lab. Returns what passwd says of it."""
        try:
            user = pwd.getpwnam(name)
            os.chown(self.write("any", "/etc/any", ""), user.pw_uid, user.pw_gid)
        except KeyError:
            self.skipTest(f"no user {name} here: tools/deps test")
        except OSError:
            self.skipTest(f"the lab has no user {name}: it has others than root if root begins it")
        return user

    def find(self, name):
        """The path of a program."""
        return shutil.which(name, path=self.environment("any")["PATH"])

    def own(self, host, text):
        """A text with the paths of this host's own folders."""
        return _OWN_FOLDERS.sub(f"{self.folder}/{host}/", text)

    def path(self, host, path):
        """Where a file of this host's is; its folder exists."""
        path = self.own(host, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, host, path, text):
        """Give a host a file."""
        path = self.path(host, path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.own(host, text))
        return path

    def program(self, name, script):
        """A program of this name stands before the machine's own."""
        path = self.path("any", f"/var/bin/{name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")  # as it is: it may lie below /var itself
        os.chmod(path, 0o755)

    def environment(self, host):
        """What commands of this host's find around them."""
        return _SANITIZERS | {
            "PATH": f"{self.folder}/any/var/bin:{os.environ['PATH']}:/usr/sbin:/sbin",
            "MAIL_CONFIG": self.own(host, "/etc/postfix"), "no_proxy": "*",
            "XDG_RUNTIME_DIR": self.folder}

    # Daemons

    def daemon(self, host, name, argv, ready="", env=None, **options):
        """Start a daemon in the foreground; wait until these words are in /var/log/NAME."""
        path = self.path(host, f"/var/log/{name}")
        with open(path, "ab") as log:
            child = self.hosts[host].popen([self.find(argv[0]), *argv[1:]], stdout=log, stderr=log,
                                           env=self.environment(host) | (env or {}), **options)
        self.logs.append(path)
        self.wait(lambda: ready in read_file(path), f"{ready!r} in {path}")
        return child

    def wait(self, condition, what):
        """Wait for it, or fail with what the daemons say."""
        try:
            return lab.wait_until(condition, timeout=PATIENCE, what=what)
        except lab.Timeout as error:
            return self.fail(f"{error}\n{self.all_logs()}")

    def all_logs(self):
        """What the daemons have said."""
        return "".join(f"--- {path}\n{read_file(path)}" for path in self.logs)

    def systemctl(self, verb, unit):
        """What systemd would do at `systemctl enable --now UNIT` and `systemctl stop UNIT`."""
        if verb == "stop":
            self.units[unit].terminate()
            self.units[unit].wait(timeout=PATIENCE)
            return
        said = self.unit_file(unit)
        program, *words = said["ExecStart"].split()
        if unit == "route2-watch":  # where its file is it was told when it was compiled
            words.append(self.own("host", "/etc/route2/route2.conf"))
        path = self.path("host", f"/var/{unit}.notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(path)
            ear.settimeout(PATIENCE)
            self.units[unit] = self.daemon(
                "host", unit, [os.path.basename(program), *words], env={"NOTIFY_SOCKET": path},
                cwd=self.own("host", said.get("WorkingDirectory", "/")))
            while "READY=1" not in ear.recv(1000).decode():
                pass

    def unit_file(self, unit):
        """The settings of a unit of ours, or of a package."""
        name, template, instance = unit.partition("@")
        for folder in _UNITS:
            if text := read_file(os.path.join(folder, f"{name}{template}.service")):
                return dict(re.findall(r"(?m)^(\w+)=(.*)", text.replace("%i", instance)))
        return self.skipTest(f"no {name}{template}.service here: tools/deps test")

    def stop_units(self):
        """At the end. What a sanitizer has found in them is told."""
        for unit in self.units:
            self.systemctl("stop", unit)
        self.assertNotRegex(self.all_logs(), _FINDING)

    # Typing

    def follow(self, heading, phantom=False):
        """Type a section, as written or by the other method."""
        for step in page.read()[heading]:
            self.type(step.by_phantom() if phantom else step)

    def type(self, step):
        """Type a line of the page, and compare what it prints."""
        program, *words = step.command.split()
        if program == "systemctl":
            self.systemctl(words[0], words[-1])
        elif program == "cat" and not os.path.exists(self.own(step.host, words[0])):
            self.write(step.host, words[0], "\n".join(step.shown) + "\n")
        else:
            last = []

            def as_shown():
                last[:] = self.said(step.host, step.command)
                return step.expects(last[0]) and (step.shown or last[1] == 0)
            try:
                lab.wait_until(as_shown, timeout=PATIENCE if step.command.startswith(_LOOKS) else 0)
            except lab.Timeout:
                self.fail(f"{step}\nended with status {last[1]}, and printed\n{last[0]}\n"
                          f"{self.all_logs()}")

    def said(self, host, command):
        """What a command prints, with the page's paths; and its exit status."""
        result = self.hosts[host].run(["sh", "-c", f"exec 2>&1\n{self.own(host, command)}"],
                                      env=self.environment(host))
        return result.stdout.replace(f"{self.folder}/{host}/", "/"), result.returncode

    # What packets say

    def frames_to(self, destination):
        """What the host has sent there."""
        return self.wire.find(lambda frame: frame.outgoing and frame.dst == destination)

    def assert_turned(self, destination):
        """What went there came from the usual address first, and from some moment on from the
        wanted one; to the MAC of the gateway all the time."""
        frames = self.frames_to(destination)
        sources = [source for source, _ in itertools.groupby(frame.src for frame in frames)]
        self.assertEqual(sources, [V4.usual, V4.wanted])
        self.assertEqual({frame.eth_dst for frame in frames}, {self.case.gateway.mac("lan0")})

    def assert_moved(self, destination):
        """A connection, by its port, has gone to the one gateway and then to the other; and all that
        went there came from the wanted source."""
        macs = [gateway.mac("lan0") for gateway in self.case.gateways]

        def ways():
            frames = self.frames_to(destination)
            self.assertEqual({frame.src for frame in frames}, {V4.wanted})
            return [[mac for mac, _ in itertools.groupby(frame.eth_dst for frame in frames
                                                         if frame.sport == port)]
                    for port in {frame.sport for frame in frames}]
        self.wait(lambda: macs in ways(), f"a connection to {destination} by the other gateway")
