"""What a sweep found: means and standard errors by setting, the best of them, and how sure that is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.core.recipe.sweep import Member
from studio.core.run.run_folder import create_run
from studio.core.run.run_group import GROUP, RunGroup, read_group
from studio.core.state.comparison import RunResult, read_result
from studio.core.state.sweep_result import best_of, by_setting
from studio.core.state.sweep_runs import runs_of_sweep
from tests.core.recipe.test_sweep_file import sweep_of
from tests.fake_run import FakeRun


def result(runs: Path, steps: int, outcome: str = "finished") -> RunResult:
    """A run that ended after `steps` of 60, which decide its score: 0.9 x steps / 60."""
    with FakeRun(runs, name=f"run of {steps}", method="lora") as run:
        run.start().train(steps).evaluate("after").end(outcome)  # type: ignore[arg-type]
        return read_result(run.folder)


def swept(runs: Path, *steps_by_rank: tuple[int, ...]) -> list[tuple[dict[str, Any], RunResult]]:
    return [
        ({"method.rank": 2**rank, "seed": seed}, result(runs, steps))
        for rank, seeds in enumerate(steps_by_rank)
        for seed, steps in enumerate(seeds)
    ]


def test_that_seeds_are_averaged_by_setting_with_the_standard_error_of_the_mean(tmp_path: Path) -> None:
    low, high = by_setting(swept(tmp_path, (10, 20), (40, 50)))
    assert (low.values, high.values) == ({"method.rank": 1}, {"method.rank": 2})
    assert high.merit is not None
    assert high.merit.values == pytest.approx([0.6, 0.75])
    # The deviation of two values is their distance over the root of 2; the error of their mean that over the root of 2.
    assert high.merit.error == pytest.approx(0.075)
    best = best_of([low, high])
    assert best is not None
    assert (best.setting, best.next) == (high, low)
    assert best.run.scores["units"].value == pytest.approx(0.75)
    assert best.is_clear


def test_that_a_lead_within_the_errors_is_not_clear_and_single_runs_tell_nothing(tmp_path: Path) -> None:
    close = best_of(by_setting(swept(tmp_path, (10, 50), (12, 52))))
    assert close is not None
    assert close.is_clear is False
    alone = best_of(by_setting(swept(tmp_path, (10,), (40,))))
    assert alone is not None
    assert alone.is_clear is None


def test_that_of_equal_scores_the_lower_loss_is_better(tmp_path: Path) -> None:
    results = swept(tmp_path, (30,), (30,))
    lower = {name: score.model_copy(update={"loss": 0.1}) for name, score in results[1][1].scores.items()}
    best = best_of(by_setting([results[0], (results[1][0], replace(results[1][1], scores=lower))]))
    assert best is not None
    assert best.setting.values == {"method.rank": 2}


def test_that_a_run_that_did_not_finish_is_not_the_best(tmp_path: Path) -> None:
    results = [({"seed": 1}, result(tmp_path, 50, "stopped")), ({"seed": 2}, result(tmp_path, 20))]
    best = best_of(by_setting(results))
    assert best is not None
    assert best.run.scores["units"].value == pytest.approx(0.3)
    assert best_of(by_setting([({"seed": 1}, result(tmp_path, 50, "stopped"))])) is None


def test_that_a_sweep_finds_its_runs_again_and_makes_the_missing_ones_in_the_same_group(tmp_path: Path) -> None:
    sweep = sweep_of("seed = [1, 2]", folder=tmp_path)
    first = runs_of_sweep(sweep, tmp_path / "runs")
    more = sweep_of("seed = [1, 2, 3]", folder=tmp_path)
    again = runs_of_sweep(more, tmp_path / "runs")
    assert [each.folder for each in again[:2]] == [each.folder for each in first]
    assert [each.was for each in again] == ["waiting", "waiting", None]
    groups = [read_group(each.folder.path) for each in again]
    assert len({group.id for group in groups if group is not None}) == 1
    assert [dict(group.values) for group in groups if group is not None] == [{"seed": 1}, {"seed": 2}, {"seed": 3}]
    # Another sweep of the same name is told apart.
    other = runs_of_sweep(sweep_of("method.rank = [4]", folder=tmp_path), tmp_path / "runs")
    group = read_group(other[0].folder.path)
    assert group is not None
    assert group.name == "three tasks (2)"


def test_that_a_run_that_failed_is_made_again(tmp_path: Path) -> None:
    sweep = sweep_of("seed = [1]", folder=tmp_path)
    (first,) = runs_of_sweep(sweep, tmp_path / "runs")
    with FakeRun(tmp_path, folder=first.folder) as run:
        run.start().train(1).end("failed")
    (second,) = runs_of_sweep(sweep, tmp_path / "runs")
    assert second.folder != first.folder
    assert second.was is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"id": 3, "name": "a", "values": {}}',
        '{"id": "a", "name": "", "values": {}}',
        '{"id": "a", "name": "b", "values": [1]}',
        '{"id": "a", "name": "b", "values": ' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_that_a_group_file_that_no_sweep_wrote_leaves_a_run_on_its_own(text: str, tmp_path: Path) -> None:
    member: Member = sweep_of("seed = [1]", folder=tmp_path).members[0]
    folder = create_run(member.recipe, tmp_path / "runs", group=RunGroup("a", "b", member.values))
    assert read_group(folder.path) == RunGroup("a", "b", {"seed": 1})
    (folder.path / GROUP).write_text(text, encoding="utf-8")
    assert read_group(folder.path) is None


def test_that_a_groups_file_is_plain_json(tmp_path: Path) -> None:
    (run,) = runs_of_sweep(sweep_of("seed = [1]", folder=tmp_path), tmp_path / "runs")
    assert set(json.loads((run.folder.path / GROUP).read_text(encoding="utf-8"))) == {"id", "name", "values"}
