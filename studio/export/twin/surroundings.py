"""What differs around the experts between a base and its twin: fused projections split, parts that must add nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from studio.core.twins.bases import Twin
from studio.export.twin.base_tensors import BaseTensors
from studio.export.twin.names import SHARED_WIDTH
from studio.export.twin.tensors import StockTensor


def split_projection(tensor: StockTensor, config: Any) -> Iterator[StockTensor]:
    """The tensor itself, or query, key and value of Phi-3's one projection under the names that Mixtral has."""
    if ".qkv_proj." not in tensor.name:
        yield tensor
        return
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    heads = (config.num_attention_heads, config.num_key_value_heads, config.num_key_value_heads)
    begin = 0
    for word, count in zip(("q_proj", "k_proj", "v_proj"), heads, strict=True):
        end = begin + count * head
        yield StockTensor(
            tensor.name.replace("qkv_proj", word),
            (end - begin, *tensor.shape[1:]),
            partial(_rows, tensor, begin, end),
            layer=tensor.layer,
        )
        begin = end


def zero_parts(
    twin: Twin, place: str, depth: int, hidden: int, experts: int, base: BaseTensors
) -> Iterator[StockTensor]:
    """What the stock layer computes beside the experts, made so that it adds exactly nothing.

    Qwen's shared expert has zero weights. Gemma 4's dense feed-forward stays in the layer, and the norm after it is
    zero; its router has a norm of its own, which takes over the scale of the one before the feed-forward.
    """

    def part(name: str, shape: tuple[int, ...], compute: Any) -> StockTensor:
        return StockTensor(f"{place}.{name}", shape, compute, "shared", depth)

    if twin.architecture in ("qwen2_moe", "qwen3_5_moe_text"):
        yield from _zero_feed_forward(part, "mlp.shared_expert", hidden)
        yield part("mlp.shared_expert_gate.weight", (1, hidden), partial(torch.zeros, 1, hidden))
    if twin.architecture == "gemma4_text":
        yield from _zero_feed_forward(part, "mlp", hidden)
        before = f"{place}.pre_feedforward_layernorm.weight"
        yield part("post_feedforward_layernorm_1.weight", (hidden,), partial(torch.zeros, hidden))
        yield part("pre_feedforward_layernorm_2.weight", (hidden,), partial(base.read, before))
        yield part("post_feedforward_layernorm_2.weight", (hidden,), partial(torch.ones, hidden))
        yield part("router.scale", (hidden,), partial(_scaled, base, before, hidden**0.5))
        yield part("router.per_expert_scale", (experts,), partial(torch.ones, experts))


def _zero_feed_forward(part: Any, name: str, hidden: int) -> Iterator[StockTensor]:
    for word in ("gate_proj", "up_proj"):
        yield part(f"{name}.{word}.weight", (SHARED_WIDTH, hidden), partial(torch.zeros, SHARED_WIDTH, hidden))
    yield part(f"{name}.down_proj.weight", (hidden, SHARED_WIDTH), partial(torch.zeros, hidden, SHARED_WIDTH))


def _rows(tensor: StockTensor, begin: int, end: int) -> Tensor:
    return tensor.compute()[begin:end]


def _scaled(base: BaseTensors, name: str, factor: float) -> Tensor:
    return base.read(name).float() * factor
