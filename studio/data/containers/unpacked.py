"""A file's bytes, unpacked where it is compressed: gzip, bzip2, xz and Zstandard are known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.words import tr

MOST_BYTES = 16 * 2**30
"""What a compressed file may unpack to; others are as large as they look."""
HEAD = 4096
"""So many bytes of a file are enough to know what it is."""


class _Unpacking(io.RawIOBase):
    """Unpacked bytes; damage and a file that unpacks to far too much are Problems."""

    def __init__(self, path: Path, packing: str, source: Any) -> None:
        self._path, self._packing, self._source, self._size = path, packing, source, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self._source.read(len(buffer))
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise ProblemError.at(
                str(self._path),
                tr(
                    "its {packing} data is damaged or ends early ({error}).",
                    packing=self._packing,
                    error=first_line(error),
                ),
                tr("Download or compress it again."),
            ) from None
        self._size += len(found)
        if self._size > MOST_BYTES:
            raise ProblemError.at(
                str(self._path),
                tr("it unpacks to more than {most:.0f} GiB.", most=MOST_BYTES / 2**30),
                tr("Divide it into files."),
            )
        buffer[: len(found)] = found
        return len(found)


def _zstandard(file: IO[bytes]) -> Any:
    import pyarrow  # type: ignore[import-untyped]

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")


PACKINGS: dict[str, tuple[bytes, Callable[[IO[bytes]], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\0", lzma.LZMAFile),
    "Zstandard": (b"\x28\xb5\x2f\xfd", _zstandard),
}
"""The first bytes of each kind of compression, and what unpacks it."""


@contextmanager
def unpacked(path: Path) -> Iterator[Any]:
    """The bytes of `path`, unpacked, to be read once from the start; raises ProblemError where it cannot be opened."""
    with _opened(path) as file:
        head = file.peek(HEAD)[:HEAD]
        for name, (magic, unpack) in PACKINGS.items():
            if head.startswith(magic):
                with io.BufferedReader(_Unpacking(path, name, unpack(file)), 2**16) as inner:
                    yield inner
                return
        yield file


def file_bytes(path: Path) -> Iterator[bytes]:
    """The bytes of `path` as they lie on the disk, in pieces."""
    with _opened(path) as file:
        while piece := file.read(2**20):
            yield piece


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        file = path.open("rb", buffering=2**16)
    except FileNotFoundError:
        raise ProblemError.at(str(path), tr("there is no such file."), tr("Check the path in the recipe.")) from None
    except (OSError, ValueError) as error:  # ValueError: a zero character in the path
        raise ProblemError.at(
            str(path), tr("it cannot be read ({reason}).", reason=_reason(error)), tr("Choose a readable file.")
        ) from None
    with file:
        try:
            yield file
        except OSError as error:
            raise ProblemError.at(
                str(path), tr("it cannot be read ({reason}).", reason=_reason(error)), tr("Choose a readable file.")
            ) from None


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or first_line(error)
