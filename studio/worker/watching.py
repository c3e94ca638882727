"""Gives way to a game while a run trains: the card is watched in a thread, and the run paused as a person would."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from studio.core.problem import ProblemError
from studio.core.process.dispatch import begin_game
from studio.core.run.events import WarningRaised
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.settings import load_settings
from studio.hardware import Device
from studio.hardware.card_use import CardWatch
from studio.hardware.give_way import GiveWay, why
from studio.hardware.machine import GIB

EVERY = 2.0  # seconds between samples
UNKNOWN = 15  # samples in which our own process used the card unseen: other programs will not be seen either


@contextmanager
def giving_way(
    folder: RunFolder, device: Device | None, watch: CardWatch | None = None, every: float = EVERY
) -> Iterator[None]:
    """Watch the run's card while the block runs, where the settings ask for it; `watch` and `every` are for tests."""
    settings, _ = load_settings()  # what is wrong in the file is told by window and command line
    if not settings.give_way or device is None or (watch is None and device.vendor != "nvidia"):
        yield
        return
    over = threading.Event()
    watcher = threading.Thread(
        target=_watch,
        args=(folder, device, GiveWay(round(settings.give_way_gib * GIB)), watch or CardWatch(device.lock_name)),
        kwargs={"over": over, "every": every},
        name="giving-way",
        daemon=True,
    )
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(
    folder: RunFolder, device: Device, decision: GiveWay, watch: CardWatch, over: threading.Event, every: float
) -> None:
    unknown = 0
    while not over.wait(every):
        use = watch.sample()
        unknown = 0 if use is not None and use.knows_us else unknown + _is_on_card()
        if unknown >= UNKNOWN:
            _warn(folder, f"{device.name} does not tell which programs use it, so the run cannot give way by itself.")
            return
        program = decision.see(use) if use is not None else None
        if program is None:
            continue
        try:
            begin_game(why(program), program.pid, device.lock_name)
        except ProblemError as error:
            _warn(folder, f"it should give way to {program.name}, but {error}")
        return


def _is_on_card() -> bool:
    """Whether this process has begun to use the card; torch is not imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_initialized()


def _warn(folder: RunFolder, what: str) -> None:
    print(f"warning: {what}", file=sys.stderr, flush=True)
    with RunWriter(folder.db) as writer:
        writer.write(WarningRaised(where="gaming mode", what=what, remedy="Use the window's switch, or `game on`."))
