"""What is wrong with this machine or installation, each with its cure; told from files, without importing torch."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from studio.core import places
from studio.core.problem import Problem
from studio.core.settings import load_settings
from studio.hardware.machine import GIB, Machine

NEEDED = ("transformers", "peft", "accelerate", "datasets", "safetensors", "gguf", "PySide6", "pyqtgraph")
LAUNCH = "Run `python packaging/launch.py`, which installs what suits this machine."
LEAST_DISK = 2 * GIB
LEAST_MEMORY = 2 * GIB


def find_problems(machine: Machine, runs: Path) -> Iterator[Problem]:
    """Everything that a user can mend, worst first."""
    if machine.torch is None:
        yield Problem("torch", "PyTorch is not installed, so nothing can be trained.", LAUNCH)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        yield Problem("packages", f"{', '.join(missing)} cannot be found.", LAUNCH)
    for device in machine.devices:
        if not device.usable and machine.torch is not None:
            yield Problem(device.name, f"it cannot train: {device.why_not}", LAUNCH)
    place = _nearest(runs)
    if not os.access(place, os.W_OK):
        yield Problem(str(runs), "runs cannot be written here.", "Choose another folder in the settings or by --runs.")
    elif (free := shutil.disk_usage(place).free) < LEAST_DISK:
        remedy = "Free some, or keep runs on another drive (settings, or --runs)."
        yield Problem(str(runs), f"only {free / GIB:.1f} GiB are free on this drive; checkpoints need room.", remedy)
    if machine.ram_available_bytes < LEAST_MEMORY:
        left = f"only {machine.ram_available_bytes / GIB:.1f} GiB of memory are available."
        yield Problem("memory", left, "Close other programs before training.")
    yield from load_settings()[1]


def notes(machine: Machine) -> list[str]:
    """What is good to know and nothing to mend."""
    said = list(machine.notes)
    if machine.best_device.kind == "cpu":
        said.append("No GPU that this torch can use: training runs on the processor, small models only.")
    if places.demo_model() is None:
        said.append("The demo model is not installed; `python packaging/launch.py` fetches it.")
    if importlib.util.find_spec("bitsandbytes") is None:
        said.append("bitsandbytes is not installed: int8, nf4 and the 8-bit optimisers cannot be used.")
    return said


def _nearest(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
