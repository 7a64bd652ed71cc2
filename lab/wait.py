# SPDX-License-Identifier: MIT
"""Waiting for a condition. A lab never sleeps for a fixed time."""

import time


class Timeout(AssertionError):
    """What was waited for did not come; in a test this is a failure, not an error."""


def wait_until(condition, timeout=5.0, what="the condition"):
    """Call condition() until it returns something true, and return that; else raise Timeout."""
    end = time.monotonic() + timeout
    pause = 0.0005
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            raise Timeout(f"waited {timeout:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
