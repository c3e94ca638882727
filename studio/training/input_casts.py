"""PEFT's conversion of a pair's input to the pair's own float32, left out where autocast would undo it at once.

Beside 16-bit weights it reads and writes each input three times for products that are computed in 16 bits all the same,
and without dropout each of the pairs that read one input keeps a copy of its own. DoRA measures its weights in the
input's type, so its pairs keep the conversion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from peft.tuners.lora import LoraLayer
from torch import nn


class InputCasts:
    """The pairs of a model whose inputs need no conversion under autocast."""

    def __init__(self, model: nn.Module) -> None:
        self._layers = [
            each for each in model.modules() if isinstance(each, LoraLayer) and not any(each.use_dora.values())
        ]

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Inside, inputs reach the pairs as they come."""
        for each in self._layers:
            each.cast_input_dtype_enabled = False
        try:
            yield
        finally:
            for each in self._layers:
                each.cast_input_dtype_enabled = True
