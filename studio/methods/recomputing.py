"""How a model's decoder layers are computed again in the backward pass, in the form that torch's checkpoint takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from torch import nn

from studio.methods.routed_layer import RoutedLayer


def checkpoint_options(models: Iterable[nn.Module | None]) -> dict[str, Any]:
    """Return the keywords of `torch.utils.checkpoint.checkpoint` for the decoder layers of these models.

    It is the form that needs no gradient at a layer's input. A second pass ends as soon as the backward has what it
    needs, but on Windows where a layer computes a part of itself again inside of it: broken off while torch saved that
    part's inputs, it ended the process with an access violation (torch 2.13 and Python 3.13 for Windows, under Wine;
    not seen on Linux). There the second pass goes to its end, which computes that part once more.
    """
    options: dict[str, Any] = {"use_reentrant": False}
    if sys.platform == "win32" and any(_nests(model) for model in models if model is not None):
        options["early_stop"] = False
    return options


def _nests(model: nn.Module) -> bool:
    return any(isinstance(module, RoutedLayer) and module.recomputes_a_part for module in model.modules())
