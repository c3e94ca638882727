"""Labels and buttons in a place that is too narrow for their words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.controls import widgets as surface
from studio.ui.controls.chip import Chip, Entry
from studio.ui.controls.flow_layout import FlowLayout
from studio.ui.controls.widgets import Fill, PathText, Text, button
from studio.ui.theme import theme, unit
from tests.ui.conftest import picture

WORDS = "Words that need more room than there is"


def made(kind: str) -> Text | surface.Button:
    return Text(WORDS) if kind == "label" else button("pressed", WORDS, "play", hint="What it does")


@pytest.mark.parametrize("kind", ["label", "button"])
def test_that_words_without_room_are_shortened_and_shown_by_the_tooltip(qtbot: QtBot, kind: str) -> None:
    widget = made(kind)
    qtbot.addWidget(widget)
    whole = widget.sizeHint()
    widget.resize(whole)
    assert not widget.is_cut
    at_rest = picture(widget)
    widget.resize(whole.width() // 2, whole.height())
    assert widget.is_cut
    # Shortened, not clipped: with its ellipsis it is another picture than the first half of the words.
    half = picture(widget)
    assert np.abs(half.astype(int) - at_rest[:, : half.shape[1]].astype(int)).max() > 50
    assert widget.toolTip().startswith(WORDS)
    if kind == "button":
        assert "What it does" in widget.toolTip()
    widget.resize(whole)
    picture(widget)
    assert WORDS not in widget.toolTip(), "the tooltip repeats what can be read"


def test_that_of_two_paths_without_room_it_can_be_seen_which_is_which(qtbot: QtBot) -> None:
    folder = "/home/somebody/models/of/a/long/cache/snapshots/"
    shown = []
    for name in ("one", "two"):
        path = PathText(f"{folder}{name}")
        qtbot.addWidget(path)
        path.resize(path.sizeHint().width() // 2, path.sizeHint().height())
        assert path.is_cut
        shown.append(picture(path))
    assert not np.array_equal(*shown)


@pytest.mark.parametrize("kind", ["label", "button"])
def test_that_a_row_shortens_words_before_it_pushes_anything_out(qtbot: QtBot, kind: str) -> None:
    row = QWidget()
    qtbot.addWidget(row)
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    widgets = [made(kind) for _ in range(3)]
    for each in widgets:
        across.addWidget(each)
    assert row.minimumSizeHint().width() < 12 * unit()
    row.resize(round(14 * unit()), round(3 * unit()))
    row.show()
    assert all(row.rect().contains(each.geometry()) for each in widgets)
    assert all(each.width() >= each.minimumSizeHint().width() for each in widgets)


def test_that_a_chip_wider_than_its_line_is_shortened(qtbot: QtBot) -> None:
    legend = QWidget()
    qtbot.addWidget(legend)
    flow = FlowLayout(legend)
    chip = Chip(Entry("long", "a-task-of-a-very-long-name-" * 3, 0))
    flow.addWidget(chip)
    legend.resize(round(12 * unit()), round(4 * unit()))
    legend.show()
    assert chip.width() == legend.width()
    assert legend.minimumSizeHint().width() < 8 * unit()


def test_that_a_choice_without_room_is_shortened(qtbot: QtBot) -> None:
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItem("iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii")
    box.resize(QSize(round(8 * unit()), box.sizeHint().height()))
    with_many = picture(box)
    box.setItemText(0, "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii")
    # What does not fit is not seen: only an ellipsis can make both look alike, and unlike what fits.
    assert (picture(box) == with_many).all()
    box.setItemText(0, "i")
    assert not (picture(box) == with_many).all()


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize(("edge", "at"), [("top", (0, 0)), ("right", (0, 1)), ("bottom", (1, 0))])
def test_that_an_edge_takes_its_whole_pixel_at_every_scale(
    qtbot: QtBot, edge: str, at: tuple[int, int], scale: int
) -> None:
    fill = Fill("sidebar", edge)
    qtbot.addWidget(fill)
    fill.resize(20, 20)
    image = QImage(20 * scale, 20 * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    fill.render(image)
    line, last = QColor(theme.roles.line).rgb(), 20 * scale - 1
    down, right = at

    def row(place: int) -> set[int]:
        """The colours that lie so far from the edge."""
        inside = last - place if down or right else place
        return {image.pixel(inside, other) if right else image.pixel(other, inside) for other in range(20 * scale)}

    assert [row(place) == {line} for place in range(4)] == [place < scale for place in range(4)]
