"""Workers on one device, each a process of its own: one after another without a window, whatever ends them."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from studio.core.process.dispatch import begin_game, end_game, start_next
from studio.core.process.start_worker import python_environment, start_worker
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import change_queue, put_in_queue, read_queue
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.commands import CheckpointNow
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, create_run, list_runs
from studio.core.state.run_state import read_state
from tests.patience import PATIENCE, wait_until
from tests.processes import is_gone
from tests.tiny import make_tiny_model
from tests.training.small_run import assert_same_run, curve, events, small_run, train
from tests.worker.light_training import STANDS_AT, light_workers, loss_at

FOR_EVER = 100_000


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs whose workers train without a model."""
    for name, value in light_workers(tmp_path / "light").items():
        monkeypatch.setenv(name, value)
    return tmp_path / "Läufe mit Raum"


def recipe(runs: Path, name: str, steps: int) -> Recipe:
    return Recipe(
        name=name,
        tasks=(TaskTable(name="none", train=str(runs / "none.jsonl")),),
        training=TrainingTable(max_steps=steps),
        machine=MachineTable(device="cpu"),
    )


def light_run(runs: Path, name: str, steps: int = 3) -> RunFolder:
    return create_run(recipe(runs, name, steps), runs)


def is_over(folder: RunFolder) -> bool:
    return read_state(folder).state in ("finished", "stopped", "failed") and not folder.is_alive()


def spans(folder: RunFolder) -> list[tuple[float, float]]:
    """When each of the run's workers took it up, and said its last word; none where it was refused."""
    with folder.reader() as reader:
        stored = reader.events()
    begun = [index for index, each in enumerate(stored) if each.event.kind in ("RunStarted", "RunResumed")]
    ends = [*begun[1:], len(stored)] if begun else []
    return [(stored[a].time, stored[b - 1].time) for a, b in zip(begun, ends, strict=True)]


def assert_one_at_a_time(*folders: RunFolder) -> None:
    all_spans = sorted(span for folder in folders for span in spans(folder))
    for (_, ended), (begun, _) in itertools.pairwise(all_spans):
        assert ended <= begun, "two runs trained at once"


def holder_pid() -> int:
    holder = DeviceLock("cpu").holder()
    assert holder is not None
    return holder.pid


def waiting() -> list[Path]:
    return [entry.run for entry in read_queue().entries]


def test_that_queued_runs_train_one_after_another_without_a_window_in_the_order_they_were_moved_to(
    runs: Path,
) -> None:
    first, second, third = (light_run(runs, name, 6) for name in ("patient", "second", "third"))
    for folder in (first, second, third):
        put_in_queue(folder, "cpu", "cpu")
    assert [folder.id for folder in start_next().started] == [first.id]
    wait_until(lambda: len(curve(first)) == STANDS_AT, first)
    change_queue(lambda queue: queue.moved(third, "up"))
    send_command(first.db, CheckpointNow())
    # From here on nobody looks but the workers.
    wait_until(lambda: is_over(second), second)
    assert [read_state(folder).state for folder in (first, second, third)] == ["finished"] * 3
    assert_one_at_a_time(first, second, third)
    assert spans(third)[0] < spans(second)[0]
    assert waiting() == []
    wait_until(lambda: not DeviceLock("cpu").is_held())


def test_that_a_killed_worker_leaves_the_queue_waiting_until_somebody_looks(runs: Path) -> None:
    middle, last = light_run(runs, "middle", FOR_EVER), light_run(runs, "last")
    for folder in (light_run(runs, "broken"), middle, last):
        put_in_queue(folder, "cpu", "cpu")
    start_next()
    # The first fails, which does not stop the queue.
    wait_until(lambda: curve(middle), middle)
    psutil.Process(holder_pid()).kill()
    wait_until(lambda: not middle.is_alive(), middle)
    assert read_state(middle).state == "lost"
    assert waiting() == [last.path]
    assert "which is free" in read_state(last).reason
    assert [folder.id for folder in start_next().started] == [last.id]
    wait_until(lambda: is_over(last), last)
    assert read_state(last).state == "finished"
    assert_one_at_a_time(*list_runs(runs))


def test_that_several_command_lines_at_once_never_put_two_runs_on_one_device(runs: Path, tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(recipe(runs, "at once", 15)), encoding="utf-8")
    runs.mkdir(exist_ok=True)
    (runs / "none.jsonl").touch()
    command = [sys.executable, "-m", "studio.cli", "train", str(file), "--runs", str(runs)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    started = [
        subprocess.Popen([*command, *more], env=python_environment(), **pipes)
        for more in ([], [], ["--queue"], ["--queue"])
    ]
    said = [each.communicate(timeout=PATIENCE) for each in started]
    codes = [each.returncode for each in started]
    # Whoever was refused was told how to wait.
    assert codes[2:] == [0, 0]
    assert set(codes[:2]) <= {0, 2}
    for code, (_, err) in zip(codes, said, strict=True):
        assert code == 0 or "--queue" in err, err
    found = list_runs(runs)
    wait_until(lambda: not waiting() and all(is_over(each) for each in found), *found)
    wait_until(lambda: not DeviceLock("cpu").is_held())
    assert_one_at_a_time(*(each for each in found if spans(each)))
    assert sum(read_state(each).state == "finished" for each in found) == codes.count(0)


def test_that_gaming_mode_frees_the_device_and_its_run_continues_first_and_exactly(runs: Path) -> None:
    folder, other = light_run(runs, "patient", 8), light_run(runs, "waits")
    put_in_queue(folder, "cpu", "cpu")
    start_next()
    wait_until(lambda: len(curve(folder)) == STANDS_AT, folder)
    put_in_queue(other, "cpu", "cpu")
    pid = holder_pid()
    begin_game()
    wait_until(lambda: is_gone(pid), folder)
    assert not DeviceLock("cpu").is_held()
    state = read_state(folder)
    assert (state.state, state.step) == ("paused", STANDS_AT)
    assert start_next().started == ()
    assert not other.log.exists(), "the queue is held"
    assert [each.id for each in end_game().started] == [folder.id]
    wait_until(lambda: is_over(other), other)
    assert curve(folder) == {step: loss_at(step) for step in range(1, 9)}
    assert len(events(folder, "StepEnded")) == 8
    assert_one_at_a_time(folder, other)


def test_that_gaming_mode_meets_a_worker_that_has_not_reached_its_device(runs: Path) -> None:
    folder = light_run(runs, "on its way")
    put_in_queue(folder, "cpu", "cpu")
    start_next()
    begin_game()
    wait_until(lambda: "keeps waiting" in folder.log.read_text(encoding="utf-8") or is_over(folder), folder)
    wait_until(lambda: not folder.is_alive())
    assert not events(folder, "StepEnded")
    assert waiting() == [folder.path]
    refused = light_run(runs, "by itself")
    start_worker(refused)
    wait_until(lambda: is_over(refused), refused)
    state = read_state(refused)
    assert state.state == "failed"
    assert "so nothing trains" in state.reason
    end_game()
    wait_until(lambda: is_over(folder), folder)
    assert read_state(folder).state == "finished"


def test_that_a_worker_without_a_turn_leaves_the_other_undisturbed(runs: Path) -> None:
    busy, second = light_run(runs, "busy", FOR_EVER), light_run(runs, "second")
    start_worker(busy)
    wait_until(lambda: curve(busy), busy)
    start_worker(second)
    wait_until(lambda: is_over(second), second)
    state = read_state(second)
    assert state.state == "failed"
    assert "'busy'" in state.reason
    assert "one run at a time" in state.reason
    assert read_state(busy).state in ("running", "starting")
    psutil.Process(holder_pid()).kill()
    wait_until(lambda: not busy.is_alive(), busy)


@pytest.mark.skipif(sys.platform == "win32", reason="there a signal kills at once")
def test_that_a_system_that_shuts_down_starts_nothing_more(runs: Path) -> None:
    folder, other = light_run(runs, "trains", FOR_EVER), light_run(runs, "waits")
    for each in (folder, other):
        put_in_queue(each, "cpu", "cpu")
    start_next()
    wait_until(lambda: curve(folder), folder)
    pid = holder_pid()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: is_gone(pid), folder)
    assert read_state(folder).state == "stopped"
    assert not other.log.exists()
    assert waiting() == [other.path]


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


# It leaves in the midst of its work, however late the test asks it to.
STANDS_STILL = """
import sys, time
from pathlib import Path
from typing import Any
from studio.core.run.run_folder import RunFolder
from studio.training.recorder import Recorder
step = Recorder.step
def until_asked(self, ended, *rest, **more):
    step(self, ended, *rest, **more)
    with RunFolder(Path(sys.argv[1])).reader() as reader:
        while ended.step == 3 and not reader.waiting_commands():
            time.sleep(0.02)
Recorder.step = until_asked
"""


@pytest.mark.slow
def test_that_a_real_run_frees_the_device_and_then_continues_to_the_last_bit(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(STANDS_STILL, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2]))))
    steps = {"training__max_steps": 6, "training__save_every": 1000}
    unbroken = small_run(tmp_path, tiny_model, name="unbroken", **steps)
    assert train(unbroken) == 0
    folder = small_run(tmp_path, tiny_model, **steps)
    put_in_queue(folder, "cpu", "cpu")
    start_next()
    wait_until(lambda: len(curve(folder)) == 3, folder)
    pid = holder_pid()
    begin_game()
    wait_until(lambda: is_gone(pid), folder)
    assert not DeviceLock("cpu").is_held()
    assert read_state(folder).state == "paused"
    assert read_state(folder).step in (3, 4)
    assert [each.id for each in end_game().started] == [folder.id]
    wait_until(lambda: is_over(folder), folder)
    assert len(events(folder, "RunPaused")) == len(events(folder, "RunResumed")) == 1
    assert_same_run(folder, unbroken)
