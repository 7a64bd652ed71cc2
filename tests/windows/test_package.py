# SPDX-License-Identifier: MIT
"""What is handed out for Windows, looked at from outside."""

import hashlib
import os
import re
import subprocess
import unittest
import zipfile

from built import EXE, MSI, VERSION

IN_LAB = False


# The required properties of the schemas of winget's manifests 1.6.0, and of one installer.
REQUIRED = {
    "": "PackageIdentifier PackageVersion DefaultLocale ManifestType ManifestVersion",
    ".installer": "PackageIdentifier PackageVersion Installers ManifestType ManifestVersion",
    ".locale.en-US": "PackageIdentifier PackageVersion PackageLocale Publisher PackageName License "
                     "ShortDescription ManifestType ManifestVersion",
}
OF_AN_INSTALLER = ("Architecture", "InstallerUrl", "InstallerSha256")
TYPES = {"": "version", ".installer": "installer", ".locale.en-US": "defaultLocale"}


def table(name):
    """Rows of a table of the MSI as dictionaries."""
    lines = subprocess.run(["msiinfo", "export", MSI, name], check=True, capture_output=True,
                           text=True).stdout.replace("\r", "").splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[3:]]


@unittest.skipUnless(MSI, "no wixl, msibuild or mandoc here")
class Package(unittest.TestCase):
    """Installer, zip and manifests"""

    def manifest(self, kind):
        """{"PackageVersion": "0.1.0", ...}; of a list the first."""
        path = os.path.join(os.path.dirname(MSI), "winget", f"route2.route2{kind}.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("@", text)
        return {key: value.strip("'") for key, value in
                re.findall(r"(?m)^(?:[- ] )?([A-Z]\w+):(?: (.*))?$", text)}

    def test_winget(self):
        """has manifests with all that their schemas require, and the sum of this very installer"""
        for kind, required in REQUIRED.items():
            found = self.manifest(kind)
            self.assertLessEqual(set(required.split()), set(found), kind)
            self.assertEqual(found["ManifestType"], TYPES[kind])
            self.assertEqual(found["PackageVersion"], VERSION)
            self.assertRegex(found["PackageIdentifier"], r"^[^.\s]{1,32}(\.[^.\s]{1,32}){1,7}$")
        found = self.manifest(".installer")
        self.assertLessEqual(set(OF_AN_INSTALLER), set(found))
        with open(MSI, "rb") as file:
            self.assertEqual(found["InstallerSha256"],
                             hashlib.sha256(file.read()).hexdigest().upper())
        self.assertTrue(found["InstallerUrl"].startswith("https://"))
        self.assertTrue(found["InstallerUrl"].endswith("/" + os.path.basename(MSI)))
        code = [row["Value"] for row in table("Property") if row["Property"] == "ProductCode"]
        self.assertEqual([found["ProductCode"]], code)
        self.assertLessEqual(len(self.manifest(".locale.en-US")["ShortDescription"]), 256)

    def test_zip(self):
        """has the program, the licence, the manual and the completer, as Windows' editors want them"""
        with zipfile.ZipFile(MSI.removesuffix(".msi") + ".zip") as archive:
            self.assertEqual(archive.namelist(),
                             ["LICENSE.txt", "manual.txt", "route2.exe", "route2.ps1"])
            with open(EXE, "rb") as file:
                self.assertEqual(archive.read("route2.exe"), file.read())
            for name in ("LICENSE.txt", "manual.txt", "route2.ps1"):
                text = archive.read(name).decode("utf-8")
                self.assertEqual(text.count("\n"), text.count("\r\n"))
            manual = archive.read("manual.txt").decode("utf-8")
        self.assertNotIn("\b", manual)
        self.assertIn("EXIT STATUS", manual)

    def test_way_back(self):
        """takes the service away again if the installation fails, and the old one before the new"""
        types = {row["Action"]: int(row["Type"]) for row in table("CustomAction")}
        rollback, in_script, system = 0x100, 0x400, 0x800
        self.assertEqual(types["UndoService"] & (rollback | in_script | system),
                         rollback | in_script | system)
        self.assertEqual(types["InstallService"] & (rollback | in_script | system),
                         in_script | system)
        at = {row["Action"]: int(row["Sequence"]) for row in table("InstallExecuteSequence")}
        for first, second in (("InstallValidate", "RemoveExistingProducts"),
                              ("RemoveExistingProducts", "InstallInitialize"),
                              ("RemoveService", "RemoveFiles"), ("InstallFiles", "ReplaceService"),
                              ("ReplaceService", "UndoService"), ("UndoService", "InstallService"),
                              ("InstallService", "StartService"),
                              ("StartService", "InstallFinalize")):
            self.assertLess(at[first], at[second])
