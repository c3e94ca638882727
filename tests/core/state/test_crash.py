"""What a worker's crash writes is caught, whatever an earlier worker of the run left behind."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.state.crash import crash_caught, crash_file

GONE = 2**31 - 2  # above every pid that there is


@pytest.fixture(autouse=True)
def faults_go_where_they_went() -> Iterator[None]:
    enabled = faulthandler.is_enabled()
    yield
    if enabled:
        faulthandler.enable()


def test_that_an_earlier_report_that_somebody_has_open_keeps_no_later_one_from_being_written(
    studio_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = crash_file("a-run", GONE)
    earlier.parent.mkdir(parents=True)
    earlier.write_text("of before", encoding="utf-8")
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == earlier:
            raise PermissionError(13, "The process cannot access the file", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with crash_caught("a-run", os.getpid()):
        assert crash_file("a-run", os.getpid()).is_file()
    said = capsys.readouterr().out
    assert "an earlier worker's crash report cannot be deleted" in said
    assert "could not be reported" not in said
