"""The loss chart's card: what the legend, the read-out, the axis and the saved table say of the same curves."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.run.curve_names import MEMORY, memory_of
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import Scalar
from studio.hardware.machine import GIB
from studio.ui.charts.loss_chart import HELD_OUT
from studio.ui.controls.chip import Chip
from studio.ui.run.live_view import LiveView
from studio.ui.run.loss_card import LossCard
from studio.ui.theme import theme, unit
from studio.ui.units import NO_BREAK
from tests.fake_run import FakeRun
from tests.ui.conftest import ink, picture
from tests.ui.run.random_run import point_at

Shown = Callable[[RunRecord], LossCard]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    def show(record: RunRecord) -> LossCard:
        card = LossCard(0.8, "", "loss")
        qtbot.addWidget(card)
        card.resize(760, 420)
        with qtbot.waitExposed(card):
            card.show()
        card.show_record(record)
        QApplication.processEvents()
        return card

    return show


def record_of(run: FakeRun) -> RunRecord:
    record = RunRecord()
    with run.folder.reader() as reader:
        for stored in reader.events():
            record.add_event(stored)
        record.add_scalars(reader.scalars())
    return record


def curve(values: list[float]) -> RunRecord:
    record = RunRecord()
    record.add_scalars([Scalar(n, n, "loss", value) for n, value in enumerate(values, start=1)])
    return record


def said(card: LossCard, step: float) -> dict[str, tuple[str, ...]]:
    told = card.chart.read_out(step)
    assert told is not None
    return {line.words: line.values for line in told.lines if line.values}


def test_that_the_only_tasks_held_out_losses_are_drawn_named_and_read_off(runs: Path, shown: Shown) -> None:
    with FakeRun(runs, tasks=("sums",)) as run:
        run.start().evaluate("before").train(20).evaluate()
        card = shown(record_of(run))
    assert [chip.text() for chip in card.findChildren(Chip)] == ["sums", "held-out"]
    rings = card.chart.curves["loss"].rings
    assert rings.getData()[0].tolist() == [0, 20]
    assert card.chart.read_out(20).heads == ("smoothed", "raw", "held-out")
    smooth, raw, held = said(card, 20)["sums"]
    assert held == f"{card.chart.curves['loss'].held_out.values[-1]:.3f}"
    assert raw == f"{card.chart.curves['loss'].series.values[-1]:.3f}"
    assert smooth == f"{card.chart.curves['loss'].newest:.3f}", "what the thick line shows"
    assert said(card, 0.2)["sums"][2], "before the first step there is only the held-out loss"
    assert said(card, 11)["sums"] == said(card, 10.8)["sums"]
    card.chart.set_shown(HELD_OUT, False)
    assert not rings.isVisible()


def test_that_chips_carry_what_the_lines_end_at(runs: Path, shown: Shown) -> None:
    with FakeRun(runs) as run:
        run.start().evaluate("before").train(30)
        card = shown(record_of(run))
    for chip in card.findChildren(Chip):
        entry = next(each for each in card.chart.entries() if f"chip_{each.name}" == chip.objectName())
        assert entry.value in chip.accessibleName()
        if not entry.ring:
            assert entry.value == f"{card.chart.curves[entry.name].newest:.3f}"


def test_that_moments_between_steps_are_marked_and_told(runs: Path, shown: Shown) -> None:
    with FakeRun(runs) as run:
        run.start().evaluate("before").train(10).evaluate().checkpoint().train(10).pause().start().train(5).evaluate()
        card = shown(record_of(run))
    kinds = [(mark.step, mark.kind) for mark in card.chart.marks.marks]
    assert {(0, "evaluation"), (10, "checkpoint"), (20, "pause"), (20, "resume"), (25, "evaluation")} <= set(kinds)
    assert card.chart.marks.best == 25
    words = " ".join(line.words for line in card.chart.read_out(20).lines)
    assert "Paused after step 20." in words
    assert "Resumed after step 20." in words
    assert "The best evaluation so far." in [line.words for line in card.chart.read_out(25).lines]
    assert ink(picture(card.chart), theme.roles.good) > 5, "the best step has a star"


def test_that_the_first_fall_and_rare_spikes_run_off_the_axis_and_this_is_said(shown: Shown) -> None:
    values = [11 / (1 + step) + 0.5 for step in range(300)]
    values[200] = 40.0
    card = shown(curve(values))
    top = card.chart.box.viewRange()[1][1]
    assert top < 3
    assert card.chart.above.text() == "↑ up to 40.0"
    assert card.chart.above.isVisible()
    card.capped.click()
    assert card.chart.box.viewRange()[1][1] > 40
    assert not card.chart.above.isVisible()


def test_that_no_tick_stands_below_zero_where_no_loss_can_be(shown: Shown) -> None:
    card = shown(curve([11 / (1 + step) for step in range(15)]))
    axis = card.chart.item.getAxis("left")

    def ticks() -> list[float]:
        return [tick for _, values in axis.tickValues(-1.5, 11.5, 150) for tick in values]

    assert min(ticks()) == 0
    card = shown(curve([-2.0, 1.0]))
    axis = card.chart.item.getAxis("left")
    assert min(ticks()) < 0, "what is drawn has its number"


def test_that_equal_factors_are_equal_distances_on_a_logarithmic_axis(shown: Shown) -> None:
    card = shown(curve([10.0 ** (-step / 10) for step in range(20)]))
    card.logarithmic.click()
    low, high = card.chart.box.viewRange()[1]
    assert -2.5 < low < -1.8
    assert 0 <= high < 0.3
    heights = card.chart.curves["loss"].raw.getData()[1]
    assert np.allclose(np.diff(heights), -0.1)
    assert card.chart.item.getAxis("left").tickStrings([-1.0, 0.0, 1.0], 1, 1) == ["0.1", "1", "10"]


def test_that_a_nothing_of_a_loss_is_no_height_on_a_logarithmic_axis(shown: Shown) -> None:
    card = shown(curve([0.5, 0.0, float("nan"), 0.1]))
    card.logarithmic.click()
    assert np.isfinite(card.chart.box.viewRange()[1]).all()
    assert np.isnan(card.chart.curves["loss"].raw.getData()[1]).sum() == 2


def test_that_the_wheel_zooms_steps_alone_values_fill_the_height_and_a_double_click_shows_all(
    qtbot: QtBot, shown: Shown
) -> None:
    card = shown(curve([100.0 - step for step in range(100)]))
    chart = card.chart
    whole = chart.shown_steps()
    view = chart.plot.viewport()
    place = QPointF(view.width() * 0.7, view.height() * 0.5)
    for _ in range(6):
        wheel = QWheelEvent(
            place,
            view.mapToGlobal(place),
            QPoint(),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, wheel)
    qtbot.waitUntil(lambda: not chart._turn.isActive())
    first, last = chart.shown_steps()
    assert last - first < 0.5 * (whole[1] - whole[0])
    low, high = chart.box.viewRange()[1]
    assert low <= 100 - last + 2
    assert high >= 100 - first - 2
    assert high - low < 2 * (last - first)
    point_at(chart, round(view.width() * 0.3), round(view.height() * 0.5))
    near = chart.pointing.told
    chart.fit()
    far = chart.pointing.told
    assert near is not None
    assert far is not None
    assert far.step < near.step, "what is read off is of the view that there is now"
    chart.box.setXRange(first, last, padding=0)
    chart._on_moved(None)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place.toPoint())
    qtbot.waitUntil(lambda: chart.follows)
    assert chart.shown_steps() == whole


def test_that_three_points_have_their_steps_at_the_axis(shown: Shown) -> None:
    card = shown(curve([3.0, 2.0, 1.0]))
    axis = card.chart.item.getAxis("bottom")
    ticks = [tick for _, values in axis.tickValues(0.9, 3.1, 500) for tick in values]
    assert sorted(ticks) == [1, 2, 3]
    assert axis.tickStrings([1.0, 2.0, 3.0], 1, 1) == ["1", "2", "3"]


def test_that_the_values_are_saved_as_a_table_and_the_card_as_a_picture(
    runs: Path, shown: Shown, tmp_path: Path, qtbot: QtBot
) -> None:
    with FakeRun(runs, tasks=("sums", "sort")) as run:
        run.start().evaluate("before").train(7)
        card = shown(record_of(run))
    card.save_table(str(tmp_path / "table.csv"))
    qtbot.waitUntil((tmp_path / "table.csv").is_file)
    rows = list(csv.reader((tmp_path / "table.csv").read_text("utf-8").splitlines()))
    assert rows[0][:3] == ["step", "all tasks", "all tasks, smoothed"]
    assert "sums, held-out" in rows[0]
    assert [row[0] for row in rows[1:]] == [str(step) for step in range(8)]
    column = rows[0].index("sums")
    assert float(rows[3][column]) == card.chart.curves["task/sums/loss"].series.values[1]
    card.save_picture(str(tmp_path / "card.png"))
    qtbot.waitUntil(lambda: QImage(str(tmp_path / "card.png")).width() == 2 * card.width())
    with qtbot.waitSignal(card.failed) as failed:
        card.save_table(str(tmp_path / "no folder" / "table.csv"))
    assert "cannot be written" in failed.args[0].what


def test_that_the_memory_of_each_card_is_told_where_there_are_several(qtbot: QtBot) -> None:
    alone, several = curve([2.0, 1.5]), curve([2.0, 1.5])
    for record, processes in ((alone, 1), (several, 3)):
        held = [(memory_of(process), process * step * GIB) for process in range(1, processes + 1) for step in (1, 2)]
        record.add_scalars([Scalar(10 + n, 1 + n % 2, name, size) for n, (name, size) in enumerate(held)])
    told = []
    for record in (alone, several):
        view = LiveView(0.8)
        qtbot.addWidget(view)
        view.show_record(record)
        told.append(view.tiles[MEMORY].toolTip().replace(NO_BREAK, " ").splitlines())
    assert told == [[], ["Process 1: 2.0 GiB", "Process 2: 4.0 GiB", "Process 3: 6.0 GiB"]]


def live_view(qtbot: QtBot, runs: Path) -> LiveView:
    """The live part of a run of 30 steps."""
    with FakeRun(runs) as run:
        record = record_of(run.start().train(30))
    view = LiveView(0.8)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.show_record(record)
    return view


def test_that_one_cursor_goes_through_loss_and_tiles(qtbot: QtBot, runs: Path) -> None:
    view = live_view(qtbot, runs)
    tile = view.tiles["learning_rate"]
    seen: list[float | None] = []
    view.cursor_moved.connect(seen.append)
    before = picture(tile)
    place = QPoint(round(view.loss.plot.width() * 0.5), 60)
    qtbot.mouseMove(view.loss.plot.viewport(), place)
    qtbot.waitUntil(lambda: seen and seen[-1] is not None)
    assert not np.array_equal(picture(tile), before), "the tile reads off the same step"
    tile.cursor_moved.emit(12.0)
    told = view.loss.pointing.told
    assert told is not None
    assert view.loss.pointing._line.value() == told.step, "the pointer that rests here goes first"
    assert seen[-1] == 12.0
    view.show_cursor(None)
    view.loss.pointing.forget()
    assert np.array_equal(picture(tile), before)


def test_that_of_two_moves_in_a_moment_the_last_one_counts(qtbot: QtBot, runs: Path) -> None:
    view = live_view(qtbot, runs)
    told = []
    for share in (0.3, 0.8, 0.3):
        point_at(view.loss, round(view.loss.plot.width() * share), 60)
        told.append(view.loss.pointing.told)
    assert told[0] is not None
    assert told[1] is not None
    assert told[2] is not None
    assert told[0].step == told[2].step < told[1].step


def test_that_in_a_low_and_narrow_window_the_loss_has_the_room_and_no_word_is_half(qtbot: QtBot, runs: Path) -> None:
    view = live_view(qtbot, runs)
    QApplication.processEvents()
    assert view.card._word.isVisible()
    assert view.tiles["learning_rate"].isVisible()
    line = unit()
    view.resize(round(42 * line), round(25 * line))
    QApplication.processEvents()
    assert not view.card._word.isVisible()
    assert not view.tiles["learning_rate"].isVisible()
    assert view.loss.height() > 8 * line
    tools = [view.card.tools.itemAt(place).widget() for place in range(view.card.tools.count())]
    boxes = [each.geometry() for each in tools if each.isVisible()]
    assert all(left.right() < right.left() for left, right in pairwise(boxes)), "one lies on another"
    view.resize(round(42 * line), round(50 * line))
    QApplication.processEvents()
    assert view.tiles["learning_rate"].isVisible()


def test_that_the_axis_of_steps_is_named_in_the_corner_that_is_free(shown: Shown) -> None:
    card = shown(curve([3.0, 2.0, 1.0]))
    named, plot = card.chart._below, card.chart.plot
    assert named.isVisible()
    assert not named.is_cut
    assert plot.rect().contains(named.geometry())
    assert named.geometry().right() < card.chart.box.sceneBoundingRect().left()


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_the_first_step_is_seen_before_there_is_a_line(shown: Shown, choice: str) -> None:
    theme.choose("light" if choice == "dark" else "dark")
    card = shown(curve([2.5]))
    theme.choose(choice)  # type: ignore[arg-type]
    QApplication.processEvents()
    plot = card.chart.plot
    assert ink(picture(plot), card.chart.curves["loss"].colour) > 12
    card.show_record(curve([2.5, 2.4, 2.2]))
    QApplication.processEvents()
    assert card.chart.curves["loss"].line.opts["symbol"] is None, "a line needs no dots"
