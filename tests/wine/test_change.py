# SPDX-License-Identifier: MIT
"""The verbs of route2.exe, with packets, and with what they ask of Windows call by call."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, V6, two_gateways
from wincase import WineTestCase
from wine import ROUTE2_EXE

OTHER = V4.backups[0]
LINE = f"{V4.destination} via {V4.gateway} src {V4.wanted}"
BACKED = f"{V4.destination} via {V4.gateway} backup {OTHER} src {V4.wanted}"


class Change(WineTestCase):
    """add, replace, del, apply, switch."""

    topology = staticmethod(two_gateways)

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.macs = [gateway.mac("lan0") for gateway in self.case.gateways]

    def assert_sent(self, source, gateway=0):
        """The server sees the source, and the frame went to that gateway."""
        with self.host.sniff("e0") as wire:
            self.assertEqual(self.host.source_seen(V4.server), source)
            frame = wire.wait_for(lambda frame: frame.is_udp and frame.dst == V4.server)
        self.assertEqual(frame.eth_dst, self.macs[gateway])

    def assert_asked(self, *calls):
        """What was asked of Windows since the last look, but for what asking leaves behind."""
        index, luid = 101, "6000065000000"
        asked = [call.replace(f" luid {luid} if {index}", "") for call in self.changes()
                 if "lladdr  " not in call]
        self.assertEqual(asked, list(calls))
        self.wine.forget()

    def test_journal(self):
        """Neighbour before route, new before old, and no call too many"""
        self.route2(self.host, f"add {LINE}")
        self.assert_asked(
            f"CreateIpNetEntry2 3.3.3.2 lladdr {self.macs[0]} state 6",
            "CreateIpForwardEntry2 1.2.3.4/32 via 3.3.3.2 metric 0 protocol 3")
        self.assert_sent(V4.wanted)
        self.route2(self.host, f"add {LINE}")
        self.assert_asked()
        self.route2(self.host, f"add 1.2.3.0/24 via {V4.gateway} src {V4.wanted}")
        self.assert_asked("CreateIpForwardEntry2 1.2.3.0/24 via 3.3.3.2 metric 0 protocol 3")
        self.route2(self.host, f"del {V4.destination}")
        self.assert_asked("DeleteIpForwardEntry2 1.2.3.4/32 via 3.3.3.2 metric 0 protocol 3")
        self.assert_sent(V4.wanted)
        self.route2(self.host, "del 1.2.3.0/24")
        self.assert_asked(
            "DeleteIpForwardEntry2 1.2.3.0/24 via 3.3.3.2 metric 0 protocol 3",
            f"DeleteIpNetEntry2 3.3.3.2 lladdr {self.macs[0]} state 6")
        self.assert_sent(V4.usual)

    def test_replace_journal(self):
        """A replaced route stands until the new one does"""
        self.route2(self.host, f"add {LINE}")
        self.wine.forget()
        self.route2(self.host, f"replace {V4.destination} via {OTHER} src {V4.wanted}")
        self.assert_asked(
            f"CreateIpNetEntry2 3.3.3.1 lladdr {self.macs[1]} state 6",
            "CreateIpForwardEntry2 1.2.3.4/32 via 3.3.3.1 metric 0 protocol 3",
            "DeleteIpForwardEntry2 1.2.3.4/32 via 3.3.3.2 metric 0 protocol 3",
            f"DeleteIpNetEntry2 3.3.3.2 lladdr {self.macs[0]} state 6")
        self.assert_sent(V4.wanted, gateway=1)

    def test_silent_gateway(self):
        """A refusal says what Windows did, not what Linux would have done"""
        said = self.assert_refused(self.host, f"add {V4.destination} via 4.3.2.77 src {V4.wanted}",
                                   "4.3.2.77 does not answer ARP on e0", "Windows asks for about 3 s")
        self.assertNotIn("tries", said)

    def test_switch(self):
        """switch moves all routes by one neighbour"""
        self.route2(self.host, "apply -", input=BACKED + f"\n5.5.0.0/16 via {V4.gateway} backup "
                                                         f"{OTHER} src {V4.wanted}\n")
        self.assert_sent(V4.wanted)
        self.wine.forget()
        self.route2(self.host, f"switch {V4.gateway} to {OTHER}")
        self.assert_asked(f"SetIpNetEntry2 3.3.3.2 lladdr {self.macs[1]} state 6")
        self.assert_sent(V4.wanted, gateway=1)
        shown = self.route2_json(self.host, "show")
        self.assertEqual({route["carried_by"] for route in shown}, {OTHER})

    def test_show_is_read_by_apply(self):
        """What show prints, apply takes, and changes nothing"""
        lines = f"{BACKED}\n5.5.0.0/16 via {V4.gateway} src {V4.usual}\n" \
                f"{V6.destination} via {V6.gateway} src {V6.usual}\n"
        self.route2(self.host, "apply -", input=lines)
        shown = self.route2(self.host, "show").stdout
        self.assertEqual(shown.count("\n"), 3, shown)
        self.assertNotIn("#", shown)
        self.wine.forget()
        with self.assert_state_unchanged(self.host):
            self.route2(self.host, "apply -", input=shown)
        self.assert_asked()
        self.route2(self.host, "apply -", input="")
        self.assertEqual(self.ledger(), [])

    def test_apply(self):
        """apply adds, deletes and replaces, each destination having a route all the time"""
        self.route2(self.host, "apply -", input=LINE + "\n")
        self.wine.forget()
        said = self.route2(self.host, "apply -", input=f"{BACKED}\n9.9.9.0/24 via {V4.gateway} "
                                                       f"src {V4.wanted}\n").stdout
        self.assertIn("1 added, 1 replaced, 0 deleted, 0 kept", said)
        calls = [call.split()[0] + " " + call.split()[1] for call in self.changes()]
        self.assertLess(calls.index("CreateIpForwardEntry2 1.2.3.4/32"),
                        calls.index("DeleteIpForwardEntry2 1.2.3.4/32"))
        self.assert_sent(V4.wanted)

    def test_bad_file(self):
        """A file with one bad line changes nothing"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "apply -", expect=2,
                               input=f"{LINE}\n1.2.3.5 vja 4.3.2.1 src 3.3.3.3\n").stderr
        self.assertIn("vja", said)
        self.assertEqual(self.ledger(), [])

    def test_dry_run(self):
        """--dry-run prints what netsh would have to be told, and does none of it"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, f"--dry-run add {LINE}").stdout
        self.assertIn('netsh interface ipv4 add neighbors "e0" 3.3.3.2 '
                      + self.macs[0].replace(":", "-"), said)
        self.assertIn('netsh interface ipv4 add route 1.2.3.4/32 "e0" 3.3.3.2', said)
        self.assertEqual(self.ledger(), [])

    def test_explain(self):
        """explain sets what Windows says beside what the model says, and they are the same"""
        self.route2(self.host, f"add {LINE}")
        for address, source in ((V4.server, V4.wanted), ("1.2.3.99", V4.usual)):
            said = self.route2(self.host, f"explain {address}").stdout
            for who in ("model ", "kernel"):
                self.assertRegex(said, f"(?m)^{who}   from {source} ")
        said = self.route2(self.host, f"explain 9.9.9.9 src {V4.wanted}").stdout
        self.assertRegex(said, f"(?m)^source +{V4.wanted}: yes, by method phantom and phantom 3.3.3.2")

    def test_snapshot(self):
        """A snapshot on another machine explains the same"""
        self.route2(self.host, f"add {LINE}")
        path = os.path.join(self.wine.c, "host.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.route2(self.host, "snapshot").stdout)
        live = self.route2_json(self.host, f"explain {V4.server}")
        paper = self.route2_json(self.host, f"explain {V4.server} on C:/host.json")
        self.assertTrue(live["agrees"])
        self.assertEqual(live["verdict"], paper["verdict"])

    def test_side_by_side(self):
        """Four at once: one writer at a time, and nothing is lost"""
        runs = [self.wine.popen([ROUTE2_EXE, *words.split()])
                for words in (f"add 9.9.9.{n} via {V4.gateway} src {V4.wanted}" for n in range(1, 5))]
        for run in runs:
            out, err = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0, out + err)
        self.assertEqual(len(self.shown(self.host)), 4)
        self.assertEqual(len([row for row in self.ledger() if row.startswith("neigh")]), 1)

    def test_unprivileged(self):
        """Without the right nothing is changed, and the user reads how to get it"""
        self.assert_refused(self.host, f"add {LINE}", "elevated", status=4, unprivileged=True)
