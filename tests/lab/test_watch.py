# SPDX-License-Identifier: MIT
"""`watch` and `status`: gateways die, move and are forged; the host changes under it."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading

import lab
from case import ROUTE2, LabTestCase
from lab.topologies import V4, V6, two_gateways, two_uplinks

QUICK = "monitor interval 50ms misses 3 hold 500ms\n"
LINES = """\
set via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3
1.2.3.0/24
5.6.7.0/24 via 4.3.2.1
set via 2001:db8:4::1 backup 2001:db8:4::11 src 2001:db8:3::3
2001:db8:5::/64
"""


class WatchTestCase(LabTestCase):
    """A host with two gateways, a folder, and a watch that ends with the test."""

    topology = two_gateways

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.host = folder.name, self.case.host
        self.log = os.path.join(self.folder, "log")

    def file(self, text, name="route2.conf"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def watch(self, text=QUICK + LINES, words="-v"):
        """Start it, and wait until it has done its work once."""
        argv = [ROUTE2, *words.split(), "watch", self.file(text)]
        with open(self.log, "ab") as log:
            process = self.host.popen(argv, stderr=log, env={"XDG_RUNTIME_DIR": self.folder})
        self.addCleanup(self.stop, process)
        self.wait(lambda: self.status() and self.status()["routes"]["audits"] > 0, "the first audit")
        return process

    def stop(self, process, number=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(number)
        process.wait(timeout=10)

    def wait(self, condition, what, timeout=10):
        try:
            lab.wait_until(condition, timeout=timeout, what=what)
        except lab.Timeout as error:
            with open(self.log, encoding="utf-8") as log:
                self.fail(f"{error}\n{log.read()}\n{self.host.run([ROUTE2, 'status']).stdout}")

    def logged(self, words):
        with open(self.log, encoding="utf-8") as log:
            return words in log.read()

    def status(self):
        """What it knows; None if it does not run."""
        result = self.host.run([ROUTE2, "-j", "status"])
        return json.loads(result.stdout) if result.returncode == 0 else None

    def gateway(self, ip):
        for one in self.status()["gateways"]:
            if one["gateway"] == ip:
                return one
        return None

    def wait_for_state(self, ip, state):
        self.wait(lambda: (self.gateway(ip) or {}).get("state") == state, f"{ip} to be {state}")

    def all_up(self):
        for ip in (V4.gateway, V4.backups[0], V6.gateway, V6.backups[0]):
            self.wait_for_state(ip, "up")

    def mac_of_phantom(self, phantom="169.254.255.1"):
        rows = self.host.ip_json(f"neigh show to {phantom}")
        return rows[0].get("lladdr") if rows else None

    def wait_carried(self, gateway, phantom="169.254.255.1"):
        self.wait(lambda: self.mac_of_phantom(phantom) == gateway.mac("lan0"),
                  f"{gateway.name} to carry")


class Gateways(WatchTestCase):
    """Which gateway carries."""

    def test_failover_and_back(self):
        """the backup carries while the gateway is dead, and the gateway again after `hold`"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        for ip in (V4, V6):
            self.assert_carried_by(self.host, ip.server, first)
        first.down("lan0")
        self.wait_carried(second)
        self.wait_carried(second, "fe80::7232:1")
        for ip in (V4, V6):
            self.assert_carried_by(self.host, ip.server, second)
            self.wait_for_state(ip.gateway, "down")
        first.up("lan0")
        self.wait_carried(first)
        self.assert_carried_by(self.host, V4.server, first)
        self.assertTrue(self.logged("gateway 4.3.2.1 dev e0 is down"))

    def test_keeps_when_all_are_dead(self):
        """never to nothing: the routes stay"""
        self.watch()
        self.all_up()
        routes = self.host.ip("route show proto 114")
        for gateway in self.case.gateways:
            gateway.down("lan0")
        for ip in (V4.gateway, V4.backups[0]):
            self.wait_for_state(ip, "down")
        self.assertEqual(self.host.ip("route show proto 114"), routes)
        self.case.gateways[1].up("lan0")
        self.wait_carried(self.case.gateways[1])

    def test_withdraw(self):
        """`down withdraw`: a less specific route serves meanwhile"""
        self.watch(QUICK + "monitor down withdraw\n1.2.3.4/32 via 4.3.2.1 src 3.3.3.3 method phantom\n"
                   "1.2.3.0/24 via 4.3.2.11 src 3.3.3.3 method phantom\n")
        first, second = self.case.gateways
        self.wait_for_state(V4.gateway, "up")
        self.wait_for_state(V4.backups[0], "up")
        self.assert_carried_by(self.host, V4.server, first)
        first.down("lan0")
        self.wait(lambda: "1.2.3.4" not in self.host.ip("route show proto 114"), "it to be withdrawn")
        self.assert_carried_by(self.host, V4.server, second)
        first.up("lan0")
        self.wait(lambda: "1.2.3.4" in self.host.ip("route show proto 114"), "it to be restored")
        self.assert_carried_by(self.host, V4.server, first)

    def test_moved(self):
        """another MAC is followed, announced or not"""
        self.watch()
        self.all_up()
        first = self.case.gateways[0]
        for announced in (True, False):
            old, new = first.mac("lan0"), first.next_mac()
            first.sysctl("net.ipv4.conf.lan0.arp_notify", int(announced))
            first.down("lan0")
            first.ip(f"link set lan0 address {new}")
            first.up("lan0")
            self.wait(lambda new=new: self.gateway(V4.gateway)["mac"] == new, f"{old} to become {new}")
            self.wait_for_state(V4.gateway, "up")
            self.wait_carried(first)
            self.assert_carried_by(self.host, V4.server, first)

    def test_pinned(self):
        """`pin`: never; there is an alarm"""
        self.watch(QUICK + "monitor 4.3.2.1 follow pin\n" + LINES)
        self.all_up()
        first = self.case.gateways[0]
        first.down("lan0")
        first.ip(f"link set lan0 address {first.next_mac()}")
        first.up("lan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(self.case.gateways[1])

    def forge(self, wire, mac):
        """All kinds of frames that claim 4.3.2.1."""
        own, station = self.host.mac("e0"), bytes.fromhex(mac.replace(":", ""))
        gateway, us = socket.inet_aton(V4.gateway), socket.inet_aton(V4.usual)
        everybody = b"\xff" * 6
        for target in (everybody, bytes.fromhex(own.replace(":", ""))):
            for op, spa, tha, tpa in ((1, gateway, b"\0" * 6, us), (2, gateway, target, us),
                                      (1, gateway, b"\0" * 6, gateway), (2, gateway, everybody, gateway)):
                wire.send(target + station + b"\x08\x06\0\x01\x08\0\x06\x04" + bytes((0, op)) +
                          station + spa + tha + tpa)

    def test_forged(self):
        """a forger does not get a packet while the gateway lives, and is told of"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        forger = self.case.back.mac("lan0")
        with self.case.back.raw_socket("lan0") as wire:
            for _ in range(300):
                self.forge(wire, forger)
            self.wait(lambda: self.gateway(V4.gateway)["alarm"] != "none" or
                      self.logged("claim"), "the alarm")
            self.assertEqual(self.mac_of_phantom(), first.mac("lan0"))
            first.down("lan0")
            for _ in range(100):
                self.forge(wire, forger)
        self.wait(lambda: self.mac_of_phantom() != first.mac("lan0"), "the failover")
        self.assertIn(self.mac_of_phantom(), (second.mac("lan0"), forger))

    def test_track(self):
        """the gateway lives, and the path behind it is dead"""
        self.watch(QUICK + "monitor 4.3.2.1 track 1.2.3.4\n" + LINES)
        self.all_up()
        self.assertTrue(self.gateway(V4.gateway)["track"]["alive"])
        first, second = self.case.gateways
        first.down("wan0")
        self.wait_for_state(V4.gateway, "down")
        self.wait_carried(second)
        self.assertEqual(self.gateway(V6.gateway)["state"], "up")
        first.up("wan0")
        self.wait_for_state(V4.gateway, "up")
        self.wait_carried(first)

    def test_switch(self):
        """the watch does it, and does not undo it"""
        self.watch()
        self.all_up()
        first, second = self.case.gateways
        self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]}")
        self.wait_carried(second)
        self.assert_carried_by(self.host, V4.server, second)
        self.host.ip(f"neigh replace 169.254.255.1 lladdr {first.mac('lan0')} dev e0 nud permanent")
        self.wait_carried(second)
        self.route2(self.host, f"switch {V4.backups[0]} to {V4.gateway}")
        self.wait_carried(first)
        self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]} for 1s")
        self.wait_carried(second)
        self.wait_carried(first)


class Host(WatchTestCase):
    """What changes on the host itself."""

    def test_put_back(self):
        """a foreign tool deletes or overrides a route; the kernel loses a neighbour entry"""
        self.watch()
        self.all_up()
        routes = self.host.ip("route show proto 114")
        self.host.ip("route del 1.2.3.0/24")
        self.wait(lambda: self.host.ip("route show proto 114") == routes, "the route to be back")
        self.host.ip("route replace 1.2.3.0/24 via 4.3.2.11 proto static")
        self.wait(lambda: "1.2.3.0/24" in self.host.ip("route show proto 114"), "it to go before")
        self.assert_source(self.host, V4.server, "3.3.3.3")
        self.host.ip("neigh del 169.254.255.1 dev e0")
        self.wait_carried(self.case.gateways[0])

    def test_phantom_taken(self):
        """we get the phantom's address, or a host on the link: another phantom, without a gap"""
        self.watch()
        self.all_up()
        self.host.ip("addr add 169.254.255.1/32 dev lo")
        self.wait(lambda: "via 169.254.255.2" in self.host.ip("route show proto 114"), "another")
        self.wait_carried(self.case.gateways[0], "169.254.255.2")
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])
        self.host.ip("addr del 169.254.255.1/32 dev lo")
        self.case.back.ip("addr add 169.254.255.2/24 dev lan0")
        self.case.back.run(["ping", "-c1", "-W1", "169.254.255.77"])
        self.wait(lambda: self.logged("has taken its address"), "it to be heard")
        self.wait(lambda: "via 169.254.255.1" in self.host.ip("route show proto 114"), "another")
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])

    def test_own_mac(self):
        """our own MAC changes, and the kernel drops all neighbours"""
        self.watch()
        self.all_up()
        self.host.ip(f"link set e0 address {self.host.next_mac()}")
        self.wait_carried(self.case.gateways[0])
        self.assert_carried_by(self.host, V4.server, self.case.gateways[0])
        self.all_up()

    def test_link_and_source(self):
        """down and up again; the source goes and comes back; renamed"""
        self.watch(QUICK + LINES.replace("set via 4.3.2.1", "set dev e0\nset via 4.3.2.1"))
        self.all_up()
        lines = self.route2(self.host, "show").stdout
        self.host.down("e0")
        self.wait(lambda: not self.host.ip("route show proto 114"), "the kernel to drop all")
        self.host.up("e0")
        for address in ("2001:db8:4::2/64", "2001:db8:3::3/64"):
            self.host.ip(f"addr add {address} dev e0 nodad")
        self.wait(lambda: self.route2(self.host, "show").stdout == lines, "all to be back")
        self.assert_source(self.host, V4.server, "3.3.3.3")
        self.host.ip("addr del 3.3.3.3/24 dev e0")
        self.wait(lambda: self.status()["routes"]["waiting"], "it to wait for its source")
        self.assertIn("3.3.3.3", self.status()["routes"]["waiting"][0]["why"])
        self.host.ip("addr add 3.3.3.3/24 dev e0")
        self.wait(lambda: self.route2(self.host, "show").stdout == lines, "all to be back")

    def test_waits_for_its_interface(self):
        """it starts before there is one, and says what it waits for"""
        self.watch("1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 dev e9\n5.6.7.0/24 via 4.3.2.1 src 3.3.3.3\n")
        self.assertIn("e9", self.status()["routes"]["waiting"][0]["why"])
        self.assertTrue(self.logged("waiting: 1.2.3.0/24"))
        self.assertIn("5.6.7.0/24", self.host.ip("route show proto 114"))
        self.host.down("e0")
        self.host.ip("link set e0 name e9")
        self.host.up("e9")
        self.wait(lambda: "1.2.3.0/24" in self.host.ip("route show proto 114"), "it to come")

    def test_told(self):
        """add, del and apply beside it are taken for what is wanted"""
        self.watch()
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 backup 4.3.2.11 src 3.3.3.3")
        self.host.ip("route del 9.9.9.9")
        self.wait(lambda: "9.9.9.9" in self.host.ip("route show proto 114"), "it to be put back")
        self.route2(self.host, "del 9.9.9.9")
        self.route2(self.host, "del 1.2.3.0/24")
        audits = self.status()["routes"]["audits"]
        self.host.ip("route del 5.6.7.0/24")
        self.wait(lambda: self.status()["routes"]["audits"] > audits and
                  "5.6.7.0" in self.host.ip("route show proto 114"), "another audit")
        self.assertNotIn("9.9.9.9", self.host.ip("route show proto 114"))
        self.assertNotIn("1.2.3.0", self.host.ip("route show proto 114"))
        self.route2(self.host, f"apply {self.file('7.7.7.0/24 via 4.3.2.1 src 3.3.3.3', 'other')}")
        self.wait(lambda: self.status()["routes"]["wanted"] == 1, "the change to be known")
        self.assertEqual(len(self.shown(self.host)), 1)


class Life(WatchTestCase):
    """Beginning, reload, end."""

    def test_reload(self):
        """SIGHUP: lines of the file that are gone go; a bad file changes nothing and is told"""
        process = self.watch()
        self.all_up()
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.file(QUICK + LINES.replace("1.2.3.0/24", "1.2.0.0/16") + "bad\n")
        process.send_signal(signal.SIGHUP)
        self.wait(lambda: self.logged("the old lines are kept"), "the refusal")
        self.assertTrue(self.logged("route2.conf:7:1: "))
        self.assertIn("1.2.3.0/24", self.host.ip("route show proto 114"))
        self.file(QUICK + LINES.replace("1.2.3.0/24", "1.2.0.0/16"))
        process.send_signal(signal.SIGHUP)
        self.wait(lambda: "1.2.0.0/16" in self.host.ip("route show proto 114"), "the new line")
        self.wait(lambda: "1.2.3.0/24" not in self.host.ip("route show proto 114"), "the old to go")
        self.assertIn("9.9.9.9", self.host.ip("route show proto 114"))

    def test_killed(self):
        """killed and started again it takes over what it finds; the backup goes on carrying"""
        process = self.watch()
        self.all_up()
        first, second = self.case.gateways
        first.down("lan0")
        self.wait_carried(second)
        self.stop(process, signal.SIGKILL)
        with self.assert_state_unchanged(self.host):
            process = self.watch()
            self.wait_for_state(V4.backups[0], "up")
        self.stop(process)
        self.assertEqual(self.mac_of_phantom(), second.mac("lan0"))

    def test_remembered(self):
        """what add made and is withdrawn comes back, also by another watch; del forgets it"""
        self.watch = lambda: WatchTestCase.watch(self, QUICK + "monitor down withdraw\n")
        self.route2(self.host, "add 1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 method phantom")
        process = self.watch()
        self.wait_for_state(V4.gateway, "up")
        first = self.case.gateways[0]
        first.down("lan0")
        self.wait(lambda: "1.2.3.0" not in self.host.ip("route show proto 114"), "it to be withdrawn")
        self.wait(lambda: any("watch-" in name for name in os.listdir(self.folder)) or
                  os.path.exists("/run/route2"), "it to be remembered")
        self.stop(process, signal.SIGKILL)
        first.up("lan0")
        self.watch()
        self.wait(lambda: "1.2.3.0" in self.host.ip("route show proto 114"), "it to be back")

    def test_lost_source(self):
        """a route of ours that has lost its source, and that no line says, is not taken away"""
        self.route2(self.host, "add 2001:db8:5::/64 via 2001:db8:4::1 src 2001:db8:3::3")
        self.host.ip("addr del 2001:db8:3::3/64 dev e0")
        routes = self.host.ip("-6 route show proto 114")
        self.assertIn("2001:db8:5::/64", routes)
        self.watch()
        self.assertIn("2001:db8:5::/64", self.host.ip("-6 route show proto 114"))

    def test_blocked_log(self):
        """nobody reads the log, and all goes on"""
        end, log = os.pipe()
        self.addCleanup(os.close, end)
        fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, 4096)
        os.write(log, b"x" * 4096)
        process = self.host.popen([ROUTE2, "-v", "watch", self.file(QUICK + LINES)], stderr=log)
        os.close(log)
        self.addCleanup(self.stop, process)
        with open(self.log, "w", encoding="utf-8"):
            pass
        self.wait(lambda: self.status() and self.gateway(V4.backups[0]), "it to begin")
        self.all_up()
        self.case.gateways[0].down("lan0")
        self.wait_carried(self.case.gateways[1])
        self.assertGreater(self.status()["lost_log_lines"], 5)

    def test_log_as_json(self):
        """an object a line"""
        self.watch(words="-j")
        self.all_up()
        with open(self.log, encoding="utf-8") as log:
            events = [json.loads(line)["event"] for line in log]
        self.assertIn("up", events)

    def test_no_packet_lost(self):
        """on reload, on restart, on a move between gateways that both live"""
        process = self.watch()
        self.all_up()
        stop, sent = threading.Event(), []

        def send():
            while not stop.wait(0.001):
                flow.sendto(b"x", (V4.server, 9))
                sent.append(1)

        with self.host.namespace.inside():
            flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with flow, self.case.server.sniff("e0") as wire:
            thread = threading.Thread(target=send)
            thread.start()
            try:
                process.send_signal(signal.SIGHUP)
                self.wait(lambda: self.logged("is read again"), "the reload")
                self.stop(process)
                self.watch()
                self.all_up()
                self.route2(self.host, f"switch {V4.gateway} to {V4.backups[0]}")
                self.wait_carried(self.case.gateways[1])
            finally:
                stop.set()
                thread.join()
            arrived = lambda: len(wire.find(lambda f: f.is_udp and not f.outgoing and f.dst == V4.server))
            self.wait(lambda: arrived() >= len(sent), f"all {len(sent)} packets")

    def test_many_gateways(self):
        """three hundred"""
        gateway = self.case.gateways[0]
        numbers = [(n // 250 + 1, n % 250 + 1) for n in range(300)]
        gateway.ip_batch(f"addr add 10.9.{a}.{b}/16 dev lan0" for a, b in numbers)
        self.host.ip("addr add 10.9.200.1/16 dev e0")
        self.watch("".join(f"20.{a}.{b}.0/24 via 10.9.{a}.{b} src 3.3.3.3 method phantom\n"
                           for a, b in numbers), "-q")
        self.wait(lambda: sum(one["state"] == "up" for one in self.status()["gateways"]) == 300,
                  "all of them", 20)
        gateway.down("lan0")
        self.wait(lambda: sum(one["state"] == "down" for one in self.status()["gateways"]) == 300,
                  "all of them to be down", 20)

    def test_ends(self):
        """routes stay; with --withdraw the file's go, and others stay"""
        self.route2(self.host, "add 9.9.9.9 via 4.3.2.1 src 3.3.3.3")
        self.stop(self.watch())
        self.assertEqual(len(self.shown(self.host)), 4)
        self.stop(self.watch(words="--withdraw"))
        self.assertEqual([line.split()[0] for line in self.shown(self.host)], ["9.9.9.9/32"])

    def test_only_one(self):
        """a second watch is refused; without one, status says how to start it"""
        self.assert_refused(self.host, "status", "no watch runs here", "route2 watch")
        self.watch()
        self.assert_refused(self.host, f"watch {self.file('', 'other')}", "a watch runs here already")

    def test_bad_file(self):
        """nothing is begun"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, f"watch {self.file('monitor misses 0')}", 2).stderr
            self.assertIn(":1:16: `misses` needs a number from 1 to 255", said)
            self.assert_refused(self.host, "watch a b", "takes one file", status=2)
            self.assert_refused(self.host, f"watch {self.folder}/none", "No such file")
            self.assert_refused(self.host, "watch", "CAP_NET_ADMIN", status=4, unprivileged=True)

    def test_hooks(self):
        """by argv, with an environment of their own; one that hangs holds nothing up"""
        out = os.path.join(self.folder, "out")
        hook = self.file(f"#!/bin/sh\nenv > {out}.$1\n", "hook")
        os.chmod(hook, 0o755)
        self.watch(QUICK + LINES + f"on down exec {hook} first\non down exec /bin/sleep 1000\n"
                   f"on failover exec {hook} second\non down exec {self.folder}/none\n")
        self.all_up()
        self.case.gateways[0].down("lan0")
        self.wait_carried(self.case.gateways[1])
        self.wait(lambda: os.path.exists(out + ".first") and os.path.exists(out + ".second"), "both")
        self.wait(lambda: "ROUTE2_TEXT" in open(out + ".first").read(), "its environment")
        with open(out + ".first", encoding="utf-8") as file:
            said = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        self.assertEqual(said["ROUTE2_EVENT"], "down")
        self.assertIn(said["ROUTE2_GATEWAY"], (V4.gateway, V6.gateway))
        self.assertNotIn("HOME", said)
        self.wait(lambda: self.logged(f"cannot run {self.folder}/none"), "the missing one to be told")

    def test_notify(self):
        """systemd hears READY, a status and the end"""
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(path)
            ear.settimeout(10)
            process = self.host.popen([ROUTE2, "watch", self.file(LINES)], stderr=subprocess.DEVNULL,
                                      env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
            self.addCleanup(self.stop, process)
            said = ""
            while "READY=1" not in said or "WATCHDOG=1" not in said:
                said += ear.recv(1000).decode()
            process.terminate()
            while "STOPPING=1" not in said:
                said += ear.recv(1000).decode()
        process.wait(timeout=10)

    def test_status(self):
        """a table, JSON, and Prometheus text"""
        self.watch()
        self.all_up()
        table = self.route2(self.host, "status").stdout
        for words in ("GATEWAY", "4.3.2.11", "[4.3.2.1] 4.3.2.11", "3 routes of 3 stand"):
            self.assertIn(words, table)
        text = self.route2(self.host, "status --prometheus").stdout
        self.assertIn('route2_gateway_up{gateway="4.3.2.1",dev="e0"} 1', text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) route2_\w+ .+|route2_\w+(\{.*\})? [0-9.e+-]+)$")
        self.assert_refused(self.host, "show --prometheus", "is for status only", status=2)


class Uplinks(WatchTestCase):
    """Two interfaces."""

    topology = two_uplinks

    def test_second_uplink(self):
        """a line with a higher metric, to which `down withdraw` yields"""
        self.watch(QUICK + "monitor down withdraw\n"
                   "1.2.3.0/24 via 4.3.2.1 src 3.3.3.3 method phantom\n"
                   "1.2.3.0/24 via 6.5.4.1 src 7.7.7.7 metric 100 method phantom\n")
        self.wait_for_state("4.3.2.1", "up")
        self.wait_for_state("6.5.4.1", "up")
        self.assert_source(self.host, "1.2.3.4", "3.3.3.3")
        self.case.gateways[0].ip("addr del 4.3.2.1/24 dev lan0")
        self.wait(lambda: self.host.connect_source("1.2.3.4") == "7.7.7.7", "the other uplink")
        self.assert_source(self.host, "1.2.3.4", "7.7.7.7")
