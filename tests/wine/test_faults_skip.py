# SPDX-License-Identifier: MIT
"""`method skipassource`: each call fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import DEL_SKIP, SKIP, MethodFaultTestCase


class Skip(MethodFaultTestCase):
    """SkipAsSource, set and taken back."""

    def test_add(self):
        """add"""
        self.each_fault(SKIP)

    def test_del(self):
        """del"""
        self.each_fault(DEL_SKIP)
