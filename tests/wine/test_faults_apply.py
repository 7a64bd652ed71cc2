# SPDX-License-Identifier: MIT
"""apply: each call of IP Helper fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import APPLY, FaultTestCase


class Apply(FaultTestCase):
    """What a whole file changes."""

    def test_apply(self):
        """apply: one added, one deleted, two changed"""
        self.each_fault(APPLY)
