"""In the smallest window nothing is squeezed, laid over something else or cut, and no page scrolls for a few pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.try_out.try_view import TryView
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST
from tests.fake_run import FakeRun
from tests.ui.conftest import come
from tests.ui.test_queue import busy, line, started  # noqa: F401 - fixtures
from tests.ui.test_sweep_group import folders, shown  # noqa: F401 - a fixture
from tests.ui.test_try_out import FakeDesk, desk, open_view, record_of  # noqa: F401 - fixtures

Open = Callable[..., MainWindow]


def opened(qtbot: QtBot, open_window: Open, run: FakeRun, tab: int = 0) -> MainWindow:
    """The smallest window with a part of the run's page."""
    window = open_window(size=(LEAST.width(), LEAST.height()))
    window.pages.show_run(run.folder)
    page = window.pages.run
    assert page is not None
    qtbot.waitUntil(lambda: page.is_built and page.tail.caught_up)
    page.tabs.setCurrentIndex(tab)
    return window


def experts_of(qtbot: QtBot, window: MainWindow) -> ExpertsPanel:
    assert window.pages.run is not None
    panel = window.pages.run.live.experts
    qtbot.waitUntil(lambda: panel._picture is not None and not panel.loads.is_reading)
    return panel


def choices_are_whole(panel: ExpertsPanel) -> bool:
    boxes = [each for each in panel.findChildren(QComboBox) if each.isVisible()]
    return len(boxes) > 1 and all(each.width() >= each.sizeHint().width() for each in boxes)


def box_of(panel: QWidget, part: QWidget) -> QRect:
    return QRect(part.mapTo(panel, QPoint()), part.size())


def lies_over_nothing(panel: ExpertsPanel) -> bool:
    """Whether the parts that are shown lie apart, and within the card."""
    parts = [panel._help, panel.verdict, panel._facts, panel.map, panel.time, panel.choices]
    boxes = [box_of(panel, each) for each in parts if each.isVisible()]
    apart = not any(one.intersects(other) for n, one in enumerate(boxes) for other in boxes[:n])
    return apart and all(panel.rect().contains(each) for each in boxes)


@pytest.fixture
def high_letters(qapp: QApplication) -> Iterator[None]:
    """As high and as wide as Noto Sans beside the studio's own font."""
    before = qapp.font()
    font = QFont(before)
    font.setPointSizeF(before.pointSizeF() * 1.1)
    qapp.setFont(font)
    yield
    qapp.setFont(before)


@pytest.mark.parametrize("method", ["mixlora", "moelora"])
def test_that_the_experts_choices_are_whole_and_their_map_can_be_read(
    qtbot: QtBot, open_window: Open, runs: Path, method: str
) -> None:
    with FakeRun(runs, method=method, layers=12) as run:
        run.start().train(9).evaluate().end()
    panel = experts_of(qtbot, opened(qtbot, open_window, run))
    qtbot.waitUntil(lambda: choices_are_whole(panel))
    qtbot.waitUntil(lambda: panel.map.height() >= 5 * panel.fontMetrics().height())
    qtbot.waitUntil(panel.verdict.isVisible)
    said = panel.verdict.text()
    assert said
    panel.task.setCurrentIndex(1)
    qtbot.waitUntil(panel.against.isVisible)
    qtbot.waitUntil(lambda: choices_are_whole(panel))
    qtbot.waitUntil(lambda: panel.map.height() >= 5 * panel.fontMetrics().height())
    qtbot.waitUntil(lambda: panel.verdict.isVisible() == (panel.choices.rows < 2))  # it is on all tasks
    assert panel.task.toolTip().startswith(f"{panel.task.currentText()}\n")
    panel.task.setCurrentIndex(0)
    qtbot.waitUntil(lambda: panel.verdict.isVisible() and panel.verdict.text() == said)


def test_that_what_the_map_means_lies_over_nothing_and_goes_again(qtbot: QtBot, open_window: Open, runs: Path) -> None:
    with FakeRun(runs, layers=8) as run:
        run.start().train(9).end()
    panel = experts_of(qtbot, opened(qtbot, open_window, run))
    qtbot.waitUntil(lambda: panel.verdict.isVisible() and panel.time.isVisible())

    panel.help.click()
    qtbot.waitUntil(lambda: panel._help.isVisible() and lies_over_nothing(panel))
    assert panel.map.isVisible()
    panel.help.click()
    qtbot.waitUntil(lambda: panel.verdict.isVisible() and panel.time.isVisible() and lies_over_nothing(panel))


@pytest.mark.parametrize("method", ["mixlora", "moelora"])
def test_that_the_experts_card_keeps_its_parts_apart_in_high_letters(
    qtbot: QtBot, open_window: Open, runs: Path, high_letters: None, method: str
) -> None:
    with FakeRun(runs, method=method, layers=12) as run:
        run.start().train(9).evaluate().end()
    panel = experts_of(qtbot, opened(qtbot, open_window, run))
    for task in (1, 0):
        panel.task.setCurrentIndex(task)
        qtbot.waitUntil(lambda: panel.map.isVisible() and panel.time.isVisible() and lies_over_nothing(panel))
    qtbot.waitUntil(lambda: panel.map.height() >= 4 * panel.fontMetrics().height())
    panel.help.click()
    qtbot.waitUntil(lambda: panel._help.isVisible() and lies_over_nothing(panel))
    panel.help.click()
    qtbot.waitUntil(lambda: panel.map.isVisible() and panel.time.isVisible() and lies_over_nothing(panel))


def test_that_a_run_that_trains_needs_no_scroll_bar_of_the_page(
    qtbot: QtBot, open_window: Open, runs: Path, set_in: Callable[[str], None]
) -> None:
    set_in("studio")
    with FakeRun(runs, layers=8) as run:
        run.start().probe().evaluate("before").train(9)
        window = opened(qtbot, open_window, run)
        experts_of(qtbot, window)
        area = window.findChild(QScrollArea, "page_area")
        assert isinstance(area, QScrollArea)
        qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)


def test_that_the_settings_of_an_answer_keep_their_height_and_every_expert_can_be_pressed(
    qtbot: QtBot,
    runs: Path,
    open_view: Callable[..., TryView],  # noqa: F811
) -> None:
    with FakeRun(runs, layers=4) as run:
        run.start().train(3).sample().end()
    view = open_view(run.folder)
    view.resize(596, 314)  # of the tab in such a window
    view.chat.show_record(record_of(run.folder))
    chips = view.chat.experts.chips
    assert len(chips) == 8

    def are_whole() -> bool:
        room = view.chat.experts._room.rect()
        return all(each.isVisible() and room.contains(each.geometry()) for each in chips)

    come(are_whole)
    for _ in range(2):
        view.settings.click()
        parts = view.chat.settings.findChildren(QWidget)
        fields = [each for each in parts if isinstance(each, (QLineEdit, QAbstractSpinBox))]
        fields = [each for each in fields if not isinstance(each.parentWidget(), QAbstractSpinBox)]
        assert len(fields) > 4
        come(lambda fields=fields: all(each.height() >= each.minimumSizeHint().height() for each in fields))
        assert view.chat.settings.isVisible()
        view.settings.click()
        come(are_whole)


def test_that_the_name_of_the_page_is_whole_beside_a_long_name_of_a_group(
    qtbot: QtBot,
    open_window: Open,
    folders: list[object],  # noqa: F811
) -> None:
    window = shown(qtbot, open_window)
    window.resize(LEAST)
    page = window.pages.comparison
    assert page is not None
    qtbot.waitUntil(lambda: page.width() < 700 and not page._title.is_cut and not page.markdown.is_cut)


def test_that_of_many_waiting_runs_none_is_cut_in_a_low_window(
    qtbot: QtBot,
    open_window: Open,
    line: list[object],  # noqa: F811
    started: list[str],  # noqa: F811
) -> None:
    window = open_window(size=(LEAST.width(), 448))  # of a screen of 1366x768 at 150 %
    window.setMinimumHeight(0)
    window.resize(LEAST.width(), 448)
    panel = window.sidebar.queue
    qtbot.waitUntil(lambda: len(panel.rows) == 3 and panel.isVisible())
    qtbot.waitUntil(lambda: panel.rect().contains(panel._area.geometry()))
    assert panel._area.height() >= panel.rows[0].height()
    panel._area.ensureWidgetVisible(panel.rows[2])
    qtbot.waitUntil(lambda: panel.rows[2].visibleRegion().boundingRect().height() == panel.rows[2].height())
