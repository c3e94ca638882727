"""What a worker's crash writes is caught, whatever an earlier worker of the run left behind."""

from __future__ import annotations

import faulthandler
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder
from studio.core.state.crash import crash_caught, crash_file
from studio.core.state.worker_start import WorkerStart, death_sentence

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


def test_that_a_worker_s_crash_is_found_although_its_starter_knows_the_number_of_another_process(
    tmp_path: Path,
) -> None:
    # So it is in a virtual environment on Windows, where python.exe starts the real interpreter.
    started = WorkerStart(pid=GONE, host=platform.node(), at=time.time(), after=0, log_at=0)
    of_before, of_another = crash_file("a-run", GONE - 2), crash_file("a-run-2", GONE - 3)
    report = crash_file("a-run", GONE - 1)
    report.parent.mkdir(parents=True)
    for file, said in (
        (of_before, "Fatal Python error: Aborted"),
        (of_another, "Fatal Python error: Bus error"),
        (report, "Windows fatal exception: access violation"),
    ):
        file.write_text(f"{said}\n\nCurrent thread", encoding="utf-8")
    os.utime(of_before, (started.at - 60, started.at - 60))

    run = RunFolder(tmp_path / "a-run")
    said = death_sentence(run, started, "resuming begins again")
    assert "access violation" in said
    assert report.name in said
    report.unlink()
    assert "printed nothing" in death_sentence(run, started, "resuming begins again")

    renamed = crash_file("a-run [best]", GONE)
    renamed.write_text("Fatal Python error: Aborted", encoding="utf-8")
    assert "Aborted" in death_sentence(RunFolder(tmp_path / "a-run [best]"), started, "resuming begins again")

    with crash_caught("a-run", os.getpid()):
        assert not of_before.exists(), "a worker deletes the reports of its run's earlier ones"
        assert of_another.exists(), "and no other run's"
