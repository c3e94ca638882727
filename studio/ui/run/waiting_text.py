"""What the empty parts of a run's page say before its first step: what will appear there, and what happens now."""

from __future__ import annotations

import time

from studio.core.run.event_text import phase_text
from studio.core.run.run_record import RunRecord
from studio.core.words import listed, tr
from studio.ui.units import time_text


def now_sentence(record: RunRecord) -> str:
    """What the worker is doing, and since when: "Scoring units: 40 of 100 answers given, for 12 s"; "" if unknown."""
    if not record.at_work or record.ended is not None or record.phase is None or record.phase_began is None:
        return ""
    lasted = time_text(max(0.0, time.time() - record.phase_began))
    return tr("{phase}, for {time}", phase=phase_text(record.phase), time=lasted)


def before_first_step(record: RunRecord) -> str:
    """What happens before the first step and what is still to come; "" once there is a step, or without a worker."""
    if not record.at_work or record.last_step is not None or record.ended is not None:
        return ""
    sentence = now_sentence(record)
    phase = record.phase.phase if record.phase is not None else None
    coming = []
    if record.ready is None and phase != "tokenising":
        coming.append(tr("the rows are tokenised"))
    if record.ready is None and phase != "loading":
        coming.append(tr("the weights are loaded"))
    if record.probed is None and phase != "probing":
        coming.append(tr("the memory is measured"))
    if not record.evaluations and phase != "evaluating":
        coming.append(tr("the held-out rows are scored"))
    coming.append(tr("training begins") if phase != "training" else tr("the first step ends"))
    then = tr("Then {coming}.", coming=listed(coming))
    now = tr("Now: {sentence}.", sentence=sentence) if sentence else tr("The worker is starting.")
    return f"{now}\n{then}"
