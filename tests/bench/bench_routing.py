"""Really trains tiny models whose routers collapse, stay even or specialise: `python -m tests.bench.bench_routing`.

The verdicts' thresholds (studio/core/routing) were set on these runs, and the last steps of each are kept as data of
`tests/core/routing` (`--keep`). `--only KIND` trains one kind, `--seeds N` so many of each.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from studio.core.recipe.recipe_file import parse_recipe
from studio.core.routing.figures import routing_figures
from studio.core.run.load_reader import LoadReader, Window
from studio.core.run.run_folder import RunFolder, create_run
from tests.bench.measure import print_table

KEPT = Path(__file__).parents[1] / "core" / "routing" / "trained_runs.npz"
KEPT_SEEDS = 2
WINDOW = 20


@dataclass(frozen=True)
class Kind:
    """How a kind of run is made: how its three tasks differ, and which recipe fields bring it about.

    tasks: "alike" (parts of one and the same), "usual" (other words, the same letters), "apart" (no letter in common).
    """

    tasks: Literal["alike", "usual", "apart"] = "usual"
    method: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


SWITCH = {"top_k": 1, "routing": "switch"}
KINDS = {
    "balanced": Kind("alike", {"balance": 0.05}),
    "usual": Kind(),
    "specialised": Kind("apart", {"balance": 0.05}),
    "collapsed": Kind("alike", {"balance": 0.0}, {"learning_rate": 0.05}),
    "top-1": Kind(method={"top_k": 1, "balance": 0.05}),
    "switch": Kind(method=SWITCH),
    "switch collapsed": Kind("alike", SWITCH | {"balance": 0.0}, {"learning_rate": 0.05}),
    "top-p": Kind(method={"routing": "top-p"}),
    "moelora": Kind(method={"name": "moelora", "rank": 16}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--keep", action="store_true", help="write the first seeds' last steps into the tests' data")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    kept: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as folder:
        model = tiny_base(Path(folder) / "model")
        for name in asked.only:
            for seed in range(asked.seeds):
                run = trained(Path(folder), model, KINDS[name], seed, asked.steps)
                with LoadReader(run.db) as reader:
                    for answers in (False, True):
                        window = reader.window(asked.steps, WINDOW, answers)
                        assert window is not None
                        rows.append(_row(name, seed, answers, window, KINDS[name]))
                        if asked.keep and seed < KEPT_SEEDS:
                            kept[f"{name}/{seed}/{'answers' if answers else 'all'}"] = stacked(window)
    print_table(f"the last {WINDOW} of {asked.steps} steps", rows)
    if asked.keep:
        before = dict(np.load(KEPT)) if KEPT.exists() else {}
        np.savez_compressed(KEPT, **(before | kept))


def stacked(window: Window) -> np.ndarray:
    """The tasks' loads of a window [steps, tasks, layers, experts], as `routing_figures` takes them."""
    return window.stacked().astype(np.uint16)


def _row(name: str, seed: int, answers: bool, window: Window, kind: Kind) -> dict[str, Any]:
    found = routing_figures(stacked(window), int(kind.method.get("top_k", 2)))
    return {
        "kind": name,
        "seed": seed,
        "of": "answers" if answers else "all",
        "slots": int(found.slots.min()),
        "spread (worst)": round(float(found.spread.min()), 3),
        "spread (mean)": round(float(found.spread.mean()), 3),
        "dead": int(found.dead.sum()),
        "busiest": round(float(found.busiest.max()), 2),
        "told (most)": round(float(found.told.max()), 4),
        "told (mean)": round(float(found.told.mean()), 4),
        "noise": round(float(found.noise.max()), 4),
    }


def tiny_base(folder: Path) -> Path:
    """A Llama of four layers that knows nothing, with the tests' tokenizer."""
    from tests.tiny import make_tiny_model

    return make_tiny_model(folder, num_hidden_layers=4, hidden_size=64, intermediate_size=128, head_dim=16)


def trained(folder: Path, model: Path, kind: Kind, seed: int, steps: int) -> RunFolder:
    """Train a run of this kind as the worker does, in this process."""
    from studio.training.run import train_run

    chance = random.Random(seed)
    names = ("units", "extract", "sort")
    for task in names:
        lines = [row("units" if kind.tasks == "alike" else task, kind.tasks == "apart", chance) for _ in range(200)]
        text = "".join(json.dumps(dict(zip(("prompt", "completion"), line, strict=True))) + "\n" for line in lines)
        (folder / f"{task}.jsonl").write_text(text, encoding="utf-8")
    method = {"name": "mixlora", "experts": 8, "top_k": 2, "rank": 4, "alpha": 8, "dropout": 0.0} | kind.method
    training = {
        "max_steps": steps, "max_length": 96, "batch_size": 12, "micro_batch": 12, "learning_rate": 0.005,
        "save_every": 10_000, "evaluate_every": 10_000,
    } | kind.training  # fmt: skip
    tables = [f"[[tasks]]\nname = '{task}'\ntrain = '{task}.jsonl'\n" for task in names]
    tables += [_table("model", {"source": str(model)}), _table("method", method), _table("training", training)]
    text = f"name = 'routing'\nseed = {seed}\n" + "".join([*tables, _table("machine", {"device": "cpu"})])
    run = create_run(parse_recipe(text, "routing.toml", folder, []), folder / "runs")
    with run.held():
        train_run(run)
    return run


def _table(name: str, values: dict[str, Any]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def row(task: str, apart: bool, chance: random.Random) -> tuple[str, str]:
    """A question and its answer."""
    if apart:
        letters = "".join(chance.choice({"units": "12", "extract": "XY", "sort": "ab"}[task]) for _ in range(6))
        return letters, "".join(sorted(letters))
    if task == "units":
        number = chance.randint(2, 99)
        return f"Convert {number} km to m.", f"{number}000 m"
    if task == "extract":
        name, city = chance.choice(("Ada", "Bob", "Cleo", "Dan")), chance.choice(("Paris", "Rome", "Oslo", "Bern"))
        return f"{name} lives in {city}. Name and city as JSON.", f'{{"name": "{name}", "city": "{city}"}}'
    words = chance.sample(["pear", "fig", "kiwi", "lime", "plum", "date", "apple", "mango"], 4)
    return f"Sort: {', '.join(words)}", ", ".join(sorted(words))


if __name__ == "__main__":
    main()
