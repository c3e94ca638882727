"""Which programs use a card and how much, as far as NVML tells: for training that gives way to a game."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from studio.core.run.run_folder import slug
from studio.hardware.nvidia import Nvml


@dataclass(frozen=True, slots=True)
class ProgramUse:
    """One process on a card: its memory in bytes, and the percentage of the card's time that it takes.

    Either is None where the driver does not say; on Windows it tells no process's memory.
    """

    pid: int
    name: str
    bytes: int | None
    busy: float | None


@dataclass(frozen=True, slots=True)
class CardUse:
    """One sample: `time` in seconds, the other programs, and whether NVML has yet told what our own process uses.

    In a container process numbers are others than NVML's, and ours would look like a stranger's; on Windows it may
    tell neither memory nor time of any process.
    """

    time: float
    others: tuple[ProgramUse, ...]
    knows_us: bool


class CardWatch:
    """Samples one card, named by its device's lock; None from a card that NVML does not have."""

    def __init__(self, lock_name: str, nvml: Nvml | None = None) -> None:
        self._nvml = nvml or Nvml()
        self._lock_name = lock_name
        self._seen = 0
        self._knows_us = False

    def sample(self) -> CardUse | None:
        """Take one sample; well under a millisecond, and a little more for each new program's name."""
        for handle in self._nvml.open():
            if slug(self._nvml.bus(handle)) == self._lock_name:
                break
        else:
            return None
        held = {process.pid: process.bytes for process in self._nvml.processes(handle)}
        busy, self._seen = self._nvml.busy(handle, self._seen)
        ours = _family()
        others = tuple(
            ProgramUse(pid, _name(pid), held.get(pid), busy.get(pid))
            for pid in sorted(held.keys() | busy.keys())
            if pid not in ours
        )
        self._knows_us |= any(held.get(pid) is not None or pid in busy for pid in ours)
        return CardUse(time.monotonic(), others, self._knows_us)


def _family() -> set[int]:
    """This process and those that it has started."""
    me = psutil.Process()
    try:
        return {me.pid, *(child.pid for child in me.children(recursive=True))}
    except psutil.Error:
        return {me.pid}


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name() or f"process {pid}"
    except psutil.Error:
        return f"process {pid}"
