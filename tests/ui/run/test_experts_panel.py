"""The experts' card: every step of the run, tasks compared, an expert's course, pairs, verdicts, and what is saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.run.load_reader import LoadReader
from studio.core.run.load_stats import utilisation
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.ui.charts import expert_totals
from studio.ui.charts.expert_totals import ExpertTotals
from studio.ui.run.expert_details import ALL, LAYERS, ONE, PAIRS
from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.run.load_source import LoadLook, LoadSource
from studio.ui.run.save_map import save_map
from tests.fake_run import make_fake_run
from tests.ui.conftest import come

Show = Callable[[RunFolder], ExpertsPanel]
STEPS = 50


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run with an expert that is dead in the last of four layers; tests only read it."""
    return make_fake_run(tmp_path_factory.mktemp("runs"), steps=STEPS, total_steps=STEPS)


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    panels = []

    def show_(folder: RunFolder) -> ExpertsPanel:
        record = RunRecord()
        with folder.reader() as reader:
            for stored in reader.events():
                record.add_event(stored)
        panel = ExpertsPanel()
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(520, 640)
        panel.open(folder)
        panel.show()
        panel.show_record(record)
        read(panel)
        return panel

    yield show_
    for panel in panels:
        panel.loads.close()
        read(panel)


def read(panel: ExpertsPanel) -> None:
    """Wait until what is looked at was read, and run.db let go of where nobody looks."""
    come(lambda: not panel.loads.is_reading and not panel._coalesced.isActive())


def expected(folder: RunFolder, step: int, task: str = "", answers: bool = False) -> np.ndarray:
    with LoadReader(folder.db) as reader:
        window = reader.window(step, answers=answers)
    assert window is not None
    loads = window.of(task)
    assert loads is not None
    return utilisation(loads.sum(axis=0, dtype=np.float64))


def test_that_every_step_can_be_scrubbed_to_and_live_shows_the_newest(show: Show, run: RunFolder) -> None:
    panel = show(run)
    assert (panel.scrubber.minimum(), panel.scrubber.maximum(), panel.scrubber.value()) == (1, STEPS, STEPS)
    for step in (1, 7, 23):
        panel.scrubber.setValue(step)
        read(panel)
        assert not panel.live.isChecked()
        assert panel.map.values() == pytest.approx(expected(run, step))
    panel.live.setChecked(True)
    read(panel)
    assert panel.map.values() == pytest.approx(expected(run, STEPS))


def test_that_before_the_first_step_nothing_can_be_chosen_of_it(qtbot: QtBot, show: Show, run: RunFolder) -> None:
    empty = ExpertsPanel()
    qtbot.addWidget(empty)
    empty.resize(520, 640)
    empty.show()
    empty.show_record(RunRecord())
    assert (empty.details.isHidden(), empty.time.isHidden()) == (True, True)
    panel = show(run)
    assert (panel.details.isHidden(), panel.time.isHidden()) == (False, False)


def test_that_the_step_under_another_charts_cursor_is_shown_until_it_leaves(
    qtbot: QtBot, show: Show, run: RunFolder
) -> None:
    panel = show(run)
    panel.show_step(12.4)
    qtbot.waitUntil(lambda: panel.map.values() == pytest.approx(expected(run, 12)))
    assert panel.live.isChecked()
    panel.show_step(None)
    qtbot.waitUntil(lambda: panel.map.values() == pytest.approx(expected(run, STEPS)))


def test_that_a_scrubbed_step_is_told_and_live_takes_it_back(qtbot: QtBot, show: Show, run: RunFolder) -> None:
    panel = show(run)
    with qtbot.waitSignal(panel.step_shown) as told:
        panel.scrubber.setValue(9)
        read(panel)
    assert told.args == [9]
    with qtbot.waitSignal(panel.step_shown) as told:
        panel.live.setChecked(True)
        read(panel)
    assert told.args == [None]


def test_that_nothing_is_called_live_in_a_run_that_is_over(show: Show, run: RunFolder) -> None:
    panel = show(run)
    record = panel._record
    assert record is not None
    assert record.ended is not None
    assert (panel.live.text(), panel.live.isChecked()) == ("Last", True)
    record.ended = None  # as a resumed run has it
    panel.show_record(record, False)
    assert panel.live.text() == "Live"
    assert panel.live.toolTip() == "Follow the newest steps"


def test_that_space_plays_the_run_to_its_end_and_pauses(qtbot: QtBot, show: Show, run: RunFolder) -> None:
    panel = show(run)
    panel.map.setFocus()
    qtbot.keyClick(panel.map, Qt.Key.Key_Space)
    assert panel.time.is_playing
    assert panel.scrubber.value() == 1
    qtbot.keyClick(panel.map, Qt.Key.Key_Space)
    assert not panel.time.is_playing
    panel.scrubber.setValue(40)
    read(panel)
    panel.time.toggle_playing()
    seen = []
    while panel.time.is_playing:
        seen.append(panel.scrubber.value())
        panel.time._on_tick()
    assert sorted(set(seen)) == list(range(40, STEPS))
    assert panel.scrubber.value() == STEPS


def test_that_two_tasks_are_compared_and_answers_shown_alone(show: Show, run: RunFolder) -> None:
    panel = show(run)
    assert panel.against.isHidden()
    panel.task.setCurrentText("units")
    read(panel)
    panel.against.setCurrentText("sort")
    read(panel)
    assert panel.map.values() == pytest.approx(expected(run, STEPS, "units") - expected(run, STEPS, "sort"))
    assert panel.map.accessibleName().startswith("Expert load of units less sort: they differ most in")
    panel.against.setCurrentIndex(0)
    read(panel)
    panel.tokens.setCurrentIndex(1)
    read(panel)
    assert panel.map.values() == pytest.approx(expected(run, STEPS, "units", answers=True))


def test_that_a_clicked_cell_shows_its_experts_course_and_its_layers_pairs(
    qtbot: QtBot, show: Show, run: RunFolder
) -> None:
    panel = show(run)
    plot = panel.map.plot_box()
    inside = QPoint(round(plot.left() + plot.width() * 3.5 / 8), round(plot.top() + plot.height() * 1.5 / 4))
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=inside)
    read(panel)
    assert panel.map.chosen == (1, 3)
    assert panel.details.part == ONE
    course = panel.details.course
    qtbot.waitUntil(lambda: course.accessibleName().startswith("Layer 1, expert 3, load over its fair share: "))
    assert course._course is not None
    assert set(course._course.used) == {"", "units", "extract", "sort"}
    with LoadReader(run.db) as reader:
        last = reader.window(STEPS, 1)
    assert last is not None
    assert course._course.used[""][-1] == pytest.approx(utilisation(last.whole[0])[1, 3])
    panel.details.show_part(PAIRS)
    read(panel)
    assert panel.details.pairs.accessibleName().startswith("Layer 1, steps 31–41: experts ")
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=inside)
    read(panel)
    assert panel.map.chosen is None


def test_that_the_verdict_says_what_it_rests_on_and_what_to_do(show: Show, run: RunFolder) -> None:
    panel = show(run)
    assert panel.verdict.text() == "1 dead expert in 1 of 4 layers: layer 3. On answers too."
    assert "Over steps 31–50, on all tokens." in panel.verdict.toolTip()
    assert "dead" in panel.verdict.accessibleDescription()
    assert "a higher balance weight" in panel.verdict.accessibleDescription()
    panel.details.show_part(LAYERS)
    read(panel)
    said = [panel.details.layers.item(row).text() for row in range(panel.details.layers.count())]
    assert said[0] == "Layer 0: healthy, 8.0 of 8 experts in effect"
    assert said[3].startswith("Layer 3: expert 7 dead")
    panel.details.layers.itemClicked.emit(panel.details.layers.item(2))
    read(panel)
    assert panel.map.chosen == (2, 0)


def test_that_the_line_below_the_verdict_does_not_say_it_again(show: Show, run: RunFolder) -> None:
    panel = show(run)
    assert "dead" in panel.verdict.text()
    assert panel._facts.text() == "7.1 of 8 experts in effect · variation\N{NO-BREAK SPACE}0.42"
    assert panel._facts.role == "quiet"
    panel.task.setCurrentIndex(1)  # of one task it says what the verdict, which is on all, leaves out
    read(panel)
    assert panel._facts.text().endswith("dead")


def test_that_bars_are_of_one_hue_and_say_where_an_expert_is_dead(show: Show, run: RunFolder) -> None:
    panel = show(run)
    panel.details.show_part(ALL)
    read(panel)
    assert panel.totals.accessibleName().endswith("; expert 7 is dead in 1 of 4 layers")


def test_that_asking_where_to_save_the_map_leaves_nothing_behind(qtbot: QtBot, show: Show, run: RunFolder) -> None:
    panel = show(run)
    for _ in range(2):
        panel.save.click()
        (dialog,) = panel.findChildren(QFileDialog)
        dialog.reject()
        del dialog
        qtbot.waitUntil(lambda: not panel.findChildren(QFileDialog))


def test_that_the_map_is_saved_as_a_table_and_as_a_picture(
    qtbot: QtBot, show: Show, run: RunFolder, tmp_path: Path
) -> None:
    panel = show(run)
    problems: list[Problem] = []
    save_map(panel, panel.map, problems.append, str(tmp_path / "räume.csv"))
    qtbot.waitUntil((tmp_path / "räume.csv").is_file)
    lines = (tmp_path / "räume.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [
        "# utilisation; 1 is an expert's fair share",
        "layer," + ",".join(f"expert {number}" for number in range(8)),
    ]
    table = np.array([[float(value) for value in line.split(",")[1:]] for line in lines[2:]])
    assert table == pytest.approx(expected(run, STEPS), abs=1e-4)
    save_map(panel, panel.map, problems.append, str(tmp_path / "räume.png"))
    qtbot.waitUntil(lambda: QImage(str(tmp_path / "räume.png")).width() > 100)
    assert problems == []
    for name in ("no/such.csv", "no/such.png"):
        save_map(panel, panel.map, problems.append, str(tmp_path / name))
    qtbot.waitUntil(lambda: len(problems) == 2)
    assert all(problem.remedy.startswith("Choose another folder") for problem in problems)


def test_that_a_hidden_card_holds_no_file_and_shows_what_came_meanwhile(show: Show, run: RunFolder) -> None:
    panel = show(run)
    assert panel.loads.source is not None
    panel.hide()
    read(panel)
    assert panel.loads.source._reader is None
    panel.map.show_counts(None)
    assert panel._record is not None
    panel.show_record(panel._record, True)
    read(panel)
    assert panel.map.values() is None
    panel.show()
    read(panel)
    assert panel.map.values() == pytest.approx(expected(run, STEPS))


def test_that_a_top_1_run_of_an_earlier_version_says_what_it_does_not_have(show: Show, tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=25, top_k=1)
    with closing(sqlite3.connect(folder.db)) as connection, connection:
        connection.execute("DROP TABLE answer_loads")
        connection.execute("DROP TABLE together")
    panel = show(folder)
    assert panel.tokens.isHidden()
    assert "answers" not in panel.verdict.text()
    panel.details.show_part(PAIRS)
    read(panel)
    assert panel.details.pairs.accessibleName() == "Each token goes to one expert, so none share any."


def test_that_damaged_loads_are_said_in_the_map_and_hold_nothing(show: Show, tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=5)
    with closing(sqlite3.connect(folder.db)) as connection, connection:
        connection.execute("UPDATE loads SET counts = zeroblob(3) WHERE step = 5")
    panel = show(folder)
    assert "the loads cannot be read" in panel.map._empty


def test_that_a_layer_of_another_projection_is_shown_when_its_verdict_is_clicked(show: Show, tmp_path: Path) -> None:
    panel = show(make_fake_run(tmp_path, steps=25, method="moelora", layers=6))
    assert panel.verdict.text().startswith("1 dead expert in 1 of 6 routers: layer 2's v_proj.")
    panel.details.layers.itemClicked.emit(panel.details.layers.item(5))
    read(panel)
    assert panel.group.currentText() == "v_proj"
    assert panel.map.chosen == (2, 0)


def test_that_loads_which_another_program_held_are_looked_at_again_by_themselves(
    show: Show, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, asked = LoadSource.look, []

    def busy_at_first(source: LoadSource, *wished: Any) -> LoadLook:
        asked.append(wished)
        return LoadLook(is_busy=True) if len(asked) == 1 else look(source, *wished)

    monkeypatch.setattr(LoadSource, "look", busy_at_first)
    panel = show(run)
    assert panel.time.isHidden()
    come(lambda: not panel.time.isHidden())  # though the run, which is over, grows no more
    assert len(asked) == 2


def test_that_no_line_is_drawn_through_a_bars_number(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = ExpertTotals()
    qtbot.addWidget(totals)
    totals.resize(420, 130)
    totals.show_counts(np.array([[100.0, 96, 92, 90, 98, 124]]))  # some numbers stand where the fair share is
    drawn: list[tuple[list[QRectF], list[tuple[float, float]]]] = []

    def kept(plot: QRectF, numbers: list[QRectF]) -> list[tuple[float, float]]:
        drawn.append((numbers, parts := between(plot, numbers)))
        return parts

    between = expert_totals._between
    monkeypatch.setattr(expert_totals, "_between", kept)
    totals.grab()
    ((struck, parts),) = drawn
    assert len(struck) > 2
    assert len(parts) == len(struck) + 1
    for box in struck:
        assert all(right <= box.left() or left >= box.right() for left, right in parts)
