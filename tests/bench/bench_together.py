"""Several adapters trained together over one base against each by itself: time and memory of a step.

    python -m tests.bench.bench_together [--rows 1,2] [--precisions fp32,nf4] [--counts 1,2,3,4] [--json PATH]
    python -m tests.bench.bench_together --plan          what is held by the plan, and the least that could be
    python -m tests.bench.bench_together --counted --layers 4 [--checkpointing]   a step's tensors beside the plan

SmolLM2-135M's shape on the processor, with AdamW and the studio's own loss. Times are processor time, with one thread
what a machine that does nothing else takes, interleaved in one process: N adapters' step together, and the same
adapters' steps one after another on their own trees of modules. Memory is the
peak of resident memory of a process of its own for each case, less what Python and the libraries take in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.core.recipe.recipe import Recipe
from studio.data.batch import Batch
from studio.hardware import detect
from studio.hardware.cards import find_card
from studio.methods.protocols import routed_method
from studio.methods.together import Part, Together
from studio.models.shared_copy import shared_copy, weight_bytes
from studio.planner import Plan, plan_recipe
from studio.planner.model_source import model_shape
from studio.planner.recipe_plan import for_card
from studio.planner.together import planned_together
from studio.planner.together_peak import fullest, share_of
from studio.training.answer_loss import AnswerLoss
from studio.training.memory.usage import empty_cache, measured_peak, reset_peak
from studio.training.packed_attention import Block, PackedAttention
from tests.bench.measure import kept_bytes, machine, median_ratio, print_table, write_json
from tests.bench.models import SHAPES, adapt, base_model
from tests.bench.random_bases import LLAMA_3_8B
from tests.planner.live_bytes import LiveBytes
from tests.planner.machines import config_folder, processor_only

SHAPE, VOCABULARY = "smollm2-135m", 4000


class Adapters:
    """`count` adapted models over one base, each with its batch and its optimiser."""

    def __init__(self, count: int, precision: str, args: argparse.Namespace) -> None:
        if args.layers:  # a part of the model: its layers are all alike
            SHAPES[SHAPE] |= {"num_hidden_layers": args.layers, "vocab_size": VOCABULARY}
        base = base_model(SHAPE, "cpu", precision)
        for module in base.modules():
            if hasattr(module, "support_avx512bf16_for_cpu"):
                module.support_avx512bf16_for_cpu = False
        if precision != "fp32":  # as a processor holds what is not packed: see `studio.planner.weights`
            for parameter in base.parameters():
                if parameter.is_floating_point():
                    parameter.data = parameter.data.float()
        self.base = base
        self.autocast = precision != "fp32"
        self.models = [adapt(shared_copy(base), args.method, args.rank, 2, args.dropout).train() for _ in range(count)]
        self.losses = [AnswerLoss(model) for model in self.models]
        self.optimisers = [
            torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-4)
            for model in self.models
        ]
        self.batches = [_batch(args.micro, args.length, seed) for seed in range(count)]
        tree = shared_copy(base)
        self._together = Together.of(tree, self.models)
        self._attention = PackedAttention(tree)
        if args.checkpointing:
            self._together.recompute_activations()
            for model in self.models:
                model.get_base_model().activation_checkpointing_enable({"use_reentrant": False})

    def alone(self, member: int) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.autocast):
            return self._whole(member, self.losses[member](self.batches[member]).total)

    def all(self) -> Tensor:
        """The sum of all losses; `among_rows` is to be around it and its backward pass."""
        for loss, batch in zip(self.losses, self.batches, strict=True):
            loss.describe(batch)
        ids = torch.cat([batch.input_ids.flatten() for batch in self.batches])[None]
        positions = torch.cat([torch.arange(b.input_ids.shape[1]).repeat(b.rows) for b in self.batches])[None]
        parts = [Part(member, *batch.input_ids.shape) for member, batch in enumerate(self.batches)]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.autocast):
            states = self._together(parts, ids, position_ids=positions)
            return torch.stack(
                [
                    self._whole(member, self.losses[member].of(batch, own).total)
                    for member, (batch, own) in enumerate(zip(self.batches, states, strict=True))
                ]
            ).sum()

    def among_rows(self) -> AbstractContextManager[None]:
        """Within, attention sees the rows of all as they lie end to end; what is computed again needs it too."""
        return self._attention.among([Block(*batch.input_ids.shape, batch.attention_mask) for batch in self.batches])

    def in_turn(self) -> None:
        for member in range(len(self.models)):
            self.alone(member).backward()
            self._step(member)

    def at_once(self) -> None:
        with self.among_rows():
            self.all().backward()
        for member in range(len(self.models)):
            self._step(member)

    def _step(self, member: int) -> None:
        self.optimisers[member].step()
        self.optimisers[member].zero_grad()
        if (routed := routed_method(self.models[member])) is not None:
            routed.end_step()

    def _whole(self, member: int, total: Tensor) -> Tensor:
        whole = total / self.batches[member].predicted_tokens
        routed = routed_method(self.models[member])
        return whole if routed is None else whole + sum(routed.auxiliary_losses().values())

    def known(self) -> list[Tensor]:
        """What lives anyway, beside what a step keeps."""
        return [each for model in [self.base, *self.models] for each in (*model.parameters(), *model.buffers())]


def _batch(rows: int, length: int, seed: int) -> Batch:
    ids = torch.randint(0, VOCABULARY, (rows, length), generator=torch.Generator().manual_seed(seed))
    return Batch.of(ids, torch.ones_like(ids), ids)


def times(count: int, precision: str, args: argparse.Namespace) -> dict[str, Any]:
    adapters = Adapters(count, precision, args)
    found: dict[str, list[float]] = {"together": [], "in turn": []}
    for repeat in range(args.repeats + 1):
        for name, step in (("together", adapters.at_once), ("in turn", adapters.in_turn)):
            began = time.process_time()
            step()
            if repeat:  # the first warms up
                found[name].append(time.process_time() - began)
    with adapters.among_rows():
        kept = kept_bytes(adapters.all, adapters.known())
    alone = [kept_bytes(lambda member=member: adapters.alone(member), adapters.known()) for member in range(count)]
    return {
        "precision": precision,
        "adapters": count,
        "rows": args.micro,
        "s together": statistics.median(found["together"]),
        "s in turn": statistics.median(found["in turn"]),
        "together / in turn": median_ratio(found["together"], found["in turn"]),
        "kept MiB": kept / 2**20,
        "kept in turn, summed": sum(alone) / 2**20,
    }


def counted(count: int, precision: str, args: argparse.Namespace) -> dict[str, Any]:
    """What tensors hold at the peak of a step beyond the models and moments, counted, and by the plan.

    What an operation takes and gives back inside of itself, such as a copy of the head, is not seen and not planned.
    """
    adapters = Adapters(count, precision, args)
    adapters.at_once()
    states = [
        each for optimiser in adapters.optimisers for state in optimiser.state.values() for each in state.values()
    ]
    with LiveBytes([*adapters.known(), *states]) as live:
        adapters.at_once()
    plan = planned(precision, args)
    assert plan.step is not None
    shape = model_shape(plan.recipe.model)
    if args.layers:
        shape = replace(shape, layers=args.layers, vocabulary=VOCABULARY)
    share = share_of(plan.recipe, shape, plan.step)
    moment = fullest([replace(share, loss=share.logits)] * count)
    return {
        "precision": precision,
        "adapters": count,
        "recomputed": args.checkpointing,
        "counted MiB": live.peak / 2**20,
        "planned MiB": moment.bytes / 2**20,
        "planned / counted": moment.bytes / live.peak,
    }


def peak(count: int, precision: str, args: argparse.Namespace) -> int:
    """The peak of two steps beyond what Python and the libraries take, in this process; bytes."""
    device = torch.device("cpu")
    import psutil

    _step_of_tiny_model(args)
    before = psutil.Process().memory_info().rss
    adapters = Adapters(count, precision, args)
    empty_cache(device)
    reset_peak(device)
    for _ in range(2):
        if count == 1 and args.ordinary:
            adapters.in_turn()
        else:
            adapters.at_once()
    return measured_peak(device).bytes - before


def _step_of_tiny_model(args: argparse.Namespace) -> None:
    """Let the libraries load what they load at a first step."""
    own = SHAPES[SHAPE]
    SHAPES[SHAPE] = SHAPES["tiny"] | {"vocab_size": VOCABULARY}
    try:
        Adapters(1, "fp32", args).at_once()
    finally:
        SHAPES[SHAPE] = own


def planned(precision: str, args: argparse.Namespace) -> Plan:
    """The plan of one run of the demo model as it is measured here: a step of one micro-batch, without padding."""
    plan = plan_recipe(_recipe("demo", precision, args, args.rank, args.checkpointing), detect())
    assert plan.step is not None
    return replace(plan, step=replace(plan.step, padded=False))


def _recipe(
    source: str, precision: str, args: argparse.Namespace, rank: int, again: bool, optimizer: str = "adamw"
) -> Recipe:
    rows: dict[str, Any] = {"batch_size": args.micro, "micro_batch": args.micro, "max_length": args.length}
    values: dict[str, Any] = {
        "model": {"source": source, "precision": precision},
        "tasks": [{"name": "made-up", "train": "rows.jsonl"}],
        "method": {"name": args.method, "rank": rank, "dropout": args.dropout},
        "training": rows | {"checkpointing": again, "optimizer": optimizer},
        "machine": {"device": "cpu"},
    }
    return Recipe.model_validate(values)


def peaks(precision: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    def measured(count: int, *more: str) -> int:
        own = [f"--peak={count}", f"--precisions={precision}", f"--micro={args.micro}", f"--length={args.length}"]
        own += [f"--method={args.method}", f"--rank={args.rank}", f"--dropout={args.dropout}", *more]
        own += ["--checkpointing"] * args.checkpointing
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_together", *own], capture_output=True, text=True, check=True
        )
        return int(json.loads(done.stdout.splitlines()[-1])["bytes"])

    alone = measured(1, "--ordinary")
    rows, plan = [], planned(precision, args)
    for count in args.counts:
        one = measured(count)
        whole = planned_together([plan] * count)
        rows.append(
            {
                "precision": precision,
                "adapters": count,
                "rows": args.micro,
                "peak MiB": one / 2**20,
                "planned MiB": (whole.peak_bytes - whole.items["context"]) / 2**20,
                "separate runs MiB": count * alone / 2**20,
                "a model, of one alone": one / count / alone,
            }
        )
    return rows


def shares(args: argparse.Namespace) -> list[dict[str, Any]]:
    """What N runs need by the plan beside one alone, and what no way of training them together goes below; GiB.

    The floor is what must be there at once however it is computed: the base, and each adapter with its gradients and
    moments. What a step keeps of activations comes on top, as does what it needs for a moment. In turn: if each run
    took its whole step by itself over the one base, so that gradients and activations are one run's at a time.
    """
    rows = []
    for rank, optimizer in ((16, "adamw"), (16, "adamw-8bit"), (4, "adamw")):
        for again in (False, True):
            plan = plan_recipe(_recipe("demo", "fp32", args, rank, again, optimizer), detect())
            rows += _shares("demo fp32", plan, args)
    args.length = 512
    with tempfile.TemporaryDirectory() as folder:
        base = str(config_folder(Path(folder) / "8B", LLAMA_3_8B))
        for optimizer in ("adamw", "adamw-8bit"):
            asked = _recipe(base, "nf4", args, 16, True, optimizer)
            plan = plan_recipe(*for_card(asked, processor_only(64), find_card("RTX 4090 24GB")))
            rows += _shares("8B nf4", plan, args)
    return rows


def _shares(base: str, plan: Plan, args: argparse.Namespace) -> list[dict[str, Any]]:
    def held(count: int) -> int:
        whole = planned_together([plan] * count)
        return whole.peak_bytes - whole.items["context"]

    rows, alone, training = [], held(1), plan.recipe.training
    lasting = plan.items["adapter"] + plan.items["optimizer"]
    for count in args.counts:
        own = lasting + plan.items["gradients"]
        row: dict[str, Any] = {"base": base, "rank": plan.recipe.method.rank, "optimiser": training.optimizer}
        row |= {"recomputed": training.checkpointing, "adapters": count, "base GiB": plan.items["weights"] / 2**30}
        row |= {"an adapter GiB": own / 2**30, "one alone GiB": alone / 2**30}
        row["a model, of one alone"] = held(count) / count / alone
        row["steps in turn"] = (alone + (count - 1) * lasting) / count / alone
        row["floor"] = (plan.items["weights"] + count * own) / count / alone
        rows.append(row)
    return rows


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)

    def numbers(text: str) -> list[int]:
        return [int(each) for each in text.split(",")]

    parser.add_argument("--rows", type=numbers, default=[1, 2], help="rows of an adapter's micro-batch")
    parser.add_argument("--counts", type=numbers, default=[1, 2, 3, 4])
    parser.add_argument("--precisions", default="fp32,nf4")
    parser.add_argument("--method", default="mixlora", choices=["mixlora", "lora"])
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--checkpointing", action="store_true", help="compute activations again in the backward pass")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--layers", type=int, default=0, help="fewer than the model's, with 4,000 words; for times")
    parser.add_argument("--no-peaks", action="store_true")
    parser.add_argument("--no-times", action="store_true")
    parser.add_argument("--plan", action="store_true", help="print what the plan says, and measure nothing")
    parser.add_argument("--counted", action="store_true", help="count what tensors hold, and measure nothing")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--micro", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ordinary", action="store_true", help=argparse.SUPPRESS)
    return parser


def main() -> None:
    args = arguments().parse_args()
    if args.peak:
        print(json.dumps({"bytes": peak(args.peak, args.precisions, args)}))
        return
    if args.counted:
        found = [counted(count, precision, args) for precision in args.precisions.split(",") for count in args.counts]
        print_table(f"{args.method}, a step's peak beyond models and moments", found)
        write_json(args.json, {"bench": "together", "counted": found})
        return
    if args.plan:
        print_table(f"{args.method}, planned", shares(args))
        return
    timed: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for precision in args.precisions.split(","):
        print(f"{precision}: the base is {weight_bytes(base_model(SHAPE, 'cpu', precision)) / 2**20:.0f} MiB")
        for rows in args.rows:
            args.micro = rows
            if not args.no_times:
                timed += [times(count, precision, args) for count in args.counts]
                print_table(f"{args.method} {precision}, a step of N adapters", timed[-len(args.counts) :])
            if not args.no_peaks:
                held += peaks(precision, args)
                print_table(f"{args.method} {precision}, peak", held[-len(args.counts) :])
    write_json(args.json, {"bench": "together", "machine": machine("cpu"), "times": timed, "peaks": held})


if __name__ == "__main__":
    main()
