"""The memory of a run, as it was planned and as it was measured."""

from __future__ import annotations

from studio.core.run.events import PlanMeasured
from studio.core.run.run_db import RunReader


def measurements(reader: RunReader) -> list[PlanMeasured]:
    """What was measured since the newest probe, oldest first: a later plan has learned from that probe."""
    events = [stored.event for stored in reader.events(kinds=["PlanMeasured"])]
    measured = [event for event in events if isinstance(event, PlanMeasured)]
    probes = [place for place, event in enumerate(measured) if event.stage == "probe"]
    return measured[probes[-1] :] if probes else measured


def peaks(reader: RunReader) -> tuple[int | None, int | None]:
    """The peak as planned before the newest probe, and the highest measured since; bytes, None where none was."""
    measured = measurements(reader)
    if not measured:
        return None, None
    return measured[0].predicted_peak_bytes, max(event.measured_peak_bytes for event in measured)
