"""Real workers on one device: one after another without a window, through a kill and a pause for a game."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studio.core.device_lock import DeviceLock
from studio.core.next_run import begin_game, end_game, start_next
from studio.core.queue import change_queue, put_in_queue, read_queue
from studio.core.run_folder import RunFolder
from studio.core.run_state import read_state
from tests.tiny import make_tiny_model
from tests.training.small_run import assert_same_run, curve, events, small_run, train

PATIENCE = 180.0


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


def wait_until(true: Callable[[], bool], folder: RunFolder) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, folder.log.read_text(encoding="utf-8")
        time.sleep(0.02)


def is_over(folder: RunFolder) -> bool:
    return read_state(folder).state in ("finished", "stopped", "failed") and not folder.is_alive()


def times(folder: RunFolder) -> tuple[float, float]:
    """When the run's first worker took it up, and when the last one said its last word."""
    with folder.reader() as reader:
        stored = reader.events()
    return stored[0].time, stored[-1].time


def queue_up(folder: RunFolder) -> None:
    put_in_queue(folder, "cpu", "cpu")


def test_that_queued_runs_train_one_after_another_with_no_window_and_a_killed_one_does_not_end_the_queue(
    tmp_path: Path, tiny_model: Path
) -> None:
    first, second, third = (
        small_run(tmp_path, tiny_model, name=name, training__max_steps=steps)
        for name, steps in (("first", 2), ("second", 2), ("third", 4000))
    )
    for folder in (first, second, third):
        queue_up(folder)
    assert [folder.id for folder in start_next().started] == [first.id]
    change_queue(lambda queue: queue.moved(third, "up"))
    # From here on nobody looks: the first worker starts the third run, which was put before the second.
    wait_until(lambda: len(curve(third)) > 0, third)
    assert is_over(first)
    assert times(first)[1] <= times(third)[0]
    holder = DeviceLock("cpu").holder()
    assert holder is not None
    assert holder.folder.path == third.path
    assert [entry.run for entry in read_queue().entries] == [second.path]
    psutil.Process(holder.pid).kill()
    wait_until(lambda: not third.is_alive(), third)
    assert read_state(third).state == "lost"
    assert "which is free" in read_state(second).reason
    assert [folder.id for folder in start_next().started] == [second.id]
    wait_until(lambda: is_over(second), second)
    assert read_state(second).state == "finished"
    assert read_queue().entries == ()
    assert not DeviceLock("cpu").is_held()


def test_that_gaming_mode_frees_the_device_within_ten_seconds_and_the_run_then_goes_on_to_the_last_bit(
    tmp_path: Path, tiny_model: Path
) -> None:
    steps = {"training__max_steps": 40, "training__save_every": 1000}
    unbroken = small_run(tmp_path, tiny_model, name="unbroken", **steps)
    assert train(unbroken) == 0
    folder, other = small_run(tmp_path, tiny_model, **steps), small_run(tmp_path, tiny_model, name="other")
    queue_up(folder)
    start_next()
    wait_until(lambda: len(curve(folder)) > 1, folder)
    queue_up(other)
    asked = time.monotonic()
    begin_game()
    wait_until(lambda: not DeviceLock("cpu").is_held(), folder)
    freed = time.monotonic() - asked
    print(f"the device was free {freed:.2f} s after gaming mode was asked for")
    assert freed < 10
    state = read_state(folder)
    assert state.state == "paused"
    assert 0 < state.step < 40
    assert "gaming mode" in state.reason
    time.sleep(0.5)
    assert start_next().started == ()
    assert read_state(other).state == "waiting"
    assert not other.log.exists(), "the queue is held"
    change_queue(lambda queue: queue.without(other))
    assert [each.id for each in end_game().started] == [folder.id]
    wait_until(lambda: is_over(folder), folder)
    assert read_state(folder).state == "finished"
    assert len(events(folder, "RunPaused")) == len(events(folder, "RunResumed")) == 1
    assert_same_run(folder, unbroken)
