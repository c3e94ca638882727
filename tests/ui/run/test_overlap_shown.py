"""That held-out rows are trained on is read beside the scores, and marked on their tab, whenever a run is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.core.run.events import WarningRaised
from studio.core.run.overlap import overlap_text
from studio.ui.run import path
from studio.ui.run.page import RunPage
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun
from tests.ui.conftest import ink, picture

Open = Callable[..., MainWindow]
SCORES = path.TABS.index(path.SCORES)
SAID = "Task {}: 12 of 100 held-out questions are also asked in training, so the score is too high. Remove them."


def overlaps(run: FakeRun, *tasks: str) -> None:
    """Say it as the worker does each time that it reads the data."""
    what = overlap_text(12, 100)
    run.write(*(WarningRaised(where=f"task {task}", what=what, remedy="Remove them.") for task in tasks))


def opened(qtbot: QtBot, open_window: Open, run: FakeRun) -> RunPage:
    window = open_window()
    window.pages.show_run(run.folder)
    page = window.pages.run
    assert page is not None
    qtbot.waitUntil(lambda: page.is_built and page.tail.caught_up)
    return page


def test_that_it_is_said_once_beside_the_scores_of_a_run_that_was_resumed(
    qtbot: QtBot, open_window: Open, runs: Path
) -> None:
    with FakeRun(runs) as run:
        run.start()
        overlaps(run, "units", "sort")
        run.train(3).checkpoint().pause().start()
        overlaps(run, "units", "sort")
        run.train(3).evaluate("after").end()
    page = opened(qtbot, open_window, run)
    assert page.scores.overlap.text() == f"{SAID.format('units')}\n{SAID.format('sort')}"
    page.tabs.setCurrentIndex(SCORES)
    qtbot.waitUntil(page.scores.overlap.isVisible)
    assert "Task sort: 12 of 100" in page.tabs.tabToolTip(SCORES)


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_the_tab_of_such_scores_is_marked_and_no_other(
    qtbot: QtBot, open_window: Open, runs: Path, choice: str
) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    with FakeRun(runs) as run:
        run.start().warn().train(3).evaluate()
        page = opened(qtbot, open_window, run)
        assert page.scores.overlap.isHidden()
        assert not ink(picture(page.tabs), theme.roles.warning)
        narrow = page.tabs.tabRect(SCORES).width()
        overlaps(run, "sort")
        qtbot.waitUntil(lambda: not page.scores.overlap.isHidden())
        marked = [
            place
            for place in range(page.tabs.count())
            if ink(picture(page.tabs)[:, page.tabs.tabRect(place).left() : page.tabs.tabRect(place).right()],
                   theme.roles.warning)
        ]  # fmt: skip
        assert marked == [SCORES]
        assert page.tabs.tabRect(SCORES).width() > narrow, "the words keep their room"


def test_that_it_is_read_in_the_windows_language(qtbot: QtBot, chinese: None, open_window: Open, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start()
        overlaps(run, "sort")
        run.train(3).end()
    page = opened(qtbot, open_window, run)
    assert "100 个留出问题中有 12 个也在训练中问过，因此得分偏高。" in page.scores.overlap.text()
