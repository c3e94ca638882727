"""What leaves a window of another language, a report of a bug or of a run, is in English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.problem import Problem
from studio.core.run.run_folder import RunFolder
from studio.core.words import speak_through, tr
from studio.report import page
from studio.ui.notices import Notice
from studio.ui.runs.report_writer import ReportWriter


@pytest.fixture
def in_another_language() -> Iterator[None]:
    speak_through(lambda source, about, n: f"«{source}»")
    yield
    speak_through(None)


def test_that_a_bugs_report_is_in_english(in_another_language: None) -> None:
    problem = Problem("data.jsonl", tr("it has {n} rows.", n=3), tr("Add some."))
    notice = Notice.of(problem)
    assert (notice.what, notice.remedy) == ("«it has 3 rows.»", "«Add some.»")
    assert notice.report().splitlines()[:3] == ["What: It has 3 rows.", "Where: data.jsonl", "Remedy: Add some."]


def test_that_a_runs_report_is_written_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_another_language: None
) -> None:
    written: list[str] = []

    def write(folder: RunFolder) -> Path:
        written.append(tr("Memory"))
        return folder.path

    monkeypatch.setattr(page, "write_report", write)
    writer = ReportWriter()
    writer.write(RunFolder(tmp_path))
    writer.finish()
    assert written == ["Memory"]
    assert tr("Memory") == "«Memory»"
