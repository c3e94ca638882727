"""Which system packages a bare Linux is told to install, or gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from launcher import qt_needs, system_packages
from launcher.machine import has_display
from launcher.main import platforms_for
from launcher.problem import LaunchError
from launcher.qt_needs import missing_in_import_error, missing_in_ldd
from launcher.system_packages import PACKAGES, line_that_installs, obtain, packages_for

from tests.packaging.facts import LINUX, MAC, WINDOWS

LDD = """
/venv/PySide6/Qt/plugins/platforms/libqxcb.so:
\tlinux-vdso.so.1 (0x00007ffd0b3f2000)
\tlibxcb-cursor.so.0 => not found
\tlibxcb-icccm.so.4 => not found
\tlibxcb.so.1 => /lib/x86_64-linux-gnu/libxcb.so.1 (0x00007f5)
/venv/PySide6/QtWidgets.abi3.so:
\tlibEGL.so.1 => not found
\tlibxcb-icccm.so.4 => not found
"""
# The libraries that Qt's platform plugin is known to miss, and what Qt 6.11's own libraries name.
QT_WANTS = [
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-image.so.0",
    "libxcb-keysyms.so.1",
    "libxcb-randr.so.0",
    "libxcb-render-util.so.0",
    "libxcb-shape.so.0",
    "libxcb-xinerama.so.0",
    "libxkbcommon-x11.so.0",
    "libxkbcommon.so.0",
    "libxcb-xkb.so.1",
    "libxcb-util.so.1",
    "libX11-xcb.so.1",
    "libEGL.so.1",
    "libGL.so.1",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libglib-2.0.so.0",
    "libgthread-2.0.so.0",
    "libfreetype.so.6",
    "libwayland-client.so.0",
    "libzstd.so.1",
]


def test_that_the_libraries_which_ldd_misses_are_read() -> None:
    assert missing_in_ldd(LDD) == {"libxcb-cursor.so.0", "libxcb-icccm.so.4", "libEGL.so.1"}


def test_that_the_library_which_an_import_misses_is_read() -> None:
    text = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    assert missing_in_import_error(text) == {"libEGL.so.1"}


def test_that_every_library_qt_wants_has_a_package_on_each_system() -> None:
    for family in range(3):
        _, unknown = packages_for(QT_WANTS, family)
        assert unknown == []


def test_that_debian_packages_are_named_as_debian_names_them() -> None:
    packages, _ = packages_for(["libxcb-cursor.so.0", "libEGL.so.1", "libX11-xcb.so.1", "Xvfb"], 0)
    assert packages == ["libegl1", "libx11-xcb1", "libxcb-cursor0", "xvfb"]


@pytest.mark.parametrize(
    ("installer", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 libxcb-cursor0"),
        ("dnf", "sudo dnf install -y libglvnd-egl xcb-util-cursor"),
        ("pacman", "sudo pacman -S --needed libglvnd xcb-util-cursor"),
    ],
)
def test_that_one_line_installs_what_is_missing(installer: str, line: str) -> None:
    assert line_that_installs(["libxcb-cursor.so.0", "libEGL.so.1"], installer) == line


def test_that_an_unknown_system_is_given_all_three_lines() -> None:
    assert line_that_installs(["libEGL.so.1"], None).count("sudo") == len(system_packages.INSTALLERS)


def test_that_a_library_of_no_known_package_is_still_named() -> None:
    assert "libodd.so.3" in line_that_installs(["libodd.so.3"], "apt-get")


def test_that_nothing_is_installed_without_the_right_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "installer_here", lambda: "apt-get")
    monkeypatch.setattr(system_packages, "install", lambda packages: pytest.fail("it installed"))
    with pytest.raises(LaunchError, match="sudo apt-get install -y libegl1"):
        obtain(["libEGL.so.1"], "the window", may_install=False)


def test_that_what_is_missing_is_installed_where_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(system_packages, "install", asked.append)
    obtain(["libEGL.so.1"], "the window", may_install=True)
    assert asked == [["libegl1"]]
    assert "Missing for the window: libEGL.so.1. Installing libegl1." in capfd.readouterr().out


def test_that_only_linux_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_needs, "missing_for", lambda *_: pytest.fail("it looked"))
    for machine in (WINDOWS, MAC):
        qt_needs.provide(None, machine, ("xcb",), "the window")  # type: ignore[arg-type]


def test_that_libraries_which_stay_missing_end_in_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_needs, "missing_for", lambda *_: ["libEGL.so.1"])
    monkeypatch.setattr(qt_needs, "obtain", lambda *_: None)
    with pytest.raises(LaunchError, match=r"Still missing: libEGL\.so\.1"):
        qt_needs.provide(None, replace(LINUX, may_install=True), ("xcb",), "the window")  # type: ignore[arg-type]


def test_that_every_row_of_packages_names_three_systems() -> None:
    assert {len(row) for row in PACKAGES.values()} == {len(system_packages.INSTALLERS)}


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


def test_that_the_platform_plugin_is_the_one_qt_will_take() -> None:
    assert platforms_for(LINUX, ":0") == ("xcb",)
    assert platforms_for(LINUX, None) == ("wayland",)
    assert platforms_for(WINDOWS, None) == ()


def test_that_a_folder_without_qt_misses_nothing(tmp_path: Path) -> None:
    from launcher.environment import Environment

    assert qt_needs.missing_for(Environment(tmp_path), ("offscreen",)) == []
