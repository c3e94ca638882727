"""The head of a run's page: always of the same height, and offering what lies on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.run.events import PhaseStarted, RunStarted
from studio.core.run.run_label import change_label
from studio.core.run.run_record import RunRecord
from studio.core.state.state_text import STATES
from studio.ui.run.header import RunHeader
from studio.ui.run.trouble import Trouble
from studio.ui.runs.summary import RunGlance, RunSummary
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun
from tests.ui.conftest import ink, picture

Told = Callable[[FakeRun], tuple[RunSummary, RunRecord]]


@pytest.fixture
def header(qtbot: QtBot) -> RunHeader:
    made = RunHeader()
    qtbot.addWidget(made)
    made.resize(700, made.sizeHint().height())
    made.show()
    return made


def told(run: FakeRun) -> tuple[RunSummary, RunRecord]:
    record = RunRecord()
    with run.folder.reader() as reader:
        for stored in reader.events():
            record.add_event(stored)
        record.take_steps(reader.last_events("StepEnded", 20))
    summary = RunGlance(run.folder).look()
    record.at_work = summary.is_live
    return summary, record


def look(header: RunHeader, run: FakeRun) -> RunSummary:
    summary, record = told(run)
    header.show_summary(summary)
    header.show_record(record)
    QApplication.processEvents()
    return summary


def test_that_its_note_is_read_beside_its_name(runs: Path, header: RunHeader) -> None:
    with FakeRun(runs) as run:
        look(header, run)
        assert not header.note.isVisible()
        change_label(run.folder, note="Warmer.\nTry 1e-3 next, <b>then</b> 3e-4.")
        look(header, run)
        assert header.note.isVisible()
        assert header.note.text() == "Warmer."
        assert "then&lt;/b&gt; 3e-4" in header.note.toolTip()
        assert header.note.geometry().left() > header.name.geometry().left()


def test_that_it_keeps_its_height_whatever_happens(runs: Path, header: RunHeader) -> None:
    heights = set()

    def seen() -> None:
        look(header, run)
        heights.add((header.sizeHint().height(), header.minimumSizeHint().height()))

    with FakeRun(runs) as run:
        seen()
        run.start()
        seen()
        for done in (3, 40):
            detail = f"Scoring a task with a rather long name: {done} of 100 answers given, 8 in progress, at token 12"
            run.write(PhaseStarted(phase="evaluating", detail=detail, done=done, total=100))
            seen()
        run.train(9)
        seen()
        run.pause()
        seen()
        run.start().train(3).end("stopped")
        seen()
    assert len(heights) == 1


def test_that_while_it_trains_one_line_says_step_time_left_and_pace(runs: Path, header: RunHeader) -> None:
    with FakeRun(runs) as run:
        run.start().write(PhaseStarted(phase="training")).train(12)
        look(header, run)
        said = header.line.text().replace("\N{NO-BREAK SPACE}", " ")
        assert said == "step 12 of 60, 4 min left, 5 s a step"
        assert (header.progress.done, header.progress.total) == (12, 60)
        assert header.report.isVisible()
        assert "1.8 GiB used of 1.9 GiB planned" in header.details.facts.text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_the_bar_is_loud_only_while_something_goes_on(runs: Path, header: RunHeader, choice: str) -> None:
    theme.choose(choice)  # type: ignore[arg-type]

    def loud() -> bool:
        """Whether any state's own colour is on the bar."""
        look(header, run)
        shown = picture(header.progress)
        return any(ink(shown, theme.roles.state(state)) > 20 for state in STATES)

    with FakeRun(runs) as run:
        run.start().train(30)
        assert loud()
        for over in (run.pause, lambda: run.start().end("failed"), lambda: run.start().train(1).end()):
            over()
            assert not loud()


def test_that_a_run_that_waits_its_turn_is_not_resumed_again(runs: Path, header: RunHeader) -> None:
    with FakeRun(runs) as run:
        summary = look(header, run)
        assert header.resume.isVisible()
        assert header.resume.text() == "Start"
        assert not header.report.isVisible(), "there is nothing to tell yet"
        header.show_summary(replace(summary, queued=True))
        assert not header.resume.isVisible()


def test_that_the_whole_reason_of_a_failure_is_below_and_no_other_is(qtbot: QtBot, runs: Path) -> None:
    trouble = Trouble()
    qtbot.addWidget(trouble)
    with FakeRun(runs) as run:
        run.start().train(2)
        trouble.show_summary(RunGlance(run.folder).look())
        assert trouble.isHidden()
        run.end("failed")
        summary = RunGlance(run.folder).look()
        trouble.show_summary(summary)
    assert not trouble.isHidden()
    assert trouble.reason.text() == summary.reason


def test_that_a_failure_is_copied_with_what_is_known_of_the_run_and_without_the_home_folder(
    qtbot: QtBot, runs: Path
) -> None:
    trouble = Trouble()
    qtbot.addWidget(trouble)
    with FakeRun(runs) as run:
        run.start().train(2).end("failed")
        summary, record = told(run)
    trouble.show_summary(replace(summary, reason=f"{Path.home() / 'models' / 'x'} is missing."))
    trouble.show_record(record)
    qtbot.mouseClick(trouble.copy, Qt.MouseButton.LeftButton)
    said = QApplication.clipboard().text()
    assert "is missing." in said
    assert str(Path.home()) not in said
    assert "Run: failed, step 2 of 60, mixlora" in said
    assert "Python" in said


def test_that_a_failed_run_is_one_press_from_having_its_recipe_mended(
    qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]
) -> None:
    with FakeRun(runs) as run:
        run.start().train(2)
        trouble = Trouble()
        qtbot.addWidget(trouble)
        trouble.show_summary(RunGlance(run.folder).look())
        assert trouble.mend.isHidden()
        run.end("failed")
    window = open_window()
    window.pages.show_run(run.folder)
    page = window.pages.run
    assert page is not None
    qtbot.waitUntil(page.trouble.mend.isVisible)
    qtbot.mouseClick(page.trouble.mend, Qt.MouseButton.LeftButton)
    new = window.pages.new_run
    assert new is not None
    qtbot.waitUntil(new.form.isVisible)
    assert [task["name"] for task in new.form.tasks.tasks()] == [task.name for task in run.folder.recipe().tasks]
    # Its files are not there, and the form says so where another can be chosen.
    qtbot.waitUntil(lambda: any("does not exist" in problem.what for problem in new.problems))


def test_that_stopping_says_that_it_leaves_an_adapter_once_it_does(runs: Path, header: RunHeader) -> None:
    with FakeRun(runs) as run:
        look(header, run)
        assert header.stop.isHidden()
        run.write(RunStarted(pid=1, host="desk"), PhaseStarted(phase="loading", detail="demo"))
        header.show_record(told(run)[1])
        assert header.stop.text() == "Stop"
        assert header.stop.toolTip() == "Stop before training begins; the run can be resumed"
        for work in (run.start, run.train, run.evaluate, run.checkpoint):
            work()
            look(header, run)
            assert header.stop.text() == header.stop.accessibleName() == "Stop and save adapter"
            assert "tried and exported" in header.stop.toolTip()
            assert not header.stop.is_cut
            assert header.pause.text() == "Pause"


def test_that_nothing_that_comes_takes_the_place_of_pause_or_of_what_was_pressed(runs: Path, header: RunHeader) -> None:
    header.resize(1100, header.height())  # where every button has room in any font
    with FakeRun(runs) as run:
        run.start()
        summary = look(header, run)
        before = header.pause.geometry(), header.stop.geometry()
        run.train(3)
        look(header, run)
        for state in ("running", "pausing", "stopping"):
            for stalled in (False, True):
                header.show_summary(replace(summary, state=state, stalled=stalled))
                QApplication.processEvents()
                assert (header.pause.geometry(), header.stop.geometry()) == before
                assert header.kill.isVisible() == stalled
