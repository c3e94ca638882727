"""What memory a run really takes: its peak, what is in use now, and how full a card's own memory is."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch

from studio.core.words import tr
from studio.hardware.spill import may_spill

PAST_PEAK = 16 * 2**20
"""Bytes by which the system's highest mark must exceed what is in use to count as a peak of the past."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest use since `reset_peak`, in bytes, and a description of what was measured.

    `least` is given where the system still counts what came before: the peak is then between that and `bytes`.
    `reserved` is what torch's allocator took of a card for it, gaps included: a budget is a limit on that, while a plan
    counts what is held.
    """

    bytes: int
    what: str
    least: int | None = None
    reserved: int | None = None

    @property
    def within(self) -> int:
        """What a budget has to hold, bytes."""
        return self.bytes if self.reserved is None else self.reserved

    def without(self, copied: int) -> Peak:
        """The peak less what was held only to measure it."""
        least = None if self.least is None else self.least - copied
        return replace(self, bytes=self.bytes - copied, least=least)


class ResidentPeak:
    """The highest resident memory of this process since `reset`.

    Linux resets the mark when asked; Windows and macOS never do, and a container may not allow it. The old mark is then
    remembered: only once it has risen does it say anything about what came after.
    """

    def __init__(self) -> None:
        self._stayed = 0

    def reset(self) -> None:
        with contextlib.suppress(OSError):  # where that file is not, or may not be written, the mark stays
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        highest = _highest_resident()
        self._stayed = highest if highest > _resident() + PAST_PEAK else 0

    def read(self) -> Peak:
        """The peak in bytes, and the least that it was where it is hidden under the mark that stayed."""
        highest = _highest_resident()
        words = tr("resident memory of the worker, Python and libraries included")
        if highest > self._stayed:
            return Peak(highest, words)
        return Peak(
            highest,
            tr("{first}; {next}", first=words, next=tr("at most, since this system still counts what loading took")),
            _resident(),
        )


_resident_peak = ResidentPeak()


def measured_peak(device: torch.device) -> Peak:
    """The peak of this process: what tensors held on CUDA, the driver's on MPS, resident memory on a CPU."""
    if device.type == "cuda":
        # What is reserved creeps up to the limit in every long run, whatever a step takes.
        reserved = torch.cuda.max_memory_reserved(device)
        return Peak(torch.cuda.max_memory_allocated(device), tr("held by tensors on the card"), reserved=reserved)
    if device.type == "mps":
        return Peak(torch.mps.driver_allocated_memory(), tr("allocated by Metal's driver at the end of a step"))
    return _resident_peak.read()


def current_bytes(device: torch.device) -> int:
    """What is in use at this moment, in bytes: on CUDA what torch has reserved."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    return _resident()


def dedicated_memory(device: torch.device) -> tuple[int, int] | None:
    """Used and total bytes of a card's own memory, all processes counted.

    None except where the system pages that memory without an error, so that a full one slows a run down.
    """
    if device.type != "cuda" or not may_spill():
        return None
    free, total = torch.cuda.mem_get_info(device)
    return total - free, total


def reset_peak(device: torch.device) -> None:
    """Reset the peak; where the system cannot, `measured_peak` takes that into account."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif device.type == "cpu":
        _resident_peak.reset()


def empty_cache(device: torch.device) -> None:
    """Free unused blocks, so that a retry with less neither fails because of them nor is measured with them."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    elif (trim := _malloc_trim()) is not None:
        trim(0)


@functools.cache
def _malloc_trim() -> Any:
    """glibc's call that gives free pages of the heap back to the system, or None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None  # another C library; freed memory may then be counted as held


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _highest_resident() -> int:
    """The system's own mark of the highest resident memory, bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
