"""Whole models of known shapes with random weights, plain or adapted, for the step and decode benches."""

from __future__ import annotations

from typing import Any

import peft
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from studio.methods.mixlora import MixLoraConfig

SHAPES: dict[str, dict[str, Any]] = {
    "smollm2-135m": {
        "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
        "num_key_value_heads": 3, "vocab_size": 49152, "tie_word_embeddings": True,
    },
    "llama3-1b": {
        "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "vocab_size": 128256, "tie_word_embeddings": True, "rope_theta": 500000.0,
    },
    "tiny": {
        "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 300, "tie_word_embeddings": True,
    },
    "llama3-8b": {
        "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 8, "vocab_size": 128256, "tie_word_embeddings": False, "rope_theta": 500000.0,
    },
}  # fmt: skip


def base_model(shape: str, device: str, precision: str) -> nn.Module:
    """Return a frozen random model of `shape`; precision is fp32, bf16 or nf4 (double quantisation, bf16 products).

    Random weights cost the same time as trained ones; only the routing is more even than after a long training.
    """
    torch.manual_seed(0)
    config = LlamaConfig(**SHAPES[shape], use_cache=False)
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(before)
    if precision == "nf4":
        _to_nf4(model, device)
    return model.requires_grad_(False)


def adapt(model: nn.Module, method: str, rank: int, k: int, dropout: float, form: str = "auto") -> Any:
    """Return `model` with LoRA or MixLoRA on all projections, B made random; "base" leaves it as it is."""
    if method == "base":
        return model
    shared: dict[str, Any] = {"r": rank, "lora_alpha": 2 * rank, "lora_dropout": dropout, "task_type": "CAUSAL_LM"}
    if method == "lora":
        config: Any = peft.LoraConfig(target_modules="all-linear", **shared)
    else:
        config = MixLoraConfig(num_experts=8, top_k=k, form=form, **shared)
    adapted = peft.get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if parameter.requires_grad and "_B" in name:
            nn.init.normal_(parameter, std=0.01)
    return adapted


def _to_nf4(model: nn.Module, device: str) -> None:
    import bitsandbytes as bnb

    for layer in model.model.layers:
        for path, linear in list(layer.named_modules()):
            if isinstance(linear, nn.Linear):
                packed = bnb.nn.Linear4bit(
                    linear.in_features, linear.out_features, bias=False, compute_dtype=torch.bfloat16,
                    compress_statistics=True, quant_type="nf4",
                )  # fmt: skip
                packed.weight = bnb.nn.Params4bit(
                    linear.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True
                )
                parent, _, name = path.rpartition(".")
                setattr(layer.get_submodule(parent), name, packed.to(device))
