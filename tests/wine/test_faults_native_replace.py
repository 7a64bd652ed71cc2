# SPDX-License-Identifier: MIT
"""From `method native` to other: each call fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import NATIVE_TO_PHANTOM, REPLACE_NATIVE, MethodFaultTestCase


class NativeReplace(MethodFaultTestCase):
    """Connection policies in whose place something comes."""

    def test_replace(self):
        """by another gateway and source"""
        self.each_fault(REPLACE_NATIVE)

    def test_to_another_method(self):
        """by another method, while another line keeps its policy"""
        self.each_fault(NATIVE_TO_PHANTOM)
