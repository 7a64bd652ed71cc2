# SPDX-License-Identifier: MIT
"""Every call fails once, answers wrongly once, and is the last of its process once."""

import os
import re
import shutil
from typing import NamedTuple

import lab
from lab.topologies import V4, two_gateways
from wincase import WineTestCase

OTHER = V4.backups[0]
NO_RESOURCES = 1450


class Walk(NamedTuple):
    """A command, and the lines that stand before it. text: what it reads."""

    stands: str
    line: str
    text: str = None


ADD = Walk("", f"add {V4.destination} via {V4.gateway} src {V4.wanted}")
PLAIN = Walk("", f"add {V4.destination} via {V4.gateway} src {V4.usual}")
REPLACE = Walk(f"{V4.destination} via {V4.gateway} src {V4.wanted}\n",
               f"replace {V4.destination} via {OTHER} backup {V4.gateway} src {V4.wanted}")
TO_PLAIN = Walk(f"{V4.destination} via {V4.gateway} src {V4.wanted}\n",
                f"replace {V4.destination} via {V4.gateway} src {V4.usual}")
DEL = Walk(f"{V4.destination} via {V4.gateway} backup {OTHER} src {V4.wanted}\n",
           f"del {V4.destination}")
SWITCH = Walk(f"{V4.destination} via {V4.gateway} backup {OTHER} src {V4.wanted}\n",
              f"switch {V4.gateway} to {OTHER}")
APPLY = Walk(f"""5.5.0.0/16 via {V4.gateway} src {V4.wanted}
                 6.6.0.0/16 via {V4.gateway} src {V4.usual}
                 7.7.7.7 via {V4.gateway} backup {OTHER} src {V4.wanted}
             """,
             "apply -",
             f"""5.5.0.0/16 via {V4.gateway} src {V4.usual}
                 7.7.7.7 via {OTHER} backup {V4.gateway} src {V4.wanted}
                 8.8.8.0/24 via {V4.gateway} src {V4.wanted}
             """)


class FaultTestCase(WineTestCase):
    """Afterwards all is as it was or as it shall be, the ledger knows which, and the next run heals."""

    topology = staticmethod(two_gateways)

    def run_walk(self, walk, **options):
        """The command of a walk."""
        if walk.text is not None:
            options["input"] = walk.text
        return self.route2(self.case.host, walk.line, **options)

    def whole(self):
        """Of the host all that route2 can change, and what the ledger says."""
        return self.case.host.state(), self.ledger()

    def reset(self, walk, base):
        """The state that the walk begins with, made without help of what is tested now."""
        host = self.case.host
        host.ip("neigh flush dev e0 nud permanent")
        host.ip("neigh flush dev e0")
        for line in set(host.ip("-4 route show").splitlines()) - base:
            host.ip("route del " + line.strip())
        shutil.rmtree(os.path.join(self.wine.c, "ProgramData", "route2"), ignore_errors=True)
        if walk.stands:
            self.route2(host, "apply -", input=walk.stands)
        self.wine.forget()

    def assert_claimed(self, before):
        """What stands and did not before is in the ledger."""
        now, rows = self.whole()
        for part in ("IPv4 routes", "IPv4 neighbours"):
            for line in set(now[part]) - set(before[part]):
                dst = next(word for word in line.split() if word.startswith("dst="))[4:]
                self.assertTrue(any(dst in row for row in rows), f"{line}\nis in no row of {rows}")

    @staticmethod
    def but_phantoms(whole):
        """After a kill the next run may take another phantom: which one is all the same."""
        lines = [f"{part}: {line}" for part, lines in whole[0].items() for line in lines]
        text = "\n".join(sorted(lines + whole[1])) + "\n"
        phantoms = re.findall(r"dst=(\S+) dev=e0 lladdr=\S+ state=PERMANENT", text)
        for phantom in phantoms:
            text = re.sub(rf"(?<=[ =]){re.escape(phantom)}(?=[/ \n])", "PHANTOM", text)
        # Book lines are numbered: NUMBER x 256 + ORDER.
        text = re.sub(r"^(book .* )(\d+)( \S+ -)$",
                      lambda found: f"{found[1]}+{int(found[2]) % 256}{found[3]}", text, flags=re.M)
        return "\n".join(sorted(text.splitlines()))

    def try_fault(self, walk, base, start, end, fault, dies):
        """One run with one fault, and one more to heal."""
        self.reset(walk, base)
        self.assert_same_state(start[0], self.whole()[0], "it did not begin as ever")
        self.wine.fault(fault)
        result = self.run_walk(walk, expect=None)
        self.wine.fault()
        now = self.whole()
        if dies:
            self.assertIn(result.returncode, (-9, 137), result.stderr)
            self.assert_claimed(start[0])
        elif result.returncode:
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assert_same_state(start[0], now[0], f"half done, though it said {result.stderr}")
            self.assertEqual(start[1], now[1])
        else:
            self.assert_same_state(end[0], now[0], "not done, though it said so")
            self.assertEqual(end[1], now[1])
        again = self.run_walk(walk, expect=None)
        if again.returncode and "route2 has no such route" not in again.stderr:
            self.fail(f"the next run: {again.stderr}")
        self.assertMultiLineEqual(self.but_phantoms(end), self.but_phantoms(self.whole()))

    def each_fault(self, walk):
        """All calls that the walk makes, one after the other."""
        base = set(self.case.host.ip("-4 route show").splitlines())
        self.settle(self.case.host)
        base = set(self.case.host.ip("-4 route show").splitlines())
        self.reset(walk, base)
        start = self.whole()
        self.run_walk(walk)
        end, calls = self.whole(), self.calls()
        self.assertTrue(lab.difference(start[0], end[0]))
        failures = 0
        for call in calls:
            faults = [f"return {NO_RESOURCES}"]
            if call.changes:
                faults += [f"lose {NO_RESOURCES}", "kill-before", "kill-after"]
            elif not call.name.startswith("Convert"):
                faults += ["kill-before"]
            for fault in faults:
                with self.subTest(f"{call.number} {call.name} {call.nth}: {fault}"):
                    failures += 1
                    self.try_fault(walk, base, start, end, f"* {call.number} {fault}",
                                   fault.startswith("kill"))
                    failures -= 1
            if failures > 5:
                self.fail("and so on")
