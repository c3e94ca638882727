"""Which programs use a card and how much, as far as NVML reports it."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import psutil

from studio.core.run.run_folder import slug
from studio.core.words import tr
from studio.hardware.nvidia import Nvml


class ProgramUse(NamedTuple):
    """A process on a card: bytes of memory and percent of the card's time, None where the driver does not report it."""

    pid: int
    name: str
    bytes: int | None
    busy: float | None


class CardUse(NamedTuple):
    """The other programs at a `time` in seconds, and whether the driver has ever reported our own process."""

    time: float
    others: tuple[ProgramUse, ...]
    knows_us: bool  # never in a container, where process numbers differ: our own process looks like another program


class CardWatch:
    """Samples one card, named by its device's lock; what `family_of`, or this process, has started is no other program.

    A run's processes are one family: each sees the others on their own cards.
    """

    def __init__(self, lock_name: str, nvml: Nvml | None = None, family_of: int | None = None) -> None:
        self._nvml, self._lock_name, self._family_of = nvml or Nvml(), lock_name, family_of
        self._seen, self._knows_us = 0, False

    def sample(self) -> CardUse | None:
        """The card's use now, or None if NVML does not have this card; takes about a millisecond."""
        handles = self._nvml.open()
        handle = next((handle for handle in handles if slug(self._nvml.bus(handle)) == self._lock_name), None)
        if handle is None:
            return None
        held = {process.pid: process.bytes for process in self._nvml.processes(handle)}
        busy, self._seen = self._nvml.busy(handle, self._seen)
        ours = _family(self._family_of)
        self._knows_us |= any(held.get(pid) is not None or pid in busy for pid in ours)
        others = sorted((held.keys() | busy.keys()) - ours)
        uses = tuple(ProgramUse(pid, _name(pid), held.get(pid), busy.get(pid)) for pid in others)
        return CardUse(time.monotonic(), uses, self._knows_us)


def _family(first: int | None) -> set[int]:
    """This process, and `first` with those that it has started; without it those that this one has."""
    own = {os.getpid()} if first is None else {os.getpid(), first}
    try:
        return own | {child.pid for child in psutil.Process(first).children(recursive=True)}
    except psutil.Error:  # one of them ended while they were listed
        return own


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name() or tr("process {pid}", pid=pid)
    except psutil.Error:
        return tr("process {pid}", pid=pid)
