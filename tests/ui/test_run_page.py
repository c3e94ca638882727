from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QTabBar,
    QTableView,
)
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.core.run.commands import EvaluateNow, Pause, Resume, Stop
from studio.core.run.events import PhaseStarted
from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import Pulse, awake, pulse_file, write_pulse
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.charts.expert_totals import ExpertTotals
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.chip import Chip
from studio.ui.controls.pill import Pill
from studio.ui.dialogs.kill import KillDialog
from studio.ui.run.scores_model import ScoresModel, score_rows
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.ui.conftest import ink, picture, read_whole

Open = Callable[..., MainWindow]


def choose_first_run(qtbot: QtBot, window: MainWindow) -> None:
    """Click on the newest run in the list, as a person does."""
    runs = window.sidebar.list
    qtbot.waitUntil(lambda: runs.model().rowCount() > 0)
    place = runs.visualRect(runs.model().index(0, 0)).center()
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: window.findChild(Pill, "run_state").accessibleName() != "")
    qtbot.waitUntil(lambda: window.pages.run.is_built)


def choose_tab(qtbot: QtBot, window: MainWindow, index: int) -> None:
    tabs = window.findChild(QTabBar, "run_tabs")
    qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())


def press(qtbot: QtBot, window: MainWindow, name: str) -> None:
    button = window.findChild(QPushButton, name)
    assert button.isVisible(), f"{name} is not offered"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_every_curve_is_drawn_in_its_colour(qtbot: QtBot, runs: Path, open_window: Open, choice: str) -> None:
    make_fake_run(runs, total_steps=200, steps=200)
    theme.choose(choice)  # type: ignore[arg-type]
    window = open_window()
    choose_first_run(qtbot, window)
    chart = window.pages.run.live.loss
    # The first picture may be of a chart that has not its whole size yet.
    qtbot.waitUntil(lambda: ink(picture(chart), theme.roles.series[0]) > 100 and window.pages.run.tail.caught_up)
    qtbot.wait(100)
    shown = picture(chart)
    for index in range(3):
        assert ink(shown, theme.roles.task(index)) > 50, f"the curve of task {index} is missing"
    assert ink(shown, theme.roles.surface) > shown.size / 3 * 0.5, "the chart has another ground than its card"


def test_that_a_theme_change_repaints_the_open_charts(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs)
    window = open_window()
    choose_first_run(qtbot, window)
    press(qtbot, window, "theme_toggle")
    chart, heatmap = window.pages.run.live.loss, window.findChild(ExpertMap)
    qtbot.waitUntil(lambda: ink(picture(chart), "#ffffff") > 1000)
    assert ink(picture(chart), "#1b1e25") == 0
    qtbot.waitUntil(lambda: ink(picture(heatmap), "#1b1e25") == 0)


def test_that_a_legend_chip_hides_its_curve(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, total_steps=100, steps=100)
    window = open_window()
    choose_first_run(qtbot, window)
    chart = window.pages.run.live.loss
    qtbot.waitUntil(lambda: ink(picture(chart), theme.roles.task(0)) > 50)
    chip = next(chip for chip in window.findChildren(Chip) if chip.text() == "units")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ink(picture(chart), theme.roles.task(0)) == 0)
    assert ink(picture(chart), theme.roles.task(2)) > 50


def test_that_the_charts_grow_with_the_run(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, total_steps=40) as run:
        run.start()
        window = open_window()
        choose_first_run(qtbot, window)
        heatmap, bars = window.findChild(ExpertMap), window.findChild(ExpertTotals)
        assert "nothing routed" in heatmap.accessibleName()
        run.train(5)
        qtbot.waitUntil(lambda: "4 layers with 8 experts" in heatmap.accessibleName())
        assert "expert 7" in bars.accessibleName()
        tile = window.findChild(MetricTile, "tile_tokens_per_second")
        qtbot.waitUntil(lambda: tile.accessibleName() == "Tokens/s: 240 at step 5")
        run.train(5)
        plot = window.findChild(type(window.pages.run.live.loss.plot), "loss_plot")
        qtbot.waitUntil(lambda: "at step 10, falling" in plot.accessibleName())
        line = window.findChild(QLabel, "run_line")
        qtbot.waitUntil(lambda: "step 10 of 40" in line.text() and "left" in line.text())


def test_that_the_heatmap_shows_fair_overused_and_dead_experts(qtbot: QtBot) -> None:
    heatmap = ExpertMap()
    qtbot.addWidget(heatmap)
    heatmap.resize(500, 300)
    heatmap.show_counts(np.array([[50.0, 50.0], [0.0, 100.0]]))
    shown = picture(heatmap)
    stops = dict(theme.roles.load)
    assert ink(shown, stops[1.0], 3) > 1000
    assert ink(shown, stops[2.0], 3) > 1000
    assert ink(shown, stops[0.0], 3) > 1000
    assert ink(shown, theme.roles.danger, 3) > 5, "the dead expert is not marked"
    assert heatmap.cell_sentence(1, 1) == "Layer 1, expert 1: 100.0 % of the layer's slots, 2.00 × fair"
    assert heatmap.cell_sentence(1, 0).endswith("dead")


def test_that_arrow_keys_and_pointer_read_the_heatmap(qtbot: QtBot) -> None:
    heatmap = ExpertMap()
    qtbot.addWidget(heatmap)
    heatmap.resize(500, 300)
    heatmap.show_counts(np.full((3, 4), 5.0))
    heatmap.show()
    plot = heatmap.plot_box()
    inside = QPoint(round(plot.left() + plot.width() * 0.9), round(plot.top() + plot.height() * 0.9))
    with qtbot.waitSignal(heatmap.cell_pointed) as caught:
        qtbot.mouseMove(heatmap, inside)
    assert caught.args[0] == (2, 3)
    qtbot.keyClick(heatmap, Qt.Key.Key_Right)
    assert heatmap.accessibleDescription().startswith("Layer 2, expert 0")


def test_that_the_scrubber_looks_back_and_live_follows_again(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, total_steps=50, steps=50)
    window = open_window()
    choose_first_run(qtbot, window)
    scrubber, live = window.findChild(QSlider, "expert_scrubber"), window.findChild(QPushButton, "expert_live")
    qtbot.waitUntil(lambda: scrubber.maximum() == 50)
    heatmap = window.findChild(ExpertMap)
    qtbot.waitUntil(lambda: "nothing routed" not in heatmap.accessibleName())
    newest = heatmap.accessibleName()
    scrubber.setFocus()
    qtbot.keyClick(scrubber, Qt.Key.Key_Home)
    assert not live.isChecked()
    qtbot.waitUntil(lambda: heatmap.accessibleName() != newest)
    qtbot.mouseClick(live, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: scrubber.value() == 50)
    qtbot.waitUntil(lambda: heatmap.accessibleName() == newest)


def test_that_each_task_has_its_own_loads(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, steps=5)
    window = open_window()
    choose_first_run(qtbot, window)
    tasks = window.findChild(QComboBox, "expert_task")
    qtbot.waitUntil(lambda: tasks.count() == 4)
    heatmap = window.findChild(ExpertMap)
    qtbot.waitUntil(lambda: "nothing routed" not in heatmap.accessibleName())
    everything = heatmap.accessibleName()
    tasks.setFocus()
    qtbot.keyClick(tasks, Qt.Key.Key_Down)
    assert tasks.currentText() == "units"
    qtbot.waitUntil(lambda: heatmap.accessibleName() != everything)


def test_that_a_run_without_experts_leaves_their_room_to_the_loss(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, method="lora", steps=5)
    window = open_window()
    choose_first_run(qtbot, window)
    qtbot.waitUntil(lambda: window.pages.run.tail.record.step == 5)
    assert not window.findChild(ExpertMap).isVisible(), "there are no experts to show"


def test_that_pause_and_stop_leave_commands_for_the_worker(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().train(2)
        window = open_window()
        choose_first_run(qtbot, window)
        press(qtbot, window, "pause")
        qtbot.waitUntil(lambda: "pausing" in window.findChild(Pill, "run_state").accessibleName())
        press(qtbot, window, "resume")
        press(qtbot, window, "stop")
        qtbot.waitUntil(lambda: "stopping" in window.findChild(Pill, "run_state").accessibleName())
        assert run.take_commands() == [Pause(), Resume(), Stop()]
        run.end("stopped")
        qtbot.waitUntil(window.path.stages["export"].isEnabled)
        assert not window.findChild(QPushButton, "pause").isVisible()


def test_that_resuming_a_lost_run_starts_a_worker(
    qtbot: QtBot, runs: Path, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[RunFolder] = []
    monkeypatch.setattr("studio.ui.queue.control.start_worker", started.append)
    with FakeRun(runs) as run:
        run.start().train(2).checkpoint().die()
    window = open_window()
    choose_first_run(qtbot, window)
    assert "died without giving a reason" in window.findChild(QLabel, "run_reason").text()
    press(qtbot, window, "resume")
    qtbot.waitUntil(lambda: [folder.id for folder in started] == [run.folder.id])


def test_that_a_stalled_run_says_so_and_can_be_killed_by_hand(
    qtbot: QtBot, runs: Path, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[RunFolder] = []
    monkeypatch.setattr("studio.core.process.kill_worker.kill_worker", lambda folder: ended.append(folder) or "")
    with FakeRun(runs) as run:
        run.start().train(30)
        write_pulse(pulse_file(run.folder.path), Pulse(os.getpid(), awake(), 4000.0))
        window = open_window()
        choose_first_run(qtbot, window)
        reason = window.findChild(QLabel, "run_reason")
        qtbot.waitUntil(lambda: "No step for 1 hour 7 minutes; the last ones took 5 seconds each." in reason.text())
        assert "kill it" in reason.text(), "it says what to do"
        facts = window.findChild(QLabel, "run_line")
        qtbot.waitUntil(lambda: "step 30 of 60" in facts.text())
        assert "left" not in facts.text(), "a run that stands still has no pace"
        assert reason.palette().color(reason.foregroundRole()).name() == theme.roles.warning
        assert window.findChild(Pill, "run_state").accessibleName() == "State: stalled"
        assert "stalled" in window.sidebar.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
        press(qtbot, window, "kill")
        qtbot.keyClick(window.findChild(KillDialog), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.findChild(KillDialog) is None)
        assert ended == [], "Return must not kill it"
        press(qtbot, window, "kill")
        qtbot.mouseClick(window.findChild(QPushButton, "kill_agree"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: [folder.path for folder in ended] == [run.folder.path])


def test_that_the_head_says_how_far_an_evaluation_is_and_cuts_nothing_off(
    qtbot: QtBot, runs: Path, open_window: Open
) -> None:
    with FakeRun(runs) as run:
        run.start().train(5)
        for done in (10, 40):
            run.write(PhaseStarted(phase="evaluating", detail=f"Scoring units: {done} of 100 answers"))
        window = open_window(size=(960, 640))
        choose_first_run(qtbot, window)
        facts = window.findChild(QLabel, "run_line")
        qtbot.waitUntil(lambda: "Scoring units: 40 of 100 answers, for " in facts.text())
        QApplication.sendPostedEvents()
        before = window.pages.run.header.height()
        run.train(1)
        qtbot.waitUntil(lambda: "step 6 of 60" in facts.text())
        QApplication.sendPostedEvents()
        assert window.pages.run.header.height() == before, "what is below the head moves"
        assert not window.findChild(QPushButton, "kill").isVisible()


def test_that_scores_are_shown_before_and_now(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().evaluate("before").train(30).evaluate().sample()
        window = open_window()
        choose_first_run(qtbot, window)
        choose_tab(qtbot, window, 1)
        table = window.findChild(QTableView, "scores_table")
        qtbot.waitUntil(lambda: table.model().rowCount() == 3)
        row = [table.model().index(0, column).data().replace("\N{NO-BREAK SPACE}", " ") for column in range(7)]
        assert row[0] == "units"
        assert row[2:5] == ["0.0 % ± 3.0", "45.0 % ± 3.0", "+45.0 ± 3.0 points"]
        press(qtbot, window, "evaluate_now")
        qtbot.waitUntil(lambda: run.take_commands() == [EvaluateNow()])
        scores = window.pages.run.scores
        qtbot.waitUntil(lambda: any("12000 m" in label.text() for label in scores.findChildren(QLabel)))


def test_that_samples_are_shown_newest_first_and_a_new_one_comes_on_top(
    qtbot: QtBot, runs: Path, open_window: Open
) -> None:
    def told() -> list[str]:
        layout = window.pages.run.scores._samples
        return [layout.itemAt(row).widget().sample.task for row in range(layout.count() - 1)]

    with FakeRun(runs) as run:
        run.start().train(1).sample("units").train(1).sample("extract").train(1).sample("sort")
        window = open_window()
        choose_first_run(qtbot, window)
        choose_tab(qtbot, window, 1)
        qtbot.waitUntil(lambda: told() == ["sort", "extract", "units"])
        run.train(1).sample("units")
        qtbot.waitUntil(lambda: told() == ["units", "sort", "extract", "units"])


def test_that_the_scores_model_is_sound(runs: Path, qtmodeltester: ModelTester, qtbot: QtBot) -> None:
    from studio.ui.run.tail import RunTail

    record = read_whole(RunTail(make_fake_run(runs, steps=20)))
    model = ScoresModel()
    model.show_rows(score_rows(record.evaluations))
    qtmodeltester.check(model)
    assert model.rowCount() == 3


def test_that_the_log_shows_events_and_what_the_worker_printed(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().train(2).warn("Bad rows were cut.")
        run.folder.log.write_bytes("loading 10%\rloading 100%\nÜbung\nnot yet a line".encode())
        window = open_window()
        choose_first_run(qtbot, window)
        choose_tab(qtbot, window, 3)
        printed, story = window.findChild(QPlainTextEdit, "worker_log"), window.findChild(QPlainTextEdit, "story")
        qtbot.waitUntil(lambda: "Übung" in printed.toPlainText())
        assert printed.toPlainText() == "loading 100%\nÜbung"
        qtbot.waitUntil(lambda: "Bad rows were cut. Raise training.max_length." in story.toPlainText())
        with run.folder.log.open("ab") as log:
            log.write(b", but now\n")
        qtbot.waitUntil(lambda: printed.toPlainText().endswith("not yet a line, but now"))


def test_that_a_failed_run_shows_its_problems_with_their_remedies(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs) as run:
        run.start().train(2)
        first = Problem("tasks.units, line 7", "this is no JSON.", "Mend the line.")
        second = Problem("tasks.sort, line 2", "this is no JSON.", "Mend the line.")
        run.end("failed", problems=(first, second))
    window = open_window()
    choose_first_run(qtbot, window)
    reason, more = window.findChild(QLabel, "run_reason"), window.findChild(QLabel, "run_problems")
    qtbot.waitUntil(lambda: (reason.text(), more.text()) == (str(first), str(second)))
    assert more.isVisible()
    assert reason.palette().color(reason.foregroundRole()).name() == theme.roles.danger


def test_that_a_run_is_the_start_of_a_new_one(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, steps=2, name="the first of two")
    window = open_window()
    choose_first_run(qtbot, window)
    choose_tab(qtbot, window, 4)
    press(qtbot, window, "reuse_recipe")
    assert window.pages.currentWidget() is window.pages.new_run
    # Its files are looked for beside the window. Equal names are told apart.
    qtbot.waitUntil(lambda: window.pages.new_run.head.name.text() == "the first of two (2)")
    assert [task["name"] for task in window.pages.new_run.form.tasks.tasks()] == ["units", "extract", "sort"]


def test_that_the_measured_memory_is_shown_beside_the_planned(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    make_fake_run(runs, steps=2)
    window = open_window()
    choose_first_run(qtbot, window)
    facts = window.findChild(QLabel, "run_facts")
    qtbot.waitUntil(lambda: "1.8 GiB used of 1.9 GiB planned" in facts.text().replace("\N{NO-BREAK SPACE}", " "))


def test_that_a_window_opened_late_shows_the_run_as_it_is(qtbot: QtBot, runs: Path, open_window: Open) -> None:
    with FakeRun(runs, total_steps=60) as run:
        run.start().train(10)
        first = open_window()
        choose_first_run(qtbot, first)
        first.close()
        run.train(10)
        second = open_window()
        choose_first_run(qtbot, second)
        qtbot.waitUntil(lambda: "step 20 of 60" in second.findChild(QLabel, "run_line").text())
        qtbot.waitUntil(
            lambda: "it continues if you close the window" in second.findChild(QLabel, "active_runs").text()
        )
        assert run.folder.is_alive()
