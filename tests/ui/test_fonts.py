"""The studio's own fonts: that they are there, that they are used, and what happens without them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QRawFont, QTextLayout
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.settings import Settings
from studio.ui import app as app_module
from studio.ui.charts.loss_chart import LossChart
from studio.ui.controls.widgets import Text
from studio.ui.fonts import FILES, MONO, SANS, Fonts
from studio.ui.theme import mono_font, scaled_font
from studio.ui.window import MainWindow
from tests.ui.under_fonts import LAYOUT

own_font = pytest.mark.skipif(os.environ.get("STUDIO_TEST_OWN_FONT") == "no", reason="the system's font is tried")
WEIGHTS = (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold)


def families_drawn(text: str, font: QFont) -> set[str]:
    """The families whose glyphs `text` is drawn with; "" where a box stands for one that no font has."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return {run.rawFont().familyName() if glyph else "" for run in layout.glyphRuns() for glyph in run.glyphIndexes()}


@own_font
def test_that_the_window_is_set_in_the_studios_own_font_in_three_real_weights(qapp: QApplication) -> None:
    drawn = [QRawFont.fromFont(scaled_font(1, weight)) for weight in WEIGHTS]
    assert {font.familyName() for font in drawn} == {SANS}
    assert [font.weight() for font in drawn] == [400, 500, 600]
    assert QRawFont.fromFont(Text("").font()).familyName() == SANS
    assert QRawFont.fromFont(mono_font()).familyName() == MONO


@own_font
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("size", [0.82, 1.0, 1.45])
def test_that_all_digits_have_one_width(qapp: QApplication, weight: QFont.Weight, size: float) -> None:
    for font in (scaled_font(size, weight), mono_font(size)):
        measured = QFontMetricsF(font)
        assert len({measured.horizontalAdvance(digit * 20) for digit in "0123456789"}) == 1
    measured = QFontMetricsF(scaled_font(10, weight))  # so large that no rounding to pixels matters
    assert measured.horizontalAdvance("-") < 0.8 * measured.horizontalAdvance("0"), "hyphens are as wide as digits"


@own_font
def test_that_what_is_written_is_shown_as_it_is_written(qapp: QApplication) -> None:
    for font in (scaled_font(1), mono_font()):
        layout = QTextLayout("a->b != 3x3 ===", font)
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        shown = [glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes()]
        alone = QRawFont.fromFont(font).glyphIndexesForString("a->b != 3x3 ===")
        assert shown == list(alone), "a ligature stands for what was written"


@own_font
def test_that_charts_are_set_in_it_too(qtbot: QtBot) -> None:
    chart = LossChart(0.5)
    qtbot.addWidget(chart)
    for side in ("left", "bottom"):
        assert QRawFont.fromFont(chart.item.getAxis(side).style["tickFont"]).familyName() == SANS


@own_font
@pytest.mark.parametrize("text", ["Größe ± 0,3 × 2 → 5 · 4 °C", "Привет", "Ελληνικά", "Tiếng Việt"])
def test_that_latin_greek_and_cyrillic_are_its_own(qapp: QApplication, text: str) -> None:
    assert families_drawn(text, scaled_font(1)) == {SANS}


@pytest.mark.parametrize("text", ["日本語", "한국어", "שלום", "ไทย", "😀"])
def test_that_other_scripts_come_from_the_system(qapp: QApplication, text: str) -> None:
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    assert set(system.families()) <= set(qapp.font().families())
    # A machine may lack the script altogether: then there are boxes either way. Which font serves it is Qt's choice.
    here, there = families_drawn(text, scaled_font(1)), families_drawn(text, system)
    assert SANS not in here
    assert ("" in here) == ("" in there)


def test_that_the_tests_to_be_run_under_other_fonts_are_there() -> None:
    assert [name for name in LAYOUT if not Path(__file__).with_name(name).is_file()] == []


def test_that_every_file_is_small_and_shipped_with_its_licence() -> None:
    folder = places.resources() / "fonts"
    shipped = [folder / name for name in ("Inter-OFL.txt", "JetBrainsMono-OFL.txt")]
    assert all("SIL OPEN FONT LICENSE" in file.read_text(encoding="utf-8") for file in shipped)
    files = sorted(folder.glob("*.ttf"))
    assert len(files) == 4
    assert sum(file.stat().st_size for file in files) < 1_000_000
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    wheel = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"]["resources"] == "studio/resources"


@pytest.mark.parametrize("damage", ["missing", "no font", "one weight missing"])
def test_that_a_font_that_cannot_be_loaded_is_a_problem_and_the_systems_is_used(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    names = ["Inter-a.ttf", "Inter-b.ttf"]
    monkeypatch.setattr("studio.ui.fonts.FILES", {SANS: tuple(names)})
    if damage == "no font":
        for name in names:
            (tmp_path / name).write_bytes(b"this is not a font" * 100)
    elif damage == "one weight missing":
        (tmp_path / names[0]).write_bytes((places.resources() / "fonts" / "InterStudio-Regular.ttf").read_bytes())
    fonts = Fonts()
    fonts.load(tmp_path)
    [problem] = fonts.problems
    assert problem.where == str(tmp_path / names[damage == "one weight missing"])
    assert SANS in problem.what
    assert problem.remedy
    system = QFont("Any", 11)
    assert fonts.sans(system) == system
    assert MONO not in fonts.mono_families()


def test_that_the_window_says_that_a_font_is_missing(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = Fonts()
    monkeypatch.setattr("studio.ui.fonts.FILES", {SANS: ("gone.ttf",)})
    without.load(tmp_path)
    monkeypatch.setattr(app_module, "fonts", without)
    window = app_module.make_window(Settings(), [], tmp_path, None, remember=False)
    qtbot.addWidget(window)
    said = " ".join(label.text() for label in window.notices.findChildren(QLabel))
    assert "cannot be loaded" in said
    assert "system's font" in said
    window.close()


def test_that_the_fonts_are_loaded_once(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts, calls = Fonts(), []
    monkeypatch.setattr(QFontDatabase, "addApplicationFont", _counted(calls, QFontDatabase.addApplicationFont))
    fonts.load()
    fonts.load()
    assert len(calls) == sum(len(names) for names in FILES.values())


def _counted(calls: list[str], real: Callable[[str], int]) -> Callable[[str], int]:
    def add(file: str) -> int:
        calls.append(file)
        return real(file)

    return add


def test_that_nothing_is_printed_about_fonts_that_are_installed(qtbot: QtBot, tmp_path: Path) -> None:
    window: MainWindow = app_module.make_window(Settings(), [], tmp_path, None, remember=False)
    qtbot.addWidget(window)
    assert window.notices.notices() == []
    window.close()
