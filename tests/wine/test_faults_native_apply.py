# SPDX-License-Identifier: MIT
"""apply of lines by policies and SkipAsSource: each call fails once, answers wrongly once, and is the last of its process once."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from faults import APPLY_METHODS, MethodFaultTestCase


class NativeApply(MethodFaultTestCase):
    """Both methods change places."""

    def test_apply(self):
        """a policy goes and another comes, as does SkipAsSource"""
        self.each_fault(APPLY_METHODS)
