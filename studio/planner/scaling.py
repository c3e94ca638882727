"""How strongly a recipe's updates are scaled, which a change of the rank alone would change too."""

from __future__ import annotations

from studio.core.methods.fields import range_of
from studio.core.recipe.recipe import MethodTable
from studio.planner.methods.arithmetic import Scaled
from studio.planner.methods.registry import arithmetic_of
from studio.planner.shape import ModelShape

_ALPHA = range_of(MethodTable, "alpha")
ALPHA = "method.alpha"
DIVIDING = ("method.name", "method.rank", "method.experts")
"""The fields that decide what alpha is divided by."""


def strength(method: MethodTable) -> float:
    """The factor by which updates are scaled: alpha over the rank, or over what else the method divides it by."""
    return method.alpha / arithmetic_of(method).divisor(method, method.rank)


def scaled_by_alpha(shape: ModelShape, *methods: MethodTable) -> Scaled:
    """Which updates alpha scales in each of the methods."""
    found = {arithmetic_of(method).alpha_scales(shape, method) for method in methods}
    return "none" if "none" in found else "attention" if "attention" in found else "all"


def alpha_for(asked: MethodTable, changed: MethodTable) -> float:
    """The alpha with which `changed` scales its updates by the same factor as `asked`.

    Papers choose the factor, and not alpha: one has 32 over rank 16 beside 160 over rank 80 (arXiv 2404.15159). With a
    fixed alpha, four times the rank would learn at a quarter of the strength.
    """
    divisor = arithmetic_of(changed).divisor(changed, changed.rank)
    return float(f"{min(strength(asked) * divisor, _ALPHA.high):.6g}")
