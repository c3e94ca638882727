"""Machines and models to plan for: a card of any size, and config-only folders of well-known shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio.core.recipe.recipe import Recipe
from studio.hardware.machine import GIB, Device, Machine, Torch
from studio.planner import model_source

LLAMA_3_8B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
    "max_position_embeddings": 8192,
}
SMALL: dict[str, Any] = LLAMA_3_8B | {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
    "max_position_embeddings": 512,
}


def forget_shapes() -> None:
    """Have the next shape of a model read from its files again, although they look unchanged."""
    model_source._shapes.clear()
    model_source._refused.clear()


def machine(gib: float = 24, free: float | None = None, **fields: Any) -> Machine:
    """A machine with one NVIDIA card of `gib` GiB, all of it free unless said."""
    values: dict[str, Any] = {"compute_capability": (8, 9), "cores": 16384, "clock_hz": 2.52e9, "vendor": "nvidia"}
    total = int(gib * GIB)
    card = Device("cuda", "RTX 4090", 0, total, total if free is None else int(free * GIB), **(values | fields))
    return _machine(card)


def processor_only(gib: float = 16) -> Machine:
    """A machine without a card."""
    return _machine(gib=gib)


def _machine(*cards: Device, gib: float = 64) -> Machine:
    ram = int(gib * GIB)
    cpu = Device("cpu", "Processor", 0, ram, ram, cores=8, clock_hz=4e9, shares_system_memory=True)
    return Machine(
        devices=(*cards, cpu),
        cpu="Processor",
        cores=8,
        physical_cores=8,
        logical_cores=16,
        ram_total_bytes=ram,
        ram_available_bytes=ram,
        system="Linux",
        os="Linux",
        python="3.12.0",
        torch=Torch("2.13.0", "cuda", "13.0"),
    )


def config_folder(folder: Path, config: dict[str, Any]) -> Path:
    """A model folder with a config and a weight file that nobody reads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "pytorch_model.bin").write_bytes(b"")
    return folder


def recipe(source: Path | str, **tables: dict[str, Any]) -> Recipe:
    """A recipe for the model at `source`, with these tables."""
    model = {"source": str(source), **tables.pop("model", {})}
    return Recipe.model_validate({"model": model, "tasks": [{"name": "task", "train": "task.jsonl"}], **tables})
