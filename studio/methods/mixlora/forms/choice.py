"""Chooses the form of the arithmetic by shape, rank and device."""

from __future__ import annotations

import warnings
from functools import cache
from types import ModuleType

import torch

from studio.core.methods.mixlora import STRETCH, STRETCH_CUDA
from studio.core.problem import ProblemError
from studio.core.words import sentences, tr
from studio.methods.mixlora.forms import fused, masked, sorted
from studio.methods.mixlora.forms.proof import Case, Widths
from studio.methods.mixlora.forms.verdict import verdict

FORMS: dict[str, ModuleType] = {"sorted": sorted, "masked": masked, "fused": fused}


def choose_form(asked: str, device: torch.device, case: Case, widths: Widths) -> tuple[str, str]:
    """Return the form's name, and in a sentence why it is not the fastest on this kind of device, if so.

    The form is what was `asked`, or for "auto" the one that suits: on a card the faster of fused and masked where both
    could be timed. A fallback is warned of, too, once for each reason. Raises ProblemError where `fused` was asked for
    and cannot run here.
    """
    if asked == "auto" and torch.compiler.is_compiling():
        return "masked", ""
    if asked == "fused" and (why := verdict(device, case, widths).against):
        raise ProblemError.at("method.form", why, tr('Choose "auto", "sorted" or "masked".'))
    if asked != "auto":
        return asked, ""
    if not is_card(device):
        return "sorted", ""
    found = verdict(device, case, widths)
    if not found.against:
        return "masked" if found.masked_is_faster else "fused", ""
    _say(found.against)
    return "masked", found.against


def is_card(device: torch.device) -> bool:
    """Say whether the kernels are meant for such a device; AMD's cards call themselves cuda too."""
    return device.type == "cuda"


@cache
def _say(why: str) -> None:
    said = sentences(tr("MixLoRA's experts are computed in the masked form, which is slower."), why)
    warnings.warn(said, RuntimeWarning, 2)


def chunk_tokens(on_cuda: bool) -> int:
    """Return how many tokens a form walks over at a time."""
    return STRETCH_CUDA if on_cuda else STRETCH
