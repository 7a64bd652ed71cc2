# SPDX-License-Identifier: MIT
"""The model of Linux against the kernel: random networks of fixed seeds (judge.py runs others)."""

import os
import unittest

import judge
import lab

# Millions of answers have been seen to agree (doc/model-linux.md); these are a tenth of one.
WORLDS = max(1, 150 // int(os.environ.get("R2_STRIDE", "1")))
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
        print(f"# IPv{family}: {compared} answers compared in {WORLDS} networks")
        self.assertGreaterEqual(compared, WORLDS * 600)

    def test_ipv4(self):
        """IPv4"""
        self._judge(4)

    def test_ipv6(self):
        """IPv6"""
        self._judge(6)

    def test_vectors(self):
        """what once differed: each file of vectors/"""
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
        for name in sorted(os.listdir(folder)):
            with self.subTest(name=name):
                vector = judge.Vector(os.path.join(folder, name))
                compared, differ = judge.answers(vector, vector.questions)
                self.assertEqual((compared, differ), (len(vector.questions), []))
