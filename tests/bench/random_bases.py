"""Frozen base models of well-known shapes with random weights, made on the device itself: no file, no hub.

They hold what `studio.models.base_model.load_base` loads, to the byte (tests/planner/test_plan_cuda_bench.py), in fp32,
bf16, and packed by bitsandbytes in int8 or nf4.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

LLAMA_3_2_1B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "max_position_embeddings": 8192,
}
QWEN3_4B: dict[str, Any] = {
    "model_type": "qwen3",
    "hidden_size": 2560,
    "intermediate_size": 9728,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
    "max_position_embeddings": 8192,
}
LLAMA_3_8B: dict[str, Any] = LLAMA_3_2_1B | {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "head_dim": 128,
    "tie_word_embeddings": False,
}


def random_base(config: dict[str, Any], precision: str, device: torch.device, seed: int = 0) -> Any:
    """A frozen model of a config.json's fields, in eval mode, its weights normal and the same for the same `seed`.

    Packed weights are computed with in bfloat16, on a CPU in float32, and all else is held so; layers are packed one
    by one, but the plain model stands on the device before.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    fields = {name: value for name, value in config.items() if name != "model_type"}
    packed = precision in ("int8", "nf4")
    plain = torch.float32 if precision == "fp32" or (packed and device.type == "cpu") else torch.bfloat16
    torch.manual_seed(seed)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(
            AutoConfig.for_model(config["model_type"], **fields), dtype=plain, trust_remote_code=False
        )
    if packed:
        for layer in model.get_decoder().layers:
            _pack(layer, precision, plain, device)
        # As from_pretrained leaves it: PEFT looks at these to choose its layers.
        setattr(model, "is_loaded_in_8bit" if precision == "int8" else "is_loaded_in_4bit", True)
    return model.requires_grad_(False).eval()


def _pack(layer: nn.Module, precision: str, compute: torch.dtype, device: torch.device) -> None:
    """Put bitsandbytes' linears in place of a layer's own."""
    import bitsandbytes

    for path, linear in list(layer.named_modules()):
        if not isinstance(linear, nn.Linear):
            continue
        sizes = (linear.in_features, linear.out_features)
        bias = linear.bias is not None
        packed: Any
        if precision == "int8":
            packed = bitsandbytes.nn.Linear8bitLt(*sizes, bias=bias, has_fp16_weights=False)
            packed.weight = bitsandbytes.nn.Int8Params(linear.weight.data, requires_grad=False, has_fp16_weights=False)
        else:
            packed = bitsandbytes.nn.Linear4bit(
                *sizes, bias=bias, compute_dtype=compute, compress_statistics=True, quant_type="nf4"
            )
            packed.weight = bitsandbytes.nn.Params4bit(
                linear.weight.data, requires_grad=False, compress_statistics=True, quant_type="nf4"
            )
        if bias:
            packed.bias = linear.bias
        parent, _, name = path.rpartition(".")
        setattr(layer.get_submodule(parent) if parent else layer, name, packed.to(device))
        if hasattr(packed, "support_avx512bf16_for_cpu"):
            packed.support_avx512bf16_for_cpu = False  # as load_base does, and for the same reason
