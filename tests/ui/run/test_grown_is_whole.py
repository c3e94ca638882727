"""A run's page that grew with the run shows what one opened at the end shows, whatever was done with it meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.core.run.events import PhaseStarted
from studio.ui.run import log_view, tail
from studio.ui.run.page import RunPage
from studio.ui.runs.summary import RunGlance
from studio.ui.theme import theme
from tests.fake_run import FakeRun
from tests.ui.conftest import picture

SIZE = (900, 620)
SIZES = (SIZE, (600, 500), (1300, 800))
TABS = ("live", "scores", "memory", "log")


@dataclass(frozen=True)
class Shown:
    """What a page shows in each of its tabs: the pixels, and every text, choice and accessible name."""

    pixels: dict[str, np.ndarray]
    words: dict[str, list[str]]


def one_task(run: FakeRun) -> Iterator[object]:
    yield run.start()
    yield run.evaluate("before")
    for _ in range(7):
        yield run.train(3)
    yield run.evaluate("after")


def three_tasks(run: FakeRun) -> Iterator[object]:
    """With everything that may happen before the first step and after it, and a log that grows beyond what is shown."""
    yield run.start()
    yield run.probe()
    for done in (10, 60):
        yield run.write(PhaseStarted(phase="evaluating", detail=f"Scoring units: {done} of 100 answers"))
    yield run.evaluate("before")
    for round_ in range(6):
        with run.folder.log.open("ab") as log:
            log.write(b"".join(b"step %d\rline %d of round %d\n" % (n, n, round_) for n in range(90)))
        yield run.train(1 + 3 * round_)
        yield run.sample(run.tasks[round_ % 3])
        yield run.evaluate()
        yield run.warn(f"Round {round_} was cut.")
        if round_ == 3:
            yield run.reduce_memory()
    yield run.checkpoint()
    yield run.end()


def resumed(run: FakeRun) -> Iterator[object]:
    """Killed, and resumed from a step in the midst of those that the heatmap's scrubber has summed together."""
    yield run.start()
    for _ in range(5):
        yield run.train(9)
    yield run.die()
    run.step = 34  # within the sum of the steps 33 and 34, or 33 to 36
    yield run.start()
    yield run.evaluate()
    yield run.train(7)


def routers_of_projections(run: FakeRun) -> Iterator[object]:
    yield run.start()
    yield run.evaluate("before")
    for _ in range(8):
        yield run.train(2)
    yield run.pause()


STORIES: dict[str, tuple[Callable[[FakeRun], Iterator[object]], dict[str, object]]] = {
    "one task": (one_task, {"tasks": ("sums",), "total_steps": 30}),
    "three tasks": (three_tasks, {}),
    "resumed": (resumed, {"tasks": ("units", "sort"), "total_steps": 60, "layers": 2, "experts": 4}),
    "moelora": (routers_of_projections, {"method": "moelora"}),
}


def is_read(page: RunPage, run: FakeRun) -> bool:
    """Whether the page has everything that its run has written."""
    with run.folder.reader() as reader:
        events, scalars, loads = reader.last_event(), reader.scalars()[-1:], reader.loads()[-1:]
    read = page.tail
    return (
        page.is_built
        and read.caught_up
        and read._event_id >= (events.id if events else 0)
        and read._scalar_id == (scalars[0].id if scalars else 0)
        and read._load_id == (loads[0].id if loads else 0)
    )


def is_at_rest(page: RunPage) -> bool:
    """Whether nothing waits for its turn: no single shot of any part, and no rest of the log where it is looked at."""
    whole = page.folder.log.stat().st_size
    waits = any(timer.isSingleShot() and timer.isActive() for timer in page.findChildren(QTimer))
    return not waits and (not page.log.isVisible() or page.log._offset == whole)


def shown(qtbot: QtBot, page: RunPage, run: FakeRun) -> Shown:
    """Go through the page's tabs as a person does who looks at everything."""
    page.resize(*SIZE)
    page.show()
    theme.choose("dark")
    qtbot.waitUntil(lambda: is_read(page, run))
    page.show_summary(RunGlance(run.folder).look())
    found = Shown({}, {})
    for index, name in enumerate(TABS):
        page.tabs.setCurrentIndex(index)
        qtbot.waitUntil(lambda: is_at_rest(page))
        if (focus := QApplication.focusWidget()) is not None:
            focus.clearFocus()
        found.pixels[name] = picture_at_rest(qtbot, page)
        found.words[name] = words(page)
    return found


def picture_at_rest(qtbot: QtBot, page: RunPage) -> np.ndarray:
    """The page's picture once other turns of its layouts, which ask one another for room, change nothing."""
    pictures: list[np.ndarray] = []

    def is_same() -> bool:
        pictures.append(picture(page))
        return len(pictures) > 2 and all(np.array_equal(pictures[-1], each) for each in pictures[-3:-1])

    qtbot.waitUntil(is_same)
    return pictures[-1]


def words(page: QWidget) -> list[str]:
    said = []
    for widget in page.findChildren(QWidget):
        if not widget.isVisible():
            continue
        said.append(widget.accessibleName())
        match widget:
            case QLabel():
                said.append(widget.text())
            case QComboBox():
                said += [widget.itemText(row) for row in range(widget.count())]
            case QPlainTextEdit():
                bar = widget.verticalScrollBar()
                said.append(f"{bar.maximum() - bar.value()} lines below: {widget.document().toHtml()}")
    return sorted(filter(None, said))


def disturb(qtbot: QtBot, chance: random.Random, page: RunPage, run: FakeRun) -> None:
    """Do with the page what a person may do while the run continues, or look away."""
    for _ in range(chance.randint(0, 2)):
        match chance.randrange(6):
            case 0:
                page.tabs.setCurrentIndex(chance.randrange(len(TABS)))
            case 1:
                page.resize(*chance.choice(SIZES))
            case 2:
                theme.choose(chance.choice(("dark", "light")))
            case 3:
                page.setVisible(not page.isVisible())
            case 4 if page.isVisible():
                qtbot.waitUntil(lambda: is_read(page, run))
            case _:
                QApplication.processEvents()


@pytest.mark.parametrize(
    ("story", "seed"), [("one task", 1), ("three tasks", 2), ("three tasks", 3), ("resumed", 4), ("moelora", 5)]
)
def test_that_a_page_that_grew_shows_what_one_opened_at_the_end_shows(
    qtbot: QtBot, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, story: str
) -> None:
    chance = random.Random(f"{story} {seed}")
    tell, options = STORIES[story]
    with FakeRun(runs, paces=(4.0, 5.5, 9.0), seed=seed, **options) as run:  # type: ignore[arg-type]
        # Slices that end anywhere: between the curves of one step, and between its curves and its loads.
        monkeypatch.setattr(tail, "SCALARS_A_SLICE", chance.choice((5, 31, 300)))
        monkeypatch.setattr(log_view, "TAIL_BYTES", 4000)
        monkeypatch.setattr(log_view, "TAIL_LINES", 180)
        monkeypatch.setattr(tail, "EVENTS_A_SLICE", chance.choice((2, 200)))
        grown = RunPage(run.folder, 0.6)
        qtbot.addWidget(grown)
        grown.show()
        qtbot.waitUntil(lambda: grown.is_built)
        for _ in tell(run):
            disturb(qtbot, chance, grown, run)
        after_growth = shown(qtbot, grown, run)
        grown.hide()
        whole = RunPage(run.folder, 0.6)
        qtbot.addWidget(whole)
        opened = shown(qtbot, whole, run)
        whole.hide()
    for name in TABS:
        assert after_growth.words[name] == opened.words[name], name
        if name == "log":
            continue  # Qt scrolls a text by fractions of a line that depend on the way there: its words are compared
        differ = (after_growth.pixels[name] != opened.pixels[name]).any(axis=-1)
        if differ.any():
            keep(tmp_path / f"{name} grown.png", after_growth.pixels[name])
            keep(tmp_path / f"{name} opened.png", opened.pixels[name])
        rows, columns = np.nonzero(differ)
        where = f"{len(rows)} pixels, from {rows.min()}, {columns.min()}" if len(rows) else ""
        assert not len(rows), f"{name} differs in {where}; see {tmp_path}"


def keep(file: Path, pixels: np.ndarray) -> None:
    high, wide, _ = pixels.shape
    QImage(np.ascontiguousarray(pixels).tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).save(str(file))
