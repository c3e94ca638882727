"""A run of several cards: it waits until all of them are free, like any other run for its one."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.dispatch import begin_game, start_next
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.queue.queue_text import place_sentence
from studio.core.recipe.machine_table import MachineTable
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.hardware import Device, Machine
from studio.hardware.crew_devices import RunDevices, run_devices
from studio.hardware.machine import GIB
from studio.ui.queue.snapshot import look_at_queue
from studio.worker import device_turn
from studio.worker.device_turn import NotItsTurn, device_of, take_turn
from tests.fake_run import FakeRun, start_no_worker

CARDS = tuple(
    Device("cuda", f"card {index}", index, 8 * GIB, 8 * GIB, vendor="nvidia", bus=f"0000:0{index}:00.0")
    for index in range(3)
)
BOTH = RunDevices(CARDS[0], (CARDS[1],))
TURNED = RunDevices(CARDS[1], (CARDS[0],))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return _run(tmp_path, "both")


def _run(place: Path, name: str) -> RunFolder:
    """A run that no worker has taken up."""
    with FakeRun(place / "runs", name) as run:
        return run.folder


def _queue(folder: RunFolder, devices: RunDevices) -> None:
    put_in_queue(folder, devices.lock_name, devices.torch_name, also=devices.also)


def _lock(card: Device) -> DeviceLock:
    return DeviceLock(card.lock_name)


def _reason(folder: RunFolder) -> str:
    entry = read_queue().entry(folder)
    assert entry is not None
    return place_sentence(entry, read_queue())


def test_that_a_queued_run_waits_for_its_second_card_and_says_so(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_turn, "LEAVING_PATIENCE", 0.05)
    other = _run(tmp_path, "other")
    put_in_queue(folder, CARDS[0].lock_name, "cuda:0")  # before it was known to need two
    with _lock(CARDS[1]).held(other, "cuda:1"):
        with ExitStack() as holding, pytest.raises(NotItsTurn):
            take_turn(folder, BOTH, holding)
        assert not _lock(CARDS[0]).is_held(), "nobody may be kept from a card that it does not use"
        assert read_state(folder).state == "waiting"
        assert _reason(folder).startswith("First in the queue for cuda:0 + cuda:1; 'other'")
        assert "is training on cuda:1 now" in _reason(folder)
        assert "'other'" in look_at_queue().why_not(CARDS[0].lock_name, CARDS[1].lock_name)
    assert "which are free" in _reason(folder)
    with ExitStack() as holding:
        take_turn(folder, BOTH, holding)
        assert all(_lock(card).is_held() for card in CARDS[:2])
        assert read_queue().entries == ()
    assert not any(_lock(card).is_held() for card in CARDS)


def test_that_a_run_started_by_hand_is_refused_where_its_second_card_is_busy(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_turn, "LOOK_PATIENCE", 0.05)
    other = _run(tmp_path, "other")
    with _lock(CARDS[1]).held(other, "cuda:1"), ExitStack() as holding, pytest.raises(DeviceBusyError, match="cuda:1"):
        take_turn(folder, BOTH, holding)
    assert read_state(folder).state == "failed"


def test_that_two_runs_of_the_same_cards_never_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    held = DeviceLock.held

    def noting(self: DeviceLock, run: RunFolder, *rest: object, **more: object) -> object:
        asked.append((run.id, self.name))
        return held(self, run, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(DeviceLock, "held", noting)
    runs = [_run(tmp_path, name) for name in ("one", "two")]
    for run, devices in zip(runs, (BOTH, TURNED), strict=True):
        _queue(run, devices)
    trained: list[str] = []

    def train(run: RunFolder, devices: RunDevices) -> None:
        with ExitStack() as holding:
            take_turn(run, devices, holding)
            time.sleep(0.2)
            trained.append(run.id)

    threads = [threading.Thread(target=train, args=each) for each in zip(runs, (BOTH, TURNED), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(trained) == sorted(run.id for run in runs)
    for run in runs:
        assert [lock for by, lock in asked if by == run.id] == [card.lock_name for card in CARDS[:2]]


def test_that_a_run_begins_when_all_its_cards_are_free_and_before_those_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")
    first, both, behind, third = (_run(tmp_path, name) for name in ("first", "both", "behind", "third"))
    _queue(both, BOTH)
    _queue(behind, RunDevices(CARDS[0]))
    _queue(third, RunDevices(CARDS[2]))
    with _lock(CARDS[1]).held(first, "cuda:1"):
        # The card that it already could have stays free for it: else others might take turns on the two for ever.
        assert [each.id for each in start_next().started] == [third.id]
        assert [each.id for each in start_next(leaving=[CARDS[1].lock_name]).started] == [both.id]
    assert started == [third.id, both.id]
    assert _reason(behind).startswith("Second in the queue for cuda:0, behind 'both'")


def test_that_gaming_mode_lets_a_run_of_two_cards_wait_for_both(folder: RunFolder) -> None:
    with ExitStack() as holding:
        take_turn(folder, BOTH, holding)
        assert [each.id for each in begin_game()] == [folder.id]
    entry = read_queue().entry(folder)
    assert entry is not None
    assert (entry.devices, entry.shown) == ((CARDS[0].lock_name, CARDS[1].lock_name), "cuda:0 + cuda:1")


def test_that_too_few_cards_are_a_problem_in_the_runs_record(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = Device("cpu", "a processor", 0, 8 * GIB, 8 * GIB)
    machine = Machine((*CARDS, cpu), "", 2, 2, 2, 8 * GIB, 8 * GIB, "Linux", "", "", None)
    table = MachineTable(device="cuda:2", processes=2)
    assert run_devices(machine, table, CARDS[2]).torch_name == "cuda:2 + cuda:0"
    assert run_devices(machine, MachineTable(device="cpu", processes=4), cpu).every == (cpu,)
    recipe = folder.recipe()
    wanted = recipe.model_copy(update={"machine": MachineTable(device="cuda", processes=4)})
    monkeypatch.setattr(RunFolder, "recipe", lambda self: wanted)
    with pytest.raises(ProblemError, match=r"machine\.processes"):
        device_of(folder, machine)
    state = read_state(folder)
    assert (state.state, "4 processes each need a card" in state.reason) == ("failed", True)
