# SPDX-License-Identifier: MIT
"""Files as administrators of Windows have them."""

import codecs
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab.topologies import V4, the_case
from wincase import WineTestCase

LINE = f"{V4.destination} via {V4.gateway} src {V4.wanted}"
TEXT = f"# für alle\r\n{LINE}\r\n9.9.9.0/24 via {V4.gateway} src {V4.wanted}\r\n"


class Files(WineTestCase):
    """What apply reads, and what it notes."""

    topology = staticmethod(the_case)

    def put(self, name, data):
        """A file on C:."""
        path = os.path.join(self.wine.c, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def test_encodings(self):
        """as Notepad and PowerShell's > write them"""
        for name, mark, encoding in (("utf-8", b"", "utf-8"), ("BOM", codecs.BOM_UTF8, "utf-8"),
                                     ("Unicode", codecs.BOM_UTF16_LE, "utf-16-le"),
                                     ("big endian", codecs.BOM_UTF16_BE, "utf-16-be")):
            with self.subTest(name), self.assert_state_unchanged(self.case.host):
                self.put("routes.conf", mark + TEXT.encode(encoding))
                said = self.route2(self.case.host, "apply 'C:\\routes.conf'")
                self.assertIn("2 added", said.stdout)
                self.route2(self.case.host, "apply nul")

    def test_include(self):
        """beside the file, in whatever folder, and from a drive"""
        self.put("my dir/öde/more.conf", TEXT.encode())
        for name, said in (("my dir/a.conf", r'"öde\more.conf"'), ("my dir/b.conf", "öde/more.conf"),
                           ("other/c.conf", r'"C:\my dir\öde\more.conf"'),
                           ("other/d.conf", r'"..\my dir\öde\more.conf"')):
            with self.subTest(said):
                self.put(name, f"include {said}\r\n".encode())
                path = "C:\\" + name.replace("/", "\\")
                self.assertIn("2 added", self.route2(self.case.host, f"apply '{path}'").stdout)
                self.route2(self.case.host, "apply nul")

    def test_ledger_by_an_editor(self):
        """with lines ended as Windows ends them it says the same"""
        self.route2(self.case.host, f"add {LINE}")
        path = os.path.join(self.wine.c, "ProgramData", "route2", "state")
        with open(path, "rb") as file:
            text = file.read()
        with open(path, "wb") as file:
            file.write(text.replace(b"\n", b"\r\n"))
        self.assertIn(LINE, self.route2(self.case.host, "show").stdout)
        self.route2(self.case.host, f"del {V4.destination}")
        self.assertEqual(self.ledger(), [])
