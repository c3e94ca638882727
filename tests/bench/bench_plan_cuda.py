"""Prints the plan's peak beside what a card really used, for many configurations within 8, 12, 16 and 24 GiB.

    python -m tests.bench.bench_plan_cuda --json tests/bench/results/plan-cuda.json

Each configuration trains two real steps (studio.training's loss, step and optimiser) of a random Llama-3-8B,
Llama-3.2-1B or Qwen3-4B shape, with torch held to the budget by the memory fraction as a run's worker does it. "auto"
fields are decided by the planner for that budget. It prints torch's reserved memory at its peak beside the plan's,
and whether a configuration whose plan fits ran out of memory. Target: median error 3 %, worst 8 %, none that runs out.
The most telling configurations come first; those that `--minutes` does not suffice for are listed, not guessed.

`--device cpu --tiny` runs the same code with tiny shapes and no limit; it shows that the command works, and nothing
about memory. On a machine with nothing but torch 2.11 and transformers 5.17 (Python 3.12, no network) six packages are
missing. Make a folder of them where pip works, in the repository's root, and take it along:

    pip install --target .site --no-deps --only-binary=:all: --implementation cp --python-version 3.12 \\
        --platform manylinux_2_28_x86_64 --platform manylinux_2_24_x86_64 --platform manylinux_2_17_x86_64 \\
        --platform manylinux2014_x86_64 pydantic==P pydantic_core==C annotated-types typing-inspection \\
        typing-extensions platformdirs peft bitsandbytes
    rm .site/bitsandbytes/libbitsandbytes_{cuda11*,cuda12*,rocm*,xpu*}

with P and C as packaging/constraints.txt has them (bitsandbytes shrinks from 125 to 6 MB; its cuda130 file is what a
torch built for CUDA 13.0 loads). Then, in the repository's root over there:

    PYTHONPATH=.site:. python3 -m tests.bench.bench_plan_cuda --minutes 9 --json $OUT/plan-cuda.json
"""

from __future__ import annotations

import argparse
import gc
import math
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from peft import get_peft_model

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import DoesNotFitError
from studio.core.recipe.recipe import Recipe
from studio.data.token_rows import TokenRow
from studio.hardware import Device, detect
from studio.hardware.machine import GIB
from studio.methods.registry import adapter_config
from studio.models.memory_limit import keep_within
from studio.planner.auto_fields import best_plan
from studio.planner.ledger import Ledger
from studio.planner.plan import Plan, plan_decided
from studio.planner.shape import shape_of_model
from studio.training.answer_loss import AnswerLoss
from studio.training.failed_step import StepUndo
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.memory.usage import empty_cache, measured_peak, reset_peak
from studio.training.optimizer import make_optimizer
from studio.training.step import StepComputer
from tests.bench.measure import machine, print_table, write_json
from tests.bench.random_bases import LLAMA_3_2_1B, LLAMA_3_8B, QWEN3_4B, random_base

SHAPES = {"llama-3-8b": LLAMA_3_8B, "llama-3.2-1b": LLAMA_3_2_1B, "qwen3-4b": QWEN3_4B}
STEPS = 2  # in the second the optimiser's states stand already
TINY = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 300,
}  # fmt: skip


@dataclass(frozen=True)
class Configuration:
    """One line of the table: what is asked for, and within how many GiB; "auto" is the planner's to decide."""

    shape: str
    precision: str
    gib: int
    method: str = "mixlora"
    rank: int = 16
    length: int = 509  # no multiple of 8: padded on a card, as most real batches are
    micro_batch: int | str = "auto"
    checkpointing: bool | str = "auto"
    optimizer: str = "auto"
    dropout: float = 0.05
    experts: int = 8

    def recipe(self) -> Recipe:
        rank = 2 * self.experts if self.method == "moelora" else self.rank
        return Recipe.model_validate(
            {
                "model": {"source": self.shape, "precision": self.precision},
                "tasks": [{"name": "made-up", "train": "none.jsonl"}],
                "method": {
                    "name": self.method, "rank": rank, "alpha": 2 * rank, "experts": self.experts,
                    "dropout": self.dropout,
                },
                "training": {
                    "max_steps": STEPS, "max_length": self.length, "batch_size": 16, "optimizer": self.optimizer,
                    "micro_batch": self.micro_batch, "checkpointing": self.checkpointing,
                },
            }
        )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """The outcome of one configuration; bytes, seconds.

    `context` is all that is in use on the card beside torch's memory; `ran_out` is the trouble in words, if any.
    """

    configuration: Configuration
    fits: bool
    micro_batch: int
    checkpointing: bool
    optimizer: str
    predicted: int
    measured: int
    allocated: int
    context: int
    ran_out: str
    seconds: float
    items: dict[str, int]

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1 if self.measured else 0.0

    def line(self) -> dict[str, Any]:
        """The row of the printed table."""
        asked = self.configuration
        return {
            "shape": asked.shape,
            "form": f"{asked.precision} {asked.method} r{asked.rank} {self.micro_batch}x{asked.length}"
            + " ckpt" * self.checkpointing
            + " 8-bit" * (self.optimizer != "adamw"),
            "GiB": asked.gib,
            "fits": self.fits,
            "predicted MiB": self.predicted >> 20,
            "measured MiB": self.measured >> 20,
            "allocated MiB": self.allocated >> 20,
            "error": f"{self.error:+.1%}",
            "ran out": self.ran_out[:40],
            "s": round(self.seconds, 1),
        }


def configurations() -> list[Configuration]:
    """Most telling first: each shape and precision once, then budgets, then methods, ranks, lengths, checkpointing."""
    eight, four, one = "llama-3-8b", "qwen3-4b", "llama-3.2-1b"
    return [
        Configuration(one, "bf16", 12),
        Configuration(four, "nf4", 12),
        Configuration(eight, "nf4", 16),
        Configuration(one, "bf16", 8, "lora", 32),
        Configuration(four, "bf16", 16, checkpointing=True),
        Configuration(eight, "nf4", 12, rank=8, checkpointing=True),
        Configuration(one, "nf4", 8),
        Configuration(four, "nf4", 24, checkpointing=False),
        Configuration(eight, "nf4", 24, rank=32, optimizer="adamw-8bit"),
        Configuration(one, "int8", 8),
        Configuration(eight, "nf4", 8, "lora", 16),
        Configuration(one, "bf16", 24, length=2045, checkpointing=False),
        Configuration(four, "nf4", 16, "lora", 64),
        Configuration(one, "bf16", 16, "moelora"),
        Configuration(one, "bf16", 16, "dora", 16),
        Configuration(eight, "nf4", 24, length=1021),
        Configuration(four, "int8", 16, rank=8),
        Configuration(one, "bf16", 12, rank=64, dropout=0.0),
        Configuration(four, "bf16", 24, rank=8, dropout=0.0),
        Configuration(one, "fp32", 16, rank=8),
        Configuration(four, "nf4", 8, "lora", 8, length=1021),
        Configuration(one, "bf16", 8, rank=8, length=1021, checkpointing=True),
        Configuration(one, "nf4", 12, "moelora", checkpointing=True),
        Configuration(eight, "nf4", 16, "dora", 8, checkpointing=True),
        Configuration(four, "nf4", 12, rank=4, length=253),
        Configuration(eight, "int8", 24, rank=8),
        Configuration(eight, "bf16", 24, "lora", 8, checkpointing=True),
    ]


def tiny_configurations() -> list[Configuration]:
    """One of each precision and method, for a machine without a card."""
    kinds = {(each.precision, each.method): each for each in reversed(configurations())}
    return [replace(each, rank=4, length=21, gib=8, experts=4) for each in reversed(kinds.values())]


def measure(asked: Configuration, device: Device, tiny: bool) -> Row:
    """Plan one configuration, train two steps of it within its budget, and return both."""
    began = time.perf_counter()
    config = SHAPES[asked.shape] | (TINY if tiny else {})
    shape, budget, recipe = shape_of_model(config), asked.gib * GIB, asked.recipe()
    decided = best_plan(recipe, shape, device, budget).recipe
    plan = plan_decided(decided, shape, device, budget, ledger=Ledger())
    place = torch.device(device.torch_name)
    _clear(place)
    base = random_base(config, decided.model.precision, place)
    _clear(place)
    told: list[str] = []
    keep_within(place, budget, plan.items["context"])
    try:
        _train(base, plan, place, told)
    except (RuntimeError, MemoryError, DoesNotFitError) as error:
        if not (isinstance(error, DoesNotFitError) or is_out_of_memory(error)):
            raise
        told.append(trouble_of(error))
    if place.type == "cuda":
        torch.cuda.synchronize()
    peak = measured_peak(place).bytes
    allocated = torch.cuda.max_memory_allocated(place) if place.type == "cuda" else peak
    context = max(0, _on_card(place) - _reserved(place))
    training = decided.training
    assert isinstance(training.micro_batch, int)
    return Row(
        asked, plan.fits, training.micro_batch, training.checkpointing is True, training.optimizer,
        plan.measurable_peak_bytes, peak, allocated, context, "; ".join(told), time.perf_counter() - began, plan.items,
    )  # fmt: skip


def _train(base: Any, plan: Plan, place: torch.device, told: list[str]) -> None:
    """The run's own adapter, loss, step, clipping and optimiser; rows are as long as planned, and all of it learned."""
    recipe = plan.recipe
    training = recipe.training
    assert isinstance(training.micro_batch, int)
    reset_peak(place)
    torch.manual_seed(recipe.seed)
    model: Any = get_peft_model(base, adapter_config(recipe.method))
    loss = AnswerLoss(model)
    if loss.whole_logits:
        told.append(f"whole logits: {loss.whole_logits}")
    vocabulary = base.config.vocab_size
    numbers = np.random.default_rng(0)
    learned = np.ones(training.max_length, dtype=bool)
    learned[0] = False
    rows = [
        TokenRow(numbers.integers(3, vocabulary, training.max_length, dtype=np.int32), learned)
        for _ in range(training.batch_size)
    ]
    tasks: Any = SimpleNamespace(tasks=[SimpleNamespace(name="made-up", train=rows)], pad_id=0)
    order: Any = SimpleNamespace(seed=0, at=lambda step: [(0, number) for number in range(len(rows))])
    recorder: Any = SimpleNamespace(event=lambda event: told.append(event.change))
    at_once = AtOnce(training.micro_batch, training.checkpointing is True)
    recovery = Recovery(model, recorder, place, at_once)
    autocast = None if recipe.model.precision == "fp32" else torch.bfloat16
    compute = StepComputer(model, loss, tasks, order, autocast)
    optimizer = make_optimizer(training, model)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    undo = StepUndo(model)
    for step in range(STEPS):
        undo.remember()
        while True:
            model.train()
            try:
                compute(step, recovery.micro_batch)
                torch.nn.utils.clip_grad_norm_(trained, training.clip or math.inf)
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                trouble = trouble_of(error)
            undo.undo()
            recovery.reduce(step + 1, trouble)
        optimizer.step()
        model.zero_grad()


def _clear(place: torch.device) -> None:
    """Free everything that the last configuration took, and remove the limit."""
    gc.collect()
    if place.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.set_per_process_memory_fraction(1.0, place)
        torch._C._cuda_clearCublasWorkspaces()
    empty_cache(place)


def _reserved(place: torch.device) -> int:
    return torch.cuda.memory_reserved(place) if place.type == "cuda" else 0


def _on_card(place: torch.device) -> int:
    """What is in use on the card, all processes and torch's context counted; 0 on a CPU."""
    if place.type != "cuda":
        return 0
    free, total = torch.cuda.mem_get_info(place)
    return total - free


def run(asked: list[Configuration], device: Device, seconds: float, tiny: bool) -> dict[str, Any]:
    """Measure as many configurations as `seconds` allow; one is taken to last as long as the slowest of its shape."""
    began = time.perf_counter()
    rows: list[Row] = []
    left: list[Configuration] = []
    for each in asked:
        alike = [row.seconds for row in rows if row.configuration.shape == each.shape] or [row.seconds for row in rows]
        if time.perf_counter() - began + max(alike, default=0.0) > seconds:
            left.append(each)
            continue
        rows.append(measure(each, device, tiny))
        line = rows[-1].line()
        print("  ".join(f"{name} {value}" for name, value in line.items()), flush=True)
    fitting = [row for row in rows if row.fits and not row.ran_out]
    errors = [abs(row.error) for row in fitting]
    return {
        "machine": machine(device.kind),
        "device_total_bytes": device.total_bytes,
        "tiny": tiny,
        "configurations": len(rows),
        "fitting": sum(row.fits for row in rows),
        "ran_out_though_it_fits": [row.line() for row in rows if row.fits and row.ran_out],
        "median_error": statistics.median(errors) if errors else None,
        "worst_error": max(errors, default=None),
        "left_out": [asdict(each) for each in left],
        "seconds": time.perf_counter() - began,
        "rows": [asdict(row) | {"error": row.error} for row in rows],
        "lines": [row.line() for row in rows],
    }


def main() -> None:
    """Measure and print; raises SystemExit where there is no card, and with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--tiny", action="store_true", help="tiny shapes: only to see that the command works")
    given = parser.parse_args()
    device = detect().device(given.device)
    if device is None or not device.usable:
        raise SystemExit("not measured: this machine has no CUDA card that this torch can use")
    if given.device == "cpu" and not given.tiny:
        raise SystemExit("the shapes are for a card; on a CPU add --tiny")
    asked = tiny_configurations() if given.tiny else configurations()
    found = run(asked, device, 60 * given.minutes, given.tiny)
    print_table("predicted and measured", found["lines"])
    for each in found["left_out"]:
        print(f"left out for lack of time: {each}")
    write_json(given.json, found)
    if given.tiny:
        print(f"\n{len(found['lines'])} tiny configurations trained; their figures say nothing of memory")
        return
    out = found["ran_out_though_it_fits"]
    print(
        f"\n{found['configurations']} configurations in {found['seconds']:.0f} s; of {found['fitting']} whose plan fits"
        f" {len(out)} ran out of memory"
    )
    if found["median_error"] is None:
        raise SystemExit(1)
    print(f"peak: median error {found['median_error']:.1%}, worst {found['worst_error']:.1%}")
    if out or found["median_error"] > 0.03 or found["worst_error"] > 0.08:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
