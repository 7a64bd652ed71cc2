# SPDX-License-Identifier: MIT
"""Anonymous user, mount and network namespaces.

Nothing here has a name: a network namespace lives by a file descriptor of this process, and goes
when the process goes, however it ends.
"""

import ctypes
import errno
import os
from contextlib import contextmanager

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MS_PRIVATE_RECURSIVE = 0x40000 | 0x4000

_libc = ctypes.CDLL(None, use_errno=True)
_entered = False
_owns_run = False


class LabUnavailable(Exception):
    """No lab can be built here. The text says why, and how to go on."""


def _call(name, *args):
    """Call a C function that returns 0, or raise its errno as OSError."""
    if getattr(_libc, name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def _read_number(path):
    """The number in a file under /proc/sys, or None where this kernel has no such file."""
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def _why_closed():
    """One line for each thing found that closes user namespaces, or a guess."""
    reasons = []
    if _read_number("/proc/sys/user/max_user_namespaces") == 0:
        reasons.append("user namespaces are switched off: sysctl user.max_user_namespaces=10000")
    if _read_number("/proc/sys/kernel/unprivileged_userns_clone") == 0:
        reasons.append("user namespaces are kept for root: sysctl kernel.unprivileged_userns_clone=1")
    if _read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1:
        reasons.append("AppArmor keeps user namespaces from unknown programs: "
                       "sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    if not os.path.exists("/proc/self/ns/user"):
        reasons.append("this kernel is built without user namespaces")
    if not reasons:
        reasons.append("probably a container's seccomp profile: run it with "
                       "--security-opt seccomp=unconfined, or --privileged")
    return reasons


def _unavailable(error):
    lines = [f"cannot make a virtual network here ({error.strerror})"]
    lines += ["  " + reason for reason in _why_closed()]
    lines += ["  or run the same command as root, for example: sudo make demo"]
    return LabUnavailable("\n".join(lines))


def _become_root_inside(uid, gid):
    """Map the caller to root of the new user namespace; no other user exists in it."""
    _write("/proc/self/setgroups", "deny")  # else an unprivileged gid_map is refused
    _write("/proc/self/uid_map", f"0 {uid} 1")
    _write("/proc/self/gid_map", f"0 {gid} 1")


def _same_ids(path):
    """A map to a new user namespace in which everybody of this one has the same number."""
    with open(path) as file:
        rows = [line.split() for line in file]
    return "".join(f"{first} {first} {count}\n" for first, _, count in rows)


class _Mapper:
    """A child that stays outside, where root may map all users into the namespace that we make:
    daemons that drop their privilege need users to become."""

    def __init__(self):
        self._go, go = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            status = 1
            try:
                os.close(go)
                if os.read(self._go, 1):
                    for name in ("uid_map", "gid_map"):
                        _write(f"/proc/{os.getppid()}/{name}", _same_ids(f"/proc/self/{name}"))
                    status = 0
            finally:
                os._exit(status)
        os.close(self._go)
        self._go = go

    def end(self, do_it):
        """Have it done, or not; True if it is done."""
        if do_it:
            os.write(self._go, b"x")
        os.close(self._go)
        return os.waitpid(self._child, 0)[1] == 0


def _make_namespaces(uid, gid):
    """User, mount and network."""
    mapper = _Mapper() if uid == 0 else None
    made = mapped = False
    try:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS)
        made = True
    finally:
        if mapper:
            mapped = mapper.end(made)
    if not mapped:
        _become_root_inside(uid, gid)


def enter():
    """Move this process into namespaces of its own, where it is root. Twice is as good as once.

    If it is root already, all other users exist there too, else none. Must come before the first
    thread, since the kernel moves only single-threaded processes. Where user namespaces are closed,
    root goes on without one; others get LabUnavailable.

    /run becomes an empty directory of our own, so that even a *named* network namespace
    (Host.named()) leaves nothing behind.
    """
    global _entered
    if _entered:
        return
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("lab.enter() comes too late: this process has threads already")
    uid, gid = os.geteuid(), os.getegid()
    try:
        _make_namespaces(uid, gid)
    except OSError as closed:
        try:
            _call("unshare", CLONE_NEWNET | CLONE_NEWNS)
        except OSError:
            raise _unavailable(closed) from None
    _entered = True
    _take_run()


def _take_run():
    """Mount a /run of our own, unless that would show outside: in a chroot the root directory is
    no mount, so that nothing can be said about who sees what is mounted below it."""
    global _owns_run
    try:
        _call("mount", b"none", b"/", None, MS_PRIVATE_RECURSIVE, None)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return
    _call("mount", b"lab", b"/run", b"tmpfs", 0, b"mode=755")
    _owns_run = True


def owns_run():
    """Is /run ours alone, so that what is made there nobody else sees."""
    return _owns_run


@contextmanager
def mounted_over(path, target):
    """Within the block, the file `path` stands at `target` too, for this lab only."""
    _call("mount", path.encode(), target.encode(), None, 0x1000, None)  # MS_BIND
    try:
        yield
    finally:
        _call("umount2", target.encode(), 2)  # MNT_DETACH


def _set_network(fd):
    _call("setns", fd, CLONE_NEWNET)


def _current_network():
    """A descriptor of this thread's network namespace (/proc/self would be the main thread's)."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Namespace:
    """A network namespace that lives as long as this object's descriptor."""

    def __init__(self):
        before = _current_network()
        try:
            _call("unshare", CLONE_NEWNET)
            self.fd = _current_network()
            _set_network(before)
        finally:
            os.close(before)

    @property
    def path(self):
        """A path that opens this namespace from any process of the lab."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextmanager
    def inside(self):
        """Within the block, this thread is in the namespace: sockets and children are born there."""
        before = _current_network()
        try:
            _set_network(self.fd)
            try:
                yield
            finally:
                _set_network(before)
        finally:
            os.close(before)

    @contextmanager
    def named(self, name):
        """Within the block, the namespace is /run/netns/NAME too, as `ip netns` would have it."""
        if not _owns_run:
            raise LabUnavailable("in a chroot no namespace can be named without others seeing it")
        path = f"/run/netns/{name}"
        os.makedirs("/run/netns", exist_ok=True)
        _write(path, "")
        try:
            _call("mount", self.path.encode(), path.encode(), None, 0x1000, None)  # MS_BIND
            try:
                yield name
            finally:
                _call("umount2", path.encode(), 2)  # MNT_DETACH
        finally:
            os.unlink(path)

    def close(self):
        """Let go; the kernel removes it when its last process and socket are gone."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
