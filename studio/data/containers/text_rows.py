"""Plain text: documents parted by blank lines, each a row with the one column `text`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from studio.core.words import tr
from studio.data.containers.file_kind import holds_json_lines
from studio.data.containers.reading import Reading
from studio.data.containers.text_lines import decoded
from studio.data.source_row import SourceRow


def text_rows(reading: Reading, lines: Iterable[tuple[int, bytes]]) -> Iterator[SourceRow]:
    """Each document as a row, its line breaks kept; `line` is its first."""
    held: list[str] = []
    start = rows = 0
    for number, raw in lines:
        line = decoded(reading.path, number, raw).rstrip("\r\n")
        if line.strip():
            start = start if held else number
            held.append(line)
        elif held:
            rows += 1
            yield _document(reading, start, held, rows)
            held = []
    if held:
        yield _document(reading, start, held, rows + 1)


def _document(reading: Reading, start: int, lines: list[str], rows: int) -> SourceRow:
    if rows == 1 and holds_json_lines(lines[0]):
        reading.notes.append(
            tr("a .txt file is read as running text, but its lines are JSON; call it .jsonl to have them read as rows")
        )
    return SourceRow(start, {"text": "\n".join(lines)})
