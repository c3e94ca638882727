"""Fuzz what opens a stranger's files with thousands of new cases: `python -m tests.bench.fuzz [CASES]` (2,000 each)."""

from __future__ import annotations

import os
import subprocess
import sys
import time

ROOMS = ("recipes", "run_databases", "checkpoint_folders", "adapters")


def main() -> int:
    cases = sys.argv[1] if len(sys.argv) > 1 else "2000"
    failed = 0
    for room in ROOMS:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"tests/fuzz/test_{room}.py", "-q", "--timeout=0"],
            env={**os.environ, "STUDIO_FUZZ_CASES": cases},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        failed += done.returncode != 0
        if done.returncode:
            print(done.stdout[-8000:])
        how = "sound" if done.returncode == 0 else "FAILED"
        print(f"{room}: {cases} cases, {how}, {time.perf_counter() - began:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
