"""Standard output reserved for answers: what libraries print goes to standard error meanwhile."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from studio.core.process.text_streams import write_utf8

STDOUT, STDERR = 1, 2


@contextmanager
def answers_only() -> Iterator[TextIO]:
    """Give the real standard output to the caller alone, also against what writes to descriptor 1 directly.

    It carries UTF-8 where no console reads it; afterwards everything is as before. Where Python's sys.stdout is not a
    descriptor (a test that captures it), only Python's own printing is redirected.
    """
    printed = sys.stdout
    write_utf8(printed)
    printed.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    sys.stdout = sys.stderr
    try:
        if _descriptor(printed) == STDOUT:
            # The with ends before `kept` is put back, so it must not close it.
            encoding = printed.encoding or "utf-8"
            with open(kept, "w", encoding=encoding, errors="replace", newline="\n", closefd=False) as answers:
                yield answers
        else:
            yield printed
    finally:
        sys.stdout = printed
        os.dup2(kept, STDOUT)
        os.close(kept)


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
