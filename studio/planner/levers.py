"""Every lever on a recipe's memory: what it can be set to on a device, and what is not available there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from pydantic import ValidationError

from studio.core.methods.fields import range_of
from studio.core.methods.registry import METHODS, MethodName
from studio.core.recipe.recipe import MethodTable, Precision, Recipe, TrainingTable
from studio.core.words import enumerated, listed, plural, tr
from studio.hardware.machine import Device
from studio.planner.adapter import targeted
from studio.planner.auto_fields import optimizers, precisions, why_no_8bit, why_no_layers_in_ram, why_no_packed
from studio.planner.methods.arithmetic import Fields
from studio.planner.methods.changes import halves
from studio.planner.methods.registry import ARITHMETIC, arithmetic_of
from studio.planner.pins import value_of, with_value
from studio.planner.scaling import ALPHA, DIVIDING, alpha_for, scaled_by_alpha
from studio.planner.shape import ModelShape
from studio.planner.weights import PACKED

PRECISIONS: tuple[str, ...] = tuple(name for name in get_args(Precision) if name != "auto")  # from large to small
OPTIMIZERS = ("adamw", "adamw-8bit", "adamw-paged-8bit")
LEAST_LENGTH = int(range_of(TrainingTable, "max_length").low)
ALWAYS_THE_USERS = ("method.targets", "method.name")  # what is trained, and not only how: never changed unasked


@dataclass(frozen=True, slots=True)
class Lever:
    """One way to need less memory.

    `steps` are the fields that it sets, gentlest first; empty where the recipe is already at its end, or leaves it
    to "auto". `reach` says in words how far it was tried, `why_not` what is not available on this device.
    """

    path: str
    steps: tuple[Fields, ...]
    reach: str
    why_not: str = ""


def levers(recipe: Recipe, shape: ModelShape, device: Device) -> tuple[Lever, ...]:
    """All levers of a recipe, from those that only cost time to those that change what is trained."""
    method, ask = recipe.method, arithmetic_of(recipe.method)
    others = [name for name in METHODS if name != method.name]
    found = [
        Lever("training.micro_batch", tuple(_rows(recipe)), tr("1 row at once")),
        Lever("training.checkpointing", tuple(_again(recipe)), tr("activations recomputed")),
        _layers_in_ram(recipe, shape, device),
        _optimizer(recipe, device),
        _precision(recipe, device),
        Lever("method.rank", tuple(_ranks(method)), tr("rank down to {rank}", rank=ask.least_rank(method.experts))),
    ]
    if METHODS[method.name].routed:
        found.append(
            Lever(
                "method.experts", tuple(_experts(method)), plural("{n} expert", "{n} experts", _fewest_experts(method))
            )
        )
    lengths = [{"training.max_length": length} for length in halves(recipe.training.max_length, LEAST_LENGTH)]
    found.append(Lever("training.max_length", tuple(lengths), tr("rows down to {tokens} tokens", tokens=LEAST_LENGTH)))
    found.append(Lever("method.targets", tuple(_targets(shape, method)), tr("a single adapted projection")))
    found.append(Lever("method.name", tuple(as_method(method, name) for name in others), either(others)))
    return tuple(found)


def smallest(recipe: Recipe, shape: ModelShape, device: Device) -> Iterator[Fields]:
    """Fields with every lever at its end, in each combination of those whose smallest value depends on the others.

    One of these recipes needs the least memory of all: rank, experts, length and rows only ever add to it.
    """
    plain = {"training.max_length": LEAST_LENGTH, "training.micro_batch": 1, "machine.layers_in_ram": "auto"}
    packed, states = usable_precisions(device), [name for name in usable_optimizers(device) if "paged" not in name]
    for name in METHODS:
        method = applied_method(recipe.method, as_method(recipe.method, name))
        if method is None:
            continue
        fewest = _fewest_experts(method)
        ends = as_method(recipe.method, name) | _with_experts(method, fewest)
        ends |= _with_rank(method, ARITHMETIC[name].least_rank(fewest))
        for target, precision, optimizer, again in product(_single_targets(shape, name), packed, states, (True, False)):
            yield (
                plain
                | {"training.checkpointing": again, "training.optimizer": optimizer, "model.precision": precision}
                | ends
                | {"method.targets": target}
            )


def usable_precisions(device: Device) -> tuple[str, ...]:
    """The precisions in which frozen weights can be held on a device, however slow they are there."""
    packed = () if why_no_packed(device) else PACKED
    half = "fp16" if device.lacks_bfloat16 else "bf16"
    return tuple(name for name in PRECISIONS if name in ("fp32", half, *packed))


def usable_optimizers(device: Device) -> tuple[str, ...]:
    """The optimisers that a device can step; only CUDA pages their states."""
    if why_no_8bit(device):
        return OPTIMIZERS[:1]
    return OPTIMIZERS if device.kind == "cuda" else OPTIMIZERS[:2]


def applied(recipe: Recipe, fields: Fields) -> Recipe | None:
    """The recipe with these fields set; None where they do not go together."""
    method = applied_method(recipe.method, fields)
    if method is None:
        return None
    for path, value in fields.items():
        if not path.startswith("method."):
            recipe = with_value(recipe, path, value)
    return recipe.model_copy(update={"method": method})


def applied_method(method: MethodTable, fields: Fields) -> MethodTable | None:
    """The method's table with those of the fields that are its own; None where they do not go together."""
    own = {path.partition(".")[2]: value for path, value in fields.items() if path.startswith("method.")}
    if not own:
        return method
    try:
        return MethodTable.model_validate(method.model_dump() | own)
    except ValidationError:
        return None


def with_same_strength(method: MethodTable, fields: Fields, pinned: frozenset[str], shape: ModelShape) -> Fields:
    """The fields, and where they change what alpha is divided by, the alpha that keeps the updates' strength.

    A pinned alpha stays, unless what it is divided by is the user's as well: then both are, and so is their quotient.
    """
    changed = applied_method(method, fields)
    if changed is None or ALPHA in fields or scaled_by_alpha(shape, method, changed) == "none":
        return fields
    if ALPHA in pinned and not any(path in fields for path in DIVIDING if path in (*pinned, *ALWAYS_THE_USERS)):
        return fields
    alpha = alpha_for(method, changed)
    return fields if alpha == method.alpha else fields | {ALPHA: alpha}


def as_method(method: MethodTable, name: MethodName) -> Fields:
    """The fields that make a recipe one of the method `name`, with what that method needs."""
    if name == method.name:
        return {}
    return {"method.name": name} | ARITHMETIC[name].converted(method)


def either(names: Sequence[str]) -> str:
    """Names as a choice in a sentence: "a, b or c"."""
    if len(names) == 1:
        return names[0]
    return tr("{first} or {last}", first=enumerated(names[:-1]), last=names[-1])


def _rows(recipe: Recipe) -> Iterator[Fields]:
    size, batch = recipe.training.micro_batch, recipe.rows_of_a_process
    if size == "auto":
        return  # it is at its smallest already where that is needed
    for rows in range(min(size, batch) - 1, 0, -1):
        if batch % rows == 0:
            yield {"training.micro_batch": rows}


def _again(recipe: Recipe) -> Iterator[Fields]:
    if recipe.training.checkpointing is False:
        yield {"training.checkpointing": True}


def _layers_in_ram(recipe: Recipe, shape: ModelShape, device: Device) -> Lever:
    path = "machine.layers_in_ram"
    why_not = why_no_layers_in_ram(recipe, shape, precisions(recipe, device)[-1], device)
    steps = ({path: "auto"},) if why_not is None and recipe.machine.layers_in_ram != "auto" else ()
    return Lever(path, steps, tr("layers in RAM") if why_not is None else "", why_not or "")


def _optimizer(recipe: Recipe, device: Device) -> Lever:
    usable, tried = usable_optimizers(device), optimizers(recipe, device)
    rest = [name for name in usable if OPTIMIZERS.index(name) > OPTIMIZERS.index(tried[-1])]
    reach = {1: tr("AdamW's plain states"), 2: tr("8-bit optimiser states")}.get(
        len(usable), tr("8-bit and paged optimiser states")
    )
    not_paged = "" if device.kind == "cuda" else tr("{device} does not page optimiser states", device=device.name)
    why_not = why_no_8bit(device) or not_paged
    return Lever("training.optimizer", tuple({"training.optimizer": name} for name in rest), reach, why_not)


def _precision(recipe: Recipe, device: Device) -> Lever:
    usable, tried = usable_precisions(device), precisions(recipe, device)
    rest = [name for name in usable if name not in tried and PRECISIONS.index(name) > PRECISIONS.index(tried[0])]
    reach = tr("weights as {precisions}", precisions=listed(usable))
    return Lever("model.precision", tuple({"model.precision": name} for name in rest), reach, why_no_packed(device))


def _ranks(method: MethodTable) -> Iterator[Fields]:
    most = max([method.rank, *(method.layer_ranks or ()), method.attention_rank or 0])
    ask = arithmetic_of(method)
    for rank in halves(most, ask.least_rank(method.experts)):
        if rank % ask.rank_step(method.experts) == 0:
            yield _with_rank(method, rank)


def _with_rank(method: MethodTable, rank: int) -> Fields:
    """No rank above `rank`: neither the one for all, nor any of those for single layers or the attention."""
    fields: Fields = {"method.rank": min(method.rank, rank)}
    if method.attention_rank is not None and method.attention_rank > rank:
        fields["method.attention_rank"] = rank
    if method.layer_ranks is not None:
        fields["method.layer_ranks"] = [min(each, rank) for each in method.layer_ranks]
    return fields


def _experts(method: MethodTable) -> Iterator[Fields]:
    by_layer = METHODS[method.name].uses("layer_experts")
    for count in arithmetic_of(method).fewer_experts(method, _fewest_experts(method)):
        yield _with_experts(method, count) if by_layer else {"method.experts": count}


def _fewest_experts(method: MethodTable) -> int:
    return max(2, method.top_k)


def _with_experts(method: MethodTable, count: int) -> Fields:
    fields: Fields = {"method.experts": min(method.experts, count)}
    if method.layer_experts is not None:
        fields["method.layer_experts"] = [min(each, count) for each in method.layer_experts]
    return fields


def _targets(shape: ModelShape, method: MethodTable) -> Iterator[Fields]:
    """Fewer and fewer projections: the half that matters to the method, then each alone, the largest first."""
    now = {each.name for each in targeted(shape, method)}
    half = [_short(each.name) for each in arithmetic_of(method).main_part(shape) if each.name in now]
    if 1 < len(half) < len(now):
        yield {"method.targets": half}
    if len(now) == 1:
        return
    sizes = {_short(each.name): each.inputs + each.outputs for each in shape.linears}
    for target in sorted(_single_targets(shape, method.name), key=lambda names: -sizes[names[0]]):
        yield {"method.targets": target}


def _single_targets(shape: ModelShape, name: MethodName) -> list[list[str]]:
    """Each projection that the method can adapt alone."""
    return [[_short(each.name)] for each in ARITHMETIC[name].alone(shape)]


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def changed(recipe: Recipe, fields: Fields) -> Fields:
    """Those of the fields whose value is another one in the recipe."""
    return {path: value for path, value in fields.items() if value_of(recipe, path) != value}
