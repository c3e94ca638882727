"""The same fault has another number on Windows, and is reported as the same."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from studio.core.os_errors import error_in, is_folder, is_full, is_out_of_memory


class WindowsError(OSError):
    """As Python makes one on Windows: with the system's own number beside C's."""

    def __init__(self, number: int, winerror: int) -> None:
        super().__init__(number, "in the user's language")
        self.winerror = winerror


@pytest.mark.parametrize("number", [39, 112, 1295])
def test_that_a_full_disk_is_known_by_each_of_windows_numbers(number: int) -> None:
    assert is_full(WindowsError(errno.EINVAL, number))
    told = error_in(f"Error while serializing: I/O error: Zu wenig Speicherplatz. (os error {number})", on_windows=True)
    assert is_full(told)
    assert "No space left on device (Error while" in str(told)


def test_that_a_full_disk_is_known_on_posix_where_windows_numbers_mean_something_else() -> None:
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert is_full(error_in("I/O error: No space left on device (os error 28)", on_windows=False))
    assert error_in("I/O error: Read-only file system (os error 30)", on_windows=False).errno == errno.EROFS
    assert not is_full(error_in("I/O error (os error 112)", on_windows=False))
    assert not is_full(error_in("I/O error: Out of paper (os error 28)", on_windows=True))


def test_that_another_fault_is_neither_a_full_disk_nor_lacking_memory() -> None:
    for error in (
        WindowsError(errno.EACCES, 5),
        error_in("Access is denied. (os error 5)", True),
        error_in("no number"),
    ):
        assert not is_full(error)
        assert not is_out_of_memory(error)
    assert error_in("no number").errno == errno.EIO


def test_that_a_paging_file_that_is_too_small_is_memory_that_ran_out() -> None:
    assert is_out_of_memory(WindowsError(errno.EINVAL, 1455))
    assert is_out_of_memory(error_in("The paging file is too small. (os error 1455)", on_windows=True))
    assert is_out_of_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))


def test_that_a_folder_that_was_opened_is_distinguished_from_a_locked_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path, expected in ((tmp_path, True), (file, False)):
        assert is_folder(PermissionError(errno.EACCES, "Permission denied"), path) is expected
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one it is differs between systems
        tmp_path.read_bytes()
    assert is_folder(caught.value, tmp_path)
