"""What llama.cpp calls a stock architecture, and how its attention rotates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.export.gguf import qwen35


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture of llama.cpp: its name in the file, and where it differs from the others.

    interleaved: it rotates neighbouring rows of q and k, so their rows are reordered on the way.
    frequencies: it reads the tensor of rope factors. partial: it may rotate a part of each head.
    """

    name: str
    interleaved: bool = False
    frequencies: bool = False
    partial: bool = False


_LLAMA = Architecture("llama", interleaved=True, frequencies=True)

ARCHITECTURES: dict[str, Architecture] = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "mixtral": _LLAMA,
    "phi3": _LLAMA,
    # llama.cpp's own qwen2moe never renormalises the chosen experts' weights; its llama does, and takes the biases.
    "qwen2_moe": _LLAMA,
    "qwen3_moe": Architecture("qwen3moe"),
    "granitemoe": Architecture("granitemoe", interleaved=True, frequencies=True),
    "granite": Architecture("granite", interleaved=True, frequencies=True),
    "qwen2": Architecture("qwen2"),
    "qwen3": Architecture("qwen3"),
    "qwen3_5_moe_text": Architecture("qwen35moe", partial=True),
    "qwen3_5_text": Architecture("qwen35", partial=True),
}
"""By the `model_type` of the stock config: what a merged base or a twin is in llama.cpp."""


def architecture_of(config: dict[str, Any]) -> Architecture:
    """The architecture of a stock config; raises ProblemError where no file was ever proven for it."""
    kind = str(config.get("model_type"))
    if kind not in ARCHITECTURES:
        raise ProblemError.at(
            "--to gguf",
            tr("no GGUF of a {kind} model has been proven yet.", kind=kind),
            tr("Export a folder (--to moe or --to merged), or the adapter as it is (--to peft)."),
        )
    _refuse_odd(config, kind)
    return ARCHITECTURES[kind]


def head_size(config: dict[str, Any]) -> int:
    """The width of one attention head."""
    return int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])


def rotated_size(config: dict[str, Any]) -> int:
    """How many of a head's values rotate."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    part = float(rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or 1.0)
    return int(head_size(config) * part)


def expert_count(config: dict[str, Any]) -> int:
    """The experts of each layer; 0 for a dense model."""
    return int(config.get("num_local_experts") or config.get("num_experts") or 0)


def expert_width(config: dict[str, Any]) -> int:
    """The inner width of each expert, or of the dense feed-forward."""
    return int(config.get("moe_intermediate_size") or config["intermediate_size"])


def _refuse_odd(config: dict[str, Any], kind: str) -> None:
    """Refuse what llama.cpp would compute differently without a word."""
    if kind.startswith("qwen3_5") and (why := qwen35.missing(config)):
        raise ProblemError.at("--to gguf", tr("{sentence}.", sentence=why), tr("Export a folder."))
    activation = config.get("hidden_act", "silu")
    if activation != "silu":
        raise ProblemError.at(
            "--to gguf",
            tr("llama.cpp computes silu for this architecture, the model {activation}.", activation=activation),
            tr("Export a folder."),
        )
    if expert_count(config) and config.get("norm_topk_prob", True) is False:
        raise ProblemError.at(
            "--to gguf",
            tr("llama.cpp renormalises the chosen experts' weights, this model does not."),
            tr("Export a folder."),
        )
