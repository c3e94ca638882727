"""`sweep` with proposals: Optuna is asked for some settings at once, told what they gave, and goes on after a kill."""

from __future__ import annotations

import importlib.util
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from studio.cli import proposer
from studio.cli.proposed_sweep import train_proposed
from studio.core.recipe.sweep_file import load_sweep
from studio.core.recipe.sweep_space import ProposedSweep
from studio.core.run.events import EvaluationEnded, RunEnded, TaskScore
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import list_runs
from studio.core.run.run_group import read_group
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.cli.test_sweep import light, recipe, values_of  # noqa: F401 - fixtures

PROPOSED = (
    "--set", "sweep.propose=5",
    "--set", "sweep.at_once=2",
    "--set", "sweep.seed=[1]",
    "--set", "sweep.training.learning_rate={low=1e-5, high=1e-3, log=true}",
)  # fmt: skip


def wanted(recipe: Path) -> ProposedSweep:  # noqa: F811
    found = load_sweep(recipe, PROPOSED[1::2])
    assert isinstance(found, ProposedSweep)
    return found


def test_that_settings_follow_from_what_the_earlier_gave_and_an_interrupted_sweep_goes_on_as_if_unbroken(
    cli: CommandLine,
    recipe: Path,  # noqa: F811
    runs: Path,
    light: None,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("optuna", reason="the extra `propose` is not installed")
    asked: list[tuple[int, int]] = []
    ask = proposer.propose

    def noted(sweep, told, count):
        asked.append((len(told), count))
        return ask(sweep, told, count)

    monkeypatch.setattr("studio.cli.proposed_sweep.propose", noted)
    said = cli("sweep", recipe, "--in-turn", "--json", *PROPOSED)
    assert said.code == 0, said.err
    assert asked == [(0, 2), (0, 2), (2, 2), (4, 1)], "two at once, told together, and the last alone"
    rates = [float(each["values"]["training.learning_rate"]) for each in said.json["runs"]]
    assert len(set(rates)) == 5
    assert all(1e-5 <= rate <= 1e-3 for rate in rates)
    assert said.json["best"]["values"]["training.learning_rate"] == max(rates), "the light worker's score is the rate"
    groups = {group.id for folder in list_runs(runs) if (group := read_group(folder.path)) is not None}
    assert len(groups) == 1
    assert "Tried 5 of 5 settings; the best so far is learning rate" in said.err

    # Given again it trains nothing; what is missing, as after a kill, it proposes and trains again.
    last = next(folder for folder in list_runs(runs) if values_of(folder)["training.learning_rate"] == rates[-1])
    assert cli("delete", last.id).code == 0
    again = cli("sweep", recipe, "--in-turn", "--json", *PROPOSED)
    assert [each["values"] for each in again.json["runs"]] == [each["values"] for each in said.json["runs"]]
    kept = [each["id"] for each in again.json["runs"]]
    assert kept[:4] == [each["id"] for each in said.json["runs"]][:4]
    assert len(list_runs(runs)) == 5


def test_that_the_same_tries_are_followed_by_the_same_proposals_and_better_ones_by_better(recipe: Path) -> None:  # noqa: F811
    pytest.importorskip("optuna", reason="the extra `propose` is not installed")
    sweep = wanted(recipe)
    told: list[proposer.Told] = []
    while len(told) < 24:
        for chosen in proposer.propose(sweep, told, 3):
            away = abs(math.log10(chosen["training.learning_rate"]) + 4)
            told.append((chosen, None if away > 0.9 else -away))  # the best rate is 1e-4, and far from it runs fail
    assert proposer.propose(sweep, told[:12], 3) == [chosen for chosen, _ in told[12:15]]
    early, late = (fmean(-1.0 if merit is None else merit for _, merit in part) for part in (told[:12], told[12:]))
    assert late > early


class Study:
    """Proposes these settings, in order, and trains runs whose score is their rate, but for those that fail."""

    def __init__(self, settings: list[tuple[float, int]], fails: set[float]) -> None:
        self.settings, self.fails = settings, fails
        self.told: list[list[float | None]] = []
        self.trained: list[float] = []

    def propose(self, sweep, known, count):
        self.told.append([merit for _, merit in known])
        # What follows depends on what was told, as Optuna's proposals do.
        shift = sum(merit is None for _, merit in known) * 1e-6
        asked = self.settings[len(known) : len(known) + count]
        return [{"training.learning_rate": rate + shift, "method.experts": experts} for rate, experts in asked]

    def train(self, sweep, members):
        code = 0
        for each in members:
            rate = each.member.recipe.training.learning_rate
            self.trained.append(rate)
            score = TaskScore(metric="exact-match", value=1000 * rate, stderr=0.03, rows=10, loss=1.0)
            with RunWriter(each.folder.db) as writer:
                writer.write(EvaluationEnded(step=2, when="after", tasks={"units": score}, seconds=0.1))
                fails = rate in self.fails
                outcome: Any = "failed" if fails else "finished"
                writer.write(RunEnded(outcome=outcome, reason="It ended.", step=2, exit_code=int(fails)))
            code = code or int(fails)
        return code

    def sweep(self, recipe: Path, runs: Path, tries: int = 4) -> tuple[list[str], int]:  # noqa: F811
        """Give the command once; returns the states of its runs, and the exit code."""
        space = "sweep.training.learning_rate={low = 1e-5, high = 1e-3, log = true}"
        options = [f"sweep.propose={tries}", "sweep.at_once=3", "sweep.seed=[1]", space, "sweep.method.experts=[2, 4]"]
        sweep = load_sweep(recipe, options)
        assert isinstance(sweep, ProposedSweep)
        _, members, code = train_proposed(sweep, runs, self.train)
        return [read_state(each.folder).state for each in members], code


StudyWhere = Callable[[set[float]], Study]


@pytest.fixture
def study_where(monkeypatch: pytest.MonkeyPatch) -> StudyWhere:
    """A study in Optuna's place, in which runs of these learning rates fail."""

    def made(fails: set[float]) -> Study:
        study = Study(SETTINGS, fails)
        monkeypatch.setattr("studio.cli.proposed_sweep.propose", study.propose)
        return study

    return made


# "lora" has no experts: the first two train the same
SETTINGS = [(1e-4, 2), (1e-4, 4), (2e-4, 2), (3e-4, 2), (4e-4, 2), (5e-4, 2)]


def test_that_a_run_that_fails_does_not_keep_later_proposals_from_training(
    tmp_path: Path,
    recipe: Path,  # noqa: F811
    study_where: StudyWhere,
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = study_where({2e-4})
    states, code = study.sweep(recipe, tmp_path / "runs")
    assert code == 1
    assert study.told == [[], pytest.approx([0.1, 0.1, None])]
    assert states == ["finished", "failed", "finished"]
    assert "The same command makes them again" in capsys.readouterr().err


def test_that_a_failed_run_of_proposals_is_made_again_by_the_same_command_and_changes_none_that_followed(
    tmp_path: Path,
    recipe: Path,  # noqa: F811
    study_where: StudyWhere,
) -> None:
    study, runs = study_where({2e-4}), tmp_path / "runs"
    study.sweep(recipe, runs)
    assert study.trained == pytest.approx([1e-4, 2e-4, 3e-4 + 1e-6], abs=1e-12)

    # Whatever it failed for is mended: it is made again, alone, and what was proposed after it stays.
    study.fails, study.trained = set(), []
    assert study.sweep(recipe, runs) == (["finished"] * 3, 0)
    assert study.trained == [2e-4]
    assert len(list_runs(runs)) == 4
    study.trained = []
    assert study.sweep(recipe, runs) == (["finished"] * 3, 0)
    assert study.trained == []

    # What is proposed from now on follows from what the run gave.
    study.told = []
    assert study.sweep(recipe, runs, tries=6) == (["finished"] * 5, 0)
    assert study.trained == pytest.approx([4e-4 + 1e-6, 5e-4 + 1e-6], abs=1e-12), "proposed beside the fourth"
    assert len(list_runs(runs)) == 6


def test_that_failed_runs_may_be_deleted_once_they_are_made_again(
    tmp_path: Path,
    recipe: Path,  # noqa: F811
    study_where: StudyWhere,
) -> None:
    study, runs = study_where({2e-4, 3e-4 + 1e-6}), tmp_path / "runs"
    study.sweep(recipe, runs)
    failed = [folder for folder in list_runs(runs) if read_state(folder).state == "failed"]
    study.fails = set()
    assert study.sweep(recipe, runs) == (["finished"] * 3, 0)
    assert len(failed) == 2
    for folder in failed:
        shutil.rmtree(folder.path)
    study.trained = []
    assert study.sweep(recipe, runs) == (["finished"] * 3, 0)
    assert study.trained == []


def test_that_a_failed_run_that_was_resumed_changes_none_that_followed(
    tmp_path: Path,
    recipe: Path,  # noqa: F811
    study_where: StudyWhere,
) -> None:
    study, runs = study_where({2e-4}), tmp_path / "runs"
    study.sweep(recipe, runs)
    (failed,) = (folder for folder in list_runs(runs) if read_state(folder).state == "failed")
    with RunWriter(failed.db) as writer:
        writer.write(RunEnded(outcome="finished", reason="It ended.", step=2, exit_code=0))
    study.trained = []
    assert study.sweep(recipe, runs) == (["finished"] * 3, 0)
    assert study.trained == []


def test_that_without_optuna_the_remedy_is_said_before_anything_is_made(
    cli: CommandLine,
    recipe: Path,  # noqa: F811
    runs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "optuna" else find(name, *a))
    said = cli("sweep", recipe, *PROPOSED)
    assert said.code == 2
    assert "mixlora-studio[propose]" in said.err
    assert list_runs(runs) == []


def test_that_proposals_cannot_be_queued(cli: CommandLine, recipe: Path, runs: Path) -> None:  # noqa: F811
    said = cli("sweep", recipe, "--queue", *PROPOSED)
    assert said.code == 2
    assert "cannot all be queued" in said.err
