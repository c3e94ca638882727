"""A run without held-out rows says why there are no scores and how to get them; samples leave no holes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.core.run.run_record import RunRecord
from studio.ui.run.page import names_held_out, rule_of
from studio.ui.run.scores_view import NO_ROWS, ScoresView, compact
from tests.fake_run import FakeRun
from tests.fake_scoring import scored_so_far


@pytest.mark.parametrize("state", ["training", "finished"])
def test_that_a_run_without_held_out_rows_says_how_to_get_scores(qtbot: QtBot, runs: Path, state: str) -> None:
    record = RunRecord()
    with FakeRun(runs) as run:
        run.start().train(3)
        if state == "finished":
            run.end()
        with run.folder.reader() as reader:
            for stored in reader.events():
                record.add_event(stored)
    view = ScoresView(held_out=False)
    qtbot.addWidget(view)
    view.set_live(state == "training")
    view.show_record(record)
    assert (view._no_scores.text(), view._no_samples.text()) == (NO_ROWS, NO_ROWS)
    assert view.evaluate.isHidden(), "there is nothing to score"
    assert view.sample.isHidden()


def test_that_tallies_are_shown_while_an_evaluation_goes_on(qtbot: QtBot, runs: Path) -> None:
    view = ScoresView()
    qtbot.addWidget(view)
    record = RunRecord()
    with FakeRun(runs) as run:
        record.scoring = scored_so_far(run, 30, "during")
    view.show_record(record)
    assert not view.tallies.isHidden()
    assert "units: 10 right, 20 wrong" in view.tallies.accessibleName()
    record.scoring = None
    view.show_record(record)
    assert view.tallies.isHidden()


@pytest.mark.parametrize(
    ("recipe", "named"),
    [
        ('[[tasks]]\nname = "a"\ntrain = "a.jsonl"\n', False),
        ('[[tasks]]\nname = "a"\nevaluate = "b.jsonl"\n', True),
        ('[[tasks]]\nname = "a"\nevaluate = 0.1\n', True),
        ("not [toml", True),
    ],
)
def test_that_the_recipe_says_whether_there_are_held_out_rows(recipe: str, named: bool) -> None:
    assert names_held_out(recipe) is named


def test_that_the_recipe_says_by_what_an_evaluation_is_the_best() -> None:
    assert rule_of('[training]\nkeep_best = "score"\n') == "score"
    assert rule_of('[training]\nkeep_best = "luck"\n') == rule_of("not [toml") == "loss"


def test_that_line_breaks_alone_leave_no_hole() -> None:
    assert compact("\n\none\n\n\ntwo\n") == "one\ntwo"
    assert compact("\n \n\n") == "(nothing)"
