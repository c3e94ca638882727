"""The verdicts on a run's last steps, read from its database."""

from __future__ import annotations

from pathlib import Path

from studio.core.routing.routed import Routed
from studio.core.routing.verdict import Verdict
from studio.core.run.events import ModelReady
from studio.core.run.load_reader import LoadReader


def read_verdicts(database: Path, ready: ModelReady | None, step: int) -> tuple[Verdict | None, Verdict | None]:
    """The verdicts on the last steps up to `step`, of all tokens and of answers alone; None where nothing says."""
    with LoadReader(database) as loads:
        window, answers = loads.window(step), loads.window(step, answers=True)
    # Every run with loads has recorded its layers; a row too many or too few would mix routers up.
    if window is None or ready is None or len(ready.layers) != window.whole.shape[1]:
        return None, None
    return Routed.of(ready, window.whole.shape[2]).verdicts(window, answers)
