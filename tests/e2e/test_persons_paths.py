"""A person's ways through the window by clicks and keys alone, with a real desk, worker and model.

Two more are walked elsewhere: two runs chosen in the list and compared (`tests/ui/test_comparison.py`), and a chat
with an expert switched off (`test_try_in_the_window.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.run.events import RunResumed, RunStarted
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.settings import Settings
from studio.ui.app import make_application
from studio.ui.controls.path_bar import StageName
from studio.ui.dialogs.export import ExportDialog
from studio.ui.new_run.columns_dialog import ColumnsDialog
from studio.ui.new_run.page import NewRunPage
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.run.page import RunPage
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.ui.dragging import drag_enters, dragged, drops

Open = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton
FEW_STEPS = 3


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "mes exécutions"
    folder.mkdir()  # nobody makes a person's own folder of runs
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, runs: Path) -> Iterator[Open]:
    """Opens the window as its entry point does, on an empty folder of runs."""
    make_application(["e2e"])
    theme.choose("dark")
    opened: list[MainWindow] = []

    def open_(recipe: Path | None = None) -> MainWindow:
        window = MainWindow(Settings(), runs, recipe, remember=False)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitExposed(window):
            window.show()
        window.begin()
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.close()


def press(qtbot: QtBot, inside: QWidget, name: str) -> None:
    found = inside.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton), name
    qtbot.waitUntil(lambda: found.isVisible() and found.isEnabled())
    qtbot.mouseClick(found, LEFT)


def go(qtbot: QtBot, window: MainWindow, name: StageName) -> None:
    qtbot.waitUntil(window.path.stages[name].isEnabled)
    qtbot.mouseClick(window.path.stages[name], LEFT)


def type_into(qtbot: QtBot, field: QWidget, text: str) -> None:
    """Replace what a field holds, as a person does."""
    line = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Tab)


def form_of(qtbot: QtBot, window: MainWindow) -> NewRunPage:
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    assert window.pages.new_run is not None
    return window.pages.new_run


def run_page(qtbot: QtBot, window: MainWindow) -> RunPage:
    qtbot.waitUntil(lambda: window.pages.run is not None)
    assert window.pages.run is not None
    return window.pages.run


def state_of(page: RunPage) -> str:
    return page.header.pill.accessibleName().removeprefix("State: ")


@pytest.mark.fresh
@pytest.mark.parametrize("model", ["tiny", pytest.param("demo", marks=pytest.mark.bench)])
def test_that_the_demo_goes_from_the_first_click_to_a_verified_export_without_a_file_being_touched(
    qtbot: QtBot, open_window: Open, monkeypatch: pytest.MonkeyPatch, recipe_file: Path, runs: Path, model: str
) -> None:
    if model == "tiny":
        monkeypatch.setattr(places, "demo_recipe", lambda: recipe_file)
    elif places.demo_model() is None:
        pytest.skip("the demo model is not installed; packaging/launch.py installs it")
    window = open_window()
    page = form_of(qtbot, window)
    press(qtbot, window, "begin_demo")
    qtbot.waitUntil(lambda: window.path.stages["plan"].stage.mark == "done")
    go(qtbot, window, "plan")
    type_into(qtbot, page.form.rows["training.max_steps"].editor.control, str(FEW_STEPS))
    for (
        panel
    ) in page.form.tasks.panels:  # the end scores every held-out row, and an adapter of 3 steps answers at length
        qtbot.mouseClick(panel.fold, LEFT)
        type_into(qtbot, panel.details.rows["evaluate_rows"].editor.control, "2")
    go(qtbot, window, "train")
    assert QApplication.focusWidget() is page.foot.start
    qtbot.waitUntil(page.foot.start.isEnabled)
    qtbot.keyClick(page.foot.start, Qt.Key.Key_Return)

    run = run_page(qtbot, window)
    qtbot.waitUntil(lambda: state_of(run) == "finished")
    qtbot.waitUntil(lambda: run.tail.record.step == FEW_STEPS)
    go(qtbot, window, "export")
    dialog = window.dialogs.export
    assert isinstance(dialog, ExportDialog)
    press(qtbot, dialog, "export_go")
    said = dialog.findChild(QLabel, "export_said")
    assert isinstance(said, QLabel)
    qtbot.waitUntil(lambda: said.text() == "Exported and verified.")
    (folder,) = list_runs(runs)
    assert list((folder.path / "export").rglob("adapter_model.safetensors"))
    dialog.close()


def drop(page: NewRunPage, *files: Path) -> None:
    data, here = dragged(*files), QPointF(300, 200)
    QApplication.sendEvent(page, drag_enters(data, here))
    QApplication.sendEvent(page, drops(data, here))


def test_that_a_file_is_dragged_in_its_columns_said_its_tokens_seen_and_a_slider_moves_its_plan(
    qtbot: QtBot, open_window: Open, tmp_path: Path, tiny_model: Path
) -> None:
    file = tmp_path / "wo und wann.csv"
    file.write_text("spalte_a,spalte_b\n" + "".join(f"{n}+{n}?,{2 * n}\n" for n in range(30)), encoding="utf-8")
    window = open_window()
    page = form_of(qtbot, window)
    drop(page, file)
    qtbot.waitUntil(lambda: [panel.name.text() for panel in page.form.tasks.panels] == ["wo-und-wann"])
    type_into(qtbot, page.form.rows["model.source"].editor.control, str(tiny_model))
    panel = page.form.tasks.panels[0]
    qtbot.waitUntil(lambda: panel.columns.isEnabled() and panel.facts.lacks_columns)
    assert window.path.stages["tasks"].stage.mark == "lacking", "it cannot be trained on yet"
    press(qtbot, panel, "task_columns")
    columns = page.data_dialogs.columns
    assert isinstance(columns, ColumnsDialog)
    for part, column in (("prompt", "spalte_a"), ("completion", "spalte_b")):
        type_into(qtbot, columns.parts[part], column)
    qtbot.waitUntil(columns.use.isEnabled)
    qtbot.mouseClick(columns.use, LEFT)

    qtbot.waitUntil(lambda: panel.facts.has_tokens and not panel.facts.problems)
    qtbot.waitUntil(lambda: window.path.stages["tasks"].stage.mark == "done")
    press(qtbot, panel, "task_rows")
    rows = page.data_dialogs.rows
    assert isinstance(rows, RowsDialog)
    qtbot.waitUntil(lambda: rows.pane.row is not None)
    qtbot.keyClick(rows.list, Qt.Key.Key_Down)
    assert rows.pane.row is not None
    learned = "".join(token.text for token in rows.pane.row if token.kind == "learned")
    assert learned.startswith("2"), "the answer to 1+1 is what is learned"
    assert "1+1?" in rows.pane.toPlainText()
    qtbot.mouseClick(rows.close_button, LEFT)

    qtbot.waitUntil(lambda: page.plan is not None and page.plan.recipe.method.rank == 16)
    before = page.plan
    slider = page.form.quality.sliders["method.rank"].slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.plan is not None and page.plan.recipe.method.rank == 32)
    after = page.plan
    assert before is not None
    assert after is not None
    assert after.items["adapter"] == pytest.approx(2 * before.items["adapter"], rel=0.1)  # routers have no rank


def test_that_a_run_is_paused_the_window_closed_and_opened_the_run_resumed_scrubbed_killed_and_resumed(
    qtbot: QtBot, open_window: Open, recipe_file: Path, runs: Path
) -> None:
    window = open_window(recipe_file)
    form_of(qtbot, window)  # its recipe is read beside the window
    press(qtbot, window, "start")
    page = run_page(qtbot, window)
    qtbot.waitUntil(lambda: state_of(page) == "running" and page.tail.record.step >= 5)
    press(qtbot, window, "pause")
    qtbot.waitUntil(lambda: state_of(page) == "paused")
    folder: RunFolder
    (folder,) = list_runs(runs)
    qtbot.waitUntil(lambda: not folder.is_alive())
    window.close()

    window = open_window()
    shown = window.findChild(QListView, "runs_list")
    assert isinstance(shown, QListView)
    qtbot.waitUntil(lambda: shown.model().rowCount() == 1)
    qtbot.mouseClick(shown.viewport(), LEFT, pos=shown.visualRect(shown.model().index(0, 0)).center())
    page = run_page(qtbot, window)
    qtbot.waitUntil(lambda: page.is_built and page.tail.record.step >= 5)
    paused_at = page.tail.record.step
    press(qtbot, window, "resume")
    qtbot.waitUntil(lambda: state_of(page) == "running" and page.tail.record.step >= paused_at + 5)

    # While it trains, its first steps are looked at again, and then the newest.
    scrubber = page.live.experts.time
    scrubber.slider.setFocus()
    qtbot.keyClick(scrubber.slider, Qt.Key.Key_Home)
    assert scrubber.step == scrubber.slider.minimum()
    qtbot.waitUntil(page.live.loss._scrubbed.isVisible)
    press(qtbot, window, "expert_live")
    assert scrubber.step is None

    # Its process is ended as the system's task manager ends one, and it continues from its newest checkpoint.
    worker_of(folder).kill()
    qtbot.waitUntil(lambda: state_of(page) == "lost")
    killed_at = page.tail.record.step
    press(qtbot, window, "resume")
    qtbot.waitUntil(lambda: state_of(page) == "running" and page.tail.record.step >= killed_at + 5)
    press(qtbot, window, "stop")
    qtbot.waitUntil(lambda: state_of(page) == "stopped")
    qtbot.waitUntil(lambda: not folder.is_alive())
    with folder.reader() as reader:
        steps = [point.step for point in reader.scalars() if point.name == "loss"]
        resumed = [stored.event.step for stored in reader.events() if isinstance(stored.event, RunResumed)]
    assert steps == list(range(1, len(steps) + 1)), "no step is lost or counted twice"
    assert len(resumed) == 2
    assert resumed[0] == resumed[1] < killed_at, "both times from the checkpoint that the pause has saved"


def worker_of(folder: RunFolder) -> psutil.Process:
    with folder.reader() as reader:
        turn = reader.last_event("RunStarted", "RunResumed")
    assert turn is not None
    assert isinstance(turn.event, (RunStarted, RunResumed))
    return psutil.Process(turn.event.pid)
