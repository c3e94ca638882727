"""A run on a drive that never answers: a verb says so and ends, a list has the others; a slow drive is served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.core import silent_drive
from studio.core.queue.queue import put_in_queue, read_queue
from tests import slow_disk as disks
from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun, start_no_worker
from tests.slow_disk import SilentDisk, link_to, silent_disk, slow_disk

OUT = "OUT"
# Each verb that names a run, with what follows the name.
VERBS = (
    ("show",), ("report",), ("pause",), ("pause", "--wait"), ("stop",), ("stop", "--now"), ("resume",),
    ("resume", "--queue"), ("rename", "another"), ("note",), ("note", "a note"), ("delete",), ("evaluate",),
    ("chat", "--prompt", "hello"), ("export", OUT), ("export", "--sizes"),
    ("queue add",), ("queue move", "last"), ("queue remove",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were given a worker, which does not exist here."""
    return start_no_worker(
        monkeypatch, "studio.core.process.dispatch.start_worker", "studio.cli.train_verbs.start_worker"
    )


@pytest.fixture
def far(tmp_path: Path) -> Iterator[FakeRun]:
    """A run on a drive that others lie on, too."""
    with FakeRun(tmp_path / "unplugged", "far") as run:
        run.start().train(12)
        run.pause()
        yield run


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SilentDisk]]:
    """Makes a folder answer nobody, until the test ends."""
    made: list[SilentDisk] = []

    def fall_silent(place: Path, link: Path | None = None) -> SilentDisk:
        monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.0)
        made.append(silent_disk(monkeypatch, place, link=link))
        return made[-1]

    yield fall_silent
    for disk in made:
        disk.answer()


def said_of(cli: CommandLine, words: tuple[str, ...], run: str | Path, tmp_path: Path) -> tuple[int, str]:
    verb, *rest = words
    first, *second = verb.split()
    said = cli(first, *second, run, *(tmp_path / "out" if each == OUT else each for each in rest))
    assert said.out == ""
    return said.code, said.err


def test_that_a_verb_says_that_the_drive_of_a_run_does_not_answer(
    cli: CommandLine, far: FakeRun, silence: Callable[..., SilentDisk], tmp_path: Path, started: list[str]
) -> None:
    silence(far.folder.path.parent)
    for words in (*VERBS, ("import",)):
        code, said = said_of(cli, words, far.folder.path, tmp_path)
        assert code == 2, words
        assert f"{far.folder.path}: its drive does not answer." in said, words
        assert "Remedy: Connect it, or wait until it answers." in said, words
    assert started == []


def test_that_a_verb_says_that_the_drive_of_the_folder_of_runs_does_not_answer(
    cli: CommandLine, runs: Path, silence: Callable[..., SilentDisk], tmp_path: Path, started: list[str]
) -> None:
    with FakeRun(runs, "here"):
        silence(runs)
        for words in VERBS:
            code, said = said_of(cli, words, "last", tmp_path)
            assert code == 2, words
            assert f"{runs}: its drive does not answer." in said, words
        for words in (("runs",), ("trash",), ("trash", "restore", "last"), ("trash", "empty")):
            said_now = cli(*words)
            assert said_now.code == 2, words
            assert f"{runs}: its drive does not answer." in said_now.err, words
    assert started == []


def test_that_the_list_of_runs_has_those_that_answer_and_names_those_that_do_not(
    cli: CommandLine, runs: Path, far: FakeRun, silence: Callable[..., SilentDisk]
) -> None:
    moved = runs / "moved away"
    with FakeRun(runs, "near") as near:
        link_to(moved, far.folder.path)
        disk = silence(far.folder.path.parent, link=moved)
        said = cli("runs", "--json")
        assert said.code == 0, said.err
        assert [run["id"] for run in said.json["runs"]] == [near.folder.id]
        assert f"{moved}: its drive does not answer." in said.err
        assert cli("show", "near").code == 0
        said = cli("show", "moved")
        assert said.code == 2
        assert f"{moved}: its drive does not answer." in said.err
        disk.answer()
        assert [run["name"] for run in cli("runs", "--json").json["runs"]] == ["far", "near"]


@pytest.mark.parametrize("words", [("sweep", "--queue"), ("compare", "--methods", "lora")], ids=" ".join)
def test_that_nothing_is_trained_again_that_a_silent_drive_may_have(
    words: tuple[str, ...],
    cli: CommandLine,
    runs: Path,
    far: FakeRun,
    silence: Callable[..., SilentDisk],
    tmp_path: Path,
    started: list[str],
) -> None:
    recipe, moved = tmp_path / "recipe.toml", runs / "moved away"
    (tmp_path / "units.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', "utf-8")
    text = 'name = "a"\n[[tasks]]\nname = "units"\ntrain = "units.jsonl"\n[machine]\ndevice = "cpu"\n'
    recipe.write_text(text + ("[sweep]\nseed = [1, 2]\n" if words[0] == "sweep" else ""), "utf-8")
    runs.mkdir()
    link_to(moved, far.folder.path)
    silence(far.folder.path.parent, link=moved)
    verb, *rest = words
    said = cli(verb, recipe, *rest)
    assert said.code == 2
    assert f"{moved}: its drive does not answer." in said.err
    assert list(runs.iterdir()) == [moved]
    assert started == []


@pytest.mark.parametrize("words", [("queue move", "first"), ("queue remove",)], ids=" ".join)
def test_that_a_waiting_run_is_found_by_its_folder_on_a_silent_drive(
    words: tuple[str, ...], cli: CommandLine, runs: Path, far: FakeRun, silence: Callable[..., SilentDisk]
) -> None:
    with FakeRun(runs, "near") as near:
        for run in (near, far):
            put_in_queue(run.folder, "cpu", "cpu")
        silence(far.folder.path.parent)
        verb, *rest = words
        said = cli(*verb.split(), far.folder.path, *rest)
        assert said.code == 0, said.err
        left = [far.folder.id, near.folder.id] if rest else [near.folder.id]
        assert [entry.run.name for entry in read_queue().entries] == left


@pytest.mark.parametrize("words", [("runs",), ("show", "last"), ("pause", "last"), ("note", "last", "kept")])
def test_that_a_slow_drive_is_served_and_only_threads_wait_for_it(
    words: tuple[str, ...], cli: CommandLine, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "ANSWERS_AFTER", 0.1)
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 1.5)
    with FakeRun(runs, "slow") as run:
        run.start().train(12)
        disk = slow_disk(monkeypatch, runs)
        said = cli(*words)
        assert said.code == 0, said.err
        assert disk.answered * disks.ANSWERS_AFTER > silent_drive.SILENT_AFTER, "it was fast"
        assert disk.asked == []
