"""Runs on the tiny model that differ in whatever runs may differ in, trained together or each alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch

from studio.core.run.run_folder import RunFolder, create_run
from studio.training import setup
from studio.training.stop_requests import StopRequests
from studio.training.together import session
from studio.training.together.run import train_together
from tests.training.small_run import small_recipe

ROUTED = {"method__rank": 3, "method__experts": 3, "training__learning_rate": 0.02, "seed": 7}
CONTRASTIVE = {
    "method": {"name": "moelora", "experts": 2, "top_k": 2, "rank": 8, "alpha": 16, "dropout": 0.1},
    "training__batch_size": 6,
    "seed": 3,
}
PLAIN = {
    "method": {"name": "lora", "rank": 5, "alpha": 10, "dropout": 0.05, "targets": ["q_proj", "down_proj"]},
    "training__packing": True,
    "training__micro_batch": 4,
}
MAGNITUDES = {"method": {"name": "dora", "rank": 2, "alpha": 4, "dropout": 0.0}, "training__clip": 0.5}
MIXED = (ROUTED, CONTRASTIVE, PLAIN, MAGNITUDES)


def made(folder: Path, model: Path, changes: Sequence[dict[str, Any]], **common: Any) -> list[RunFolder]:
    """One run for each of `changes`, in the order of their names."""
    found = []
    for number, own in enumerate(changes):
        fields = common | own
        method = fields.pop("method", None)
        recipe = small_recipe(folder, model, **fields)
        if method is not None:
            values = recipe.model_dump() | {"method": method}
            recipe = type(recipe).model_validate(values)
        found.append(create_run(recipe.model_copy(update={"name": f"run {number}"}), folder / "runs"))
    return found


def together(folders: Sequence[RunFolder], requests: Sequence[StopRequests] | None = None, **more: Any) -> list[int]:
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(folder.held())
        return train_together(folders, requests or [StopRequests() for _ in folders], **more)


@contextmanager
def in_float64(monkeypatch: Any) -> Iterator[None]:
    """Everything is computed in float64, where rounding is too small to hide a mistake."""
    load, adapt = setup.load_base, setup.get_peft_model

    def loaded(*args: Any, **kwargs: Any) -> Any:
        base = load(*args, **kwargs)
        base.model.double()
        return base

    with monkeypatch.context() as patched:
        patched.setattr(setup, "load_base", loaded)
        patched.setattr(session, "load_base", loaded)
        patched.setattr(setup, "get_peft_model", lambda *given: adapt(*given).double())
        yield
    assert torch.get_default_dtype() == torch.float32
