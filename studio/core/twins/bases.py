"""The table of twins: for each base architecture the stock mixture of experts that computes a routed adapter exactly.

A twin holds every expert as a whole matrix W + s · B A. It exists where a stock architecture has the base's own
attention, norms and positions around a top-k mixture whose weights sum to 1. A new twin is one entry of `TWINS`, its
tensors' names in `studio.export.twin`, and a base in the tests of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.core.words import mark, tr

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Twin:
    """A stock mixture of experts.

    base: what the base is called. architecture: the twin's `model_type` in transformers. title: what people call it.
    gguf: llama.cpp's name of the twin's architecture, "" where it has none. dense_gguf: its name of the base's own.
    missing: finds in the base's config what this twin lacks, as a clause; "" where nothing is lacking.
    """

    base: str
    architecture: str
    title: str
    gguf: str
    dense_gguf: str
    missing: Callable[[Config], str] = field(default=lambda config: "")


def twin_of(config: Config) -> Twin | str:
    """The twin of the base with this config.json, or why there is none, as a clause without an end."""
    text = language_model(config)
    kind = str(text.get("model_type") or config.get("model_type") or "")
    if kind in NONE:
        return tr(NONE[kind])
    twin = TWINS.get(kind)
    if twin is None:
        return tr("no mixture of experts is known that computes a {kind} model", kind=kind or tr("nameless"))
    return _wrong_anywhere(text, twin) or twin.missing(text) or twin


def language_model(config: Config) -> Config:
    """The language model's part of a config that describes eyes or ears too."""
    inner = config.get("text_config")
    return inner if isinstance(inner, Mapping) else config


def window_of(config: Config) -> int | None:
    """The attention's window in tokens where every layer has it; None where none has, or only some."""
    kinds = attention_kinds(config)
    window = config.get("sliding_window")
    return int(window) if window and kinds == {"sliding_attention"} else None


def attention_kinds(config: Config) -> set[str]:
    """The kinds of attention among the layers, as transformers names them."""
    listed = config.get("layer_types")
    if isinstance(listed, list) and listed:
        return {str(each) for each in listed}
    window, layers = config.get("sliding_window"), config.get("num_hidden_layers") or 0
    if not window or config.get("use_sliding_window") is False:
        return {"full_attention"}
    if "use_sliding_window" in config:  # qwen: from layer max_window_layers on
        first = int(config.get("max_window_layers") or 0)
        return {"sliding_attention" if layer >= first else "full_attention" for layer in range(int(layers))}
    return {"sliding_attention"}


def _wrong_anywhere(config: Config, twin: Twin) -> str:
    activation = config.get("hidden_activation") or config.get("hidden_act") or "silu"
    expected = "gelu_pytorch_tanh" if config.get("hidden_activation") else "silu"
    if activation != expected:
        return tr(
            "its activation is {activation}, and programs compute {twin} with {expected}",
            activation=f"{activation!s:.30}",
            twin=twin.title,
            expected=expected,
        )
    if config.get("mlp_bias"):
        return tr("its feed-forward has biases, which {twin}'s experts have not", twin=twin.title)
    return ""


def _mixtral_lacks(config: Config) -> str:
    if config.get("attention_bias") or config.get("qkv_bias"):
        return tr("its attention has biases, which Mixtral's has not")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    told = rope.get("partial_rotary_factor") if isinstance(rope, Mapping) else None
    part = config.get("partial_rotary_factor") or told or 1.0
    if not isinstance(part, int | float):
        return tr("its config.json says no number for the part of each head that is rotated")
    if float(part) != 1.0:
        return tr("it rotates only {part:.0%} of each head, and Mixtral rotates all of it", part=float(part))
    return _windows_differ(config, "Mixtral")


def _windows_differ(config: Config, title: str) -> str:
    if len(attention_kinds(config)) > 1:
        return tr("some of its layers see a window and others everything, and {twin}'s layers are alike", twin=title)
    return ""


def _gemma4_lacks(config: Config) -> str:
    if config.get("use_double_wide_mlp") and config.get("num_kv_shared_layers"):
        return tr("some of its layers have a feed-forward of twice the width, and Gemma 4's experts have one width")
    return ""


_MIXTRAL = ("mixtral", "Mixtral", "llama")

TWINS: dict[str, Twin] = {
    "llama": Twin("Llama", *_MIXTRAL, "llama", _mixtral_lacks),
    "mistral": Twin("Mistral", *_MIXTRAL, "llama", _mixtral_lacks),
    "qwen3": Twin(
        "Qwen3", "qwen3_moe", "Qwen3-MoE", "qwen3moe", "qwen3", lambda config: _windows_differ(config, "Qwen3-MoE")
    ),
    "qwen2": Twin("Qwen2", "qwen2_moe", "Qwen2-MoE", "llama", "qwen2"),
    "phi3": Twin("Phi-3", *_MIXTRAL, "llama", _mixtral_lacks),
    "granite": Twin("Granite", "granitemoe", "GraniteMoE", "granitemoe", "granite"),
    "qwen3_5_text": Twin("Qwen3.5", "qwen3_5_moe_text", "Qwen3.5-MoE", "qwen35moe", "qwen35"),
    "olmo2": Twin("OLMo 2", "flex_olmo", "FlexOlmo", "", "olmo2"),
    "gemma4_text": Twin("Gemma 4", "gemma4_text", "Gemma 4 MoE", "gemma4", "gemma4", _gemma4_lacks),
}
"""By the base's `model_type` in transformers, a language model's own where it is a part of a larger model."""

TWINS["qwen3_5"], TWINS["gemma4"] = TWINS["qwen3_5_text"], TWINS["gemma4_text"]

NONE: dict[str, str] = {
    "smollm3": mark("SmolLM3 has layers without rotary positions"),
    "gemma": mark("Gemma scales its embedding, which no mixture of experts around its kind of norm does"),
    "gemma2": mark("Gemma 2 caps the scores of its attention, and has a norm after each feed-forward"),
    "gemma3": mark("Gemma 3 has a norm after each feed-forward, and positions that differ between its layers"),
    "gemma3_text": mark("Gemma 3 has a norm after each feed-forward, and positions that differ between its layers"),
    "olmo3": mark("OLMo 3 has layers with a sliding window, which FlexOlmo has not"),
    "phi": mark("Phi's attention and feed-forward share one norm, and its feed-forward has no gate"),
}
"""Bases that can be trained, and why none of the stock mixtures of experts computes them."""
