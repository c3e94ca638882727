"""The factor on the loss with which gradients in float16 neither vanish nor overflow.

torch's own GradScaler leaves a step out whose gradient overflowed, and its rows are lost. Here the step is computed
again from the same rows with half the factor. Powers of two scale exactly, so the gradient does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

FIRST, LEAST, MOST = 2.0**16, 1.0, 2.0**24
GROWS_AFTER = 2000  # sound steps in a row


@dataclass(slots=True)
class LossScale:
    """`value` is the factor; `sound` counts the steps since it last changed."""

    value: float = FIRST
    sound: int = 0

    def __call__(self, loss: Tensor) -> Tensor:
        return loss * self.value

    @torch.no_grad()
    def unscale(self, parameters: Iterable[nn.Parameter]) -> None:
        """Divide the gradients by the factor, in place."""
        gradients = [each.grad for each in parameters if each.grad is not None]
        if gradients:
            torch._foreach_mul_(gradients, 1 / self.value)

    def note_sound(self) -> None:
        """A gradient was finite; after many of them the factor is doubled."""
        self.sound += 1
        if self.sound >= GROWS_AFTER and self.value < MOST:
            self.value, self.sound = 2 * self.value, 0

    def lower(self) -> bool:
        """Halve the factor after an overflow; False where there is nothing to halve."""
        if self.value <= LEAST:
            return False
        self.value, self.sound = self.value / 2, 0
        return True
