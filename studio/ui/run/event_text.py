"""Events as sentences, for the log page and for people who listen instead of look."""

from __future__ import annotations

from typing import assert_never

from studio.core.run.events import (
    CheckpointSaved,
    EvaluationEnded,
    Event,
    MemoryReduced,
    ModelReady,
    PhaseStarted,
    PlanMeasured,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleMade,
    StepEnded,
    WarningRaised,
)
from studio.core.state.phase_words import doing
from studio.ui.units import bytes_text, count_text, number_text, score_text, time_text


def sentence(event: Event) -> str:
    """What happened, in one sentence."""
    match event:
        case RunStarted():
            return f"A worker took the run up (process {event.pid} on {event.host})."
        case RunResumed():
            return f"A new worker goes on after step {event.step} (process {event.pid} on {event.host})."
        case PhaseStarted():
            return f"{doing(event)}."
        case ModelReady():
            share = 100 * event.trainable_parameters / max(1, event.total_parameters)
            method = f"{event.method} ({event.form})" if event.form else event.method
            return (
                f"The model stands on {event.device_name} in {event.precision}: {method} trains "
                f"{count_text(event.trainable_parameters)} parameters ({share:.1f} %) over {event.total_steps} steps."
            )
        case PlanMeasured():
            return (
                f"Memory: {bytes_text(event.predicted_peak_bytes)} were planned, "
                f"{'at most ' if event.at_most else ''}{bytes_text(event.measured_peak_bytes)} were taken."
            )
        case StepEnded():
            return f"Step {event.step} of {event.total_steps} ended with loss {number_text(event.loss)}."
        case EvaluationEnded():
            scores = ", ".join(
                f"{task} {score_text(score.value, score.stderr)}"
                if score.metric != "loss"
                else f"{task} loss {number_text(score.value)}"
                for task, score in event.tasks.items()
            )
            when = f"at step {event.step}" if event.when == "during" else f"{event.when} training"
            return f"Scored {when} in {time_text(event.seconds)}: {scores}."
        case SampleMade():
            verdict = "" if event.right is None else " (right)" if event.right else " (wrong)"
            return f"Answered a prompt of {event.task} at step {event.step}{verdict}."
        case CheckpointSaved():
            return f"Saved a checkpoint after step {event.step} ({bytes_text(event.bytes)})."
        case WarningRaised():
            return f"{event.where}: {event.what} {event.remedy}".strip()
        case MemoryReduced():
            found = f"Memory ran out at step {event.step}" if event.step else "The probe found too little memory"
            return f"{found}: {event.change}"
        case RunPaused():
            return f"Paused after step {event.step}; the memory is free, and resuming goes on exactly from there."
        case RunEnded():
            return f"{event.outcome.capitalize()} after step {event.step}: {event.reason}"
        case _:
            assert_never(event)


def tone(event: Event) -> str:
    """The role of colour in which an event is told."""
    match event:
        case WarningRaised() | MemoryReduced():
            return "warning"
        case RunEnded(outcome="failed"):
            return "danger"
        case RunEnded(outcome="finished"):
            return "good"
        case RunStarted() | RunResumed() | ModelReady() | EvaluationEnded() | RunPaused() | RunEnded():
            return "ink"
        case _:
            return "quiet"
