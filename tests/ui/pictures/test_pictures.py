"""Every page looks as it did when somebody last looked at it, in both themes, at two sizes and in both languages."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QImage, qRgb
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.run import run_db
from studio.core.settings import Settings
from studio.ui.app import speak
from studio.ui.fonts import SANS, fonts
from studio.ui.run import log_view
from studio.ui.theme import Choice, theme
from studio.ui.translations import CHINESE, ENGLISH, family_for, translations
from studio.ui.window import MainWindow
from tests import fake_run
from tests.planner.machines import LLAMA_3_8B, config_folder
from tests.ui.pictures import scenes
from tests.ui.pictures.boxes import Boxes, boxes_of, moved, out_of_place, without
from tests.ui.pictures.likeness import Picture, pixels, shown, unlike

KEPT = places.resources() / "pictures" / "pages"
BOXES = KEPT / "boxes.json"
SIZES = ((1280, 800), (860, 540))
THEMES: tuple[Choice, ...] = ("dark", "light")
LANGUAGES = (ENGLISH, CHINESE)
# Chinese pictures are kept of the main pages at one size, and compared where the font that drew them is.
CHINESE_FONT = "WenQuanYi Zen Hei"
IN_CHINESE = ("new-run", "live", "scores", "comparison")
COLOURS = 112
SAME = 8  # grabs in turn
MOST_BYTES = 3 << 20  # of the whole folder of pictures
MAKES = os.environ.get("STUDIO_PICTURES") == "make"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are recorded on one day, a second after the other, by a machine of one name, read as in Greenwich."""
    now = iter(range(1_700_000_000, 1_800_000_000))
    monkeypatch.setattr(run_db, "time", SimpleNamespace(time=lambda: float(next(now)), monotonic=time.monotonic))
    monkeypatch.setattr(log_view, "time", SimpleNamespace(strftime=time.strftime, localtime=time.gmtime))
    monkeypatch.setattr(fake_run, "socket", SimpleNamespace(gethostname=lambda: "desk"))
    monkeypatch.setattr(fake_run, "os", SimpleNamespace(getpid=lambda: 4711))


@pytest.fixture
def show(
    qtbot: QtBot, qapp: QApplication, runs: Path, tmp_path: Path, clock: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], tuple[MainWindow, QWidget]]]:
    """Opens a window with a scene in a language."""
    model = config_folder(tmp_path / "llama", LLAMA_3_8B)
    monkeypatch.setattr(places, "demo_model", lambda: model)
    font = qapp.font()
    opened: list[MainWindow] = []

    def show_(scene: str, language: str) -> tuple[MainWindow, QWidget]:
        speak(qapp, language)
        # With hints, letters are as wide as the machine's settings make them.
        even = QFont(qapp.font())
        even.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        qapp.setFont(even)
        scenes.recorded(runs)
        recipe = scenes.recipe(tmp_path) if scene in scenes.ON_A_RECIPE else None
        window = MainWindow(Settings(), runs, recipe, remember=False)
        qtbot.addWidget(window)
        opened.append(window)
        window.resize(*SIZES[0])
        with qtbot.waitExposed(window):
            window.show()
        with scenes.set_up(window):
            known = len(list(runs.glob("2023*")))
            qtbot.waitUntil(lambda: window.pages.count() > 0 and len(window.pages.summaries) == known)
            pictured = scenes.SCENES[scene](qtbot, window, runs)
        return window, pictured

    yield show_
    for window in opened:
        window.close()
    translations.unload()
    qapp.setFont(font)


def settled(qtbot: QtBot, pictured: QWidget) -> QImage:
    """The picture once it stays the same over some turns of the event loop: a layout may need several."""
    before, same = QImage(), 0

    def stays() -> bool:
        nonlocal before, same
        now = pictured.grab().toImage()
        same = same + 1 if now == before else 0
        before = now
        return same >= SAME

    qtbot.waitUntil(stays)
    return before


def few_colours(picture: Picture) -> NDArray[np.uint8]:
    """Colours [COLOURS, 3] of which every pixel is near one: common ones, and rare ones far from all others."""
    known, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    weight = np.sqrt(counts)
    chosen = [int(counts.argmax())]
    far = np.full(len(known), np.inf)
    while len(chosen) < min(COLOURS, len(known)):
        far = np.minimum(far, np.abs(known.astype(int) - known[chosen[-1]].astype(int)).sum(axis=1))
        chosen.append(int((weight * far**2).argmax()))
    return known[chosen]


def keep(image: QImage, file: Path) -> None:
    """Keep a picture in few colours, which quarters its file and is hardly seen."""
    file.parent.mkdir(parents=True, exist_ok=True)
    table = [qRgb(int(red), int(green), int(blue)) for red, green, blue in few_colours(pixels(image))]
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    even = flat.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.AvoidDither)
    assert even.save(str(file), "PNG", 0)  # type: ignore[call-overload]


@pytest.mark.parametrize("scene", scenes.SCENES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_that_a_page_looks_as_it_was_accepted(
    qtbot: QtBot, show: Callable[..., tuple[MainWindow, QWidget]], tmp_path: Path, scene: str, language: str
) -> None:
    if not fonts.mono_families() or SANS not in QFont(QApplication.font()).families():
        pytest.skip("the studio's own font is left out (STUDIO_TEST_OWN_FONT), and pictures are of that")
    if language != ENGLISH and not family_for(language):
        pytest.skip(f"no font here has the characters of {language}")
    window, pictured = show(scene, language)
    kept: dict[str, Boxes] = json.loads(BOXES.read_text("utf-8")) if BOXES.is_file() else {}
    told: list[str] = []
    sizes = SIZES if pictured is window else SIZES[:1]  # a dialog has its own
    chinese = language == CHINESE and scene in IN_CHINESE and translations.family == CHINESE_FONT
    for wide, high in sizes:
        window.resize(wide, high)
        for name in THEMES:
            theme.choose(name)
            image = settled(qtbot, pictured)
            place = f"{scene}-{'zh-' if language == CHINESE else ''}{wide}"
            told += [f"{place}: {each}" for each in out_of_place(pictured)]
            # Fonts with Chinese letters differ from machine to machine: there, only that everything is in its place.
            if language != ENGLISH and not (chinese and (wide, high) == SIZES[0]):
                continue
            file = KEPT / f"{place}-{name}.png"
            boxes = boxes_of(pictured)
            if MAKES:
                keep(image, file)
                kept[place] = boxes
                continue
            told += [f"{place}: {each}" for each in moved(boxes, kept.get(place, {}))]
            seen, accepted = (without(pixels(each), pictured) for each in (image, QImage(str(file))))
            if wrong := unlike(seen, accepted):
                image.save(str(tmp_path / file.name))
                shown(seen, accepted).save(str(tmp_path / f"difference-{file.name}"))
                told.append(f"{file.name}: {wrong}; it and the difference are in {tmp_path}")
    if MAKES:
        BOXES.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    assert not told, "\n".join(
        [*dict.fromkeys(told), "Where that is meant: python -m tests.ui.pictures, and look at it."]
    )
    if language == CHINESE and scene in IN_CHINESE and not chinese:
        pytest.skip(
            f"everything is in its place, and the pictures are of {CHINESE_FONT}: here is {translations.family}"
        )


def test_that_letters_drawn_in_another_way_pass_and_a_moved_button_does_not(
    qtbot: QtBot, qapp: QApplication, show: Callable[..., tuple[MainWindow, QWidget]]
) -> None:
    window, _ = show("live", ENGLISH)
    kept = pixels(settled(qtbot, window))
    boxes = boxes_of(window)
    assert unlike(kept, kept) == ""
    assert moved(boxes, boxes) == []
    # As another FreeType would, all letters have other edges.
    for each in (window, *window.findChildren(QWidget)):
        font = each.font()
        font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        each.setFont(font)
    hinted = pixels(settled(qtbot, window))
    assert (hinted != kept).any(), "nothing was tried"
    assert unlike(hinted, kept) == ""
    assert moved(boxes_of(window), boxes) == []
    button = window.sidebar.new_run
    button.setGeometry(QRect(button.geometry()).translated(0, 8))
    assert "it differs by" in unlike(pixels(window.grab().toImage()), kept)
    assert [each.split()[0] for each in moved(boxes_of(window), boxes)] == ["new_run"]


def test_that_the_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in KEPT.parent.rglob("*") if file.is_file()) < MOST_BYTES


def test_that_every_kept_picture_is_of_a_page_that_there_is() -> None:
    names = {f"{scene}-{wide}-{name}.png" for scene in scenes.SCENES for wide, _ in SIZES for name in THEMES}
    names |= {f"{scene}-zh-{SIZES[0][0]}-{name}.png" for scene in IN_CHINESE for name in THEMES}
    assert {file.name for file in KEPT.glob("*.png")} <= names
