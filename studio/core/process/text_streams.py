"""Standard streams that carry every character, also where a program or a file reads them and no console does."""

from __future__ import annotations

import os
import sys
from typing import Any

ENCODING = "PYTHONIOENCODING"
"""The variable in which a person tells Python how its standard streams are to be encoded; it has the last word."""


def write_utf8(*streams: Any) -> None:
    """Have each of these text streams write UTF-8, and "?" for what it still cannot write.

    A console keeps its own encoding. Pipes and files would get Windows' ANSI code page before Python 3.15, which has
    no character for most of the paths that people print. What is no text stream (None under pythonw) stays as it is.
    """
    for stream in streams:
        if not hasattr(stream, "reconfigure"):
            continue
        if _is_ours(stream):
            stream.reconfigure(encoding="utf-8", errors="replace")
        else:
            stream.reconfigure(errors="replace")


def read_utf8() -> None:
    """Have standard input read UTF-8 where it is no console; a byte order mark at its start is left out."""
    if hasattr(sys.stdin, "reconfigure") and _is_ours(sys.stdin):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")


def _is_ours(stream: Any) -> bool:
    return not os.environ.get(ENCODING, "").partition(":")[0] and not stream.isatty()
