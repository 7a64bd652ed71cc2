# SPDX-License-Identifier: MIT
"""From `method skipassource` to other: each call fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import REPLACE_SKIP, SKIP_TO_PLAIN, MethodFaultTestCase


class SkipReplace(MethodFaultTestCase):
    """Other addresses are in the way then, or none."""

    def test_replace(self):
        """by the address that was in the way"""
        self.each_fault(REPLACE_SKIP)

    def test_to_plain(self):
        """by a method that needs none"""
        self.each_fault(SKIP_TO_PLAIN)
