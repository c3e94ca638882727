"""Which reader takes which kind of file: one way from a path to its rows."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import closing

from studio.data.containers.arrow_rows import arrow_rows, parquet_rows
from studio.data.containers.file_kind import Kind, file_kind
from studio.data.containers.json_rows import json_rows
from studio.data.containers.reading import Reading
from studio.data.containers.table_rows import table_rows
from studio.data.containers.text_lines import numbered_lines
from studio.data.containers.text_rows import text_rows
from studio.data.containers.unpacked import HEAD, unpacked
from studio.data.source_row import SourceRow

_OF_LINES = {"json": json_rows, "table": table_rows, "text": text_rows}
_OF_BATCHES = {"parquet": parquet_rows, "arrow": arrow_rows}


def rows_of(reading: Reading) -> Generator[SourceRow, None, None]:
    """The rows of one file, one after another; the file is closed when they end or nobody asks for more.

    Raises ProblemError where the file cannot be read on, and at its end with the faults of its rows.
    """
    with unpacked(reading.path) as file:
        kind: Kind = file_kind(reading.path, file.peek(HEAD)[:HEAD])
        if kind in _OF_LINES:
            lines = numbered_lines(reading.path, file, reading.encoding)
            with closing(lines):  # type: ignore[type-var]
                yield from _OF_LINES[kind](reading, lines)
        else:
            # Both need to read at any place; a compressed one is unpacked into memory first.
            whole = file if file.seekable() else io.BytesIO(file.read())
            yield from _OF_BATCHES[kind](reading, whole)
    reading.faults.raise_any()
