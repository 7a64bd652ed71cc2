# SPDX-License-Identifier: MIT
"""doc/recipes.md as a program: its sections, and the commands in them.

A block of commands is fenced as ```console. A line `host# COMMAND` is typed on the host of that name;
what stands below, up to the next of its kind, is what it prints. `...` stands for anything, alone for
any lines, in a line for what differs. A command that nothing stands below must succeed in silence.
`cat FILE` of a file that is not there yet says what is to be in it.
"""

import itertools
import os
import pwd
import re
import shlex
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace

import lab
from case import _SANITIZERS, ROOT, ROUTE2, LabTestCase
from lab.topologies import V4, two_gateways

PAGE = os.path.join(ROOT, "doc", "recipes.md")

# Every host has its own of these, so that no file of the machine's is touched.
_OWN_FOLDERS = re.compile(r"(?<![\w/.])/(?=(etc|var)/)")
# Commands that change nothing: who types them looks again if it has not happened yet.
_LOOKS = ("cat", "curl", "grep", "mailq", "ping", "route2 show", "route2 status", "ssh")

_PROMPT = re.compile(r"(\w+)# (.+)")


def read_file(path):
    """The text of a file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


@dataclass
class Step:
    """One command of the page."""

    line: int
    host: str
    command: str
    shown: list = field(default_factory=list)

    def __str__(self):
        return f"doc/recipes.md:{self.line}: {self.host}# {self.command}"

    def expects(self, said):
        """Does what the page shows stand for what was said?"""
        return _matches(self.shown, said.splitlines())


def _matches(shown, said):
    """Line by line; "..." alone takes as many as it must."""
    if not shown:
        return not said
    first, *rest = shown
    if first == "...":
        return any(_matches(rest, said[n:]) for n in range(len(said) + 1))
    pattern = ".*".join(map(re.escape, first.split("...")))
    return bool(said) and re.fullmatch(pattern, said[0]) is not None and _matches(rest, said[1:])


def read():
    """The page's sections: {heading: [Step]}, in order; of those that have commands."""
    sections, steps, inside = {}, [], False
    with open(PAGE, encoding="utf-8") as file:
        for number, text in enumerate(map(str.rstrip, file), 1):
            if text.startswith("```"):
                inside = text == "```console"
            elif text.startswith("## "):
                steps = sections.setdefault(text[3:], [])
            elif inside and (prompt := _PROMPT.fullmatch(text)):
                steps.append(Step(number, *prompt.groups()))
            elif inside:
                steps[-1].shown.append(text)
    return {heading: steps for heading, steps in sections.items() if steps}


def by_phantom(step):
    """The same step, where `route2 add` names the method."""
    if not step.command.startswith("route2 add "):
        return step
    shown = [text.replace("method native", "method phantom phantom ...") for text in step.shown]
    return replace(step, command=step.command + " method phantom", shown=shown)


class RecipeTestCase(LabTestCase):
    """The network of the page's drawing, with folders for its hosts' files."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.host, self.server = folder.name, self.case.host, self.case.server
        os.chmod(self.folder, 0o755)  # daemons become other users
        self.logs = []
        self.hosts = {one.name: one for one in self.net.hosts}
        self.server.ip_batch(f"addr add 1.2.3.{n}/24 dev e0" for n in (5, 6, 7))
        self.program("route2", [ROUTE2])
        self.need("nft")
        self.follow("The network")
        self.wire = self.host.sniff("e0")

    def need(self, *programs):
        """Skip where a program is not there."""
        for name in programs:
            if not self.find(name):
                self.skipTest(f"no {name} here: tools/deps test")

    def need_users(self, *names):
        """Skip where these users are not there, or not in the lab, as nobody but root may map them."""
        somewhere = self.write("any", "/etc/any", "")
        for name in names:
            try:
                os.chown(somewhere, pwd.getpwnam(name).pw_uid, -1)
            except KeyError:
                self.skipTest(f"no user {name} here")
            except OSError:
                self.skipTest(f"the lab has no user {name}, as it was not begun by root")

    def find(self, name):
        """The path of a program."""
        return shutil.which(name, path=self.environment("any")["PATH"])

    def daemon(self, host, argv, ready):
        """Start a daemon in the foreground; wait until it has logged these words."""
        path = self.path(host, f"/var/log/{os.path.basename(argv[0])}")
        with open(path, "ab") as log:
            child = self.hosts[host].popen(argv, stdout=log, stderr=log, env=self.environment(host))
        self.logs.append(path)
        self.wait_logged(path, ready)
        return child

    def wait_logged(self, path, words):
        """Wait until a log has these words."""
        try:
            lab.wait_until(lambda: os.path.exists(path) and words in read_file(path), timeout=15,
                           what=f"{words!r} in {path}")
        except lab.Timeout as error:
            self.fail(f"{error}\n{self.all_logs()}")

    def all_logs(self):
        """What the daemons have said."""
        return "".join(f"--- {path}\n{read_file(path)}" for path in self.logs
                       if os.path.exists(path))

    # Typing

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

    def program(self, name, argv):
        """A program of this name stands before the machine's own."""
        path = self.path("bin", f"/var/{name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n')
        os.chmod(path, 0o755)

    def environment(self, host):
        """What commands of this host's find around them."""
        return _SANITIZERS | {
            "PATH": f"{self.folder}/bin/var:{os.environ['PATH']}:/usr/sbin:/sbin",
            "MAIL_CONFIG": self.own(host, "/etc/postfix"), "no_proxy": "*"}

    def type(self, step):
        """Type a line of the page, and compare what it prints."""
        command = self.own(step.host, step.command)
        if command.startswith("cat ") and not os.path.exists(command[4:]):
            os.makedirs(os.path.dirname(command[4:]), exist_ok=True)
            self.write(step.host, command[4:], "\n".join(step.shown) + "\n")
            return
        if command.startswith(_LOOKS):
            patience = time.monotonic() + 15
        else:
            patience = 0
        while True:
            said, status = self.said(step.host, command)
            if step.expects(said) and (step.shown or status == 0):
                return
            if time.monotonic() >= patience:
                self.fail(f"{step}\nexit status {status}, and it printed\n{said}\n{self.all_logs()}")
            time.sleep(0.05)

    def said(self, host, command):
        """What a command prints, with the page's paths; and its exit status."""
        result = self.hosts[host].run(["sh", "-c", f"exec 2>&1\n{command}"],
                                      env=self.environment(host))
        return result.stdout.replace(f"{self.folder}/{host}/", "/"), result.returncode

    def follow(self, heading, phantom=False):
        """Type a section, as written or by the other method."""
        for step in read()[heading]:
            self.type(by_phantom(step) if phantom else step)

    # What packets say

    def assert_turned(self, destination):
        """What went there came from the usual address first, and from some moment on from the
        wanted one; to the MAC of the gateway all the time."""
        frames = self.wire.find(lambda frame: frame.outgoing and frame.dst == destination)
        sources = [source for source, _ in itertools.groupby(frame.src for frame in frames)]
        self.assertEqual(sources, [V4.usual, V4.wanted])
        self.assertEqual({frame.eth_dst for frame in frames}, {self.case.gateway.mac("lan0")})
