"""Tells, while a run trains, when its routing has turned bad and stays so: once for each kind."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studio.core.routing.routed import Routed
from studio.core.routing.verdict import BAD, Kind, Verdict
from studio.core.run.events import Event, WarningRaised
from studio.core.words import sentences, tr

WINDOW = 20  # steps that a verdict is over
EVERY = 10  # steps between two looks
LOOKS = 3  # bad verdicts in a row that make an alert: 40 steps
ROUTER = "router"  # the `where` of every such warning

Counts = NDArray[np.float32]


class RoutingAlerts:
    """Looks at the loads of the last steps now and then; depends on nothing but these, so that a resumed run, whose
    last loads are `add`ed again, and which `remember`s its earlier warnings, tells the same as the unbroken one."""

    STEPS = WINDOW + EVERY * (LOOKS - 1)  # that an alert rests on

    def __init__(self, routed: Routed, tasks: Sequence[str]) -> None:
        self._routed = routed
        self._tasks = tuple(tasks)
        self._steps: deque[tuple[int, Counts]] = deque(maxlen=self.STEPS)
        self._said: set[Kind] = set()

    def remember(self, events: Iterable[Event]) -> None:
        """Take note of the warnings that earlier workers raised."""
        for event in events:
            if isinstance(event, WarningRaised) and event.where == ROUTER:
                # In quotation marks: what a verdict rests on names the other kinds too.
                self._said |= {kind for kind in BAD if _quoted(kind) in event.what}

    def add(self, step: int, loads: Mapping[str, Counts]) -> None:
        """Take a step's loads {task: [layers, experts]}."""
        shape = next(iter(loads.values())).shape
        none = np.zeros(shape, dtype=np.float32)
        self._steps.append((step, np.stack([loads.get(task, none) for task in self._tasks])))

    def look(self, step: int) -> WarningRaised | None:
        """The warning that is due at `step`, whose loads were added; each kind is told once."""
        if step % EVERY or len(self._steps) < self.STEPS or self._steps[-1][0] != step:
            return None
        verdict = self._verdict(len(self._steps))
        if not verdict.is_bad or verdict.kind in self._said:
            return None
        earlier = (self._verdict(len(self._steps) - EVERY * look) for look in range(1, LOOKS))
        if any(each.kind != verdict.kind for each in earlier):
            return None
        self._said.add(verdict.kind)
        since = tr(
            "the verdict has been {verdict} since step {step}.",
            verdict=_quoted(verdict.kind),
            step=self._steps[0][0] + WINDOW - 1,
        )
        what = sentences(since, verdict.sentence, verdict.basis)
        return WarningRaised(step=step, where=ROUTER, what=what, remedy=verdict.advice)

    def _verdict(self, end: int) -> Verdict:
        """The verdict of the window that ends before place `end` of what is kept."""
        window = list(self._steps)[end - WINDOW : end]
        counts = np.stack([counts for _, counts in window])
        return self._routed.verdict(counts, window[0][0], window[-1][0])


def _quoted(kind: Kind) -> str:
    return tr("“{verdict}”", verdict=tr(kind))
