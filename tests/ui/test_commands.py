"""Commands reach run.db, and the window waits neither for it nor for whoever else holds it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.core.run.commands import Command, Pause, Resume
from studio.core.run.run_folder import RunFolder
from studio.ui.run.tail import RunTail
from studio.ui.runs import commands
from studio.ui.runs.commands import CommandSender
from tests.fake_run import make_fake_run

AT_ONCE = 2.0  # seconds; run.db's own patience is ten


@contextmanager
def held_by_another(folder: RunFolder) -> Iterator[None]:
    """Hold run.db as a program does that backs it up or repairs it: nobody else reads or writes."""
    with closing(sqlite3.connect(folder.db)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


def waiting(folder: RunFolder) -> list[Command]:
    with folder.reader() as reader:
        return reader.waiting_commands()


def test_that_commands_sent_while_another_program_holds_the_run_arrive_in_order_when_it_lets_go(
    qtbot: QtBot, runs: Path
) -> None:
    folder = make_fake_run(runs, steps=3)
    sender = CommandSender()
    with held_by_another(folder):
        began = time.monotonic()
        sender.send(folder, Pause())
        sender.send(folder, Resume())
        assert time.monotonic() - began < AT_ONCE
    with qtbot.waitSignals([sender.sent, sender.sent]):
        pass
    assert waiting(folder) == [Pause(), Resume()]


def test_that_a_command_that_never_finds_the_run_free_is_reported(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "DATABASE_PATIENCE", 0.2)
    folder = make_fake_run(runs, steps=3)
    sender = CommandSender()
    with held_by_another(folder), qtbot.waitSignal(sender.failed) as caught:
        sender.send(folder, Pause())
    assert "Another program is using it" in str(caught.args[0])
    assert waiting(folder) == []


def test_that_a_window_that_closes_sends_first_what_still_waits(qtbot: QtBot, runs: Path) -> None:
    folder = make_fake_run(runs, steps=3)
    sender = CommandSender()
    with held_by_another(folder):
        sender.send(folder, Pause())
    sender.finish()
    assert waiting(folder) == [Pause()]


def test_that_a_run_that_another_program_holds_is_read_when_it_lets_go(qtbot: QtBot, runs: Path) -> None:
    folder = make_fake_run(runs, steps=30)
    tail = RunTail(folder)
    with held_by_another(folder):
        began = time.monotonic()
        tail.start()
        assert time.monotonic() - began < AT_ONCE
        assert tail.record.step == 0
    qtbot.waitUntil(lambda: tail.caught_up)
    tail.stop()
    assert tail.record.curves["loss"].steps.tolist() == list(range(1, 31))
