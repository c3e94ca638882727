"""The worker as a process of its own: its exit codes, its lock, its ends, and what it never does."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from studio.core.process.start_worker import start_worker
from studio.core.state.run_state import read_state
from studio.worker.run import main
from tests.patience import PATIENCE, wait_until
from tests.tiny import make_tiny_model
from tests.training.small_run import curve, events, small_run

pytestmark = pytest.mark.fresh


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


def run_worker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio.worker.run", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_that_a_detached_worker_trains_and_holds_its_run_against_a_second(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=400, training__save_every=1000)
    start_worker(folder)
    wait_until(lambda: curve(folder), folder)
    before = events(folder, "RunStarted", "RunResumed", "RunEnded")
    second = run_worker(str(folder.path))
    assert second.returncode == 2
    assert "another worker" in second.stderr
    assert events(folder, "RunStarted", "RunResumed", "RunEnded") == before
    assert folder.is_alive()
    state = read_state(folder)
    assert state.state == "running"
    pid = before[0].pid
    if sys.platform == "win32":
        os.kill(pid, signal.SIGTERM)  # there it kills at once
        wait_until(lambda: not folder.is_alive(), folder)
        assert read_state(folder).state == "lost"
        return
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not folder.is_alive(), folder)
    state = read_state(folder)
    assert state.state == "stopped"
    assert "SIGTERM" in state.reason
    assert (folder.checkpoints / f"step-{state.step:06d}").is_dir()
    log = folder.log.read_text(encoding="utf-8")
    for noise in ("%|", "Traceback", "Warning"):
        assert noise not in log


CHOOSES = """
import sys
from studio.worker import run

def taken(folder, device, holding):
    print("turn")

def seen(device):
    print("only", device.kind, "torch" in sys.modules)
    raise SystemExit

run.take_turn, run.see_only = taken, seen
run.main([sys.argv[1]])
"""


def test_that_a_worker_settles_what_cuda_sees_after_its_turn_and_before_torch(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model)
    done = subprocess.run(
        [sys.executable, "-c", CHOOSES, str(folder.path)],
        capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[:2] == ["turn", "only cpu False"], done.stderr


def test_that_the_desk_has_no_torch_when_it_settles_what_cuda_sees() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, studio.worker.desk; print('torch' in sys.modules)"],
        capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "False"


def test_that_a_folder_that_is_not_a_run_is_a_problem(tmp_path: Path) -> None:
    done = run_worker(str(tmp_path))
    assert done.returncode == 2
    assert "not a run's folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_that_a_recipe_broken_by_hand_fails_the_run_with_its_line(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model)
    text = folder.recipe_file.read_text(encoding="utf-8")
    folder.recipe_file.write_text(text.replace("top_k = 2", "top_k = 9"), encoding="utf-8")
    done = run_worker(str(folder.path))
    assert done.returncode == 2
    state = read_state(folder)
    assert state.state == "failed"
    assert "top_k" in state.reason


@pytest.mark.parametrize("damage", ["bytes", "truncated", "event", "command"])
def test_that_a_database_that_was_damaged_is_a_problem(
    damage: str, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_run(tmp_path, tiny_model, model__source=str(tmp_path / "no-model"))
    if damage == "bytes":
        folder.db.write_bytes(b"no database at all " * 400)
    elif damage == "truncated":
        folder.db.write_bytes(folder.db.read_bytes()[:5000])
    else:
        with closing(sqlite3.connect(folder.db)) as connection, connection:
            kind = "INSERT INTO events (time, kind, body) VALUES (1, 'RunStarted', '{}')"
            command = 'INSERT INTO commands (time, body) VALUES (1, \'{"kind": "Explode"}\')'
            connection.execute(kind if damage == "event" else command)
    assert main([str(folder.path)]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert str(folder.db) in said.err or "no-model" in said.out


def test_that_a_folder_that_cannot_be_written_is_a_problem(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_run(tmp_path, tiny_model)

    def refuse(*arguments: object, **rest: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    assert main([str(folder.path)]) == 2
    assert "it cannot be written (Permission denied)" in capsys.readouterr().err
    assert not events(folder)
