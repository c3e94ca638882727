"""Processes that a test waits for."""

from __future__ import annotations

import psutil


def is_gone(pid: int) -> bool:
    """Whether a process has ended; it may do so between any two questions about it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
