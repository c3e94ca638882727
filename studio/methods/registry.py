"""Builds every method's PEFT config from a recipe; importing it registers the methods that PEFT lacks."""

from __future__ import annotations

from collections.abc import Callable

from peft import PeftConfig

from studio.core.methods.registry import MethodName
from studio.core.recipe.recipe import MethodTable
from studio.methods.lora import dora_config, lora_config
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig

CONFIGS: dict[MethodName, Callable[[MethodTable], PeftConfig]] = {
    "mixlora": MixLoraConfig.of,
    "moelora": MoeLoraConfig.of,
    "lora": lora_config,
    "dora": dora_config,
}


def adapter_config(table: MethodTable) -> PeftConfig:
    """Return the PEFT config of a recipe's [method] table, for causal language models."""
    return CONFIGS[table.name](table)
