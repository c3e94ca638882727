"""Problems of this machine or installation, each with its remedy; found from files, without importing torch."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.core import places
from studio.core.problem import Problem
from studio.core.settings import load_settings
from studio.core.units import memory
from studio.core.words import mark, tr
from studio.hardware.kernel_compiler import kernel_problems
from studio.hardware.machine import GIB, Device, Machine

LAUNCH = mark("Run `python packaging/launch.py`, which installs what suits this machine.")
NEEDED = ("transformers", "peft", "accelerate", "datasets", "safetensors", "gguf", "pyqtgraph")
LEAST_PYTHON = (3, 11)
LEAST_DISK = 2 * GIB
LEAST_MEMORY = 2 * GIB
# The oldest driver (NVIDIA's compatibility table) and the oldest cards that each major version of CUDA supports.
LEAST_DRIVER = {13: 580, 12: 525, 11: 450}
LEAST_CAPABILITY = {13: (7, 5), 12: (5, 0), 11: (3, 5)}
BLACKWELL, BLACKWELLS_TOOLKIT = (10, 0), (12, 8)  # cards from RTX 50 on, and the first CUDA that compiles for them


def diagnose(machine: Machine, runs: Path | None = None) -> list[Problem]:
    """Return everything that the user can fix, worst first; `runs` is where runs will be kept."""
    return [
        *_python(),
        *_torch(machine),
        *_packages(),
        *_cards(machine),
        *_window(),
        *_disk(runs or places.runs()),
        *_memory(machine),
        *load_settings()[1],
    ]


def remarks(machine: Machine) -> list[str]:
    """Facts worth knowing about a machine that need no fixing, as sentences."""
    said = list(machine.notes)
    if machine.best_device.kind == "cpu":
        said.append(
            tr("The installed torch can use no GPU here: training runs on the CPU, which suits small models only.")
        )
    if places.demo_model() is None:
        said.append(tr("The demo model is not installed; `python packaging/launch.py` fetches it."))
    if importlib.util.find_spec("bitsandbytes") is None:
        said.append(tr("bitsandbytes is not installed: int8, nf4 and the 8-bit optimisers are unavailable."))
    return said


def _python(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> Iterator[Problem]:
    if version[:2] < LEAST_PYTHON:
        yield Problem(
            "Python",
            tr(
                "version {version} is too old; the studio needs 3.11 or newer.", version=".".join(map(str, version[:2]))
            ),
            tr("Install a newer Python, then run `python packaging/launch.py` with it."),
        )


def _torch(machine: Machine) -> Iterator[Problem]:
    if machine.torch is None:
        yield Problem("torch", tr("PyTorch is not installed, so nothing can be trained."), tr(LAUNCH))


def _packages() -> Iterator[Problem]:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        yield Problem("packages", tr("not installed: {missing}.", missing=", ".join(missing)), tr(LAUNCH))


def _cards(machine: Machine) -> Iterator[Problem]:
    torch = machine.torch
    if torch is None:
        return
    for device in machine.devices:
        if not device.usable:
            yield Problem(device.name, tr("it cannot train: {why_not}", why_not=device.why_not), tr(LAUNCH))
        elif device.vendor == "nvidia" and torch.accelerator == "cuda":
            yield from _toolkit(device, torch.toolkit)
            yield from kernel_problems(device)


def _toolkit(device: Device, toolkit: str) -> Iterator[Problem]:
    """Report a driver or a card that is too old for the CUDA version that torch was built with."""
    major = toolkit.partition(".")[0]
    driver = device.driver.partition(".")[0]
    if not major.isdigit():
        return
    least = LEAST_DRIVER.get(int(major))
    if least and driver.isdigit() and int(driver) < least:
        yield Problem(
            device.name,
            tr(
                "its driver {driver} is too old for the installed torch, which is built for CUDA {toolkit}.",
                driver=device.driver,
                toolkit=toolkit,
            ),
            tr("Install NVIDIA driver {least} or newer.", least=least),
        )
    oldest = LEAST_CAPABILITY.get(int(major))
    if oldest and device.compute_capability and device.compute_capability < oldest:
        yield Problem(
            device.name,
            tr(
                "compute capability {compute_capability} is too low for CUDA {toolkit}.",
                compute_capability=".".join(map(str, device.compute_capability)),
                toolkit=toolkit,
            ),
            tr("Install a torch built for CUDA 12, or choose the CPU."),
        )
    numbers = tuple(int(part) for part in toolkit.split(".")[:2] if part.isdigit())
    if device.compute_capability and device.compute_capability >= BLACKWELL and numbers < BLACKWELLS_TOOLKIT:
        yield Problem(
            device.name,
            tr(
                "the installed torch is built for CUDA {toolkit}, which has no kernels for a card this new.",
                toolkit=toolkit,
            ),
            tr(
                "Install a torch built for CUDA 12.8 or newer: update the NVIDIA driver, then run"
                " `python packaging/launch.py --torch cuda`."
            ),
        )


def _window(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> Iterator[Problem]:
    """Report a PySide6 that does not work: 6.11.0 and 6.11.1 are broken, and from 6.12 on it needs Python 3.12."""
    try:
        installed = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        yield Problem("PySide6", tr("it is not installed, so there is no window; the command line works."), tr(LAUNCH))
        return
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdigit())
    if numbers in ((6, 11, 0), (6, 11, 1)) or (numbers >= (6, 12) and version < (3, 12)):
        yield Problem(
            "PySide6",
            tr(
                "version {installed} does not work with Python {version}.",
                installed=installed,
                version=".".join(map(str, version)),
            ),
            tr(LAUNCH),
        )


def _disk(runs: Path) -> Iterator[Problem]:
    place = runs.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not os.access(place, os.W_OK):
        yield Problem(
            str(runs), tr("runs cannot be written here."), tr("Choose another folder in the settings or with --runs.")
        )
    elif (free := shutil.disk_usage(place).free) < LEAST_DISK:
        yield Problem(
            str(runs),
            tr("only {free} is free on this drive; checkpoints need space.", free=memory(free)),
            tr("Free some space, or keep runs on another drive (settings, or --runs)."),
        )


def _memory(machine: Machine) -> Iterator[Problem]:
    if machine.ram_available_bytes < LEAST_MEMORY:
        left = tr(
            "only {ram_available_bytes} of memory is available.",
            ram_available_bytes=memory(machine.ram_available_bytes),
        )
        yield Problem("memory", left, tr("Close other programs before training."))
