# SPDX-License-Identifier: MIT
"""What route2.exe is made of: what it needs of Windows, and what Windows reads in it."""

import os
import re
import struct
import subprocess
import unittest

from built import EXE, VERSION

IN_LAB = False

HERE = os.path.dirname(os.path.abspath(__file__))
# Of HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\KnownDLLs of every Windows 10 and Server
# 2016: these the loader takes from System32, whatever lies beside the program.
KNOWN_DLLS = {"ADVAPI32.dll", "KERNEL32.dll", "SHELL32.dll", "USER32.dll", "WS2_32.dll", "msvcrt.dll",
              "ole32.dll"}


def tool(name, *words):
    """What a tool of mingw-w64 says of route2.exe."""
    return subprocess.run([f"x86_64-w64-mingw32-{name}", *words], check=True, capture_output=True,
                          text=True, errors="replace").stdout


def imports(text):
    """{"KERNEL32.dll CloseHandle", ...} of the output of objdump -p."""
    found, dll = set(), None
    for line in text.splitlines():
        if match := re.match(r"\s*DLL Name: (\S+)", line):
            dll = match[1]
        elif match := re.match(r"\t[0-9a-f]+\s+\d+\s+(\w+)$", line.rstrip(" ")):
            found.add(f"{dll} {match[1]}")
        elif not line.strip():
            dll = None
    return found


class Exe(unittest.TestCase):
    """route2.exe"""

    @classmethod
    def setUpClass(cls):
        cls.headers = tool("objdump", "-p", EXE).split("The Function Table")[0]
        cls.resources = tool("windres", "-i", EXE, "-J", "coff", "-O", "rc")

    def test_dlls(self):
        """needs DLLs that the loader takes from System32, and no others"""
        dlls = set(re.findall(r"DLL Name: (\S+)", self.headers))
        self.assertIn("KERNEL32.dll", dlls)
        self.assertEqual(sorted(dlls - KNOWN_DLLS), [])

    def test_imports(self):
        """imports what imports.txt lists: a name that a Windows lacks would keep it from starting"""
        with open(os.path.join(HERE, "imports.txt")) as file:
            allowed = {line.strip() for line in file if not line.startswith("#")}
        found = imports(self.headers)
        self.assertIn("KERNEL32.dll GetProcAddress", found)
        missing = sorted(found - allowed)
        self.assertFalse(missing, "\n".join(["not in tests/windows/imports.txt:", *missing]))

    def test_hardened(self):
        """is of 64 bits, of a fresh address each time, and its data is not executed"""
        self.assertIn("pei-x86-64", self.headers)
        for flag in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
            self.assertIn(flag, self.headers)
        self.assertIn("(Windows CUI)", self.headers)

    def test_bare(self):
        """has neither symbols nor the time of its build: the same sources give the same file"""
        self.assertIn("symbols stripped", self.headers)
        self.assertRegex(self.headers, r"Time/Date\s+Thu Jan  1 00:00:00 1970")

    def test_access(self):
        """lets administrators and the system alone speak to the watch, hold the lock and write the ledger"""
        with open(EXE, "rb") as file:
            found = re.findall(rb"(?:O\0:\0B\0A\0)?D\0:\0(?:[ -~]\0)+", file.read())
        found = {text.decode("utf-16-le") for text in found}
        self.assertEqual(found, {"D:P(A;;FA;;;SY)(A;;FA;;;BA)", "O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)",
                                 "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)"})

    def test_recovery(self):
        """has a service that failed started anew after a second, five, and a minute"""
        restart = 1  # SC_ACTION_RESTART, winsvc.h
        with open(EXE, "rb") as file:
            self.assertIn(struct.pack("<6I", restart, 1000, restart, 5000, restart, 60000),
                          file.read())

    def test_version(self):
        """shows its version"""
        commas = ", ".join(VERSION.split(".")) + ", 0"
        for wanted in (f"FILEVERSION {commas}", f"PRODUCTVERSION {commas}",
                       f'"ProductVersion", "{VERSION}"', '"OriginalFilename", "route2.exe"'):
            self.assertIn(wanted, self.resources)

    def test_manifest(self):
        """asks for UTF-8, long paths, no elevation, and is known to Windows 10"""
        manifest = self.resources.split("RT_MANIFEST")[1]
        for wanted in (">UTF-8<", ">true</longPathAware>", 'level=""asInvoker""',
                       "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}", f'version=""{VERSION}.0""'):
            self.assertIn(wanted, manifest)
