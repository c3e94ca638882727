"""Prints what real workers' probes use on this processor beside their plans, for recipes that nothing was fitted to.

    python -m tests.bench.bench_plan_worker --json tests/bench/results/plan-worker-cpu.json [--only "demo fp32 lora"]

With --only, what the file holds of other recipes stays. Each recipe is a run of its own process, as the window starts
it: plan, load, probe, one step. No ledger corrects the plan, so its error is the arithmetic's own. Resident memory is
measured, so it may run beside other work, but not where the machine swaps.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studio.core import places
from studio.core.recipe.recipe import Recipe
from studio.core.run.events import ModelReady, PlanMeasured, RunEnded
from studio.core.run.run_folder import RunFolder, create_run
from tests.bench.measure import machine, print_table, write_json
from tests.tiny import make_tiny_model

# A model beside the demo's: wider, shallower, its head apart from its embedding.
WIDE = {
    "vocab_size": 8192, "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8,
    "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 64, "tie_word_embeddings": False,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One recipe: a model ("demo" or an architecture made WIDE), a method, and how much is computed at once."""

    model: str
    method: str
    rank: int
    rows: int
    length: int
    precision: str = "fp32"
    checkpointing: bool = False
    dropout: float = 0.0
    experts: int = 8
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.model, self.precision, self.method, f"r{self.rank}", f"{self.rows}x{self.length}"]
        parts += ["ckpt"] * self.checkpointing + ["dropout"] * (self.dropout > 0)
        return " ".join([*parts, *(f"{name}={value}" for name, value in self.fields.items())])

    def recipe(self, source: str, data: Path) -> Recipe:
        return Recipe.model_validate(
            {
                "model": {"source": source, "precision": self.precision},
                "tasks": [{"name": "words", "train": str(data), "evaluate": str(data), "evaluate_rows": 4}],
                "method": {
                    "name": self.method, "rank": self.rank, "alpha": 16, "experts": self.experts, "top_k": 2,
                    "dropout": self.dropout, **self.fields,
                },
                "training": {
                    "max_steps": 1, "max_length": self.length, "batch_size": self.rows, "micro_batch": self.rows,
                    "checkpointing": self.checkpointing, "optimizer": "adamw", "evaluate_every": 1000,
                },
                "machine": {"device": "cpu"},
            }
        )  # fmt: skip


ASKED = [
    Asked("demo", "mixlora", 8, 16, 112),
    Asked("demo", "mixlora", 16, 4, 384),
    Asked("demo", "mixlora", 4, 1, 1000, experts=4),
    Asked("demo", "mixlora", 8, 6, 200, dropout=0.05),
    Asked("demo", "mixlora", 32, 3, 320, checkpointing=True),
    Asked("demo", "mixlora", 8, 4, 256, "bf16"),
    Asked("demo", "mixlora", 8, 4, 256, "nf4"),
    Asked("demo", "lora", 16, 8, 160),
    Asked("demo", "lora", 40, 2, 640, dropout=0.05),
    Asked("demo", "lora", 8, 2, 512, checkpointing=True),
    Asked("demo", "dora", 16, 4, 256),
    Asked("demo", "moelora", 32, 4, 256),
    Asked("demo", "moelora", 16, 8, 96, dropout=0.1),
    Asked("llama", "mixlora", 8, 8, 200),
    Asked("llama", "lora", 16, 4, 333),
    Asked("qwen2", "mixlora", 16, 2, 500, dropout=0.05),
    Asked("qwen2", "mixlora", 8, 4, 256, "bf16", checkpointing=True),
    Asked("gemma2", "lora", 8, 3, 300),
]


def measure(asked: Asked, folder: Path, home: Path) -> dict[str, Any]:
    """Run one recipe's worker to its end, and return the plan, the probe's peak and the run's, in bytes."""
    (home / "ledger.json").unlink(missing_ok=True)
    source = "demo" if asked.model == "demo" else str(folder / "model")
    if asked.model != "demo":
        make_tiny_model(folder / "model", asked.model, **WIDE)
    data = folder / "words.jsonl"
    # Longer than any row may be, and cut: every row is as long as the plan takes it to be.
    words = "one two three four " * 400
    data.write_text("".join(f'{{"text": "{number} {words}"}}\n' for number in range(asked.rows)), encoding="utf-8")
    run = create_run(asked.recipe(source, data), folder / "runs")
    environment = {**os.environ, places.HOME_VARIABLE: str(home), "PYTHONUTF8": "1"}
    began = time.perf_counter()
    with run.log.open("wb") as log:
        command = [sys.executable, "-m", "studio.worker.run", str(run.path)]
        code = subprocess.run(command, stdout=log, stderr=log, env=environment, check=False).returncode
    told = _events(run)
    if code or not told:
        raise SystemExit(f"{asked}: the worker ended with {code}: {run.log.read_text(encoding='utf-8')[-2000:]}")
    probe = next(one for one in told if one.stage == "probe")
    return {
        "recipe": str(asked),
        "asked": asdict(asked),
        "planned": probe.predicted_peak_bytes,
        "measured": probe.measured_peak_bytes,
        "run": max(one.measured_peak_bytes for one in told),
        "error": probe.predicted_peak_bytes / probe.measured_peak_bytes - 1,
        "items": probe.items,
        "measured_items": probe.measured_items,
        "evaluation": probe.evaluation_peak_bytes,
        "seconds": time.perf_counter() - began,
    }


def _events(run: RunFolder) -> list[PlanMeasured]:
    with run.reader() as reader:
        found = [stored.event for stored in reader.events()]
    assert any(isinstance(event, (ModelReady, RunEnded)) for event in found)
    return [event for event in found if isinstance(event, PlanMeasured)]


def _earlier(file: Path | None) -> dict[str, dict[str, Any]]:
    """What the file holds, by recipe; empty where there is no file."""
    if file is None or not file.is_file():
        return {}
    return {row["recipe"]: row for row in json.loads(file.read_text(encoding="utf-8"))["rows"]}


def main() -> None:
    """Measure every recipe and print the table; raises SystemExit with 1 where an error is beyond 8 %."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="recipes whose line has this word in it")
    given = parser.parse_args()
    found = _earlier(given.json) if given.only else {}
    with tempfile.TemporaryDirectory() as home:
        for asked in ASKED:
            if given.only in str(asked):
                with tempfile.TemporaryDirectory() as folder:
                    found[str(asked)] = measure(asked, Path(folder), Path(home))
                print(f"{asked!s:44} {found[str(asked)]['error']:+.1%}", flush=True)
    rows = [found[str(asked)] for asked in ASKED if str(asked) in found]
    shown = [
        {
            "recipe": row["recipe"],
            "planned MiB": row["planned"] >> 20,
            "probe MiB": row["measured"] >> 20,
            "run MiB": row["run"] >> 20,
            "error": f"{row['error']:+.1%}",
        }
        for row in rows
    ]
    print_table("planned and resident", shown)
    errors = [abs(row["error"]) for row in rows]
    print(f"\n{len(rows)} recipes: median error {statistics.median(errors):.1%}, worst {max(errors):.1%}")
    write_json(given.json, {"machine": machine("cpu"), "rows": rows})
    if max(errors) > 0.08:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
