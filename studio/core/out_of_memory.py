"""Whether an error means that memory ran out, whoever raised it: Python, the system, torch or safetensors."""

from __future__ import annotations

from studio.core import os_errors
from studio.core.error_text import first_line
from studio.core.problem import Problem
from studio.core.words import tr

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on a card or in the machine; torch's errors are known by name."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"MemoryError", "OutOfMemoryError"}:
        return True
    if isinstance(error, OSError):
        return os_errors.is_out_of_memory(error)
    if "SafetensorError" in kinds:
        return os_errors.is_out_of_memory(os_errors.error_in(str(error)))
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


def trouble_of(error: BaseException) -> str:
    """The first line of an allocator's message, at most 160 characters."""
    first = first_line(error, tr("no details were given"))
    return first if len(first) <= 160 else f"{first[:157]}..."


def memory_problem(error: BaseException) -> Problem | None:
    """The Problem of memory that ran out; None for any other error."""
    if not is_out_of_memory(error):
        return None
    return Problem(
        "memory",
        tr("it ran out: {trouble}.", trouble=trouble_of(error)),
        tr("Close other programs, stop a run, or choose a smaller model or precision."),
    )
