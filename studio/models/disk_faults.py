"""A full or broken disk under safetensors, told like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from safetensors import SafetensorError

from studio.core.os_errors import error_in


@contextmanager
def disk_faults() -> Iterator[None]:
    """Turn safetensors' own error for a full or broken disk into the OSError behind it."""
    try:
        yield
    except SafetensorError as error:
        raise error_in(str(error)) from error
