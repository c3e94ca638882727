"""One line of the runs list: a run's name, state, progress and the shape of its loss."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core import places
from studio.core.problem import EXIT_DOES_NOT_FIT, ProblemError
from studio.core.recipe.sweep import briefly, words_of
from studio.core.run.curve_names import LOSS
from studio.core.run.events import EvaluationEnded, RunEnded
from studio.core.run.run_folder import RunFolder, can_be_tried
from studio.core.run.run_group import read_group
from studio.core.run.run_label import LABEL, RunLabel, read_label
from studio.core.run.series import Series
from studio.core.state.comparison import group_of
from studio.core.state.run_state import RunState, read_state
from studio.core.state.state_text import state_text
from studio.core.state.worker_start import start_file
from studio.core.words import tr
from studio.ui.runs.facts import RecipeFacts, created_on, read_facts, score_of

SPARK_POINTS = 80
POINTS_A_SLICE = 2000


@dataclass(frozen=True, slots=True, eq=False)
class RunSummary:
    """A run as the list shows it; `state` is the word, or "unreadable"; `spark` [n] is its loss, thinned.

    A live run is `stalled` when its worker has been silent for too long; `reason` then says so.
    """

    folder: RunFolder
    name: str
    state: str
    reason: str
    step: int
    total_steps: int | None
    spark: NDArray[np.float64]
    stalled: bool = False
    out_of_memory: bool = False
    note: str = ""
    group: str | None = None  # the comparison or the sweep that it belongs to
    tried: str = ""  # the swept values in a run of a sweep, whose name ends in their words
    created: date = date.min
    score: str = ""  # of its last evaluation since it began to train
    scores: tuple[str, ...] = ()  # each task's
    facts: RecipeFacts = field(default_factory=RecipeFacts)
    has_adapter: bool = False  # whether one lies in its folder, however it ended
    can_be_tried: bool = False  # by its adapter, or by a checkpoint of one
    queued: bool = False

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def is_live(self) -> bool:
        return self.state in ("starting", "running", "pausing", "stopping")

    @property
    def shown_state(self) -> str:
        """The word that is shown for its state."""
        return "stalled" if self.stalled else self.state

    @property
    def progress(self) -> str:
        """Its progress in a few words."""
        if self.total_steps:
            return tr("{rows} of {total}", rows=self.step, total=self.total_steps)
        return tr("step {step}", step=self.step) if self.step else tr("not started")

    @property
    def sought(self) -> str:
        """Everything by which a person may look for it, in small letters."""
        facts = self.facts
        parts = (
            self.name,
            self.shown_state,
            state_text(self.shown_state),
            self.note,
            facts.method,
            facts.model,
            *facts.tasks,
            facts.name,
            self.id,
        )
        return "\n".join(parts).casefold()

    def same_as(self, other: RunSummary) -> bool:
        """Whether the list would look the same with the other."""
        plain = [each.name for each in fields(self) if each.name != "spark"]
        return all(getattr(self, name) == getattr(other, name) for name in plain) and np.array_equal(
            self.spark, other.spark, equal_nan=True
        )


@dataclass(slots=True)
class RunGlance:
    """Reads one run's summary repeatedly, each time only what is new; an equal `signature` means that nothing is."""

    folder: RunFolder
    summary: RunSummary | None = None
    signature: tuple[int, ...] = ()
    loss: Series = field(default_factory=Series)
    last_id: int = 0
    facts: RecipeFacts | None = None
    score: tuple[str, tuple[str, ...]] = ("", ())
    out_of_memory: bool = False

    def look(self) -> RunSummary:
        """The run's summary now."""
        # A run that has ended waits again when it is queued, which its folder does not show.
        start = start_file(self.folder.path)
        label = self.folder.path / LABEL
        files = (
            self.folder.db,
            _beside(self.folder.db),
            self.folder.log,
            start,
            places.queue_file(),
            label,
            _adapter(self.folder),
            self.folder.checkpoints,
        )
        signature = tuple(_written(path) for path in files)
        # A run that another program held for a moment is unreadable only then.
        unsettled = ("waiting", "unreadable")
        settled = self.summary is not None and not self.summary.is_live and self.summary.state not in unsettled
        if settled and self.summary is not None and signature == self.signature:
            return self.summary
        self.facts = self.facts or read_facts(self.folder)
        try:
            state = read_state(self.folder)
            self._read_run()
        except (ProblemError, ValidationError, sqlite3.Error, OSError) as error:
            self.summary = RunSummary(self.folder, self.facts.name, "unreadable", str(error), 0, None, np.empty(0))
        else:
            self.summary = self._summary(state)
        called, swept = _label(self.folder), read_group(self.folder.path)
        self.summary = replace(
            self.summary,
            name=called.name or self.facts.name,
            note=called.note,
            group=swept.title if swept else group_of(self.facts.name),
            tried=briefly(swept.values) if swept and self.facts.name.endswith(words_of(swept.values)) else "",
            created=created_on(self.folder),
            facts=self.facts,
            can_be_tried=can_be_tried(self.folder),
        )
        self.signature = signature
        return self.summary

    def _summary(self, state: RunState) -> RunSummary:
        values = self.loss.values
        if len(values) > SPARK_POINTS:
            edges = np.linspace(0, len(values), SPARK_POINTS + 1).astype(int)
            values = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
        return RunSummary(
            self.folder,
            "",
            state.state,
            state.reason,
            state.step,
            state.total_steps,
            values.copy(),
            state.stalled,
            out_of_memory=state.state == "failed" and self.out_of_memory,
            score=self.score[0],
            scores=self.score[1],
            has_adapter=_adapter(self.folder).is_file(),
            queued=state.queued,
        )

    def _read_run(self) -> None:
        with self.folder.reader() as reader:
            ended = reader.last_event("RunEnded")
            code = ended.event.exit_code if ended and isinstance(ended.event, RunEnded) else 0
            self.out_of_memory = code == EXIT_DOES_NOT_FIT
            evaluated = reader.last_event("EvaluationEnded")
            if evaluated and isinstance(evaluated.event, EvaluationEnded) and evaluated.event.when != "before":
                self.score = score_of(evaluated.event)
            while points := reader.scalars(self.last_id, POINTS_A_SLICE, name=LOSS):
                self.last_id = points[-1].id
                for point in points:
                    self.loss.append(point.step, point.value)


def _label(folder: RunFolder) -> RunLabel:
    try:
        return read_label(folder)
    except ProblemError:
        return RunLabel()  # the run is sound; who renames it is told what is wrong with the file


def _adapter(folder: RunFolder) -> Path:
    """The file without which there is no adapter."""
    return folder.adapter / "adapter_config.json"


def _beside(db: Path) -> Path:
    return db.with_name(db.name + "-wal")


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
