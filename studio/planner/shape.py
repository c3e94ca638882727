"""A model's shape in plain numbers, read from its config and from the names and shapes of its tensors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.foreign.model_config import refuse_absurd
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.planner.config_tensors import known, tensors_of_config

_LAYER = re.compile(r"^(?:.*\.)?layers\.(\d+)\.(.+)$")
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight")
LAST = ("o_proj", "dense", "down_proj", "fc2")  # the linears that read the attention's or the feed-forward's own result
_ATTENDING = {"full_attention", "sliding_attention", "chunked_attention"}
_STATES = ("state_size", "ssm_state_size", "mamba_d_state", "conv_L_cache", "linear_conv_kernel_dim", "lru_width")
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", "expert_count")
VISION = re.compile(r"(^|\.)(vision_|visual|multi_modal|mm_|audio_)")


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear projection of a layer: features in and out, and whether it has a bias."""

    name: str
    inputs: int
    outputs: int
    bias: bool

    @property
    def elements(self) -> int:
        """Elements of the matrix alone."""
        return self.inputs * self.outputs


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What the plan needs to know about a causal language model; counts of elements unless said otherwise.

    `attention` and `feed_forward` are one layer's linears, in the model's order; `kind` is how the feed-forward
    is built: "gated" (gate, up, down), "fused" (gate_up, down) or "plain" (fc1, fc2). `layer_norms` are the
    widths of one layer's norms over hidden states, `head_norms` those over a head. `parallel`: attention and
    feed-forward share one norm and one sum (phi). `buffer_bytes` are the rotary frequencies that torch
    holds beside the weights, in float32; gemma's `scaled_embedding` is one more number in the weights' type.
    `window`: how far back a token of a sliding layer sees, 0 without such layers. `carries_state`: some layer hands a
    state from token to token (Mamba, linear attention, convolutions), so rows cannot lie end to end in one sequence.
    """

    model_type: str
    layers: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    rotary_dim: int
    vocabulary: int
    tied: bool
    head_bias: bool
    attention: tuple[Linear, ...]
    feed_forward: tuple[Linear, ...]
    kind: str
    layer_norms: tuple[int, ...]
    head_norms: tuple[int, ...]
    norms_have_bias: bool
    final_norm: int
    buffer_bytes: int
    scaled_embedding: bool
    context: int
    parallel: bool = False
    activation: str = "silu"
    soft_capped: bool = False
    window: int = 0
    carries_state: bool = False

    @property
    def linears(self) -> tuple[Linear, ...]:
        """One layer's linears: attention first, then the feed-forward."""
        return self.attention + self.feed_forward

    @property
    def embedding_elements(self) -> int:
        """Elements outside of the layers: embedding, head where it is not tied, and the final norm."""
        head = (0 if self.tied else self.vocabulary * self.hidden) + (self.vocabulary if self.head_bias else 0)
        return self.vocabulary * self.hidden + head + self.final_norm

    @property
    def layer_rest_elements(self) -> int:
        """Elements of one layer outside of its matrices: norms and biases."""
        norms = sum(self.layer_norms) * (2 if self.norms_have_bias else 1) + sum(self.head_norms)
        return norms + sum(linear.outputs for linear in self.linears if linear.bias)

    @property
    def parameters(self) -> int:
        """All elements of the model, a tied head counted once."""
        matrices = sum(linear.elements for linear in self.linears)
        return self.embedding_elements + self.layers * (matrices + self.layer_rest_elements)


def shape_of_model(
    config: Mapping[str, Any], tensors: Mapping[str, tuple[int, ...]] | None = None, where: str = "model"
) -> ModelShape:
    """A model's shape, from its config.json and, where given, its tensors' names and shapes.

    Without `tensors` they follow from the config of a known architecture (llama, mistral, qwen2, qwen3,
    gemma 1-3, phi, phi3, smollm3). Raises ProblemError, at `where`, for any other model.
    """
    config = text_config(config)
    refuse_absurd(where, config)
    if experts := next((config[name] for name in _EXPERTS if config.get(name)), None):
        raise ProblemError.at(
            where,
            tr(
                "its feed-forward is already a mixture of {experts} experts, which no method here can adapt.",
                experts=experts,
            ),
            tr("Choose a dense model: its feed-forward becomes the experts."),
        )
    if tensors is None and not known(config):
        raise ProblemError.at(
            where,
            tr(
                "the architecture {kind!r} cannot be planned from its config.",
                kind=config.get("model_type", tr("(none named)")),
            ),
            tr("Choose a llama, mistral, qwen2, qwen3, gemma, phi or smollm3 model, or one in safetensors."),
        )
    try:
        return _shape(config, tensors_of_config(config) if tensors is None else tensors)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, StopIteration) as error:
        lacks = (
            tr("{error} is missing", error=error) if isinstance(error, KeyError) else str(error) or type(error).__name__
        )
        raise ProblemError.at(
            where,
            tr("its config and tensors do not describe a language model ({lacks}).", lacks=lacks),
            tr("Choose another model."),
        ) from None


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part of a config that describes a vision model too."""
    inner = config.get("text_config")
    return inner if isinstance(inner, Mapping) else config


def _shape(config: Mapping[str, Any], tensors: Mapping[str, tuple[int, ...]]) -> ModelShape:
    layer: dict[str, tuple[int, ...]] = {}
    layers: Counter[str] = Counter()
    outside: dict[str, tuple[int, ...]] = {}
    for name, shape in tensors.items():
        if VISION.search(name):
            continue
        if match := _LAYER.match(name):
            layers[match[1]] += 1
            layer.setdefault(match[2], tuple(shape))
        else:
            outside[name] = tuple(shape)
    model_type = str(config.get("model_type", ""))
    hidden = int(config["hidden_size"])
    heads = int(config["num_attention_heads"])
    linears = [
        Linear(name.removesuffix(".weight"), shape[1], shape[0], name.removesuffix("weight") + "bias" in layer)
        for name, shape in layer.items()
        if name.endswith(".weight") and len(shape) == 2
    ]
    inside = [".mlp." in f".{each.name}." or "fc" in each.name for each in linears]
    attention = _in_order([each for each, is_mlp in zip(linears, inside, strict=True) if not is_mlp], hidden)
    feed_forward = _in_order([each for each, is_mlp in zip(linears, inside, strict=True) if is_mlp], hidden)
    kind, inner = _feed_forward_kind(feed_forward)
    head_dim = int(config.get("head_dim") or hidden // heads)
    rotary_dim = int(head_dim * float(_rope(config, "partial_rotary_factor", 1.0)))
    norms = [(name, shape[0]) for name, shape in layer.items() if name.endswith(".weight") and len(shape) == 1]
    head_norms = tuple(width for name, width in norms if "q_norm" in name or "k_norm" in name)
    layer_norms = tuple(width for name, width in norms if "q_norm" not in name and "k_norm" not in name)
    embedding = next((shape for name, shape in outside.items() if name.endswith(_EMBEDDINGS)), None)
    if not layers or embedding is None:
        raise ValueError(tr("its tensors are not named like layers and an embedding"))
    tied = bool(config.get("tie_word_embeddings", model_type.startswith("gemma")))
    if "lm_head.weight" not in outside:
        tied = True
    final = sum(shape[0] for name, shape in outside.items() if len(shape) == 1 and "lm_head" not in name)
    return ModelShape(
        model_type=model_type,
        layers=len(layers),
        hidden=hidden,
        inner=inner,
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        head_dim=head_dim,
        rotary_dim=rotary_dim,
        vocabulary=embedding[0],
        tied=tied,
        head_bias="lm_head.bias" in outside,
        attention=attention,
        feed_forward=feed_forward,
        kind=kind,
        layer_norms=layer_norms,
        head_norms=head_norms,
        norms_have_bias="input_layernorm.bias" in layer,
        final_norm=final,
        buffer_bytes=_buffers(config, model_type, rotary_dim),
        scaled_embedding=model_type.startswith("gemma"),
        context=int(config.get("max_position_embeddings") or 0),
        parallel=model_type == "phi",
        activation=str(config.get("hidden_activation") or config.get("hidden_act") or "silu"),
        soft_capped=config.get("attn_logit_softcapping") is not None,
        window=int(config.get("sliding_window") or 0) if config.get("use_sliding_window", True) else 0,
        carries_state=_carries_state(config),
    )


def _carries_state(config: Mapping[str, Any]) -> bool:
    kinds = config.get("layer_types")
    listed = isinstance(kinds, list) and any(kind not in _ATTENDING for kind in kinds)
    return listed or any(config.get(name) for name in _STATES)


def _in_order(linears: list[Linear], hidden: int) -> tuple[Linear, ...]:
    """The linears with those that read the hidden states first: files list tensors in an order of their own."""
    return tuple(sorted(linears, key=lambda each: (each.inputs != hidden or each.name.endswith(LAST), each.name)))


def _feed_forward_kind(linears: tuple[Linear, ...]) -> tuple[str, int]:
    """("gated" | "fused" | "plain", inner width) of a feed-forward's linears; ValueError for any other."""
    if not 2 <= len(linears) <= 3:
        raise ValueError(tr("a feed-forward of {linears} projections is not supported", linears=len(linears)))
    first, last = linears[0], linears[-1]
    if len(linears) == 3:
        return "gated", last.inputs
    return ("fused" if first.outputs == 2 * last.inputs else "plain"), last.inputs


def _rope(config: Mapping[str, Any], key: str, default: float) -> Any:
    parameters = config.get("rope_parameters") or {}
    return config.get(key) or (parameters.get(key) if isinstance(parameters, Mapping) else None) or default


def _buffers(config: Mapping[str, Any], model_type: str, rotary_dim: int) -> int:
    """Bytes of the rotary frequencies: float32, current and original, for each kind of layer that gemma 3 has."""
    kinds = len(set(config.get("layer_types") or ["full_attention"])) if model_type.startswith("gemma3") else 1
    return kinds * 2 * 4 * (rotary_dim // 2)
