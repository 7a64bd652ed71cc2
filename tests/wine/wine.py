# SPDX-License-Identifier: MIT
"""Wine in a host of the lab: a prefix of its own, with the shim in place of IP Helper.

Environment, as Meson sets it: ROUTE2_EXE, SHIM_DLL, SHIMCTL, WINE_DLLS (the folder of Wine's own
DLLs), WINE_TEMPLATE (the prefix that is made once and copied).
"""

import fcntl
import glob
import os
import shutil
import signal
import subprocess
import tempfile

import lab
from lab.wait import wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("R2_WINDOWS_BUILD", os.path.join(ROOT, "build-check", "windows"))
ROUTE2_EXE = os.environ.get("ROUTE2_EXE", os.path.join(BUILD, "src", "cli", "route2.exe"))
SHIM_DLL = os.environ.get("SHIM_DLL", os.path.join(BUILD, "tests", "wine", "shim", "iphlpapi.dll"))
SHIMCTL = os.environ.get("SHIMCTL", os.path.join(BUILD, "tests", "wine", "shim", "shimctl.exe"))
WINE_DLLS = os.environ.get("WINE_DLLS", "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows")
TEMPLATE = os.environ.get("WINE_TEMPLATE", os.path.join(BUILD, "wine-template"))

# What Wine is told in every case; no display, no words of its own, no Gecko, no menus.
_QUIET = {"WINEDEBUG": "-all", "WINEARCH": "win64",
          "WINEDLLOVERRIDES": "mscoree=d;mshtml=d;winemenubuilder.exe=d;iphlpapi,fwpuclnt=n,b"}
_MARKER = "7114"
_PREFIX = "route2-wine-"
# The DLLs of the shim, and under what name each finds Wine's own.
_SHIMS = {"iphlpapi": "wineiphlp", "fwpuclnt": "winefwpuclnt"}
# Of these folders of C: a prefix has a copy of its own; it shares the rest of C:\windows.
_OWN = ("temp", "Installer")


os.environ.pop("DISPLAY", None)


def why_not():
    """The reason why there is no Wine to test with, or None."""
    if not shutil.which("wine") or not shutil.which("wineserver"):
        return "no wine here (Debian: wine wine64)"
    if not os.path.exists(os.path.join(WINE_DLLS, "iphlpapi.dll")):
        return f"no iphlpapi.dll of Wine in {WINE_DLLS}"
    for path in (ROUTE2_EXE, SHIM_DLL, SHIMCTL):
        if not os.path.exists(path):
            return f"no {path}: make the Windows build first"
    return None


def environment(prefix, room, extra=None):
    """The variables that Wine runs with; R2_SHIM names the folder of the shim."""
    env = os.environ | _QUIET | {"WINEPREFIX": prefix, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    if room:
        env["R2_SHIM"] = room
        env["TMPDIR"] = os.path.dirname(prefix)  # for the server's socket: goes with the prefix
    return env | (extra or {})


def _run(argv, env, timeout=120):
    subprocess.run(argv, env=env, check=True, timeout=timeout, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _make_template(path):
    """Windows 10 with the shim's DLL in System32. Wine's own one gets another name."""
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    env = environment(path, None)
    _run(["wine", "wineboot", "-i"], env)
    _run(["wine", "winecfg", "-v", "win10"], env)
    for name in _SHIMS:
        _run(["wine", "reg", "add", r"HKCU\Software\Wine\DllOverrides", "/v", name, "/d",
              "native,builtin", "/f"], env)
    _run(["wineserver", "-k"], env)
    _run(["wineserver", "-w"], env)


def template():
    """The prefix that all others are copies of; made by whoever comes first, once for a Wine."""
    os.makedirs(os.path.dirname(TEMPLATE), exist_ok=True)
    done = os.path.join(TEMPLATE, "done")
    dll = os.path.join(WINE_DLLS, "iphlpapi.dll")
    stamp = f"{os.stat(dll).st_mtime_ns} {sorted(_SHIMS)}"
    with open(TEMPLATE + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(done) or open(done).read() != stamp:
            _make_template(TEMPLATE)
            with open(done, "w") as file:
                file.write(stamp)
    return TEMPLATE


def _copy(source, target):
    """A prefix like the template: registry and folders its own, C:\\windows mostly shared."""
    for name in os.listdir(source):
        if name.endswith(".reg") or name == ".update-timestamp":
            shutil.copy2(os.path.join(source, name), target)
    shutil.copytree(os.path.join(source, "dosdevices"), os.path.join(target, "dosdevices"),
                    symlinks=True)
    drive = os.path.join(target, "drive_c")
    shutil.copytree(os.path.join(source, "drive_c"), drive, symlinks=True,
                    ignore=lambda folder, names: ["windows"] if folder.endswith("drive_c") else [])
    _share(os.path.join(source, "drive_c", "windows"), os.path.join(drive, "windows"), _OWN)
    for name in _OWN:
        os.makedirs(os.path.join(drive, "windows", name), exist_ok=True)
    system = os.path.join(drive, "windows", "system32")
    os.unlink(system)
    _share(os.path.join(source, "drive_c", "windows", "system32"), system,
           [name + ".dll" for name in _SHIMS])
    for name, other in _SHIMS.items():
        shutil.copy(os.path.join(os.path.dirname(SHIM_DLL), name + ".dll"), system)
        shutil.copy(os.path.join(WINE_DLLS, name + ".dll"), os.path.join(system, other + ".dll"))


def _share(source, target, without):
    os.makedirs(target)
    for name in os.listdir(source):
        if name not in without:
            os.symlink(os.path.join(source, name), os.path.join(target, name))


def _environ_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _processes(folder):
    mark = f"WINEPREFIX={folder}/".encode()
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and mark in _environ_of(pid)]


def _lock(path):
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _hold(folder):
    """Show that somebody lives there, as long as this process does."""
    path = os.path.join(folder, "lock")
    lock = _lock(path + ".new")
    os.rename(path + ".new", path)
    return lock


def _remove(folder, but=0):
    for pid in _processes(folder):
        if pid != but:
            _kill(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep():
    """Remove what tests left that were killed: Wine's processes outlive their wineserver."""
    for lock in glob.glob(os.path.join(tempfile.gettempdir(), _PREFIX + "*", "lock")):
        try:
            os.close(_lock(lock))
        except OSError:
            continue  # somebody lives there, or it is another user's
        _remove(os.path.dirname(lock))


class Wine:
    """Windows on a host of the lab, as long as the network stands.

    .c is C: and .room the folder that the shim keeps (shim/room.h).
    """

    def __init__(self, host):
        reason = why_not()
        if reason:
            raise lab.LabUnavailable(reason)
        self.host = host
        _sweep()
        self._server = None
        self._folder = tempfile.mkdtemp(prefix=_PREFIX)
        self._lock = _hold(self._folder)
        self.prefix = os.path.join(self._folder, "prefix")
        self.room = os.path.join(self._folder, "shim")
        os.makedirs(self.prefix)
        os.makedirs(self.room)
        self.c = os.path.join(self.prefix, "drive_c")
        host.net.owns(self)
        _copy(template(), self.prefix)
        self._begin()
        marker = self.shimctl("marker").strip()
        if marker != _MARKER:
            raise AssertionError(f"Wine did not take the shim for System32's iphlpapi.dll: {marker!r}")

    def _is_there(self):
        return self.host.run(["wineserver", "-k0"],
                             env=environment(self.prefix, self.room)).returncode == 0

    def _begin(self):
        # Debian's Wine notes in the prefix where the server's socket is. Who finds no note makes
        # one: server and program together made two, and did not find each other.
        self._is_there()
        # In the foreground and ours: it goes when we go, and takes all of Wine's processes along.
        self._server = self.host.popen(["wineserver", "-f", "-p"],
                                       env=environment(self.prefix, self.room),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._is_there, 30, "wineserver")
        # The first program starts Windows' own, which keep its pipes open for as long as they live.
        # One that has not run has not started them either.
        for _ in range(3):
            first = self.popen(["cmd", "/c", "exit"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
            if first.wait(timeout=60) == 0:
                break

    def restart(self):
        """Windows is started anew: all processes end, and what the registry keeps in memory only
        goes with them. (The network is Linux' and stays: the test takes that away.)"""
        self._server.terminate()
        self._server.wait(timeout=60)
        for pid in self.processes():
            _kill(pid)
        self._begin()

    def run(self, argv, env=None, **options):
        """Run a program of Windows: a CompletedProcess with text output, options of Host.run()."""
        env = environment(self.prefix, self.room, env)
        return self.host.run(["wine", *argv], env=env, **options)

    def popen(self, argv, env=None, **options):
        """Start one in the background: a Popen, options of Host.popen()."""
        env = environment(self.prefix, self.room, env)
        return self.host.popen(["wine", *argv], env=env, **options)

    def shimctl(self, line):
        """Ask the shim: what `shimctl LINE` prints (shim/shimctl.c)."""
        result = self.run([SHIMCTL, *line.split()])
        if result.returncode or not (result.stdout or line.split()[0] in ("sync", "skip", "metric")):
            raise AssertionError(f"shimctl {line}: {result.returncode} {result.stdout}{result.stderr}")
        return result.stdout

    # The folder of the shim

    def read(self, name):
        """The text of a file there, "" if there is none."""
        try:
            with open(os.path.join(self.room, name), encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def write(self, name, text):
        """Write a file there at once and whole."""
        path = os.path.join(self.room, name)
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def fault(self, text=""):
        """What is to go wrong from now on (shim/journal.h); "": nothing."""
        self.write("fault", text + "\n" if text else "")

    def forget(self):
        """Begin a new journal."""
        self.write("journal", "")

    def close(self):
        """End all that runs in it, and remove it."""
        server = self._server.pid if self._server else 0
        _remove(self._folder, but=server)
        if self._server:
            self._server.kill()
            self._server.wait()
        os.close(self._lock)

    def processes(self):
        """The processes of Linux that run in it: who dies by SIGKILL leaves his children behind."""
        return [pid for pid in _processes(self._folder) if pid != self._server.pid]
