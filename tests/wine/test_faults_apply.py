# SPDX-License-Identifier: MIT
"""apply and switch: each call of IP Helper fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import APPLY, SWITCH, FaultTestCase


class Many(FaultTestCase):
    """What changes many routes."""

    def test_apply(self):
        """apply: one added, one deleted, two changed"""
        self.each_fault(APPLY)

    def test_switch(self):
        """switch: one neighbour moved"""
        self.each_fault(SWITCH)
