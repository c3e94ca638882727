"""A PEFT config's fields: filled from a recipe, and checked against what the method declares in core."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from peft import LoraConfig

from studio.core.methods.method import Method
from studio.core.problem import Problem
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr

# Fields of PEFT's LoraConfig that ask for a variant of plain LoRA; on experts they would have no effect.
_VARIANTS = (
    "alora_invocation_tokens",
    "arrow_config",
    "fan_in_fan_out",
    "kasa_config",
    "layer_replication",
    "megatron_config",
    "monteclora_config",
    "target_parameters",
    "use_bdlora",
    "use_qalora",
    "velora_config",
)


def stored_values(method: Method, table: MethodTable) -> dict[str, Any]:
    """The arguments of a PEFT config that a recipe's [method] table sets, for causal language models.

    `targets = "all"` means every linear projection of attention and feed-forward, never the output head.
    """
    return {key: getattr(table, field) for key, field in method.adapter.fields.items()} | {
        "target_modules": "all-linear" if table.targets == "all" else list(table.targets),
        "task_type": "CAUSAL_LM",
    }


def config_problems(config: LoraConfig, method: Method) -> Iterator[Problem]:
    """Find each field that is out of range or that the method lacks; where none is, those that do not go together."""
    name = type(config).__name__
    wrong = [*_out_of_range(config, method), *_plain_loras_own(config, method.title)]
    yield from wrong
    if not wrong:
        keys = method.adapter.keys
        values = {field: getattr(config, key) for field, key in keys.items()}
        for field, what, remedy in method.impossible(values):
            yield Problem(f"{name}.{keys[field]}", what, remedy)


def _out_of_range(config: LoraConfig, method: Method) -> Iterator[Problem]:
    defaults = {each.name: each.default for each in dataclasses.fields(config)}
    for key, allowed in method.adapter.allowed.items():
        value = getattr(config, key)
        if not allowed.allows(value) and not (value is None and defaults[key] is None):
            yield out_of_range(f"{type(config).__name__}.{key}", value, allowed)


def out_of_range(where: str, value: Any, allowed: object) -> Problem:
    """Return the Problem of a field that is not what is allowed."""
    return Problem(where, tr("It is {value!r}.", value=value), tr("Choose {allowed}.", allowed=allowed))


def _plain_loras_own(config: Any, method: str) -> Iterator[Problem]:
    """Find what PEFT's LoraConfig offers and the method does not have."""
    where = type(config).__name__
    if config.bias != "none" or config.lora_bias:
        yield Problem(f"{where}.bias", tr("{method} trains no biases.", method=method), tr('Leave bias at "none".'))
    if config.init_lora_weights is not True:
        yield out_of_range(
            f"{where}.init_lora_weights",
            config.init_lora_weights,
            tr("True: A Kaiming-uniform, B zero"),
        )
    for name in _VARIANTS:
        if getattr(config, name, None):  # a version of PEFT may not have it
            yield Problem(
                f"{where}.{name}",
                tr("{method} does not have this variant.", method=method),
                tr("Leave it out, or use the method lora."),
            )
