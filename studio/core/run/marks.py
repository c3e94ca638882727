"""What is marked on the axis of a run's charts: the moments between steps that explain a curve's bends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from studio.core.run.event_text import event_text
from studio.core.run.events import (
    AnswersKept,
    CheckpointSaved,
    EvaluationEnded,
    Event,
    MemoryReduced,
    ModelReady,
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
from studio.core.words import tr

MarkKind = Literal["evaluation", "checkpoint", "memory", "pause", "resume", "end"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment after `step` finished steps, and what happened then in a sentence."""

    step: int
    kind: MarkKind
    words: str


def mark_of(event: Event) -> Mark | None:
    """The mark that an event leaves; None for one that leaves none."""
    match event:
        case EvaluationEnded():
            return Mark(event.step, "evaluation", event_text(event).brief)
        case CheckpointSaved():
            return Mark(event.step, "checkpoint", event_text(event).brief)
        case MemoryReduced():
            return Mark(event.step, "memory", event_text(event).brief)
        case RunPaused():
            return Mark(event.step, "pause", event_text(event).brief)
        case RunResumed():
            return Mark(event.step, "resume", tr("Resumed after step {step}.", step=event.step))
        case RunEnded(outcome="failed" | "stopped"):
            return Mark(event.step, "end", event_text(event).brief)
        case (
            RunStarted()
            | PhaseStarted()
            | ModelReady()
            | PlanMeasured()
            | StepEnded()
            | AnswersKept()
            | RowsScored()
            | SampleMade()
            | WarningRaised()
            | RunEnded()
        ):
            return None
        case _:
            assert_never(event)
