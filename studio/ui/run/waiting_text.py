"""What the empty parts of a run's page say before its first step: what will appear there, and what happens now."""

from __future__ import annotations

import time

from studio.core.run.event_text import phase_text
from studio.core.run.run_record import RunRecord
from studio.core.units import about
from studio.core.words import listed, tr
from studio.ui.units import time_text, unbroken

SECONDS_OF_A_PACE = 3.0  # before which a few rows say nothing of the rest


def now_sentence(record: RunRecord) -> str:
    """What the worker is doing, and since when: "Scoring units: 40 of 100 answers given, for 12 s"; "" if unknown."""
    if not record.at_work or record.ended is not None or record.phase is None or record.phase_began is None:
        return ""
    lasted = time_text(max(0.0, time.time() - record.phase_began))
    if left := scoring_left(record):
        return tr("{phase}, for {time}, {left} left", phase=phase_text(record.phase), time=lasted, left=left)
    return tr("{phase}, for {time}", phase=phase_text(record.phase), time=lasted)


def scoring_left(record: RunRecord) -> str:
    """How long the scoring that is under way will still take at its pace: "about 3 min"; "" while that is unknown."""
    scoring, began = record.scoring, record.phase_began
    if scoring is None or began is None or record.phase is None or record.phase.phase != "evaluating":
        return ""
    done = sum(each.done for each in scoring.tasks.values())
    rows = sum(each.of for each in scoring.tasks.values())
    lasted = time.time() - began
    if lasted < SECONDS_OF_A_PACE or not 0 < done < rows:
        return ""
    return unbroken(about(lasted * (rows - done) / done, short=True))


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
