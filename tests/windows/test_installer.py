# SPDX-License-Identifier: MIT
"""The installer under Wine: what it adds works, and goes again."""

import importlib.util
import os
import shutil
import tempfile
import unittest

import lab
from built import EXE, MSI, ROOT, VERSION
from lab.topologies import the_case
from prefix import Prefix

INSTALLED = r"C:\Program Files\route2\route2.exe"
SERVICES = r"HKLM\System\CurrentControlSet\Services"
SOURCE = SERVICES + r"\EventLog\Application\route2"
SYSTEM = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
ERROR_FUNCTION_FAILED = 1627  # what Wine says for ERROR_INSTALL_FAILURE, 1603
PRODUCTS = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"


def packer():
    """dist/windows/package.py as a module."""
    path = os.path.join(ROOT, "dist", "windows", "package.py")
    spec = importlib.util.spec_from_file_location("package", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@unittest.skipUnless(MSI, "no wixl, msibuild or mandoc here")
class Installer(unittest.TestCase):
    """route2-VERSION-x64.msi"""

    @classmethod
    def setUpClass(cls):
        cls.net = lab.Network()
        cls.addClassCleanup(cls.net.close)
        cls.case = the_case(cls.net)

    def setUp(self):
        self.prefix = Prefix(self.case.host)
        self.addCleanup(self.prefix.close)

    def msiexec(self, how, msi=MSI, expect=0):
        """Install (/i) or uninstall (/x), quietly."""
        result = self.prefix.run("msiexec", how, "Z:" + msi.replace("/", "\\"), "/qn", timeout=120)
        self.assertEqual(result.returncode, expect, f"{result.stdout}{result.stderr}")

    def installed(self, line, expect=0):
        """What the installed route2.exe prints."""
        result = self.prefix.run(INSTALLED, *line.split())
        self.assertEqual(result.returncode, expect, f"{line}: {result.stdout}{result.stderr}")
        return result.stdout

    def files(self):
        """What lies in the program's folder; None if that is not there."""
        folder = self.prefix.file("Program Files/route2")
        return sorted(os.listdir(folder)) if os.path.exists(folder) else None

    def on_path(self):
        """Is the folder on the system's PATH, and how often."""
        return (self.prefix.registry(SYSTEM, "PATH") or "").split(";").count(
            "C:\\Program Files\\route2\\")

    def assert_nothing(self):
        """Nothing of it is left, but for what is in ProgramData."""
        self.assertIsNone(self.files())
        self.assertEqual(self.on_path(), 0)
        self.assertIsNone(self.prefix.registry(SERVICES + r"\route2"))
        self.assertIsNone(self.prefix.registry(SOURCE))
        self.assertEqual(self.products(), 0)

    def products(self):
        """How many route2 Windows lists among its programs."""
        listed = self.prefix.run("reg", "query", PRODUCTS, "/s").stdout
        return listed.count("DisplayName    REG_SZ    route2\n")

    def test_all(self):
        """adds program, service, PATH and event source, all of which work, and takes them away"""
        self.assert_nothing()
        self.msiexec("/i")
        self.assertEqual(self.files(), ["LICENSE.txt", "manual.txt", "route2.exe", "route2.ps1"])
        self.assertEqual(self.installed("--version"), f"route2 {VERSION}\n")
        self.assertEqual(self.on_path(), 1)
        self.assertEqual(self.prefix.run("cmd", "/c", "route2 --version").stdout,
                         f"route2 {VERSION}\n")
        service = SERVICES + r"\route2"
        self.assertEqual(self.prefix.registry(service, "ImagePath"),
                         f'"{INSTALLED}" service run')
        self.assertEqual(self.prefix.registry(service, "ObjectName"), "LocalSystem")
        self.assertEqual(self.prefix.registry(service, "Start"), "0x2")
        self.assertEqual(self.prefix.registry(SOURCE, "TypesSupported"), "0x7")
        # Of each number from 1 to 1000 that says: the text itself (eventcreate, Microsoft Learn).
        self.assertEqual(self.prefix.registry(SOURCE, "EventMessageFile"),
                         r"%SystemRoot%\System32\EventCreate.exe")
        self.assertIn("running", self.installed("service status"))
        self.assertIn("gateways", self.installed("-j status"))
        self.assertEqual(self.products(), 1)
        self.msiexec("/x")
        self.assert_nothing()

    def pack(self, exe, version):
        """An installer of another program, or version."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        files, path = os.path.join(folder, "files"), os.path.join(folder, "other.msi")
        os.mkdir(files)
        package = packer()
        package.gather(exe, files)
        package.make_msi(files, version, path)
        return path

    def test_upgrade(self):
        """goes over an older one: the service runs the new one, and Windows lists one route2"""
        newer = self.pack(EXE, "99.0.0")
        self.msiexec("/i")
        first = self.installed("service status")
        self.msiexec("/i", newer)
        self.assertIn("running", self.installed("service status"))
        self.assertNotEqual(self.installed("service status"), first)
        self.assertEqual((self.products(), self.on_path()), (1, 1))
        self.msiexec("/x", newer)
        self.assert_nothing()

    def test_by_hand_before(self):
        """takes the place of a service that was installed by hand from elsewhere"""
        self.assertEqual(self.prefix.run(EXE, "service", "install").returncode, 0)
        self.msiexec("/i")
        self.assertEqual(self.prefix.registry(SERVICES + r"\route2", "ImagePath"),
                         f'"{INSTALLED}" service run')
        self.assertIn("running", self.installed("service status"))
        self.msiexec("/x")
        self.assert_nothing()

    def test_service_cannot_be(self):
        """fails if the program cannot install the service"""
        other = self.prefix.file("windows/system32/reg.exe")  # it knows no `reg service install`
        self.msiexec("/i", self.pack(other, "99.0.0"), expect=ERROR_FUNCTION_FAILED & 0xff)
        self.assertIsNone(self.prefix.registry(SERVICES + r"\route2"))
