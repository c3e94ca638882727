"""What PEFT does around a pair's products and autocast makes needless, left out inside a training step.

Beside 16-bit weights PEFT converts a pair's input to the pair's own float32: it reads and writes each input three times
for products that are computed in 16 bits all the same, and without dropout each of the pairs that read one input keeps
a copy of its own. DoRA measures its weights in the input's type, so its pairs keep the conversion.

PEFT scales a pair's output and adds it to the layer's in two passes over all of it, and scales its gradient in a third.
Here the few numbers in rank space are scaled, and the second product adds to the layer's output itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from peft.tuners.lora.layer import LoraVariant
from torch import Tensor, nn


class InputCasts:
    """The pairs of a model whose inputs need no conversion under autocast."""

    def __init__(self, model: nn.Module) -> None:
        self._layers = [
            each for each in model.modules() if isinstance(each, LoraLayer) and not any(each.use_dora.values())
        ]

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Inside, inputs reach the pairs as they come, and outputs are added by the pairs' own products."""
        added: list[tuple[LoraLayer, str]] = []
        for each in self._layers:
            each.cast_input_dtype_enabled = False
            for name, last in each.lora_B.items():
                if isinstance(last, nn.Linear) and last.bias is None and name not in each.lora_variant:
                    each.lora_variant[name] = _AddedByProduct()
                    added.append((each, name))
        try:
            yield
        finally:
            for each, name in added:
                del each.lora_variant[name]
            for each in self._layers:
                each.cast_input_dtype_enabled = True


class _AddedByProduct(LoraVariant):
    """PEFT's own place for another forward pass of a pair; merging and storing never see it."""

    @staticmethod
    def forward(module: Any, active_adapter: str, x: Tensor, result: Tensor, **_: Any) -> Tensor:
        ranks = module.lora_A[active_adapter](module.lora_dropout[active_adapter](x)) * module.scaling[active_adapter]
        last = module.lora_B[active_adapter]
        if ranks.dtype != result.dtype:
            return result + last(ranks)
        whole = torch.addmm(result.flatten(0, -2), ranks.flatten(0, -2), last.weight.T)
        return whole.view(result.shape)
