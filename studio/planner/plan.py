"""The Plan: a recipe's memory, item by item, against a budget; arithmetic alone, in milliseconds."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe import Recipe, budget_bytes
from studio.hardware.machine import Device, Machine
from studio.hardware.reserve import automatic_budget, reserve_bytes
from studio.planner.activations import Step, kept_bytes
from studio.planner.adapter import ELEMENT, adapter_tensors, elements, optimizer_bytes
from studio.planner.shape import ModelShape
from studio.planner.source import model_shape
from studio.planner.transients import largest_transient
from studio.planner.weights import weight_bytes

LABELS = {
    "weights": "Frozen weights",
    "adapter": "Adapter",
    "gradients": "Gradients",
    "optimizer": "Optimiser states",
    "activations": "Kept activations",
    "transient": "Largest transient",
    "context": "Libraries and context",
    "rounding": "Allocator's rounding",
}

MARGIN = 0.03  # of the peak: held back for what arithmetic cannot know
CONTEXT = {"cuda": 450 << 20, "xpu": 450 << 20, "mps": 300 << 20, "cpu": 600 << 20}
ROUNDING = {"cuda": 0.02, "xpu": 0.02, "mps": 0.02, "cpu": 0.01}


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe's memory on a device; bytes.

    `items` sum to `peak_bytes`; the recipe fits when the peak and the plan's own margin, `reserve_bytes`, are within
    `budget_bytes`. `recipe` is the one asked for with every "auto" of memory and device decided: what the worker should
    run. `notes` are sentences on what was decided and why.
    """

    fits: bool
    peak_bytes: int
    items: dict[str, int]
    budget_bytes: int
    reserve_bytes: int
    device: Device
    recipe: Recipe
    notes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=lambda: dict(LABELS))

    def to_dict(self) -> dict[str, Any]:
        """The keys `device`, `budget_bytes` and `plan` of DESIGN.md's `plan --json`."""
        device = self.device
        return {
            "device": {
                "kind": device.kind,
                "name": device.name,
                "total_bytes": device.total_bytes,
                "free_bytes": device.free_bytes,
            },
            "budget_bytes": self.budget_bytes,
            "plan": {
                "fits": self.fits,
                "peak_bytes": self.peak_bytes,
                "reserve_bytes": self.reserve_bytes,
                "items": dict(self.items),
                "labels": dict(self.labels),
                "notes": list(self.notes),
                "recipe": self.recipe.model_dump(mode="json"),
            },
        }


def plan_recipe(recipe: Recipe, machine: Machine, budget_bytes: int | None = None, longest: int | None = None) -> Plan:
    """Plan a recipe on a machine: decide its "auto" fields so that the best fits, and count its memory.

    `budget_bytes` goes before the recipe's own `machine.memory_budget`; `longest` is the longest row in tokens where
    the data is known already (else `training.max_length`). Raises ProblemError for a model or device that is not there.
    """
    from studio.planner.search import decide

    device = device_for(recipe, machine)
    shape = model_shape(recipe.model)
    budget, notes = budget_for(recipe, machine, device, budget_bytes)
    decided = decide(recipe, shape, device, budget, longest)
    plan = plan_decided(decided, shape, device, budget, longest)
    said = [*notes, *_said(recipe, decided, shape, device)]
    return Plan(
        plan.fits, plan.peak_bytes, plan.items, budget, plan.reserve_bytes, device, plan.recipe, (*said, *plan.notes)
    )


def plan_decided(recipe: Recipe, shape: ModelShape, device: Device, budget: int, longest: int | None = None) -> Plan:
    """Count the memory of a recipe in which nothing is "auto" any more."""
    training, method = recipe.training, recipe.method
    assert isinstance(training.micro_batch, int)
    assert isinstance(training.checkpointing, bool)
    length = min(longest, training.max_length) if longest else training.max_length
    step = Step(training.micro_batch, length, recipe.model.precision, training.checkpointing, device.kind)
    tensors = adapter_tensors(shape, method)
    adapter = elements(tensors) * ELEMENT
    transient, what = largest_transient(shape, method, step, tensors)
    items = {
        "weights": weight_bytes(shape, recipe.model.precision),
        "adapter": adapter,
        "gradients": adapter,
        "optimizer": optimizer_bytes(tensors, training.optimizer),
        "activations": kept_bytes(shape, method, step),
        "transient": transient,
        "context": CONTEXT[device.kind],
    }
    items["rounding"] = int(ROUNDING[device.kind] * sum(items[name] for name in items if name != "context"))
    peak = sum(items.values())
    margin = int(MARGIN * peak)
    return Plan(
        fits=peak + margin <= budget,
        peak_bytes=peak,
        items=items,
        budget_bytes=budget,
        reserve_bytes=margin,
        device=device,
        recipe=recipe,
        notes=(f"The largest transient is {what}.",),
    )


def device_for(recipe: Recipe, machine: Machine) -> Device:
    """The device that a recipe asks for; ProblemError where the machine has none such or torch cannot use it."""
    device = machine.device(recipe.machine.device)
    if device is None:
        have = ", ".join(each.torch_name for each in machine.devices)
        raise ProblemError.at(
            "machine.device", f"this machine has no {recipe.machine.device}.", f'Choose "auto" or one of {have}.'
        )
    if not device.usable:
        raise ProblemError.at(
            "machine.device",
            f"{device.name} cannot train: {device.why_not}",
            "See `mixlora-studio doctor` for the cure, or choose the CPU.",
        )
    return device


def budget_for(recipe: Recipe, machine: Machine, device: Device, given: int | None) -> tuple[int, list[str]]:
    """The bytes that a run may take, and sentences on where they come from."""
    free = automatic_budget(device, machine)
    asked = given if given is not None else budget_bytes(recipe.machine.memory_budget)
    if asked is None:
        amount, why = reserve_bytes(device, machine.system)
        return free, [f"{amount / 2**30:.1f} GiB are left alone: {why}"]
    if asked > device.free_bytes:
        return asked, [
            f"The budget is {asked / 2**30:.1f} GiB, but only {device.free_bytes / 2**30:.1f} GiB are free now."
        ]
    return asked, []


def quantisation_installed() -> bool:
    """Whether bitsandbytes is there, which int8, nf4 and the 8-bit optimisers need."""
    return importlib.util.find_spec("bitsandbytes") is not None


def _said(asked: Recipe, decided: Recipe, shape: ModelShape, device: Device) -> list[str]:
    """What the plan decided, and what cannot work as asked."""
    notes = []
    if asked.model.precision == "auto":
        notes.append(f"Precision {decided.model.precision} was chosen.")
    if decided.model.precision in ("int8", "nf4") and not quantisation_installed():
        notes.append("It needs the package bitsandbytes, which is not installed.")
    if shape.context and asked.training.max_length > shape.context:
        notes.append(f"The model was made for {shape.context} tokens; rows of {asked.training.max_length} exceed that.")
    return notes
