# SPDX-License-Identifier: MIT
"""Windows programs under Wine, each test with a registry and files of its own."""

import os
import re
import shutil
import subprocess
import tempfile

from built import ROOT
from lab import command

WINE = os.path.join(ROOT, "cross", "wine")
TEMPLATE = os.path.join(ROOT, "build-check", "wine")
FROM_UNIX = {"LC_ALL": "C.UTF-8"}  # how Wine reads the words of a command line


class Prefix:
    """A Wine of its own: the template's, but for its Windows folder, which is shared.

    Wine's network is that of the namespace in which its server starts: with a host of the lab,
    that host's.
    """

    def __init__(self, host=None):
        self._host = host
        subprocess.run([WINE, "cmd", "/c", "exit"], check=True, timeout=120,
                       stdin=subprocess.DEVNULL, capture_output=True)  # makes the template
        self._folder = tempfile.mkdtemp(prefix="r2-wine-")  # a lock lies beside the prefix
        self.path = os.path.join(self._folder, "wine")
        self.drive = os.path.join(self.path, "drive_c")
        shutil.copytree(TEMPLATE, self.path, symlinks=True,
                        ignore=lambda folder, names: [
                            name for name in names if name == "wineserver"
                            or (folder.endswith("drive_c") and name == "windows")
                            or (folder.endswith("ProgramData") and name == "route2")])
        os.symlink(os.path.join(TEMPLATE, "drive_c", "windows"),
                   os.path.join(self.drive, "windows"))

    def run(self, *words, input=None, timeout=60, env=None):
        """Run a program: a CompletedProcess with text, its line ends those of Unix."""
        argv = [WINE, *words]
        env = FROM_UNIX | {"WINEPREFIX": self.path, "TMPDIR": self._folder} | (env or {})
        if self._host:
            result = self._host.run(argv, input=input, timeout=timeout, env=env)
        else:
            result = command.run(argv, input=input, timeout=timeout, env=env)
        result.stdout = result.stdout.replace("\r\n", "\n")
        result.stderr = result.stderr.replace("\r\n", "\n")
        return result

    def file(self, path):
        """The Unix path of a file on drive C: "ProgramData/route2"."""
        return os.path.join(self.drive, path)

    def registry(self, key, value=None):
        """What `reg query` says of a value: its text, "" for the key alone, None if it is not."""
        asked = self.run("reg", "query", key, *(("/v", value) if value else ()))
        if asked.returncode != 0:
            return None
        found = re.search(rf"{re.escape(value)}\s+REG_\w+\s+(.*)", asked.stdout) if value else None
        return found[1].strip() if found else ""

    def close(self):
        """End what runs, and take all away."""
        env = os.environ | {"WINEPREFIX": self.path, "TMPDIR": self._folder}
        for what in ("-k", "-w"):
            subprocess.run(["wineserver", what], env=env, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)
