# SPDX-License-Identifier: MIT
"""replace: each call of IP Helper fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import REPLACE, TO_PLAIN, FaultTestCase


class Replace(FaultTestCase):
    """What takes the place of other."""

    def test_replace(self):
        """replace, another gateway"""
        self.each_fault(REPLACE)

    def test_to_plain(self):
        """replace a phantom by the gateway itself"""
        self.each_fault(TO_PLAIN)
