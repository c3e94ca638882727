"""A worker that dies before it began is seen to be dead at once, and says why, whoever looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from studio.core.process.dispatch import start_next
from studio.core.process.start_worker import start_worker
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.state.run_state import RunState, read_state
from studio.core.state.worker_start import (
    WORKER_START_PATIENCE,
    about_to_start,
    fate_of,
    last_words,
    read_start,
    say_left,
    start_file,
    write_start,
)
from tests.fake_run import FakeRun
from tests.patience import wait_until
from tests.worker.faulty_worker import start_faulty

pytestmark = pytest.mark.fresh


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakeRun]:
    with FakeRun(tmp_path / "Läufe hier", total_steps=10) as fake:
        yield fake


@pytest.fixture
def sleeper(run: FakeRun) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks as the run's worker does, and never begins."""
    words = [sys.executable, "-c", "input()", "-m", "studio.worker.run", str(run.folder.path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def started(run: FakeRun, pid: int, **changes: object) -> None:
    """Write that the process `pid` was started for the run."""
    start = replace(about_to_start(run.folder), pid=pid, **changes)  # type: ignore[arg-type]
    run.folder.log.touch()
    write_start(start_file(run.folder.path), start)


def test_that_a_worker_that_cannot_import_is_lost_at_once_with_the_exceptions_line(
    run: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_faulty(
        run.folder, "import sys\nsys.modules['studio.core.state.crash'] = None", tmp_path / "fault", monkeypatch
    )
    wait_until(lambda: read_state(run.folder).state != "starting", run.folder)
    state = read_state(run.folder)
    assert state.state == "lost"
    assert state.reason == (
        "The worker died before it began: ModuleNotFoundError: import of studio.core.state.crash halted; None in"
        " sys.modules. worker.log has the details; there is no checkpoint, so resuming starts over."
    )


def test_that_an_interpreter_that_cannot_begin_is_quoted_too(
    run: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "none"))
    start_worker(run.folder)
    wait_until(lambda: read_state(run.folder).state == "lost", run.folder)
    assert "No module named 'encodings'" in read_state(run.folder).reason


def test_that_a_paused_run_whose_resumed_worker_dies_is_lost_and_says_where_it_continues(
    run: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.folder.log.write_text("Traceback (most recent call last):\nOldError: of the worker before\n", encoding="utf-8")
    run.start().train(4).pause()
    start_faulty(run.folder, "import os\nprint('No more today.', flush=True)\nos._exit(1)", tmp_path / "f", monkeypatch)
    wait_until(lambda: read_state(run.folder).state == "lost", run.folder)
    state = read_state(run.folder)
    assert state.step == 4
    assert state.reason.startswith("The worker died before it began: No more today. worker.log has the details;")
    assert state.reason.endswith("resuming continues from step 4.")
    run.start()
    assert read_state(run.folder).state == "running"


def test_that_a_worker_that_lives_is_starting_however_long_it_takes(
    run: FakeRun, sleeper: subprocess.Popen[bytes]
) -> None:
    started(run, sleeper.pid, at=time.time() - 10 * WORKER_START_PATIENCE)
    assert read_state(run.folder).state == "starting"
    sleeper.kill()
    # The zombie of a child that nobody has waited for is no worker.
    wait_until(lambda: read_state(run.folder).state == "lost")
    assert "printed nothing" in read_state(run.folder).reason


def test_that_a_process_number_that_another_program_has_by_now_is_not_a_worker(run: FakeRun) -> None:
    started(run, os.getpid())
    assert read_state(run.folder).state == "lost"


def test_that_a_process_that_has_no_command_line_yet_is_the_one_that_was_started(
    run: FakeRun, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of 300 that were looked at as soon as they were started, 10 were found so.
    monkeypatch.setattr(psutil.Process, "cmdline", lambda _self: [])
    started(run, sleeper.pid)
    assert read_state(run.folder).state == "starting"


def test_that_a_start_on_another_machine_is_waited_for_by_its_age_alone(run: FakeRun) -> None:
    started(run, 1, host="elsewhere")
    assert read_state(run.folder).state == "starting"
    started(run, 1, host="elsewhere", at=time.time() - WORKER_START_PATIENCE - 1)
    assert read_state(run.folder).state == "lost"


def test_that_a_worker_that_left_in_good_order_has_not_died(run: FakeRun) -> None:
    """Its device was taken, and the run was then taken out of the queue."""
    started(run, os.getpid())
    say_left(run.folder)
    assert read_state(run.folder) == RunState("waiting", "No worker has started this run yet; resuming starts it.")


def test_that_a_worker_that_has_recorded_an_event_is_judged_by_its_events_again(run: FakeRun) -> None:
    started(run, os.getpid())
    run.start().train(3).pause()
    assert read_state(run.folder).state == "paused"
    run.start().train(1).end("stopped")
    assert read_state(run.folder).state == "stopped"


def test_that_a_run_of_the_queue_that_died_at_once_is_not_started_again(
    run: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nprint('no luck', flush=True)\nos._exit(1)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    put_in_queue(run.folder, "cpu", "cpu")
    assert start_next().started == (run.folder,)
    wait_until(lambda: read_state(run.folder).state == "lost", run.folder)
    (problem,) = start_next().problems
    assert "no luck" in problem.what
    assert str(run.folder.log) in problem.remedy
    assert read_queue().entries == ()
    assert start_next().started == ()
    assert read_state(run.folder).state == "lost"
    assert run.folder.log.read_text(encoding="utf-8").count("no luck") == 1


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("", ""),
        ("a.jsonl: this is not JSON. Mend it.\n", "a.jsonl: this is not JSON. Mend it."),
        (
            "Traceback (most recent call last):\n  File 'x', in y\n    z()\n    ^^^\nOSError: [Errno 28] full\n",
            "OSError: [Errno 28] full",
        ),
        (
            "Traceback (most recent call last):\n  File 'x'\nKeyError: 1\n\nDuring handling of the above exception,"
            " another exception occurred:\n\nTraceback (most recent call last):\n  File 'x'\nodd.Fault: two\nlines\n",
            "odd.Fault: two",
        ),
        (
            "Fatal Python error: init: failed\nPython runtime state: core initialized\n\n"
            "Current thread 0x1 (most recent call first):\n  <no Python frame>\n",
            "Fatal Python error: init: failed",
        ),
        ("loading\n\x1b[2Jwiped\n", "\\x1b[2Jwiped"),
        ("OSError: /home/somebody/runs/x\n", "OSError: ~/runs/x"),
        ("Traceback (most recent call last):\n", "Traceback (most recent call last):"),
    ],
)
def test_that_the_line_that_says_why_is_found_and_safe_to_show(printed: str, line: str, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_bytes(b"ValueError: of an earlier worker\n" + printed.encode())
    assert last_words(log, 33) == line


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"pid": 1}', '{"pid": -1, "host": "", "at": 0, "after": 0, "log_at": 0}']
)
def test_that_an_invalid_start_file_is_ignored(text: str, run: FakeRun) -> None:
    start_file(run.folder.path).write_text(text, encoding="utf-8")
    assert read_start(start_file(run.folder.path)) is None
    assert read_state(run.folder).state == "waiting"


def test_that_a_start_is_written_over_the_one_before_it_in_as_many_bytes(run: FakeRun) -> None:
    file = start_file(run.folder.path)
    sizes = set()
    for pid in (0, 12, 1234567):
        started(run, pid)
        sizes.add(file.stat().st_size)
        assert json.loads(file.read_text(encoding="utf-8"))["pid"] == pid
    assert len(sizes) == 1
    found = read_start(file)
    assert found is not None
    assert fate_of(run.folder, replace(found, pid=0)) == "unknown"
