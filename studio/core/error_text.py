"""Other programs' errors in one line: the system's reason, or the first line of a library's message."""

from __future__ import annotations


def system_reason(error: OSError) -> str:
    """The system's own words, such as "No space left on device", without the number and the path."""
    return error.strerror or str(error)


def first_line(error: object, otherwise: str = "") -> str:
    """The first line of an error or a text without its full stop; where empty, `otherwise` or the error's class."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else otherwise or type(error).__name__
