# SPDX-License-Identifier: MIT
"""doc/recipes.md, typed line by line: real programs, and a far side that lets one source in."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import recipes


class Recipe:
    """A section, by both methods."""

    section = None
    address = None  # of the service

    def test_native(self):
        """as written"""
        self.follow(self.section)
        self.assert_turned(self.address)

    def test_phantom(self):
        """by a phantom"""
        self.follow(self.section, phantom=True)
        self.assert_turned(self.address)


class Curl(Recipe, recipes.RecipeTestCase):
    """A web server that is open to one address."""

    section = "A web service that lets one address in: curl"
    address = "1.2.3.4"

    def setUp(self):
        super().setUp()
        self.need("curl")
        with self.server.namespace.inside():
            web = ThreadingHTTPServer((self.address, 80), _Web)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)


class _Web(BaseHTTPRequestHandler):
    """Says whom it sees; of /slow, a line now and then for as long as somebody reads."""

    def do_GET(self):
        """One answer."""
        self.send_response(200)
        self.end_headers()
        line = f"You are {self.client_address[0]}\n".encode()
        self.wfile.write(line)
        try:
            while self.path == "/slow":
                time.sleep(0.05)
                self.wfile.write(line)
        except OSError:
            pass  # who read has gone

    def log_message(self, *_):
        """Nobody reads it."""


class Ssh(Recipe, recipes.RecipeTestCase):
    """An sshd that lets root in from one address."""

    section = "A login that is good from one address: ssh"
    address = "1.2.3.5"

    def setUp(self):
        super().setUp()
        self.need("ssh", "sshd", "ssh-keygen")
        self.need_users("sshd")
        os.makedirs("/run/sshd", exist_ok=True)
        keys = [self.path("server", "/etc/ssh/host_key"), self.path("host", "/etc/ssh/key")]
        for key in keys:
            self.host.run([self.find("ssh-keygen"), "-q", "-ted25519", "-N", "", "-f", key], check=True)
        host_key, key = (recipes.read_file(f"{key}.pub") for key in keys)
        self.write("server", "/etc/ssh/authorized_keys", key)
        config = self.write("server", "/etc/ssh/sshd_config", _SSHD)
        self.write("host", "/etc/ssh/known_hosts", f"{self.address} {host_key}")
        own = self.write("host", "/etc/ssh/ssh_config", _SSH)
        self.program("ssh", [self.find("ssh"), "-F", own])
        self.daemon("server", [self.find("sshd"), "-D", "-e", "-f", config], "Server listening")


_SSHD = """\
ListenAddress 1.2.3.5
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
AllowUsers root@3.3.3.3
StrictModes no
PidFile none
UsePAM no
"""
_SSH = """\
IdentityFile /etc/ssh/key
UserKnownHostsFile /etc/ssh/known_hosts
BatchMode yes
"""
