"""The warning that held-out rows are trained on too: made where data is read, and known again beside the scores."""

from __future__ import annotations

from studio.core.run.events import WarningRaised
from studio.core.said import Said
from studio.core.words import plural


def overlap_text(asked: int, held_out: int) -> str:
    """That so many of a task's held-out questions are asked in training too."""
    return plural(
        "{n:,} of {all:,} held-out questions is also asked in training, so the score is too high.",
        "{n:,} of {all:,} held-out questions are also asked in training, so the score is too high.",
        asked,
        all=held_out,
    )


def tells_of_overlap(event: WarningRaised) -> bool:
    """Whether a warning says so, whatever its numbers are and its language."""
    said, ours = event.what, overlap_text(1, 1)
    return isinstance(said, Said) and isinstance(ours, Said) and said.source == ours.source
