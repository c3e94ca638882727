from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun, make_fake_run


def test_that_a_run_is_renamed_and_noted_and_every_verb_says_so(cli: CommandLine, runs: Path) -> None:
    folder = make_fake_run(runs, steps=2)
    assert cli("rename", "last", "Übung 2", "--json").json == {"id": folder.id, "name": "Übung 2", "note": ""}
    assert cli("note", "last", "more experts", "--json").json["note"] == "more experts"
    assert "more experts" in cli("note", "last").out
    shown = cli("show", "last", "--json").json
    assert (shown["name"], shown["note"]) == ("Übung 2", "more experts")
    assert cli("runs", "--json").json["runs"][0]["name"] == "Übung 2"
    assert cli("rename", "last", "x" * 100).code == 2


def test_that_a_run_goes_to_the_trash_and_comes_back(cli: CommandLine, runs: Path) -> None:
    folder = make_fake_run(runs, steps=2)
    assert cli("delete", "last", "--json").json["deleted"]["id"] == folder.id
    assert cli("runs", "--json").json == {"runs": []}
    (there,) = cli("trash", "--json").json["trash"]
    assert there["id"] == folder.id
    assert there["bytes"] > 0
    assert cli("trash", "restore", "nothing").code == 2
    assert cli("trash", "restore", "last", "--json").json["restored"]["folder"] == str(folder.path)
    assert [run["id"] for run in cli("runs", "--json").json["runs"]] == [folder.id]
    assert cli("delete", "last").code == 0
    assert cli("trash", "empty", "--json").json == {"trash": []}
    assert "empty" in cli("trash").out


def test_that_a_run_that_trains_is_not_deleted_from_a_terminal(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(1)
        said = cli("delete", "last")
    assert said.code == 2
    assert "Stop or pause it first" in said.err
