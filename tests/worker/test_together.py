"""One worker of several runs: each has its own lock, state and commands, and a queue and a game see them all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.problem import EXIT_USER_CAN_FIX
from studio.core.process.dispatch import begin_game, end_game, start_next
from studio.core.process.start_worker import python_environment
from studio.core.process.verbs import delete, enqueue, kill
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import change_queue, read_queue
from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from tests.patience import PATIENCE, wait_until
from tests.worker.light_training import STANDS_AT
from tests.worker.test_queue import is_over, light_run, runs  # noqa: F401 - the fixture

FOR_EVER = 100_000


def queued(*folders: RunFolder) -> None:
    """Put the runs in the queue, to train together, and start their worker."""
    for folder in folders:
        enqueue(folder, "cpu", "cpu", beside="a sweep")
    start_next()


def standing(runs: Path, count: int = 3) -> list[RunFolder]:  # noqa: F811
    """Runs of one worker that stand after the same step until each is asked for something."""
    folders = [light_run(runs, "patient", FOR_EVER) for _ in range(count)]
    queued(*folders)
    wait_until(lambda: all(read_state(folder).step == STANDS_AT for folder in folders))
    return folders


def holders() -> set[Path]:
    holder = DeviceLock("cpu").holder()
    return {folder.path for folder in holder.folders} if holder is not None else set()


def end(*folders: RunFolder) -> None:
    """Stop the runs, and wait until each is over and none holds the device, which a run that waited may have now."""
    for folder in folders:
        send_command(folder.db, Stop())
    ended = {folder.path for folder in folders}
    wait_until(lambda: all(is_over(folder) for folder in folders) and not holders() & ended)


def test_that_one_process_trains_all_of_them_and_each_is_an_ordinary_run(runs: Path) -> None:  # noqa: F811
    folders = [light_run(runs, name) for name in ("a", "b", "c")]
    queued(*folders)
    wait_until(lambda: all(is_over(folder) for folder in folders))
    assert [read_state(folder).state for folder in folders] == ["finished"] * 3
    assert read_queue().entries == ()
    pids = set()
    for folder in folders:
        with folder.reader() as reader:
            began = reader.last_event("RunStarted")
        assert began is not None
        pids.add(began.event.pid)  # type: ignore[union-attr]
    assert len(pids) == 1


def test_that_one_is_paused_while_the_others_train_and_is_resumed_alone_after_them(runs: Path) -> None:  # noqa: F811
    first, *others = folders = standing(runs)
    assert holders() == {folder.path for folder in folders}
    send_command(first.db, Pause())
    wait_until(lambda: read_state(first).state == "paused")
    wait_until(lambda: holders() == {folder.path for folder in others})
    assert all(read_state(folder).is_live for folder in others)
    assert not first.is_alive(), "its folder is free: it may be deleted, exported, resumed"
    enqueue(first, "cpu", "cpu")
    assert start_next().started == (), "the others have the device"
    end(*others)
    wait_until(first.is_alive)
    wait_until(lambda: read_state(first).step > STANDS_AT)  # from where it was, where it stood the first time
    end(first)


def test_that_gaming_mode_pauses_all_and_one_worker_takes_them_all_up_again(runs: Path) -> None:  # noqa: F811
    folders = standing(runs, 2)
    assert len(begin_game()) == 2
    wait_until(lambda: all(not folder.is_alive() for folder in folders) and not DeviceLock("cpu").is_held())
    assert [entry.run for entry in read_queue().entries] == [folder.path for folder in folders], "in their order"
    end_game()
    wait_until(lambda: all(read_state(folder).step > STANDS_AT for folder in folders))
    assert holders() == {folder.path for folder in folders}
    end(*folders)


def test_that_killing_one_ends_all_and_every_run_says_so(runs: Path) -> None:  # noqa: F811
    folders = standing(runs)
    kill(folders[1])
    for folder in folders:
        state = read_state(folder)
        assert state.state == "stopped"
        assert "killed by hand" in state.reason
    wait_until(lambda: not DeviceLock("cpu").is_held())


def test_that_a_run_that_is_gone_or_was_taken_out_does_not_keep_the_others(runs: Path) -> None:  # noqa: F811
    a, gone, out, b = (light_run(runs, name) for name in ("a", "gone", "out", "b"))
    for folder in (a, gone, out, b):
        enqueue(folder, "cpu", "cpu", beside="a sweep")
    change_queue(lambda queue: queue.without(out))
    delete(gone)
    start_next()
    wait_until(lambda: is_over(a) and is_over(b))
    assert read_state(out).state == "waiting"
    # A worker that is given a folder that is none, as when it was deleted in between, or a run that is finished
    # meanwhile, leaves it out, the first as well.
    again = [light_run(runs, name) for name in ("c", "d")]
    given = [gone.path, a.path, again[0].path, gone.path, again[1].path]
    subprocess.run(
        [sys.executable, "-m", "studio.worker.run", *map(str, given)],
        env=python_environment(),
        check=True,
        timeout=PATIENCE,
        capture_output=True,
    )
    assert [read_state(folder).state for folder in again] == ["finished", "finished"]


def test_that_runs_of_other_sweeps_and_devices_keep_waiting(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    given: list[list[str]] = []

    def start(folder: RunFolder, beside: tuple[RunFolder, ...] = ()) -> int:
        given.append([folder.id[16:], *(each.id[16:] for each in beside)])
        return 0

    monkeypatch.setattr("studio.core.process.dispatch.start_worker", start)
    a, b, c, d = (light_run(runs, name) for name in "abcd")
    enqueue(a, "cpu", "cpu", beside="one")
    enqueue(b, "cpu", "cpu", beside="other")
    enqueue(c, "cpu", "cpu", beside="one")
    enqueue(d, "0000-01", "cuda:0", beside="one")
    assert {folder.id for folder in start_next().started} == {a.id, c.id, d.id}
    assert given == [["a", "c"], ["d"]]
    assert [bool(entry.started) for entry in read_queue().entries] == [True, False, True, True]


def test_that_a_lock_that_cannot_be_made_is_a_problem_for_the_last_run_as_for_one_alone(runs: Path) -> None:  # noqa: F811
    folders = [light_run(runs, name) for name in ("a", "b")]
    for folder in folders:
        folder.lock_file.unlink(missing_ok=True)
        folder.lock_file.mkdir()  # also for root nothing can be locked here
    done = subprocess.run(
        [sys.executable, "-m", "studio.worker.run", *(str(each.path) for each in folders)],
        env=python_environment(),
        check=False,
        timeout=PATIENCE,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == EXIT_USER_CAN_FIX
    assert "does not train with the others" in done.stdout
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
