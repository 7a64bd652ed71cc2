# SPDX-License-Identifier: MIT
"""The far sides of doc/recipes.md, and what its hosts have installed already: each function takes a
RecipeTestCase and starts one, or skips the test."""

import os
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler

from recipes import read_file


class _Web(BaseHTTPRequestHandler):
    """Says whom it sees; of /slow, a line now and then for as long as somebody reads."""

    def do_GET(self):
        """One answer."""
        self.send_response(200)
        self.end_headers()
        line = f"You are {self.client_address[0]}\n".encode()
        try:
            self.wfile.write(line)
            while self.path == "/slow":
                time.sleep(0.05)
                self.wfile.write(line)
        except OSError:
            pass  # who read has gone

    def log_message(self, *_):
        """Nobody reads it."""


class _Server(socketserver.ThreadingTCPServer):
    """Not HTTPServer, which asks the DNS for its own name first."""

    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        """Who asked has gone, such as a probe that resets what it has begun."""


class _ServerIPv6(_Server):
    """The same for the other family."""

    address_family = socket.AF_INET6


def web(test):
    """A web server at 1.2.3.4 and 2001:db8:5::4."""
    test.need("curl")
    for kind, address in ((_Server, "1.2.3.4"), (_ServerIPv6, "2001:db8:5::4")):
        with test.server.namespace.inside():
            server = kind((address, 80), _Web)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)


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


def sshd(test):
    """An sshd at 1.2.3.5 that lets root in from one address; an `ssh` with its key."""
    test.need("ssh", "sshd", "ssh-keygen")
    test.need_user("sshd")
    os.makedirs("/run/sshd", exist_ok=True)
    keys = [test.path("server", "/etc/ssh/host_key"), test.path("host", "/etc/ssh/key")]
    for key in keys:
        test.host.run([test.find("ssh-keygen"), "-q", "-ted25519", "-N", "", "-f", key], check=True)
    host_key, key = (read_file(f"{key}.pub") for key in keys)
    test.write("server", "/etc/ssh/authorized_keys", key)
    test.write("host", "/etc/ssh/known_hosts", f"1.2.3.5 {host_key}")
    config = test.write("host", "/etc/ssh/ssh_config", _SSH)
    test.program("ssh", f'exec {test.find("ssh")} -F {config} "$@"')
    test.daemon("server", "sshd", ["sshd", "-D", "-e", "-f",
                                   test.write("server", "/etc/ssh/sshd_config", _SSHD)],
                "Server listening")


# How Debian has it, but for the chroots and the folders.
_MASTER = """\
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
showq     unix  n       -       n       -       -       showq
smtp      unix  -       -       n       -       -       smtp
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""
_MAIN = """\
compatibility_level = 3.6
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
maillog_file = /var/log/mail.log
maillog_file_prefixes = /var/log/
inet_protocols = ipv4
alias_maps =
"""
_RELAY = _MAIN + """\
myhostname = mail.host.example
mydestination =
relayhost = [1.2.3.6]
smtp_dns_support_level = disabled
"""
_MX = _MAIN + """\
myhostname = mx.peer.example
mydestination = peer.example
local_transport = discard
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_delay_reject = no
smtpd_client_restrictions = check_client_access inline:{{3.3.3.3=OK}}, reject
smtpd_end_of_data_restrictions = {hesitate}
"""


def postfix(test, hesitate=""):
    """A Postfix at 1.2.3.6 that takes mail from one client, and one on the host that relays to it."""
    test.need("postfix", "postconf", "sendmail", "mailq", "postqueue")
    user = test.need_user("postfix")
    # A mail that is still active (*), as it is just being put off, would not be flushed: nobody types so
    # quickly.
    test.program("postqueue", "while mailq | grep -q '^[0-9A-F]*[*]'; do sleep 0.02; done\n"
                 f'exec {test.find("postqueue")} "$@"')
    listener = "1.2.3.6:smtp inet n - n - - smtpd\n"
    for host, main, more in (("server", _MX.format(hesitate=hesitate), listener), ("host", _RELAY, "")):
        test.write(host, "/etc/postfix/main.cf", main)
        test.write(host, "/etc/postfix/master.cf", _MASTER + more)
        for folder in ("/var/spool/postfix/.", "/var/lib/postfix/.", "/var/log/."):
            test.path(host, folder)
        os.chown(test.own(host, "/var/lib/postfix/"), user.pw_uid, user.pw_gid)
        said, status = test.said(host, "postfix check")  # makes its folders
        if status != 0:
            test.fail(f"postfix check: {said}")
        master = os.path.join(test.said(host, "postconf -h daemon_directory")[0].strip(), "master")
        test.daemon(host, "mail.log", [master, "-d"], "daemon started")


_VPN_SERVER = """\
local 1.2.3.7
dev tun
topology subnet
server 10.8.0.0 255.255.255.0
ca /etc/openvpn/server/ca.crt
cert /etc/openvpn/server/server.crt
key /etc/openvpn/server/server.key
dh none
keepalive 10 60
verb 3
"""
_CERTIFICATE = """
    req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2
    -addext keyUsage=digitalSignature,keyCertSign -addext extendedKeyUsage=serverAuth,clientAuth
"""


def openvpn(test):
    """An OpenVPN server at 1.2.3.7; the host has keys for it."""
    test.need("openvpn", "openssl")
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        test.skipTest(f"no tunnel: /dev/net/tun: {error.strerror}")
    folders = {"server": "/etc/openvpn/server", "host": "/etc/openvpn/client"}
    for host, other in (("server", "host"), ("host", "server")):
        name = os.path.basename(folders[host])
        key = test.path(host, f"{folders[host]}/{name}.key")
        certificate = test.path(host, f"{folders[host]}/{name}.crt")
        test.host.run([test.find("openssl"), *_CERTIFICATE.split(), "-subj", f"/CN={name}",
                       "-keyout", key, "-out", certificate], check=True)
        # It stands for itself: it is the other's authority.
        test.write(other, f"{folders[other]}/ca.crt", read_file(certificate))
    config = test.write("server", "/etc/openvpn/server/server.conf", _VPN_SERVER)
    test.daemon("server", "openvpn", ["openvpn", "--config", config],
                "Initialization Sequence Completed")
