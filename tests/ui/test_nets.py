from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import qCritical, qWarning

from studio.ui.nets import Nets


def raised() -> tuple[type[BaseException], BaseException]:
    try:
        raise RuntimeError("a fault in a slot")
    except RuntimeError as error:
        return type(error), error


@pytest.mark.qt_no_exception_capture
def test_that_uncaught_faults_are_logged_and_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    nets = Nets(tmp_path, lambda what, details: told.append(what))
    assert nets.spread() == ""
    kind, error = raised()
    for _ in range(3):
        sys.excepthook(kind, error, error.__traceback__)
    qWarning("a warning of Qt")
    qCritical("a grave message of Qt")
    nets.lift()
    log = nets.file.read_text(encoding="utf-8")
    assert log.count("a fault in a slot") >= 3
    assert "test_nets.py" in log
    assert "a warning of Qt" in log
    assert told == [
        "Something in the window failed: RuntimeError: a fault in a slot",
        "Qt reports: a grave message of Qt",
    ]
    assert "a fault in a slot" in capsys.readouterr().err


def test_that_a_hard_crash_is_told_at_the_next_start(tmp_path: Path) -> None:
    script = f"""
import faulthandler, os
from pathlib import Path
from studio.ui.nets import Nets
Nets(Path({str(tmp_path)!r}), print).spread()
os.abort()
"""
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    nets = Nets(tmp_path, lambda what, details: None)
    assert "Aborted" in nets.spread()
    nets.lift()
    again = Nets(tmp_path, lambda what, details: None)
    assert again.spread() == ""
    again.lift()
