"""Changes to a recipe, and the recipe that needs least, in words."""

from __future__ import annotations

from studio.core.recipe.recipe import Recipe
from studio.hardware.machine import Device
from studio.planner.levers import enumerated
from studio.planner.methods.arithmetic import Fields
from studio.planner.weights import PACKED

_IMPLIED = ("method.attention_rank", "method.layer_ranks", "method.layer_experts")  # said with rank and experts


def change_text(recipe: Recipe, fields: Fields, device: Device) -> list[str]:
    """Each field that changes, as an instruction to a person."""
    said = []
    for path, value in fields.items():
        match path:
            case "training.micro_batch":
                said.append(f"compute {value} row{'s' * (value != 1)} at once")
            case "training.checkpointing":
                said.append("recompute activations in the backward pass" if value else "keep all activations")
            case "training.optimizer":
                paged = " and let them leave the card" if value == "adamw-paged-8bit" else ""
                said.append("use plain AdamW" if value == "adamw" else f"keep the optimiser's states in 8 bits{paged}")
            case "model.precision":
                said.append(f"hold the frozen weights as {value}{_slow(value, device)}")
            case "training.max_length":
                said.append(f"cut rows at {value} tokens")
            case "method.rank":
                said.append(f"{'raise' if value > recipe.method.rank else 'lower'} the rank to {value}")
            case "method.experts":
                said.append(f"use {value} experts")
            case "method.top_k":
                said.append(f"send each token to {value} experts")
            case "method.targets":
                said.append(f"adapt only {enumerated(value)}")
            case "method.name":
                said.append(f"train {value} instead of {recipe.method.name}")
            case _:
                assert path in _IMPLIED, path
    return said or ["lower the ranks or experts of single layers"]


def _slow(precision: str, device: Device) -> str:
    """Why a precision that auto never chooses there is slow on a device."""
    if device.kind == "cpu" and precision in PACKED:
        return " (slow on a CPU, which unpacks them for every product)"
    return ""


def settings_text(recipe: Recipe) -> list[str]:
    """The main settings of the smallest recipe of all."""
    training, method = recipe.training, recipe.method
    again = ["activations recomputed"] if training.checkpointing else []
    return [
        f"{recipe.model.precision} weights",
        f"{method.name} of rank {method.rank} on {enumerated(list(method.targets))}",
        f"rows of {training.max_length} tokens",
        *again,
    ]
