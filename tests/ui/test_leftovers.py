"""What a killed export has left is removed when the window starts, and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from studio.core.unfinished import noted, notes, partial_of
from studio.ui.window import MainWindow


def test_that_a_start_clears_away_what_a_killed_export_left_and_says_so(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    partial = partial_of(tmp_path / "out")
    with noted(partial):
        partial.mkdir()  # still there when its writer's lock is gone, as after a kill
    (partial / "half").write_bytes(b"half")
    window = open_window()
    qtbot.waitUntil(lambda: any("interrupted export" in each.what for each in window.notices.notices()))
    assert not partial.exists()
    assert notes() == []
