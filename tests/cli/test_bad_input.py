"""Bad input through the command line: each is a Problem with a remedy and exit code 2, and stdout stays empty."""

from __future__ import annotations

import io
import sqlite3
import sys
from pathlib import Path

import pytest

from studio.core.recipe.base_name import BaseName
from studio.core.recipe.recipe import ModelTable
from studio.models.adapter_source import AdapterSource
from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun, make_fake_run

RECIPE = """name = "bad"
[model]
source = "nowhere"
[[tasks]]
name = "units"
train = "units.jsonl"
[training]
max_steps = 2
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_steps", "max_stepz", "line 8: training.max_stepz: there is no field"),
        ("max_steps = 2", 'max_steps = "2"', "line 8: training.max_steps: '2' is not a whole number"),
        ("[model]\nsource", "model", "line 2: model: 'nowhere' is not a table"),
        ("[training]", "[training", "this is not TOML"),
        ("", "", "model.source: nowhere does not exist"),
    ],
)
def test_that_an_invalid_recipe_is_reported_with_place_and_remedy(
    old: str, new: str, said: str, cli: CommandLine, tmp_path: Path
) -> None:
    recipe = tmp_path / "Rezept mit Ümlaut.toml"
    recipe.write_text(RECIPE.replace(old, new), encoding="utf-8")
    answer = cli("plan", recipe, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "Remedy: " in answer.err


def test_that_a_runs_folder_that_cannot_be_made_is_a_problem(cli: CommandLine, runs: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    (tmp_path / "units.jsonl").touch()
    runs.write_text("a file stands where the runs should lie", encoding="utf-8")
    answer = cli("train", recipe, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "a run folder cannot be created here" in answer.err


@pytest.mark.parametrize("harm", ["page", "event"])
@pytest.mark.parametrize("verb", ["show", "stop", "pause", "resume"])
def test_that_a_damage_within_run_db_is_a_problem_and_not_our_fault(
    harm: str, verb: str, cli: CommandLine, runs: Path
) -> None:
    folder = make_fake_run(runs, steps=3)
    with FakeRun(runs):  # a sound run beside it
        pass
    connection = sqlite3.connect(folder.db)
    connection.execute("UPDATE events SET body = '{}'")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    if harm == "page":
        content = folder.db.read_bytes()
        folder.db.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    answer = cli(verb, folder.id, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert f"{folder.db}: the database cannot be read" in answer.err
    assert "Remedy: Restore the folder" in answer.err
    listed = {run["id"]: run["state"] for run in cli("runs", "--json").json["runs"]}
    assert len(listed) == 2
    assert listed[folder.id] == "unreadable"


def test_that_a_missing_run_where_there_is_none_yet_comes_with_how_to_start_one(cli: CommandLine, runs: Path) -> None:
    said = cli("show", "last", "--json")
    assert (said.code, said.out) == (2, "")
    assert f"{runs} has no runs yet" in said.err
    assert "mixlora-studio train" in said.err


def test_that_a_part_of_an_id_that_several_runs_have_names_them(cli: CommandLine, runs: Path) -> None:
    ids = {make_fake_run(runs, steps=1).id, make_fake_run(runs, steps=1).id}
    said = cli("show", "-")
    assert said.code == 2
    assert all(each in said.err for each in ids)


@pytest.mark.parametrize("what", ["base", "adapter"])
def test_that_what_has_no_recipe_of_its_own_is_not_scored_on_a_guess(
    what: str, cli: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}", encoding="utf-8")
    said = cli("evaluate", what if what == "base" else tmp_path / what)
    assert (said.code, said.out) == (2, "")
    assert "--tasks: it is missing, so there are no tasks to score." in said.err


def test_that_a_missing_data_file_is_reported_before_there_is_a_run(
    cli: CommandLine, runs: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.replace("nowhere", "demo"), encoding="utf-8")
    for verb in ("train", "compare"):
        said = cli(verb, recipe)
        assert (said.code, said.out) == (2, "")
        assert f"tasks.units.train = {tmp_path / 'units.jsonl'}: there is no such file." in said.err
    assert not runs.exists()


def test_that_a_prompt_that_is_not_utf8_is_a_problem_and_not_our_fault(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "studio.evaluation.chat.speaker.find_trained",
        lambda *named: AdapterSource(tmp_path, *named[:1], {}, ModelTable(), BaseName("demo")),
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Größe\n".encode("cp1252")), encoding="cp1252"))
    answer = cli("chat", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "standard input: it is not UTF-8 text." in answer.err
