"""LoRA and DoRA, as PEFT computes them: a recipe's table as PEFT's own config."""

from __future__ import annotations

from peft import LoraConfig

from studio.core.methods.lora import DORA, LORA
from studio.core.recipe.recipe import MethodTable
from studio.methods.config_fields import stored_values


def lora_config(table: MethodTable) -> LoraConfig:
    """Return the config of plain LoRA."""
    return LoraConfig(**stored_values(LORA, table))


def dora_config(table: MethodTable) -> LoraConfig:
    """Return the config of DoRA: a trained magnitude for each output."""
    return LoraConfig(use_dora=True, **stored_values(DORA, table))
