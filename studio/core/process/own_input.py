"""Standard input for the one thread that waits at it, and scripts that end when it does.

Windows lets nobody ask anything of a pipe while a thread waits to read from it, not even what kind of file it is, and
libraries ask that of standard input while they are loaded. Such an import waits as long as the thread does, for ever
where nothing more is sent (numpy's issue 24290, CPython's 78961). Under Wine the thread's read fails instead (error
997), and what is sent next is lost.

`python -P own_input.py SCRIPT ARGUMENTS`, run by its path, runs a script that ends when its input does, and not later
than whoever started it. It imports nothing of this package: some scripts show what happens without it.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

STDIN = 0


def taken_input() -> int:
    """Move standard input to a descriptor that only the caller knows, which is returned, and leave an empty one.

    Nothing else can read from it then, or ask what it is: no library, and no process that this one starts.
    """
    taken = os.dup(STDIN)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, STDIN)
    os.close(empty)
    return taken


def main(arguments: list[str]) -> None:
    threading.Thread(target=_leave_at_end, args=(taken_input(),), daemon=True).start()
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")


def _leave_at_end(descriptor: int) -> None:
    """End at once when the input ends: whoever wanted the script's work is gone."""
    while os.read(descriptor, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
