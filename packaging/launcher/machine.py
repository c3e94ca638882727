"""What kind of machine this is, as far as installing and starting depend on it."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import getproxies

from launcher.command import ask

NVML_LIBRARIES = {"Linux": "libnvidia-ml.so.1", "Windows": "nvml.dll"}


@dataclass(frozen=True)
class Machine:
    """The facts that decisions are made from; tests build their own.

    `system` is platform.system()'s word: Linux, Windows or Darwin. `may_install` says whether system packages
    can be installed without asking: apt-get is there and this is root.
    """

    system: str
    arch: str
    python: tuple[int, int]
    display: bool
    nvidia_driver: bool
    may_install: bool

    @property
    def name(self) -> str:
        system = {"Darwin": "macOS"}.get(self.system, self.system)
        return f"{system} {self.arch}, Python {self.python[0]}.{self.python[1]}"


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA GPU that answered, and by what it was found."""

    name: str
    found_by: str


def look() -> Machine:
    """Find the facts; costs milliseconds, so that it can be done at every start."""
    system = platform.system()
    return Machine(
        system=system,
        arch=platform.machine(),
        python=sys.version_info[:2],
        display=has_display(system, os.environ),
        nvidia_driver=_load_nvml(system) is not None or shutil.which("nvidia-smi") is not None,
        may_install=system == "Linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None,
    )


def has_display(system: str, environ: Mapping[str, str]) -> bool:
    """Whether a window can be shown: always on Windows and macOS, on Linux where X11 or Wayland is announced."""
    if system in ("Windows", "Darwin"):
        return True
    if environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def find_gpu(system: str) -> Gpu | None:
    """Ask NVML, then nvidia-smi, for the first NVIDIA GPU; may take a second where the driver must wake it."""
    name = _name_by_nvml(system)
    if name:
        return Gpu(name, "NVML")
    name = _name_by_nvidia_smi()
    return Gpu(name, "nvidia-smi") if name else None


def _load_nvml(system: str) -> ctypes.CDLL | None:
    library = NVML_LIBRARIES.get(system)
    if library is None:
        return None
    try:
        return ctypes.CDLL(library)
    except OSError:
        return None


def _name_by_nvml(system: str) -> str | None:
    nvml = _load_nvml(system)
    if nvml is None or nvml.nvmlInit_v2() != 0:
        return None
    try:
        device, name = ctypes.c_void_p(), ctypes.create_string_buffer(96)
        if nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)) != 0:
            return None
        if nvml.nvmlDeviceGetName(device, name, len(name)) != 0:
            return None
        return name.value.decode("utf-8", "replace")
    finally:
        nvml.nvmlShutdown()


def _name_by_nvidia_smi() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        answer = ask([program, "--query-gpu=name", "--format=csv,noheader"], timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = answer.stdout.strip().splitlines()
    return names[0].strip() if answer.returncode == 0 and names else None


def system_proxies() -> dict[str, str]:
    """The proxies that this system is set to use, as variables; Windows and macOS keep them where few programs look."""
    found = {f"{scheme.upper()}_PROXY": url for scheme, url in getproxies().items() if scheme in ("http", "https")}
    return {name: url for name, url in found.items() if name not in os.environ and name.lower() not in os.environ}
