# SPDX-License-Identifier: MIT
"""The base of all tests that run route2.exe under Wine in a virtual network."""

import json
import os
import re

import journal
import lab
from case import LabTestCase
from lab import command
from wine import ROUTE2_EXE, Wine

INTERFACE_METRIC = 25  # what each interface has on Windows, if nothing else is said
ON_LINK_METRIC = 256   # and each route that an address brings
_PROBE_MS = 60         # between two questions of ARP; Windows takes a second


class WineTestCase(LabTestCase):
    """A test with a network of its own, whose host runs Windows.

    As LabTestCase; self.windows(host) makes a host one, self.route2(host, line) runs route2.exe.
    """

    def setUp(self):
        self._machines = {}
        super().setUp()
        if self.case is not None:
            try:
                self.windows(self.case.host)
            except lab.LabUnavailable as why:
                self.skipTest(str(why))

    def windows(self, host):
        """Windows on this host: its Wine. Routes and addresses that stand get metrics as Windows
        has them, to which the kernel's priority is the sum with the interface's."""
        if host.name not in self._machines:
            self._adopt(host)
            self._machines[host.name] = Wine(host)
        return self._machines[host.name]

    @property
    def wine(self):
        """The Wine of self.case.host."""
        return self._machines[self.case.host.name]

    @staticmethod
    def _adopt(host):
        host.settle()
        for name in host.interfaces():
            for family in ("ipv4", "ipv6"):
                host.sysctl(f"net/{family}/neigh/{name}/retrans_time_ms", _PROBE_MS)
        lines = []
        for link in host.ip_json("addr show"):
            for addr in link["addr_info"]:
                if link["ifname"] != "lo" and "local" in addr:
                    peer = f"peer {addr['address']}/" if "address" in addr else "/"
                    lines.append(f"addr change {addr['local']} {peer}".replace(" /", "/") +
                                 f"{addr['prefixlen']} dev {link['ifname']} "
                                 f"metric {ON_LINK_METRIC + INTERFACE_METRIC}")
        for family in (4, 6):
            for route in host.ip_json("route show", options=(f"-{family}",)):
                if route.get("protocol") == "kernel":
                    continue
                via = f"via {route['gateway']} " if "gateway" in route else ""
                words = f"{route['dst']} {via}dev {route['dev']}"
                old = f" metric {route['metric']}" if "metric" in route else ""
                lines += [f"route del {words}{old}", f"route add {words} metric {INTERFACE_METRIC}"]
        host.ip_batch(lines)

    def add_address(self, host, address, interface):
        """An address, as somebody adds one to Windows; routes get their sources anew."""
        host.ip(f"addr add {address} dev {interface} metric {ON_LINK_METRIC + INTERFACE_METRIC}")
        host.settle()
        if host.name in self._machines:
            self._machines[host.name].shimctl("sync")

    def add_route(self, host, words, metric=0):
        """A route that somebody else made, with a metric of Windows."""
        host.ip(f"route add {words} metric {INTERFACE_METRIC + metric}")
        self._machines[host.name].shimctl("sync")

    # Running the program

    def route2(self, host, line, expect=0, **options):
        """Run `route2 LINE` on a host of Windows; its exit status must be `expect` (None: any).

        Options are those of Host.run(). Returns a CompletedProcess with text, lines ended by \\n.
        """
        machine = self.windows(host)
        argv = command.words(line)
        result = machine.run([ROUTE2_EXE, *argv], **options)
        result.stdout = result.stdout.replace("\r\n", "\n")
        result.stderr = result.stderr.replace("\r\n", "\n")
        if expect is not None and result.returncode != expect:
            self.fail(f"{command.failed(['route2', *argv], result)}\nwanted: exit status {expect}")
        return result

    def settle(self, *hosts):
        """Also: routes have the sources that Windows would choose."""
        super().settle(*hosts)
        for host in hosts:
            if host.name in self._machines:
                self._machines[host.name].shimctl("sync")

    # What it did

    def calls(self, host=None):
        """The journal so far, a list of journal.Call."""
        return journal.read(self.windows(host or self.case.host).read("journal"))

    def changes(self, host=None):
        """What route2.exe changed so far, as text: the calls that succeeded or failed."""
        return [str(call) for call in self.calls(host) if call.changes]

    def ledger(self, host=None):
        """What ProgramData\\route2\\state says is ours: the rows that were not struck out."""
        path = os.path.join(self.windows(host or self.case.host).c, "ProgramData", "route2", "state")
        rows = {}
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            for line in file.read().splitlines():
                sign, kind, dst, hop, link, metric, *_ = line.split()
                if kind == "boot":
                    continue
                key = (kind, link, dst, hop if kind != "book" else metric)
                rows.pop(key, None)
                if sign == "+":
                    rows[key] = re.sub(r" [0-9a-f]{8}$", "", line[2:])
        return sorted(rows.values())

    def ours(self, host):
        """The lines of the ledger, in place of the protocol number that Linux keeps."""
        return self.ledger(host)

    def best(self, host, *addresses):
        """What GetBestRoute2() says of these: [(next hop, source), ...], None for no route."""
        answers = []
        for line in self.windows(host).shimctl("best " + " ".join(addresses)).splitlines():
            words = line.split()
            answers.append(None if words[1] == "error" else (words[1], words[2]))
        return answers

    def route2_json(self, host, line, expect=0, **options):
        """What `route2 -j LINE` prints, as Python values."""
        return json.loads(self.route2(host, "-j " + line, expect, **options).stdout)
