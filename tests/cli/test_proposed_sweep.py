"""`sweep` with proposals: Optuna is asked for some settings at once, told what they gave, and goes on after a kill."""

from __future__ import annotations

import importlib.util
import math
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


def test_that_a_run_that_fails_does_not_keep_later_proposals_from_training(
    tmp_path: Path,
    recipe: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = [(1e-4, 2), (1e-4, 4), (2e-4, 2), (3e-4, 2)]  # "lora" has no experts: the first two train the same
    told: list[list[float | None]] = []

    def propose(sweep, known, count):
        told.append([merit for _, merit in known])
        asked = settings[len(known) : len(known) + count]
        return [{"training.learning_rate": rate, "method.experts": experts} for rate, experts in asked]

    def train(sweep, members):
        code = 0
        for each in members:
            rate = each.member.recipe.training.learning_rate
            score = TaskScore(metric="exact-match", value=1000 * rate, stderr=0.03, rows=10, loss=1.0)
            with RunWriter(each.folder.db) as writer:
                writer.write(EvaluationEnded(step=2, when="after", tasks={"units": score}, seconds=0.1))
                fails = rate == 2e-4
                outcome: Any = "failed" if fails else "finished"
                writer.write(RunEnded(outcome=outcome, reason="It ended.", step=2, exit_code=int(fails)))
            code = code or int(fails)
        return code

    monkeypatch.setattr("studio.cli.proposed_sweep.propose", propose)
    space = "{low = 1e-5, high = 1e-3, log = true}"
    sweep = load_sweep(
        recipe,
        [
            "sweep.propose=4",
            "sweep.at_once=3",
            "sweep.seed=[1]",
            f"sweep.training.learning_rate={space}",
            "sweep.method.experts=[2, 4]",
        ],
    )
    assert isinstance(sweep, ProposedSweep)
    _, members, code = train_proposed(sweep, tmp_path / "runs", train)
    assert code == 1
    assert told == [[], pytest.approx([0.1, 0.1, None])]
    assert [read_state(each.folder).state for each in members] == ["finished", "failed", "finished"]


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
