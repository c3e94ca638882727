"""The probe measures one step on the longest rows before the first real one, and leaves no trace but what it tells."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.planner.ledger import Measured, ledger_file, read_ledger
from studio.training.memory import probe, usage
from studio.training.memory.probe import Probe
from studio.training.memory.usage import Peak, measured_peak
from studio.training.recorder import Recorder
from studio.training.step import StepComputer
from tests.training.small_run import assert_same_run, curve, events, small_run, train

GIB = 2**30
METHODS: dict[str, dict[str, Any]] = {
    "mixlora": {"method__balance_bias": 0.01},
    "moelora": {"method__name": "moelora", "method__rank": 8},
    "lora": {"method__name": "lora"},
    "dora": {"method__name": "dora"},
}
WAYS: dict[str, dict[str, Any]] = {
    "adamw-8bit": {"training__optimizer": "adamw-8bit"},
    "checkpointing": {"training__checkpointing": True},
    "one micro-batch": {"training__micro_batch": 4},
}


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("probed"), tiny_model)
    assert train(folder) == 0
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        *(pytest.param(changes, id=name) for name, changes in METHODS.items()),
        *(pytest.param(changes, id=name, marks=pytest.mark.slow) for name, changes in WAYS.items()),
    ],
)
def test_that_a_run_with_the_probe_equals_one_without_to_the_last_bit(
    changes: dict[str, Any], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "training__optimizer" in changes:
        pytest.importorskip("bitsandbytes")
    shorter = {"training__max_steps": 3, "training__save_every": 100} | changes
    folder = small_run(tmp_path, tiny_model, **shorter)
    assert train(folder) == 0
    assert next(event.stage for event in events(folder, "PlanMeasured")) == "probe"
    plain = small_run(tmp_path, tiny_model, **shorter)
    monkeypatch.setattr(Probe, "__call__", lambda self: None)
    assert train(plain) == 0
    assert "probe" not in [event.stage for event in events(plain, "PlanMeasured")]
    assert_same_run(folder, plain)


def test_that_the_probe_comes_before_the_first_step_and_tells_both_bars(probed: RunFolder) -> None:
    kinds = [event.kind for event in events(probed)]
    phases = [event.phase for event in events(probed, "PhaseStarted")]
    assert phases.index("probing") < phases.index("training")
    assert kinds.index("PlanMeasured") < kinds.index("StepEnded")
    told = events(probed, "PlanMeasured")[0]
    assert told.stage == "probe"
    assert sum(told.items.values()) == told.predicted_peak_bytes
    assert sum(told.measured_items.values()) == told.measured_peak_bytes > 100 * 2**20
    assert told.ratio == told.measured_peak_bytes / told.predicted_peak_bytes
    assert told.measured_items["adapter"] == told.items["adapter"]
    evaluating = told.evaluation_peak_bytes == told.measured_peak_bytes
    assert told.measured_items.get("gradients") == (None if evaluating else told.items["gradients"])
    if sys.platform == "linux":  # elsewhere what was before cannot be forgotten, and hides an evaluation
        assert told.measured_peak_bytes >= told.evaluation_peak_bytes > 0
        assert not told.at_most
    assert told.seconds > 0
    assert "GiB planned" in told.sentence
    assert "Measuring took" in told.sentence


def test_that_the_probe_takes_the_longest_rows_of_all_tasks(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[list[int], list[int]]] = []
    gradient_of = StepComputer.gradient_of

    def watched(self: StepComputer, chosen: Any, micro_batch: int, figures: Any) -> Any:
        if figures.step == 0:
            lengths = [task.train.lengths for task in self._tasks.tasks]
            every = np.sort(np.concatenate(lengths))[::-1]
            taken.append(([int(lengths[task][row]) for task, row in chosen], every[: len(chosen)].tolist()))
        return gradient_of(self, chosen, micro_batch, figures)

    monkeypatch.setattr(StepComputer, "gradient_of", watched)
    assert train(small_run(tmp_path, tiny_model, training__max_steps=1)) == 0
    assert len(taken) == 2
    assert all(found == longest and len(found) == 2 for found, longest in taken)


def test_that_a_resumed_run_is_not_probed_again_and_continues_with_what_was_measured(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    record = Recorder.step

    def pausing(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == 3:
            send_command(folder.db, Pause())

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "step", pausing)
        _too_much(patch, above_rows=1)
        assert train(folder) == 0
    assert read_state(folder).state == "paused"
    sizes: list[int] = []
    begun = StepComputer._begun

    def watched(self: StepComputer, chosen: Any, micro_batch: int, figures: Any) -> Any:
        sizes.append(micro_batch)
        return begun(self, chosen, micro_batch, figures)

    monkeypatch.setattr(StepComputer, "_begun", watched)
    assert train(folder) == 0
    assert sizes == [1, 1, 1]
    assert [event.stage for event in events(folder, "PlanMeasured")].count("probe") == 1


def _too_much(patch: pytest.MonkeyPatch, above_rows: int) -> None:
    """Let memory run out in every training pass of more rows than these."""
    compute = StepComputer.gradient_of

    def greedy(self: StepComputer, chosen: Any, micro_batch: int, figures: Any) -> Any:
        figures = compute(self, chosen, micro_batch, figures)
        if micro_batch > above_rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return figures

    patch.setattr(StepComputer, "gradient_of", greedy)


def test_that_what_the_probe_finds_too_much_is_given_up_before_the_first_step(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"method__dropout": 0, "method__balance": 0, "training__max_steps": 3}
    folder = small_run(tmp_path, tiny_model, training__micro_batch=4, **plain)
    _too_much(monkeypatch, above_rows=1)
    assert train(folder) == 0
    reduced = events(folder, "MemoryReduced")
    assert [(event.step, event.micro_batch) for event in reduced] == [(0, 2), (0, 1)]
    assert reduced[0].change == "2 rows are computed at once instead of 4; the optimiser's batch is unchanged."
    kinds = [event.kind for event in events(folder)]
    assert kinds.index("PlanMeasured") > max(place for place, kind in enumerate(kinds) if kind == "MemoryReduced")
    small = small_run(tmp_path, tiny_model, training__micro_batch=1, **plain)
    assert train(small) == 0
    assert curve(folder) == curve(small)
    told, expected = (events(run, "PlanMeasured")[0] for run in (folder, small))
    assert told.computed_peak_bytes == expected.computed_peak_bytes


@pytest.mark.parametrize("budget", ["8GiB", "auto"])
def test_that_a_step_beyond_the_budget_is_made_smaller_where_the_budget_was_set(
    budget: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1, machine__memory_budget=budget)
    takes = iter([2**50])  # more than any machine has free
    measured = usage.measured_peak

    def fake(device: torch.device) -> Peak:
        return Peak(next(takes, measured(device).bytes), "pretended")

    monkeypatch.setattr(probe, "measured_peak", fake)
    assert train(folder) == 0
    reduced = events(folder, "MemoryReduced")
    if budget == "auto":
        assert reduced == []
        said = [event.what for event in events(folder, "WarningRaised") if event.where == "memory"]
        assert any("it fitted nevertheless" in what for what in said)
    else:
        assert [(event.micro_batch, event.checkpointing) for event in reduced] == [(1, False)]
        assert "of a budget of 8.00 GiB" in reduced[0].change


def test_that_a_peak_that_loading_hides_reduces_nothing_and_teaches_plans_nothing(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1, machine__memory_budget="8GiB")
    monkeypatch.setattr(probe, "measured_peak", lambda device: Peak(9 * GIB, "pretended", least=GIB))
    assert train(folder) == 0
    assert events(folder, "MemoryReduced") == []
    told = events(folder, "PlanMeasured")[0]
    assert told.at_most
    assert told.evaluation_peak_bytes is None
    assert "At most 9.00 GiB used, loading the model included" in told.sentence
    said = [event.what for event in events(folder, "WarningRaised") if event.where == "memory"]
    assert any("loading the model took 9.00 GiB of a budget of 8.00 GiB" in what for what in said)
    assert read_ledger().measured == ()


def test_that_a_peak_that_loading_hides_is_reduced_where_even_the_least_is_too_much(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1, machine__memory_budget="8GiB")
    takes = iter([Peak(10 * GIB, "pretended", least=9 * GIB)])
    monkeypatch.setattr(probe, "measured_peak", lambda device: next(takes, Peak(GIB, "pretended")))
    assert train(folder) == 0
    assert [event.micro_batch for event in events(folder, "MemoryReduced")] == [1]


def test_that_an_evaluation_beyond_the_budget_scores_fewer_rows_at_once(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1, machine__memory_budget="8GiB")
    takes = iter([GIB, 9 * GIB, 9 * GIB])
    monkeypatch.setattr(probe, "measured_peak", lambda device: Peak(next(takes, 2 * GIB), "pretended"))
    assert train(folder) == 0
    assert [event.evaluation_rows for event in events(folder, "MemoryReduced")] == [32, 16]
    told = events(folder, "PlanMeasured")[0]
    assert (told.measured_peak_bytes, told.evaluation_peak_bytes) == (2 * GIB, 2 * GIB)


def test_that_a_probe_with_nothing_left_to_give_up_ends_the_run_with_a_problem(
    probed: RunFolder, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    with monkeypatch.context() as patch:
        _too_much(patch, above_rows=0)
        assert train(folder) == 3
    changes = [(event.micro_batch, event.checkpointing) for event in events(folder, "MemoryReduced")]
    assert changes == [(1, False), (1, True)]
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("failed", 0)
    assert "one row at a time" in ended.reason
    assert not list(folder.checkpoints.glob("*"))
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert curve(folder) == curve(probed)


def test_that_each_run_counts_once_in_the_machines_ledger(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "measured_peak", lambda device: Peak(usage.current_bytes(device), "pretended"))
    folders = [small_run(tmp_path, tiny_model, training__max_steps=1) for _ in range(2)]
    for folder in folders:
        assert train(folder) == 0
    found = read_ledger().measured
    assert [one.run for one in found] == [folder.id for folder in folders]
    told = events(folders[1], "PlanMeasured")[0]
    assert found[1] == Measured(
        run=folders[1].id,
        device=folders[1].provenance()["device"]["name"],
        form="sorted",
        precision="fp32",
        checkpointing=False,
        computed_bytes=told.computed_peak_bytes,
        measured_bytes=told.measured_peak_bytes,
    )
    assert folders[1].provenance()["plan"]["measured_times"] == 1


def test_that_a_stop_during_the_probe_takes_effect_at_once_and_costs_nothing(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    compute = StepComputer.gradient_of

    def asked(self: StepComputer, *arguments: Any) -> Any:
        send_command(folder.db, Stop())
        for _ in range(600):
            time.sleep(0.1)  # as long as a slow machine may take; leaving breaks it off
        return compute(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(StepComputer, "gradient_of", asked)
        assert train(folder) == 0
    ended = read_state(folder)
    assert (ended.state, ended.step) == ("stopped", 0)
    assert "before training began" in ended.reason
    assert train(folder) == 0
    assert read_state(folder).state == "finished"


def test_that_a_broken_ledger_is_said_and_stops_no_run(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the system cannot forget an earlier peak it may hide this one, which then is not entered.
    monkeypatch.setattr(probe, "measured_peak", lambda device: replace(measured_peak(device), least=None))
    ledger_file().write_text("{broken", encoding="utf-8")
    folder = small_run(tmp_path, tiny_model, training__max_steps=1)
    assert train(folder) == 0
    assert any("it cannot be read" in event.what for event in events(folder, "WarningRaised"))
    assert len(read_ledger().measured) == 1


@pytest.mark.parametrize("fused", [False, True])
def test_that_states_that_stay_on_a_card_are_as_empty_as_new_ones(fused: bool) -> None:
    def optimizer() -> torch.optim.Optimizer:
        torch.manual_seed(0)
        return torch.optim.AdamW([torch.nn.Parameter(torch.randn(5, 3))], lr=0.1, fused=fused)

    def stepped(which: torch.optim.Optimizer) -> torch.Tensor:
        (parameter,) = which.param_groups[0]["params"]
        parameter.grad = torch.ones_like(parameter)
        which.step()
        return parameter.detach().clone()

    used, fresh = optimizer(), optimizer()
    (parameter,) = used.param_groups[0]["params"]
    before = parameter.detach().clone()
    for _ in range(3):
        stepped(used)
    places = [value.data_ptr() for value in used.state[parameter].values()]
    with torch.no_grad():
        parameter.copy_(before)
    probe.empty_state(used.state[parameter])
    assert [value.data_ptr() for value in used.state[parameter].values()] == places
    assert torch.equal(stepped(used), stepped(fresh))
