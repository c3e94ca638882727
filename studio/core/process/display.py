"""Whether there is a display to open a window on; asked before Qt, which would abort the process."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from studio.core.problem import Problem


def missing_display(environ: Mapping[str, str], system: str = sys.platform) -> Problem | None:
    """The Problem of a Linux or BSD with neither X11 nor Wayland, unless Qt is told another platform; else None."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not system.startswith(("linux", "freebsd")) or any(environ.get(name) for name in named):
        return None
    return Problem(
        "display",
        "there is none to open the window on.",
        "`mixlora-studio --help` lists what can be done without a window; `demo` shows it all.",
    )
