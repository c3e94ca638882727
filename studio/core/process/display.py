"""Whether there is a display for a window; checked before Qt, which would abort the process."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from studio.core.problem import Problem
from studio.core.words import tr


def missing_display(environ: Mapping[str, str], system: str = sys.platform) -> Problem | None:
    """The Problem of a Linux or BSD with neither X11 nor Wayland, unless Qt is set to another platform; else None."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not system.startswith(("linux", "freebsd")) or any(environ.get(name) for name in named):
        return None
    return Problem(
        "display",
        tr("there is no display for the window."),
        tr("`mixlora-studio --help` lists what works without a window; `demo` shows all of it."),
    )
