"""What the window does no more often than it must: paint, ask tables for the sizes of their cells, look at texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QApplication, QComboBox, QStyle, QStyleOption, QWidget
from pytestqt.qtbot import QtBot

from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import Scalar
from studio.ui.comparison.chart import ComparisonChart
from studio.ui.controls.control_paint import paint_box
from studio.ui.run.answers_card import AnswersCard
from studio.ui.run.log_view import LogView
from studio.ui.run.loss_card import LossCard
from studio.ui.run.scores_view import ScoresView
from studio.ui.style import StudioStyle
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun
from tests.ui.conftest import picture
from tests.ui.run.test_loss_card import record_of


class Paints(QObject):
    """Counts how often some widgets are painted."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.of: dict[str, int] = {}
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.of[watched.objectName()] = self.of.get(watched.objectName(), 0) + 1
        return False


def settle() -> None:
    for _ in range(6):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def test_that_another_theme_paints_each_part_of_the_window_once(open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    settle()
    for part, name in ((window.sidebar, "sidebar"), (window.path, "path"), (window.status, "status")):
        part.setObjectName(name)
    paints = Paints(window.sidebar, window.path, window.status)
    theme.choose("light")
    settle()
    assert paints.of["sidebar"] == paints.of["path"] == 1


def curve(steps: int) -> RunRecord:
    record = RunRecord()
    record.add_scalars([Scalar(n, n, "loss", 1 / n) for n in range(1, steps + 1)])
    return record


def test_that_a_chart_is_painted_once_for_a_size_and_once_for_a_step(qtbot: QtBot) -> None:
    card = LossCard(0.6, "", "loss")
    qtbot.addWidget(card)
    card.resize(700, 400)
    with qtbot.waitExposed(card):
        card.show()
    record = curve(200)
    card.show_record(record)
    settle()
    view = card.chart.plot.viewport()
    view.setObjectName("chart")
    paints = Paints(view)
    card.resize(760, 430)
    settle()
    assert paints.of.pop("chart") == 1
    record.add_scalars([Scalar(201, 201, "loss", 9.0)])  # so high that all of it is placed anew
    card.show_record(record)
    settle()
    assert paints.of.pop("chart") == 1


def test_that_a_resized_chart_shows_what_one_made_in_that_size_shows(qtbot: QtBot) -> None:
    pictures = []
    for first in ((900, 620), (520, 300)):
        card = LossCard(0.6, "", "loss")
        qtbot.addWidget(card)
        card.resize(*first)
        with qtbot.waitExposed(card):
            card.show()
        card.show_record(curve(3000))
        settle()
        card.resize(700, 400)
        settle()
        pictures.append(picture(card))
    assert np.array_equal(*pictures)


def test_that_another_width_draws_no_curve_of_a_comparison_anew(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = ComparisonChart(0.5)
    qtbot.addWidget(chart)
    chart.resize(600, 300)
    with qtbot.waitExposed(chart):
        chart.show()
    settle()
    drawn: list[None] = []
    monkeypatch.setattr(chart, "_draw_view", lambda: drawn.append(None))
    chart.resize(700, 320)
    chart.view_changed.emit()
    settle()
    assert not drawn


@pytest.mark.parametrize("made", [ScoresView, AnswersCard])
def test_that_a_tables_cells_are_not_asked_for_their_sizes_while_it_is_resized(
    qtbot: QtBot, runs: Path, made: type[ScoresView | AnswersCard]
) -> None:
    with FakeRun(runs, tasks=("units", "sort")) as run:
        run.start().evaluate("before").train(8).evaluate("after")
        record = record_of(run)
    view, style = made(), _Asked()
    qtbot.addWidget(view)
    view.table.setStyle(style)
    view.resize(900, 600)
    with qtbot.waitExposed(view):
        view.show()
    view.show_record(record)
    settle()
    assert view.table.model().rowCount()
    assert style.cells, "its columns were fitted to their words"
    style.cells = 0
    for wide in (1000, 860, 940):
        view.resize(wide, 600)
        settle()
    assert not style.cells


class _Asked(StudioStyle):
    """Counts how many cells are asked for their sizes."""

    cells = 0

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        self.cells += kind == QStyle.ContentsType.CT_ItemViewItem
        return super().sizeFromContents(kind, option, size, widget)


def test_that_the_log_looks_at_its_text_once_for_the_events_of_a_turn(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs, total_steps=200) as run:
        run.start()
        for _ in range(40):
            run.train().warn("A row was cut.")
        record = record_of(run)
        view = LogView(run.folder.log)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    changes: list[int] = []
    view.story.document().contentsChange.connect(lambda *change: changes.append(change[0]))
    view.show_record(record)
    settle()
    assert view.story.blockCount() > 40
    assert len(changes) <= 2


def test_that_a_boxs_edge_is_what_a_pen_draws(qapp: QApplication) -> None:
    drawn = []
    for stroked in (True, False):
        image = QImage(60, 40, QImage.Format.Format_RGB32)
        image.fill(QColor("#202020"))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(4.5, 4.5, 50, 30)
        if stroked:
            painter.setPen(QPen(QColor("#80c0ff"), 2))
            painter.setBrush(QColor("#604020"))
            painter.drawRoundedRect(box, 8, 8)
        else:
            paint_box(painter, box, 8, QColor("#604020"), QColor("#80c0ff"), 2)
        painter.end()
        drawn.append(np.frombuffer(image.constBits(), np.uint8).astype(int))
    off = np.abs(drawn[0] - drawn[1])
    assert off.max() < 48, "at most a fraction of a pixel of a corner"
    assert (off > 16).sum() <= 36


def test_that_a_choice_drops_its_list_below_itself(qtbot: QtBot) -> None:
    box = QComboBox()
    box.addItems(["one", "two", "three"])
    box.setCurrentIndex(2)
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    box.showPopup()
    assert box.view().mapToGlobal(QPoint(0, 0)).y() >= box.mapToGlobal(QPoint(0, box.height())).y() - 1
    box.hidePopup()
    assert "styleHint" not in vars(StudioStyle), "which Qt asks thousands of times of everything else"
