"""Tiny models of the stock architectures that a twin or a merged base has, as folders."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from studio.export.twin.tensors import StockModel, StockTensor
from tests.tensor_files import copied_tensors
from tests.tiny import make_tiny_model

LLAMA_3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 256}
LINEAR = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0, 1.1, 1.2, 1.3],
    "long_factor": [1.5, 2.0, 3.0, 4.0],
    "original_max_position_embeddings": 256,
}
QWEN_MOE = {"norm_topk_prob": True, "moe_intermediate_size": 64, "mlp_only_layers": [], "decoder_sparse_step": 1}
GRANITE = {
    "attention_multiplier": 0.2,
    "embedding_multiplier": 3.0,
    "residual_multiplier": 0.5,
    "logits_scaling": 2.0,
}
LINEAR_ATTENTION = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 6,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "partial_rotary_factor": 0.5,
        "mrope_section": [1, 1, 0],
    },
}

MODELS: dict[str, dict[str, Any]] = {
    "mixtral, llama3 positions": {
        "architecture": "mixtral",
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
        "intermediate_size": 96,
        "rope_parameters": LLAMA_3,
    },
    "mixtral, tied, yarn, k 4": {
        "architecture": "mixtral",
        "num_local_experts": 4,
        "num_experts_per_tok": 4,
        "tie_word_embeddings": True,
        "rope_parameters": YARN,
    },
    "mixtral, wide heads, linear positions, k 1": {
        "architecture": "mixtral",
        "num_local_experts": 4,
        "num_experts_per_tok": 1,
        "head_dim": 16,
        "rope_parameters": LINEAR,
    },
    "qwen3_moe, yarn": {
        "architecture": "qwen3_moe",
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "rope_parameters": YARN,
        **QWEN_MOE,
    },
    "qwen2_moe, tied": {
        "architecture": "qwen2_moe",
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "shared_expert_intermediate_size": 32,
        "tie_word_embeddings": True,
        **QWEN_MOE,
    },
    "granitemoe": {"architecture": "granitemoe", "num_local_experts": 4, "num_experts_per_tok": 2, **GRANITE},
    "qwen3_5_moe": {
        "architecture": "qwen3_5_moe_text",
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 64,
        "shared_expert_intermediate_size": 32,
        **LINEAR_ATTENTION,
    },
    "qwen3_5": {"architecture": "qwen3_5_text", "tie_word_embeddings": True, **LINEAR_ATTENTION},
    "llama": {"architecture": "llama", "rope_parameters": LLAMA_3},
    "mistral, H = F": {"architecture": "mistral", "intermediate_size": 32, "sliding_window": None},
    "qwen2": {"architecture": "qwen2"},
    "qwen3, tied": {"architecture": "qwen3", "tie_word_embeddings": True},
    "granite": {"architecture": "granite", **GRANITE},
    "phi3": {"architecture": "phi3", "sliding_window": None},
    "phi3, longrope": {
        "architecture": "phi3",
        "sliding_window": None,
        "original_max_position_embeddings": 256,
        "rope_parameters": LONGROPE,
    },
}


def make_stock_model(folder: Path, name: str) -> StockModel:
    """Write the tiny model `name` into `folder`, biases and all, and give it as an export does."""
    values = dict(MODELS[name])
    make_tiny_model(folder, values.pop("architecture"), **values)
    if "qwen2" in name:
        _fill_biases(folder)
    return read_stock_model(folder)


def read_stock_model(folder: Path) -> StockModel:
    """The model in a folder of one safetensors file."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    file = folder / "model.safetensors"
    with safe_open(file, framework="pt") as opened:
        shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
    tensors = tuple(StockTensor(name, shape, partial(_read, file, name)) for name, shape in shapes.items())
    return StockModel(config, tensors, folder, torch.float32, "fp32")


def _read(file: Path, name: str) -> Tensor:
    with safe_open(file, framework="pt") as opened:
        tensor: Tensor = opened.get_tensor(name).clone()
    return tensor


def _fill_biases(folder: Path) -> None:
    """Give every bias random values, and a shared expert none: as in a twin of Qwen2."""
    from safetensors.torch import save_file

    tensors = copied_tensors(folder / "model.safetensors")
    generator = torch.Generator().manual_seed(7)
    for name, tensor in tensors.items():
        if name.endswith("bias"):
            tensors[name] = torch.randn(tensor.shape, generator=generator) * 0.5
        elif "shared_expert.down_proj" in name:
            tensors[name] = torch.zeros_like(tensor)
    save_file(tensors, folder / "new.safetensors", metadata={"format": "pt"})
    (folder / "new.safetensors").replace(folder / "model.safetensors")
