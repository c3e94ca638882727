"""A drive that never answers holds what is asked of it, and nothing else: other folders are read, the window closes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core import silent_drive
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.commands import Command, Pause
from studio.core.run.run_folder import RunFolder
from studio.core.settings import Settings
from studio.ui.comparison.watch import Comparison, ComparisonWatch
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.off_thread import CLOSING_SECONDS
from studio.ui.run.tail import RunTail
from studio.ui.runs import watch
from studio.ui.runs.commands import CommandSender
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run, start_no_worker
from tests.slow_disk import SilentDisk, silent_disk
from tests.ui.conftest import page_of

Open = Callable[..., MainWindow]
ROW = '{"prompt": "1", "completion": "2"}\n'


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A folder of data and of runs, whose disk will fall silent."""
    folder = tmp_path / "unplugged"
    (folder / "runs").mkdir(parents=True)
    for name in ("far", "farther"):
        (folder / f"{name}.jsonl").write_text(ROW, "utf-8")
    return folder


@pytest.fixture
def near(tmp_path: Path) -> Path:
    file = tmp_path / "at home" / "near.jsonl"
    file.parent.mkdir()
    file.write_text(ROW, "utf-8")
    return file


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch, drive: Path) -> Iterator[Callable[[], SilentDisk]]:
    """Make the drive answer nobody, from when this is called until the test ends."""
    made: list[SilentDisk] = []

    def fall_silent() -> SilentDisk:
        made.append(silent_disk(monkeypatch, drive))
        return made[-1]

    yield fall_silent
    for disk in made:
        disk.answer()


def test_that_a_file_whose_drive_never_answers_is_taken_out_and_the_rest_is_checked_and_planned(
    qtbot: QtBot, open_window: Open, drive: Path, near: Path, tmp_path: Path, silence: Callable[[], SilentDisk]
) -> None:
    recipe = tmp_path / "recipe.toml"
    tasks = [{"name": "near", "train": str(near)}, {"name": "far", "train": str(drive / "far.jsonl")}]
    recipe.write_text(dump_recipe(Recipe.model_validate({"name": "half far", "tasks": tasks})), "utf-8")
    page = page_of(qtbot, open_window(recipe))
    qtbot.waitUntil(page.foot.start.isEnabled)
    disk = silence()
    page.head.name.setText("renamed")
    qtbot.waitUntil(lambda: disk.waiting > 0)
    page.form.tasks.panels[1].remove.click()
    qtbot.waitUntil(lambda: page._draft is not None and "far.jsonl" not in page._draft.text)
    assert page._draft is not None
    assert page._draft.recipe is not None
    assert page._draft.recipe.name == "renamed"
    qtbot.waitUntil(lambda: page.foot.start.isEnabled() and page._planned is not None)


def test_that_files_of_another_folder_are_taken_while_a_drive_never_answers(
    qtbot: QtBot, open_window: Open, drive: Path, near: Path, silence: Callable[[], SilentDisk]
) -> None:
    page = page_of(qtbot, open_window())
    disk = silence()
    page.form.tasks.add_files([drive / "far.jsonl"])
    qtbot.waitUntil(lambda: disk.waiting > 0)
    page.form.tasks.add_files([near])
    page.form.tasks.add_files([drive / "farther.jsonl"])
    qtbot.waitUntil(lambda: [task["name"] for task in page.form.tasks.tasks()] == ["near"])
    disk.answer()
    qtbot.waitUntil(lambda: [task["name"] for task in page.form.tasks.tasks()] == ["near", "far", "farther"])


def test_that_a_plan_is_made_though_the_model_chosen_before_lies_on_a_drive_that_never_answers(
    qtbot: QtBot, open_window: Open, drive: Path, near: Path, tmp_path: Path, silence: Callable[[], SilentDisk]
) -> None:
    recipe = tmp_path / "recipe.toml"
    tasks = [{"name": "near", "train": str(near)}]
    recipe.write_text(dump_recipe(Recipe.model_validate({"name": "near", "tasks": tasks})), "utf-8")
    window = open_window(recipe)
    page = page_of(qtbot, window)
    qtbot.waitUntil(lambda: page._planned is not None)
    disk = silence()
    page.form.set_fields({"model.source": str(drive / "model")})
    qtbot.waitUntil(lambda: disk.waiting > 0)
    page.form.set_fields({"model.source": "demo"})
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.plan is not None)
    began = time.monotonic()
    window.close()
    assert time.monotonic() - began < 2 * CLOSING_SECONDS


def test_that_one_run_is_read_while_the_drive_of_another_never_answers(
    qtbot: QtBot, drive: Path, runs: Path, silence: Callable[[], SilentDisk]
) -> None:
    far, near = make_fake_run(drive / "runs", steps=4), make_fake_run(runs, steps=5)
    disk = silence()
    waits: list[bool] = []
    stuck, free = RunTail(far), RunTail(near)
    stuck.waits.connect(waits.append)
    stuck.start()
    free.start()
    qtbot.waitUntil(lambda: disk.waiting == 1 and free.record.step == 5 and waits == [True])
    stuck.stop()
    stuck.start()  # and as often as somebody looks, one thread waits
    qtbot.wait(300)
    assert disk.waiting == 1
    disk.answer()
    qtbot.waitUntil(lambda: stuck.record.step == 4)
    for tail in (stuck, free):
        tail.stop()


def test_that_a_run_is_commanded_while_the_drive_of_another_never_answers(
    qtbot: QtBot, drive: Path, runs: Path, silence: Callable[[], SilentDisk]
) -> None:
    far, near = make_fake_run(drive / "runs", steps=2), make_fake_run(runs, steps=2)
    disk = silence()
    sender = CommandSender()
    sender.send(far, Pause())
    sender.send(near, Pause())
    qtbot.waitUntil(lambda: waiting(near) == [Pause()])
    began = time.monotonic()
    sender.finish()
    assert time.monotonic() - began < 2 * CLOSING_SECONDS
    assert disk.waiting == 1
    disk.answer()
    qtbot.waitUntil(lambda: waiting(far) == [Pause()])  # it is sent, though nobody waited for it


def waiting(folder: RunFolder) -> list[Command]:
    with folder.reader() as reader:
        return reader.waiting_commands()


def test_that_other_runs_are_compared_while_a_drive_never_answers(
    qtbot: QtBot, drive: Path, runs: Path, silence: Callable[[], SilentDisk]
) -> None:
    far = tuple(make_fake_run(drive / "runs", steps=2, name=name) for name in ("a", "b"))
    near = tuple(make_fake_run(runs, steps=2, name=name) for name in ("c", "d"))
    disk = silence()
    read: list[Comparison] = []
    comparing = ComparisonWatch()
    comparing.read.connect(read.append)
    comparing.watch(far)
    comparing.start()
    qtbot.waitUntil(lambda: disk.waiting == 1)
    comparing.watch(near)
    qtbot.waitUntil(lambda: bool(read))
    assert {each.folders for each in read} == {near}
    comparing.stop()


def test_that_a_run_of_the_queue_on_a_silent_drive_is_named_passed_over_and_removed(
    qtbot: QtBot,
    open_window: Open,
    drive: Path,
    runs: Path,
    silence: Callable[[], SilentDisk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 0.5)
    started = start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")
    with FakeRun(drive / "runs", "unplugged") as far, FakeRun(runs, "next") as near, FakeRun(runs, "last") as last:
        for run in (far, near, last):
            put_in_queue(run.folder, "cpu", "cpu")
        disk = silence()
        window = open_window()
        rows = window.sidebar.queue.rows
        qtbot.waitUntil(lambda: started == [near.folder.id])
        qtbot.waitUntil(lambda: [row.reason.text() for row in rows][:1] == ["its drive does not answer"])
        assert "does not answer" in rows[0].toolTip()
        qtbot.waitUntil(lambda: any("does not answer" in each.what for each in window.notices.problems()))
        (told,) = (each for each in window.notices.problems() if "does not answer" in each.what)
        assert far.folder.id in told.what or "unplugged" in told.what
        qtbot.mouseClick(rows[0].remove, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: far.folder.path not in [entry.run for entry in read_queue().entries])
        qtbot.waitUntil(lambda: window.notices.problems() == [])
        assert started == [near.folder.id]
        began = time.monotonic()
        window.close()
        assert time.monotonic() - began < 2 * CLOSING_SECONDS
        disk.answer()


def test_that_runs_that_are_made_on_a_silent_drive_keep_nobody_from_the_queue(
    qtbot: QtBot,
    open_window: Open,
    drive: Path,
    runs: Path,
    silence: Callable[[], SilentDisk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")
    window = open_window()
    qtbot.waitUntil(lambda: window.run_actions.machine is not None)
    tasks = [{"name": "near", "train": "near.jsonl"}]
    recipe = Recipe.model_validate({"name": "group", "tasks": tasks, "machine": {"device": "cpu"}})
    disk = silence()
    window.run_actions.folder = drive / "runs"
    window.run_actions.queue_group("group", (recipe, recipe))
    qtbot.waitUntil(lambda: disk.waiting == 1)
    with FakeRun(runs, "near") as near:
        window.queue.watch.do(lambda: put_in_queue(near.folder, "cpu", "cpu"))
        qtbot.waitUntil(lambda: started == [near.folder.id])
        with qtbot.waitSignal(window.queue.group_queued) as made:
            disk.answer()
    assert [folder.path.parent for folder in made.args[1]] == [drive / "runs"] * 2
    assert len(read_queue().entries) == 3


def test_that_the_window_says_that_the_drive_of_its_runs_is_silent_takes_another_folder_and_closes(
    qtbot: QtBot,
    open_window: Open,
    drive: Path,
    runs: Path,
    silence: Callable[[], SilentDisk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "SILENT_MS", 50)
    make_fake_run(drive / "runs", steps=2)
    with FakeRun(runs) as run:
        run.start().train(2)
        window = open_window()
        qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
        disk = silence()
        window.store.replace(Settings(runs=str(drive / "runs")))
        qtbot.waitUntil(lambda: any("does not answer" in each.what for each in window.notices.problems()))
        window.store.replace(Settings(runs=str(runs)))
        qtbot.waitUntil(lambda: window.notices.problems() == [])
        run.train(1)
        qtbot.waitUntil(lambda: window.sidebar.model.run_at(0).step == 3)
        window.store.replace(Settings(runs=str(drive / "runs")))
        window.pages.show_run(RunFolder(drive / "runs" / "any"))
        qtbot.waitUntil(lambda: disk.waiting >= 3)
        began = time.monotonic()
        window.close()
        assert time.monotonic() - began < 2 * CLOSING_SECONDS


def test_that_settings_whose_folder_of_runs_is_silent_say_so_and_take_another(
    qtbot: QtBot, open_window: Open, drive: Path, tmp_path: Path, silence: Callable[[], SilentDisk]
) -> None:
    window = open_window()
    dialog = SettingsDialog(Settings(), window)
    dialog.chosen.connect(window.store.replace)
    dialog.open()
    disk = silence()
    row = dialog.rows["runs"]
    row.editor.set_value(str(drive / "runs"))
    dialog.done_button.click()
    qtbot.waitUntil(lambda: disk.waiting == 1)
    assert row.problem == "Its disk is being asked…"
    assert dialog.isVisible()
    other = tmp_path / "other"
    other.mkdir()
    row.editor.set_value(str(other))
    assert row.problem == ""
    dialog.done_button.click()
    qtbot.waitUntil(lambda: window.store.settings.runs_folder() == other)
    disk.answer()
    qtbot.wait(50)
    assert window.store.settings.runs_folder() == other, "what was asked before is not taken when it comes"
