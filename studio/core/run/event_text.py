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
from studio.core.words import enumerated, sentences, tr

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
            return _same(tr("Worker started (process {pid} on {host}).", pid=event.pid, host=event.host))
        case RunResumed():
            return _same(
                tr(
                    "Resumed after step {step} (process {pid} on {host}).",
                    step=event.step,
                    pid=event.pid,
                    host=event.host,
                )
            )
        case PhaseStarted():
            return _same(tr("{sentence}.", sentence=phase_text(event)))
        case ModelReady():
            return _of_model(event)
        case PlanMeasured():
            return _of_memory(event)
        case StepEnded():
            return _same(
                tr(
                    "Step {step} of {total} ended with loss {loss}.",
                    step=event.step,
                    total=event.total_steps,
                    loss=number_text(event.loss),
                )
            )
        case EvaluationEnded():
            return _of_evaluation(event)
        case AnswersKept():
            return _same(
                tr(
                    "Kept {count} answers of {task} at step {step}.",
                    count=len(event.answers),
                    task=event.task,
                    step=event.step,
                )
            )
        case RowsScored():
            return _of_rows(event)
        case SampleMade():
            return _of_sample(event)
        case CheckpointSaved():
            return _same(
                tr("Saved a checkpoint after step {step} ({size}).", step=event.step, size=memory(event.bytes))
            )
        case WarningRaised():
            return _same(sentences(tr("{where}: {what}", where=event.where, what=event.what), event.remedy))
        case MemoryReduced():
            return _of_reduction(event)
        case RunPaused():
            return _same(
                tr(
                    "Paused after step {step}. Its memory is free; resuming continues from exactly there.",
                    step=event.step,
                )
            )
        case RunEnded():
            return _same(_of_end(event))
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
            what = tr("Loading")
        case "tokenising":
            what = tr("Tokenising")
        case "probing":
            what = tr("Measuring memory")
        case "training":
            what = tr("Training", "a phase of a run")
        case "evaluating":
            # Its detail is a sentence of its own, which says how many of the rows are done.
            return unended(event.detail) or tr("Scoring the held-out rows")
        case "sampling":
            what = tr("Answering prompts")
        case "saving":
            what = tr("Saving")
        case "exporting":
            what = tr("Exporting")
        case _:
            assert_never(event.phase)
    said = tr("{what}: {detail}", what=what, detail=unended(event.detail)) if event.detail else what
    if event.done is None or not event.total:
        return said
    return tr("{said} ({done} of {total})", said=said, done=event.done, total=event.total)


def unended(sentence: str) -> str:
    """A sentence without its full stop."""
    return sentence.rstrip(".。") if sentence.endswith((".", "。")) else sentence


def _of_end(event: RunEnded) -> str:
    match event.outcome:
        case "finished":
            return tr("Finished: {reason}", reason=event.reason)
        case "stopped":
            return tr("Stopped: {reason}", reason=event.reason)
        case "failed":
            return tr("Failed: {reason}", reason=event.reason)
        case _:
            assert_never(event.outcome)


def _same(sentence: str) -> EventText:
    return EventText(sentence, (sentence,))


def _of_memory(event: PlanMeasured) -> EventText:
    measured, planned = memory(event.measured_peak_bytes), memory(event.predicted_peak_bytes)
    brief = (
        tr("Peak memory: at most {measured} measured, {planned} planned.", measured=measured, planned=planned)
        if event.at_most
        else tr("Peak memory: {measured} measured, {planned} planned.", measured=measured, planned=planned)
    )
    return EventText(brief, (event.sentence or brief,))


def _of_rows(event: RowsScored) -> EventText:
    counted = [
        tr("{done} of {all} rows of {task}", done=each.done, all=each.of, task=task)
        for task, each in event.tasks.items()
    ]
    return _same(tr("Scored {rows}.", rows=enumerated(counted)) if counted else tr("Scored no row yet."))


def _of_reduction(event: MemoryReduced) -> EventText:
    return _same(
        tr("Memory ran out at step {step}: {change}", step=event.step, change=event.change)
        if event.step
        else tr("The probe ran out of memory: {change}", change=event.change)
    )


def _of_model(event: ModelReady) -> EventText:
    device = event.device_name or event.device
    where = f"on {device} in {event.precision}"  # in a terminal's lines, which stay English
    method = f"{event.method} ({event.form})" if event.form else event.method
    share = 100 * event.trainable_parameters / max(1, event.total_parameters)
    routed = f", {len(event.layers)} layers of {event.experts} experts" if event.experts else ""
    rows = ", ".join(f"{name} {count:,} rows" for name, count in event.rows.items())
    return EventText(
        tr(
            "The model is ready on {device} in {precision}: {method} trains {count} parameters ({share:.1f} %) over"
            " {steps} steps.",
            device=device,
            precision=event.precision,
            method=method,
            count=count_text(event.trainable_parameters),
            share=share,
            steps=event.total_steps,
        ),
        (
            f"{event.method} {where}{routed}: "
            f"{event.trainable_parameters:,} of {event.total_parameters:,} parameters are trained.",
            f"{event.total_steps} steps over {rows}.",
            *(f"Task {name}: {told}" for name, told in event.data.items()),
        ),
    )


def _of_evaluation(event: EvaluationEnded) -> EventText:
    when = f"after step {event.step}" if event.when == "during" else f"{event.when} training"
    scores = enumerated(
        tr("{task} loss {value}", task=task, value=score_text(score.metric, score.value, score.stderr))
        if score.metric == "loss"
        else tr("{task} {value}", task=task, value=score_text(score.metric, score.value, score.stderr))
        for task, score in event.tasks.items()
    )
    some = any(score.of_rows is not None and score.rows < score.of_rows for score in event.tasks.values())
    took = duration(event.seconds, short=True)
    match event.when:
        case "during":
            brief = tr("Scored after step {step} in {time}: {scores}.", step=event.step, time=took, scores=scores)
        case "after":
            brief = tr("Scored after training in {time}: {scores}.", time=took, scores=scores)
        case _ if some:
            brief = tr(
                "Scored before training in {time}, on few rows so that training soon begins: {scores}.",
                time=took,
                scores=scores,
            )
        case _:
            brief = tr("Scored before training in {time}: {scores}.", time=took, scores=scores)
    lines = [f"{when.capitalize()}: {task} {_score_line(score)}" for task, score in event.tasks.items()]
    if event.scored_by:
        once = tr("The base model was scored once for the runs beside one another, by {run}.", run=event.scored_by)
        return EventText(sentences(brief, once), (*lines, once))
    return EventText(brief, tuple(lines))


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
    brief = {
        None: tr("Answered a prompt of {task} at step {step}.", task=event.task, step=event.step),
        True: tr("Answered a prompt of {task} at step {step} (right).", task=event.task, step=event.step),
        False: tr("Answered a prompt of {task} at step {step} (wrong).", task=event.task, step=event.step),
    }[event.right]
    judged = "not graded" if event.right is None else "right" if event.right else "wrong"
    return EventText(
        brief,
        (f"Sample of {event.task}: {_short(event.answer)} (expected {_short(event.expected)}; {judged})",),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED_CHARACTERS else line[: QUOTED_CHARACTERS - 1] + "…"
