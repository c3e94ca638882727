"""The arithmetic of every method, by name."""

from __future__ import annotations

from studio.core.methods.registry import MethodName
from studio.core.recipe.recipe import MethodTable
from studio.planner.methods.arithmetic import Arithmetic
from studio.planner.methods.lora import DoraArithmetic, LoraArithmetic
from studio.planner.methods.mixlora import MixLoraArithmetic
from studio.planner.methods.moelora import MoeLoraArithmetic

ARITHMETIC: dict[MethodName, Arithmetic] = {
    "mixlora": MixLoraArithmetic(),
    "moelora": MoeLoraArithmetic(),
    "lora": LoraArithmetic(),
    "dora": DoraArithmetic(),
}


def arithmetic_of(method: MethodTable) -> Arithmetic:
    """The arithmetic of the method that a recipe names."""
    return ARITHMETIC[method.name]
