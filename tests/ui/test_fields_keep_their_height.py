"""Fields keep their height while their page is laid out anew, which takes Qt some turns of the event loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from studio.ui.new_run.page import NewRunPage
from studio.ui.window import MainWindow
from tests.ui.pictures.scenes import recipe

Sizes = dict[str, tuple[int, int]]


@pytest.fixture
def page(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> NewRunPage:
    window = open_window(recipe(tmp_path), size=(1280, 800))
    made = window.pages.new_run
    assert made is not None
    qtbot.waitUntil(made.is_settled)
    return made


def squeezed(page: NewRunPage) -> Sizes:
    """The fields that are less high than they need, with both heights."""
    controls = {path: row.editor.control for path, row in page.form.rows.items() if row.isVisible()}
    heights = {path: (each.height(), each.minimumSizeHint().height()) for path, each in controls.items()}
    return {path: (now, needed) for path, (now, needed) in heights.items() if now < needed}


def test_that_no_field_is_squeezed_while_its_sentence_grows(page: NewRunPage) -> None:
    for row in page.form.quality.sliders.values():
        row.show_cost("At 16: 2.5 GiB more, 12 % longer for a row, and so on for many more words than there were. " * 3)
        assert squeezed(page) == {}
        QCoreApplication.sendPostedEvents(row)  # of the layouts that have to follow, the first alone
        assert squeezed(page) == {}
