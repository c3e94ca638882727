"""A random stream of one's own: for as long as a turn lasts, torch's generators continue where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class RandomStream:
    """What torch's generators give to one of several who take turns: what it draws, it would have drawn alone.

    Begins where the generators are when it is made. On a card only that device's generator is kept.
    """

    def __init__(self, device: torch.device) -> None:
        self._card = device if device.type == "cuda" else None
        self.state = self._read()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within, torch draws from this stream; afterwards its generators are nobody's."""
        self._write(self.state)
        try:
            yield
        finally:
            self.state = self._read()

    def _read(self) -> tuple[Tensor, Tensor | None]:
        return torch.get_rng_state(), None if self._card is None else torch.cuda.get_rng_state(self._card)

    def _write(self, state: tuple[Tensor, Tensor | None]) -> None:
        torch.set_rng_state(state[0])
        if self._card is not None and state[1] is not None:
            torch.cuda.set_rng_state(state[1], self._card)
