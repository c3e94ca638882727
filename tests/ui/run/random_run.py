"""A run whose events come in any order that a worker can write them in, and a page that is disturbed while it grows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPlainTextEdit, QWidget

from studio.core.run.events import PhaseStarted
from studio.ui.charts.step_plot import StepPlot
from studio.ui.run.page import RunPage
from studio.ui.theme import theme
from tests.fake_run import FakeRun
from tests.fake_scoring import scored_so_far
from tests.ui.conftest import come, picture

TASKS = (("sums",), ("units", "sort"), ("units", "extract", "sort"))
METHODS = ("mixlora", "mixlora", "lora", "moelora")
SIZE = QSize(820, 560)
SIZES = (SIZE, QSize(640, 480), QSize(1000, 640))
GROWING = ("Live", "Scores and samples", "Memory", "Log")  # the tabs that grow with a run, in their order
TURNS = 400  # of the event loop, in which a page that is left alone comes to rest
AT_REST = 3  # turns in a row: what comes in one is laid out in the next, and what that moves is read off in another


def random_run(runs: Path, chance: random.Random) -> FakeRun:
    """A run of a few dozen steps, of any method and any number of tasks."""
    return FakeRun(
        runs,
        tasks=chance.choice(TASKS),
        method=chance.choice(METHODS),
        layers=2,
        experts=4,
        total_steps=40,
        seed=chance.randrange(1000),
        paces=(4.0, 5.5, 9.0),
    )


def told(run: FakeRun, chance: random.Random) -> Iterator[object]:
    """Write the run's story; between two of its parts the window may look, or not."""
    yield run.start()
    if chance.random() < 0.5:
        yield run.write(PhaseStarted(phase="probing", detail="one step on the longest rows", done=1, total=3))
        yield run.probe()
    if chance.random() < 0.7:
        for done in range(0, chance.randrange(60), 20):
            detail = f"Scoring {run.tasks[0]}: {done} of 60 answers"
            yield run.write(PhaseStarted(phase="evaluating", detail=detail, done=done, total=60))
            yield run.write(scored_so_far(run, done))
        yield run.evaluate("before")
    for _ in range(chance.randint(1, 7)):
        yield from happening(run, chance)
    match chance.randrange(6):
        case 0:
            yield run.evaluate("after")
            yield run.end()
        case 1:
            yield run.end("stopped")
        case 2:
            yield run.end("failed")
        case 3:
            yield run.pause()
        case 4:
            yield run.die()


def happening(run: FakeRun, chance: random.Random) -> Iterator[object]:
    """One thing that may happen in training."""
    match chance.randrange(11):
        case 0:
            yield run.evaluate()
        case 1:
            yield run.sample(chance.choice(run.tasks))
        case 2:
            yield run.checkpoint()
        case 3:
            yield run.warn(f"Row {run.step} was cut.")
        case 4:
            yield run.reduce_memory()
        case 5:
            yield run.pause()
            yield run.start()
        case 6 if run.step > 2:
            yield run.die()
            run.step -= chance.randrange(run.step)
            yield run.start()
        case 7:
            with run.folder.log.open("ab") as log:
                log.write(b"".join(b"step %d\rline %d after step %d\n" % (n, n, run.step) for n in range(90)))
            yield None
        case _:
            yield run.train(min(chance.randint(1, 8), run.total_steps - run.step))


def disturb(page: RunPage, chance: random.Random, run: FakeRun) -> None:
    """Do with the page what leaves no trace: other tabs, sizes and themes, a look away, the pointer over its charts."""
    for _ in range(chance.randint(0, 3)):
        match chance.randrange(7):
            case 0:
                page.tabs.setCurrentIndex(chance.randrange(page.tabs.count()))
            case 1:
                page.resize(chance.choice(SIZES))
            case 2:
                theme.choose(chance.choice(("dark", "light")))
            case 3:
                page.setVisible(not page.isVisible())
            case 4:
                point_at(page.live.loss, chance.randrange(500), chance.randrange(300))
            case 5 if page.isVisible():
                page.tail.start()
                page.tail._on_tick()  # one look, wherever it ends, and whenever it comes
                if chance.random() < 0.7:
                    come(lambda: not page.tail.is_looking)
            case _:
                QApplication.processEvents()


def point_at(chart: StepPlot, across: int, down: int) -> None:
    """Rest the pointer on a chart, so many pixels from its corner."""
    view = chart.plot.viewport()
    place = QPointF(across, down)
    none = Qt.MouseButton.NoButton
    kind = QMouseEvent.Type.MouseMove
    move = QMouseEvent(kind, place, view.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, move)


def look_at_everything(page: RunPage, run: FakeRun) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Every tab's pixels and words, as a person sees them who goes through all of them at the end."""
    theme.choose("dark")
    page.resize(SIZE)
    page.show()
    come(lambda: page.recipe.text is not None)
    while not page.is_built:
        page._on_shown()
    page.tabs.setCurrentIndex(0)
    QApplication.processEvents()
    point_at(page.live.loss, 200, 60)
    page.tail.start()
    assert [page.tabs.tabText(place) for place in range(len(GROWING))] == list(GROWING)
    pixels: dict[str, np.ndarray] = {}
    said: dict[str, list[str]] = {}
    for index, name in enumerate(GROWING):
        page.tabs.setCurrentIndex(index)
        come_to_rest(page, run)
        if (focus := QApplication.focusWidget()) is not None:
            focus.clearFocus()
        if name != "Log":  # Qt scrolls a text by fractions of a line that depend on the way there
            pixels[name] = picture(page)
        said[name] = words(page)
    page.hide()
    return pixels, said


def come_to_rest(page: RunPage, run: FakeRun) -> None:
    """Let the page read everything, and take every turn that it has asked for."""
    rested = 0
    for _ in range(TURNS):
        page.tail._on_tick()
        come(lambda: not page.tail.is_looking)
        rested = rested + 1 if page.tail.caught_up and not waits(page) else 0
        if rested > AT_REST:
            break
    else:
        raise AssertionError("the page never came to rest")
    whole = run.folder.log.stat().st_size
    while page.log.isVisible() and page.log._offset != whole:
        page.log._on_tick()
        come(lambda: not page.log.is_reading)


def waits(page: RunPage) -> bool:
    """Whether a part of the page has asked for another turn."""
    experts = page.live.experts
    if experts.loads.is_reading or experts.details.is_reading:
        return True
    # What is said of a disk that is slow to answer comes much later.
    slow = (page._slow, page.tail._slow, page.log._slow)
    return any(each.isSingleShot() and each.isActive() and each not in slow for each in page.findChildren(QTimer))


def words(page: QWidget) -> list[str]:
    """Everything that is said on the page: texts, choices, accessible names."""
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
