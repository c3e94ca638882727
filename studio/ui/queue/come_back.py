"""After training gave way to a program: looks whether that program has left the card alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from studio.core.queue.queue import Game
from studio.core.settings import load_settings

if TYPE_CHECKING:  # the first paint does not wait for psutil
    from studio.hardware.card_use import CardWatch
    from studio.hardware.give_way import CardFree

EVERY = 5.0  # seconds between samples


class ComeBack:
    """Asked each second, it samples the card now and then; only for a game that a program began, and if wanted."""

    def __init__(self) -> None:
        self._game: Game | None = None
        self._card: CardWatch | None = None
        self._free: CardFree | None = None
        self._sampled = -EVERY

    def is_time(self, game: Game | None) -> bool:
        """Whether training may go on now."""
        if game is None or not game.pid or time.monotonic() - self._sampled < EVERY:
            return False
        settings, _ = load_settings()
        if not settings.come_back:
            return False
        if game != self._game or self._card is None or self._free is None:
            from studio.hardware.card_use import CardWatch
            from studio.hardware.give_way import CardFree
            from studio.hardware.machine import GIB

            self._game, self._card = game, CardWatch(game.device)
            self._free = CardFree(game.pid, round(settings.give_way_gib * GIB))
        self._sampled = time.monotonic()
        use = self._card.sample()
        return use is not None and self._free.see(use)
