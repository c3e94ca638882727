"""What a Linux without Qt's system libraries is told to install, and where a display is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from launcher import qt_libraries
from launcher.environment import Environment
from launcher.machine import has_display
from launcher.problem import LaunchError
from launcher.qt_libraries import missing_library

from tests.packaging.facts import LINUX, MAC, WINDOWS


class Bare(Environment):
    """The environment that runs these tests, in the place of the project's."""

    python = Path(sys.executable)  # type: ignore[assignment]


@pytest.mark.parametrize(
    "error",
    [
        "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory",
        "OSError: libEGL.so.1: cannot open shared object file: No such file or directory",
    ],
)
def test_that_the_missing_library_is_read(error: str) -> None:
    assert missing_library(error) == "libEGL.so.1"
    assert missing_library("ModuleNotFoundError: No module named 'PySide6'") is None


@pytest.mark.parametrize(
    ("installer", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 "),
        ("dnf", "sudo dnf install -y libglvnd-egl "),
        ("pacman", "sudo pacman -S --needed libglvnd "),
    ],
)
def test_that_one_command_installs_what_qt_needs(
    installer: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qt_libraries, "PROGRAM", "import ctypes; ctypes.CDLL('libodd.so.3')")
    monkeypatch.setattr(qt_libraries.shutil, "which", lambda name: name if name == installer else None)
    with pytest.raises(LaunchError, match=r"libodd\.so\.3") as caught:
        qt_libraries.check(Bare(tmp_path), LINUX, ())
    assert line in caught.value.remedy
    assert caught.value.remedy.count("sudo") == 1


def test_that_an_unknown_system_is_given_all_three_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_libraries, "PROGRAM", "raise ImportError('x.so: cannot open shared object file')")
    monkeypatch.setattr(qt_libraries.shutil, "which", lambda name: None)
    with pytest.raises(LaunchError) as caught:
        qt_libraries.check(Bare(tmp_path), LINUX, ())
    assert caught.value.remedy.count("sudo") == 3


def test_that_a_qt_broken_in_another_way_is_a_problem_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_libraries, "PROGRAM", "import no_such_module")
    with pytest.raises(LaunchError, match=r"No module named .*Delete \.venv"):
        qt_libraries.check(Bare(tmp_path), LINUX, ())


def test_that_a_platform_plugin_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    qt_libraries.check(Bare(tmp_path), LINUX, ("offscreen",))
    with pytest.raises(LaunchError, match=r"libqnone\.so"):
        qt_libraries.check(Bare(tmp_path), LINUX, ("none",))


def test_that_only_linux_is_checked(tmp_path: Path) -> None:
    for machine in (WINDOWS, MAC):
        qt_libraries.check(Environment(tmp_path / "none"), machine, ("xcb",))


@pytest.mark.parametrize(
    ("system", "environ", "shown"),
    [
        ("Linux", {}, False),
        ("Linux", {"DISPLAY": ":0"}, True),
        ("Linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("Linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ("Linux", {"DISPLAY": ""}, False),
        ("Windows", {}, True),
        ("Darwin", {}, True),
    ],
)
def test_that_a_display_is_known(system: str, environ: dict[str, str], shown: bool) -> None:
    assert has_display(system, environ) == shown
