# SPDX-License-Identifier: MIT
"""`method native`: each call fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import DEL_NATIVE, NATIVE, MethodFaultTestCase


class Native(MethodFaultTestCase):
    """Connection policies, which come and go."""

    def test_add(self):
        """add: a trial, a route and a policy"""
        self.each_fault(NATIVE)

    def test_del(self):
        """del"""
        self.each_fault(DEL_NATIVE)
