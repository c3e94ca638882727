"""The window for tests: off the screen, on a folder of fake runs, without a machine to look at unless asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QFontDatabase, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core.run.run_record import RunRecord
from studio.core.settings import Settings
from studio.ui import translations as translations_module
from studio.ui.app import make_application, speak
from studio.ui.fonts import FILES
from studio.ui.new_run.data_check import DataCheck
from studio.ui.new_run.page import NewRunPage
from studio.ui.run.tail import RunTail
from studio.ui.theme import theme
from studio.ui.translations import CHINESE, translations
from studio.ui.window import MainWindow
from tests.patience import wait_until


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    """The application in the studio's own style, and in its own font unless STUDIO_TEST_OWN_FONT says "no"."""
    if os.environ.get("STUDIO_TEST_OWN_FONT") == "no":
        FILES.clear()
    app = make_application(["tests"])
    return app


LETTERS = ("studio", "narrow", "wide", "system")
SPACING = {"narrow": 80, "wide": 125}  # per cent of a letter's width, which every platform can change


@pytest.fixture
def set_in(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Sets windows that are opened from then on in one of LETTERS, on every machine with whatever fonts it has."""
    before = qapp.font()

    def set_(letters: str) -> None:
        if letters == "chinese":
            speak_chinese(qapp)
            return
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont) if letters == "system" else QFont(before)
        font.setPointSizeF(before.pointSizeF())
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, SPACING.get(letters, 100))
        qapp.setFont(font)

    yield set_
    translations.unload()
    qapp.setFont(before)


def speak_chinese(app: QApplication) -> None:
    """Speak Chinese, on a machine without a font for it too: its boxes are as wide as the characters."""
    family = translations_module.family_for(CHINESE) or app.font().family()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translations_module, "family_for", lambda language: family)
        speak(app, CHINESE)
    assert translations.language == CHINESE


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    """Windows that are opened in this test speak Chinese."""
    before = qapp.font()
    speak_chinese(qapp)
    yield
    translations.unload()
    qapp.setFont(before)


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    """Each test begins with the dark theme."""
    theme.choose("dark")


@pytest.fixture(autouse=True)
def no_look_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window starts a desk by itself: most tests are not about data, and a desk takes seconds to start."""
    monkeypatch.setattr(DataCheck, "looks_by_itself", False)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "läufe mit Raum"
    folder.mkdir()
    return folder


@pytest.fixture
def open_window(qtbot: QtBot, runs: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens main windows; each is closed at the end of the test."""
    opened: list[MainWindow] = []

    def open_(recipe: Path | None = None, size: tuple[int, int] = (1280, 800), remember: bool = False) -> MainWindow:
        window = MainWindow(Settings(), runs, recipe, remember)
        qtbot.addWidget(window)
        window.resize(*size)
        with qtbot.waitExposed(window):
            window.show()
        window.begin()
        qtbot.waitUntil(lambda: window.pages.count() > 0)
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.close()


def picture(widget: QWidget) -> np.ndarray:
    """What a widget shows, [height, width, 3] uint8."""
    theme.paint_now()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def page_of(qtbot: QtBot, window: MainWindow) -> NewRunPage:
    """The page for a new run, once it is there."""
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    page = window.pages.new_run
    assert page is not None
    return page


def read_whole(tail: RunTail) -> RunRecord:
    """What a run's tail has read when nothing is left, however many slices a slow machine makes of it."""
    tail.start()
    come(lambda: tail.caught_up and not tail.is_looking)
    tail.stop()
    return tail.record


def come(true: Callable[[], object]) -> None:
    """Give the window its turns until this is true."""

    def turn() -> object:
        QApplication.processEvents()
        return true()

    wait_until(turn)


def ink(shown: np.ndarray, colour: str | QColor, tolerance: int = 12) -> int:
    """How many pixels of `shown` have this colour; thin lines may have none of it: see `covered`."""
    return int((np.abs(shown.astype(int) - _rgb(colour)).max(axis=-1) <= tolerance).sum())


def covered(shown: np.ndarray, colour: str | QColor, ground: str | QColor, least: float = 0.3) -> np.ndarray:
    """How much of each pixel [height, width] is `colour` drawn over `ground`, wherever a thin line's edges fall.

    Less than `least`, and what is no mixture of the two, counts as nothing.
    """
    below, above = _rgb(ground).astype(float), _rgb(colour).astype(float)
    share = ((shown - below) @ (above - below)) / ((above - below) ** 2).sum()
    off = np.abs(shown - (below + share[..., None] * (above - below))).max(axis=-1)
    return np.where((share >= least) & (off <= 24), np.minimum(share, 1), 0)


def _rgb(colour: str | QColor) -> np.ndarray:
    wanted = QColor(colour)
    return np.array([wanted.red(), wanted.green(), wanted.blue()])
