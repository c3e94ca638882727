"""A folder of runs that is reached through a link: queue, list and page mean the same run by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run.run_folder import RunFolder
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun
from tests.slow_disk import link_to

Open = Callable[..., MainWindow]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The folder of runs as the settings name it, a link."""
    real, link = tmp_path / "on another drive", tmp_path / "läufe"
    real.mkdir()
    link_to(link, real)
    return link


@pytest.fixture
def line(runs: Path) -> Iterator[dict[str, RunFolder]]:
    """Two runs that wait for one that trains."""
    found = {}
    for name in ("alpha", "beta"):
        with FakeRun(runs, name) as run:
            found[name] = run.folder
    with FakeRun(runs, "busy") as busy, DeviceLock("cpu").held(busy.folder, "cpu"):
        busy.start().train(12)
        for folder in found.values():
            put_in_queue(folder, "cpu", "cpu")
        yield found


def names(window: MainWindow) -> list[str]:
    return [row.name.text() for row in window.sidebar.queue.rows]


def test_that_a_row_of_the_queue_shows_the_run_that_the_list_has(
    qtbot: QtBot, open_window: Open, line: dict[str, RunFolder]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: names(window) == ["alpha", "beta"] and window.sidebar.model.rowCount() == 3)
    qtbot.mouseClick(window.sidebar.queue.rows[1], LEFT)
    page = window.pages.run
    assert page is not None
    assert [folder.id for folder in window.sidebar.chosen()] == [line["beta"].id]
    assert window.pages.summary is not None
    assert window.pages.summary.state == "waiting"
    (listed,) = [run.folder for run in window.pages.summaries if run.name == "beta"]
    window.pages.show_run(listed)
    assert window.pages.run is page, "it was taken for another run"


def test_that_a_run_that_is_deleted_leaves_queue_and_page_and_comes_back(
    qtbot: QtBot, open_window: Open, line: dict[str, RunFolder]
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: names(window) == ["alpha", "beta"] and window.sidebar.model.rowCount() == 3)
    before = read_queue().entries
    qtbot.mouseClick(window.sidebar.queue.rows[0], LEFT)
    (summary,) = [run for run in window.pages.summaries if run.name == "alpha"]
    window.list_actions.delete((summary,))
    qtbot.waitUntil(lambda: names(window) == ["beta"] and window.sidebar.model.rowCount() == 2)
    assert window.pages.run is None or window.pages.run.folder.id != summary.id
    window.list_actions.shelf.undo()
    qtbot.waitUntil(lambda: names(window) == ["alpha", "beta"] and window.sidebar.model.rowCount() == 3)
    assert read_queue().entries == before
