"""The system libraries that Qt needs on Linux and that its own package does not contain."""

from __future__ import annotations

import re
import shutil

from launcher.environment import Environment
from launcher.machine import Machine
from launcher.problem import LaunchError

# One command for each family of systems; it names everything that Qt needs, since an import names one library only.
COMMANDS = {
    "apt-get": "sudo apt-get install -y libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon-x11-0"
    " libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0"
    " libxcb-xinerama0 libxcb-xkb1 libwayland-client0 libwayland-cursor0 libwayland-egl1 fonts-dejavu-core",
    "dnf": "sudo dnf install -y libglvnd-egl libglvnd-glx dbus-libs fontconfig glib2 libxkbcommon-x11 xcb-util-cursor"
    " xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil libwayland-client libwayland-cursor"
    " libwayland-egl dejavu-sans-fonts",
    "pacman": "sudo pacman -S --needed libglvnd dbus fontconfig glib2 libxkbcommon-x11 xcb-util-cursor xcb-util-wm"
    " xcb-util-image xcb-util-keysyms xcb-util-renderutil wayland ttf-dejavu",
}
PROGRAM = (
    "import ctypes, sys, PySide6.QtWidgets, PySide6.QtSvg, PySide6.QtOpenGLWidgets, PySide6.QtNetwork;"
    "[ctypes.CDLL(f'{PySide6.__path__[0]}/Qt/plugins/platforms/libq{name}.so') for name in sys.argv[1:]]"
)


def check(environment: Environment, machine: Machine, platforms: tuple[str, ...]) -> None:
    """Raise LaunchError with the command to run if Qt or one of its platform plugins ("xcb") cannot be loaded."""
    if machine.system != "Linux":
        return
    error = environment.why_not(PROGRAM, *platforms)
    if error is None:
        return
    library = missing_library(error)
    if library is None:
        remedy = "Delete .venv and start again."
        raise LaunchError(str(environment.folder), f"Qt cannot be loaded: {error}", remedy)
    commands = [line for program, line in COMMANDS.items() if shutil.which(program)] or list(COMMANDS.values())
    raise LaunchError(
        "Qt on this system",
        f"A system library is missing: {library}.",
        "Install what Qt needs and start again:\n        " + "\n        ".join(commands),
    )


def missing_library(error: str) -> str | None:
    """The library that the dynamic loader names when an import fails."""
    found = re.search(r"Error: (\S+\.so[.\d]*): cannot open shared object file", error)
    return found[1] if found else None
