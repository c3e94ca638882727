"""Before the first step the page shows the phases as they pass, and the base's answers as they are given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from studio.core.run.events import Phase, PhaseStarted, RowsScored, RunResumed
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import Stored
from studio.ui.run.live_view import LiveView
from studio.ui.run.opening_phases import lines
from studio.ui.run.waiting_text import now_sentence, scoring_left
from studio.ui.theme import theme
from studio.ui.units import NO_BREAK
from tests.fake_run import FakeRun
from tests.fake_scoring import scored_so_far
from tests.ui.conftest import ink, picture


def record_of(run: FakeRun) -> RunRecord:
    record = RunRecord()
    with run.folder.reader() as reader:
        for stored in reader.events():
            record.add_event(stored)
    return record


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_bars_fill_and_answers_appear_while_the_base_is_scored(qtbot: QtBot, runs: Path, choice: str) -> None:
    theme.choose(choice)  # type: ignore[arg-type]
    with FakeRun(runs) as run:
        run.start().probe().write(PhaseStarted(phase="evaluating", detail="Scoring units"))
        view = LiveView(0.6)
        qtbot.addWidget(view)
        view.resize(QSize(1100, 640))
        view.show()
        shown = []
        for done in (0, 12, 48):
            view.show_waiting(record_of(run.write(scored_so_far(run, done))))
            shown.append(ink(picture(view.opening), theme.roles.good))
        assert shown == sorted(set(shown)), "the bars fill"
        assert view.opening.bars.accessibleName().startswith("units: 16 right, 32 wrong; extract: ")
        assert "being given" in view.opening.answers.accessibleName()
        assert "expected" not in view.opening.answers.accessibleName()
        run.evaluate("before")
        view.show_waiting(record_of(run))
        assert not view.opening.bars.isVisible(), "the score is in its own place now"


def test_that_only_the_newest_tally_is_kept_in_the_database(runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start()
        for done in range(30):
            run.write(scored_so_far(run, done))
        with run.folder.reader() as reader:
            kept = reader.events(kinds=["RowsScored"])
        assert len(kept) == 1
        assert json.loads(kept[0].event.model_dump_json())["tasks"]["units"]["done"] == 29


def told(*phases: tuple[Phase, float]) -> list[tuple[str, str, float | None]]:
    record = RunRecord()
    for number, (phase, when) in enumerate(phases):
        record.add_event(Stored(number, when, PhaseStarted(phase=phase)))
    return [(line.title, line.standing, line.seconds) for line in lines(record)]


def test_that_each_phase_says_where_it_stands_and_how_long_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.ui.run.opening_phases.time.time", lambda: 130.0)
    found = told(
        ("loading", 100.0), ("tokenising", 104.0), ("loading", 106.0), ("probing", 110.0), ("evaluating", 118.0)
    )
    assert found == [
        ("Load the model and the rows", "done", 10.0),
        ("Measure memory", "done", 8.0),
        ("Score the base model", "now", 12.0),
        ("Train the first step", "to come", None),
    ]
    # Without held-out rows, and in a resumed run, a phase that is passed over is not named.
    assert [title for title, _, _ in told(("loading", 100.0), ("training", 120.0))] == [
        "Load the model and the rows",
        "Train the first step",
    ]


def test_that_scoring_says_how_long_it_will_still_take(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().write(PhaseStarted(phase="evaluating", detail="Scoring units")))
        record.at_work = True
        began = record.phase_began
        assert began is not None
        said = []
        for done, lasted in ((0, 60.0), (1, 1.0), (12, 60.0), (48, 240.0), (60, 300.0)):
            monkeypatch.setattr("studio.ui.run.waiting_text.time.time", lambda lasted=lasted: began + lasted)
            record.scoring = scored_so_far(run, done)
            said.append(scoring_left(record).replace(NO_BREAK, " "))
            (now,) = (line for line in lines(record) if line.standing == "now")
            assert now.left == scoring_left(record)
            assert (f"{now.left} left" in now_sentence(record)) is bool(now.left)
        assert said == ["", "", "about 4 min", "about 1 min", ""]
        record.scoring = RowsScored(step=0)
        assert scoring_left(record) == ""
        record.add_event(Stored(99, began + 300, PhaseStarted(phase="training")))
        assert scoring_left(record) == ""


def test_that_a_new_worker_begins_its_phases_anew() -> None:
    record = RunRecord()
    record.add_event(Stored(1, 100.0, PhaseStarted(phase="loading")))
    record.add_event(Stored(2, 150.0, PhaseStarted(phase="probing")))
    record.add_event(Stored(3, 200.0, RunResumed(pid=1, host="here", step=0, checkpoint=None)))
    assert (record.spent, record.phase, record.scoring) == ({}, None, None)
