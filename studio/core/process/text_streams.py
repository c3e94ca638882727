"""Standard streams that carry every character, also into a program or a file."""

from __future__ import annotations

import os
import sys
from typing import Any

ENCODING = "PYTHONIOENCODING"
"""Python's own variable for the encoding of its standard streams; it overrides ours."""


def write_utf8(*streams: Any) -> None:
    """Have each of these text streams write UTF-8, and "?" for what it still cannot write.

    A console keeps its own encoding. Pipes and files would get Windows' ANSI code page before Python 3.15, which
    lacks many characters of people's paths, and line ends that a cluster's sbatch refuses in the job file that is
    printed for it. What is not a text stream (None under pythonw) is left alone.
    """
    for stream in streams:
        if not hasattr(stream, "reconfigure"):
            continue
        if _is_ours(stream):
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")
        else:
            stream.reconfigure(errors="replace")


def read_utf8() -> None:
    """Have standard input read UTF-8 unless it is a console; a byte order mark at its start is skipped."""
    if hasattr(sys.stdin, "reconfigure") and _is_ours(sys.stdin):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")


def _is_ours(stream: Any) -> bool:
    return not os.environ.get(ENCODING, "").partition(":")[0] and not stream.isatty()
