"""Checkpoints on disk: whole or not there, verified byte by byte, the newest sound one taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core import atomic_file
from studio.core.problem import ProblemError
from studio.core.run.run_folder import list_checkpoints
from studio.training.checkpoint import files as checkpoints
from studio.training.checkpoint.files import MANIFEST, newest_sound, prune, verify, write_checkpoint

MANIFEST_KEYS = ("format", "step", "files", "seal", "state.json", "x")


def fill(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(bytes(range(256)) * 20)
    (folder / "state.json").write_text('{"step": 3}', encoding="utf-8")


def test_that_a_checkpoint_reads_back_with_its_step_and_size(tmp_path: Path) -> None:
    saved = write_checkpoint(tmp_path, 3, fill)
    assert verify(saved.path) == saved
    assert saved.path.name == "step-000003"
    assert saved.bytes > 5000


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_truncate, _flip, Path.unlink, lambda file: file.write_bytes(b"")])
@pytest.mark.parametrize("name", ["weights.safetensors", "state.json", MANIFEST])
def test_that_a_damaged_file_is_named_and_the_checkpoint_before_it_taken(
    name: str, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    older = write_checkpoint(tmp_path, 2, fill)
    newer = write_checkpoint(tmp_path, 4, fill)
    damage(newer.path / name)
    found, broken = newest_sound(tmp_path)
    assert found == older
    assert len(broken) == 1
    assert "step-000004" in broken[0].where


def test_that_a_manifest_that_lost_a_name_together_with_its_file_is_not_taken_for_whole(tmp_path: Path) -> None:
    saved = write_checkpoint(tmp_path, 2, fill).path
    manifest = json.loads((saved / MANIFEST).read_text(encoding="utf-8"))
    del manifest["files"]["weights.safetensors"]
    (saved / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (saved / "weights.safetensors").unlink()
    with pytest.raises(ProblemError, match="was changed after it was written"):
        verify(saved)


def test_that_a_file_that_was_not_saved_makes_a_checkpoint_unsound(tmp_path: Path) -> None:
    saved = write_checkpoint(tmp_path, 2, fill)
    (saved.path / "more.py").write_text("print()", encoding="utf-8")
    with pytest.raises(ProblemError, match=r"more\.py"):
        verify(saved.path)


def test_that_a_checkpoint_under_anothers_name_is_unsound(tmp_path: Path) -> None:
    saved = write_checkpoint(tmp_path, 2, fill)
    shutil.copytree(saved.path, tmp_path / "step-000009")
    found, broken = newest_sound(tmp_path)
    assert found == saved
    assert "another checkpoint" in broken[0].what


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_that_a_checkpoint_that_fails_leaves_nothing_behind(fault: BaseException, tmp_path: Path) -> None:
    older = write_checkpoint(tmp_path, 2, fill)

    def fail(folder: Path) -> None:
        fill(folder)
        raise fault

    with pytest.raises(type(fault)):
        write_checkpoint(tmp_path, 4, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000002"]
    assert newest_sound(tmp_path) == (older, [])


def test_that_what_a_killed_worker_left_half_written_is_no_checkpoint(tmp_path: Path) -> None:
    half = tmp_path / ".step-000004.partial"
    half.mkdir()
    fill(half)
    assert newest_sound(tmp_path) == (None, [])
    saved = write_checkpoint(tmp_path, 6, fill)
    prune(tmp_path, 1)
    assert list(tmp_path.iterdir()) == [saved.path]


def test_that_too_little_room_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    def never(folder: Path) -> None:
        raise AssertionError("nothing may be written")

    with pytest.raises(OSError, match="are needed"):
        write_checkpoint(tmp_path, 2, never, room=2**62)


def test_that_a_checkpoint_of_the_same_step_replaces_the_broken_one(tmp_path: Path) -> None:
    first = write_checkpoint(tmp_path, 2, fill)
    _flip(first.path / "state.json")
    again = write_checkpoint(tmp_path, 2, fill)
    assert verify(again.path) == again
    assert list(tmp_path.iterdir()) == [again.path]


def test_that_what_stood_there_stays_where_it_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a virus scanner, or a program that reads the new files, holds them for longer than is waited."""
    saved = write_checkpoint(tmp_path, 2, fill)
    rename = atomic_file.rename

    def refused(source: Path, target: Path) -> None:
        if source.name.endswith(".partial"):
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(atomic_file, "rename", refused)
    with pytest.raises(PermissionError):
        write_checkpoint(tmp_path, 2, fill)
    assert verify(saved.path) == saved
    assert list(tmp_path.iterdir()) == [saved.path]


class Killed(BaseException):
    pass


def test_that_a_worker_killed_while_it_deletes_a_checkpoint_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_halfway(path: Path, **rest: object) -> None:
        if path.exists():
            next(path.iterdir()).unlink()
            raise Killed

    for step in (2, 4, 6):
        write_checkpoint(tmp_path, step, fill)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.shutil, "rmtree", die_halfway)
        with pytest.raises(Killed):
            prune(tmp_path, 1)
    assert [verify(path).step for path in list_checkpoints(tmp_path)] == [4, 6]
    prune(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000006"]


def test_that_every_file_is_flushed_before_the_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    flush, rename = checkpoints.flush_folder, atomic_file.rename
    monkeypatch.setattr(checkpoints, "flush_folder", lambda path: (happened.append("flush"), flush(path)))
    monkeypatch.setattr(atomic_file, "rename", lambda path, to: (happened.append("rename"), rename(path, to)))
    write_checkpoint(tmp_path, 2, fill)
    assert happened == ["flush", "rename"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MANIFEST_KEYS), inner, max_size=4)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_that_no_manifest_whatever_gives_more_than_a_problem(content: bytes, tmp_path: Path) -> None:
    saved = tmp_path / "step-000002"
    if not saved.exists():
        write_checkpoint(tmp_path, 2, fill)
    (saved / MANIFEST).write_bytes(content)
    with pytest.raises(ProblemError):
        verify(saved)
