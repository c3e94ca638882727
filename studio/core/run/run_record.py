"""What the window knows of one run: its curves, loads and events, as far as run.db was read."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import assert_never

from studio.core.run.events import (
    AnswersKept,
    CheckpointSaved,
    EvaluationEnded,
    MemoryReduced,
    ModelReady,
    Phase,
    PhaseStarted,
    PlanMeasured,
    RowsScored,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleMade,
    StepEnded,
    WarningRaised,
)
from studio.core.run.marks import Mark, MarkKind, mark_of
from studio.core.run.overlap import tells_of_overlap
from studio.core.run.run_rows import Scalar, Stored
from studio.core.run.series import Series

STORY_LIMIT = 5000
ANSWERS_KEPT = 4  # evaluations of each task, besides the first
PACE_STEPS = 20  # the last steps, which give the run's pace


class RunRecord:
    """Grows with every slice of run.db; nothing in it touches the disk or Qt."""

    def __init__(self) -> None:
        self.curves: defaultdict[str, Series] = defaultdict(Series)
        self.story: deque[Stored] = deque(maxlen=STORY_LIMIT)
        self.evaluations: list[EvaluationEnded] = []
        self.samples: deque[SampleMade] = deque(maxlen=500)
        self.answers: dict[str, list[AnswersKept]] = {}  # by task: of the first evaluation and of the newest ones
        self.ready: ModelReady | None = None
        self.ended: RunEnded | None = None
        self.measured: PlanMeasured | None = None
        self.probed: PlanMeasured | None = None
        self.reductions: list[MemoryReduced] = []
        self.overlaps: dict[str, WarningRaised] = {}  # by task: those on held-out rows that are trained on too
        self.phase: PhaseStarted | None = None
        self.phase_began: float | None = None
        self.spent: dict[Phase, float] = {}  # seconds in the phases that are over, since the worker started
        self.scoring: RowsScored | None = None  # how far the evaluation is that is under way
        self.checkpoint: CheckpointSaved | None = None
        self.started: float | None = None
        self.last_step: StepEnded | None = None
        self.at_work = True  # whether a worker holds the run: its lock says so, no event does
        self.routed = False  # whether run.db has loads, which are read where they are looked at
        self._step_times: list[float] = []
        self._marks: dict[tuple[int, MarkKind], Mark] = {}

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks' names in the recipe's order, once the model is ready."""
        return self.ready.tasks if self.ready else ()

    @property
    def step(self) -> int:
        return self.last_step.step if self.last_step else 0

    @property
    def total_steps(self) -> int | None:
        if self.last_step:
            return self.last_step.total_steps
        return self.ready.total_steps if self.ready else None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What happened between steps, in the order of the steps."""
        return tuple(sorted(self._marks.values(), key=lambda mark: mark.step))

    @property
    def seconds_per_step(self) -> float | None:
        """The mean of the last steps."""
        return sum(self._step_times) / len(self._step_times) if self._step_times else None

    @property
    def seconds_left(self) -> float | None:
        """What is left of the run at the pace of the last steps."""
        each, total = self.seconds_per_step, self.total_steps
        return None if each is None or total is None else max(0, total - self.step) * each

    def value(self, curve: str) -> float | None:
        """The newest value of a curve."""
        series = self.curves.get(curve)
        return float(series.values[-1]) if series is not None and len(series) else None

    def add_scalars(self, scalars: Iterable[Scalar]) -> set[str]:
        """Append points; returns the names of the curves that grew."""
        return add_points(self.curves, scalars)

    def take_steps(self, newest: Sequence[Stored]) -> None:
        """Take the last steps, newest first: they give the pace, however rarely run.db was read."""
        ended = [stored.event for stored in newest if isinstance(stored.event, StepEnded)]
        if ended:
            self.last_step = ended[0]
            self._step_times = [event.seconds for event in ended[:PACE_STEPS]]

    def add_event(self, stored: Stored) -> None:
        """Take any event other than StepEnded."""
        quiet = isinstance(stored.event, PhaseStarted) and stored.event.done is not None
        if not quiet and not isinstance(stored.event, (AnswersKept, RowsScored)):
            self.story.append(stored)  # progress within a phase is not kept; that the phase began is
        if (mark := mark_of(stored.event)) is not None:
            self._marks[mark.step, mark.kind] = mark
        match stored.event:
            case ModelReady() as event:
                self.ready = event
            case RowsScored() as event:
                self.scoring = event
            case EvaluationEnded() as event:
                self.scoring = None
                self.evaluations = [
                    each for each in self.evaluations if (each.step, each.when) != (event.step, event.when)
                ]
                self.evaluations.append(event)
            case AnswersKept() as event:
                self._keep_answers(event)
            case SampleMade() as event:
                self.samples.append(event)
            case RunEnded() as event:
                self.ended, self.scoring = event, None
            case PlanMeasured() as event:
                self.measured = event
                if event.stage == "probe":
                    self.probed = event
            case MemoryReduced() as event:
                self.reductions.append(event)
            case PhaseStarted() as event:
                self._enter(event, stored.time)
            case CheckpointSaved() as event:
                self.checkpoint = event
            case RunStarted() | RunResumed():
                self.started = stored.time
                self.phase = self.phase_began = self.ended = self.scoring = None
                self.spent = {}
            case RunPaused():
                self.scoring = None
            case WarningRaised() as event:
                if tells_of_overlap(event):  # a resumed run says so again
                    self.overlaps[event.where] = event
            case StepEnded():
                pass
            case _:
                assert_never(stored.event)

    def _enter(self, event: PhaseStarted, time: float) -> None:
        """Take a phase's beginning or progress: it reports again and again, and began with the first report."""
        if self.phase is None or self.phase.phase != event.phase:
            if self.phase is not None and self.phase_began is not None:
                before = self.phase.phase
                self.spent[before] = self.spent.get(before, 0.0) + max(0.0, time - self.phase_began)
            self.phase_began = time
            if event.phase != "evaluating":
                self.scoring = None
        self.phase = event

    def _keep_answers(self, event: AnswersKept) -> None:
        """Keep a task's answers of its first evaluation, to compare with, and of the newest few."""
        place = (event.step, event.when)
        known = [each for each in self.answers.get(event.task, []) if (each.step, each.when) != place]
        self.answers[event.task] = [*known[:1], *known[1:][1 - ANSWERS_KEPT :], event]


def add_points(curves: defaultdict[str, Series], scalars: Iterable[Scalar]) -> set[str]:
    """Append points to the curves of their names; returns the names of those that grew."""
    grew = set()
    for point in scalars:
        curves[point.name].append(point.step, point.value)
        grew.add(point.name)
    return grew
