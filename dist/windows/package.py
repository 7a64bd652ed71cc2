#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What route2.exe is handed out as: an installer, a zip, and manifests for winget.

    dist/windows/package.py EXE VERSION URL DIR

Into DIR: route2-VERSION-x64.msi, route2-VERSION-x64.zip and winget/*.yaml. URL is the folder that
the installer will be fetched from. Needs wixl, msibuild and mandoc. The same input gives the same
files, but for the MSI's own time stamp.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OF_ROUTE2 = uuid.UUID("3B4B7A52-6A0B-4F0C-9C55-6E3D0B7C5E14")  # the upgrade code
LONG_AGO = (1980, 1, 1, 0, 0, 0)

# What wixl knows nothing of: Environment ("=-*": made, taken away again, of the system; "[~]" is
# what was there), an action for the way back (msidbCustomActionTypeRollback, 0x100, with InScript,
# 0x400), and that what is replaced goes before the new one comes, not after it.
REFINEMENTS = (
    "CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL "
    "LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL "
    "PRIMARY KEY `Environment`)",
    "INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) "
    "VALUES ('Path', '=-*Path', '[~];[INSTALLDIR]', 'Program')",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) "
    "VALUES ('RemoveEnvironmentStrings', '', 3300)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) "
    "VALUES ('WriteEnvironmentStrings', '', 5200)",
    "UPDATE `CustomAction` SET `Type` = 3410 WHERE `Action` = 'UndoService'",
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 1450 "
    "WHERE `Action` = 'RemoveExistingProducts'",
)


def run(*argv):
    """Run a tool; its words are only of interest if it fails."""
    result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(argv)}: exit status {result.returncode}\n{result.stdout}")
    return result.stdout


def manual():
    """The manual page as plain text."""
    text = run("mandoc", "-T", "utf8", "-O", "width=100", os.path.join(ROOT, "doc", "route2.8"))
    return re.sub(".\b", "", text)  # bold is a letter over itself


def source(*path):
    """A text of the project's."""
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def write(path, text, newline="\r\n"):
    """A text as Windows' editors want it."""
    with open(path, "w", encoding="utf-8", newline=newline) as file:
        file.write(text)


def gather(exe, folder):
    """All that is handed out."""
    shutil.copy(exe, os.path.join(folder, "route2.exe"))
    write(os.path.join(folder, "LICENSE.txt"), source("LICENSE"))
    write(os.path.join(folder, "manual.txt"), manual())
    write(os.path.join(folder, "route2.ps1"), source("dist", "windows", "route2.ps1"))


def product_code(version):
    """One for each version, as Windows Installer wants it."""
    return f"{{{uuid.uuid5(OF_ROUTE2, version)}}}".upper()


def make_msi(folder, version, path):
    """The installer."""
    there = os.path.join(os.path.dirname(folder), "route2.wxs")  # wixl looks for files beside it
    shutil.copy(os.path.join(HERE, "route2.wxs"), there)
    run("wixl", "-a", "x64", "-D", f"Version={version}",
        "-D", f"ProductCode={product_code(version)}", "-o", path, there)
    for query in REFINEMENTS:
        run("msibuild", path, "-q", query)


def make_zip(folder, path):
    """For whoever wants no installer."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(os.listdir(folder)):
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            with open(os.path.join(folder, name), "rb") as file:
                archive.writestr(info, file.read())


def make_winget(msi, version, url, folder):
    """The three manifests, with the sum of this very installer."""
    with open(msi, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest().upper()
    known = {"VERSION": version, "SHA256": digest, "PRODUCT_CODE": product_code(version),
             "URL": f"{url.rstrip('/')}/{os.path.basename(msi)}"}
    os.makedirs(folder, exist_ok=True)
    for kind in ("", ".installer", ".locale.en-US"):
        name = f"route2.route2{kind}.yaml"
        text = re.sub(r"@(\w+)@", lambda match: known[match[1]],
                      source("dist", "windows", "winget", name))
        write(os.path.join(folder, name), text, newline="\n")


def main():
    """All of it."""
    exe, version, url, folder = sys.argv[1:]
    base = os.path.join(folder, f"route2-{version}-x64")
    with tempfile.TemporaryDirectory() as room:
        files = os.path.join(room, "files")
        os.mkdir(files)
        gather(exe, files)
        make_msi(files, version, f"{base}.msi")
        make_zip(files, f"{base}.zip")
    make_winget(f"{base}.msi", version, url, os.path.join(folder, "winget"))


if __name__ == "__main__":
    main()
