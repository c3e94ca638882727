"""Parquet and Arrow files (.arrow, .feather), a batch of rows at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.containers import unpacked
from studio.data.containers.reading import Reading
from studio.data.source_row import SourceRow

MOST_ROWS = 20_000_000
MOST_BATCH_ROWS = 10_000
_NULL = 32  # bytes that a null takes while it is unpacked


def parquet_rows(reading: Reading, file: io.BufferedIOBase) -> Iterator[SourceRow]:
    """The rows of a Parquet file that can be read at any place; raises ProblemError for what is none."""
    yield from _numbered(reading, "Parquet", _parquet_batches(file))


def arrow_rows(reading: Reading, file: io.BufferedIOBase) -> Iterator[SourceRow]:
    """The rows of an Arrow file, or of an Arrow stream as `datasets` keeps its sets; raises ProblemError."""
    yield from _numbered(reading, "Arrow", _arrow_batches(file))


def _parquet_batches(file: io.BufferedIOBase) -> Iterator[Any]:
    import pyarrow.parquet  # type: ignore[import-untyped]

    source = pyarrow.parquet.ParquetFile(file)
    # A few bytes may stand for billions of rows, or for more text than there is memory.
    if source.metadata.num_rows > MOST_ROWS:
        raise ValueError(_too_many(source.metadata.num_rows))
    yield from source.iter_batches(MOST_BATCH_ROWS)


def _arrow_batches(file: io.BufferedIOBase) -> Iterator[Any]:
    import pyarrow.ipc  # type: ignore[import-untyped]

    start = file.read(6)
    file.seek(0)
    if start == b"ARROW1":
        source = pyarrow.ipc.open_file(file)
        for number in range(source.num_record_batches):
            yield source.get_batch(number)
    else:
        yield from pyarrow.ipc.open_stream(file)


def _numbered(reading: Reading, name: str, batches: Iterator[Any]) -> Iterator[SourceRow]:
    import pyarrow

    reading.unit = "row"
    number = 0
    pieces = _pieces(batches)
    while True:
        try:
            piece = next(pieces, None)
            if piece is None:
                return
            labels = _label_names(piece.schema)
            rows = piece.to_pylist()
        except (pyarrow.ArrowException, OSError, ValueError, LookupError, ArithmeticError) as error:
            what = tr("this is not a readable {name} file ({error}).", name=name, error=first_line(error))
            raise ProblemError.at(str(reading.path), what, tr("Write it again.")) from None
        for values in rows:
            number += 1
            for column, names in labels.items():
                if isinstance(values.get(column), int) and 0 <= values[column] < len(names):
                    values[column] = names[values[column]]
            yield SourceRow(number, values)


def _pieces(batches: Iterator[Any]) -> Iterator[Any]:
    """The rows of all batches, ten thousand at a time; raises ValueError, before they are unpacked, for too many."""
    size = rows = 0
    for batch in batches:
        size += batch.nbytes + _NULL * sum(_nulls(column) for column in batch.columns)
        rows += batch.num_rows
        if size > unpacked.MOST_BYTES:
            raise ValueError(tr("it unpacks to more than {most:.0f} GiB", most=unpacked.MOST_BYTES / 2**30))
        if rows > MOST_ROWS:
            raise ValueError(_too_many(rows))
        for start in range(0, batch.num_rows, MOST_BATCH_ROWS):
            yield batch.slice(start, MOST_BATCH_ROWS)


def _too_many(rows: int) -> str:
    return tr("it claims {rows:,} rows; at most {most:,} are read", rows=rows, most=MOST_ROWS)


def _nulls(array: Any) -> int:
    """The values of type null in an array, which take no byte in the file however many they are."""
    import pyarrow

    kinds = pyarrow.types
    if kinds.is_null(array.type):
        return len(array)
    if kinds.is_struct(array.type):
        return sum(_nulls(array.field(number)) for number in range(array.type.num_fields))
    if kinds.is_list(array.type) or kinds.is_large_list(array.type) or kinds.is_fixed_size_list(array.type):
        return _nulls(array.values)
    return 0


def _label_names(schema: Any) -> dict[str, list[str]]:
    """The words that the numbers of a column stand for, where `datasets` wrote them beside it."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        classes = {
            column: list(feature["names"])
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, LookupError, AttributeError, TypeError):
        return {}
    return {column: names for column, names in classes.items() if all(isinstance(name, str) for name in names)}
