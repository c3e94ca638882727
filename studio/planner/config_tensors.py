"""The names and shapes of the tensors that a known architecture creates from its config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shapes = dict[str, tuple[int, ...]]

MOST_LAYERS = 10_000  # a broken config could name any number, and each layer is written out
_HEAD_DIM = {"gemma": 256, "gemma2": 256, "gemma3_text": 256, "gemma3": 256, "qwen3": 128}
KNOWN = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "gemma3", "phi", "phi3", "smollm3")


def known(config: Mapping[str, Any]) -> bool:
    """Whether the tensors of this config's architecture are known here."""
    return config.get("model_type") in KNOWN


def tensors_of_config(config: Mapping[str, Any]) -> Shapes:
    """Name and shape of every weight, as the checkpoint of a known architecture holds them.

    Defaults are those of transformers' own config classes; KeyError names what the config lacks, ValueError what is
    implausible in it.
    """
    kind = config["model_type"]
    hidden, vocabulary = int(config["hidden_size"]), int(config["vocab_size"])
    shapes: Shapes = {"model.embed_tokens.weight": (vocabulary, hidden)}
    layers = int(config["num_hidden_layers"])
    if not 0 < layers <= MOST_LAYERS:
        raise ValueError(f"{layers} layers are implausible")
    for number in range(layers):
        place = f"model.layers.{number}."
        shapes |= {place + name: shape for name, shape in _layer(config, kind, hidden).items()}
    if kind == "phi":
        shapes["model.final_layernorm.weight"] = shapes["model.final_layernorm.bias"] = (hidden,)
    else:
        shapes["model.norm.weight"] = (hidden,)
    if not config.get("tie_word_embeddings", kind.startswith("gemma") or kind == "smollm3"):
        shapes["lm_head.weight"] = (vocabulary, hidden)
        if kind == "phi":
            shapes["lm_head.bias"] = (vocabulary,)
    return shapes


def head_dim_of(config: Mapping[str, Any]) -> int:
    """The width of one attention head."""
    given = config.get("head_dim") or _HEAD_DIM.get(str(config.get("model_type")))
    return int(given or int(config["hidden_size"]) // int(config["num_attention_heads"]))


def _layer(config: Mapping[str, Any], kind: str, hidden: int) -> Shapes:
    inner, head_dim = int(config["intermediate_size"]), head_dim_of(config)
    queries = int(config["num_attention_heads"]) * head_dim
    keys = int(config.get("num_key_value_heads") or config["num_attention_heads"]) * head_dim
    shapes: Shapes = {}

    def linear(name: str, outputs: int, inputs: int, bias: bool = False) -> None:
        shapes[f"{name}.weight"] = (outputs, inputs)
        if bias:
            shapes[f"{name}.bias"] = (outputs,)

    attention_bias = bool(config.get("attention_bias", False))
    if kind == "phi3":
        linear("self_attn.o_proj", hidden, queries)
        linear("self_attn.qkv_proj", queries + 2 * keys, hidden)
    else:
        inputs_bias = kind in ("qwen2", "phi") or attention_bias
        linear("self_attn.q_proj", queries, hidden, inputs_bias)
        linear("self_attn.k_proj", keys, hidden, inputs_bias)
        linear("self_attn.v_proj", keys, hidden, inputs_bias)
        last = "dense" if kind == "phi" else "o_proj"
        linear(f"self_attn.{last}", hidden, queries, kind == "phi" or (attention_bias and kind != "qwen2"))
    if kind in ("qwen3", "gemma3_text", "gemma3") or (kind == "phi" and config.get("qk_layernorm")):
        shapes["self_attn.q_norm.weight"] = shapes["self_attn.k_norm.weight"] = (head_dim,)
    mlp_bias = bool(config.get("mlp_bias", False))
    if kind == "phi":
        linear("mlp.fc1", inner, hidden, True)
        linear("mlp.fc2", hidden, inner, True)
    elif kind == "phi3":
        linear("mlp.gate_up_proj", 2 * inner, hidden)
        linear("mlp.down_proj", hidden, inner)
    else:
        linear("mlp.gate_proj", inner, hidden, mlp_bias)
        linear("mlp.up_proj", inner, hidden, mlp_bias)
        linear("mlp.down_proj", hidden, inner, mlp_bias)
    norms = ["input_layernorm"]
    if kind != "phi":
        norms.append("post_attention_layernorm")
    if kind in ("gemma2", "gemma3_text", "gemma3"):
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    for name in norms:
        shapes[f"{name}.weight"] = (hidden,)
        if kind == "phi":
            shapes[f"{name}.bias"] = (hidden,)
    return shapes
