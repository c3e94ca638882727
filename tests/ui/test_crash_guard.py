from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, qCritical, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.ui import crash_guard
from studio.ui.app import crash_notice
from studio.ui.crash_guard import CrashGuard
from studio.ui.window import MainWindow
from tests.patience import PATIENCE


def raised() -> tuple[type[BaseException], BaseException]:
    try:
        raise RuntimeError("a fault in a slot")
    except RuntimeError as error:
        return type(error), error


@pytest.mark.qt_no_exception_capture
def test_that_uncaught_faults_are_logged_and_reported_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    guard = CrashGuard(tmp_path, lambda what, details: told.append(what))
    assert guard.install() == ""
    kind, error = raised()
    for _ in range(3):
        sys.excepthook(kind, error, error.__traceback__)
    qWarning("a warning of Qt")
    qCritical("a grave message of Qt")
    guard.remove()
    log = guard.file.read_text(encoding="utf-8")
    assert log.count("a fault in a slot") >= 3
    assert "test_crash_guard.py" in log
    assert "a warning of Qt" in log
    assert told == [
        "Something in the window failed: RuntimeError: a fault in a slot",
        "Qt reports: a grave message of Qt",
    ]
    assert "a fault in a slot" in capsys.readouterr().err


@pytest.mark.qt_no_exception_capture
def test_that_a_full_log_that_another_window_has_open_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "The process cannot access the file", source)

    monkeypatch.setattr(crash_guard, "LOG_BYTES", 100)
    for rename in ("replace", "rename"):
        monkeypatch.setattr(crash_guard.os, rename, refuse)
    guard = CrashGuard(tmp_path, lambda what, details: None)
    guard.install()
    for number in range(5):
        crash_guard.log.warning("the message %d is long enough to fill the log", number)
    guard.remove()
    text = guard.file.read_text(encoding="utf-8")
    assert all(f"the message {number} is" in text for number in range(5))
    assert capsys.readouterr().err == ""


def test_that_a_hard_crash_is_reported_at_the_next_start(tmp_path: Path) -> None:
    script = f"""
import faulthandler, os
from pathlib import Path
from studio.ui.crash_guard import CrashGuard
CrashGuard(Path({str(tmp_path)!r}), print).install()
os.abort()
"""
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=PATIENCE)
    guard = CrashGuard(tmp_path, lambda what, details: None)
    assert "Aborted" in guard.install()
    guard.remove()
    again = CrashGuard(tmp_path, lambda what, details: None)
    assert again.install() == ""
    again.remove()


def test_that_a_window_killed_by_a_fault_is_reported_at_the_next_start_in_a_report_without_private_things(
    tmp_path: Path, qtbot: QtBot, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home of somebody"
    (home / "logs").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    script = f"""
import faulthandler
from pathlib import Path
from studio.ui.crash_guard import CrashGuard
def a_fault_in_the_window():
    faulthandler._sigsegv()
CrashGuard(Path({str(home / "logs")!r}), print).install()
exec(compile("a_fault_in_the_window()", {str(home / "hf_abcdefghijklmnopqrstuvwx.py")!r}, "exec"))
"""
    subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=PATIENCE)
    guard = CrashGuard(home / "logs", lambda what, details: None)
    crashed = guard.install()
    guard.remove()
    assert "Segmentation fault" in crashed or "access violation" in crashed
    assert "a_fault_in_the_window" in crashed, "it says where"
    window = open_window()
    window.tell(crash_notice(crashed))
    qtbot.mouseClick(window.findChild(QPushButton, "copy_report"), Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert "The window crashed last time." in report
    assert "a_fault_in_the_window" in report
    assert str(home) not in report
    assert "abcdefghijklmnopqrstuvwx" not in report


def test_that_an_open_windows_crash_file_is_left_alone_and_a_dead_ones_is_reported_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        file = tmp_path / f"window-crash-{other.pid}.txt"
        file.write_text("Fatal Python error: Aborted", encoding="utf-8")
        guard = CrashGuard(tmp_path, lambda what, details: None)
        assert guard.install() == ""
        guard.remove()
        assert file.is_file()
        other.kill()
    guard = CrashGuard(tmp_path, lambda what, details: None)
    assert guard.install() == "Fatal Python error: Aborted"
    guard.remove()
    assert not list(tmp_path.glob("window-crash-*"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_that_a_threads_fault_is_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("a fault in a thread")

    guard = CrashGuard(tmp_path, lambda what, details: None)
    guard.install()
    thread = threading.Thread(target=fail, name="planner")
    thread.start()
    thread.join()
    guard.remove()
    assert "in thread planner" in guard.file.read_text(encoding="utf-8")
    assert "a fault in a thread" in capsys.readouterr().err
