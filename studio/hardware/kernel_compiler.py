"""What the fused kernels need beside a card: Triton, and on Linux a C compiler and Python's headers."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from studio.core.problem import Problem
from studio.core.words import listed, mark, tr
from studio.hardware.machine import Device

LEAST_CAPABILITY = (8, 0)
COMPILERS = ("cc", "gcc", "clang")  # as Triton looks for them, after the variable CC
PRICE = mark("Experts are computed in a slower form instead; the results differ by rounding alone.")


def kernel_problems(device: Device) -> Iterator[Problem]:
    """Find why a card that could run the fused kernels will not; training works all the same."""
    if device.compute_capability is None or device.compute_capability < LEAST_CAPABILITY:
        return
    if importlib.util.find_spec("triton") is None:
        yield Problem(
            device.name,
            tr("Triton is not installed. {price}", price=tr(PRICE)),
            tr("Run `python packaging/launch.py`."),
        )
    elif sys.platform == "linux" and (lacking := _lacking()):
        yield Problem(
            device.name,
            tr(
                "Triton compiles its kernels here, and it lacks {parts}. {price}",
                parts=listed(lacking),
                price=tr(PRICE),
            ),
            tr(
                "Install them: `sudo apt install gcc python3-dev` (Debian, Ubuntu), `sudo dnf install gcc"
                " python3-devel` (Fedora), `sudo pacman -S gcc` (Arch)."
            ),
        )


def _lacking() -> list[str]:
    lacking = []
    if not os.environ.get("CC") and not any(map(shutil.which, COMPILERS)):
        lacking.append(tr("a C compiler"))
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        lacking.append(tr("Python's header files"))
    return lacking
