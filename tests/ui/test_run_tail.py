from __future__ import annotations

import sqlite3
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.run.events import WarningRaised
from studio.core.run.run_db import RunReader, RunWriter
from studio.core.run.run_folder import RunFolder
from studio.ui.run.tail import NOTHING, PERIOD_MS, Growth, RunTail
from studio.ui.run.tail_reader import EVENTS_A_SLICE, Slice
from tests.fake_run import FakeRun, make_fake_run


def read_on(qtbot: QtBot, tail: RunTail) -> None:
    """Read until nothing is left, and go on looking."""
    tail.start()
    qtbot.waitUntil(lambda: tail.caught_up and not tail.is_looking)


def test_that_a_finished_run_is_read_whole(qtbot: QtBot, runs: Path) -> None:
    tail = RunTail(make_fake_run(runs, steps=60))
    read_on(qtbot, tail)
    tail.stop()
    record = tail.record
    assert record.curves["loss"].steps.tolist() == list(range(1, 61))
    assert record.step == record.total_steps == 60
    assert record.routed
    assert [each.when for each in record.evaluations] == ["before", "during", "during", "during", "after"]
    assert record.ended is not None
    assert record.ended.outcome == "finished"


def test_that_a_growing_run_brings_only_what_is_new(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        tail = RunTail(run.folder)
        read_on(qtbot, tail)
        with qtbot.waitSignal(tail.grew) as caught:
            run.train()
        growth = caught.args[0]
        assert "loss" in growth.curves
        assert not growth.events
        qtbot.waitUntil(lambda: tail.caught_up)
        with qtbot.waitSignal(tail.grew) as caught:
            run.warn()
        assert caught.args[0].events
        assert not caught.args[0].curves
        tail.stop()
    assert len(tail.record.curves["loss"]) == 4


def test_that_a_resumed_run_steps_back_on_its_curves(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(10)
        tail = RunTail(run.folder)
        read_on(qtbot, tail)
        run.die()
        run.step = 5
        run.start()
        with qtbot.waitSignal(tail.grew, check_params_cb=lambda growth: "loss" in growth.curves):
            run.train()
        tail.stop()
    assert tail.record.curves["loss"].steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert tail.record.step == 6


def test_that_reading_on_after_a_stop_misses_nothing(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(2)
        tail = RunTail(run.folder)
        read_on(qtbot, tail)
        tail.stop()
        run.train(3)
        read_on(qtbot, tail)
        tail.stop()
    np.testing.assert_array_equal(tail.record.curves["loss"].steps, [1, 2, 3, 4, 5])


def test_that_a_broken_run_is_reported_and_left_alone(qtbot: QtBot, runs: Path) -> None:
    folder = make_fake_run(runs, steps=3)
    for name in ("run.db", "run.db-wal", "run.db-shm"):
        (folder.path / name).unlink(missing_ok=True)
    folder.db.write_bytes(b"this is no database" * 200)
    tail = RunTail(folder)
    with qtbot.waitSignal(tail.failed) as caught:
        tail.start()
    assert "run.db" in caught.args[0].where
    assert caught.args[0].remedy


def test_that_thousands_of_events_are_read_in_slices_each_once_and_in_order(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, slices = RunTail._take, []

    def taken(tail: RunTail, found: Slice) -> None:
        take(tail, found)
        slices.append((len(tail.record.story), found.is_all))

    monkeypatch.setattr(RunTail, "_take", taken)
    with FakeRun(runs) as run:
        run.start().train(1)
        for number in range(2 * EVENTS_A_SLICE + 50):
            run.warn(f"Warning {number}.")
        tail = RunTail(run.folder)
        tail.start()
        qtbot.waitUntil(lambda: tail.caught_up)
        tail.stop()
        assert slices[:2] == [(EVENTS_A_SLICE, False), (2 * EVENTS_A_SLICE, False)]
        told = [stored.event.what for stored in tail.record.story if isinstance(stored.event, WarningRaised)]
        assert told == [f"Warning {number}." for number in range(2 * EVENTS_A_SLICE + 50)]


def test_that_slices_without_time_for_more_than_one_lose_nothing(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.run.tail_reader.BUDGET_SECONDS", 0.0)
    tail = RunTail(make_fake_run(runs, steps=300))
    told: list[Growth] = []
    tail.grew.connect(told.append)
    tail.start()
    assert not tail.caught_up
    read_on(qtbot, tail)
    tail.stop()
    assert tail.record.curves["loss"].steps.tolist() == list(range(1, 301))
    assert reduce(Growth.and_then, told).curves == frozenset(tail.record.curves)
    assert reduce(Growth.and_then, told).loads


def test_that_what_a_long_run_brings_is_shown_in_parts_that_lose_nothing() -> None:
    whole = Growth(frozenset({"loss", "task/units/loss", "grad_norm"}), True, True)
    parts = whole.parts()
    assert [sorted(part.curves) for part in parts] == [["loss", "task/units/loss"], ["grad_norm"], [], []]
    assert reduce(Growth.and_then, parts) == whole
    assert NOTHING.parts() == []


def test_that_a_run_at_rest_is_let_go_of_until_something_is_written(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[RunReader] = []
    reader = RunFolder.reader

    def noted(folder: RunFolder, patience: float = 0.0) -> RunReader:
        opened.append(reader(folder, patience))
        return opened[-1]

    monkeypatch.setattr(RunFolder, "reader", noted)
    folder = make_fake_run(runs, steps=3)
    tail = RunTail(folder)
    tail.record.at_work = False  # as the run's page learns of the watch
    read_on(qtbot, tail)
    qtbot.wait(10 * PERIOD_MS)
    assert len(opened) <= 3, "it is not opened again and again"
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[-1].last_event()
    folder.path.rename(runs / "elsewhere").rename(folder.path)  # Windows refuses that while a file is open

    with RunWriter(folder.db) as writer:
        writer.write(WarningRaised(where="run", what="Later."))
    qtbot.waitUntil(lambda: isinstance(tail.record.story[-1].event, WarningRaised))
    tail.stop()
