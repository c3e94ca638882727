from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.verbs import delete
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run import trash
from studio.core.run.run_folder import list_runs
from studio.core.run.trash import destroy, list_trash, put_back
from tests.fake_run import FakeRun, make_fake_run


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but those that SQLite makes for a reader."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith("run.db-")]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_that_a_deleted_run_leaves_the_list_and_comes_back_whole(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path / "läufe mit Raum", steps=3)
    before = contents(folder.path)
    deleted = delete(folder)
    assert list_runs(tmp_path / "läufe mit Raum") == []
    assert [each.folder for each in list_trash(tmp_path / "läufe mit Raum")] == [deleted.folder]
    assert deleted.bytes >= sum(map(len, before.values()))
    back = put_back(deleted)
    assert back == folder
    assert contents(back.path) == before
    assert list_trash(tmp_path / "läufe mit Raum") == []


@pytest.mark.parametrize("state", ["running", "pausing"])
def test_that_a_run_that_trains_is_not_deleted(tmp_path: Path, state: str) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        with pytest.raises(ProblemError, match="trains is not deleted"):
            delete(run.folder)
        assert list_runs(tmp_path) == [run.folder]
        run.die()
    assert delete(run.folder).origin == run.folder.path, "a lost run is deleted like any other"


def test_that_a_worker_that_begins_while_its_run_is_moved_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    monkeypatch.setattr(trash, "is_held", lambda file: True)
    with pytest.raises(ProblemError, match="just begun"):
        delete(folder)
    assert list_runs(tmp_path) == [folder]


def test_that_a_damaged_run_is_deleted_too_and_leaves_the_queue(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    folder.db.write_bytes(b"no database" * 100)
    put_in_queue(folder, "cpu", "cpu")
    delete(folder)
    assert read_queue().entries == ()
    assert list_runs(tmp_path) == []


def test_that_runs_of_one_name_lie_in_the_trash_beside_one_another(tmp_path: Path) -> None:
    first = make_fake_run(tmp_path, steps=1, now=1e9)
    deleted = delete(first)
    second = make_fake_run(tmp_path, steps=2, now=1e9)
    assert second.path == first.path
    with pytest.raises(ProblemError, match="something else"):
        put_back(deleted)
    delete(second)
    assert len(list_trash(tmp_path)) == 2
    for each in list_trash(tmp_path):
        destroy(each)
    assert list_trash(tmp_path) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows may write everywhere")
def test_that_a_folder_that_cannot_be_changed_keeps_its_run_with_a_reason(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path / "locked", steps=1)
    (tmp_path / "locked").chmod(0o500)
    try:
        with pytest.raises(ProblemError, match="cannot be moved"):
            delete(folder)
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert list_runs(tmp_path / "locked") == [folder]


def test_that_what_is_left_of_a_run_that_was_deleted_in_part_is_shown_and_deleted_but_not_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = delete(make_fake_run(tmp_path, steps=1))

    def deletes_in_part(path: Path) -> None:
        (Path(path) / "recipe.toml").unlink()
        raise PermissionError(13, "open elsewhere", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(trash.shutil, "rmtree", deletes_in_part)
        with pytest.raises(ProblemError, match="cannot be deleted whole"):
            destroy(deleted)
    assert [each.folder for each in list_trash(tmp_path)] == [deleted.folder], "it still takes its room on the disk"
    with pytest.raises(ProblemError, match="was deleted for good"):
        put_back(deleted)
    destroy(deleted)
    assert list_trash(tmp_path) == []


def test_that_a_trash_that_another_window_emptied_is_told_as_that(tmp_path: Path) -> None:
    deleted = delete(make_fake_run(tmp_path, steps=1))
    destroy(deleted)
    destroy(deleted)
    with pytest.raises(ProblemError, match="not in the trash any more"):
        put_back(deleted)
    assert list_runs(tmp_path) == []


def test_that_the_lock_that_a_look_left_behind_is_not_in_the_way(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    deleted = delete(folder)
    # Makes the folder anew, as does whoever asks for the lock of a run that is just being moved.
    with folder.held(), pytest.raises(ProblemError, match="something else"):
        put_back(deleted)
    assert put_back(deleted) == folder


def test_that_a_run_that_cannot_be_moved_keeps_its_place_in_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [make_fake_run(tmp_path, steps=1, name=name) for name in ("first", "second", "third")]
    for folder in folders:
        put_in_queue(folder, "cpu", "cpu")

    def refuses(source: Path, target: Path, replaces: bool = True) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trash, "rename", refuses)
    with pytest.raises(ProblemError, match="cannot be moved to the trash"):
        delete(folders[1])
    assert [entry.folder for entry in read_queue().entries] == folders
