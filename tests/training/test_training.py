"""A whole run: what it leaves in its folder, for each method."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from studio.core.run.commands import EvaluateNow, Pause, SampleNow, Stop
from studio.core.run.events import PlanMeasured, StepEnded
from studio.core.run.run_db import send_command
from studio.core.run.run_rows import answer_loads_of, together_of
from studio.core.state.run_state import read_state
from studio.data.chat_text import ChatText
from studio.data.conversation import Turn
from studio.data.template import TemplateRefusedError
from studio.training import run_evaluation
from studio.training.recorder import Recorder
from tests.training.small_run import curve, events, small_run, train


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path):
    """A run that went to its end; tests only read it."""
    folder = small_run(tmp_path_factory.mktemp("finished"), tiny_model)
    assert train(folder) == 0
    return folder


def test_that_a_finished_run_says_so_and_counts_what_it_saved(finished) -> None:
    state = read_state(finished)
    assert state.state == "finished"
    assert "8 experts and 2 routers" in state.reason
    saved = load_file(finished.adapter / "adapter_model.safetensors")
    assert sum("router" in name for name in saved) == 2


def test_that_every_step_has_its_event_its_curves_and_its_loads(finished) -> None:
    steps = [event.step for event in events(finished, "StepEnded")]
    assert steps == [1, 2, 3, 4, 5, 6]
    for name in ("loss", "learning_rate", "grad_norm", "tokens_per_second", "memory_bytes", "balance_loss"):
        points = curve(finished, name)
        assert list(points) == steps
        assert all(math.isfinite(value) for value in points.values())
    with finished.reader() as reader:
        loads = {(load.step, load.task): load.counts for load in reader.loads()}
    ended = {event.step: event for event in events(finished, "StepEnded")}
    for step in steps:
        whole = loads[step, ""]
        assert whole.shape == (2, 4)
        # Every token of the batch takes two slots in each layer.
        assert whole.sum(axis=1).tolist() == [2 * ended[step].tokens] * 2
        parts = [counts for (at, task), counts in loads.items() if at == step and task]
        assert (sum(parts) == whole).all()


def test_that_answer_tokens_are_counted_apart_and_pairs_of_experts_now_and_then(finished) -> None:
    with closing(sqlite3.connect(finished.db)) as connection:
        rows = connection.execute("SELECT id, step, task, layers, experts, counts FROM answer_loads").fetchall()
        ((step, *pairs),) = connection.execute("SELECT step, layers, experts, counts FROM together").fetchall()
    answers = [answer_loads_of(row) for row in rows]
    with finished.reader() as reader:
        loads = {(load.step, load.task): load.counts for load in reader.loads()}
    assert {each.step for each in answers} == set(range(1, 7))
    for each in answers:
        assert (each.counts <= loads[each.step, each.task]).all()
        # The same positions in every layer, in two slots each: those that the loss is over.
        assert len(set(each.counts.sum(axis=1))) == 1
    assert step == 1, "the pairs of the first of ten steps"
    together = together_of((step, *pairs))
    own = together.diagonal(axis1=1, axis2=2)
    assert (own == loads[1, ""]).all()
    assert (together.sum(axis=2) == 2 * own).all(), "every token has one other expert besides"


def test_that_the_curve_falls_and_tasks_are_scored_before_and_after(finished) -> None:
    losses = curve(finished)
    assert losses[6] < losses[1]
    scored = events(finished, "EvaluationEnded")
    assert [(event.step, event.when) for event in scored] == [(0, "before"), (6, "after")]
    assert all(event.tasks["ask"].rows == 2 for event in scored)
    assert {event.task for event in events(finished, "SampleMade")} == {"ask", "tell"}
    assert set(curve(finished, "eval/ask/loss")) == {0, 6}


def test_that_each_tasks_loss_averages_to_the_whole(finished) -> None:
    whole, ask, tell = curve(finished), curve(finished, "task/ask/loss"), curve(finished, "task/tell/loss")
    for step, loss in whole.items():
        parts = [points[step] for points in (ask, tell) if step in points]
        assert min(parts) - 1e-6 <= loss <= max(parts) + 1e-6


def test_that_the_measured_peak_stands_beside_the_predicted_one(finished) -> None:
    (measured, *_) = [event for event in events(finished, "PlanMeasured") if isinstance(event, PlanMeasured)]
    assert measured.measured_peak_bytes > 100 * 2**20
    # What the system cannot be asked for (its own share of a card) is in the items only.
    assert 0 < measured.predicted_peak_bytes <= sum(measured.items.values())


def test_that_provenance_names_versions_hashes_and_the_plan(finished) -> None:
    found = finished.provenance()
    assert found["packages"]["torch"] == torch.__version__.split("+")[0] or found["packages"]["torch"]
    assert found["seed"] == 42
    assert len(found["data"]) == 4
    assert all(len(digest) == 64 for digest in found["data"].values())
    assert found["model"]["revision"].startswith("sha256:")
    assert found["plan"]["peak_bytes"] > 0


def test_that_the_adapter_reloads_with_peft_and_answers_differently_from_the_base(finished, tiny_model: Path) -> None:
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    ids = torch.arange(1, 12)[None]
    with torch.no_grad():
        plain = base(input_ids=ids).logits
        tuned = PeftModel.from_pretrained(base, finished.adapter).eval()(input_ids=ids).logits
    assert (plain - tuned).abs().max() > 1e-3


def test_that_no_pickle_lies_in_a_runs_folder(finished) -> None:
    suffixes = {file.suffix for file in finished.path.rglob("*") if file.is_file()}
    assert not suffixes & {".pt", ".pth", ".bin", ".pkl"}


def test_that_a_finished_run_is_not_trained_again(finished) -> None:
    before = len(events(finished))
    assert train(finished) == 2
    assert len(events(finished)) == before
    assert read_state(finished).state == "finished"


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_that_a_method_without_experts_trains_the_same_way(method: str, tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, method__name=method, training__max_steps=2)
    assert train(folder) == 0
    (ready,) = events(folder, "ModelReady")
    assert ready.layers == ()
    with folder.reader() as reader:
        assert reader.loads() == []
    assert set(curve(folder)) == {1, 2}
    assert not curve(folder, "balance_loss")


def test_that_recomputed_activations_give_the_same_numbers(tmp_path: Path, tiny_model: Path) -> None:
    found = []
    for recompute in (False, True):
        folder = small_run(tmp_path, tiny_model, training__checkpointing=recompute, training__max_steps=3)
        assert train(folder) == 0
        with folder.reader() as reader:
            found.append((curve(folder), [load.counts.tolist() for load in reader.loads()]))
    assert found[1] == (pytest.approx(found[0][0], rel=1e-6), found[0][1])


def _asking(monkeypatch: pytest.MonkeyPatch, folder, at: int, *commands) -> None:
    """Send commands when step `at` is recorded, as a person would in the middle of a run."""
    original = Recorder.step

    def step(self: Recorder, ended: StepEnded, *rest: object, **more: object) -> None:
        original(self, ended, *rest, **more)  # type: ignore[arg-type]
        if ended.step == at:
            for command in commands:
                send_command(folder.db, command)

    monkeypatch.setattr(Recorder, "step", step)


def test_that_stop_leaves_a_checkpoint_and_an_adapter(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    _asking(monkeypatch, folder, 3, Stop())
    assert train(folder) == 0
    state = read_state(folder)
    assert (state.state, state.step) == ("stopped", 3)
    assert "resuming continues from step 3" in state.reason
    assert (folder.adapter / "adapter_model.safetensors").is_file()
    assert (folder.checkpoints / "step-000003").is_dir()


def test_that_pause_leaves_a_checkpoint_and_says_paused(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    _asking(monkeypatch, folder, 3, Pause())
    assert train(folder) == 0
    assert read_state(folder).state == "paused"
    (paused,) = events(folder, "RunPaused")
    assert (folder.path / paused.checkpoint).is_dir()


def test_that_what_is_asked_for_now_is_done_after_the_step(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=4)
    ids = run_evaluation.prompt_ids

    def refusing(turns: Sequence[Turn], chat: ChatText) -> list[int]:
        if turns[0].content == "never":
            raise TemplateRefusedError("the model's chat template rejects this conversation: no.")
        return ids(turns, chat)

    monkeypatch.setattr(run_evaluation, "prompt_ids", refusing)
    asked = [EvaluateNow(), SampleNow(prompt="never"), SampleNow(), SampleNow(prompt="one two")]
    _asking(monkeypatch, folder, 1, *asked)
    assert train(folder) == 0
    (said,) = [event for event in events(folder, "WarningRaised") if event.where == "sample"]
    assert said.what.startswith("a prompt cannot be asked: the model's chat template rejects")
    assert (1, "during") in [(event.step, event.when) for event in events(folder, "EvaluationEnded")]
    typed = [event for event in events(folder, "SampleMade") if event.prompt == "one two"]
    assert [event.step for event in typed] == [1]


def test_that_only_the_newest_checkpoints_are_kept(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, training__save_every=1, training__keep=2)
    assert train(folder) == 0
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == ["step-000005", "step-000006"]


def test_that_a_card_that_is_not_there_is_a_problem(tmp_path: Path, tiny_model: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    folder = small_run(tmp_path, tiny_model, machine__device="cuda")
    assert train(folder) == 2
    (ended,) = events(folder, "RunEnded")
    assert ended.outcome == "failed"
    assert ended.problems[0].remedy
