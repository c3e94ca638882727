"""The dialogs of a task's rows and columns: what is shown is this task's, and only what was seen can be chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.core import token_view
from studio.core.problem import Problem
from studio.core.token_view import SeenRow, SeenToken
from studio.ui.controls.token_pane import AT_ONCE
from studio.ui.new_run.columns_dialog import SHOWN_COLUMNS, ColumnsDialog
from studio.ui.new_run.row_preview import RowPreview
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.new_run.task_editors import DataPathEditor, HeldOutEditor
from studio.ui.new_run.task_facts import TaskFacts
from studio.ui.new_run.task_panel import TaskPanel
from studio.ui.new_run.tasks_card import TasksCard

COLUMNS = ("frage", "antwort", "nummer")
GUESS = {"prompt": "frage", "completion": "antwort", "why": "by their names"}
FACTS = TaskFacts(columns=COLUMNS, guesses=(GUESS,))


def rows_of(text: str, count: int = 3) -> tuple[SeenRow, ...]:
    return tuple(SeenRow.of_tokens(line, (SeenToken(text, "learned"),)) for line in range(1, count + 1))


@pytest.fixture
def columns(qtbot: QtBot) -> ColumnsDialog:
    dialog = ColumnsDialog()
    qtbot.addWidget(dialog)
    dialog.show_task("sums", FACTS, None)
    dialog.open()
    return dialog


@pytest.fixture
def rows(qtbot: QtBot) -> RowsDialog:
    dialog = RowsDialog()
    qtbot.addWidget(dialog)
    dialog.show_task("sums", TaskFacts(rows=rows_of("AAA")))
    dialog.open()
    return dialog


def line_of(dialog: ColumnsDialog, part: str) -> QLineEdit:
    line = dialog.parts[part].lineEdit()
    assert line is not None
    return line


def test_that_return_in_a_column_box_throws_no_choice_away(qtbot: QtBot, columns: ColumnsDialog) -> None:
    chosen: list[Any] = []
    columns.chosen.connect(chosen.append)
    qtbot.keyClicks(line_of(columns, "prompt"), "!")
    qtbot.keyClick(line_of(columns, "prompt"), Qt.Key.Key_Return)
    assert chosen == []
    assert columns.isVisible()
    columns._try()
    columns.show_tried(TaskFacts(rows=rows_of("AAA")))
    qtbot.keyClick(line_of(columns, "prompt"), Qt.Key.Key_Return)
    assert chosen == [{"prompt": "frage!", "completion": "antwort"}]


def test_that_return_presses_the_button_that_has_the_focus(qtbot: QtBot, columns: ColumnsDialog) -> None:
    chosen: list[Any] = []
    columns.chosen.connect(chosen.append)
    columns._try()
    columns.show_tried(TaskFacts(rows=rows_of("AAA")))
    qtbot.keyClick(columns.auto, Qt.Key.Key_Return)
    assert chosen == ["auto"]


def test_that_return_in_the_list_of_rows_asks_for_no_more_of_them(qtbot: QtBot, rows: RowsDialog) -> None:
    with qtbot.assertNotEmitted(rows.more_wanted):
        qtbot.keyClick(rows.list, Qt.Key.Key_Return)


def test_that_a_dialog_that_is_opened_again_shows_the_rows_of_its_own_task(qtbot: QtBot, rows: RowsDialog) -> None:
    rows.accept()
    rows.show_task("words", TaskFacts(rows=rows_of("BBB")))
    rows.open()
    assert rows.pane.toPlainText() == "BBB"
    rows.list.setCurrentRow(2)
    rows.show_task("nothing", TaskFacts())
    assert rows.pane.toPlainText() == ""
    assert rows.counts.text() == ""


def test_that_more_rows_can_be_asked_for_until_there_are_none(rows: RowsDialog) -> None:
    asked: list[tuple[int, int]] = []
    rows.more_wanted.connect(lambda name, after, count: asked.append((after, count)))
    rows.more.click()
    assert asked == [(3, 103)]
    assert not rows.more.isEnabled()
    rows.show_more(TaskFacts(rows=rows_of("AAA", 90)[3:], after=3))  # the others are left out
    assert rows.more.isEnabled()
    assert rows.more.isVisible()
    assert rows.list.count() == 90
    rows.more.click()
    assert asked == [(3, 103), (90, 203)]
    rows.show_more(TaskFacts(rows=rows_of("AAA", 150)[90:], found=150, after=90))
    assert rows.list.count() == 150
    assert not rows.more.isVisible()
    rows.show_task("words", TaskFacts(rows=rows_of("BBB")))
    assert rows.more.isEnabled()
    assert rows.more.isVisible()


def test_that_rows_that_were_asked_for_before_others_were_shown_are_not_added(rows: RowsDialog) -> None:
    rows.more.click()
    rows.show_task("sums", TaskFacts(rows=rows_of("BBB", 5)))
    rows.show_more(TaskFacts(rows=rows_of("AAA", 90)[3:], after=3))
    assert rows.list.count() == 5


def test_that_of_many_long_rows_the_window_makes_the_tokens_of_the_shown_one_alone(
    qtbot: QtBot, rows: RowsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [SeenRow.of_tokens(line, [SeenToken("a ", "read"), SeenToken("b ", "learned")] * 1024) for line in range(25)]
    told = json.loads(json.dumps({"rows": [row.as_arrays() for row in long], "packs": []}))
    counted = [0]

    class Counted(SeenToken):
        def __init__(self, *parts: Any) -> None:
            counted[0] += 1
            super().__init__(*parts)

    monkeypatch.setattr(token_view, "SeenToken", Counted)
    facts = TaskFacts.of(told)
    assert facts.rows == tuple(long)
    assert counted == [0]
    rows.show_task("long", facts)
    assert counted == [AT_ONCE]
    qtbot.waitUntil(lambda: len(rows.pane.toPlainText()) == 4096)
    assert counted == [2048]
    assert rows.counts.text() == "2,048 tokens: 1,024 learned, 1,024 read"


def test_that_of_long_rows_fewer_are_asked_for_at_once(rows: RowsDialog) -> None:
    asked: list[int] = []
    rows.more_wanted.connect(lambda name, after, count: asked.append(count))
    long = SeenRow.of_tokens(1, [SeenToken("x", "read")] * 8000)
    pack = SeenRow.of_tokens(1, [SeenToken("x", "read")] * 8000, seams=(4000,))
    rows.show_task("long", TaskFacts(rows=(long, long, pack)))
    rows.more.click()
    assert asked == [2 + 12]
    rows.show_more(TaskFacts(rows=(long,) * 12, after=2))
    assert [rows.list.item(number).text()[:6] for number in (13, 14)] == ["1  xxx", "Packed"]


def test_that_more_rows_that_cannot_be_had_are_said_and_can_be_asked_for_again(rows: RowsDialog) -> None:
    rows.more.click()
    rows.show_more(TaskFacts(problems=(Problem("", "the file is gone.", "Look for it."),)))
    assert rows.said.text() == "The file is gone. Look for it."
    assert rows.list.count() == 3
    assert rows.more.isEnabled()


def test_that_an_answer_about_an_earlier_choice_of_columns_makes_none_usable(columns: ColumnsDialog) -> None:
    seen = TaskFacts(rows=rows_of("AAA"))
    columns._try()
    columns.parts["completion"].setCurrentText("nummer")
    columns.show_tried(seen)
    assert not columns.use.isEnabled()
    columns.parts["completion"].setCurrentText("")
    columns.show_tried(seen)
    assert not columns.use.isEnabled()
    assert "Choose what is the completion" in columns.said.text()
    columns.parts["completion"].setCurrentText("antwort")
    columns._try()
    columns.show_task("words", FACTS, None)
    columns.show_tried(seen)
    assert not columns.use.isEnabled()
    columns._try()
    columns.show_tried(seen)
    assert columns.use.isEnabled()


@pytest.mark.parametrize(
    "values",
    [
        {"train": "/d/a;b.jsonl", "evaluate": 0.3333},
        {"train": ["/d/a; b.jsonl", "/d/c.jsonl"], "evaluate": 0.0002},
        {"train": "/d/a.jsonl", "evaluate": 1 / 3},
        {"train": "/d/a.jsonl", "evaluate": 0.99999},
        {"train": "/d/a.jsonl", "evaluate": 3_000_000},
    ],
)
def test_that_a_recipes_values_stay_until_a_person_edits_them(qtbot: QtBot, values: dict[str, Any]) -> None:
    panel = TaskPanel({"name": "sums", **values}, 0)
    qtbot.addWidget(panel)
    assert {name: panel.values()[name] for name in values} == values


def test_that_an_edited_share_and_several_dropped_files_are_the_new_values(qtbot: QtBot) -> None:
    panel = TaskPanel({"name": "sums", "train": "/d/a.jsonl", "evaluate": 0.3333}, 0)
    qtbot.addWidget(panel)
    held_out = panel.details.rows["evaluate"].editor
    assert isinstance(held_out, HeldOutEditor)
    assert held_out.share.text().startswith("33.33 %")
    held_out.share.setValue(25)
    assert held_out.share.text().startswith("25 %")
    assert panel.values()["evaluate"] == 0.25
    train = panel.details.rows["train"].editor
    assert isinstance(train, DataPathEditor)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/d/b.jsonl"), QUrl.fromLocalFile("/d/c.jsonl")])
    plain = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(3, 3), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, plain)
    train.line.dropEvent(event)
    assert panel.values()["train"] == [str(Path(url.toLocalFile())) for url in data.urls()]
    assert not panel.name.acceptDrops()


def test_that_a_problem_that_is_mended_is_told_no_longer(qtbot: QtBot) -> None:
    panel = TaskPanel({"name": "sums", "train": "/d/a.jsonl"}, 0)
    qtbot.addWidget(panel)
    panel.show_problems({"train": "No such file."})
    assert panel.source.toolTip() == "No such file."
    panel.show_problems({})
    assert panel.source.toolTip() == "a.jsonl"


def test_that_tasks_with_problems_have_no_shares(qtbot: QtBot) -> None:
    card = TasksCard()
    qtbot.addWidget(card)
    card.set_tasks([{"name": "a", "train": "/d/a.jsonl"}, {"name": "b", "train": "/d/b.jsonl"}])
    whole = TaskFacts(found=10)
    card.show_facts({"a": whole, "b": whole})
    assert card.panels[0].share.text() == "50 % of the mix"
    card.show_facts({"b": TaskFacts(found=10, problems=(Problem("", "broken.", ""),))})
    assert card.panels[0].share.text() == ""


def test_that_only_a_tasks_own_row_says_that_it_can_be_pressed(qtbot: QtBot, columns: ColumnsDialog) -> None:
    row = rows_of("AAA")[0]
    for preview, told in ((columns.previews[0], False), (RowPreview(), True)):
        qtbot.addWidget(preview)
        preview.show_row(row)
        assert ("Press to see" in preview.toolTip()) is told


def test_that_a_wide_files_table_is_cut_and_its_columns_can_all_be_chosen(qtbot: QtBot) -> None:
    dialog = ColumnsDialog()
    qtbot.addWidget(dialog)
    names = tuple(f"c{number}" for number in range(3000))
    dialog.show_task("wide", TaskFacts(columns=names, records=(dict.fromkeys(names, "x"),)), None)
    assert dialog.records.columnCount() == SHOWN_COLUMNS
    assert "the first 50 of 3,000 columns" in dialog.hidden.text()
    assert dialog.parts["prompt"].findText("c2999") == 3000
    assert len({id(combo.model()) for combo in dialog.parts.values()}) == 1
    assert dialog.mapping() == {}


def test_that_columns_that_fit_are_shown_without_a_scroll_bar(qtbot: QtBot) -> None:
    dialog = ColumnsDialog()
    qtbot.addWidget(dialog)
    record = {"frage": "Can the tent be returned?", "antwort": "Yes, within 60 days of the purchase.", "nummer": "7"}
    dialog.show_task("shop", TaskFacts(columns=COLUMNS, records=(record,), guesses=(GUESS,)), None)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.records.horizontalScrollBar().maximum() == 0
    for column in range(3):  # nothing is cut either
        assert dialog.records.columnWidth(column) >= dialog.records.sizeHintForColumn(column)


def test_that_a_folder_that_cannot_be_read_is_named_and_the_rest_is_taken(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, file = tmp_path / "closed", tmp_path / "sums.jsonl"
    closed.mkdir()
    file.write_text("{}", encoding="utf-8")

    def refuse(folder: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    card = TasksCard()
    qtbot.addWidget(card)
    card.add_files([closed, file])
    qtbot.waitUntil(lambda: [panel.name.text() for panel in card.panels] == ["sums"])
    assert card.note.text() == "Skipped, cannot be read: closed (Permission denied)."
