"""What no installation can mend, and what Windows may refuse later: said before anything is fetched."""

from __future__ import annotations

import itertools
import platform
import struct
import sys
import sysconfig
from pathlib import Path

from launcher.machine import Machine
from launcher.problem import LaunchError, say

# The longest name of an installed file, a licence in torch's package; a test measures what is installed.
LONGEST_FILE = 175
# The oldest systems that the pinned PySide6 is built for.
OLDEST_GLIBC, OLDEST_MACOS = (2, 34), (14,)
WINDOWS_MOST = 259  # characters of a path, unless longer ones are allowed in its registry


def refuse_unfit(machine: Machine, root: Path) -> None:
    """Raise LaunchError where there are no builds of what is needed for this Python; warn of a path too long."""
    unfit = why_unfit(8 * struct.calcsize("P"), bool(sysconfig.get_config_var("Py_GIL_DISABLED")))
    if unfit:
        raise LaunchError(sys.executable, unfit, "Install the usual Python 3.12, 64 bits, and start again with that.")
    libc, release = platform.libc_ver()
    if libc == "glibc" and numbers(release) < OLDEST_GLIBC:
        raise LaunchError(
            "this Linux",
            f"It has glibc {release}; Qt's package is built for 2.34 and newer.",
            "Use Ubuntu 22.04, Debian 12, Fedora 35, or anything newer.",
        )
    macos = platform.mac_ver()[0]
    if macos and numbers(macos) < OLDEST_MACOS:
        raise LaunchError(f"macOS {macos}", "Qt's package is built for macOS 14 and newer.", "Update macOS.")
    if machine.system == "Windows" and not is_short_enough(root) and not _has_long_paths():
        say(f"      The name of {root} is so long that Windows may refuse files below it. If it does, move the")
        say("      project to a short one, such as C:\\mixlora.")


def why_unfit(bits: int, is_free_threaded: bool) -> str | None:
    """What is wrong with a Python of so many bits, or None."""
    if bits != 64:
        return f"This is a Python of {bits} bits; PyTorch is built for 64 only."
    return "This is a free-threaded Python; not every package is built for it." if is_free_threaded else None


def numbers(version: str) -> tuple[int, ...]:
    """A version such as "2.31" as numbers to compare; what is no number ends it."""
    return tuple(int(part) for part in itertools.takewhile(str.isdecimal, version.split(".")))


def is_short_enough(root: Path) -> bool:
    """Whether the longest installed path below `root` is one that any Windows takes."""
    return len(str(root)) + len("/.venv/Lib/site-packages/") + LONGEST_FILE <= WINDOWS_MOST


def _has_long_paths() -> bool:
    if sys.platform != "win32":
        return False
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
