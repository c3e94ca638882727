"""The verbs of the command line; without one, the window. DESIGN.md section 5 is their contract."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 done, 1 our fault, 2 the user can fix it, 3 does not fit in memory."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        if _has_no_display(os.environ):
            sys.stderr.write(
                "display: none is here to open the window on.\n"
                "  Remedy: `mixlora-studio --help` lists what can be done without a window; `demo` shows it all.\n"
            )
            return 2
        # Before anything is imported: the window's first paint must not wait for the verbs.
        import runpy

        sys.argv[1:] = []
        runpy.run_module("studio.ui", run_name="__main__", alter_sys=True)
        return 0
    from studio.cli.app import run_verb

    return run_verb(given)


def _has_no_display(environ: Mapping[str, str]) -> bool:
    """Whether Qt would abort the process: it looks for X11 or Wayland, unless it is told another platform."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform.startswith(("linux", "freebsd")) and not any(environ.get(name) for name in named)
