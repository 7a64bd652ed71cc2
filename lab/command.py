# SPDX-License-Identifier: MIT
"""Commands and what they leave."""

import ctypes
import os
import shlex
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl


class CommandFailed(AssertionError):
    """A command of the lab's own ended badly; the text has its command line and its words."""


def words(command):
    """An argument list from a list, or from one line as a shell would split it."""
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def environment(extra=None):
    """Ours, in the C locale and without colours, so that output can be compared."""
    return os.environ | {"LC_ALL": "C", "NO_COLOR": "1"} | (extra or {})


def failed(argv, result):
    """The exception for a result whose status was not what it had to be."""
    said = "".join(f"\n  {line}" for line in (result.stdout + result.stderr).splitlines())
    return CommandFailed(f"{shlex.join(argv)}: exit status {result.returncode}{said}")


def run(argv, check=False, input=None, timeout=60, env=None):
    """subprocess.run() in text mode with captured output, where check says what was printed."""
    stdin = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
    result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            timeout=timeout, env=environment(env), **stdin)
    if check and result.returncode != 0:
        raise failed(argv, result)
    return result


def end_with_parent():
    """For Popen's preexec_fn: the child is killed when the thread that starts it ends."""
    parent = os.getpid()

    def in_child():
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)
    return in_child
