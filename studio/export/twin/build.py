"""From an adapter and its base to the stock model that computes the same: which tensor comes from what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from peft.utils.other import AuxiliaryTrainingWrapper
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Precision
from studio.core.twins.bases import Twin, twin_of
from studio.core.twins.exports import values_of_adapter
from studio.core.words import tr
from studio.export.twin.base_tensors import BaseTensors, model_name
from studio.export.twin.config import dense_config, twin_config
from studio.export.twin.merged import ADAPTER, merged_bias, merged_expert, merged_linear
from studio.export.twin.names import NAMES
from studio.export.twin.surroundings import split_projection, zero_parts
from studio.export.twin.tensors import StockModel, StockTensor
from studio.methods.mixlora.feedforward import FeedForward
from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.structure import find_feed_forwards
from studio.models.adapter_source import AdapterSource
from studio.models.base_model import find_base
from studio.models.load_adapter import adapter_alone

_LAYER = re.compile(r"^(model\.layers\.(\d+))\.(.+)$")
_PACKED = ("nf4", "int8")
# What of a plain LoRA or DoRA goes into a layer's weight, and what into its bias.
_LORA_PARTS = {
    "weight": (
        *(f"lora_{part}.{ADAPTER}.weight" for part in ("A", "B", "magnitude_vector")),
        *(f"lora_embedding_{part}.{ADAPTER}" for part in "AB"),
    ),
    "bias": (f"lora_B.{ADAPTER}.bias",),
}


@dataclass(slots=True)
class _Adapted:
    """A base without weights, its adapter in it, and the base's tensors.

    `trained`: the names in the model of all tensors of the adapter's file; `used`: names that were taken so far.
    """

    model: Any
    base: BaseTensors
    lora: dict[str, Any]
    routed: dict[str, MixLoraFeedForward]
    seen_as: Precision | None
    trained: frozenset[str]
    used: set[str] = field(default_factory=set)

    @property
    def config(self) -> Any:
        return self.model.config.get_text_config()

    @property
    def tied(self) -> bool:
        """Whether the head is the embedding: a model with other parts may say it in one of two configs."""
        return self.model.get_output_embeddings().weight is self.model.get_input_embeddings().weight


def twin_tensors(source: AdapterSource) -> StockModel:
    """The stock mixture of experts that computes what the adapter on its base does.

    Raises ProblemError where the base or the method has none, naming why; and what reading the base raises.
    """
    method, values = values_of_adapter(source.config)
    if why := method.becomes(values).no_experts:
        raise ProblemError.at("--to moe", tr("{sentence}.", sentence=why), tr("Export to peft instead."))
    adapted = _adapted(source)
    twin = twin_of(adapted.config.to_dict())
    if isinstance(twin, str):
        raise ProblemError.at("--to moe", tr("{sentence}.", sentence=twin), tr("Export to peft instead."))
    found = {model_name(path): shape for path, shape in find_feed_forwards(adapted.model).items()}
    first = next(iter(adapted.routed.values()))
    experts, slots = first.router(ADAPTER).weight.shape[0], first.configs[ADAPTER].top_k
    tensors = tuple(_twins_tensors(adapted, twin, found, experts))
    _refuse_left_over(adapted)
    inner = next(iter(found.values())).inner
    config = twin_config(twin, adapted.model, adapted.base.folder, experts, slots, inner)
    return _model(adapted, config, tensors, twin, len(found), experts, slots)


def merged_tensors(source: AdapterSource) -> StockModel:
    """The base with a plain LoRA or DoRA added to its matrices.

    Raises ProblemError where the method has experts, and what reading the base raises.
    """
    method, values = values_of_adapter(source.config)
    if why := method.becomes(values).no_merged:
        raise ProblemError.at("--to merged", tr("{sentence}.", sentence=why), tr("Export to moe, or to peft."))
    adapted = _adapted(source)
    tensors = tuple(_copied(adapted, name) for name in _in_order(adapted))
    _refuse_left_over(adapted)
    return _model(adapted, dense_config(adapted.model, adapted.base.folder), tensors)


def _model(
    adapted: _Adapted,
    config: dict[str, Any],
    tensors: tuple[StockTensor, ...],
    twin: Twin | None = None,
    layers: int = 0,
    experts: int = 0,
    slots: int = 0,
) -> StockModel:
    base = adapted.base
    dtype = base.dtypes["model.embed_tokens.weight"]
    left_out = tuple(base.dropped)
    counts = (layers, experts, slots, left_out, len(adapted.trained))
    return StockModel(config, tensors, base.folder, dtype, adapted.seen_as, twin, *counts)


def _adapted(source: AdapterSource) -> _Adapted:
    folder, _ = find_base(source.model)
    model = adapter_alone(source).get_base_model()
    if any(isinstance(module, AuxiliaryTrainingWrapper) for module in model.modules()):
        raise ProblemError.at(
            str(source.folder), tr("it holds whole modules beside its low-rank pairs."), tr("Export to peft instead.")
        )
    named = {model_name(name): module for name, module in model.named_modules()}
    lora = {name: module for name, module in named.items() if isinstance(module, LoraLayer)}
    routed = {name: module for name, module in named.items() if isinstance(module, MixLoraFeedForward)}
    seen_as = source.model.precision
    head = model.get_output_embeddings()
    # bitsandbytes packs every linear but the head.
    packed = {
        name.replace(".base_layer", "")
        for name, module in named.items()
        if isinstance(module, nn.Linear) and module is not head and "lora_" not in name
    }
    base = BaseTensors(folder, seen_as, frozenset(f"{name}.weight" for name in packed), source.held_as)
    trained = frozenset(model_name(name) for name, each in model.named_parameters() if each.requires_grad)
    return _Adapted(model, base, lora, routed, seen_as if seen_as in _PACKED else None, trained)


def _in_order(adapted: _Adapted) -> Iterator[str]:
    """The base's tensors: the embedding, the layers by depth, then the rest; no head where it is the embedding."""
    names = list(adapted.base.shapes)
    if adapted.tied:
        names = [name for name in names if name != "lm_head.weight"]

    def place(name: str) -> tuple[int, int]:
        match = _LAYER.match(name)
        return (1, int(match[2])) if match else (0 if "embed" in name else 2, 0)

    yield from sorted(names, key=place)


def _twins_tensors(adapted: _Adapted, twin: Twin, found: dict[str, FeedForward], experts: int) -> Iterator[StockTensor]:
    inside = {f"{path}.{name}": path for path, each in found.items() for name in each.projections}
    begun: set[str] = set()
    for name in _in_order(adapted):
        path = inside.get(name.rpartition(".")[0])
        if path is None:
            yield from split_projection(_copied(adapted, name), adapted.config)
        elif path not in begun:
            begun.add(path)
            yield from _mixture(adapted, twin, path, found[path], experts)


def _copied(adapted: _Adapted, name: str) -> StockTensor:
    """A tensor of the base under its own name, with the attention's plain LoRA in it where it has one."""
    base, match = adapted.base, _LAYER.match(name)
    path, _, kind = name.rpartition(".")
    compute: Callable[[], Tensor] = partial(base.read, name)
    layer = adapted.lora.get(path)
    if layer is not None and kind in ("weight", "bias"):
        adapted.used |= {f"{path}.{part}" for part in _LORA_PARTS[kind]}
        merge = merged_linear if kind == "weight" else merged_bias
        compute = partial(_merge, base, name, partial(merge, layer=layer))
    return StockTensor(name, base.shapes[name], compute, layer=int(match[2]) if match else None)


def _merge(base: BaseTensors, name: str, merge: Callable[[Tensor], Tensor]) -> Tensor:
    return merge(base.read(name))


def _mixture(adapted: _Adapted, twin: Twin, path: str, shape: FeedForward, experts: int) -> Iterator[StockTensor]:
    """One layer's router and experts under their stock names, and what else the stock layer has."""
    match = _LAYER.match(path)
    assert match is not None
    place, depth = match[1], int(match[2])
    names, layer = NAMES[twin.architecture], adapted.routed.get(path)
    projections = {shape.first, shape.up or shape.first, shape.last}
    adapted.used |= {f"{path}.lora_experts.{ADAPTER}.{name}_{kind}" for name in projections for kind in "ABM"}
    adapted.used.add(f"{path}.lora_router.{ADAPTER}.weight")
    hidden, inner = shape.hidden, shape.inner
    router = StockTensor(
        f"{place}.{names.router}", (experts, hidden), partial(_router, layer, experts, hidden), "router", depth,
        exact=True,
    )  # fmt: skip
    yield router
    of = partial(_part, adapted.base, layer, path, shape)
    if names.fused:
        yield StockTensor(
            names.of(place, "gate", None), (experts, 2 * inner, hidden), partial(_stacked, of, experts, ("gate", "up")),
            "gate_up", depth,
        )  # fmt: skip
        yield StockTensor(
            names.of(place, "down", None), (experts, hidden, inner), partial(_stacked, of, experts, ("down",)),
            "down", depth,
        )  # fmt: skip
    else:
        for expert in range(experts):
            for part in ("gate", "up", "down"):
                outputs, inputs = (hidden, inner) if part == "down" else (inner, hidden)
                make = partial(of, part, expert)
                name = names.of(place, part, expert)
                yield StockTensor(name, (outputs, inputs), make, part, depth, expert, rounded=make)
    yield from zero_parts(twin, place, depth, hidden, experts, adapted.base)


def _router(layer: MixLoraFeedForward | None, experts: int, hidden: int) -> Tensor:
    # A layer that the adapter leaves alone has equal experts, between which any router chooses equally well.
    return torch.zeros(experts, hidden) if layer is None else layer.router(ADAPTER).weight.detach().float()


@torch.no_grad()
def _part(
    base: BaseTensors,
    layer: MixLoraFeedForward | None,
    path: str,
    shape: FeedForward,
    part: str,
    expert: int,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """One expert's gate, up or down; gate and up are the halves of one matrix in a fused feed-forward."""
    projection = {"gate": shape.first, "up": shape.up or shape.first, "down": shape.last}[part]
    weight = base.read_again(f"{path}.{projection}.weight")
    whole = weight.to(dtype) if layer is None else merged_expert(weight, layer, projection, expert, dtype)
    if shape.kind == "fused" and part != "down":
        return whole.chunk(2)[0 if part == "gate" else 1]
    return whole


def _stacked(of: Callable[[str, int], Tensor], experts: int, parts: tuple[str, ...]) -> Tensor:
    """All experts' parts in one tensor, filled one at a time."""
    first = torch.cat([of(part, 0) for part in parts])
    whole = torch.empty(experts, *first.shape)
    whole[0] = first
    for expert in range(1, experts):
        torch.cat([of(part, expert) for part in parts], out=whole[expert])
    return whole


def _refuse_left_over(adapted: _Adapted) -> None:
    """Raise ProblemError where a tensor of the adapter went nowhere, or would change two tensors of the base."""
    if left := sorted(adapted.trained - adapted.used):
        biases = [name for name in left if name.endswith("base_layer.bias")]
        what = (
            tr(
                "it trained {number} biases of the base beside its low-rank pairs, which only PEFT puts into a model.",
                number=len(biases),
            )
            if biases
            else tr(
                "{number} of the adapter's {number2} tensors have no place in the base's files.",
                number=len(left),
                number2=len(adapted.trained),
            )
        )
        raise ProblemError.at((biases or left)[0], what, tr("Export to peft instead."))
    ends = [path for path in adapted.lora if path.endswith(("embed_tokens", "lm_head"))]
    if ends and adapted.tied:
        raise ProblemError.at(
            ends[0],
            tr("it is adapted, but shares its weights with the other end of the model."),
            tr("Export to peft instead."),
        )
