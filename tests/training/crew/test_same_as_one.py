"""Processes that share a batch give the losses, loads and adapter that one gives with all of it: two, and four."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from studio.core.run.curve_names import memory_of
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from tests.training.crew.fleet import job, train_in
from tests.training.small_run import TIMED, curve, events, small_run, train

CLOSE = 1e-5
"""How far a curve or weight of these runs may be from one process's, relatively: both are float32 sums of the same
numbers in another order, 1e-7 a step, which Adam's division hands on for six steps."""

NEARLY = 1e-4
"""How far a weight may be: where a gradient is nearly nothing, its rounding decides what Adam makes of it. Within 1e-5
on most processors; held to AVX2, an AMD EPYC had one weight of 1,024 1.02e-5 off (MixLoRA), and with MKL's compatible
order one of 128 2.05e-5 (DoRA). A step moves a weight by up to the rate, 1e-2."""

FOUR = ("mixlora", "moelora", "lora")
"""What four processes train as well: each kind of sum. DoRA's are LoRA's, and two processes show them."""

Runs = dict[str, dict[int, RunFolder]]

MOELORA = {"method__name": "moelora", "method__rank": 8, "method__contrastive": 0.1}

METHODS: dict[str, dict[str, Any]] = {
    # With a score in the midst of training, too; all have one before and one after.
    "mixlora": {"method__name": "mixlora", "method__balance": 0.1, "training__evaluate_every": 3},
    # Eight pairs of each forward, of which a process may have none, and a memory that is soon full.
    "moelora": MOELORA | {"method__pairs": 8, "method__memory": 4},
    "all pairs": MOELORA | {"method__pairs": 0},
    "lora": {"method__name": "lora"},
    "dora": {"method__name": "dora"},
    "uneven batch": {"method__name": "mixlora", "training__batch_size": 5},
    "packed": {"method__name": "mixlora", "training__packing": True},
    "pooled": {"method__name": "mixlora", "method__balance_scope": "pooled", "method__balance": 0.1},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Runs:
    """By name, the same run trained by so many processes, which compute as many rows at once as one does alone."""
    place = tmp_path_factory.mktemp("together")
    found: Runs = {}
    for name, changes in METHODS.items():
        found[name] = {}
        for processes in (1, 2, 4)[: 3 if name in FOUR else 2]:
            (folder := place / f"{name} {processes}").mkdir()
            rows = {"training__batch_size": 8, "training__micro_batch": 4 // processes} | changes
            if changes.get("training__packing"):
                rows["training__micro_batch"] = 2
            found[name][processes] = small_run(folder, tiny_model, method__dropout=0.0, **rows)
        assert train(found[name][1]) == 0
    for processes in (2, 4):
        jobs = [job(own[processes]) for own in found.values() if processes in own]
        train_in(place / f"fleet-{processes}", processes, jobs)
    return found


@pytest.mark.parametrize(("name", "processes"), [*((name, 2) for name in METHODS), *((name, 4) for name in FOUR)])
def test_that_several_processes_train_as_one_would(runs: Runs, name: str, processes: int) -> None:
    one, several = runs[name][1], runs[name][processes]
    assert read_state(several).state == "finished"
    mine, wanted = _curves(several), _curves(one)
    assert mine.keys() == wanted.keys()
    last = memory_of(processes)
    assert list(curve(several, last)) == list(curve(one, "loss")), "each process's memory at every step"
    assert min(curve(several, last).values()) > 0
    far = {
        place: (mine[place], value)
        for place, value in wanted.items()
        if mine[place] != pytest.approx(value, rel=CLOSE, abs=1e-6)
    }
    assert not far
    with several.reader() as reader, one.reader() as other:
        loads, expected = ({(load.step, load.task): load.counts for load in r.loads()} for r in (reader, other))
    assert loads.keys() == expected.keys()
    assert all((counts == expected[place]).all() for place, counts in loads.items())
    weights, others = (load_file(run.adapter / "adapter_model.safetensors") for run in (several, one))
    for weight, tensor in others.items():
        torch.testing.assert_close(weights[weight], tensor, rtol=CLOSE, atol=NEARLY)


def test_that_each_held_out_row_is_scored_once_and_told_once(runs: Runs) -> None:
    one, two = runs["mixlora"][1], runs["mixlora"][2]
    for kind in ("StepEnded", "EvaluationEnded", "SampleMade", "RunStarted", "RunEnded", "CheckpointSaved"):
        assert [_told(event) for event in events(two, kind)] == [_told(event) for event in events(one, kind)], kind
    kept = [sorted((answer.row, answer.answer) for answer in event.answers) for event in events(two, "AnswersKept")]
    assert kept == [
        sorted((answer.row, answer.answer) for answer in event.answers) for event in events(one, "AnswersKept")
    ]


def _told(event: Any) -> tuple[Any, ...]:
    return (event.kind, getattr(event, "step", 0), getattr(event, "when", ""), getattr(event, "answer", ""))


def _curves(folder: RunFolder) -> dict[tuple[int, str], float]:
    with folder.reader() as reader:
        return {
            (point.step, point.name): point.value
            for point in reader.scalars()
            if point.name.partition("/")[0] not in TIMED
        }
