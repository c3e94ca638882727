"""No window is larger than its screen, at any scale, and none is too small to be used."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QRect, QSettings, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

import studio
from studio.core import places
from studio.core.settings import Settings
from studio.ui.controls.fitted_dialog import FittedDialog, fitted
from studio.ui.window import MainWindow
from studio.ui.window_size import LEAST, first_geometry, fitted_geometry, least_size, room_on, screen_around

TASK_BAR = 48
SCREENS = [
    QRect(0, 0, round(wide / scale), round(high / scale) - TASK_BAR)
    for wide, high in ((1366, 768), (1920, 1080), (3840, 2160))
    for scale in (1, 1.5, 2)
]


def named(screen: QRect) -> str:
    return f"{screen.width()}x{screen.height()}"


@pytest.mark.parametrize("screen", SCREENS, ids=named)
@pytest.mark.parametrize("unit", [14.5, 22.0])
def test_that_a_first_window_lies_on_its_screen(screen: QRect, unit: float) -> None:
    first = first_geometry(screen, unit)
    assert room_on(screen).contains(first)
    if screen.width() > 1000 and screen.height() > 640:
        assert first.width() >= LEAST.width()
        assert first.height() >= LEAST.height()


@pytest.mark.parametrize("screen", SCREENS, ids=named)
@pytest.mark.parametrize("kept", [QRect(2, 44, 1957, 1223), QRect(3000, -900, 960, 640), QRect(10, 10, 300, 200)])
def test_that_a_remembered_window_lies_on_the_screen_that_there_is_now(screen: QRect, kept: QRect) -> None:
    found = fitted_geometry(kept, screen)
    assert room_on(screen).contains(found)
    assert found.size() == kept.size().expandedTo(LEAST).boundedTo(room_on(screen).size())
    least = least_size(screen)
    assert least.width() <= found.width()
    assert least.height() <= found.height()


@pytest.mark.parametrize("screen", SCREENS, ids=named)
def test_that_a_dialog_lies_over_its_window_and_on_the_screen(screen: QRect) -> None:
    window = fitted_geometry(QRect(200, 100, 900, 600), screen)
    for dialog in (QRect(400, 300, 520, 900), QRect(-50, -50, 300, 200), QRect(900, 500, 2000, 90)):
        found = fitted(dialog, window, screen)
        assert screen.contains(found)
        if dialog.width() <= window.width() and dialog.height() <= window.height() - 40:
            assert window.contains(found)


def test_that_every_dialog_stays_over_its_window() -> None:
    free = [
        node.name
        for file in Path(studio.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "QDialog" for base in node.bases)
    ]
    assert free == [FittedDialog.__name__]


def test_that_a_window_follows_to_a_smaller_screen_where_all_of_it_can_be_reached(
    qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window(size=(1280, 800))
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    small = QRect(0, 0, 500, 260)
    window.fit_to(small)
    assert window.size() == room_on(small).size()
    area = window.findChild(QScrollArea, "page_area")
    qtbot.waitUntil(lambda: area.horizontalScrollBar().maximum() > 0)
    assert area.verticalScrollBar().maximum() > 0
    window.fit_to(QRect(0, 0, 1920, 1040))
    assert window.minimumSize() == LEAST
    assert window.size() == LEAST


def test_that_a_geometry_from_a_larger_screen_is_fitted_when_it_comes_back(qtbot: QtBot, runs: Path) -> None:
    first = MainWindow(Settings(), runs)
    qtbot.addWidget(first)
    first.setGeometry(5, 5, 2400, 1500)
    kept = first.saveGeometry()
    first.close()
    remembered = QSettings(str(places.home() / "window.ini"), QSettings.Format.IniFormat)
    remembered.setValue("geometry", kept)
    remembered.sync()
    second = MainWindow(Settings(), runs)
    qtbot.addWidget(second)
    room = room_on(screen_around(second))
    assert room.contains(second.geometry())
    assert second.size() == QSize(2400, 1500).boundedTo(room.size())
    second.close()


@pytest.mark.parametrize("text", ["geometry=abc", "geometry=1, 2", "geometry=@ByteArray(abc)", "\x00[[ geometry"])
def test_that_a_damaged_file_of_the_windows_place_keeps_no_window_from_opening(
    qtbot: QtBot, runs: Path, text: str
) -> None:
    places.home().mkdir(parents=True, exist_ok=True)
    (places.home() / "window.ini").write_text(f"[General]\n{text}\n", encoding="utf-8")
    window = MainWindow(Settings(), runs)
    qtbot.addWidget(window)
    assert room_on(screen_around(window)).contains(window.geometry())
    window.close()


def test_that_the_screen_outlives_a_dead_window(qtbot: QtBot) -> None:
    died: list[bool] = []
    connection = QGuiApplication.primaryScreen().destroyed.connect(lambda: died.append(True))
    for _ in range(3):
        window = QWidget()
        window.itself = window  # type: ignore[attr-defined]
        assert screen_around(window).isValid()
        del window
        gc.collect()
    QObject.disconnect(connection)
    assert not died
    assert screen_around(QWidget()).isValid()


def test_that_nobody_asks_a_widget_for_its_screen() -> None:
    asking = [
        f"{file.name}:{node.lineno}"
        for file in Path(studio.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "screen"
    ]
    assert asking == []
