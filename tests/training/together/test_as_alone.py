"""Runs that are trained together are what each would be alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file

from studio.core.run.event_text import event_text
from studio.core.state.run_state import read_state
from studio.training import run_evaluation
from tests.training.small_run import curves, events, train
from tests.training.together.together_runs import CONTRASTIVE, MIXED, ROUTED, in_float64, made, together

WITHIN = 1e-12
"""Of curves relatively, and of weights: float64 rounds by 1e-16, and 20 steps of Adam hand on some ten times that."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path):
    """Four methods, ranks, seeds, batches and lengths of training, together and each alone, in float64."""
    folder = tmp_path_factory.mktemp("both")
    changes = [own | {"training__max_steps": 20 - number} for number, own in enumerate(MIXED)]
    with pytest.MonkeyPatch.context() as patch, in_float64(patch):
        group = made(folder, tiny_model, changes, training__evaluate_every=7)
        assert together(group) == [0] * len(group)
        single = made(folder, tiny_model, changes, training__evaluate_every=7)
        assert [train(each) for each in single] == [0] * len(single)
    return list(zip(group, single, strict=True))


def test_that_every_curve_of_every_step_is_the_one_alone(both) -> None:
    for mine, alone in both:
        found, wanted = curves(mine), curves(alone)
        assert found.keys() == wanted.keys()
        assert {step for step, name in found if name == "loss"} == set(range(1, len(events(alone, "StepEnded")) + 1))
        apart = {key: abs(found[key] - value) / max(1.0, abs(value)) for key, value in wanted.items()}
        assert max(apart.values()) <= WITHIN, max(apart, key=apart.get)


def test_that_the_weights_in_the_end_are_those_alone(both) -> None:
    for mine, alone in both:
        found, wanted = (load_file(run.adapter / "adapter_model.safetensors") for run in (mine, alone))
        assert found.keys() == wanted.keys()
        assert max(float((found[name] - wanted[name]).abs().max()) for name in wanted) <= WITHIN


def test_that_loads_and_scores_are_the_ones_alone(both) -> None:
    for mine, alone in both:
        with mine.reader() as reader, alone.reader() as other:
            loads, wanted = (
                {(load.step, load.task): load.counts.tolist() for load in each.loads()} for each in (reader, other)
            )
        assert loads == wanted
        scores, expected = (
            [(event.step, event.when, event.tasks) for event in events(run, "EvaluationEnded")] for run in (mine, alone)
        )
        assert [each[:2] for each in scores] == [each[:2] for each in expected]
        assert [{n: s.value for n, s in each[2].items()} for each in scores] == [
            {n: s.value for n, s in each[2].items()} for each in expected
        ]


def test_that_each_run_is_finished_in_its_own_folder(both) -> None:
    for mine, _ in both:
        assert read_state(mine).state == "finished"
        assert list(mine.checkpoints.iterdir())


def test_that_the_base_is_scored_once_for_all_that_ask_the_same_and_each_run_says_whose_score_it_has(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    score = run_evaluation.evaluate

    def counting(model, tokenizer, tasks, **options):
        if options["within"] is not None:  # only the score before training has so little time
            asked.append(id(model))
        return score(model, tokenizer, tasks, **options)

    monkeypatch.setattr(run_evaluation, "evaluate", counting)
    shorter = ROUTED | {"training__max_length": 48}  # rows may be cut, and so are others
    group = made(tmp_path, tiny_model, [ROUTED, ROUTED | {"seed": 8}, CONTRASTIVE, shorter], training__max_steps=2)
    assert together(group) == [0, 0, 0, 0]
    assert len(asked) == 2
    before = [next(event for event in events(run, "EvaluationEnded") if event.when == "before") for run in group]
    assert [event.scored_by for event in before] == ["", group[0].id, group[0].id, ""]
    assert before[0].tasks == before[1].tasks == before[2].tasks
    assert group[0].id in event_text(before[1]).brief
    assert event_text(before[1]).full[-1].endswith(f"by {group[0].id}.")
    with group[1].reader() as reader:
        points = {point.name for point in reader.scalars() if point.step == 0}
    assert "eval/ask/score" in points
    after = [next(event for event in events(run, "EvaluationEnded") if event.when == "after") for run in group]
    assert all(event.tasks["ask"].base is not None for event in after), "each is compared with the base"
