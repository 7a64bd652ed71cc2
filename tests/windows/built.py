# SPDX-License-Identifier: MIT
"""What is tested: as Meson says, else what `tools/check windows` leaves in build-check/windows."""

import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BUILD = os.path.join(ROOT, "build-check", "windows")


def _version():
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        return re.search(r"version: '([^']*)'", file.read())[1]


EXE = os.environ.get("ROUTE2_EXE") or os.path.join(_BUILD, "src", "cli", "route2.exe")
VERSION = os.environ.get("VERSION") or _version()
# The installer; None where it cannot be made.
MSI = os.environ.get("ROUTE2_MSI") or next(
    iter(glob.glob(os.path.join(_BUILD, "dist", "windows", f"route2-{VERSION}-x64.msi"))), None)
