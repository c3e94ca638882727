"""The config.json of a stock model: every value that the base was loaded with, and what readers old and new look for.

Transformers fills what is not written with the twin's own defaults, which are another model's. So everything is
written out: from the base's loaded config, never from its file, since the file leaves out the base's defaults.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

from studio.core.foreign.untrusted_json import read_object
from studio.core.twins.bases import Twin, attention_kinds, window_of
from studio.core.words import tr
from studio.export.twin.names import SHARED_WIDTH

_CLASSES = {
    "mixtral": "MixtralForCausalLM",
    "qwen2_moe": "Qwen2MoeForCausalLM",
    "qwen3_moe": "Qwen3MoeForCausalLM",
    "qwen3_5_moe_text": "Qwen3_5MoeForCausalLM",
    "flex_olmo": "FlexOlmoForCausalLM",
    "granitemoe": "GraniteMoeForCausalLM",
    "gemma4_text": "Gemma4ForCausalLM",
}
# The base's own class or file, and what holds for neither model.
_NOT_COPIED = (
    "_name_or_path", "architectures", "auto_map", "model_type", "transformers_version", "quantization_config", "dtype",
    "torch_dtype", "output_hidden_states", "output_attentions", "return_dict", "chunk_size_feed_forward",
    "is_encoder_decoder", "id2label", "label2id", "problem_type", "_attn_implementation",
    "_attn_implementation_internal", "pretraining_tp", "mlp_bias",
)  # fmt: skip


def twin_config(twin: Twin, model: Any, folder: Path, experts: int, slots: int, inner: int) -> dict[str, Any]:
    """The twin's config.json, all but its `dtype`; `inner` is the width of each expert."""
    base = model.config.get_text_config().to_dict()
    config = _common(base, model, folder)
    config |= {"model_type": twin.architecture, "architectures": [_CLASSES[twin.architecture]]}
    # A later trainer would add the mixture's own loss for balance without a word.
    config |= {"num_experts_per_tok": slots, "output_router_logits": False, "router_aux_loss_coef": 0.0}
    if twin.architecture in ("mixtral", "granitemoe"):
        config |= {"num_local_experts": experts, "intermediate_size": inner}
        if twin.architecture == "mixtral":
            config |= {"sliding_window": window_of(base), "router_jitter_noise": 0.0}
            for name in ("use_sliding_window", "max_window_layers", "layer_types", "attention_bias", "qkv_bias"):
                config.pop(name, None)
        return config
    config |= {"num_experts": experts, "moe_intermediate_size": inner, "norm_topk_prob": True}
    if twin.architecture in ("qwen2_moe", "qwen3_moe"):
        active = "sliding_attention" in attention_kinds(base)
        config |= {"decoder_sparse_step": 1, "mlp_only_layers": [], "use_sliding_window": active}
        config["sliding_window"] = base.get("sliding_window") if active else None
    if twin.architecture == "qwen2_moe":
        config["qkv_bias"] = True
    if twin.architecture in ("qwen2_moe", "qwen3_5_moe_text"):
        config["shared_expert_intermediate_size"] = SHARED_WIDTH
    if twin.architecture == "gemma4_text":
        config |= {"enable_moe_block": True, "top_k_experts": slots, "intermediate_size": SHARED_WIDTH}
    return config


def dense_config(model: Any, folder: Path) -> dict[str, Any]:
    """The config.json of the base with its adapter merged into it, all but its `dtype`."""
    config = _common(model.config.get_text_config().to_dict(), model, folder)
    own = model.config.get_text_config().to_dict()
    config |= {name: own[name] for name in ("mlp_bias", "pretraining_tp") if name in own}
    # Of a model with other parts, only the language model is written.
    written = MODEL_FOR_CAUSAL_LM_MAPPING[type(model.config.get_text_config())]
    return config | {"model_type": own["model_type"], "architectures": [written.__name__]}


def _common(base: dict[str, Any], model: Any, folder: Path) -> dict[str, Any]:
    config = {name: value for name, value in base.items() if name not in _NOT_COPIED}
    heads = config["num_attention_heads"]
    config["head_dim"] = config.get("head_dim") or config["hidden_size"] // heads
    config["num_key_value_heads"] = config.get("num_key_value_heads") or heads
    # A model with other parts may say it in one of two configs.
    config["tie_word_embeddings"] = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    config |= _positions(base)
    config["eos_token_id"] = end_tokens(config.get("eos_token_id"), folder)
    return config


def _positions(base: dict[str, Any]) -> dict[str, Any]:
    """The rotary positions under today's name, and under those that Ollama's and mlx-lm's readers know alone."""
    rope = base.get("rope_parameters")
    if not isinstance(rope, dict) or "rope_theta" not in rope:
        return {}  # one for each kind of layer: no older reader knows such a model
    found: dict[str, Any] = {"rope_theta": rope["rope_theta"], "rope_scaling": None}
    if "partial_rotary_factor" in rope:
        found["partial_rotary_factor"] = rope["partial_rotary_factor"]
    if rope.get("rope_type", "default") != "default":
        scaling = {name: value for name, value in rope.items() if name != "rope_theta"}
        found["rope_scaling"] = scaling | {"type": rope["rope_type"]}
        if "original_max_position_embeddings" in rope:
            found["original_max_position_embeddings"] = rope["original_max_position_embeddings"]
    return found


def end_tokens(named: Any, folder: Path) -> Any:
    """Every token that ends an answer: those of the base's generation_config.json, else those of its config."""
    file = folder / "generation_config.json"
    asked = read_object(file, tr("Download the model again.")).get("eos_token_id") if file.is_file() else None
    found = list(dict.fromkeys([*_ids(asked), *_ids(named)]))
    return found[0] if len(found) == 1 else found or None


def _ids(value: Any) -> Iterable[int]:
    return value if isinstance(value, list) else [] if value is None else [value]
