"""Chooses the form of the arithmetic by shape, rank and device."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from studio.methods.mixlora.forms import masked, sorted

FORMS: dict[str, ModuleType] = {"sorted": sorted, "masked": masked}

# Tokens walked at a time: enough for the frozen products to run at full speed, few enough that the handful of
# [tokens, inner] tensors alive inside one pass stay small beside what is kept between the passes.
_STRETCH = 1024
_STRETCH_CUDA = 8192


def choose_form(asked: str, x: Tensor, settings_kind: str) -> str:
    """Return the form's name: what was `asked`, or for "auto" the one that suits x's device.

    settings_kind: the activation's kind, which the fused kernels must know. Raises ProblemError where `fused`
    was asked for and cannot run here.
    """
    if torch.compiler.is_compiling() and asked in ("auto", "masked"):
        return "masked"
    if asked != "auto":
        return asked
    if not x.is_cuda:
        return "sorted"
    return "masked"


def chunk_tokens(on_cuda: bool) -> int:
    """Return how many tokens a form walks over at a time."""
    return _STRETCH_CUDA if on_cuda else _STRETCH
