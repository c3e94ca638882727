"""An export is complete or absent: whatever fails, is cancelled or is killed, and at whatever moment."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.process.start_worker import python_environment
from studio.core.progress import ByteCount, untold
from studio.core.unfinished import noted, notes, partial_of, remove_unfinished
from studio.export.export_folder import copy_file, fresh_folder, writing

MOMENTS = 30
SHARDS = 5


class KilledError(BaseException):
    """Stands for a kill: nothing that comes after it reaches the disk."""


class Disk:
    """Counts what is done to files under a folder, and lets the moment numbered `fatal` fail.

    Python tells every opening, renaming and removing to its audit hooks before it happens; a hook that raises prevents
    it. Hooks are there for good, so one is shared and off between tests.
    """

    def __init__(self) -> None:
        self.folder: str | None = None
        self.moments = 0
        self.fatal = 0
        self.error: Callable[[], BaseException] = KeyboardInterrupt
        sys.addaudithook(self._on_event)

    @contextmanager
    def failing(self, folder: Path, fatal: int, error: Callable[[], BaseException]) -> Iterator[None]:
        self.folder, self.moments, self.fatal, self.error = str(folder), 0, fatal, error
        try:
            yield
        finally:
            self.folder = None

    def moment(self) -> None:
        """One more thing is about to be done."""
        self.moments += 1
        dead = self.error is KilledError and self.moments > self.fatal > 0
        if self.moments == self.fatal or dead:
            raise self.error()

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+")
        if self.folder is not None and (changes or writes) and str(arguments[0]).startswith(self.folder):
            self.moment()


@pytest.fixture(scope="module")
def disk() -> Disk:
    return Disk()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "shard"
    file.write_bytes(b"w" * 5000)
    return file


def export(weights: Path, out: Path, at_each_piece: Callable[[], None]) -> None:
    """Write a folder as every format does: shards whose bytes are counted, then small files."""
    with fresh_folder(out) as partial:
        count = ByteCount(lambda *told: at_each_piece(), "Writing", SHARDS * weights.stat().st_size)
        for number in range(SHARDS):
            with writing(out):
                copy_file(weights, partial / f"shard-{number}", count)
                at_each_piece()
        for number in range(SHARDS):
            with writing(out):
                (partial / f"config-{number}.json").write_text("{}", encoding="utf-8")
                at_each_piece()


@pytest.mark.parametrize("fault", ["kill", "cancel", "full disk"])
def test_that_whatever_happens_at_any_moment_leaves_nothing_or_all_under_the_final_name(
    disk: Disk, weights: Path, tmp_path: Path, fault: str
) -> None:
    errors: dict[str, Callable[[], BaseException]] = {
        "kill": KilledError,
        "cancel": KeyboardInterrupt,
        "full disk": lambda: OSError(errno.ENOSPC, "full"),
    }
    with disk.failing(tmp_path, 0, errors[fault]):
        export(weights, tmp_path / "whole", disk.moment)
        moments = disk.moments
    assert moments >= MOMENTS
    whole = {f"shard-{number}" for number in range(SHARDS)} | {f"config-{number}.json" for number in range(SHARDS)}
    ended = 0
    for moment in range(1, moments + 1):
        out = tmp_path / f"out {moment}"
        out.mkdir()  # an empty folder that the user made
        try:
            with disk.failing(tmp_path, moment, errors[fault]):
                export(weights, out, disk.moment)
            ended += 1
        except (KilledError, KeyboardInterrupt, ProblemError, OSError):
            pass
        found = {path.name for path in out.iterdir()} if out.exists() else set()
        assert found in (set(), whole), moment
        if fault != "kill":
            assert not partial_of(out).exists(), moment
    assert ended <= 1  # the last moment only clears up what is not there any more
    # What a kill leaves beside is removed by the next start.
    remove_unfinished()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_that_the_next_export_to_the_same_place_says_what_it_removed(weights: Path, tmp_path: Path) -> None:
    partial = partial_of(tmp_path / "out")
    with noted(partial):
        partial.mkdir()  # still there when its writer's lock is gone, as after a kill
    (partial / "half").write_bytes(b"half")
    told: list[str] = []
    with fresh_folder(tmp_path / "out", lambda *said: told.append(said[0])) as fresh:
        (fresh / "whole").write_bytes(b"whole")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["whole"]
    assert told[0] == "Removed .out.partial, which an interrupted export had left"


@pytest.mark.parametrize("name", [".out.partial", ".out.old"])
def test_that_a_folder_of_the_users_beside_the_target_stays(weights: Path, tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name / "thesis.txt"
    theirs.parent.mkdir()
    theirs.write_bytes(b"years")
    out = tmp_path / "out"
    out.mkdir()
    if name.endswith("partial"):
        with pytest.raises(ProblemError, match="no note says that the studio made it"):
            export(weights, out, lambda: None)
        assert notes() == []
    else:
        export(weights, out, lambda: None)
    assert theirs.read_bytes() == b"years"
    assert remove_unfinished() == []


def test_that_what_appears_at_the_target_meanwhile_is_not_replaced(weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fill() -> None:
        out.mkdir(exist_ok=True)
        (out / "thesis.txt").write_bytes(b"years")

    with pytest.raises(ProblemError, match="the folder is not empty"):
        export(weights, out, fill)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_that_a_link_to_a_folder_has_the_lock_of_the_folder(weights: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    try:
        link.symlink_to(real, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    with (
        pytest.raises(ProblemError, match="another process is writing out here"),
        fresh_folder(real / "out"),
        fresh_folder(link / "out"),
    ):
        pass
    export(weights, link, lambda: None)
    assert link.is_symlink()
    assert (real / "shard-0").is_file()


WRITER = """
import sys
from pathlib import Path
from studio.export.export_folder import fresh_folder
with fresh_folder(Path(sys.argv[1])) as partial:
    (partial / "half").write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_that_a_start_removes_what_a_killed_process_left_and_nothing_that_still_grows(tmp_path: Path) -> None:
    out, other = tmp_path / "für andere", tmp_path / "other"
    command = [sys.executable, "-c", WRITER]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": python_environment()}
    with (
        subprocess.Popen([*command, str(out)], **pipes) as killed,
        subprocess.Popen([*command, str(other)], **pipes) as living,
    ):
        for writer in (killed, living):
            assert writer.stdout is not None
            assert writer.stdout.readline().split() == [b"writing"]
        with pytest.raises(ProblemError, match="another process is writing other here"), fresh_folder(other):
            pass
        killed.kill()
        killed.wait()
        assert (partial_of(out) / "half").exists()
        assert not out.exists()
        assert remove_unfinished() == [partial_of(out)]
        assert not partial_of(out).exists()
        assert remove_unfinished() == []
        living.communicate()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert notes() == []


def test_that_a_damaged_note_deletes_no_other_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    with noted(partial_of(mine)):
        (note,) = notes()
    note.write_text(str(mine), encoding="utf-8")
    assert remove_unfinished() == []
    assert mine.is_dir()


def test_that_an_export_needs_no_home_that_can_be_written(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv(places.HOME_VARIABLE, str(blocked))
    export(weights, tmp_path / "out", lambda: None)
    assert (tmp_path / "out").is_dir()


def test_that_bytes_are_told_as_a_share() -> None:
    told: list[tuple[str, float | None]] = []

    def tell(sentence: str, share: float | None = None) -> None:
        told.append((sentence, share))

    count = ByteCount(tell, "Writing", 2**30)
    for _ in range(1000):
        count.add(2**20)
    count.add(24 * 2**20)
    assert told[0] == ("Writing: 0 B of 1.0 GiB", 0.0)
    assert told[-1] == ("Writing: 1.0 GiB of 1.0 GiB", 1.0)
    assert len(told) < 20
    ByteCount(untold, "Nothing", 0).add(0)
