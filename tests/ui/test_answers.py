"""Answers of the newest evaluation can be browsed: by task, right or wrong, and beside what the base said."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QTableView
from pytestqt.qtbot import QtBot

from studio.core.run.events import AnswersKept, KeptAnswer
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import Stored
from studio.ui.run.answers_card import AnswersCard
from studio.ui.run.answers_model import answer_rows

BEFORE, NOW = (True, False, False, True), (True, True, False, False)


def kept(step: int, rights: tuple[bool, ...], task: str = "units", when: Any = "during") -> AnswersKept:
    answers = [
        KeptAnswer(row=row, line=row + 1, prompt=f"asked {row}", answer=f"at {step}: {row}", expected="e", right=right)
        for row, right in enumerate(rights)
    ]
    return AnswersKept(
        step=step,
        when="before" if step == 0 else when,
        task=task,
        rows=tuple(range(len(rights))),
        values=tuple(map(float, rights)),
        losses=(1.0,) * len(rights),
        answers=tuple(answers),
    )


@pytest.fixture
def record() -> RunRecord:
    grown = RunRecord()
    for number, event in enumerate((kept(0, BEFORE), kept(0, BEFORE, "prose"), kept(5, NOW), kept(5, NOW, "prose"))):
        grown.add_event(Stored(id=number + 1, time=0.0, event=event))
    return grown


def test_that_the_newest_answers_stand_beside_the_bases(record: RunRecord) -> None:
    rows = answer_rows(record.answers)
    assert [(row.task, row.step, row.answer.row) for row in rows[:2]] == [("units", 5, 0), ("units", 5, 1)]
    assert [row.base_was_right for row in rows[:4]] == list(BEFORE)
    assert rows[1].base is not None
    assert rows[1].base.answer == "at 0: 1"


def test_that_the_first_answers_stay_and_old_ones_go(record: RunRecord) -> None:
    for step in range(6, 20):
        record.add_event(Stored(id=step, time=0.0, event=kept(step, NOW)))
    steps = [event.step for event in record.answers["units"]]
    assert steps[0] == 0
    assert steps[-1] == 19
    assert len(steps) <= 6
    record.add_event(Stored(id=30, time=0.0, event=kept(19, BEFORE)))
    assert [event.step for event in record.answers["units"]].count(19) == 1, "a step that is repeated replaces its own"
    assert not any(isinstance(stored.event, AnswersKept) for stored in record.story)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("All answers", [0, 1, 2, 3]),
        ("Wrong", [2, 3]),
        ("Right", [0, 1]),
        ("Right, and wrong before", [1]),
        ("Wrong, and right before", [3]),
    ],
)
def test_that_answers_are_chosen_by_task_and_verdict(
    qtbot: QtBot, record: RunRecord, kind: str, rows: list[int]
) -> None:
    card = AnswersCard()
    qtbot.addWidget(card)
    card.show_record(record)
    task, of_kind = (card.findChild(QComboBox, name) for name in ("answers_task", "answers_kind"))
    assert task is not None
    assert of_kind is not None
    assert [task.itemText(place) for place in range(task.count())] == ["All tasks", "units", "prose"]
    of_kind.setCurrentText(kind)
    assert card.model.rowCount() == 2 * len(rows)
    task.setCurrentText("prose")
    assert [(row.task, row.answer.row) for row in card.model.rows] == [("prose", row) for row in rows]
    card.show_record(record)
    assert task.currentText() == "prose"


def test_that_a_chosen_row_is_read_in_full(qtbot: QtBot, record: RunRecord) -> None:
    card = AnswersCard()
    qtbot.addWidget(card)
    assert card.model.count == 0
    card.show_record(record)
    table, pane = card.findChild(QTableView, "answers_table"), card.findChild(QPlainTextEdit, "answer_in_full")
    assert table is not None
    assert pane is not None
    table.selectRow(1)
    text = pane.toPlainText()
    assert text.startswith("units, row at 2, after step 5: right")
    for part in ("Question\nasked 1", "Answer\nat 5: 1", "Expected\ne", "Before training\nat 0: 1"):
        assert part in text
