"""Gives the cards to a game while a run trains, by pausing as a person would, and takes them back afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from studio.core.problem import ProblemError
from studio.core.process.dispatch import begin_game
from studio.core.queue.queue import Game
from studio.core.run.events import WarningRaised
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.settings import load_settings
from studio.core.words import tr
from studio.hardware.give_way.card_use import CardWatch
from studio.hardware.give_way.decision import GiveWay, is_busy, why
from studio.hardware.machine import GIB, Device

UNKNOWN = 15  # samples in which our own process used the card unreported: other programs are not reported either
FREE = 60.0  # seconds without the game until training continues


@dataclass(slots=True)
class _Watched:
    """One card of the run, and in how many samples in a row our own processes used it unreported."""

    device: Device
    watch: CardWatch
    decision: GiveWay
    unknown: int = 0


@contextmanager
def giving_way(
    folder: RunFolder,
    devices: Sequence[Device],
    watches: Sequence[CardWatch] = (),
    every: float = 2.0,
    worker: int | None = None,
) -> Iterator[None]:
    """Watch the run's cards while the block runs, if the settings ask for it, with `every` seconds between samples.

    worker: the process whose family the run is; without it this one. A program on any of the cards is given way to.
    """
    settings, _ = load_settings()  # the window and the command line report errors in the file
    cards = [device for device in devices if watches or device.vendor == "nvidia"]
    if not settings.give_way or not cards:
        yield
        return
    over, least = Event(), round(settings.give_way_gib * GIB)
    found = watches or [CardWatch(device.lock_name, family_of=worker) for device in cards]
    watched = [_Watched(device, watch, GiveWay(least)) for device, watch in zip(cards, found, strict=True)]
    watcher = Thread(target=_watch, args=(folder, watched, over, every), name="giving-way", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(folder: RunFolder, watched: list[_Watched], over: Event, every: float) -> None:
    while watched and not over.wait(every):
        for card in list(watched):
            use = card.watch.sample()
            card.unknown = 0 if use is not None and use.knows_us else card.unknown + _is_on_card()
            if card.unknown >= UNKNOWN:
                watched.remove(card)
                _warn(
                    folder,
                    tr(
                        "{name} does not report which programs use it, so the run cannot give way.",
                        name=card.device.name,
                    ),
                )
            elif use is not None and (program := card.decision.see(use)) is not None:
                try:
                    begin_game(why(program), program.pid, card.device.lock_name)
                except ProblemError as error:
                    _warn(folder, tr("the run should give way to {name}, but {error}", name=program.name, error=error))
                return


def _is_on_card() -> bool:
    """Whether this process uses the card yet; does not import torch to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_initialized()


def _warn(folder: RunFolder, what: str) -> None:
    print(f"warning: {what}", flush=True)
    with RunWriter(folder.db) as writer:
        writer.write(
            WarningRaised(where=tr("gaming mode"), what=what, remedy=tr("Use the window's switch, or `game on`."))
        )


class ComeBack:
    """Asked every second while one game lasts; `game.pid` is the program that training gave way to."""

    def __init__(self, game: Game, card: CardWatch | None = None) -> None:
        self.game, self._card = game, card or CardWatch(game.device)
        self._since: float | None = None

    def is_time(self) -> bool:
        """Sample the card; whether the settings ask for it and a minute has passed without the program."""
        settings, _ = load_settings()
        use = self._card.sample() if settings.come_back else None
        programs = [program for program in use.others if program.pid == self.game.pid] if use else []
        if use is None or any((it.bytes or 0) >= settings.give_way_gib * GIB or is_busy(it) for it in programs):
            self._since = None
            return False
        self._since = use.time if self._since is None else self._since
        return use.time - self._since >= FREE
