"""The lines of a text file with their numbers, as UTF-8: byte order marks, other encodings and old line ends."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.containers.unpacked import HEAD
from studio.data.source_row import place_in

MOST_LINE = 2**30
"""A longer line is not read; it would be held in memory whole."""
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def numbered_lines(path: Path, file: io.BufferedReader, encoding: str = "auto") -> Iterator[tuple[int, bytes]]:
    """Each line of `file` as (number from 1, its bytes in UTF-8 with the line end).

    With "auto" a byte order mark tells UTF-16 and UTF-32 from UTF-8, whose bytes are not checked here. A line that
    ends in a carriage return alone, as old Macs wrote them, is a line where the file has no other ends. A byte order
    mark before any line (files joined end to end) is dropped. Raises ProblemError where the text cannot be read.
    """
    head = file.peek(HEAD)[:HEAD]
    marked = next((name for mark, name in MARKS if head.startswith(mark)), "")
    wanted = encoding if encoding != "auto" else marked
    if wanted and codecs.lookup(wanted).name != "utf-8":
        file = io.BufferedReader(_Recoded(path, file, wanted, bool(marked)), 2**16)
        head = file.peek(HEAD)[:HEAD]
    for number, line in enumerate(_byte_lines(path, file, head), start=1):
        if b"\0" in line:
            half = line.count(b"\0") * 3 > len(line)
            raise ProblemError.at(
                place_in(path, number),
                tr("it contains a zero byte, so it is not UTF-8 text."),
                tr('Save the file as UTF-8, or set encoding = "utf-16-le" in the task.')
                if half
                else tr("Save the file as UTF-8."),
            )
        yield number, line.removeprefix(codecs.BOM_UTF8)


def _byte_lines(path: Path, file: io.BufferedReader, head: bytes) -> Iterator[bytes]:
    if b"\r" in head and b"\n" not in head:
        yield from _ended_by_carriage_returns(path, file)
        return
    number = 0
    while line := file.readline(MOST_LINE + 1):
        number += 1
        _check_length(path, number, line)
        yield line


def _ended_by_carriage_returns(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    rest, number = b"", 0
    while chunk := file.read(2**16):
        *whole, rest = (rest + chunk).replace(b"\n", b"\r").split(b"\r")
        for line in whole:
            number += 1
            yield line + b"\n"
        _check_length(path, number + 1, rest)
    if rest:
        yield rest


def _check_length(path: Path, number: int, line: bytes) -> None:
    if len(line) > MOST_LINE:
        raise ProblemError.at(
            place_in(path, number),
            tr("the line is longer than {most:.0f} GiB.", most=MOST_LINE / 2**30),
            tr("Divide it into rows."),
        )


class _Recoded(io.RawIOBase):
    """The bytes of a file in another encoding, as UTF-8."""

    def __init__(self, path: Path, file: IO[bytes], encoding: str, marked: bool) -> None:
        self._path, self._file, self._encoding, self._marked = path, file, encoding, marked
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""
        self._line = 1
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            chunk = self._file.read(2**16)
            self._ended = not chunk
            try:
                self._ready = self._decoder.decode(chunk, self._ended).encode("utf-8")
            except UnicodeError:
                raise self._fault() from None
            self._line += self._ready.count(b"\n")
        piece, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _fault(self) -> ProblemError:
        name = self._encoding.upper()
        if self._marked:
            what, remedy = (
                tr("its first bytes say {name}, but it is not valid {name}.", name=name),
                tr("Save it as UTF-8."),
            )
        else:
            what = tr("its bytes are not text in the encoding {encoding}.", encoding=self._encoding)
            remedy = tr("Set the task's encoding to the one that the file was saved in.")
        return ProblemError.at(
            tr("{file}, in or after line {number}", file=self._path, number=self._line), what, remedy
        )


def decoded(path: Path, number: int, line: bytes) -> str:
    """The text of a UTF-8 line; raises ProblemError naming the line and how it would read in Windows-1252."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        what, remedy = not_utf_8(line, error)
        raise ProblemError.at(place_in(path, number), what, remedy) from None


def not_utf_8(line: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """What to say of a line that is not UTF-8: (what is wrong, its remedy)."""
    what = tr("byte 0x{byte:02x} is not UTF-8 text.", byte=line[error.start])
    near = line[max(0, error.start - 20) : error.start + 20]
    try:
        shown = near.decode("windows-1252").strip()
    except UnicodeDecodeError:
        return what, tr("Save the file as UTF-8, or name its encoding in the task (encoding).")
    return what, tr(
        'Save the file as UTF-8. If this reads well: "{shown}", set encoding = "windows-1252" in the task instead.',
        shown=shown,
    )
