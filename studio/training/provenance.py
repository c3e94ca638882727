"""What a run was made of, so that it can be repeated: versions, seed, hashes, revision, device, plan."""

from __future__ import annotations

import platform
import sys
from contextlib import suppress
from importlib import metadata
from typing import Any

import torch
from pydantic import ValidationError

import studio
from studio.core.problem import ProblemError
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import ModelTable, Recipe, TrainingTable
from studio.core.redaction import redacted_values
from studio.core.words import tr
from studio.training.setup import Setup

PACKAGES = ("torch", "transformers", "peft", "accelerate", "datasets", "tokenizers", "numpy", "bitsandbytes", "triton")


def provenance_of(setup: Setup, asked: Recipe) -> dict[str, Any]:
    """Plain values for provenance.json."""
    device = setup.plan.device
    return {
        "studio": studio.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": versions(),
        "seed": setup.decided.seed,
        "recipe": asked.model_dump(mode="json"),
        "model": {
            "source": setup.decided.model.source,
            "revision": setup.base.revision,
            "precision": setup.base.precision,
            "held_as": setup.base.held_as,
        },
        "data": setup.tasks.hashes,
        "device": {
            "name": device.name,
            "torch_name": device.torch_name,
            "total_bytes": device.total_bytes,
            "driver": device.driver,
            "threads": torch.get_num_threads(),
        },
        "steps": setup.total_steps,
        **setup.plan.to_dict(),
        "decided": {
            "precision": setup.base.precision,
            "micro_batch": setup.decided.training.micro_batch,
            "checkpointing": setup.decided.training.checkpointing,
            "optimizer": setup.decided.training.optimizer,
            "layers_in_ram": setup.decided.machine.layers_in_ram,
            "metrics": {task.name: task.metric for task in setup.tasks.tasks},
        },
    }


def with_decisions(asked: Recipe, earlier: dict[str, Any]) -> Recipe:
    """`asked` with its "auto" fields as an earlier worker decided them, so that a resumed run continues the same way.

    Less memory may be free today; a run that continued in another precision would not be the same run.
    """
    decided = earlier.get("decided", {})
    if not isinstance(decided, dict):
        return asked
    model = {"precision": decided["precision"]} if asked.model.precision == "auto" and "precision" in decided else {}
    training = {
        name: decided[name]
        for name in ("micro_batch", "checkpointing", "optimizer")
        if name in decided and getattr(asked.training, name) == "auto"
    }
    open_layers = asked.machine.layers_in_ram == "auto" and "layers_in_ram" in decided
    machine = {"layers_in_ram": decided["layers_in_ram"]} if open_layers else {}
    try:
        return asked.model_copy(
            update={
                "machine": MachineTable.model_validate(asked.machine.model_dump() | machine),
                "model": ModelTable.model_validate(asked.model.model_dump() | model),
                "training": TrainingTable.model_validate(asked.training.model_dump() | training),
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise ProblemError.at(
            "provenance.json: decided",
            tr(
                "{field} is {value}, which is not a valid decision.",
                field=fault["loc"][0],
                value=f"{fault['input']!r:.60}",
            ),
            tr("Restore the file, or start a new run from the same recipe."),
        ) from None


def changes(asked: Recipe, earlier: dict[str, Any]) -> list[str]:
    """The dotted names of the recipe's fields that differ from those that an earlier worker trained with."""
    before = earlier.get("recipe")
    if not isinstance(before, dict):
        return []
    with suppress(ValidationError):  # fields that came later had no other value than their default
        before = Recipe.model_validate(before).model_dump(mode="json")
    now = redacted_values(asked.model_dump(mode="json"))  # as it was written
    return sorted(_differing(now, redacted_values(before)))


def _differing(now: Any, before: Any, place: str = "") -> list[str]:
    inside: list[tuple[str, Any, Any]]
    if isinstance(now, dict) and isinstance(before, dict):
        inside = [(name, now.get(name), before.get(name)) for name in {**before, **now}]
    elif isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        inside = [(str(index), now[index], before[index]) for index in range(len(now))]
    else:
        return [] if now == before else [place]
    return [found for name, a, b in inside for found in _differing(a, b, f"{place}.{name}".lstrip("."))]


def versions() -> dict[str, str]:
    """The versions of the packages that decide a run's numbers, of those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found | {"executable": "venv" if sys.prefix != sys.base_prefix else "system"}
