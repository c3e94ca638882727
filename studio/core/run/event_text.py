"""Events as sentences, once for the window's log, the terminal and the worker's own log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

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
    TaskScore,
    WarningRaised,
)
from studio.core.units import count_text, difference_text, duration, memory, number_text, percent_text, score_text

Tone = Literal["ink", "quiet", "good", "warning", "danger"]
"""How much attention an event asks for: roles of colour in the window; a terminal writes "Warning" for a warning."""

QUOTED_CHARACTERS = 60  # of a sample's answer and of what was expected


@dataclass(frozen=True, slots=True)
class EventText:
    """An event in words: `brief` is one sentence, `full` the lines of a terminal, which has room for the details."""

    brief: str
    full: tuple[str, ...]


def event_text(event: Event) -> EventText:
    """What happened, in one sentence and in full."""
    match event:
        case RunStarted():
            return _same(f"Worker started (process {event.pid} on {event.host}).")
        case RunResumed():
            return _same(f"Resumed after step {event.step} (process {event.pid} on {event.host}).")
        case PhaseStarted():
            return _same(f"{phase_text(event)}.")
        case ModelReady():
            return _of_model(event)
        case PlanMeasured():
            at_most = "at most " if event.at_most else ""
            measured, planned = memory(event.measured_peak_bytes), memory(event.predicted_peak_bytes)
            brief = f"Peak memory: {at_most}{measured} measured, {planned} planned."
            return EventText(brief, (event.sentence or brief,))
        case StepEnded():
            return _same(f"Step {event.step} of {event.total_steps} ended with loss {number_text(event.loss)}.")
        case EvaluationEnded():
            return _of_evaluation(event)
        case AnswersKept():
            return _same(f"Kept {len(event.answers)} answers of {event.task} at step {event.step}.")
        case RowsScored():
            counted = ", ".join(f"{each.done} of {each.of} rows of {task}" for task, each in event.tasks.items())
            return _same(f"Scored {counted or 'no row yet'}.")
        case SampleMade():
            return _of_sample(event)
        case CheckpointSaved():
            return _same(f"Saved a checkpoint after step {event.step} ({memory(event.bytes)}).")
        case WarningRaised():
            return _same(f"{event.where}: {event.what} {event.remedy}".strip())
        case MemoryReduced():
            found = f"Memory ran out at step {event.step}" if event.step else "The probe ran out of memory"
            return _same(f"{found}: {event.change}")
        case RunPaused():
            return _same(f"Paused after step {event.step}. Its memory is free; resuming continues from exactly there.")
        case RunEnded():
            return _same(f"{event.outcome.capitalize()}: {event.reason}")
        case _:
            assert_never(event)


def tone(event: Event) -> Tone:
    """How much attention an event asks for."""
    match event:
        case WarningRaised() | MemoryReduced():
            return "warning"
        case RunEnded(outcome="failed"):
            return "danger"
        case RunEnded(outcome="finished"):
            return "good"
        case RunStarted() | RunResumed() | ModelReady() | EvaluationEnded() | RunPaused() | RunEnded():
            return "ink"
        case (
            PhaseStarted()
            | PlanMeasured()
            | StepEnded()
            | AnswersKept()
            | RowsScored()
            | SampleMade()
            | CheckpointSaved()
        ):
            return "quiet"
        case _:
            assert_never(event)


def phase_text(event: PhaseStarted) -> str:
    """What the worker does now, without a full stop: "Measuring memory: one step on the longest rows (1 of 3)"."""
    match event.phase:
        case "loading":
            what = "Loading"
        case "tokenising":
            what = "Tokenising"
        case "probing":
            what = "Measuring memory"
        case "training":
            what = "Training"
        case "evaluating":
            # Its detail is a sentence of its own, which says how many of the rows are done.
            return event.detail.rstrip(".") or "Scoring the held-out rows"
        case "sampling":
            what = "Answering prompts"
        case "saving":
            what = "Saving"
        case "exporting":
            what = "Exporting"
        case _:
            assert_never(event.phase)
    text = f"{what}: {event.detail.rstrip('.')}" if event.detail else what
    return f"{text} ({event.done} of {event.total})" if event.done is not None and event.total else text


def _same(sentence: str) -> EventText:
    return EventText(sentence, (sentence,))


def _of_model(event: ModelReady) -> EventText:
    where = f"on {event.device_name or event.device} in {event.precision}"
    method = f"{event.method} ({event.form})" if event.form else event.method
    share = 100 * event.trainable_parameters / max(1, event.total_parameters)
    routed = f", {len(event.layers)} layers of {event.experts} experts" if event.experts else ""
    rows = ", ".join(f"{name} {count:,} rows" for name, count in event.rows.items())
    return EventText(
        f"The model is ready {where}: {method} trains {count_text(event.trainable_parameters)} parameters "
        f"({share:.1f} %) over {event.total_steps} steps.",
        (
            f"{event.method} {where}{routed}: "
            f"{event.trainable_parameters:,} of {event.total_parameters:,} parameters are trained.",
            f"{event.total_steps} steps over {rows}.",
            *(f"Task {name}: {told}" for name, told in event.data.items()),
        ),
    )


def _of_evaluation(event: EvaluationEnded) -> EventText:
    when = f"after step {event.step}" if event.when == "during" else f"{event.when} training"
    scores = ", ".join(
        f"{task} {'loss ' if score.metric == 'loss' else ''}{score_text(score.metric, score.value, score.stderr)}"
        for task, score in event.tasks.items()
    )
    some = any(score.of_rows is not None and score.rows < score.of_rows for score in event.tasks.values())
    first = ", on few rows so that training soon begins" if some and event.when == "before" else ""
    return EventText(
        f"Scored {when} in {duration(event.seconds, short=True)}{first}: {scores}.",
        tuple(f"{when.capitalize()}: {task} {_score_line(score)}" for task, score in event.tasks.items()),
    )


def _score_line(score: TaskScore) -> str:
    """A score in a terminal, with the rows that it is of, and the base's and the majority's beside it."""
    of = f" of {score.of_rows}" if score.of_rows is not None and score.rows < score.of_rows else ""
    parts = [f"{score.metric} {score_text(score.metric, score.value, score.stderr)} of {score.rows}{of} rows"]
    if score.loss is not None and score.metric != "loss":
        parts.append(f"loss {number_text(score.loss)}")
    if score.base is not None:
        more = difference_text(score.metric, score.base.difference, score.base.difference_stderr)
        parts.append(f"{more} to the {score_text(score.metric, score.base.value)} before training")
    if score.majority is not None:
        parts.append(f"the majority's is {percent_text(score.majority)}")
    return ", ".join(parts)


def _of_sample(event: SampleMade) -> EventText:
    verdict = "" if event.right is None else " (right)" if event.right else " (wrong)"
    judged = "not graded" if event.right is None else "right" if event.right else "wrong"
    return EventText(
        f"Answered a prompt of {event.task} at step {event.step}{verdict}.",
        (f"Sample of {event.task}: {_short(event.answer)} (expected {_short(event.expected)}; {judged})",),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED_CHARACTERS else line[: QUOTED_CHARACTERS - 1] + "…"
