"""Which build of torch suits this machine, why, and how it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from launcher.problem import LaunchError

Wanted = Literal["auto", "cpu", "cuda"]
Kind = Literal["cpu", "cuda"]


@dataclass(frozen=True)
class TorchBuild:
    """One way to get torch: what kind of build, who installs it (pip, or uv with a backend), and why this one.

    `otherwise` is what is installed instead, and announced, if this one cannot be downloaded.
    """

    kind: Kind
    why: str
    requirement: str
    uv_backend: str | None = None
    otherwise: TorchBuild | None = None

    def commands(self, python: Path, constraints: Path) -> list[list[str]]:
        """The modules to run, in order; uv knows the PyTorch indexes, which pip would have to be given."""
        # `Environment.compile` compiles everything afterwards, on all processors.
        pip = ["pip", "install", "--no-compile", "-c", str(constraints)]
        pinned = ["-c", str(constraints), self.requirement]
        if self.uv_backend is None:
            return [[*pip, self.requirement]]
        # Without being told to reinstall, uv accepts any build of the pinned version.
        chosen = [f"--torch-backend={self.uv_backend}", "--reinstall-package", "torch"]
        return [[*pip, "uv"], ["uv", "pip", "install", "--python", str(python), *chosen, *pinned]]


def choose(system: str, arch: str, gpu: str | None, local: str | None, pin: str, wanted: Wanted) -> TorchBuild:
    """Decide from plain facts alone.

    `gpu` is the name of an NVIDIA GPU or None; `local` the full version ("2.13.0+cpu") of a build of the pinned
    version that pip finds on this machine, or None; `pin` the pinned version.
    Raises LaunchError if no build exists.
    """
    _refuse_the_impossible(system, arch, wanted)
    kind: Kind = "cuda" if wanted == "cuda" or (wanted == "auto" and gpu) else "cpu"
    reason = _reason(kind, gpu, wanted)
    # A CUDA build also runs without a GPU, so any local build will do for the CPU.
    if local is not None and (kind == "cpu" or kind_of(local, system) == "cuda"):
        return TorchBuild(kind_of(local, system), f"{reason}; torch {local} is on this machine", f"torch=={local}")
    # "===" excludes builds with a local label ("+cpu"), which "==" would prefer to the index's own.
    of_the_index = f"torch==={pin}"
    if kind == "cuda":
        # Without a GPU to ask, uv's "auto" would mean the CPU; cu130 is torch 2.13's own choice of CUDA.
        backend = "auto" if gpu else "cu130"
        plain = TorchBuild("cuda", "the package index's own build for Linux includes CUDA", of_the_index)
        return TorchBuild(kind, reason, f"torch=={pin}", backend, plain if system == "Linux" else None)
    if system == "Linux":
        plain = TorchBuild(
            "cuda",
            "the package index's own build, which has CUDA and runs without a GPU too",
            of_the_index,
        )
        return TorchBuild(kind, reason, f"torch=={pin}", "cpu", plain)
    return TorchBuild(kind, f"{reason}; the package index's own build for {system} is this one", of_the_index)


def kind_of(version: str, system: str) -> Kind:
    """Distinguish a CPU build from a CUDA build by its full version; one without a label is CUDA on Linux only."""
    _, _, label = version.partition("+")
    if label:
        return "cuda" if label.startswith("cu") else "cpu"
    return "cuda" if system == "Linux" else "cpu"


def _reason(kind: Kind, gpu: str | None, wanted: Wanted) -> str:
    if wanted != "auto":
        return f"--torch {wanted} was given"
    return f"this machine has an {gpu}" if kind == "cuda" else "this machine has no NVIDIA GPU"


def _refuse_the_impossible(system: str, arch: str, wanted: Wanted) -> None:
    if system == "Darwin" and arch == "x86_64":
        raise LaunchError(
            "this machine (macOS on Intel)",
            "PyTorch has not been built for Intel Macs since version 2.2.",
            "Use a Mac with Apple silicon, or Linux or Windows.",
        )
    if system == "Darwin" and wanted == "cuda":
        raise LaunchError("--torch cuda", "There is no CUDA on macOS.", "Leave out --torch.")
