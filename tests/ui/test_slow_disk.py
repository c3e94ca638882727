"""A drive that is slow to answer holds nothing in the window: who looks at it does so in another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe, load_recipe
from studio.core.run.commands import Command, Pause
from studio.core.run.run_folder import RunFolder, list_runs
from studio.ui.desk import Desk
from studio.ui.new_run import editing
from studio.ui.new_run.data_check import DataCheck
from studio.ui.new_run.page import NewRunPage
from studio.ui.run.page import RunPage
from studio.ui.run.path import TABS
from studio.ui.runs.summary import RunGlance
from studio.ui.try_out.speakers import Speakers
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.slow_disk import silent_disk, slow_disk
from tests.ui.conftest import page_of

Open = Callable[..., MainWindow]
MANY = 40


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A folder of data files with their held-out parts, and one that is no data."""
    folder = tmp_path / "network drive"
    folder.mkdir()
    for number in range(MANY):
        for part in ("train", "test"):
            (folder / f"task-{number}-{part}.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', "utf-8")
    (folder / "notes.docx").write_bytes(b"")
    return folder


def training_files(drive: Path, count: int = MANY) -> list[Path]:
    return [drive / f"task-{number}-train.jsonl" for number in range(count)]


def drop(page: NewRunPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    plain = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, plain))


def texts_of(widget: QLabel | QPushButton, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What it says from now on, however briefly."""
    said, set_text = list[str](), widget.setText

    def note(text: str) -> None:
        said.append(text)
        set_text(text)

    monkeypatch.setattr(widget, "setText", note)
    return said


def test_that_the_stand_in_names_who_asks_a_disk_in_the_windows_thread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = slow_disk(monkeypatch, tmp_path / "far")
    assert not (tmp_path / "far" / "x").exists()
    assert not (tmp_path / "near").exists()
    assert len(disk.asked) == 1
    with disk.spun_up():
        assert not (tmp_path / "far").is_dir()
    assert len(disk.asked) == 1
    assert disk.answered == 2


def test_that_forty_files_dropped_from_a_slow_drive_become_tasks_and_hold_nothing(
    qtbot: QtBot, open_window: Open, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(qtbot, open_window())
    disk = slow_disk(monkeypatch, drive)
    monkeypatch.setattr("tests.slow_disk.ANSWERS_AFTER", 0.002)
    page.form.tasks.files._timer.setInterval(0)
    note = page.findChild(QLabel, "tasks_note")
    said = texts_of(note, monkeypatch)
    drop(page, *training_files(drive), drive / "notes.docx")
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == MANY)
    assert any("slow to answer" in each for each in said)
    assert page.head.name.text() == "task-0"
    assert note.text() == "Skipped, neither a data file nor a folder with any: notes.docx."
    tasks = page.form.tasks.tasks()
    assert tasks[MANY - 1]["evaluate"] == str(drive / f"task-{MANY - 1}-test.jsonl")
    qtbot.waitUntil(lambda: page._draft is not None and page._draft.recipe is not None)
    assert page._draft is not None
    assert page._draft.recipe is not None
    assert [task.name for task in page._draft.recipe.tasks] == [f"task-{number}" for number in range(MANY)]
    assert disk.answered > 3 * MANY
    assert disk.asked == []


def test_that_what_is_dropped_while_a_drop_is_looked_at_becomes_tasks_too(
    qtbot: QtBot, open_window: Open, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(qtbot, open_window())
    slow_disk(monkeypatch, drive)
    files = training_files(drive, 3)
    drop(page, files[0])
    drop(page, files[1])
    page.form.tasks.add_files([files[2]])
    qtbot.waitUntil(lambda: len(page.form.tasks.tasks()) == 3)
    assert [Path(task["train"]) for task in page.form.tasks.tasks()] == files


def test_that_files_are_looked_for_beside_the_window_and_start_waits_for_what_is_found(
    qtbot: QtBot, open_window: Open, drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    monkeypatch.setattr(editing, "SLOW_MS", 0)
    train = training_files(drive, 1)[0]
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        dump_recipe(Recipe.model_validate({"name": "far", "tasks": [{"name": "a", "train": str(train)}]})), "utf-8"
    )
    page = page_of(qtbot, open_window(recipe))
    qtbot.waitUntil(page.foot.start.isEnabled)
    disk = slow_disk(monkeypatch, drive)
    with disk.spun_up():
        train.unlink()
    page.foot.start.click()
    said = page.foot.plan.verdict
    qtbot.waitUntil(lambda: "their disk is slow to answer" in said.text() or bool(page.problems))
    qtbot.waitUntil(lambda: any("does not exist" in problem.what for problem in page.problems))
    assert started == []
    with disk.spun_up():
        train.write_text('{"prompt": "1", "completion": "2"}\n', "utf-8")
    page.head.name.setText("near")
    qtbot.waitUntil(page.foot.start.isEnabled)
    page.foot.start.click()
    qtbot.waitUntil(lambda: len(started) == 1)
    assert disk.asked == []


def test_that_what_a_look_would_fetch_is_found_out_beside_the_window(
    qtbot: QtBot, open_window: Open, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: asked.append(do) or len(asked))
    (drive / "model").mkdir()
    page = page_of(qtbot, open_window())
    disk = slow_disk(monkeypatch, drive)
    monkeypatch.setattr(DataCheck, "looks_by_itself", True)
    drop(page, training_files(drive, 1)[0])
    page.form.set_fields({"model.source": str(drive / "model")})
    qtbot.waitUntil(lambda: "look" in asked)
    assert disk.answered > 0
    assert disk.asked == []


def test_that_recipes_are_opened_and_saved_beside_the_window(
    qtbot: QtBot, open_window: Open, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(qtbot, open_window())
    disk = slow_disk(monkeypatch, drive)
    drop(page, training_files(drive, 1)[0])
    qtbot.waitUntil(lambda: len(page.form.tasks.panels) == 1)
    with qtbot.waitSignal(page.told):
        page.save_recipe(str(drive / "kept.toml"))
    page.head.name.setText("another")
    page.open_recipe(str(drive / "kept.toml"))
    qtbot.waitUntil(lambda: page.head.name.text() != "another")
    with disk.spun_up():
        assert load_recipe(drive / "kept.toml").tasks[0].name == "task-0"
    assert disk.asked == []


def test_that_other_runs_to_try_are_looked_for_beside_the_window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [make_fake_run(tmp_path, name=f"run {number}", steps=2, now=1.7e9 + number) for number in range(3)]
    for folder in folders:
        folder.adapter.mkdir(exist_ok=True)
    speakers = Speakers(folders[0])
    qtbot.addWidget(speakers)
    disk = slow_disk(monkeypatch, tmp_path)
    monkeypatch.setattr("tests.slow_disk.ANSWERS_AFTER", 0.002)
    speakers.look_for_others()
    assert speakers.beside.count() == 2
    qtbot.waitUntil(lambda: speakers.beside.count() == 4)
    assert disk.asked == []


def test_that_the_recipe_that_the_window_is_opened_with_is_read_beside_it(
    qtbot: QtBot, open_window: Open, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = drive / "named.toml"
    tasks = [{"name": "one", "train": str(drive / "task-1-train.jsonl")}]
    file.write_text(dump_recipe(Recipe.model_validate({"name": "named at start", "tasks": tasks})), "utf-8")
    disk = slow_disk(monkeypatch, drive)
    page = page_of(qtbot, open_window(file))
    qtbot.waitUntil(lambda: page.head.name.text() == "named at start")
    qtbot.waitUntil(page.is_settled)
    assert not page.stack.shows_choice
    assert disk.answered > 0
    assert disk.asked == []


def choose_tab(qtbot: QtBot, page: RunPage, name: str) -> None:
    page.tabs.setCurrentIndex(TABS.index(name))
    qtbot.wait(50)


@pytest.fixture
def run(drive: Path) -> Iterator[FakeRun]:
    """A run at work, with something in each part of its page."""
    with FakeRun(drive / "runs", total_steps=20, layers=2, experts=4) as run:
        run.start().probe().evaluate("before").train(6).evaluate().sample("units").checkpoint()
        run.folder.log.write_bytes(b"loading\n")
        yield run


def test_that_a_runs_page_asks_its_disk_beside_the_window_in_every_part(
    qtbot: QtBot, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = RunGlance(run.folder).look()
    disk = slow_disk(monkeypatch, run.folder.path)
    page = RunPage(run.folder, 0.6)
    qtbot.addWidget(page)
    page.show()
    page.show_summary(summary)
    qtbot.waitUntil(lambda: page.is_built and page.tail.record.step == 6)
    for name in TABS:
        choose_tab(qtbot, page, name)
    qtbot.waitUntil(lambda: "loading" in page.log.printed.toPlainText())
    assert page.trying.view is not None
    speakers = page.trying.view.speakers
    qtbot.waitUntil(lambda: speakers.is_known)
    assert speakers.who.currentText() == "Step 6"
    with disk.spun_up():
        run.train(3)
        with run.folder.log.open("ab") as log:
            log.write(b"more\n")
    choose_tab(qtbot, page, "Log")
    qtbot.waitUntil(lambda: "more" in page.log.printed.toPlainText() and page.tail.record.step == 9)
    page.leave()
    assert disk.asked == []


def test_that_a_runs_page_says_that_its_disk_is_slow_and_what_it_read_when_it_answers(
    qtbot: QtBot, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.run.tail.SLOW_MS", 0)
    monkeypatch.setattr("studio.ui.run.page.SLOW_MS", 0)
    summary = RunGlance(run.folder).look()
    disk = silent_disk(monkeypatch, run.folder.path)
    page = RunPage(run.folder, 0.6)
    qtbot.addWidget(page)
    page.show()
    page.show_summary(summary)
    line = page.header.line
    qtbot.waitUntil(lambda: "its disk is slow to answer" in line.text())
    page.tail._slow.setInterval(60_000)
    disk.answer()
    qtbot.waitUntil(lambda: "step 6 of 20" in line.text())
    page.leave()


def test_that_start_makes_its_run_beside_the_window_and_says_what_it_waits_for(
    qtbot: QtBot, open_window: Open, runs: Path, drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    monkeypatch.setattr("studio.ui.new_run.start_bar.SLOW_MS", 0)
    recipe = tmp_path / "recipe.toml"
    tasks = [{"name": "a", "train": str(training_files(drive, 1)[0])}]
    recipe.write_text(dump_recipe(Recipe.model_validate({"name": "far", "tasks": tasks})), "utf-8")
    window = open_window(recipe)
    page = page_of(qtbot, window)
    qtbot.waitUntil(lambda: page.foot.start.isEnabled() and window.run_actions.machine is not None)
    disk = slow_disk(monkeypatch, runs)
    named, said = texts_of(page.foot.start, monkeypatch), texts_of(page.foot.plan.verdict, monkeypatch)
    page.foot.start.click()
    page.foot.start.click()  # makes no second run
    qtbot.waitUntil(lambda: len(started) == 1)
    assert "Starting…" in named
    assert any("Making the run's folder" in each for each in said)
    qtbot.waitUntil(lambda: window.pages.run is not None and window.pages.shows_run)
    qtbot.waitUntil(lambda: page.foot.start.text() != "Starting…")
    window.close()
    assert len(started) == 1
    assert disk.answered > 0
    assert disk.asked == []
    assert [folder.id for folder in list_runs(runs)] == [started[0].id]


def test_that_a_run_is_paused_and_looked_for_beside_the_window(
    qtbot: QtBot, open_window: Open, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        window = open_window()
        qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)
        disk = slow_disk(monkeypatch, runs)
        window.pages.show_run(run.folder)
        assert window.pages.run is not None
        pause = window.pages.run.header.pause
        qtbot.waitUntil(pause.isVisible)
        pause.click()

        def waiting() -> list[Command]:
            with disk.spun_up(), run.folder.reader() as reader:
                return reader.waiting_commands()

        qtbot.waitUntil(lambda: waiting() == [Pause()])
        window.pages.show_summaries(())
        window.list_actions.look(())
        window.close()
    assert disk.asked == []
