# SPDX-License-Identifier: MIT
"""Every call fails once, answers wrongly once, and is the last of its process once."""

import os
import re
import shutil
import socket
from typing import NamedTuple

import lab
from lab.topologies import V4, two_gateways
from wincase import WineTestCase

OTHER = V4.backups[0]
NO_RESOURCES = 1450
TWIN = "3.3.3.2"  # no next hop tells it from V4.wanted
POLICIES = 5000   # the last priority of rules that stand for connection policies: shim/policies.c


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


_LINE = f"{V4.destination} via {V4.gateway} src {V4.wanted} method"
NATIVE = Walk("", f"add {_LINE} native")
REPLACE_NATIVE = Walk(f"{_LINE} native\n",
                      f"replace {V4.destination} via {OTHER} src {TWIN} method native")
NATIVE_TO_PHANTOM = Walk(f"{_LINE} native\n9.9.9.0/24 via {V4.gateway} src {TWIN} method native\n",
                         f"replace {V4.destination} via {V4.gateway} src {V4.usual}")
DEL_NATIVE = Walk(f"{_LINE} native\n", f"del {V4.destination}")
SKIP = Walk("", f"add {_LINE} skipassource")
REPLACE_SKIP = Walk(f"{_LINE} skipassource\n",
                    f"replace {V4.destination} via {V4.gateway} src {TWIN} method skipassource")
SKIP_TO_PLAIN = Walk(f"{_LINE} skipassource\n",
                     f"replace {V4.destination} via {OTHER} src {V4.usual}")
DEL_SKIP = Walk(f"{_LINE} skipassource\n", f"del {V4.destination}")
APPLY_METHODS = Walk(f"""9.9.9.0/24 via {V4.gateway} src {TWIN} method native
                         {_LINE} skipassource
                      """,
                     "apply -",
                     f"""9.9.9.0/24 via {V4.gateway} src {V4.wanted} method skipassource
                         {_LINE} native
                      """)


class FaultTestCase(WineTestCase):
    """Afterwards all is as it was or as it shall be, the ledger knows which, and the next run heals."""

    topology = staticmethod(two_gateways)
    sweeps = False  # is what a kill leaves also to be swept by `apply` of nothing
    nothing = None  # the state without lines of ours

    def run_walk(self, walk, **options):
        """The command of a walk."""
        if walk.text is not None:
            options["input"] = walk.text
        return self.route2(self.case.host, walk.line, **options)

    def whole(self):
        """Of the host all that route2 can change, and what the ledger says."""
        state = self.case.host.state()
        state["SkipAsSource"] = sorted(f"dst={socket.inet_ntoa(bytes.fromhex(word))}"
                                       for word in self.wine.read("skip").split())
        # shim/policies.c: name, provider, family, destination, length, source, weight, and what is
        # the shim's own matter, as are the tables by which it makes Linux obey them.
        state["policies"] = sorted(
            f"dst={socket.inet_ntoa(bytes.fromhex(words[3]))} {' '.join(words[:7])}"
            for words in map(str.split, self.wine.read("policies").splitlines())
            if words[1] != "0")  # a trial's, that goes with its process
        for part in ("IPv4 routes", "IPv4 rules"):
            state[part] = [line for line in state[part] if not re.search(r" table=73\d\d\b", line)]
        state["providers"] = self.wine.read("providers").split()
        return state, self.ledger()

    def reset(self, walk, base):
        """The state that the walk begins with, made without help of what is tested now."""
        host = self.case.host
        for name in ("skip", "policies", "providers"):
            self.wine.write(name, "")
        self.settle(host)  # routes have the sources again that they had without
        host.ip("neigh flush dev e0 nud permanent")
        host.ip("neigh flush dev e0")
        for line in set(host.ip("-4 route show").splitlines()) - base:
            host.ip("route del " + line.strip())
        for row in host.ip_json("rule show"):
            if 0 < row["priority"] <= POLICIES:
                host.ip(f"rule del priority {row['priority']}")
                host.ip(f"route flush table {row['table']}")
        shutil.rmtree(os.path.join(self.wine.c, "ProgramData", "route2"), ignore_errors=True)
        if walk.stands:
            self.route2(host, "apply -", input=walk.stands)
        self.wine.forget()

    def assert_claimed(self, before):
        """What stands and did not before is in the ledger."""
        now, rows = self.whole()
        for part in ("IPv4 routes", "IPv4 neighbours", "SkipAsSource", "policies"):
            known = {self.but_source(line) for line in before[part]}
            for line in set(map(self.but_source, now[part])) - known:
                dst = next(word for word in line.split() if word.startswith("dst="))[4:]
                self.assertTrue(any(dst in row for row in rows), f"{line}\nis in no row of {rows}")

    @staticmethod
    def but_source(line):
        """The shim gives a route of anybody's another source when SkipAsSource is set."""
        return re.sub(r" prefsrc=\S+", "", line)

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

    def try_fault(self, walk, base, start, end, fault, dies, sweeps):
        """One run with one fault, and one more to heal; or, if it sweeps, to take all away."""
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
            if walk.text is None:  # apply tells of each line that cannot be, and of the file
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
        if dies and sweeps:
            self.try_sweep(walk, base, fault)

    def try_sweep(self, walk, base, fault):
        """What was left half is swept by whoever wants nothing at all."""
        self.reset(walk, base)
        self.wine.fault(fault)
        self.run_walk(walk, expect=None)
        self.wine.fault()
        self.route2(self.case.host, "apply -", input="")
        self.assert_same_state(self.nothing[0], self.whole()[0], "not all was swept")
        self.assertEqual(self.ledger(), [])

    def each_fault(self, walk):
        """All calls that the walk makes, one after the other."""
        base = set(self.case.host.ip("-4 route show").splitlines())
        self.settle(self.case.host)
        base = set(self.case.host.ip("-4 route show").splitlines())
        self.reset(walk._replace(stands=""), base)
        self.nothing = self.whole()
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
                with self.subTest(f"{call.name} {call.nth}: {fault}"):
                    failures += 1
                    self.try_fault(walk, base, start, end, f"{call.name} {call.nth} {fault}",
                                   fault.startswith("kill"), self.sweeps and call.changes)
                    failures -= 1
            if failures > 5:
                self.fail("and so on")


class MethodFaultTestCase(FaultTestCase):
    """The host has a twin of V4.wanted, and connection policies are obeyed."""

    sweeps = True

    def setUp(self):
        super().setUp()
        self.add_address(self.case.host, f"{TWIN}/24", "e0")
        self.wine.write("routepolicies", "4")
