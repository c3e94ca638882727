"""Before its first step a run's page says what is happening, how far it is, and what each empty part will show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.core.run.event_text import phase_text
from studio.core.run.events import Phase, PhaseStarted, RunResumed, RunStarted
from studio.core.run.run_record import RunRecord
from studio.core.state.run_state import read_state
from studio.ui.controls.progress_line import ProgressLine
from studio.ui.run.page import RunPage
from studio.ui.run.waiting_text import before_first_step
from studio.ui.runs.summary import RunGlance
from tests.fake_run import FakeRun
from tests.ui.conftest import picture


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[FakeRun], RunPage]:
    def show(run: FakeRun) -> RunPage:
        page = RunPage(run.folder, 0.6)
        qtbot.addWidget(page)
        page.show()
        page.show_summary(RunGlance(run.folder).look())
        qtbot.waitUntil(lambda: page.is_built)
        return page

    return show


def facts(page: RunPage) -> str:
    return page.findChild(QLabel, "run_line").text().replace("\N{NO-BREAK SPACE}", " ")


def test_that_head_and_empty_parts_say_what_the_worker_does_and_how_far_it_is(
    qtbot: QtBot, runs: Path, shown: Callable[[FakeRun], RunPage]
) -> None:
    with FakeRun(runs) as run:
        run.start()
        page = shown(run)
        scoring = "Scoring units: 40 of 100 answers given"
        run.write(PhaseStarted(phase="evaluating", detail=scoring, done=40, total=100))
        qtbot.waitUntil(lambda: f"{scoring}, for " in facts(page))
        bar = page.findChild(ProgressLine, "run_progress")
        assert (bar.done, bar.total, bar.accessibleName()) == (40, 100, scoring)
        empty = page.live.opening.phases.accessibleName()
        assert f"Now: {scoring}, for " in empty
        assert "Then the memory is measured and training begins." in empty
        assert "The scores appear here" in page.scores._no_scores.text()
        assert scoring in page.scores._no_scores.text()
        assert scoring in page.memory.empty.text()
        run.train(1)
        qtbot.waitUntil(lambda: "step 1 of 60" in facts(page) and bar.accessibleName() == "1 of 60 steps done")
        assert bar.done == 1


def test_that_something_moves_each_second_before_the_first_step(
    qtbot: QtBot, runs: Path, shown: Callable[[FakeRun], RunPage]
) -> None:
    with FakeRun(runs) as run:
        run.start()
        run.write(PhaseStarted(phase="probing", detail="one step on the longest rows"))
        page = shown(run)
        qtbot.waitUntil(lambda: "Measuring memory: one step on the longest rows, for " in facts(page))
        said, seen = facts(page), picture(page.live.loss)
        qtbot.waitUntil(lambda: facts(page) != said)
        qtbot.waitUntil(lambda: not np.array_equal(picture(page.live.loss), seen))


def test_that_a_run_that_ended_before_its_first_step_promises_nothing(
    qtbot: QtBot, runs: Path, shown: Callable[[FakeRun], RunPage]
) -> None:
    with FakeRun(runs) as run:
        run.start().end("stopped")
        page = shown(run)
        qtbot.waitUntil(lambda: page.live.opening.message.text() == "The run ended before its first step.")
        assert page.scores._no_scores.text() == "The run ended without an evaluation."
        assert page.scores._no_samples.text().startswith("The run ended without a sample")
        assert page.memory.empty.text() == "The run ended before its memory was measured."


def test_that_nothing_is_shown_as_active_once_the_worker_has_died(
    qtbot: QtBot, runs: Path, shown: Callable[[FakeRun], RunPage]
) -> None:
    with FakeRun(runs) as run:
        run.start().write(
            PhaseStarted(phase="evaluating", detail="Scoring units: 4 of 9 answers given", done=4, total=9)
        )
        page = shown(run)
        qtbot.waitUntil(lambda: "Now: Scoring units" in page.live.opening.phases.accessibleName())
        run.die()
        page.show_summary(RunGlance(run.folder).look())
    assert page.live.opening.message.text() == "The loss appears here with the first step."
    assert "4 of 9" not in " ".join((facts(page), page.scores._no_scores.text(), page.memory.empty.text()))


@pytest.mark.parametrize(
    ("phase", "then"),
    [
        (None, "the rows are tokenised, the weights are loaded, the memory is measured, the held-out rows are scored"),
        ("loading", "the rows are tokenised, the memory is measured, the held-out rows are scored"),
        ("tokenising", "the weights are loaded, the memory is measured, the held-out rows are scored"),
        ("probing", "the rows are tokenised, the weights are loaded, the held-out rows are scored"),
    ],
)
def test_that_what_is_still_to_come_is_named_in_its_order(phase: Phase | None, then: str) -> None:
    record = RunRecord()
    if phase is not None:
        record.phase, record.phase_began = PhaseStarted(phase=phase), 0.0
    assert f"Then {then} and training begins." in before_first_step(record)


def test_that_progress_is_not_shown_as_a_story_and_a_new_worker_begins_without_a_phase(runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start()
        run.write(*(PhaseStarted(phase="evaluating", detail="Scoring", done=n, total=9) for n in range(9)))
        run.write(RunResumed(pid=1, host="here", step=0, checkpoint=None))
        record = RunRecord()
        with run.folder.reader() as reader:
            for stored in reader.events():
                record.add_event(stored)
    assert [type(stored.event) for stored in record.story].count(PhaseStarted) == 3
    assert record.phase is None


def test_that_the_state_says_the_same_sentence_as_the_page(runs: Path) -> None:
    with FakeRun(runs) as run:
        event = PhaseStarted(phase="probing", detail="one step on the longest rows", done=0, total=3)
        run.start().write(event)
        assert phase_text(event) == "Measuring memory: one step on the longest rows (0 of 3)"
        assert read_state(run.folder).reason == f"{phase_text(event)}, step 0 of 60."


def test_that_a_phase_of_an_older_version_is_read_and_shown(runs: Path) -> None:
    with FakeRun(runs) as run:
        run.write(RunStarted(pid=1, host="here"))
    old = PhaseStarted.model_validate_json('{"kind": "PhaseStarted", "phase": "tokenising", "detail": "units, sort"}')
    assert phase_text(old) == "Tokenising: units, sort"
    assert (old.done, old.total) == (None, None)
