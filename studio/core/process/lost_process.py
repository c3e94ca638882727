"""The error of a process that waited for another one of its run, which was lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from studio.core.error_text import first_line
from studio.core.out_of_memory import is_out_of_memory
from studio.core.state.pulse import waiting


class ProcessLostError(RuntimeError):
    """Another of the processes that train together has gone; what they computed together is not to be had any more."""


@contextmanager
def meeting() -> Iterator[None]:
    """Around a call in which all processes take part: raises ProcessLostError where it breaks off."""
    try:
        with waiting():
            yield
    except RuntimeError as error:
        if is_out_of_memory(error) or isinstance(error, ProcessLostError):
            raise
        raise ProcessLostError(first_line(error)) from None
