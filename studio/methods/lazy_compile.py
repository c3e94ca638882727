"""Imports bitsandbytes, which PEFT does anyway, without importing torch's compiler before it is called.

bitsandbytes wraps some of its processor kernels in torch.compile, and merely wrapping them imports the whole compiler:
a quarter of the time that a worker takes to start, for kernels that only quantised models on a CPU call.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import torch


def import_bitsandbytes() -> None:
    """Import bitsandbytes if it can be imported; its kernels are compiled when they are first called."""
    real = torch.compile
    torch.compile = functools.partial(_later, real)
    try:
        # Without it PEFT works too, and whoever needs it reports what is wrong with it.
        with contextlib.suppress(ImportError):
            import bitsandbytes  # noqa: F401
    finally:
        torch.compile = real


def _later(real: Callable[..., Any], function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    compiled = functools.cache(lambda: real(function, **options))

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        return compiled()(*arguments, **named)

    return call
