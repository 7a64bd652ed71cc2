# SPDX-License-Identifier: MIT
"""add and del: each call of IP Helper fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import ADD, DEL, PLAIN, FaultTestCase


class AddAndDel(FaultTestCase):
    """What one line does."""

    def test_add(self):
        """add by a phantom"""
        self.each_fault(ADD)

    def test_plain(self):
        """add where the gateway will do"""
        self.each_fault(PLAIN)

    def test_del(self):
        """del"""
        self.each_fault(DEL)
