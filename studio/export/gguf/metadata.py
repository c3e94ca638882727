"""The model's numbers under the names that llama.cpp reads."""

from __future__ import annotations

from typing import Any

import gguf

from studio.export.gguf import qwen35
from studio.export.gguf.architecture import Architecture, expert_count, expert_width, head_size, rotated_size
from studio.export.gguf.quantisation import Quantisation
from studio.export.gguf.rope import Rope

_SCALINGS = {
    "linear": gguf.RopeScalingType.LINEAR,
    "yarn": gguf.RopeScalingType.YARN,
    "longrope": gguf.RopeScalingType.LONGROPE,
}
_GRANITE = {
    "attention_multiplier": "add_attention_scale",
    "embedding_multiplier": "add_embedding_scale",
    "residual_multiplier": "add_residual_scale",
    "logits_scaling": "add_logit_scale",
}


def add_metadata(
    writer: Any, config: dict[str, Any], architecture: Architecture, rope: Rope, choice: Quantisation
) -> None:
    """Write the shape of the model, its positions and its experts into the file's header."""
    head = head_size(config)
    writer.add_type("model")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(context_length(config))
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(expert_width(config))
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config.get("num_key_value_heads") or config["num_attention_heads"])
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    if experts := expert_count(config):
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config["num_experts_per_tok"])
        if architecture.name == "qwen3moe":
            writer.add_expert_feed_forward_length(expert_width(config))
    if architecture.name.startswith("granite"):
        for name, add in _GRANITE.items():
            getattr(writer, add)(config[name])
    if architecture.name in qwen35.NAMES:
        for key, value in qwen35.header_of(config).items():
            add_number = writer.add_array if isinstance(value, list) else writer.add_uint32
            add_number(f"{architecture.name}.{key}", value)
    _add_rope(writer, rope, rotated_size(config))
    writer.add_file_type(choice.file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def context_length(config: dict[str, Any]) -> int:
    """The context in which the file is exact: llama.cpp's architectures for these models have no sliding window."""
    longest = int(config["max_position_embeddings"])
    window = config.get("sliding_window") if config.get("use_sliding_window", True) else None
    return min(longest, int(window)) if window else longest


def _add_rope(writer: Any, rope: Rope, head: int) -> None:
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(rope.base)
    if rope.scaling == "none":
        return
    writer.add_rope_scaling_type(_SCALINGS[rope.scaling])
    if rope.scaling != "longrope":
        writer.add_rope_scaling_factor(rope.factor)
    if rope.original_context:
        writer.add_rope_scaling_orig_ctx_len(rope.original_context)
    if rope.scaling == "yarn":
        writer.add_rope_scaling_yarn_beta_fast(rope.beta_fast)
        writer.add_rope_scaling_yarn_beta_slow(rope.beta_slow)
    if abs(rope.attention - 1.0) > 1e-9:
        writer.add_rope_scaling_attn_factors(rope.attention)
