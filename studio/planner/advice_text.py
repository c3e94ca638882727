"""Changes to a recipe, and the recipe that needs least, in words."""

from __future__ import annotations

from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.words import listed, plural, tr
from studio.hardware.machine import Device
from studio.planner.levers import applied_method
from studio.planner.methods.arithmetic import Fields, Scaled
from studio.planner.scaling import scaled_by_alpha, strength
from studio.planner.shape import ModelShape
from studio.planner.weights import PACKED

_IMPLIED = ("method.attention_rank", "method.layer_ranks", "method.layer_experts")  # said with rank and experts


def change_text(recipe: Recipe, fields: Fields, device: Device, shape: ModelShape) -> list[str]:
    """Each field that changes, as an instruction to a person."""
    said = []
    changed = applied_method(recipe.method, fields) or recipe.method
    scaled = scaled_by_alpha(shape, recipe.method, changed)
    for path, value in fields.items():
        match path:
            case "training.micro_batch":
                said.append(plural("compute {n} row at once", "compute {n} rows at once", value))
            case "training.checkpointing":
                said.append(tr("recompute activations in the backward pass") if value else tr("keep all activations"))
            case "machine.layers_in_ram":
                said.append(tr("let layers lie in the machine's memory"))
            case "training.optimizer" if value == "adamw":
                said.append(tr("use plain AdamW"))
            case "training.optimizer" if value == "adamw-paged-8bit":
                said.append(tr("keep the optimiser's states in 8 bits and let them leave the card"))
            case "training.optimizer":
                said.append(tr("keep the optimiser's states in 8 bits"))
            case "model.precision" if device.kind == "cpu" and value in PACKED:  # auto never chooses it there
                said.append(
                    tr(
                        "hold the frozen weights as {precision} (slow on a CPU, which unpacks them for every product)",
                        precision=value,
                    )
                )
            case "model.precision":
                said.append(tr("hold the frozen weights as {precision}", precision=value))
            case "training.max_length":
                said.append(tr("cut rows at {tokens} tokens", tokens=value))
            case "method.rank" if value > recipe.method.rank:
                said.append(tr("raise the rank to {rank}", rank=value))
            case "method.rank":
                said.append(tr("lower the rank to {rank}", rank=value))
            case "method.alpha" if scaled == "attention":
                said.append(
                    tr("set alpha to {alpha:g}, so that the attention's updates keep their strength", alpha=value)
                )
            case "method.alpha":
                said.append(tr("set alpha to {alpha:g}, so that updates keep their strength", alpha=value))
            case "method.experts":
                said.append(tr("use {experts} experts", experts=value))
            case "method.top_k":
                said.append(tr("send each token to {experts} experts", experts=value))
            case "method.targets":
                said.append(tr("adapt only {projections}", projections=listed(value)))
            case "method.name":
                said.append(tr("train {method} instead of {other}", method=value, other=recipe.method.name))
            case _:
                assert path in _IMPLIED, path
    return [
        *(said or [tr("lower the ranks or experts of single layers")]),
        *_alpha_text(recipe.method, changed, scaled),
    ]


def _alpha_text(method: MethodTable, changed: MethodTable, scaled: Scaled) -> list[str]:
    """That alpha stays, where that changes how strong updates are."""
    if changed.alpha != method.alpha or scaled == "none":
        return []
    after, before = (float(f"{strength(each):.3g}") for each in (changed, method))
    if after == before:
        return []
    figures = {"alpha": method.alpha, "factor": after, "asked": before}
    if scaled == "attention":
        attention = tr(
            "leave alpha at {alpha:g}, which then scales the attention's updates by {factor:g} instead of {asked:g}",
            **figures,
        )
        return [attention]
    return [tr("leave alpha at {alpha:g}, which then scales updates by {factor:g} instead of {asked:g}", **figures)]


def settings_text(recipe: Recipe) -> list[str]:
    """The main settings of the smallest recipe of all."""
    training, method = recipe.training, recipe.method
    again = [tr("activations recomputed")] if training.checkpointing else []
    layers = recipe.machine.layers_in_ram
    in_ram = [plural("{n} layer in RAM", "{n} layers in RAM", layers)] if isinstance(layers, int) and layers else []
    return [
        tr("{precision} weights", precision=recipe.model.precision),
        tr(
            "{method} of rank {rank} on {projections}",
            method=method.name,
            rank=method.rank,
            projections=listed(method.targets),
        ),
        tr("rows of {tokens} tokens", tokens=training.max_length),
        *again,
        *in_ram,
    ]
