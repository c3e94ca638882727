"""What the window tells Windows, and how a start without a console reports its failure."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.problem import ProblemError
from studio.core.process.display import missing_display
from studio.ui import __main__ as start
from studio.ui import desktop, on_windows
from studio.ui.app import make_application

ROOT = Path(__file__).resolve().parents[2]


def without_console(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    """Let the window be started with these arguments as pythonw does it; gives the message boxes that are shown."""
    found: list[str] = []
    user32 = SimpleNamespace(MessageBoxW=lambda owner, words, title, kind: found.append(words))
    monkeypatch.setattr(on_windows, "_library", lambda name: {"user32": user32}[name])
    monkeypatch.setattr(sys, "argv", ["mixlora-studio-window", *arguments])
    monkeypatch.setattr(sys, "stderr", None)
    return found


def test_that_the_window_has_a_taskbar_button_of_its_own_before_it_is_made(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str] = []

    def name(identifier: str) -> int:
        assert not qapp.topLevelWindows()
        named.append(identifier)
        return 0

    shell32 = SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=name)
    monkeypatch.setattr(on_windows, "_library", lambda name: {"shell32": shell32}[name])
    make_application(["tests"])
    (identifier,) = named
    assert len(identifier) <= 128
    assert " " not in identifier


def test_that_a_taskbar_that_refuses_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shell32 = SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=lambda identifier: -2147024809)
    monkeypatch.setattr(on_windows, "_library", lambda name: shell32)
    on_windows.take_own_taskbar_button()
    assert "shows Python's icon: error 0x80070057" in caplog.text


def test_that_there_is_a_command_that_opens_the_window_without_a_console() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = scripts["gui-scripts"]["mixlora-studio-window"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert "mixlora-studio" in scripts["scripts"]


def test_that_wrong_arguments_are_shown_where_there_is_no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = without_console(monkeypatch, "--theme", "pink")
    with pytest.raises(SystemExit) as left:
        start.main()
    assert left.value.code == 2
    assert "invalid choice: 'pink'" in shown[0]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ProblemError.at("runs", "they are gone.", "Look for them."), "they are gone."),
        (RuntimeError("the planets are wrong"), "RuntimeError: the planets are wrong"),
    ],
)
def test_that_a_window_that_cannot_open_says_why_where_there_is_no_console(
    fault: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> int:
        raise fault

    monkeypatch.setattr("studio.ui.app.run_window", fail)
    shown = without_console(monkeypatch)
    if isinstance(fault, ProblemError):
        assert start.main() == 2
    else:
        with pytest.raises(RuntimeError):
            start.main()
    assert words in shown[0]


def test_that_only_a_linux_without_a_display_is_reported_to_have_none() -> None:
    assert missing_display({}, "linux") is not None
    for environ, system in (({"WAYLAND_DISPLAY": "w"}, "linux"), ({}, "win32"), ({}, "darwin")):
        assert missing_display(environ, system) is None


def test_that_another_program_gets_the_real_path_of_what_python_from_the_store_sees_elsewhere(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    owner = QObject()
    (tmp_path / "a run").mkdir()
    monkeypatch.setattr(desktop.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) is None)
    monkeypatch.setattr(desktop.os.path, "realpath", lambda path: f"{Path(path).parent}/LocalCache/{Path(path).name}")
    for system in ("win32", "linux"):
        monkeypatch.setattr(desktop.sys, "platform", system)
        told: list[bool] = []
        desktop.open_on_desktop(owner, tmp_path / "a run", told.append)
        qtbot.waitUntil(lambda told=told: told == [True])
    assert [Path(each) for each in opened] == [tmp_path / "LocalCache" / "a run", tmp_path / "a run"]
