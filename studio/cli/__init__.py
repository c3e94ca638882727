"""The verbs of the command line; without one, the window. studio/README.md has their contract."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from studio.core.problem import EXIT_USER_CAN_FIX
from studio.core.process.display import missing_display


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 done, 1 our fault, 2 the user can fix it, 3 does not fit in memory."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        if missing := missing_display(os.environ):
            sys.stderr.write(f"{missing.where}: {missing.what}\n  Remedy: {missing.remedy}\n")
            return EXIT_USER_CAN_FIX
        # Before anything is imported: the window's first paint must not wait for the verbs.
        import runpy

        sys.argv[1:] = []
        runpy.run_module("studio.ui", run_name="__main__", alter_sys=True)
        return 0
    from studio.cli.app import run_verb

    return run_verb(given)
