"""Chooses the form of the arithmetic by shape, rank and device."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.methods.mixlora.forms import fused, masked, sorted

FORMS: dict[str, ModuleType] = {"sorted": sorted, "masked": masked, "fused": fused}

# Tokens walked at a time: enough for the frozen products to run at full speed, few enough that the handful of
# [tokens, inner] tensors alive inside one pass stay small beside what is kept between the passes.
_STRETCH = 1024
_STRETCH_CUDA = 8192


def choose_form(asked: str, x: Tensor, activation: str, slots: int) -> str:
    """Return the form's name: what was `asked`, or for "auto" the one that suits x's device and shape.

    activation: its kind, and slots: experts a token, both of which the fused kernels must know. Raises
    ProblemError where `fused` was asked for and cannot run here.
    """
    if asked == "auto" and torch.compiler.is_compiling():
        return "masked"
    if asked == "fused":
        why = fused.reason_against(x, activation, slots)
        if why:
            raise ProblemError.at("MixLoraConfig.form", why, 'Choose "auto", "sorted" or "masked".')
    if asked != "auto":
        return asked
    if not x.is_cuda:
        return "sorted"
    return "masked" if fused.reason_against(x, activation, slots) else "fused"


def chunk_tokens(on_cuda: bool) -> int:
    """Return how many tokens a form walks over at a time."""
    return _STRETCH_CUDA if on_cuda else _STRETCH
