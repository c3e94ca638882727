"""A whole run on the tiny model within a second or two: its data, its recipe, and what it left in its folder."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.run.run_folder import RunFolder, create_run
from studio.training.run import train_run


def write_task(folder: Path, name: str, rows: int = 12, held_out: int = 2) -> None:
    """Rows of different lengths with short answers; the held-out ones follow the same rule."""
    for kind, first, count in (("train", 0, rows), ("test", rows, held_out)):
        lines = [
            {"prompt": f"{name} one two {'three ' * (number % 4)}{number}?", "completion": f"answer{number % 3}"}
            for number in range(first, first + count)
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}-{kind}.jsonl").write_text(text, encoding="utf-8")


def small_recipe(folder: Path, model: Path, **changes: Any) -> Recipe:
    """Two tasks, six steps of four rows, a routed method with dropout; a change is `training__max_steps=3`."""
    for name in ("ask", "tell"):
        if not (folder / f"{name}-train.jsonl").exists():
            write_task(folder, name)
    text = f"""
name = "small"
[model]
source = {json.dumps(str(model))}
[[tasks]]
name = "ask"
train = "ask-train.jsonl"
evaluate = "ask-test.jsonl"
evaluate_rows = 2
metric = "exact-match"
[[tasks]]
name = "tell"
train = "tell-train.jsonl"
evaluate = "tell-test.jsonl"
evaluate_rows = 2
metric = "exact-match"
[method]
name = "mixlora"
experts = 4
top_k = 2
rank = 4
alpha = 8
dropout = 0.1
[training]
max_steps = 6
max_length = 64
batch_size = 4
micro_batch = 2
learning_rate = 0.01
save_every = 2
evaluate_every = 100
[machine]
device = "cpu"
"""
    return parse_recipe(text, "small.toml", folder, [_override(name, value) for name, value in changes.items()])


def _override(name: str, value: Any) -> str:
    return f"{name.replace('__', '.')}={str(value).lower() if isinstance(value, bool) else value}"


def small_run(folder: Path, model: Path, **changes: Any) -> RunFolder:
    return create_run(small_recipe(folder, model, **changes), folder / "runs")


def train(folder: RunFolder) -> int:
    """Train as the worker does, in this process, holding the lock."""
    with folder.held():
        try:
            return train_run(folder)
        except ProblemError as error:
            return error.exit_code


def curve(folder: RunFolder, name: str = "loss") -> dict[int, float]:
    """One curve by step."""
    with folder.reader() as reader:
        return {point.step: point.value for point in reader.scalars() if point.name == name}


def events(folder: RunFolder, *kinds: str) -> list[Any]:
    with folder.reader() as reader:
        return [stored.event for stored in reader.events(kinds=kinds)]


ROUNDING = 1e-4
"""How far a curve of these runs may be from another's, relatively, where the rows were divided otherwise.

Losses differ by float32's rounding, 1e-7; each step's Adam hands on what its gradients differ by, times a learning rate
of 0.01, so some 1e-6 after a few steps on any processor. The rest is margin: what is lost, doubled or computed with
other rows shows in the second digit.
"""

TIMED = ("tokens_per_second", "memory_bytes")


def curves(folder: RunFolder) -> dict[tuple[int, str], float]:
    """Every point of every curve that measures neither time nor memory."""
    with folder.reader() as reader:
        return {
            (point.step, point.name): point.value
            for point in reader.scalars()
            if point.name.partition("/")[0] not in TIMED
        }


def assert_same_run(folder: RunFolder, unbroken: RunFolder) -> None:
    """Every curve, load and weight is equal to the last bit, and no event is lost or doubled."""
    assert curves(folder) == curves(unbroken)
    with folder.reader() as reader, unbroken.reader() as other:
        loads, wanted = ({(load.step, load.task): load.counts.tolist() for load in r.loads()} for r in (reader, other))
    assert loads == wanted
    mine, theirs = (load_file(run.adapter / "adapter_model.safetensors") for run in (folder, unbroken))
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    for kind in ("StepEnded", "EvaluationEnded", "SampleMade", "RunStarted"):
        found, expected = (
            sorted((getattr(event, "step", 0), getattr(event, "task", "")) for event in events(run, kind))
            for run in (folder, unbroken)
        )
        assert found == expected, kind
    with closing(sqlite3.connect(folder.db)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
