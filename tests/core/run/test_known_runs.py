"""Which run a person means by a name, and which of all are there; a silent drive holds up none of the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core import silent_drive
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.run.known_runs import ask_each_run, ask_run, find_run
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.run.run_label import run_name
from studio.core.silent_drive import SilentDriveError
from tests.slow_disk import OF_LINKS, SilentDisk, link_to, silent_disk

NOON = 1_700_000_000.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "läufe hier"


def recipe(name: str = "three tasks") -> Recipe:
    return Recipe(name=name, tasks=(TaskTable(name="units", train="units.jsonl"),))


def test_that_a_run_is_found_by_folder_id_part_and_last(runs: Path) -> None:
    old, new = create_run(recipe("first"), runs, NOON), create_run(recipe("second"), runs, NOON + 60)
    assert find_run(str(old.path), runs).path == old.path.resolve()
    assert find_run(old.id, runs) == old
    assert find_run("second", runs) == new
    assert find_run("last", runs) == new


def test_that_a_run_that_several_names_match_is_a_problem(runs: Path) -> None:
    create_run(recipe(), runs, NOON)
    create_run(recipe(), runs, NOON + 60)
    with pytest.raises(ProblemError, match="2 runs match it"):
        find_run("three", runs)


def test_that_a_whole_id_wins_over_runs_whose_id_contains_it(runs: Path) -> None:
    first = create_run(recipe(), runs, NOON)
    create_run(recipe(), runs, NOON)
    assert find_run(first.id, runs) == first


@pytest.mark.parametrize("name", ["last", "nothing", "*"])
def test_that_an_unknown_run_is_a_problem(name: str, runs: Path) -> None:
    with pytest.raises(ProblemError, match="there is no such run"):
        find_run(name, runs)


def test_that_no_name_waits_for_a_silent_folder_of_runs(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create_run(recipe(), runs, NOON)
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.0)
    disk = silent_disk(monkeypatch, runs)
    for name in ("last", run.id, "three", "nothing"):
        with pytest.raises(SilentDriveError, match=f"{runs.name}: its drive does not answer"):
            find_run(name, runs)
    with pytest.raises(SilentDriveError, match=f"{run.id}: its drive does not answer"):
        find_run(str(run.path), runs)
    with pytest.raises(SilentDriveError, match=f"{run.id}: its drive does not answer"):
        ask_run(run, run_name)
    with pytest.raises(SilentDriveError):
        ask_each_run(runs, run_name)
    disk.answer()
    assert find_run("last", runs) == run
    assert ask_run(run, run_name) == "three tasks"


def test_that_a_run_is_told_from_one_that_lies_on_a_silent_drive(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, far = create_run(recipe("old"), runs, NOON), create_run(recipe("new"), tmp_path / "far", NOON + 60)
    link = runs / far.id
    link_to(link, far.path)
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.0)
    disk = silent_disk(monkeypatch, tmp_path / "far", link=link)
    answers, silent = ask_each_run(runs, run_name)
    assert answers == ["old"]
    assert list(silent) == [link]
    assert find_run("old", runs) == old
    for name in ("last", "new", far.id):  # the newest is not the one that answers
        with pytest.raises(SilentDriveError, match=f"{link.name}: its drive does not answer"):
            find_run(name, runs)
    disk.answer()
    assert find_run("last", runs) == RunFolder(link)
    assert ask_each_run(runs, run_name) == (["new", "old"], {})


def test_that_a_link_to_a_whole_drive_keeps_nobody_waiting(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_run(recipe("near"), runs, NOON)
    drive, link = tmp_path / "mounted" / "nas", runs / "archive"
    drive.mkdir(parents=True)
    link_to(link, drive)
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.0)
    disk = silent_disk(monkeypatch, drive, link=link)
    answers, silent = ask_each_run(runs, run_name)
    assert answers == ["near"]
    assert list(silent) == [link], "what lies beside the drive answers, and is no sign of it"
    disk.answer()
    assert ask_each_run(runs, run_name) == (["near"], {})


def test_that_many_links_to_a_silent_drive_are_waited_for_once(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = [create_run(recipe(f"far {number}"), tmp_path / "far", NOON + 60 * number) for number in range(9)]
    runs.mkdir()
    for run in far:
        link_to(runs / run.id, run.path)
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.0)
    disk = silent_disk(monkeypatch, tmp_path / "far", *(runs / run.id for run in far))
    monkeypatch.setattr(SilentDisk, "wait", answering_links(SilentDisk.wait, runs))
    began = time.monotonic()
    answers, silent = ask_each_run(runs, run_name)
    assert (answers, len(silent)) == ([], 9)
    assert time.monotonic() - began < 6.0, "they were waited for one after another"
    disk.answer()


def answering_links(wait: Callable[..., None], runs: Path) -> Callable[..., None]:
    """As `wait`, but what is asked of a link alone is answered."""

    def answer(disk: SilentDisk, what: str, path: object) -> None:
        if not (what in OF_LINKS and Path(str(path)).parent == runs):
            wait(disk, what, path)

    return answer
