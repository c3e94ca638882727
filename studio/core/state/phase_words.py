"""What a worker does now, in plain words: the same sentence in the window, in a state's reason and in the terminal."""

from __future__ import annotations

from typing import assert_never

from studio.core.run.events import PhaseStarted


def doing(event: PhaseStarted) -> str:
    """What the worker does, without a full stop: "Measuring memory: one step on the longest rows (1 of 3)"."""
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
    said = f"{what}: {event.detail.rstrip('.')}" if event.detail else what
    return f"{said} ({event.done} of {event.total})" if event.done is not None and event.total else said
