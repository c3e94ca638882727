from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.recipe.recipe_file import dump_recipe, load_recipe
from studio.core.run.run_folder import RunFolder
from studio.hardware.machine import Device, Machine
from studio.planner import Alternative, Change, Plan
from studio.planner.pins import with_value
from studio.ui.charts.memory_bars import segment_colour
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.draft import read_draft
from studio.ui.new_run.plan_bar import COLOURS
from studio.ui.new_run.recipe_fields import TABLES, plain_fields, table_fields
from studio.ui.new_run.task_values import held_out_beside
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.ui.conftest import ink, picture

Open = Callable[..., MainWindow]
GIB = 1 << 30
CPU = Device("cpu", "A test's processor", 0, 16 * GIB, 12 * GIB, shares_system_memory=True)
MACHINE = Machine((CPU,), "A test's processor", 2, 2, 2, 16 * GIB, 12 * GIB, "Linux", "Linux 6", "3.11", None)


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("units-train", "units-test"):
        (data / f"{name}.jsonl").write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    task = TaskTable(name="units", train=str(data / "units-train.jsonl"), evaluate=str(data / "units-test.jsonl"))
    file = tmp_path / "recipe.toml"
    file.write_text(dump_recipe(Recipe(name="a test", tasks=(task,))), encoding="utf-8")
    return file


@pytest.fixture
def window(qtbot: QtBot, open_window: Open, recipe_file: Path) -> MainWindow:
    shown = open_window(recipe_file)
    qtbot.waitUntil(lambda: shown.pages.new_run is not None and shown.pages.new_run._draft is not None)
    return shown


def field(window: MainWindow, path: str) -> QWidget:
    found = window.findChild(QWidget, f"field_{path}")
    assert found is not None, f"the form has no field {path}"
    return found


def write(qtbot: QtBot, window: MainWindow, path: str, text: str) -> None:
    line = field(window, path)
    assert isinstance(line, QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)


def problems(window: MainWindow) -> list[str]:
    shown = window.findChild(QListWidget, "problems")
    return [shown.item(row).text() for row in range(shown.count())]


def start_button(window: MainWindow) -> QPushButton:
    return window.findChild(QPushButton, "start")


def test_that_every_field_of_the_recipe_is_in_the_form_with_its_sentence(window: MainWindow) -> None:
    specs = [spec for table in TABLES for spec in table_fields(table)] + list(plain_fields())
    assert len(specs) > 25
    for spec in specs:
        control = field(window, spec.path)
        if spec.path != "name":
            assert spec.description in control.toolTip()
            assert control.accessibleName() == spec.label


def test_that_the_form_reads_back_what_it_was_filled_with(window: MainWindow, recipe_file: Path) -> None:
    draft = read_draft({"name": window.pages.new_run.head.name.text(), **window.pages.new_run.form.values()})
    assert draft.problems == ()
    assert draft.recipe == load_recipe(recipe_file)


def test_that_a_wrong_value_is_shown_at_its_field_and_start_waits(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: start_button(window).isEnabled())
    qtbot.mouseClick(window.findChild(QPushButton, "advanced"), Qt.MouseButton.LeftButton)
    write(qtbot, window, "training.learning_rate", "fast")
    qtbot.waitUntil(lambda: len(problems(window)) == 1)
    assert problems(window)[0].startswith("Learning rate: 'fast' is not a number. Peak learning rate.")
    assert start_button(window).text() == "Fix learning rate first"
    assert field(window, "training.learning_rate").property("problem")
    assert not start_button(window).isEnabled()
    shown = picture(field(window, "training.learning_rate"))
    assert ink(shown, theme.roles.danger) > 50
    write(qtbot, window, "training.learning_rate", "3e-4")
    qtbot.waitUntil(lambda: problems(window) == [])
    assert start_button(window).isEnabled()


def test_that_an_impossible_pair_is_reported_with_its_cure(qtbot: QtBot, window: MainWindow) -> None:
    box = field(window, "method.top_k")
    assert isinstance(box, QSpinBox)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "9")
    qtbot.waitUntil(lambda: len(problems(window)) == 1)
    assert "Set top_k to 8 or less" in problems(window)[0]


def test_that_a_problem_in_the_list_leads_to_its_field(qtbot: QtBot, window: MainWindow) -> None:
    fold = window.findChild(QPushButton, "advanced")
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    write(qtbot, window, "training.clip", "-1")
    qtbot.waitUntil(lambda: len(problems(window)) == 1)
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert not field(window, "training.clip").isVisible()
    shown = window.findChild(QListWidget, "problems")
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.visualItemRect(shown.item(0)).center())
    assert field(window, "training.clip").isVisible()
    qtbot.waitUntil(lambda: field(window, "training.clip").hasFocus())


def test_that_fields_which_the_method_does_not_use_are_greyed_out(qtbot: QtBot, window: MainWindow) -> None:
    method = field(window, "method.name")
    assert isinstance(method, QComboBox)
    assert field(window, "method.experts").isEnabled()
    method.setFocus()
    qtbot.keyClicks(method, "lora")
    assert method.currentText() == "lora"
    assert not field(window, "method.experts").isEnabled()
    assert field(window, "method.rank").isEnabled()


def test_that_words_stand_in_for_numbers(qtbot: QtBot, window: MainWindow) -> None:
    values = window.pages.new_run.form.values()
    assert values["training"]["micro_batch"] == "auto"
    assert values["training"]["max_steps"] is None
    assert values["training"]["checkpointing"] == "auto"
    assert values["method"]["targets"] == "all"
    write(qtbot, window, "method.targets", "q_proj, up_proj")
    assert window.pages.new_run.form.values()["method"]["targets"] == ["q_proj", "up_proj"]


def test_that_dropped_files_become_tasks_with_their_held_out_parts(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "sorting words"
    folder.mkdir()
    for name in ("train.jsonl", "test.jsonl", "notes.docx"):
        (folder / name).write_text("{}\n", encoding="utf-8")
    assert held_out_beside(folder / "train.jsonl") == folder / "test.jsonl"
    card = window.pages.new_run.form.tasks
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in sorted(folder.iterdir())])
    nothing = Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
    window.pages.new_run.dropEvent(drop)
    qtbot.waitUntil(lambda: [row["name"] for row in card.tasks()] == ["units", "sorting-words"])
    assert card.tasks()[1]["evaluate"] == str(folder / "test.jsonl")
    assert "notes.docx" in window.findChild(QLabel, "tasks_note").text()


def test_that_a_task_can_be_removed_and_none_left_is_a_problem(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.findChild(QPushButton, "task_remove"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(text.startswith("Data: there is no task") for text in problems(window)))
    assert not start_button(window).isEnabled()
    assert start_button(window).text() == "Add data first"
    assert start_button(window).toolTip().startswith("Data: there is no task to train on. Add a file")


def test_that_a_missing_data_file_is_reported_before_the_start(qtbot: QtBot, window: MainWindow) -> None:
    (panel,) = window.pages.new_run.form.tasks.panels
    panel.details.rows["train"].editor.set_value("nowhere/train.jsonl")
    qtbot.waitUntil(lambda: len(problems(window)) == 1)
    assert "train.jsonl does not exist" in problems(window)[0]
    assert panel.source.toolTip().startswith("units: the file ")
    # Choosing the problem unfolds the task and leads to its field.
    shown = window.findChild(QListWidget, "problems")
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.visualItemRect(shown.item(0)).center())
    assert panel.details.isVisible()
    assert panel.details.rows["train"].problem.startswith("units: the file ")


def test_that_a_recipe_is_saved_and_opened_again(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, recipe_file: Path
) -> None:
    page = window.pages.new_run
    page.form.set_fields({"method.rank": 4})
    with qtbot.waitSignal(page.told):
        page.save_recipe(str(tmp_path / "kept.toml"))
    assert load_recipe(tmp_path / "kept.toml").method.rank == 4
    page.open_recipe(str(recipe_file))
    qtbot.waitUntil(lambda: page.form.values()["method"]["rank"] == 16)
    assert any("kept.toml" in notice.what for notice in window.notices.notices())


def test_that_a_broken_recipe_file_is_reported_and_the_form_left_alone(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[method]\nrnak = 8\n", encoding="utf-8")
    with qtbot.waitSignal(window.pages.new_run.told):
        window.pages.new_run.open_recipe(str(broken))
    said = " ".join(f"{notice.what} {notice.remedy} {notice.where}" for notice in window.notices.notices())
    assert "'rank'" in said
    assert "line 2" in said
    assert window.pages.new_run.form.values()["method"]["rank"] == 16


def test_that_start_makes_the_run_and_shows_it(
    qtbot: QtBot, window: MainWindow, runs: Path, recipe_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    qtbot.waitUntil(lambda: start_button(window).isEnabled())
    qtbot.mouseClick(start_button(window), Qt.MouseButton.LeftButton)
    # A thread starts the worker; the window learns of it afterwards.
    qtbot.waitUntil(lambda: window.pages.run is not None)
    assert [folder.recipe() for folder in started] == [load_recipe(recipe_file)]
    assert window.pages.currentWidget() is window.pages.run
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 1)


def plan(recipe: Recipe, budget: int) -> Plan:
    items = {"weights": 2 * GIB, "activations": GIB}
    return Plan(budget >= 3 * GIB, 3 * GIB, items, budget, 0, CPU, recipe, ("A note.",))


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_the_plan_shows_its_items_and_budget(qtbot: QtBot, window: MainWindow, choice: str) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    page = window.pages.new_run
    page.planner.stop()
    draft = page._draft
    assert draft is not None
    assert draft.recipe is not None
    page._on_planned(Planned(plan(draft.recipe, 8 * GIB)))
    assert window.findChild(QLabel, "plan_verdict").text().startswith("Fits: 3.0")
    shown = picture(page.foot.plan.bar)
    for index in (0, 2):
        assert ink(shown, segment_colour(COLOURS[index])) > 500
    assert "Model 2.0" in page.foot.plan.bar.accessibleName()
    # A press on a group shows its parts, another press hides them.
    parts = window.findChild(QLabel, "plan_parts")
    assert not parts.isVisible()
    chip = window.findChild(QAbstractButton, "plan_group_2")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert parts.text().startswith("Values kept for learning 1.0")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert not parts.isVisible()


def test_that_a_plan_that_does_not_fit_offers_the_change_that_would(qtbot: QtBot, window: MainWindow) -> None:
    page = window.pages.new_run
    page.planner.stop()
    draft = page._draft
    assert draft is not None
    assert draft.recipe is not None
    smaller = Change({"training.max_length": 128}, "max_length 128.", plan(draft.recipe, 8 * GIB), False)
    page._on_planned(Planned(plan(draft.recipe, GIB), changes=(smaller,), remedy="max_length 128."))
    assert window.findChild(QLabel, "plan_verdict").text().startswith("Does not fit")
    assert window.findChild(QLabel, "plan_remedy").text() == "max_length 128."
    assert start_button(window).text() == "Start anyway"
    qtbot.mouseClick(window.findChild(QPushButton, "apply_change"), Qt.MouseButton.LeftButton)
    assert page.form.values()["training"]["max_length"] == 128


def test_that_a_change_of_method_and_targets_is_filled_in_whole(window: MainWindow) -> None:
    page = window.pages.new_run
    fields = {"method.name": "lora", "method.rank": 1, "method.targets": ["k_proj"], "training.checkpointing": True}
    page.foot.plan.change_wanted.emit({**fields, "training.micro_batch": 1, "method.layer_ranks": [1, 1]})
    recipe = read_draft({"name": "a test", **page.form.values()}).recipe
    assert recipe is not None
    assert (recipe.method.name, recipe.method.rank, recipe.method.targets) == ("lora", 1, ["k_proj"])
    assert recipe.method.layer_ranks == [1, 1]
    assert (recipe.training.checkpointing, recipe.training.micro_batch) == (True, 1)


def test_that_the_real_planner_answers_for_a_missing_model(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = window.pages.new_run
    page.show_machine(MACHINE)
    write(qtbot, window, "model.source", str(tmp_path / "no-model"))
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.plan is None)
    assert problems(window)
    assert not start_button(window).isEnabled()


def test_that_a_suggestion_fills_the_form(qtbot: QtBot, window: MainWindow) -> None:
    page = window.pages.new_run
    page.planner.stop()
    draft = page._draft
    assert draft is not None
    assert draft.recipe is not None
    bigger = with_value(draft.recipe, "method.rank", 32)
    said = {"settings": "rank 32", "price": "1 GiB stays free."}
    best = Alternative("best quality", "The most capable.", plan(bigger, 8 * GIB), 80.0, None, **said)
    page._on_planned(Planned(plan(draft.recipe, 8 * GIB), alternatives=(best,)))
    card = window.findChild(QAbstractButton, "offer_0")
    assert card.accessibleName() == "Best quality: rank 32; 1 GiB stays free."
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert page.form.values()["method"]["rank"] == 32


def test_that_processes_are_asked_for_only_where_there_are_cards_for_them(qtbot: QtBot, window: MainWindow) -> None:
    form = window.pages.new_run.form
    card = Device("cuda", "A test's card", 0, 24 * GIB, 20 * GIB)
    several = replace(MACHINE, devices=(card, replace(card, index=1), CPU))
    row = form.rows["machine.processes"]
    form.show_machine(MACHINE)
    assert row.isHidden()
    form.show_machine(several)
    assert not row.isHidden()
    row.editor.set_value(2)
    form.set_values(form.values() | {"name": "two"})
    form.show_machine(MACHINE)
    assert not row.isHidden(), "what a recipe asks for stays in sight"


def test_that_a_run_of_two_cards_is_offered_to_the_queue_while_one_of_them_is_busy(
    qtbot: QtBot, window: MainWindow
) -> None:
    page = window.pages.new_run
    cards = [Device("cuda", "A test's card", index, 24 * GIB, 20 * GIB) for index in (0, 1)]
    page.show_machine(replace(MACHINE, devices=(*cards, CPU)))
    page.show_queue(QueueSnapshot(busy=((cards[1].lock_name, "Another run trains there."),)))
    page.form.set_fields({"machine.device": "cuda:0"})
    qtbot.waitUntil(lambda: page._draft.recipe.machine.device == "cuda:0")
    assert page._why_busy() == ""
    page.form.set_fields({"machine.processes": 2})
    qtbot.waitUntil(lambda: page._draft.recipe.machine.processes == 2)
    assert page._why_busy() == "Another run trains there."
