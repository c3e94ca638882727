"""What Qt needs from a Linux system that its own package does not bring: libraries, and a font."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from launcher.command import ask
from launcher.environment import Environment
from launcher.machine import Machine
from launcher.problem import LaunchError
from launcher.system_packages import obtain

MODULES = ("QtWidgets", "QtSvg", "QtOpenGLWidgets", "QtTest", "QtNetwork")
# An installed library can want another one that was not looked at while it was missing itself.
ROUNDS = 3


def provide(environment: Environment, machine: Machine, platforms: tuple[str, ...], what_for: str) -> None:
    """See that Qt can load with these platform plugins ("offscreen", "xcb", "wayland"), on Linux.

    Installs what is missing where that is allowed; raises LaunchError with the line that does otherwise.
    """
    if machine.system != "Linux":
        return
    for _ in range(ROUNDS):
        missing = missing_for(environment, platforms)
        if not missing:
            return
        obtain(missing, what_for, machine.may_install)
    raise LaunchError(
        f"{what_for} on this system",
        f"Still missing: {', '.join(missing)}.",
        "Install what holds them, and start again.",
    )


def missing_for(environment: Environment, platforms: tuple[str, ...]) -> list[str]:
    """The names of what is missing, sorted; empty when Qt can load and draw text."""
    found = list(environment.folder.glob("lib*/python*/site-packages/PySide6"))
    if not found:
        return []
    package = found[0]
    files = [package / f"{module}.abi3.so" for module in MODULES]
    files += [package / "Qt" / "plugins" / "platforms" / f"libq{platform}.so" for platform in platforms]
    files = [file for file in files if file.exists()]
    if shutil.which("ldd"):
        answer = ask(["ldd", *map(str, files)])
        missing = missing_in_ldd(answer.stdout)
    else:
        answer = ask([str(environment.python), "-c", "import PySide6.QtWidgets"])
        missing = missing_in_import_error(answer.stderr)
    return sorted(missing if has_font() else missing | {"a font"})


def missing_in_ldd(text: str) -> set[str]:
    """The libraries that ldd could not find."""
    return set(re.findall(r"^\s*(\S+) => not found", text, re.MULTILINE))


def missing_in_import_error(text: str) -> set[str]:
    """The one library that the dynamic loader names when an import fails."""
    return set(re.findall(r"ImportError: (\S+\.so[.\d]*): cannot open shared object file", text))


def has_font() -> bool:
    """Whether any font file is where fontconfig looks; without one Qt draws no text at all."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", f"{data}/fonts", "~/.fonts")
    endings = (".ttf", ".otf", ".ttc", ".pfb")
    return any(
        name.lower().endswith(endings)
        for folder in folders
        for _, _, names in os.walk(Path(folder).expanduser())
        for name in names
    )
