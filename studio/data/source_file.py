"""Data files read row by row with their line numbers: nothing is skipped, every fault is a Problem with its line."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.error_text import first_line
from studio.core.os_errors import is_folder
from studio.core.problem import Problem, ProblemError

MOST_PROBLEMS = 20
"""At most this many faults of one file are listed; the rest are counted."""
MOST_ROWS = 20_000_000
MOST_BYTES = 16 * 2**30
"""What a packed file (parquet) may unpack to; others are as large as they look."""
SEPARATORS = ",;\t|"
"""What separates the fields of a csv file: a spreadsheet writes the one that its country uses."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as the file has it; `line` counts from 1 (parquet and hub sets: the row's number)."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DataFile:
    """All rows of one file or hub set, and what identifies its content: a file's SHA-256, a hub set's fingerprint."""

    name: str
    sha256: str
    rows: tuple[SourceRow, ...]
    unit: str = "line"

    def place(self, row: SourceRow) -> str:
        """Where a row stands, as a Problem names it: "train.jsonl, line 12"."""
        return f"{self.name}, {self.unit} {row.line}"


class Faults:
    """The Problems found in one file, of which the first twenty are listed and the rest counted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.problems: list[Problem] = []

    def add(self, where: str, what: str, remedy: str) -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where, what, remedy))

    def raise_any(self) -> None:
        """Raise ProblemError with all that was found, or return."""
        hidden = self.count - len(self.problems)
        more = [Problem(self.name, f"{hidden} more of its rows are invalid.", "Fix these first.")] if hidden else []
        ProblemError.raise_any([*self.problems, *more])


def read_file(path: Path) -> DataFile:
    """Read a json, jsonl/ndjson, csv, tsv, parquet or txt file whole.

    Text is UTF-8, or UTF-16 where a byte order mark says so. Raises ProblemError for a missing, empty, unreadable,
    wrongly encoded or broken file; it lists up to twenty broken lines at once.
    """
    readers: dict[str, Callable[[Path, bytes, Faults], Iterable[SourceRow]]] = {
        ".json": _json,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".csv": _table,
        ".tsv": _table,
        ".txt": _text_lines,
    }
    suffix = path.suffix.lower()
    if suffix != ".parquet" and suffix not in readers:
        known = ", ".join([*readers, ".parquet"])
        raise ProblemError.at(
            str(path),
            f"{f'{suffix} files' if suffix else 'files without a suffix'} are not supported.",
            f"Choose one of {known}.",
        )
    content = _bytes(path)
    faults = Faults(str(path))
    digest = hashlib.sha256(content).hexdigest()
    if suffix == ".parquet":
        rows, unit = _parquet(path, content), "row"
    else:
        rows, unit = tuple(readers[suffix](path, _as_utf8(path, content), faults)), "line"
    faults.raise_any()
    if not rows:
        raise ProblemError.at(str(path), "it has no rows.", "Name a file with at least one row.")
    return DataFile(str(path), digest, rows, unit)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProblemError.at(str(path), "there is no such file.", "Check the path in the recipe.") from None
    except OSError as error:
        if is_folder(error, path):
            raise ProblemError.at(str(path), "this is a folder, not a file.", "Name one data file.") from None
        raise ProblemError.at(
            str(path), f"it cannot be read ({error.strerror}).", "Choose a file that you can read."
        ) from None


def _as_utf8(path: Path, content: bytes) -> bytes:
    """The text of a file in UTF-8 without a byte order mark; what an old PowerShell writes is UTF-16 with one."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            content = content.decode("utf-16").encode("utf-8")
        except UnicodeDecodeError as error:
            raise ProblemError.at(
                f"{path}, byte {error.start}",
                "its first bytes say UTF-16, but it is not valid UTF-16.",
                "Save it as UTF-8.",
            ) from None
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ProblemError.at(
            f"{path}, line {line}", "it contains a zero byte, so it is not UTF-8 text.", "Save the file as UTF-8."
        )
    return content.removeprefix(codecs.BOM_UTF8)


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProblemError.at(
            f"{path}, line {line}",
            f"byte 0x{content[error.start]:02x} is not UTF-8 text.",
            "Save the file as UTF-8.",
        ) from None


def _json_lines(path: Path, content: bytes, faults: Faults) -> Iterator[SourceRow]:
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if not raw.strip():
            continue
        where = f"{path}, line {number}"
        try:
            values = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct_keys)
        except UnicodeDecodeError as error:
            faults.add(where, f"byte 0x{raw[error.start]:02x} is not UTF-8 text.", "Save the file as UTF-8.")
        except json.JSONDecodeError as error:
            faults.add(where, f"this is not JSON: {error.msg} (column {error.colno}).", "Fix or remove this line.")
        except (
            ValueError,
            RecursionError,
        ) as error:  # a key twice, a number of endless digits, endless brackets
            faults.add(where, f"{error}.", "Fix or remove this line.")
        else:
            yield from _object(number, values, where, faults)


def _json(path: Path, content: bytes, faults: Faults) -> Iterator[SourceRow]:
    """A JSON array of objects; a .json file that holds one object per line is read as lines."""
    text = _decoded(path, content)
    start = len(text) - len(text.lstrip())
    if not text[start:].startswith("["):
        if text[start:] and _is_one_value(text):
            raise ProblemError.at(
                str(path), "it holds one JSON value, not a list of rows.", "Write [row, row, …], or one row per line."
            )
        yield from _json_lines(path, content, faults)
        return
    decoder = json.JSONDecoder(object_pairs_hook=_distinct_keys)
    position, line, counted = start + 1, 1, 0
    first = True
    while True:
        position = _skip_space(text, position)
        line, counted = line + text.count("\n", counted, position), position
        where = f"{path}, line {line}"
        if text[position : position + 1] == "]" and text[_skip_space(text, position + 1) :] == "":
            return
        if not first:
            if text[position : position + 1] != ",":
                faults.add(
                    where, "the list of rows ends early or a comma is missing here.", "Fix the list from here on."
                )
                return
            position = _skip_space(text, position + 1)
            line, counted = line + text.count("\n", counted, position), position
            where = f"{path}, line {line}"
        first = False
        try:
            values, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            faults.add(f"{path}, line {error.lineno}", f"this is not JSON: {error.msg}.", "Fix that row.")
            return
        except (
            ValueError,
            RecursionError,
        ) as error:  # a key twice, a number of endless digits, endless brackets
            faults.add(where, f"{error}.", "Fix the row that begins there.")
            return
        yield from _object(line, values, where, faults)


def _is_one_value(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return "\n" in text.strip()


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


class _TwiceError(ValueError):
    """A JSON object has the same key twice."""


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _TwiceError(f"the key {twice!r} appears twice in one object")
    return values


def _object(line: int, values: Any, where: str, faults: Faults) -> Iterator[SourceRow]:
    if isinstance(values, dict):
        yield SourceRow(line, values)
    else:
        faults.add(where, f"a row must be a JSON object, not {kind_of(values)}.", 'Write {"column": value, …}.')


def _table(path: Path, content: bytes, faults: Faults) -> Iterator[SourceRow]:
    text = _decoded(path, content)
    first, _, rest = text.partition("\n")
    told = first.rstrip("\r")[4:] if first.startswith("sep=") else ""  # a spreadsheet's own first line
    if told:
        text = rest
    separator = told[:1] or ("\t" if path.suffix.lower() == ".tsv" else _separator(text))
    csv.field_size_limit(2**31 - 1)  # the file is in memory already; a field may be a whole document
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1 + bool(told)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(f"{path}, line {line}", f"this row cannot be read: {error}.", "Check its quotes.")
            return
        if not any(fields):
            continue  # a blank line, as a spreadsheet writes it
        if header is None:
            header = [field.strip() for field in fields]
            twice = sorted(name for name, count in Counter(header).items() if count > 1)
            if twice:
                faults.add(f"{path}, line {line}", f"two columns are called {twice[0]!r}.", "Rename one of them.")
                return
        elif len(fields) != len(header):
            faults.add(
                f"{path}, line {line}",
                f"it has {len(fields)} fields, the header has {len(header)}.",
                f"Quote fields that contain the separator ({separator!r}).",
            )
        else:
            yield SourceRow(line, dict(zip(header, fields, strict=True)))


def _separator(text: str) -> str:
    """The separator that divides the header into most fields; a comma where none does."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=lambda each: len(next(csv.reader([head], delimiter=each), [])))


def _text_lines(path: Path, content: bytes, faults: Faults) -> Iterator[SourceRow]:
    """Every line that is not blank is a row with the one column `text`."""
    for number, line in enumerate(_decoded(path, content).split("\n"), start=1):
        if line.strip():
            yield SourceRow(number, {"text": line.rstrip("\r")})


def _parquet(path: Path, content: bytes) -> tuple[SourceRow, ...]:
    import pyarrow  # type: ignore[import-untyped]
    import pyarrow.parquet  # type: ignore[import-untyped]

    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
        # A few bytes may stand for billions of rows, or for more text than there is memory.
        if file.metadata.num_rows > MOST_ROWS:
            raise ValueError(f"it claims {file.metadata.num_rows:,} rows; at most {MOST_ROWS:,} are read")
        values, size = [], 0
        for batch in file.iter_batches():
            size += batch.nbytes
            if size > MOST_BYTES:
                raise ValueError(f"it unpacks to more than {MOST_BYTES / 2**30:.0f} GiB")
            values += batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError, LookupError, ArithmeticError) as error:
        first = first_line(error)
        raise ProblemError.at(str(path), f"this is not a readable Parquet file ({first}).", "Write it again.") from None
    return tuple(SourceRow(number, row) for number, row in enumerate(values, start=1))


def kind_of(value: Any) -> str:
    """What a JSON value is, in a word."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
