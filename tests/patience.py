"""How long the suite waits for what comes when the machine gets to it: one number, far beyond what a slow one needs.

What is waited for decides whether a test passes, not how fast it came, but for a promise with a wide margin. What must
be fast is measured in tests/bench. STUDIO_TEST_PATIENCE, in seconds, is for machines that are slower still, such as a
Windows Python under Wine; pytest's --timeout must then be longer, too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

from studio.core.run.run_folder import RunFolder

Thing = TypeVar("Thing")
# Seconds, below pytest's own limit for a test, so that it is said what never came.
PATIENCE = float(os.environ.get("STUDIO_TEST_PATIENCE") or 300)


def wait_until(true: Callable[[], Thing], *workers: RunFolder, patience: float = PATIENCE) -> Thing:
    """Return what `true` gives as soon as it is true; where it never is, show the logs of these runs' workers."""
    until = time.monotonic() + patience
    while not (found := true()):
        if time.monotonic() > until:
            logs = [run.log.read_text(encoding="utf-8")[-3000:] for run in workers if run.log.exists()]
            raise AssertionError("\n".join((f"It did not come within {patience:.0f} s.", *logs)))
        time.sleep(0.02)
    return found
