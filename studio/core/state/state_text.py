"""The words that are shown for a run's state."""

from __future__ import annotations

from studio.core.words import mark, tr

STATES = (
    mark("waiting"),
    mark("starting"),
    mark("running"),
    mark("pausing"),
    mark("stopping"),
    mark("paused"),
    mark("finished"),
    mark("stopped"),
    mark("failed"),
    mark("lost"),
    mark("stalled"),
    mark("unreadable"),
)
"""Every state of `run_state.State`, and two that only a list of runs knows."""


def state_text(state: str) -> str:
    """A state in the window's language."""
    return tr(state) if state in STATES else state
