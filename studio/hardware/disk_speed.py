"""How fast a drive takes bytes, measured with a small file that is deleted again."""

from __future__ import annotations

import os
import tempfile
import time
from functools import lru_cache
from pathlib import Path

BLOCK = 2**22  # bytes written at once
MOST = 2**26  # bytes written at most
LONGEST = 0.3  # seconds after which no further block is begun


@lru_cache(maxsize=16)
def disk_speed(folder: Path) -> float | None:
    """Bytes a second that the drive of an existing `folder` takes, flushed; None where nothing can be written there.

    Measured once for each folder, in about a third of a second.
    """
    block = os.urandom(BLOCK)  # a drive that packs or skips zeros would look faster than it is
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            begun, written = time.perf_counter(), 0
            while written < MOST and time.perf_counter() - begun < LONGEST:
                written += file.write(block)
            file.flush()
            os.fsync(file.fileno())
            return written / (time.perf_counter() - begun)
    except OSError:
        return None
