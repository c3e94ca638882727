"""`compare`: every method at equal parameters, each an ordinary run, nothing done twice, and a table at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli import compare_verb
from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder, list_runs
from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun
from tests.tiny import make_tiny_model

RECIPE = """\
name = "tiny"
seed = 7
[model]
source = "model"
[[tasks]]
name = "units"
train = "train.jsonl"
evaluate = "test.jsonl"
[method]
experts = 4
rank = 4
[training]
max_steps = 2
batch_size = 4
save_every = 1
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    make_tiny_model(folder / "model")
    for part, first in (("train", 100), ("test", 200)):
        lines = [{"prompt": f"{first + row} km in m?", "completion": f"{first + row}000 m"} for row in range(4)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
    file = folder / "recipe.toml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the worker by one that writes a run's events; the list holds the runs that it was given."""
    given: list[str] = []

    def train(folder: RunFolder) -> int:
        given.append(folder.recipe().name)
        method = folder.recipe().method.name
        steps = 30 + 10 * (folder.recipe().seed - 7)
        with FakeRun(folder.path.parent, tasks=("units",), method=method, folder=folder) as run:
            run.start().evaluate("before").train(steps).evaluate("after").end()
        return 0

    monkeypatch.setattr(compare_verb, "run_to_its_end", train)
    return given


def ends_with(outcome: str) -> Callable[[RunFolder], int]:
    def train(folder: RunFolder) -> int:
        problems = (Problem("data", "it is broken.", "Mend it."),) if outcome == "failed" else ()
        with FakeRun(folder.path.parent, tasks=("units",), method=folder.recipe().method.name, folder=folder) as run:
            run.start().train(1).end(outcome, problems)  # type: ignore[arg-type]
        return 2 if problems else 0

    return train


def test_that_each_method_runs_once_for_each_seed_at_equal_parameters(cli: CommandLine, recipe, runs, trained) -> None:
    said = cli("compare", recipe, "--methods", "mixlora,lora,moelora", "--seeds", "2", "--json")
    assert said.code == 0, said.err
    report = said.json
    assert [line["method"] for line in report["methods"]] == ["mixlora", "lora", "moelora"]
    assert [line["rank"] for line in report["methods"]] == [4, 11, 8]
    assert [[run["seed"] for run in line["runs"]] for line in report["methods"]] == [[7, 8]] * 3
    # Every method of one seed before the next seed: a comparison that is left early compares something.
    assert trained[:3] == ["tiny mixlora seed 7", "tiny lora seed 7", "tiny moelora seed 7"]
    assert {folder.recipe().training.max_steps for folder in list_runs(runs)} == {2}
    units = report["methods"][0]["tasks"]["units"]
    assert units["values"] == pytest.approx([0.45, 0.6])
    assert units["mean"] == pytest.approx(0.525)
    assert units["spread"] == pytest.approx(0.15 / 2**0.5)
    assert report["methods"][0]["seconds"] == pytest.approx(5.0 * 35)
    assert report["before"]["units"]["value"] == 0.0


def test_that_the_table_has_the_base_model_and_every_figure(cli: CommandLine, recipe, trained) -> None:
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "2")
    assert said.code == 0, said.err
    head, base, lora, dora, note = said.out.splitlines()
    assert head.split() == ["METHOD", "RANK", "PARAMETERS", "RUNS", "MEAN", "UNITS", "TIME", "PEAK"]
    assert base.startswith("(base)")
    assert "2 of 2" in lora
    assert "52.5 % ± 10.6" in lora
    assert "2 min 55 s" in lora
    assert dora.startswith("dora")
    assert "units 100" in note


def test_that_finished_runs_are_not_repeated(cli: CommandLine, recipe, runs, trained) -> None:
    cli("compare", recipe, "--methods", "lora", "--seeds", "1")
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "2", "--json")
    assert trained == ["tiny lora seed 7", "tiny dora seed 7", "tiny lora seed 8", "tiny dora seed 8"]
    assert "is done already" in said.err
    assert said.json["runs"] == "4 of 4"
    assert len(list_runs(runs)) == 4
    cli("compare", recipe, "--methods", "lora", "--seeds", "1", "--set", "training.learning_rate=0.1")
    assert len(trained) == 5  # another recipe, another run


def test_that_a_stopped_comparison_says_how_to_continue_and_does(
    cli: CommandLine, recipe, runs, trained, monkeypatch
) -> None:
    whole = compare_verb.run_to_its_end
    monkeypatch.setattr(compare_verb, "run_to_its_end", ends_with("stopped"))
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "1")
    assert "continues from here" in said.err
    assert "0 of 1" in said.out
    assert len(list_runs(runs)) == 1
    monkeypatch.setattr(compare_verb, "run_to_its_end", whole)
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "1", "--json")
    assert said.json["runs"] == "2 of 2"
    assert len(list_runs(runs)) == 2


def test_that_a_failed_run_is_reported_and_the_others_continue(cli: CommandLine, recipe, runs, monkeypatch) -> None:
    monkeypatch.setattr(compare_verb, "run_to_its_end", ends_with("failed"))
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "1")
    assert said.code == 2
    assert len(list_runs(runs)) == 2
    assert "No run has finished: 2 failed." in said.out


def test_that_finished_runs_without_held_out_rows_are_marked(cli: CommandLine, recipe, runs, monkeypatch) -> None:
    monkeypatch.setattr(compare_verb, "run_to_its_end", ends_with("finished"))
    said = cli("compare", recipe, "--methods", "lora,dora", "--seeds", "1")
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("No finished run has a score. Name held-out rows in tasks.evaluate")
    assert [line.split()[3:6] for line in said.out.splitlines()[1:3]] == [["1", "of", "1"]] * 2
    assert all(line.split()[-3] != "–" for line in said.out.splitlines()[1:3])


def test_that_what_no_method_can_do_is_said_before_anything_trains(cli: CommandLine, recipe, runs, trained) -> None:
    said = cli("compare", recipe, "--methods", "lora,moelora", "--set", "method.top_k=1")
    assert said.code == 2
    assert "moelora: method.top_k" in said.err
    said = cli("compare", recipe, "--methods", "lora,qlora")
    assert said.code == 2
    assert "'qlora'" in said.err
    said = cli("compare", recipe, "--methods", "moelora", "--same-rank")
    assert said.code == 2
    assert "multiple of 4" in said.err
    assert trained == []
    assert list_runs(runs) == []


def test_that_a_plan_can_be_of_another_method_at_equal_parameters(cli: CommandLine, recipe) -> None:
    own = cli("plan", recipe, "--json").json
    other = cli("plan", recipe, "--match-parameters", "lora", "--json").json
    assert other["plan"]["recipe"]["method"]["name"] == "lora"
    assert other["plan"]["recipe"]["method"]["rank"] == 11
    assert other["trainable_parameters"] == pytest.approx(own["trainable_parameters"], rel=0.05)
    assert cli("plan", recipe, "--match-parameters", "lora,dora").code == 2
