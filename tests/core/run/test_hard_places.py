"""Where a run cannot be written: a folder of others, a full disk, a path without end. Told with the right remedy."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.redaction import RedactingStream
from studio.core.run.run_database import _uri
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import create_run
from tests.fake_run import make_fake_run

LOOK_AND_TOUCH = """
import json, sys
from pathlib import Path
from studio.core.run.commands import Pause
from studio.core.problem import ProblemError
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import open_run
from studio.core.state.run_state import read_state
from studio.core.process.start_worker import start_worker
from studio.worker.run import main

folder = open_run(Path(sys.argv[1]))
tries = {
    "state": lambda: read_state(folder).state,
    "pause": lambda: send_command(folder.db, Pause()),
    "start": lambda: start_worker(folder),
}
said = {}
for name, touch in tries.items():
    try:
        said[name] = touch()
    except ProblemError as error:
        said[name] = str(error)
said["worker"] = main([sys.argv[1]])
print(json.dumps(said))
"""


def without_privileges(*command: str) -> list[str]:
    """The command as somebody who is not above a folder's rights, as root is."""
    if os.geteuid() != 0:
        return list(command)
    if shutil.which("setpriv") is None:
        pytest.skip("root cannot be made to obey a folder's rights without setpriv")
    return ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", *command]


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder's read-only mark means nothing")
@pytest.mark.parametrize("ended", ["well", "killed"])
def test_that_a_run_in_a_folder_that_cannot_be_written_is_shown_and_left_alone(ended: str, tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path / "fremde Läufe", steps=3)
    if ended == "killed":
        # A worker that was killed left its last words in run.db-wal.
        copied = tmp_path / "wal"
        with RunWriter(folder.db) as writer:
            writer.drop_commands()
            shutil.copy(f"{folder.db}-wal", copied)
        shutil.copy(copied, f"{folder.db}-wal")
    places = [folder.path, *folder.path.rglob("*")]
    rights = {path: path.stat().st_mode for path in places}
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = subprocess.run(
            without_privileges(sys.executable, "-c", LOOK_AND_TOUCH, str(folder.path)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        for path, mode in rights.items():
            path.chmod(mode)
    assert "Traceback" not in done.stderr
    assert "it cannot be written (Permission denied). Copy it where you can write." in done.stderr
    said = json.loads(done.stdout)
    assert said["worker"] == 2
    for verb in ("pause", "start"):
        assert "Check that its folder is writable" in said[verb]
    if ended == "well":
        assert said["state"] == "finished"
    else:
        assert "copy the run to one that is" in said["state"] or "Check that its folder" in said["state"]


def test_that_a_path_that_is_too_long_is_reported_before_anything_is_trained(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 600:
        deep /= "x" * 80
    with pytest.raises(ProblemError, match=r"shorter path|its path not too long"):
        create_run(Recipe(tasks=(TaskTable(name="a", train="/data/a.jsonl"),)), deep)
    assert not list(deep.iterdir())


class FullDisk(io.StringIO):
    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_that_a_log_on_a_full_disk_ends_nothing_and_says_later_how_much_is_missing() -> None:
    disk = FullDisk()
    log = RedactingStream(disk)
    with redirect_stdout(log):  # type: ignore[type-var]
        print("one\ntwo", flush=True)
        print("three", flush=True)
        disk.full = False
        print("four", flush=True)
        print("five", flush=True)
    assert disk.getvalue() == "[3 lines are missing here: they could not be written]\nfour\nfive\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_that_printing_to_a_disk_that_is_really_full_ends_nothing() -> None:
    said = "from studio.core.redaction import redact_output\nredact_output()\nprint('x' * 100_000, flush=True)"
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run([sys.executable, "-u", "-c", said], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_that_a_database_is_found_on_a_windows_share_and_under_any_name() -> None:
    assert _uri(PureWindowsPath(r"\\server\my runs\run.db")) == "file:////server/my%20runs/run.db"
    assert _uri(PureWindowsPath(r"C:\my runs\run.db")) == "file:///C:/my%20runs/run.db"
    assert _uri(PurePosixPath("/runs/50 % of #1?/run.db")) == "file:///runs/50%20%25%20of%20%231%3F/run.db"
