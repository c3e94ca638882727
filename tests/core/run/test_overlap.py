"""The warning of held-out rows that are trained on is known again when a run is opened later."""

from __future__ import annotations

from pathlib import Path

from studio.core.run.events import WarningRaised
from studio.core.run.overlap import overlap_text, tells_of_overlap
from tests.fake_run import FakeRun


def test_that_it_is_known_again_in_run_db_whatever_its_numbers_are(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        run.warn()
        for asked in (1, 2, 1234):
            run.write(WarningRaised(where="task sort", what=overlap_text(asked, 2000)))
        with run.folder.reader() as reader:
            found = [stored.event for stored in reader.events(kinds=["WarningRaised"])]
    warnings = [event for event in found if isinstance(event, WarningRaised)]
    assert [tells_of_overlap(event) for event in warnings] == [False, True, True, True]
    assert warnings[-1].what == (
        "1,234 of 2,000 held-out questions are also asked in training, so the score is too high."
    )
