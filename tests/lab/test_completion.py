# SPDX-License-Identifier: MIT
"""What shells complete is what the program takes: verbs, their words, options, methods."""

import os
import re
import subprocess
import unittest

from case import ROOT, ROUTE2

IN_LAB = False

BASH = os.path.join(ROOT, "dist", "bash", "route2")
POWERSHELL = os.path.join(ROOT, "dist", "windows", "route2.ps1")


def help_text(*words):
    """What `route2 WORDS --help` prints."""
    return subprocess.run([ROUTE2, *words, "--help"], check=True, capture_output=True,
                          text=True).stdout


def verbs():
    """{"add", ...}"""
    return set(re.findall(r"(?m)^  route2 ([a-z]+)\b", help_text().split("Options:")[0]))


def words_of(verb):
    """The words that are written as they are in the verb's usage."""
    usage = help_text(verb).split("\n\n")[0].removeprefix(f"Usage: route2 {verb}")
    words = set(re.findall(r"[a-z-]{2,}", re.sub(r"\[-[^]]*\]+|\brules [a-z|-]+", "", usage)))
    if "rules " in usage:
        words.add("rules")
    if "WORDS of add" in usage:
        words = words - {"of", "add"} | words_of("add")
    return words


def options():
    """{"--json": "print JSON", ...}"""
    lines = help_text().split("Options:\n")[1].split("\n\n")[0]
    return dict(re.findall(r"(?m)^ +(?:-\w, )?(--[a-z0-9-]+)[ A-Z]*  (.*)$", lines))


def options_of(*said):
    """Those that go with a verb or an option: what begins with such is theirs alone."""
    taken = set()
    for name, text in options().items():
        owners = re.match(r"([\w-]+(?:, [\w-]+)*): ", text)
        if not owners or set(said) & set(owners[1].split(", ")):
            taken.add(name)
    return taken


def methods():
    """Those that `route2 add --help` explains."""
    text = help_text("add").split("\nmethod ")[1].split("\nphantom ")[0]
    return set(re.findall(r"(?m)^ {1,10}([a-z]+)  ", text))


class Bash(unittest.TestCase):
    """dist/bash/route2"""

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = ('source "$1"; shift; COMP_WORDS=(route2 "$@"); COMP_CWORD=$#; _route2; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        offered = subprocess.run(["bash", "-euc", script, "bash", BASH, *words], check=True,
                                 capture_output=True, text=True).stdout.split()
        self.assertEqual(len(offered), len(set(offered)))
        return set(offered)

    def test_verbs(self):
        """offers all verbs, and those that begin so"""
        self.assertEqual(self.complete(""), verbs())
        self.assertEqual(self.complete("sw"), {"switch"})

    def test_words(self):
        """offers each verb its words"""
        for verb in verbs():
            self.assertEqual(self.complete("-j", verb, ""), words_of(verb), verb)

    def test_options(self):
        """offers the options that go with the verb"""
        for verb in verbs():
            self.assertEqual(self.complete(verb, "-"), options_of(verb), verb)
        self.assertEqual(self.complete("add", "--prove", "-"), options_of("add", "--prove"))

    def test_values(self):
        """offers methods, systems and interfaces"""
        self.assertEqual(self.complete("add", "1.2.3.4", "method", ""), methods())
        self.assertEqual(self.complete("explain", "1.2.3.4", "rules", "windows-"), {"windows-xp"})
        self.assertEqual(self.complete("add", "dev", ""), set(os.listdir("/sys/class/net")))


class PowerShell(unittest.TestCase):
    """dist/windows/route2.ps1, whose tables are read: there is no PowerShell to run it"""

    def setUp(self):
        with open(POWERSHELL, encoding="ascii") as file:
            self.text = file.read()

    def table(self, name):
        """{"add": "$route", ...} of `$name = @{`."""
        body = re.search(rf"\${name} = (?:\[ordered\])?@{{\n(.*?)\n    }}", self.text, re.S)[1]
        return {key: value for key, value in re.findall(r"(?m)^ +'([\w-]+)' += (.*)$", body)}

    def list(self, value):
        """The words of 'a', 'b' or @('a'), with what $route stands for."""
        if "$route" in value:
            value += re.search(r"\$route = (.*)", self.text)[1]
        return set(re.findall(r"'([^']*)'", value))

    def test_words(self):
        """has every verb with its words"""
        table = self.table("words")
        self.assertEqual(set(table), verbs())
        for verb, value in table.items():
            self.assertEqual(self.list(value), words_of(verb), verb)

    def test_options(self):
        """has every option with its text"""
        table = {name: value[1:-1].replace("''", "'")
                 for name, value in self.table("options").items()}
        self.assertEqual(table, options())

    def test_values(self):
        """has every method"""
        self.assertEqual(self.list(self.table("values")["method"]), methods())

    def test_form(self):
        """has its strings and brackets closed"""
        bare = re.sub(r"#.*|'(?:[^']|'')*'|\"[^\"]*\"", "", self.text)
        self.assertNotRegex(bare, "['\"]")
        stack = []
        for mark in re.findall(r"[][(){}]", bare):
            if mark in "([{":
                stack.append(mark)
            else:
                self.assertEqual(stack.pop() + mark, {")": "()", "]": "[]", "}": "{}"}[mark])
        self.assertEqual(stack, [])
