# SPDX-License-Identifier: MIT
"""The methods of Windows: what each sets, that packets say so, and that `del` takes it back."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, V6, the_case
from lab.wait import wait_until
from wincase import WineTestCase
from wine import ROUTE2_EXE, WINE_DLLS

TWIN = "3.3.3.2"  # shares all bits but the last with 3.3.3.3: no next hop tells them apart


class MethodTestCase(WineTestCase):
    """The host has 3.3.3.3 and its twin."""

    topology = staticmethod(the_case)

    def setUp(self):
        super().setUp()
        self.host = self.case.host
        self.add_address(self.host, f"{TWIN}/24", "e0")
        self.line = f"{V4.destination} via {V4.gateway} src {V4.wanted}"

    def obey(self, families):
        """Connection policies are obeyed in these families from now on, of "4" and "6"."""
        self.wine.write("routepolicies", families)
        self.wine.shimctl("sync")

    def policies(self):
        """Those that the filter engine has."""
        return self.wine.read("policies").splitlines()

    def skipped(self):
        """The addresses with SkipAsSource, in hexadecimal."""
        return self.wine.read("skip").split()


class SkipAsSource(MethodTestCase):
    """`method skipassource`."""

    def test_set_and_taken_back(self):
        """the far side sees the source; the last line that needs it takes it back"""
        self.assertIn(f"{TWIN} is in the way",
                      self.route2(self.host, f"add {self.line}", 1).stderr)
        said = self.route2(self.host, f"add {self.line} method skipassource")
        self.assertIn(f"{TWIN} gets SkipAsSource", said.stderr)
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
        self.assertEqual(self.best(self.host, V4.server), [(V4.gateway, V4.wanted)])
        self.assertIn("method skipassource", self.route2(self.host, "show").stdout)
        self.assertIn("03030302", self.skipped())
        self.route2(self.host, f"add 9.9.9.0/24 via {V4.gateway} src {V4.wanted}")
        self.route2(self.host, f"del {V4.destination}")
        self.assertIn("03030302", self.skipped())
        self.route2(self.host, "del 9.9.9.0/24")
        self.assertEqual((self.skipped(), self.ledger()), ([], []))

    def test_told_once(self):
        """a line that stands may be said again, and nothing is told of what is set already"""
        self.route2(self.host, f"add {self.line} method skipassource")
        for verb in ("add", "replace"):
            again = self.route2(self.host, f"{verb} {self.line} method skipassource")
            self.assertNotIn("SkipAsSource", again.stderr)
            self.assertNotIn("would do", again.stderr)
        self.assertEqual(len(self.skipped()), 2)

    def test_back_and_forth(self):
        """what only the line as it stands needs is no obstacle to another source of its"""
        self.route2(self.host, f"add {self.line} method skipassource")
        to = f"{V4.destination} via {V4.gateway} src"
        self.route2(self.host, f"replace {to} {TWIN} method skipassource")
        self.assertEqual(self.host.source_seen(V4.server), TWIN)
        self.assertNotIn("03030302", self.skipped())
        self.route2(self.host, f"replace {to} {V4.usual}")
        self.assertEqual(self.host.source_seen(V4.server), V4.usual)
        self.assertIn("method plain", self.route2(self.host, "show").stdout)
        self.assertEqual(self.skipped(), [])

    def test_one_file(self):
        """apply: whatever the order of the lines, the others see what skipassource does"""
        for lines in ((f"9.9.9.0/24 via {V4.gateway} src {V4.wanted}",
                       f"{self.line} method skipassource"),
                      (f"{self.line} method skipassource",
                       f"9.9.9.0/24 via {V4.gateway} src {V4.wanted}")):
            with self.subTest(lines=lines), self.assert_state_unchanged(self.host):
                self.route2(self.host, "apply -", input="\n".join(lines))
                self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
                self.assertEqual(self.best(self.host, "9.9.9.9"), [(V4.gateway, V4.wanted)])
                shown = self.route2(self.host, "show").stdout
                self.assertIn("9.9.9.0/24 via 4.3.2.1 src 3.3.3.3 dev e0 method plain", shown)
                said = self.route2(self.host, "apply -", input=shown)
                self.assertIn("nothing to change", said.stdout)
                self.route2(self.host, "apply -", input="")
                self.assertEqual((self.skipped(), self.ledger()), ([], []))

    def test_taken_out_of_the_file(self):
        """the line that asked for it goes: it stays for another that needs it, and goes with that"""
        other = f"9.9.9.0/24 via {V4.gateway} src {V4.wanted}\n"
        self.route2(self.host, "apply -", input=f"{self.line} method skipassource\n{other}")
        for _ in range(2):
            self.route2(self.host, "apply -", input=other)
            self.assertEqual(self.best(self.host, "9.9.9.9"), [(V4.gateway, V4.wanted)])
            self.assertIn("03030302", self.skipped())
        self.route2(self.host, "apply -", input=f"9.9.9.0/24 via {V4.gateway} src {V4.usual}\n")
        self.assertEqual(self.best(self.host, "9.9.9.9"), [(V4.gateway, V4.usual)])
        self.assertEqual(self.skipped(), [])

    def test_against_each_other(self):
        """a line of the file that sends from what another skips: refused, and nothing is changed"""
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, "apply -", 2, input=f"""
                9.9.9.0/24 via {V4.gateway} src {TWIN} method phantom
                {self.line} method skipassource""").stderr
            self.assertIn("SkipAsSource", said)
        self.assertEqual((self.skipped(), self.ledger()), ([], []))

    def test_not_ours(self):
        """what somebody else has set stays set"""
        index = self.host.ip_json("link show dev e0")[0]["ifindex"]
        self.wine.shimctl(f"skip {TWIN} {index} 1")
        self.route2(self.host, f"add {self.line} method skipassource")
        self.route2(self.host, f"del {V4.destination}")
        self.assertIn("03030302", self.skipped())

    def test_undone(self):
        """whatever of it fails, all is as it was"""
        for fault in ("SetUnicastIpAddressEntry 1 return 87", "SetUnicastIpAddressEntry 1 lose 87",
                      "GetUnicastIpAddressEntry 1 return 1168",
                      "CreateIpForwardEntry2 1 return 87", "GetBestRoute2 0 return 87"):
            with self.subTest(fault=fault), self.assert_state_unchanged(self.host):
                self.wine.fault(fault)
                self.route2(self.host, f"add {self.line} method skipassource", 1)
                self.wine.fault()
                self.assertEqual((self.skipped(), self.ledger()), ([], []))

    def test_killed(self):
        """killed between any two calls: the next change leaves nothing that nobody needs"""
        before = self.host.state()
        for fault in ("SetUnicastIpAddressEntry 1 kill-before",
                      "SetUnicastIpAddressEntry 1 kill-after",
                      "CreateIpForwardEntry2 1 kill-before"):
            with self.subTest(fault=fault):
                self.wine.fault(fault)
                self.route2(self.host, f"add {self.line} method skipassource", None)
                self.wine.fault()
                self.route2(self.host, "del 1.2.3.4", 1)
                self.assertEqual((self.skipped(), self.ledger()), ([], []))
                self.assert_same_state(before, self.host.state())


class Native(MethodTestCase):
    """`method native`, and `auto` where nothing else does it."""

    def test_packets(self):
        """auto gets there where they are obeyed: seen on the far side, and gone with `del`"""
        self.obey("4")
        with self.assert_state_unchanged(self.host):
            self.route2(self.host, f"add {self.line}")
            self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
            # The routing table by itself does not know of it.
            self.assertNotEqual(self.best(self.host, V4.server)[0][1], V4.wanted)
            self.assertIn("method native", self.route2(self.host, "show").stdout)
            self.assertEqual(len(self.policies()), 1)
            self.route2(self.host, f"add {self.line}")
            self.assertEqual(len(self.policies()), 1)
            self.route2(self.host, f"replace {V4.destination} via {V4.gateway} src {TWIN}")
            self.assertEqual(self.host.source_seen(V4.server), TWIN)
            self.assertEqual(len(self.policies()), 1)
            self.route2(self.host, f"del {V4.destination}")
            self.assertEqual((self.policies(), self.wine.read("providers"), self.ledger()),
                             ([], "", []))

    def test_not_obeyed(self):
        """a trial finds that out; the refusal says what turns them on, and nothing is turned on"""
        for line in (self.line, f"{self.line} method native"):
            with self.subTest(line=line), self.assert_state_unchanged(self.host):
                said = self.route2(self.host, f"add {line}", 1).stderr
                self.assertIn("netsh int ipv4 set gl routepolicies=enabled", said)
                self.assertEqual(self.policies(), [])
        trials = [call for call in self.changes() if "ConnectionPolicyAdd" in call]
        self.assertEqual(len(trials), 2)
        for call in trials:
            self.assertIn(" 192.0.2.1/32 from ", call)

    def test_no_cure(self):
        """what no policy would mend is refused without a trial, and without advice to turn them on"""
        for line, word in ((f"{self.line} dev nope", "there is no interface nope"),
                           (f"{V4.destination} via 8.8.8.8 src {V4.wanted}", "not on the link"),
                           (f"{self.line} table 7", "one table")):
            said = self.route2(self.host, f"add {line}", None).stderr
            self.assertIn(word, said)
            self.assertNotIn("routepolicies", said)
        self.assertNotIn("Fwpm", self.wine.read("journal"))

    def test_lacking(self):
        """a Windows without them: it says so, and no trial is made"""
        shutil.copy(os.path.join(WINE_DLLS, "fwpuclnt.dll"),
                    os.path.join(self.wine.c, "windows", "system32", "fwpuclnt.dll"))
        said = self.route2(self.host, f"add {self.line} method native", 1).stderr
        self.assertIn("no connection policies", said)
        self.assertIn("Windows 11 24H2", said)

    def test_only_when_it_matters(self):
        """no trial where the gateway or a phantom does it"""
        self.obey("4")
        self.route2(self.host, f"add {V4.destination} via {V4.gateway} src {V4.usual}")
        self.assertNotIn("Fwpm", self.wine.read("journal"))

    def test_ipv6(self):
        """no phantom: a policy, or a refusal"""
        line = f"{V6.destination} via {V6.gateway} src {V6.wanted}"
        self.assertIn("IPv6", self.route2(self.host, f"add {line}", 1).stderr)
        self.obey("6")
        with self.assert_state_unchanged(self.host):
            self.route2(self.host, f"add {line}")
            self.assertEqual(self.host.source_seen(V6.server), V6.wanted)
            self.route2(self.host, f"del {V6.destination}")
        self.assertEqual((self.policies(), self.ledger()), ([], []))

    def test_undone(self):
        """whatever of it fails, all is as it was"""
        self.obey("4")
        self.route2(self.host, f"add 9.9.9.9/32 via {V4.gateway} src {V4.wanted}")
        policies, ledger = self.policies(), self.ledger()
        for fault in ("FwpmConnectionPolicyAdd0 1 return 5", "FwpmConnectionPolicyAdd0 2 return 5",
                      "FwpmConnectionPolicyAdd0 2 lose 5", "CreateIpForwardEntry2 1 return 87",
                      "CreateIpForwardEntry2 1 lose 87"):
            with self.subTest(fault=fault), self.assert_state_unchanged(self.host):
                self.wine.fault(fault)
                self.route2(self.host, f"add {self.line}", 1 if "5" not in fault else None)
                self.wine.fault()
                self.assertEqual((self.policies(), self.ledger()), (policies, ledger))

    def test_taken_away(self):
        """a policy that somebody deletes: `show` says so, and saying the line again makes it anew"""
        self.obey("4")
        self.route2(self.host, f"add {self.line}")
        self.wine.write("policies", "")
        self.wine.shimctl("sync")
        self.assertIn("lost its source", self.route2(self.host, "show").stdout)
        self.route2(self.host, f"replace {self.line}")
        self.assertEqual(len(self.policies()), 1)
        self.route2(self.host, f"del {V4.destination}")
        self.assertEqual((self.policies(), self.ledger()), ([], []))


class Restart(MethodTestCase):
    """The active store and the filter engine forget; the ledger does not, and the watch brings all
    back."""

    LINES = (f"{V4.destination} via {V4.gateway} src {V4.wanted} method native",
             f"9.9.9.0/24 via {V4.gateway} src {V4.usual} method phantom",
             f"8.8.8.0/24 via {V4.gateway} src {V4.usual}")

    def setUp(self):
        super().setUp()
        self.obey("4")
        for line in self.LINES:
            self.route2(self.host, f"add {line}")
        self.shown_before = self.route2(self.host, "show").stdout

    def restart(self):
        """As a restart of Windows leaves things."""
        for row in self.host.ip_json("route show"):
            if row["dst"] in (V4.server, "9.9.9.0/24", "8.8.8.0/24"):
                self.host.ip(f"route del {row['dst']}")
        for row in self.host.ip_json("neigh show nud permanent"):
            self.host.ip(f"neigh del {row['dst']} dev e0")
        self.wine.write("policies", "")
        for row in self.host.ip_json("rule show"):
            if row["priority"] < 5001 and row["priority"]:
                self.host.ip(f"rule del priority {row['priority']}")
        self.wine.restart()
        self.wine.shimctl("sync")

    def watch(self):
        """The watch on a file that says nothing, until the test is over."""
        folder = os.path.join(self.wine.c, "ProgramData", "route2")
        with open(os.path.join(folder, "route2.conf"), "w", encoding="utf-8") as file:
            file.write("")
        self.wine.popen([ROUTE2_EXE, "watch", r"C:\ProgramData\route2\route2.conf"],
                        stderr=subprocess.DEVNULL)

    def test_brought_back(self):
        """routes, neighbours and policies, by a watch whose file says nothing"""
        self.restart()
        self.assertEqual(self.route2(self.host, "show").stdout, "")
        self.watch()
        wait_until(lambda: self.route2(self.host, "show").stdout == self.shown_before, 30,
                   "all to be back")
        self.assertEqual(self.host.source_seen(V4.server), V4.wanted)
        self.assertEqual(len(self.policies()), 1)

    def test_not_claimed(self):
        """what somebody else makes at the same place after the restart is theirs"""
        self.restart()
        self.add_route(self.host, f"8.8.8.0/24 via {V4.gateway} dev e0")
        # Any change finds out about the restart.
        self.route2(self.host, f"add 7.7.7.0/24 via {V4.gateway} src {V4.usual}")
        self.assertNotIn("8.8.8", self.route2(self.host, "show").stdout)
        self.route2(self.host, "del 8.8.8.0/24")  # it is forgotten, and the other's stays
        self.assertTrue(self.host.ip_json("route show 8.8.8.0/24"))
        self.assertIn("no such route", self.route2(self.host, "del 8.8.8.0/24", 1).stderr)

    def test_deleted_by_hand(self):
        """while the system runs, what somebody else deletes is ours no more"""
        self.host.ip("route del 8.8.8.0/24")
        self.route2(self.host, f"del {V4.destination}")
        self.assertNotIn("route 8.8.8.0/24", "\n".join(self.ledger()))
        self.add_route(self.host, f"8.8.8.0/24 via {V4.gateway} dev e0")
        self.assertIn("not by route2",
                      self.route2(self.host, f"add {self.LINES[2]}", 1).stderr)


class Foreign(MethodTestCase):
    """What is not route2's stays."""

    KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\PersistentRoutes"

    def test_a_persistent_route(self):
        """somebody else's (route -p): ours at its place is not deleted, and none is made there"""
        line = f"8.8.8.0/24 via {V4.gateway} src {V4.usual}"
        self.route2(self.host, f"add {line}")
        self.wine.run(["reg", "add", self.KEY, "/v", f"8.8.8.0,255.255.255.0,{V4.gateway},1"],
                      check=True)
        self.route2(self.host, "del 8.8.8.0/24")
        self.assertTrue(self.host.ip_json("route show 8.8.8.0/24"))
        self.assertEqual(self.ledger(), [])
        self.host.ip("route del 8.8.8.0/24")
        with self.assert_state_unchanged(self.host):
            self.assertIn("persistent", self.route2(self.host, f"add {line}", 1).stderr)
        self.assertEqual(self.ledger(), [])

    def test_a_route_at_the_same_place(self):
        """refused, and untouched"""
        self.add_route(self.host, f"{V4.destination} via {V4.gateway} dev e0", 0)
        with self.assert_state_unchanged(self.host):
            said = self.route2(self.host, f"add {self.line} method skipassource", 1).stderr
            self.assertIn("not by route2", said)
        self.assertEqual((self.skipped(), self.ledger()), ([], []))
