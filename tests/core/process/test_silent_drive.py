"""A run whose drive never answers keeps its place in the queue, and holds neither the others nor whoever looks."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.core import silent_drive
from studio.core.problem import ProblemError
from studio.core.process import dispatch
from studio.core.process.dispatch import begin_game, refuse_busy, start_next
from studio.core.queue import queue_text
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock
from studio.core.queue.queue import change_queue, move_in_queue, put_in_queue, read_queue, take_out_of_queue
from studio.core.run.commands import Pause
from studio.core.silent_drive import SilentDriveError, answered, answered_at_length, require_answer
from studio.core.state.run_state import read_state
from tests.fake_run import FakeRun, start_no_worker
from tests.slow_disk import SilentDisk, silent_disk

SOON = 0.1  # seconds after which a drive is silent here


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were given a worker, which does not exist here."""
    return start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", SOON)
    monkeypatch.setattr(dispatch, "HELD_PATIENCE", SOON)
    monkeypatch.setattr(queue_text, "NAME_PATIENCE", SOON)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str, str], FakeRun]]:
    """Makes a run in a folder, closed at the end."""
    with ExitStack() as made:
        yield lambda place, name: made.enter_context(FakeRun(tmp_path / place, name))


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], SilentDisk]]:
    """Makes the folder "far" answer nobody, until the test ends."""
    made: list[SilentDisk] = []

    def fall_silent() -> SilentDisk:
        made.append(silent_disk(monkeypatch, tmp_path / "far"))
        return made[-1]

    yield fall_silent
    for disk in made:
        disk.answer()


def waiting() -> list[str]:
    return [each.run.name for each in read_queue().entries]


def in_line(*runs: FakeRun) -> None:
    for run in runs:
        put_in_queue(run.folder, "cpu", "cpu")


def test_that_those_behind_a_run_on_a_silent_drive_go_before_it_and_it_keeps_its_place(
    started: list[str],
    impatient: None,
    make: Callable[[str, str], FakeRun],
    silence: Callable[[], SilentDisk],
) -> None:
    far, near = make("far", "far"), make("near", "near")
    in_line(far, near)
    disk = silence()
    assert [folder.id for folder in start_next().started] == [near.folder.id]
    assert waiting() == [far.folder.id, near.folder.id]
    entry = read_queue().entries[0]
    assert "does not answer" in queue_text.place_sentence(entry, read_queue())
    with pytest.raises(DeviceBusyError, match="'near' is starting"):
        refuse_busy("cpu", "cpu")
    disk.answer()
    assert start_next().started == (), "the device is taken by now"
    take_out_of_queue(near.folder)
    assert [folder.id for folder in start_next().started] == [far.folder.id]
    assert started == [near.folder.id, far.folder.id]


def test_that_a_run_on_a_disk_that_only_sleeps_is_not_passed_over(
    started: list[str], make: Callable[[str, str], FakeRun], silence: Callable[[], SilentDisk]
) -> None:
    far, near = make("far", "far"), make("near", "near")
    in_line(far, near)
    disk = silence()
    assert start_next(patience=SOON).started == ()
    disk.answer()
    assert [folder.id for folder in start_next(patience=60).started] == [far.folder.id]
    assert started == [far.folder.id]


def test_that_a_run_on_a_silent_drive_is_moved_and_removed_and_no_disk_is_asked(
    make: Callable[[str, str], FakeRun], silence: Callable[[], SilentDisk]
) -> None:
    far, near = make("far", "far"), make("near", "near")
    in_line(far, near)
    disk = silence()
    folder = read_queue().entries[0].folder
    move_in_queue(folder, "last")
    assert waiting() == [near.folder.id, far.folder.id]
    assert take_out_of_queue(folder)
    assert waiting() == [near.folder.id]
    change_queue(lambda queue: queue.without(folder).changed(folder, tries=1).moved(folder, "up"))
    assert disk.answered == disk.waiting == 0


def test_that_the_state_of_a_run_behind_one_on_a_silent_drive_is_read(
    impatient: None, make: Callable[[str, str], FakeRun], silence: Callable[[], SilentDisk]
) -> None:
    far, near = make("far", "three tasks"), make("near", "near")
    in_line(far, near)
    silence()
    queue_text._names.clear()
    assert f"behind '{far.folder.id}'" in read_state(near.folder).reason


def test_that_gaming_mode_pauses_the_others_and_keeps_nobody_from_the_queue_meanwhile(
    impatient: None, make: Callable[[str, str], FakeRun], silence: Callable[[], SilentDisk]
) -> None:
    far, near = make("far", "far"), make("near", "near")
    far.start().train(3)
    near.start().train(3)
    with DeviceLock("a").held(far.folder, "cuda:0"), DeviceLock("b").held(near.folder, "cuda:1"):
        disk = silence()
        with pytest.raises(ProblemError, match=f"{far.folder.id}: its drive does not answer"):
            begin_game()
        with near.folder.reader() as reader:
            assert reader.waiting_commands() == [Pause()]
        assert read_queue().game is not None
        assert sorted(waiting()) == sorted([far.folder.id, near.folder.id])  # it pauses once its drive answers
        disk.answer()


def test_that_a_drive_that_owes_an_answer_is_not_asked_again_and_keeps_nobody_waiting(
    impatient: None, tmp_path: Path
) -> None:
    answer, asked = threading.Event(), []

    def ask() -> str:
        asked.append(answer.wait(60))
        return "late"

    for _ in range(5):
        with pytest.raises(SilentDriveError, match="does not answer"):
            answered(tmp_path, ask)
    assert answered(tmp_path / "elsewhere", lambda: "at once") == "at once"
    (waits,) = (thread for thread in threading.enumerate() if thread.name == f"ask {tmp_path.name}")
    assert waits.daemon
    answer.set()
    waits.join()
    assert asked == [True]
    assert answered(tmp_path, ask) == "late"


def test_that_what_a_question_raises_is_raised_where_it_was_asked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        answered(tmp_path, (tmp_path / "nothing").stat)


def test_that_a_drive_that_has_answered_since_is_not_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(silent_drive, "time", clock)
    held, place, now = threading.Event(), tmp_path / "slow", 100.0
    with pytest.raises(SilentDriveError):
        answered(place, held.wait, SOON)
    now = 130.0
    assert silent_drive.silent_for(place) == 30.0
    assert answered(place, lambda: "here", 60) == "here"
    assert silent_drive.silent_for(place) == 0.0
    now = 133.0
    assert silent_drive.silent_for(place) == 3.0
    held.set()


def test_that_what_takes_long_is_waited_for_while_its_drive_answers_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, signs, enough = [100.0], [], threading.Event()

    def sign(place: Path) -> None:
        now[0] += 0.6 * SOON
        signs.append(place)
        if len(signs) == 5:
            enough.set()

    monkeypatch.setattr(silent_drive, "SILENT_AFTER", SOON)
    monkeypatch.setattr(silent_drive, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(shutil, "disk_usage", sign)
    assert answered_at_length(tmp_path, lambda: enough.wait(60))
    assert now[0] > 100.0 + 2 * SOON
    assert set(signs) == {tmp_path}


def test_that_what_takes_long_is_given_up_once_its_drive_answers_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back, signs = threading.Event(), []

    def sign(place: Path) -> None:
        signs.append(place)
        if len(signs) > 2:
            back.wait(60)

    monkeypatch.setattr(silent_drive, "SILENT_AFTER", SOON)
    monkeypatch.setattr(shutil, "disk_usage", sign)
    with pytest.raises(SilentDriveError, match="does not answer"):
        answered_at_length(tmp_path, lambda: back.wait(60))
    assert len(signs) <= 3, "one that is not answered is not followed by others"
    with pytest.raises(SilentDriveError):
        answered_at_length(tmp_path, list)
    back.set()
    for thread in [each for each in threading.enumerate() if each.name == f"ask {tmp_path.name}"]:
        thread.join()
    assert answered_at_length(tmp_path, list) == []


@pytest.mark.parametrize("asks", [answered, answered_at_length])
def test_that_a_drive_has_time_to_answer_after_the_machine_has_slept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: Callable[[Path, Callable[[], str]], str]
) -> None:
    now, awake = [100.0], threading.Event()

    class Slept(threading.Event):
        """Its first wait is over as soon as it began: the machine slept for an hour in it."""

        def wait(self, timeout: float | None = None) -> bool:
            if awake.is_set():
                return super().wait(timeout)
            now[0] += 3600.0
            awake.set()
            return False

    def ask() -> str:
        assert awake.wait(60)
        return "here"

    monkeypatch.setattr(silent_drive, "Event", Slept)
    monkeypatch.setattr(silent_drive, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert asks(tmp_path, ask) == "here"


def test_that_a_drive_need_not_have_what_it_is_asked_about(tmp_path: Path) -> None:
    require_answer(tmp_path / "nothing")
    require_answer(Path("no\0name"))
