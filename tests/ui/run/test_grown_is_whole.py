"""Any run's events in any slices, the page disturbed in between: it ends as one that was opened at the end."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from studio.ui.run import log_view, tail_reader
from studio.ui.run.page import RunPage
from studio.ui.runs.summary import RunGlance
from studio.ui.theme import theme
from tests.ui.conftest import come
from tests.ui.run.random_run import disturb, look_at_everything, random_run, told

QUICK = 15
MANY, EACH = 200, 20  # of which the suite runs one part: a quarter of a minute of the processor, and QUICK more


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long something has lasted grows by itself: both pages are looked at in the same second."""
    now = time.time()
    monkeypatch.setattr("studio.ui.run.waiting_text.time.time", lambda: now)
    for module in ("tail", "page", "log_view"):  # nor does a busy machine say that its disk is slow
        monkeypatch.setattr(f"studio.ui.run.{module}.SLOW_MS", 10**6)


def grown_and_opened(runs: Path, keep: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> list[str]:
    """Where the page that grew differs from the one opened at the end; pictures of both lie in `keep` then."""
    chance = random.Random(seed)
    runs = runs / str(seed)
    # Slices that end anywhere: between the curves of one step, and between its curves and its loads.
    monkeypatch.setattr(tail_reader, "SCALARS_A_SLICE", chance.choice((5, 31, 300)))
    monkeypatch.setattr(tail_reader, "SAMPLED_FROM", chance.choice((4, 4000)))
    monkeypatch.setattr(tail_reader, "SAMPLED_STEPS", 6)
    monkeypatch.setattr(tail_reader, "EVENTS_A_SLICE", chance.choice((2, 200)))
    monkeypatch.setattr(log_view, "TAIL_BYTES", 4000)
    monkeypatch.setattr(log_view, "TAIL_LINES", 180)
    with random_run(runs, chance) as run:
        theme.choose(chance.choice(("dark", "light")))
        grown = RunPage(run.folder, 0.6)
        grown.show()
        for _ in told(run, chance):
            come(lambda: grown.recipe.text is not None)
            while not grown.is_built and chance.random() < 0.9:
                grown._on_shown()
            if chance.random() < 0.2:
                grown.show_summary(RunGlance(run.folder).look())
            disturb(grown, chance, run)
        # As the window's watch does when the run has changed.
        now = RunGlance(run.folder).look()
        grown.show_summary(now)
        mine = look_at_everything(grown, run)
        end(grown)
        whole = RunPage(run.folder, 0.6)
        whole.show_summary(now)
        theirs = look_at_everything(whole, run)
        end(whole)
    differ = []
    for name in mine[1]:
        if mine[1][name] != theirs[1][name]:
            grew, opened = (set(each[1][name]) for each in (mine, theirs))
            differ.append(f"seed {seed}, words of {name}: {sorted(grew ^ opened)}")
        if name not in mine[0]:
            continue
        where = np.argwhere((mine[0][name] != theirs[0][name]).any(axis=-1))
        if len(where):
            differ.append(
                f"seed {seed}, {len(where)} pixels of {name}, from {where.min(axis=0)} to {where.max(axis=0)}"
            )
            for kind, shown in (("grown", mine), ("opened", theirs)):
                save(keep / f"{seed} {name} {kind}.png", shown[0][name])
    return differ


def end(page: RunPage) -> None:
    """Let go of a page at once: one that lingers is drawn again whenever the theme changes."""
    page.leave()
    page.close()
    page.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def save(file: Path, pixels: np.ndarray) -> None:
    high, wide, _ = pixels.shape
    QImage(np.ascontiguousarray(pixels).tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).save(str(file))


@pytest.mark.parametrize("first", range(0, QUICK, 5))
def test_that_a_page_that_grew_in_any_way_shows_what_one_opened_at_the_end_shows(
    qapp: QApplication, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    found = [each for seed in range(first, first + 5) for each in grown_and_opened(runs, tmp_path, monkeypatch, seed)]
    assert not found, "\n".join((*found, f"see {tmp_path}"))


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=pytest.mark.slow if first == QUICK else pytest.mark.bench)
        for first in range(QUICK, QUICK + MANY, EACH)
    ],
)
def test_that_it_does_so_in_two_hundred_ways(
    qapp: QApplication, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    found = [
        each for seed in range(first, first + EACH) for each in grown_and_opened(runs, tmp_path, monkeypatch, seed)
    ]
    assert not found, "\n".join((*found, f"see {tmp_path}"))
