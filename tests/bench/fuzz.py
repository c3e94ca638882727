"""Fuzz what opens a stranger's files with thousands of new cases: `python -m tests.bench.fuzz [CASES] [ROOM ...]`.

Without arguments 2,000 cases each; a dot is a hundred of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

ROOMS = ("recipes", "data_files", "checkpoint_folders", "adapters", "run_databases")


def main(arguments: list[str]) -> int:
    """Return 0 when every room is sound."""
    cases, rooms = (arguments[0] if arguments else "2000"), arguments[1:] or ROOMS
    failed = []
    for room in rooms:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"tests/fuzz/test_{room}.py", "-q", "--timeout=0"],
            env={**os.environ, "STUDIO_FUZZ_CASES": cases},
            check=False,
        )
        if done.returncode:
            failed.append(room)
        how = "FAILED" if done.returncode else "sound"
        print(f"{room}: {cases} cases, {how}, {time.perf_counter() - began:.0f} s", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
