# SPDX-License-Identifier: MIT
"""What is typed wrong: one line on stderr that names it and says what to do; nothing is changed."""

import subprocess

from case import ROUTE2, LabTestCase
from lab.topologies import the_case

LINE = "1.2.3.4/32 via 4.3.2.1 src 3.3.3.3"

# The arguments, and what the line has to say of them.
WRONG = (
    # verbs
    ("ad " + LINE, '"ad"', 'did you mean "add"?'),
    ("shwo", '"shwo"', 'did you mean "show"?'),
    ("frobnicate", '"frobnicate"', "route2 --help"),
    ("1.2.3.4", '"1.2.3.4" is not a verb', "route2 add 1.2.3.4"),
    ("1.2.3.4 255.255.255.255 4.3.2.1", "route2 add", "DEST MASK GATEWAY SOURCE"),
    ("1.2.3.4 255.0.255.0 4.3.2.1 3.3.3.3", "255.0.255.0", "such as 255.255.0.0"),
    # too little
    ("add", "a destination", "such as 192.0.2.0/24"),
    ("add 1.2.3.4/32", "no source", "src SOURCE"),
    ("add 1.2.3.4/32 via", '"via" needs a gateway'),
    ("replace 1.2.3.4/32 via 4.3.2.1", "no source", "src SOURCE"),
    ("del", "a destination", "such as"),
    ("show src", '"src" needs a source'),
    ("apply", "apply needs a file", "route2 apply --help"),
    ("switch", "needs two gateways", "route2 switch GATEWAY to GATEWAY"),
    ("switch 4.3.2.1", "needs two gateways", "route2 switch GATEWAY to GATEWAY"),
    ("switch 4.3.2.1 to", "`to` needs a gateway"),
    ("switch 4.3.2.1 to 4.3.2.11 for", "`for` needs a time such as 10m"),
    ("explain", "explain needs a destination"),
    ("explain 1.2.3.4 on", "`on` needs a file or folder"),
    ("explain 1.2.3.4 rules", "`rules` needs linux, windows or windows-xp"),
    ("selftest dev", "`dev` needs an interface"),
    ("show --tries", "--tries needs N"),
    # too much
    ("add " + LINE + " now", '"now"', "the words here are via, backup, src"),
    ("apply one two", "one file, not 2", "route2 apply --help"),
    ("confirm me", '"me"'),
    ("status me", '"me"'),
    ("snapshot me", '"me"', "route2 snapshot > FILE"),
    ("selftest me", '"me"', "route2 selftest > FILE"),
    ("watch one two", "one file, not 2"),
    ("check all me", "`all`", '"me"'),
    # misspelt words
    ("add 1.2.3.4/32 vai 4.3.2.1 src 3.3.3.3", '"vai"', 'did you mean "via"?'),
    ("add 1.2.3.4/32 via 4.3.2.1 scr 3.3.3.3", '"scr"', 'did you mean "src"?'),
    ("add " + LINE + " method fantom", '"fantom"', 'did you mean "phantom"?'),
    ("add " + LINE + " via 4.3.2.1", '"via" is said twice', "backup"),
    ("explain 1.2.3.4 rules win", '"win"', "linux, windows and windows-xp"),
    ("--jsn show", "--jsn", "did you mean --json?"),
    ("--frobnicate show", "--frobnicate", "route2 --help"),
    # bad values
    ("add 1.2.3.4/33 via 4.3.2.1 src 3.3.3.3", "1.2.3.4/33", "from 0 to 32"),
    ("add 1.2.3.4/24 via 4.3.2.1 src 3.3.3.3", "1.2.3.4/24", "1.2.3.0/24"),
    ("add mail.example via 4.3.2.1 src 3.3.3.3", "mail.example", "give the address itself"),
    ("del all", "all is not an address", '"default"'),
    ("switch one to 4.3.2.11", '"one"', "route2 -j show"),
    ("switch 4.3.2.1 to 4.3.2.1", "the same gateway"),
    ("switch 4.3.2.1 to 2001:db8:4::1", "4.3.2.1 and 2001:db8:4::1", "two families"),
    ("switch 4.3.2.1 to 4.3.2.11 for ever", '"ever"', "such as 90s or 10m"),
    ("check 1.2.3.4:99999", "99999", "1 to 65535"),
    ("check --count 0", "--count 0", "1 to 100"),
    ("check --tcp 0 1.2.3.4", "--tcp 0", "1 to 65535"),
    ("show --tries many", "--tries many", "0 to 100"),
    ("--wait 99h show", "--wait 99h", "such as 500ms or 2s"),
    ("apply --within foo file", "--within foo", "dev IFACE, table T, PREFIX"),
    # what does not go together, or not there
    ("-4 -6 show", "-4 and -6", "both families"),
    ("-j --dot explain 1.2.3.4", "-j and --dot"),
    ("-j --prometheus status", "-j and --prometheus"),
    ("--icmp --tcp 80 check", "--icmp, --tcp and --udp"),
    ("--check show", "--check is for apply only", "--dry-run"),
    ("--prometheus show", "--prometheus is for status only", "route2 status --help"),
    ("--prove show", "--prove is for add, replace and apply only", "route2 check"),
    ("--on host.json show", "--on is for add, replace, del and apply only", "on FILE"),
)


class Usage(LabTestCase):
    """Exit status 2, before anything is asked of the kernel."""

    topology = the_case

    def test_wrong(self):
        """is named, with what to do"""
        for line, *words in WRONG:
            with self.subTest(line=line):
                self.assert_refused(self.case.host, line, *words, status=2)

    def test_nothing(self):
        """the help, where errors go"""
        result = self.route2(self.case.host, "", expect=2)
        self.assertEqual(result.stdout, "")
        self.assertIn("Usage:", result.stderr)

    def test_lost_output(self):
        """is no success, and says why"""
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([ROUTE2, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write to standard output: No space left on device", result.stderr)
