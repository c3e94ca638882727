"""A dialog or a window closes at once, or nearly, whatever drive, disk or driver does not answer meanwhile."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import studio.hardware
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.sweep_file import parse_sweep
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.core.unfinished import noted, partial_of
from studio.ui.fields.field_row import FieldRow
from studio.ui.machine_watch import MachineWatch
from studio.ui.new_run import kept_draft
from studio.ui.new_run.kept_draft import KeptDraft
from studio.ui.new_run.page import NewRunPage
from studio.ui.off_thread import CLOSING_SECONDS
from studio.ui.window import MainWindow
from tests.fake_run import make_fake_run
from tests.patience import PATIENCE
from tests.planner.machines import SMALL, config_folder
from tests.slow_disk import SilentDisk
from tests.ui.conftest import page_of
from tests.ui.test_silent_drive import drive, silence  # noqa: F401  fixtures

Open = Callable[..., MainWindow]
AT_ONCE = CLOSING_SECONDS / 2
CLOSED = 2 * CLOSING_SECONDS


@pytest.fixture
def far(drive: Path) -> Recipe:  # noqa: F811
    """A recipe whose model and data lie on the drive."""
    config_folder(drive / "model", SMALL)
    tasks = [{"name": "far", "train": str(drive / "far.jsonl")}]
    return Recipe.model_validate({"name": "far", "model": {"source": str(drive / "model")}, "tasks": tasks})


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize("which", ["compare", "sweep"])
def test_that_a_dialog_that_plans_what_lies_on_a_silent_drive_is_closed_and_opened_again_at_once(
    qtbot: QtBot,
    open_window: Open,
    far: Recipe,
    silence: Callable[[], SilentDisk],  # noqa: F811
    which: str,
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.dialogs.machine is not None)
    disk = silence()

    def show() -> None:
        if which == "compare":
            window.dialogs.show_comparing(far)
        else:
            lists = '[sweep]\n"method.rank" = [4, 8]\n'
            given = parse_sweep(f'[[tasks]]\nname = "far"\ntrain = "far.jsonl"\n{lists}', "sweep", Path())
            window.dialogs.show_sweeping(far, given)

    show()
    qtbot.waitUntil(lambda: disk.waiting == 1)
    with within(AT_ONCE):
        show()
    dialog = getattr(window.dialogs, which)
    qtbot.waitUntil(lambda: disk.waiting == 2)
    with within(AT_ONCE):
        dialog.leave_it.click()
    assert not dialog.isVisible()
    with within(CLOSED):
        window.close()
    disk.answer()


def test_that_a_window_waits_once_for_all_that_a_silent_drive_keeps_from_ending(
    qtbot: QtBot,
    open_window: Open,
    drive: Path,  # noqa: F811
    far: Recipe,
    silence: Callable[[], SilentDisk],  # noqa: F811
) -> None:
    run = make_fake_run(drive / "runs", steps=2)
    window = open_window()
    page = page_of(qtbot, window)
    qtbot.waitUntil(lambda: window.dialogs.machine is not None)
    disk = silence()
    page.form.set_fields({"model.source": str(drive / "model")})
    page.save_recipe(str(drive / "kept.toml"))
    window.pages.show_run(RunFolder(run.path))
    window.run_actions.report(run)
    window.list_actions.shelf.rename(run, "another")
    window.dialogs.show_comparing(far)
    qtbot.waitUntil(lambda: disk.waiting >= 5)
    with within(CLOSED):
        window.close()
    disk.answer()


def test_that_the_rest_of_an_export_on_a_silent_drive_is_cleared_away_when_that_answers(
    qtbot: QtBot,
    open_window: Open,
    drive: Path,  # noqa: F811
    silence: Callable[[], SilentDisk],  # noqa: F811
) -> None:
    partial = partial_of(drive / "out")
    with noted(partial):
        partial.mkdir()
    disk = silence()
    window = open_window()
    qtbot.waitUntil(lambda: disk.waiting == 1)
    with within(CLOSED):
        window.close()
    disk.answer()
    qtbot.waitUntil(lambda: not partial.exists())


def test_that_a_half_made_run_whose_disk_sleeps_is_written_after_the_window_is_closed(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake = threading.Event()
    real = kept_draft.write_whole

    def late(file: Path, text: str) -> None:
        assert awake.wait(PATIENCE)
        real(file, text)

    monkeypatch.setattr(kept_draft, "write_whole", late)
    kept = KeptDraft(tmp_path / "draft.toml")
    kept.keep('name = "half made"\n')
    with within(CLOSED):
        kept.leave()
    awake.set()
    qtbot.waitUntil((tmp_path / "draft.toml").is_file)


def test_that_a_driver_that_never_answers_keeps_neither_the_window_nor_its_process(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        assert answers.wait(PATIENCE)

    monkeypatch.setattr(studio.hardware, "telemetry", hang)
    watch = MachineWatch()
    told: list[object] = []
    watch.sampled.connect(told.append)
    watch._on_tick()
    assert asked.wait(PATIENCE)
    with within(CLOSED):
        watch.stop()
    (waits,) = (thread for thread in threading.enumerate() if thread.name == "machine-watch")
    assert waits.daemon
    answers.set()
    waits.join()
    qtbot.wait(20)
    assert told == []


def test_that_nothing_is_kept_of_a_page_that_was_being_built_when_the_window_was_closed(
    qtbot: QtBot, runs: Path
) -> None:
    def half_made() -> list[QWidget]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, (NewRunPage, FieldRow))]

    window = MainWindow(Settings(), runs, None, remember=False)
    qtbot.addWidget(window)
    window.show()
    while len(half_made()) < 3:
        next(window.pages._building)
    window.close()
    gc.collect()
    assert not half_made()
