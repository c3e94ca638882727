"""Chooses the form of the arithmetic by shape, rank and device."""

from __future__ import annotations

import warnings
from functools import cache
from types import ModuleType

import torch

from studio.core.methods.mixlora import STRETCH, STRETCH_CUDA
from studio.core.problem import ProblemError
from studio.methods.mixlora.forms import fused, masked, sorted
from studio.methods.mixlora.forms.proof import Case, reason_against

FORMS: dict[str, ModuleType] = {"sorted": sorted, "masked": masked, "fused": fused}


def choose_form(asked: str, device: torch.device, case: Case) -> tuple[str, str]:
    """Return the form's name, and in a sentence why it is not the fastest on this kind of device, if so.

    The form is what was `asked`, or for "auto" the one that suits. A fallback is warned of, too, once for each
    reason. Raises ProblemError where `fused` was asked for and cannot run here.
    """
    if asked == "auto" and torch.compiler.is_compiling():
        return "masked", ""
    if asked == "fused":
        why = reason_against(device, case)
        if why:
            raise ProblemError.at("MixLoraConfig.form", why, 'Choose "auto", "sorted" or "masked".')
    if asked != "auto":
        return asked, ""
    if not is_card(device):
        return "sorted", ""
    why = reason_against(device, case)
    if not why:
        return "fused", ""
    _say(why)
    return "masked", why


def is_card(device: torch.device) -> bool:
    """Say whether the kernels are meant for such a device; AMD's cards call themselves cuda too."""
    return device.type == "cuda"


@cache
def _say(why: str) -> None:
    warnings.warn(f"MixLoRA's experts are computed in the masked form, which is slower. {why}", RuntimeWarning, 2)


def chunk_tokens(on_cuda: bool) -> int:
    """Return how many tokens a form walks over at a time."""
    return STRETCH_CUDA if on_cuda else STRETCH
