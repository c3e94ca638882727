"""On a screen of 1366x768 at 225 % a dialog scrolls what has no room, and squeezes nothing; elsewhere all is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.recipe.recipe import Recipe
from studio.ui.controls import fitted_dialog
from studio.ui.controls.fitted_dialog import DialogBody, FittedDialog
from studio.ui.controls.widgets import WrappedText, button
from studio.ui.dialogs.about import AboutDialog
from studio.ui.dialogs.compare import CompareDialog
from studio.ui.dialogs.consent import ConsentDialog
from studio.ui.dialogs.sweep import MOST_FIELDS, SweepDialog
from studio.ui.new_run.data_check import not_read
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.new_run.task_facts import TaskFacts
from tests.fake_run import FakeRun
from tests.ui.conftest import LETTERS, come

SMALL, LARGE = QRect(0, 0, 607, 320), QRect(0, 0, 1600, 1200)
CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QLineEdit)

Make = Callable[[QWidget, Path], FittedDialog]


def recipe(runs: Path) -> Recipe:
    with FakeRun(runs) as run:
        return run.recipe


def about(parent: QWidget, runs: Path) -> FittedDialog:
    for letter in "ABCDEGHIJK":  # as many keys as the window has with all of its pages
        button(letter, f"What {letter} does", shortcut=f"Ctrl+{letter}").setParent(parent)
    return AboutDialog(parent)


def compare(parent: QWidget, runs: Path) -> FittedDialog:
    dialog = CompareDialog(recipe(runs), None, parent)
    dialog.leave()
    return dialog


def sweep(parent: QWidget, runs: Path) -> SweepDialog:
    dialog = SweepDialog(recipe(runs), None, None, parent)
    dialog.leave()
    return dialog


def sweep_of_many(parent: QWidget, runs: Path) -> FittedDialog:
    dialog = sweep(parent, runs)
    for _ in range(MOST_FIELDS - 1):
        dialog.add.click()
    return dialog


def consent(parent: QWidget, runs: Path) -> FittedDialog:
    return ConsentDialog(Problem(str(runs), "", "", "model-code", "a" * 64), parent)


def rows(parent: QWidget, runs: Path) -> FittedDialog:
    dialog = RowsDialog(parent)
    dialog.show_task("sums", TaskFacts(problems=(not_read(),)))
    dialog.show_more(TaskFacts(problems=(not_read(),)))
    return dialog


DIALOGS: tuple[Make, ...] = (about, compare, sweep, sweep_of_many, consent, rows)
SCROLLED = (about, sweep_of_many, consent, rows)  # on a small screen, in any font


@pytest.fixture
def on(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[QRect], QWidget]:
    """A window that fills a screen of this size, for dialogs to lie over."""

    def on_(screen: QRect) -> QWidget:
        monkeypatch.setattr(fitted_dialog, "screen_around", lambda window: screen)
        window = QWidget()
        qtbot.addWidget(window)
        window.setGeometry(screen)
        window.show()
        return window

    return on_


def squeezed(dialog: QWidget) -> list[str]:
    """What is lower than it can be shown; wrapped text sets its own height."""
    found = [each for each in dialog.findChildren(QWidget) if isinstance(each, CONTROLS) and each.isVisible()]
    found = [each for each in found if not isinstance(each, WrappedText)]
    found = [each for each in found if not isinstance(each.parentWidget(), QAbstractSpinBox | QComboBox)]
    return [each.objectName() or str(each) for each in found if each.height() < each.minimumSizeHint().height()]


def out_of_place(dialog: QWidget) -> list[str]:
    """What reaches out of the dialog, or lies over something else, of what the dialog itself holds."""
    parts = [each for each in dialog.children() if isinstance(each, QWidget) and each.isVisible()]
    told = [f"{each.objectName()} reaches out" for each in parts if not dialog.rect().contains(each.geometry())]
    pairs = ((one, other) for number, one in enumerate(parts) for other in parts[:number])
    return told + [
        f"{one.objectName()} lies over {other.objectName()}"
        for one, other in pairs
        if one.geometry().intersects(other.geometry())
    ]


def body_of(dialog: FittedDialog) -> DialogBody:
    assert dialog.body is not None
    return dialog.body


@pytest.mark.parametrize("make", DIALOGS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("letters", [*LETTERS, "chinese"])
def test_that_a_small_screen_squeezes_nothing_of_a_dialog(
    runs: Path, on: Callable[[QRect], QWidget], set_in: Callable[[str], None], make: Make, letters: str
) -> None:
    set_in(letters)
    dialog = make(on(SMALL), runs)
    dialog.show()
    come(lambda: squeezed(dialog) == [])
    come(lambda: out_of_place(dialog) == [])
    assert dialog.size().boundedTo(SMALL.size()) == dialog.size()
    body = body_of(dialog)
    come(lambda: body.verticalScrollBar().maximum() == body.lacking)
    assert body.lacking > 0 or make not in SCROLLED, "nothing was tried"
    dialog.close()


@pytest.mark.parametrize("make", DIALOGS, ids=lambda make: make.__name__)
def test_that_a_large_screen_shows_all_of_it(runs: Path, on: Callable[[QRect], QWidget], make: Make) -> None:
    dialog = make(on(LARGE), runs)
    dialog.show()
    body = body_of(dialog)
    come(lambda: body.lacking == 0 and body.verticalScrollBar().maximum() == 0 and not squeezed(dialog))
    high = dialog.height()
    dialog.resize(dialog.width(), high // 2)
    come(lambda: body.lacking == 0 and body.verticalScrollBar().maximum() == 0 and not squeezed(dialog))
    assert dialog.height() <= high
    dialog.close()


@pytest.mark.parametrize("make", DIALOGS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("screen", [SMALL, LARGE], ids=["small", "large"])
def test_that_the_keys_come_to_the_body_only_where_they_scroll_it(
    runs: Path, on: Callable[[QRect], QWidget], make: Make, screen: QRect
) -> None:
    dialog = make(on(screen), runs)
    dialog.show()
    body = body_of(dialog)
    come(lambda: body.verticalScrollBar().maximum() == body.lacking and not squeezed(dialog))
    assert screen is SMALL or dialog.focusWidget() not in (None, body)
    come(lambda: body.focusPolicy() == (Qt.FocusPolicy.TabFocus if body.lacking else Qt.FocusPolicy.NoFocus))
    dialog.close()


@pytest.mark.parametrize("screen", [SMALL, LARGE])
def test_that_a_field_that_comes_is_seen_and_lets_the_dialog_grow(
    runs: Path, on: Callable[[QRect], QWidget], screen: QRect
) -> None:
    dialog = sweep(on(screen), runs)
    dialog.show()
    body = body_of(dialog)
    come(lambda: not squeezed(dialog))
    before = dialog.height()
    for _ in range(MOST_FIELDS - 1):
        dialog.add.click()
        values = dialog.fields[-1].values

        def is_seen(values: QLineEdit = values) -> bool:
            box = QRect(values.mapTo(body.viewport(), QPoint()), values.size())
            return not squeezed(dialog) and body.viewport().rect().contains(box)

        come(is_seen)
        assert screen is SMALL or body.lacking == 0
    assert body.lacking > 0 if screen is SMALL else dialog.height() > before
    dialog.close()
