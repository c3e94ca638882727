"""The random numbers of one run among several in a process: it draws what it would have drawn alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from studio.methods.random_stream import RandomStream
from studio.training.checkpoint.state import RandomStates


class OwnRandomness:
    """The state of every generator as this run left it; it begins with what they are when this is made.

    `stream` is torch's part, which the run's layers take turns with, in the midst of a forward of several runs.
    """

    def __init__(self, device: torch.device) -> None:
        self.stream = RandomStream(device)
        self._others = RandomStates.capture()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within, every generator of the process continues where this run left it."""
        self._others.restore()
        with self.stream.turn():
            try:
                yield
            finally:
                self._others = RandomStates.capture()
