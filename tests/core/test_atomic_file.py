"""Files that are there whole or not at all, on systems that let nobody rename what is open too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from studio.core import atomic_file
from studio.core.atomic_file import put_in_place, read_whole, write_whole


def test_that_a_file_written_whole_replaces_the_old_one_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write_whole(file, "one\n")
    write_whole(file, "zwölf\n")
    assert file.read_bytes() == "zwölf\n".encode()
    assert read_whole(file) == "zwölf\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_that_a_full_disk_leaves_the_file_as_it_was_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "x.json"
    write_whole(file, "one\n")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, "two\n")
    assert file.read_text(encoding="utf-8") == "one\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


class Guarded:
    """A system that refuses a call as long as a virus scanner or a reader has the file open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, refusals: int) -> None:
        self.refusals = refusals
        original = getattr(Path, name)

        def call(path: Path, *arguments: object, **rest: object) -> object:
            if self.refusals:
                self.refusals -= 1
                raise PermissionError(13, "The process cannot access the file because it is being used")
            return original(path, *arguments, **rest)

        monkeypatch.setattr(Path, name, call)


def test_that_windows_is_given_time_to_let_go_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file, "WAITS", True)
    file = tmp_path / "x.json"
    write_whole(file, "one\n")
    renamed, read = Guarded(monkeypatch, "replace", 2), Guarded(monkeypatch, "read_text", 2)
    write_whole(file, "two\n")
    assert read_whole(file) == "two\n"
    assert renamed.refusals == read.refusals == 0


@pytest.mark.parametrize("waits", [True, False])
def test_that_a_refusal_that_lasts_is_raised(waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file, "WAITS", waits)
    monkeypatch.setattr(atomic_file, "OPEN_ELSEWHERE_PATIENCE", 0.05)
    Guarded(monkeypatch, "replace", 1000)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "x.json", "one\n")
    assert not list(tmp_path.iterdir())


def test_that_a_folder_takes_its_place_although_the_one_before_the_last_cannot_be_deleted_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = shutil.rmtree

    def refuse(path: Path, ignore_errors: bool = False) -> None:
        assert ignore_errors, "it would have raised"  # Windows: a program has a file of it open, or mapped

    monkeypatch.setattr(shutil, "rmtree", refuse)
    final = tmp_path / "adapter"
    for turn in range(4):
        if turn == 3:
            monkeypatch.setattr(shutil, "rmtree", delete)
        partial = tmp_path / ".adapter.partial"
        partial.mkdir()
        (partial / "weights").write_text(str(turn), encoding="utf-8")
        put_in_place(partial, final)
        assert (final / "weights").read_text(encoding="utf-8") == str(turn)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"], "what was left is deleted as soon as it can be"
