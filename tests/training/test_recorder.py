"""What counts as a sign of life while a worker has nothing to record, and how its progress is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.run.events import PhaseStarted
from studio.core.run.run_db import RunReader, RunWriter
from studio.core.state.pulse import Beating, pulse_file
from studio.training import recorder
from studio.training.recorder import SECONDS_BETWEEN_PROGRESS, Recorder


def test_that_progress_is_written_every_other_second_and_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(recorder.time, "monotonic", lambda: clock[0])
    with RunWriter(tmp_path / "run.db") as writer:
        told = Recorder(writer)
        told.phase("evaluating", "Scoring units on 100 held-out rows")
        for done in range(100):
            clock[0] += SECONDS_BETWEEN_PROGRESS / 10
            told.progress("evaluating", f"Scoring units: {done} of 100", done, 100)
        told.progress("evaluating", "Scoring units: 100 of 100", 100, 100)
    with RunReader(tmp_path / "run.db") as reader:
        found = [stored.event for stored in reader.events() if isinstance(stored.event, PhaseStarted)]
    assert [each.done for each in found] == [None, *range(9, 100, 10), 100]
    assert {each.total for each in found[1:]} == {100}


def test_that_work_is_a_sign_of_life_from_the_start_while_torch_is_imported_and_in_phases_without_a_word(
    tmp_path: Path,
) -> None:
    beating = Beating(pulse_file(tmp_path))
    with RunWriter(tmp_path / "run.db") as writer:
        told = Recorder(writer, beating)
        counted = [beating.counts_work]
        for phase in ("loading", "tokenising", "training", "saving"):
            told.phase(phase)
            counted.append(beating.counts_work)
    assert counted == [True, True, True, False, True]
