"""The choices over the experts' map: beside the title where there is room, else below it, and never jumping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from studio.core.run.run_record import RunRecord
from studio.ui.run.experts_panel import ROOM_FOR_DETAILS, ExpertsPanel
from studio.ui.theme import unit
from tests.fake_run import FakeRun
from tests.ui.conftest import LETTERS, come

Show = Callable[[FakeRun], tuple[QWidget, ExpertsPanel]]
NARROW, WIDE = 15, 40  # lines of text: with three tasks a row has room in the one and not in the other


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Shows a run's card within something of a width that it does not decide."""
    panels = []

    def show_(run: FakeRun) -> tuple[QWidget, ExpertsPanel]:
        around, panel = QWidget(), ExpertsPanel()
        qtbot.addWidget(around)
        panels.append(panel)
        panel.setParent(around)
        widen(panel, WIDE)
        around.show()
        panel.open(run.folder)
        look(panel, run)
        return around, panel

    yield show_
    for panel in panels:
        panel.loads.close()
        come(lambda panel=panel: not panel.loads.is_reading)


def look(panel: ExpertsPanel, run: FakeRun) -> None:
    """Show all that the run has written."""
    record = RunRecord()
    with run.folder.reader() as reader:
        for stored in reader.events():
            record.add_event(stored)
    panel.show_record(record)
    come(lambda: not panel.loads.is_reading and not panel._coalesced.isActive())
    settle()


def settle() -> None:
    for _ in range(6):
        QApplication.processEvents()


def widen(panel: ExpertsPanel, lines: float) -> None:
    panel.resize(round(lines * unit()), round((ROOM_FOR_DETAILS + 12) * unit()))
    panel.parentWidget().resize(panel.size())
    settle()


def box_of(panel: ExpertsPanel, part: QWidget) -> QRect:
    return QRect(part.mapTo(panel, QPoint()), part.size())


def shown(panel: ExpertsPanel) -> list[QComboBox]:
    return [each for each in panel.findChildren(QComboBox) if each.isVisible()]


def is_beside(panel: ExpertsPanel) -> bool:
    """Whether every choice stands in the title's row."""
    title = box_of(panel, panel.title).center().y()
    return all(box_of(panel, each).top() < title < box_of(panel, each).bottom() for each in shown(panel))


def out_of_place(panel: ExpertsPanel) -> list[str]:
    """What is cut, or lies over something else."""
    parts = [panel.title, *shown(panel), panel.save, panel.help, panel.verdict, panel.map]
    boxes = {each.objectName() or "title": box_of(panel, each) for each in parts if each.isVisible()}
    told = [f"{each.objectName()} is cut" for each in shown(panel) if each.width() < each.sizeHint().width()]
    told += [f"{name} reaches out" for name, box in boxes.items() if not panel.rect().contains(box)]
    names = list(boxes)
    pairs = ((one, other) for number, one in enumerate(names) for other in names[:number])
    return told + [f"{one} lies over {other}" for one, other in pairs if boxes[one].intersects(boxes[other])]


@pytest.mark.parametrize("letters", [*LETTERS, "chinese"])
def test_that_choices_share_the_titles_row_where_there_is_room_and_give_way_below(
    show: Show, runs: Path, set_in: Callable[[str], None], letters: str
) -> None:
    set_in(letters)
    with FakeRun(runs) as run:
        run.start().train(3)
        _, panel = show(run)
        seen = []
        for lines in (WIDE, NARROW, *range(NARROW, WIDE), NARROW, WIDE):
            widen(panel, lines)
            assert len(shown(panel)) == 2
            assert out_of_place(panel) == [], lines
            seen.append(is_beside(panel))
    assert seen[0]
    assert not seen[1]
    assert seen[1:-2] == sorted(seen[1:-2]), "once there is room, there is room in a wider one"
    assert seen[-2:] == [False, True]


@pytest.mark.parametrize("method", ["mixlora", "moelora"])
def test_that_a_task_that_is_chosen_moves_no_choice_to_another_row(show: Show, runs: Path, method: str) -> None:
    with FakeRun(runs, method=method) as run:
        run.start().train(3)
        _, panel = show(run)
        placed = set()
        for lines in range(NARROW, WIDE + 20):
            panel.task.setCurrentIndex(0)
            widen(panel, lines)
            before = box_of(panel, panel.task), is_beside(panel)
            panel.task.setCurrentIndex(1)
            come(lambda: panel.against.isVisible() and not panel.loads.is_reading)
            settle()
            assert (box_of(panel, panel.task), panel._is_beside) == before, lines
            assert out_of_place(panel) == [], lines
            placed.add(panel._is_beside)
    assert placed == {True, False}


def test_that_choices_come_with_the_first_step_and_stay_where_they_are(show: Show, runs: Path) -> None:
    with FakeRun(runs) as run:
        _, panel = show(run)
        widen(panel, (NARROW + WIDE) / 2)
        seen = []
        for grow in (run.start, run.train, run.train, lambda: run.train(30), run.evaluate, run.end):
            grow()
            look(panel, run)
            seen.append([(each.objectName(), box_of(panel, each)) for each in shown(panel)])
    assert seen[0] == [], "there is nothing to choose yet"
    assert len(seen[1]) == 2
    assert all(each == seen[1] for each in seen[1:])
