# SPDX-License-Identifier: MIT
"""The model of Linux against the kernel: random networks of fixed seeds (judge.py runs others)."""

import os
import unittest

import judge
import lab

# At a million answers a run the model has been seen to agree; these are a tenth of that.
WORLDS = max(1, 130 // int(os.environ.get("R2_STRIDE", "1")))
SEED = int(os.environ.get("R2_SEED", "1"))


class Judge(unittest.TestCase):
    """Source, interface, next hop or error: the kernel's answer is one of the model's."""

    def _judge(self, family):
        compared = 0
        for seed in range(SEED, SEED + WORLDS):
            try:
                count, story = judge.judge(seed, family)
            except lab.LabUnavailable as why:
                self.skipTest(str(why))
            if story:
                self.fail(story)
            compared += count
        self.assertEqual(compared, WORLDS * 400)

    def test_ipv4(self):
        """IPv4"""
        self._judge(4)

    def test_ipv6(self):
        """IPv6"""
        self._judge(6)
