"""Every method there is. A new one is a file beside this one, and its entries here."""

from __future__ import annotations

from typing import Literal

from studio.core.methods.fields import (
    BalanceFields,
    ExpertFields,
    LowRankFields,
    RankStabilisedFields,
    TargetFields,
)
from studio.core.methods.lora import DORA, LORA
from studio.core.methods.method import AdapterFile, FlooredLoss, Method
from studio.core.methods.mixlora import MIXLORA, RoutingFields, SingleLayerFields
from studio.core.methods.moelora import MOELORA, ContrastFields

MethodName = Literal["mixlora", "moelora", "lora", "dora"]

METHODS: dict[MethodName, Method] = {"mixlora": MIXLORA, "moelora": MOELORA, "lora": LORA, "dora": DORA}
"""By name, in the order in which they are offered."""

DEFAULT: MethodName = "mixlora"


# Python collects the fields of the last base first.
class MethodFields(
    TargetFields,
    SingleLayerFields,
    RankStabilisedFields,
    RoutingFields,
    ContrastFields,
    BalanceFields,
    LowRankFields,
    ExpertFields,
):
    """The recipe fields of all methods together, as they stand in the one flat [method] table."""


def floored_losses() -> tuple[FlooredLoss, ...]:
    """The losses that methods add to a step, each with a floor."""
    return tuple(loss for method in METHODS.values() for loss in method.losses)


def adapter_files() -> dict[str, AdapterFile]:
    """What the adapters of each kind hold, by their `peft_type`."""
    return {method.adapter.kind: method.adapter for method in METHODS.values()}


def users_of(field: str) -> tuple[MethodName, ...]:
    """The methods that use a field of the recipe's [method] table."""
    return tuple(name for name, method in METHODS.items() if method.uses(field))


def routed_methods() -> tuple[MethodName, ...]:
    """The methods that send tokens to experts."""
    return tuple(name for name, method in METHODS.items() if method.routed)


def baselines_first() -> tuple[MethodName, ...]:
    """Every method, those that route last: the order in which a comparison trains them."""
    return tuple(sorted(METHODS, key=lambda name: METHODS[name].routed))
