"""What an operating system's error means: Windows and POSIX number the same fault differently."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

_NUMBER = re.compile(r"\b(?:os error |WinError )(\d+)")
_FULL = (39, 112, 1295)  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED
_NO_MEMORY = (8, 14, 1455)  # ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT (the paging file)
ON_WINDOWS = os.name == "nt"


def is_folder(error: OSError, path: Path) -> bool:
    """Whether `error` comes from opening the folder `path` as a file, which Windows refuses like a locked file."""
    return isinstance(error, IsADirectoryError) or (isinstance(error, PermissionError) and path.is_dir())


def is_full(error: OSError) -> bool:
    """Whether `error` says that the disk, or the user's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) in _FULL


def is_out_of_memory(error: OSError) -> bool:
    """Whether `error` says that the machine's memory ran out, as when a file of weights is mapped."""
    return error.errno == errno.ENOMEM or getattr(error, "winerror", None) in _NO_MEMORY


def error_in(text: str, on_windows: bool | None = None) -> OSError:
    """The system's error in a message: "... (os error 28)" of a library in Rust, "[WinError 1455] ..." of Python.

    The words are in the user's language, the number is the system's; without a number it is an I/O error.
    """
    found = _NUMBER.search(text)
    number = int(found[1]) if found else 0
    if ON_WINDOWS if on_windows is None else on_windows:
        meant = errno.ENOSPC if number in _FULL else errno.ENOMEM if number in _NO_MEMORY else errno.EIO
    else:
        meant = number or errno.EIO
    return OSError(meant, f"{os.strerror(meant)} ({text})")
