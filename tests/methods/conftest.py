"""Tiny models with random, non-zero adapters; a B of zeros would hide every error in A's gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import peft
import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint as torch_checkpoint
from transformers import LlamaConfig, LlamaForCausalLM

from studio.methods.mixlora import MixLoraConfig
from studio.methods.recomputing import checkpoint_options

VOCABULARY = 100


def randomise(model: nn.Module, seed: int = 1) -> nn.Module:
    """Give every trainable parameter random values, B included."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return model


def make_tiny_llama(layers: int = 2) -> LlamaForCausalLM:
    """Make a Llama of hidden size 32, equal each time."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=VOCABULARY,
    )
    return LlamaForCausalLM(config)


def gradients(model: peft.PeftModel, batch: dict[str, Tensor], scale: float = 1.0) -> tuple[float, dict[str, Tensor]]:
    """Return the loss of one forward with a seed of its own, and the gradient of `scale` times it."""
    model.zero_grad()
    torch.manual_seed(5)
    loss = model(**batch).loss
    (loss * scale).backward()
    return loss.item(), {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}


def checkpoint(model: peft.PeftModel, reentrant: bool) -> peft.PeftModel:
    """Let every decoder layer be computed again in the backward, as transformers of any version would."""
    model.enable_input_require_grads()
    options = {"use_reentrant": True} if reentrant else checkpoint_options([model])
    model.base_model.model.model.gradient_checkpointing = True
    for layer in model.base_model.model.model.layers:
        layer.gradient_checkpointing = True
        layer._gradient_checkpointing_func = partial(torch_checkpoint, **options)
    return model


@pytest.fixture
def tiny_llama() -> Callable[[], LlamaForCausalLM]:
    return make_tiny_llama


@pytest.fixture
def adapted(tiny_llama: Callable[[], LlamaForCausalLM]) -> Callable[..., peft.PeftModel]:
    """Make a tiny Llama with a random MixLoRA adapter; keywords go to MixLoraConfig."""

    def make(**fields: Any) -> peft.PeftModel:
        settings: dict[str, Any] = {"r": 4, "num_experts": 4, "top_k": 2, "task_type": "CAUSAL_LM"}
        model = peft.get_peft_model(tiny_llama(), MixLoraConfig(**(settings | fields)))
        randomise(model)
        return model

    return make


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """Three rows of seventeen tokens, the first with five of padding at its end."""
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, VOCABULARY, (3, 17), generator=generator)
    mask = torch.ones_like(ids)
    mask[0, 12:] = 0
    return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, -100)}
