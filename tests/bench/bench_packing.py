"""What packing saves on a mix of real tasks: padding over a whole epoch, and processor time of its first steps.

    python -m tests.bench.bench_packing --data ../shared/data [--steps 4] [--micro 16,8,4] [--method NAME] [--json PATH]

The rows are those of four commonsense tasks with the demo model's tokenizer, in batches of 16; the model has the demo's
shape and random weights. Tokens that are computed, padding among them, and pairs of tokens that attention computes are
counted over every step of one epoch: no layout can be faster by more than it computes fewer tokens. Rows are padded to
others of like length; what rows padded as they are drawn would take is counted beside it. Time is the process's own
processor time for the same steps, padded and packed in turn, forward and backward, in float32 on a CPU; ratios are of
each step's pair.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from peft import get_peft_model

from studio.core.recipe.mixing import steps_of
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.data.batch import collate, micro_batches, packed_batches
from studio.data.order import RowOrder
from studio.data.tasks import LoadedTasks, load_tasks
from studio.methods.registry import adapter_config
from studio.models.base_model import find_base, load_tokenizer
from studio.training.answer_loss import AnswerLoss
from studio.training.packed_attention import PackedAttention
from studio.training.step import StepComputer
from tests.bench.measure import machine, print_table, write_json
from tests.bench.models import base_model

TASKS = ("arc-easy", "arc-challenge", "boolq", "openbookqa")
BATCH, LENGTH = 16, 256


def recipe_of(data: Path, method: str) -> Recipe:
    """Return the mix's recipe; every task once an epoch."""
    rank = {"mixlora": 8, "lora": 43, "dora": 43, "moelora": 40}[method]
    return Recipe(
        name="packing",
        model=ModelTable(source="demo"),
        tasks=tuple(TaskTable(name=name, train=str(data / name / "train.json")) for name in TASKS),
        method=MethodTable(name=method, rank=rank, alpha=2 * rank, experts=8, dropout=0.05),  # type: ignore[arg-type]
        training=TrainingTable(batch_size=BATCH, max_length=LENGTH),
    )


def epoch(tasks: LoadedTasks, order: RowOrder, micro_batch: int) -> dict[str, dict[str, float]]:
    """Return for each layout of one epoch its share of padding, and how many forwards a step has."""
    longest = max(int(task.train.lengths.max()) for task in tasks.tasks)
    steps = steps_of(TrainingTable(epochs=1, batch_size=order.batch_size), order.epoch_rows)
    layouts = ("as drawn", "padded", "packed")
    found = {layout: {"tokens": 0.0, "real": 0.0, "pairs": 0.0, "forwards": 0.0} for layout in layouts}
    for step in range(steps):
        chosen = order.at(step)
        rows = [tasks.tasks[task].train[int(row)] for task, row in chosen]
        groups = [int(task) for task, _ in chosen]
        drawn = (slice(start, start + micro_batch) for start in range(0, len(rows), micro_batch))
        batches = {
            "as drawn": [collate(rows[part], groups[part], tasks.pad_id) for part in drawn],
            "padded": micro_batches(rows, groups, micro_batch, tasks.pad_id),
            "packed": packed_batches(rows, groups, micro_batch * longest, tasks.pad_id),
        }
        for layout, laid in batches.items():
            counts = found[layout]
            counts["tokens"] += sum(batch.input_ids.numel() for batch in laid)
            counts["real"] += sum(batch.tokens for batch in laid)
            counts["forwards"] += len(laid)
            for batch in laid:
                lengths = batch.packing.lengths if batch.packing else [batch.input_ids.shape[1]] * batch.rows
                counts["pairs"] += sum(length**2 for length in lengths)
    return {
        layout: {
            "padding": 1 - counts["real"] / counts["tokens"],
            "tokens a step": counts["tokens"] / steps,
            "pairs a step": counts["pairs"] / steps,
            "forwards a step": counts["forwards"] / steps,
        }
        for layout, counts in found.items()
    }


def processor_time(compute: StepComputer, step: int, micro_batch: int, model: Any) -> float:
    """Return the processor seconds of one step's forward and backward."""
    model.zero_grad()
    began = time.process_time()
    compute(step, micro_batch)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--micro", default="16,8,4")
    parser.add_argument("--method", default="mixlora")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    recipe = recipe_of(args.data.resolve(), args.method)
    tokenizer, _ = load_tokenizer(find_base(recipe.model)[0])
    tasks = load_tasks(recipe, tokenizer, parts="train")
    order = RowOrder([len(task.train) for task in tasks.tasks], [1.0] * len(tasks.tasks), BATCH, seed=42)
    model: Any = get_peft_model(base_model("smollm2-135m", "cpu", "fp32"), adapter_config(recipe.method)).train()
    loss = AnswerLoss(model)
    computers = {
        "padded": StepComputer(model, loss, tasks, order, None),
        "packed": StepComputer(model, loss, tasks, order, None, PackedAttention(model)),
    }
    processor_time(computers["padded"], 0, BATCH, model)  # the first step counts its loads ahead
    table = []
    for micro_batch in (int(text) for text in args.micro.split(",")):
        shares = epoch(tasks, order, micro_batch)
        times: dict[str, list[float]] = {layout: [] for layout in computers}
        for step in range(args.steps):
            for layout, compute in computers.items():
                times[layout].append(processor_time(compute, step, micro_batch, model))
        ratio = statistics.median(
            padded / packed for padded, packed in zip(times["padded"], times["packed"], strict=True)
        )
        for layout, counts in shares.items():
            table.append(
                {
                    "micro_batch": micro_batch,
                    "rows": layout,
                    **counts,
                    "padding": f"{counts['padding']:.1%}",
                    "times fewer tokens": shares["padded"]["tokens a step"] / counts["tokens a step"],
                    "processor s a step": statistics.median(times[layout]) if layout in times else "",
                    "times faster": {"padded": 1.0, "packed": ratio}.get(layout, ""),
                }
            )
    lengths = sorted(length for task in tasks.tasks for length in task.train.lengths.tolist())
    described = {
        "rows": len(lengths),
        "tokens": sum(lengths),
        "median": lengths[len(lengths) // 2],
        "95th percentile": lengths[int(0.95 * len(lengths))],
        "longest": lengths[-1],
    }
    print(described)
    print_table(f"{args.method}, batches of {BATCH} rows", table)
    if args.json:
        write_json(args.json, {"machine": machine("cpu"), "lengths": described, "steps": args.steps, "rows": table})


if __name__ == "__main__":
    main()
