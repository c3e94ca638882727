"""What the installation depends on: the system, its Python, a display, an NVIDIA GPU."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from launcher.command import ask
from launcher.problem import LaunchError

MODULES = ("venv", "ensurepip", "_sqlite3")  # Debian keeps ensurepip in a package of its own


@dataclass(frozen=True)
class Machine:
    """The facts that decisions are made from; `system` is as in platform.system(): Linux, Windows or Darwin."""

    system: str
    arch: str
    display: bool
    nvidia_driver: bool


def look() -> Machine:
    """Find the facts in a few milliseconds: this runs at every start."""
    system, driver = platform.system(), shutil.which("nvidia-smi") is not None
    return Machine(system, platform.machine(), has_display(system, os.environ), driver)


def has_display(system: str, environ: Mapping[str, str]) -> bool:
    """Whether a window can be shown: always on Windows and macOS, on Linux when X11 or Wayland is running."""
    if system in ("Windows", "Darwin"):
        return True
    if environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def find_gpu() -> str | None:
    """The name of the first NVIDIA GPU that the driver lists, or None; may take a second."""
    try:
        answer = ask(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = answer.stdout.strip().splitlines()
    return names[0].strip() if answer.returncode == 0 and names else None


def refuse_unfit_python(longest_integer: int = sys.maxsize) -> None:
    """Raise LaunchError if this Python has 32 bits or lacks a module that the installation needs."""
    if longest_integer <= 2**32:
        remedy = "Install the standard 64-bit Python 3.12 and start again with it."
        raise LaunchError(sys.executable, "This is a 32-bit Python; PyTorch needs 64 bits.", remedy)
    lacking = [name for name in MODULES if importlib.util.find_spec(name) is None]
    if lacking:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise LaunchError(
            sys.executable,
            f"This Python was installed without {' and '.join(lacking)}.",
            f"On Debian or Ubuntu: sudo apt-get install {package}. Elsewhere: use Python's official installer.",
        )
