"""LoRA and the laboratory's best form of MixLoRA on SmolLM2 and five generated tasks in one mix: a second witness.

    OMP_NUM_THREADS=1 python -m tests.bench.compare_harder [--steps 60] [--seeds 2] [--rows 60] [--json PATH]

Both train as many weights but for routers: LoRA of rank 16, and MixLoRA of four experts, two a token, each of rank 4,
with LoRA's own rank in the attention. All projections, updates scaled by 2, no dropout, batches of 16, a learning rate
of 1e-3 for both, which the laboratory found to be alike; no rate was searched for here. The tasks are in
`tests/bench/harder_rows.py`. Runs are ordinary ones: stopped at any moment, the same command goes on.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
from collections import Counter
from pathlib import Path

from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TrainingTable
from studio.core.state.comparison import by_method, read_result
from studio.planner.compared_recipes import seeded
from tests.bench.compare_real_tasks import VERSIONS, Processors, as_dict, base_scores, report, train_all
from tests.bench.harder_rows import TASKS, rows_of, task_tables
from tests.bench.measure import machine, write_json

RANK, EXPERTS = 16, 4
METHODS = (
    MethodTable(name="lora", rank=RANK, alpha=2 * RANK, dropout=0.0),
    MethodTable(
        name="mixlora",
        rank=RANK // EXPERTS,
        alpha=2 * RANK / EXPERTS,
        attention_rank=RANK,
        experts=EXPERTS,
        top_k=2,
        dropout=0.0,
    ),
)


def recipes(data: Path, steps: int, seeds: int, rows: int) -> list[Recipe]:
    """Each method's recipe with each seed, all methods of a seed before the next one."""
    training = TrainingTable(
        max_steps=steps,
        max_length=192,
        batch_size=16,
        micro_batch=8,
        checkpointing=False,
        learning_rate=1e-3,
        save_every=5,
        keep=1,
        evaluate_every=1_000_000,
    )
    tasks = task_tables(data, rows)
    made = [
        Recipe(name="harder", seed=1, model=ModelTable(source="demo"), tasks=tasks, method=method, training=training)
        for method in METHODS
    ]
    return seeded(made[0], made, seeds)


def majority(task: str, rows: int) -> float:
    """The share of the most common answer among the held-out rows that are scored, which are spread evenly."""
    answers = [answer for _, answer in rows_of(task)[1]]
    return max(Counter(answers[number * len(answers) // rows] for number in range(rows)).values()) / rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=60, help="held-out rows of each task that are scored")
    parser.add_argument("--streams", type=int, default=1, help="runs that train at the same time")
    parser.add_argument("--runs", type=Path, default=Path("build/runs-harder"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    runs = asked.runs.resolve()
    folders = train_all(recipes(runs / "data", asked.steps, asked.seeds, asked.rows), runs, asked.streams, tuple(TASKS))
    results, processors = [read_result(folder) for folder in folders], Processors(runs)
    shares = {task: majority(task, asked.rows) for task in TASKS}
    base = next((found for found in map(base_scores, folders) if found), None)
    content = {
        "machine": machine("cpu") | {name: importlib.metadata.version(name) for name in VERSIONS},
        "processor_hours": round(sum(processors.seconds(folder.id) for folder in folders) / 3600, 3),
        "training": json.loads(folders[0].recipe().training.model_dump_json()),
        "majority": shares,
        "base": {name: score.model_dump() for name, score in base.tasks.items()} if base else None,
        "methods": [as_dict(line, processors) for line in by_method(results)],
        "table": report(results, shares, tuple(TASKS)),
    }
    write_json(asked.json, content)


if __name__ == "__main__":
    main()
