"""Whatever a person does on any page or in any dialog asks no disk in the window's thread, wherever their files lie.

All that a person chooses lies on one slow disk here: runs, models, data, recipes, exports, and other folders of the
settings. The studio's home does not: settings, queue and the half-made run lie on a local disk (CONTRIBUTING.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from studio.core.foreign import consent
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.run.run_label import run_name
from studio.core.settings import Settings
from studio.core.unfinished import noted, partial_of
from studio.ui import app, desktop
from studio.ui.controls import file_dialog
from studio.ui.controls.file_dialog import FileDialog, SaveDialog
from studio.ui.desk import Answer, Desk
from studio.ui.dialogs.consent import ConsentDialog
from studio.ui.dialogs.export import ExportDialog
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.new_run.kept_draft import draft_file
from studio.ui.new_run.page import NewRunPage
from studio.ui.off_thread import off_thread
from studio.ui.run.path import TABS
from studio.ui.run.save_map import save_map
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run, start_no_worker
from tests.planner.machines import SMALL, config_folder
from tests.slow_disk import SlowDisk, slow_disk
from tests.ui.conftest import page_of
from tests.ui.dragging import drag_enters, dragged, drops
from tests.ui.test_desk import FakeDesk

ROW = '{"prompt": "1", "completion": "2"}\n'


@dataclass
class Stage:
    """A window with two finished runs, one at work and one that waits, and a folder of a person's other files."""

    qtbot: QtBot
    window: MainWindow
    disk: SlowDisk
    place: Path
    done: list[RunFolder]
    waits: RunFolder
    opened: list[Path]  # what the desktop was asked to show

    def until(self, true: Callable[[], object]) -> None:
        """Wait for it; what the test itself asks of the disk is not the window's."""

        def asked() -> bool:
            with self.disk.spun_up():
                return bool(true())

        self.qtbot.waitUntil(asked)

    @property
    def page(self) -> NewRunPage:
        """The page for a new run, on a recipe whose model and data lie on the disk."""
        self.window.pages.show_new_run()
        page = page_of(self.qtbot, self.window)
        page.open_recipe(str(self.place / "recipe.toml"))
        self.until(lambda: page.head.name.text() == "far" and page._planned is not None and page.foot.start.isEnabled())
        return page

    @property
    def recipe(self) -> Recipe:
        draft = self.page._draft
        assert draft is not None
        assert draft.recipe is not None
        return draft.recipe


@pytest.fixture
def stage(
    qtbot: QtBot,
    open_window: Callable[..., MainWindow],
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    place, opened = tmp_path / "network drive", list[Path]()
    place.mkdir()
    config_folder(place / "model", SMALL)
    (place / "model" / "own.py").write_text("", "utf-8")
    for name in ("a", "b", "b-test"):
        (place / f"{name}.jsonl").write_text(ROW, "utf-8")
    tasks = [{"name": "a", "train": str(place / "a.jsonl")}]
    far = Recipe.model_validate({"name": "far", "model": {"source": str(place / "model")}, "tasks": tasks})
    (place / "recipe.toml").write_text(dump_recipe(far), "utf-8")
    (place / "out").mkdir()
    done = [make_fake_run(runs, steps=3, name=name, layers=2) for name in ("one", "two")]
    start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker", "studio.ui.queue.control.start_worker")
    monkeypatch.setattr(desktop.QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())) is None)
    monkeypatch.setattr(Desk, "ask", lambda desk, do, **arguments: 1)
    monkeypatch.setattr("tests.slow_disk.ANSWERS_AFTER", 0.002)
    monkeypatch.setattr(file_dialog, "_last", [place])
    with ExitStack() as at_work:
        busy = at_work.enter_context(FakeRun(runs, "at work")).start().train(3)
        at_work.enter_context(DeviceLock("cpu").held(busy.folder, "cpu"))
        waits = at_work.enter_context(FakeRun(runs, "waits")).folder
        put_in_queue(waits, "cpu", "cpu")
        with noted(partial_of(place / "killed")):
            partial_of(place / "killed").mkdir()
        disk = slow_disk(monkeypatch, tmp_path)
        window = open_window()
        qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 4 and len(window.sidebar.queue.rows) == 1)
        qtbot.waitUntil(lambda: window.run_actions.machine is not None)
        yield Stage(qtbot, window, disk, place, done, waits, opened)
        with disk.spun_up():
            at_work.close()


def nothing(stage: Stage) -> None:
    stage.until(lambda: not partial_of(stage.place / "killed").exists())


def a_runs_page(stage: Stage) -> None:
    stage.window.pages.show_run(stage.done[0])
    page = stage.window.pages.run
    assert page is not None
    stage.until(lambda: page.is_built and page.tail.record.step == 3)
    for tab in range(len(TABS)):
        page.tabs.setCurrentIndex(tab)
        stage.qtbot.wait(20)
    page._on_folder()
    stage.until(lambda: stage.opened == [stage.done[0].path])


def pictures_and_tables(stage: Stage) -> None:
    stage.window.pages.show_run(stage.done[0])
    page = stage.window.pages.run
    assert page is not None
    stage.until(lambda: page.is_built and page.tail.record.step == 3)
    page.live.card.save_picture(str(stage.place / "loss.png"))
    page.live.card.save_table(str(stage.place / "loss.csv"))
    for name in ("map.png", "map.csv"):
        save_map(page, page.experts.map, lambda problem: pytest.fail(str(problem)), str(stage.place / name))
    for name in ("loss.png", "loss.csv", "map.png", "map.csv"):
        stage.until((stage.place / name).is_file)


def a_comparison(stage: Stage) -> None:
    stage.window.pages.show_comparison(tuple(stage.done))
    page = stage.window.pages.comparison
    assert page is not None
    stage.until(lambda: sum(len(variant.runs) for variant in page.variants) == 2)


def a_new_run(stage: Stage) -> None:
    page = stage.page
    odd = str(stage.place / "model" / ".." / "model")
    page.form.set_fields({"model.source": odd})
    page.form.tasks.add_files([stage.place / "x" / ".." / "b.jsonl", stage.place / "b.jsonl"])
    stage.until(lambda: [task["name"] for task in page.form.tasks.tasks()] == ["a", "b"])
    page.check_data()
    page.save_recipe(str(stage.place / "saved.toml"))
    stage.until((stage.place / "saved.toml").is_file)
    stage.window.pages.reuse(stage.done[0].recipe_file)
    stage.until(lambda: page.head.name.text() != "far")


def starting_and_queueing(stage: Stage) -> None:
    recipe = stage.recipe
    stage.window.pages.new_run.foot.start.click()  # type: ignore[union-attr]
    stage.until(lambda: len(read_queue().entries) == 2)
    stage.window.run_actions.queue_group("group", (recipe,))
    stage.until(lambda: len(read_queue().entries) == 3)


def the_queue(stage: Stage) -> None:
    stage.window.sidebar.queue.rows[0].remove.click()
    stage.until(lambda: read_queue().entries == ())
    stage.window.run_actions.report(stage.done[0])
    stage.until(lambda: stage.opened == [stage.done[0].path / "report.html"])


def the_list(stage: Stage) -> None:
    shelf = stage.window.list_actions.shelf
    shelf.rename(stage.done[0], "called so")
    stage.until(lambda: run_name(stage.done[0]) == "called so")
    shelf.note(stage.done[0], "noted")
    stage.window.list_actions._on_folder(stage.done[1])
    stage.until(lambda: stage.opened == [stage.done[1].path])
    shelf.delete(stage.done)
    stage.until(lambda: stage.done[0] not in list_runs(stage.done[0].path.parent))


def the_trash(stage: Stage) -> None:
    stage.window.list_actions.shelf.delete(stage.done)
    stage.until(lambda: len(list_runs(stage.done[0].path.parent)) == 2)
    stage.window.list_actions._on_trash()
    trash = stage.window.dialogs.trash
    assert trash is not None
    stage.until(lambda: trash.list.count() == 2)
    trash.list.item(0).setSelected(True)
    trash.restore_button.click()
    stage.until(lambda: trash.list.count() == 1)
    trash.destroy_button.click()
    trash.destroy_button.click()
    stage.until(lambda: trash.list.count() == 0)
    trash.reject()


def the_settings(stage: Stage) -> None:
    dialog = SettingsDialog(Settings(), stage.window)
    dialog.chosen.connect(stage.window.store.replace)
    dialog.open()
    row = dialog.rows["runs"]
    dialog.rows["model_folders"].editor.set_value(str(stage.place / "x" / ".."))
    for name, said in (("a.jsonl", "is a file"), ("new", "Press Done again")):
        row.editor.set_value(str(stage.place / "out" / ".." / name))
        dialog.done_button.click()
        stage.until(lambda said=said: said in row.problem)
    dialog.done_button.click()
    stage.until((stage.place / "new").is_dir)
    stage.until(lambda: stage.window.store.settings.runs_folder() == stage.place / "new")
    stage.until(lambda: stage.window.sidebar.model.rowCount() == 0)


def an_export(stage: Stage) -> None:
    desk = FakeDesk()
    dialog = stage.window.dialogs.export = ExportDialog(stage.window, desk=desk)  # type: ignore[arg-type]
    with stage.disk.spun_up():
        (stage.done[0].path / "export" / "peft").mkdir(parents=True)
        (stage.place / "out" / "small.gguf").touch()
    stage.window.dialogs.show_export(stage.done[0])
    stage.until(lambda: dialog.out.text().endswith("peft-2"))
    dialog.cards["gguf"].radio.setChecked(True)
    dialog.out.setText(str(stage.place / "x" / ".." / "out"))
    dialog.go.click()
    desk.answered.emit(Answer(2, done={"path": str(stage.place / "out")}))
    stage.until(lambda: any("small.gguf" in str(each.text()) for each in dialog.outcome.findChildren(type(dialog.out))))
    dialog.show_folder.click()
    stage.until(lambda: len(stage.opened) == 1)
    dialog.go.click()
    dialog.push.wanted.setChecked(True)
    dialog.push.repo.setText("ada/small")
    dialog.out.setText(str(stage.place / "out"))
    dialog.go.click()
    desk.answered.emit(Answer(3, cancelled=True))
    stage.until(lambda: "stays in its folder" in dialog.said.text())
    dialog.hide()


def a_models_own_code(stage: Stage) -> None:
    with stage.disk.spun_up():
        problem = consent.code_of(stage.place / "model").problem()
    dialog = ConsentDialog(problem, stage.window)
    dialog.open()
    stage.until(dialog.agree.isEnabled)
    assert "own.py" in dialog.files.toPlainText()
    dialog.folder.click()
    stage.until(lambda: stage.opened == [stage.place / "model"])
    dialog.agree.click()
    assert consent.is_agreed(problem.where, problem.about)


def something_dropped_on_the_list(stage: Stage) -> None:
    taken: list[Any] = []
    sidebar = stage.window.sidebar
    sidebar.folder_dropped.disconnect()
    sidebar.folder_dropped.connect(taken.append)
    for path in (stage.place / "recipe", stage.place / "model"):
        data, here = dragged(path), QPointF(9, 9)
        sidebar.dragEnterEvent(drag_enters(data, here))
        sidebar.dropEvent(drops(data, here))
    stage.until(lambda: taken == [stage.place / "model"])
    stage.window.dialogs.take_in(stage.place / "model", stage.place)
    assert stage.window.dialogs.taking is not None
    stage.window.dialogs.taking.hide()


def comparing_and_sweeping(stage: Stage) -> None:
    recipe = stage.recipe
    stage.window.dialogs.show_comparing(recipe)
    compare = stage.window.dialogs.compare
    assert compare is not None
    stage.until(lambda: len(compare._found) == 4)
    compare.reject()
    stage.window.dialogs.show_sweeping(recipe, None)
    sweep = stage.window.dialogs.sweep
    assert sweep is not None
    sweep.fields[0].values.setText("1e-4, 3e-4")
    stage.until(lambda: sweep._planned is not None)
    stage.until(sweep.go.isEnabled)
    sweep.go.click()
    stage.until(lambda: len(read_queue().entries) == 5)


def finding_a_model(stage: Stage) -> None:
    card = stage.page.form.model
    card.find_models()
    assert card.dialog is not None
    card.dialog._on_folder_chosen(str(stage.place))
    stage.until(lambda: str(stage.place) in stage.window.store.settings.model_folders)
    card.dialog.reject()


def looking_at_data(stage: Stage) -> None:
    page = stage.page
    panel = page.form.tasks.panels[0]
    page.data_dialogs._on_rows_wanted(panel)
    page.data_dialogs._on_columns_wanted(panel)
    assert page.data_dialogs.rows is not None
    assert page.data_dialogs.columns is not None
    page.data_dialogs.columns.reject()
    page.data_dialogs.rows.reject()
    panel.remove.click()
    page.form.tasks.removed.undo.click()
    assert len(page.form.tasks.panels) == 1


def questions_for_files(stage: Stage) -> None:
    for dialog in (FileDialog(stage.window, "Files"), SaveDialog(stage.window, "Save", "loss.csv", "Tables (*.csv)")):
        dialog.open()
        stage.until(lambda dialog=dialog: Path(dialog.directory().absolutePath()) == stage.place)
        dialog.reject()


def a_folder_of_runs_named_at_the_start(stage: Stage) -> None:
    made: list[object] = []
    off_thread(stage.window, "place", lambda: app._made_place(stage.place / "named"), made.append)
    stage.until(lambda: made == [None] and (stage.place / "named").is_dir())


ACTIONS = (
    nothing, a_runs_page, pictures_and_tables, a_comparison, a_new_run, starting_and_queueing, the_queue, the_list,
    the_trash, the_settings, an_export, a_models_own_code, something_dropped_on_the_list, comparing_and_sweeping,
    finding_a_model, looking_at_data, questions_for_files, a_folder_of_runs_named_at_the_start,
)  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.__name__)
def test_that_no_disk_of_a_person_is_asked_in_the_windows_thread(stage: Stage, action: Callable[[Stage], None]) -> None:
    action(stage)
    stage.window.close()
    assert stage.disk.answered > 0
    assert stage.disk.asked == []


def test_that_a_half_made_run_whose_files_lie_elsewhere_is_gone_on_with(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.jsonl").write_text(ROW, "utf-8")
    tasks = [{"name": "a", "train": str(tmp_path / "far" / "a.jsonl")}]
    draft_file().parent.mkdir(parents=True, exist_ok=True)
    draft_file().write_text(dump_recipe(Recipe.model_validate({"name": "half made", "tasks": tasks})), "utf-8")
    disk = slow_disk(monkeypatch, tmp_path)
    page = page_of(qtbot, window := open_window(remember=True))
    qtbot.waitUntil(lambda: page.head.name.text() == "half made" and page.foot.start.isEnabled())
    window.close()
    assert disk.answered > 0
    assert disk.asked == []
