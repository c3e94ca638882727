"""Tiny models with random, non-zero MoELoRA adapters; a B of zeros would hide every error in A's gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peft
import pytest
from transformers import LlamaForCausalLM

from studio.methods.moelora import MoeLoraConfig
from tests.methods.conftest import randomise


@pytest.fixture
def adapted(tiny_llama: Callable[[], LlamaForCausalLM]) -> Callable[..., peft.PeftModel]:
    """Make a tiny Llama with a random MoELoRA adapter on all projections; keywords go to MoeLoraConfig."""

    def make(**fields: Any) -> peft.PeftModel:
        settings: dict[str, Any] = {
            "r": 12,
            "num_experts": 4,
            "top_k": 2,
            "lora_alpha": 6,
            "target_modules": "all-linear",
            "task_type": "CAUSAL_LM",
        }
        model = peft.get_peft_model(tiny_llama(), MoeLoraConfig(**(settings | fields)))
        randomise(model)
        return model

    return make
