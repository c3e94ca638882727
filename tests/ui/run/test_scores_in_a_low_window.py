"""In the smallest window scores, answers and samples have the whole room each, and no number is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.run.events import AgainstBase, TaskScore
from studio.core.run.run_record import RunRecord
from studio.ui.run import scores_model
from studio.ui.run.scores_model import COLUMNS, ScoreRow, unmatched
from studio.ui.run.scores_view import ANSWERS, SAMPLES, SCORES, ScoresView
from tests.fake_run import FakeRun

LOW, HIGH = (596, 314), (900, 640)  # of the tab in a window of 860x540, and in a large one


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> ScoresView:
    record = RunRecord()
    with FakeRun(tmp_path) as run:
        run.start().evaluate("before").train(5).evaluate("after").end()
        with run.folder.reader() as reader:
            for stored in reader.events():
                record.add_event(stored)
    made = ScoresView()
    qtbot.addWidget(made)
    made.show_record(record)
    made.resize(*LOW)
    made.show()
    return made


def test_that_a_low_window_shows_scores_or_answers_and_a_high_one_both(view: ScoresView) -> None:
    assert view.tabs.currentIndex() == SCORES
    assert view._scores.isVisible()
    assert not view.answers.isVisible()
    view.tabs.setCurrentIndex(ANSWERS)
    assert view.answers.isVisible()
    assert not view._scores.isVisible()
    assert view.answers.table.height() >= 3 * view.answers.table.verticalHeader().defaultSectionSize()
    view.tabs.setCurrentIndex(SCORES)
    view.resize(*HIGH)
    assert view._scores.isVisible()
    assert view.answers.isVisible()
    assert not view.tabs.isTabVisible(SCORES)
    # What a person has turned to stays.
    view.tabs.tabBarClicked.emit(SAMPLES)
    view.tabs.setCurrentIndex(SAMPLES)
    view.resize(*LOW)
    assert view.tabs.currentIndex() == SAMPLES


def test_that_no_number_is_cut_in_a_narrow_window(view: ScoresView) -> None:
    metric = COLUMNS.index("Metric")
    shown = [at for at in range(len(COLUMNS)) if not view.table.isColumnHidden(at)]
    assert set(range(len(COLUMNS))) - set(shown) <= {metric}
    for at in shown:
        wanted = max(view.table.sizeHintForColumn(at), view.table.horizontalHeader().sectionSizeHint(at))
        assert view.table.columnWidth(at) >= wanted, COLUMNS[at]
    task = view.model.index(0, 0)
    assert "exact-match" in task.data(3), "what the hidden column would say is in the tooltip"
    view.resize(1200, HIGH[1])
    assert not view.table.isColumnHidden(metric)


def test_that_a_column_that_is_left_out_stays_so_while_the_window_keeps_its_width(
    view: ScoresView, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric = COLUMNS.index("Metric")
    monkeypatch.setattr(scores_model, "tr", lambda text, **_: f"{text} of the answers" if text == "Metric" else text)
    view.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
    view.resize(1600, HIGH[1])
    view._on_rows()
    assert not view.table.isColumnHidden(metric)
    for width in range(1000, LOW[0], -5):
        view.resize(width, HIGH[1])
        hidden = view.table.isColumnHidden(metric)
        view._on_rows()
        assert view.table.isColumnHidden(metric) == hidden, width
    assert hidden


def _score(value: float, loss: float, metric: str = "exact-match", before: float = 0.0) -> TaskScore:
    base = AgainstBase(rows=12, value=before, stderr=0.0, difference=value - before, difference_stderr=0.0)
    return TaskScore(metric=metric, value=value, stderr=0.0, rows=12, loss=loss, base=base)


def _row(newest: TaskScore, loss: float = 3.0) -> ScoreRow:
    first = TaskScore(metric=newest.metric, value=0.0, stderr=0.0, rows=12, loss=loss)
    return ScoreRow("shop", first, newest, 14)


def test_that_a_score_of_nothing_says_what_to_go_by_where_the_loss_has_fallen(view: ScoresView) -> None:
    """Seen by a newcomer: 0.0 % before and after, as if nothing had been learned, though the loss had halved."""
    assert "from 3.000 to 1.500" in unmatched([_row(_score(0.0, 1.5))])
    for other in (_score(0.25, 1.5), _score(0.0, 2.9), _score(0.0, 1.5, "label"), _score(0.0, 1.5, before=0.5)):
        assert unmatched([_row(other)]) == ""
    assert not view.go_by.isVisible(), "scores that grow need no such words"
    view.model.show_rows([_row(_score(0.0, 1.5))])
    assert "the loss was 3.000 at first" in view.model.index(0, COLUMNS.index("Loss")).data(Qt.ItemDataRole.ToolTipRole)
