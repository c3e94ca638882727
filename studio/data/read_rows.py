"""From a task's file to conversations: each row is one of them, or is counted with the reason why it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.recipe.recipe import DataFormat
from studio.core.said import words_of
from studio.core.words import plural, tr
from studio.data.conversation import Conversation
from studio.data.conversations import Conversations
from studio.data.formats.known_names import MEDIA_MARK, has_value
from studio.data.formats.mapped import MappedReader
from studio.data.formats.registry import KNOWN, reader_of
from studio.data.formats.row_reader import LeftOutError, RowReader, marks, refuse_marked_as_bad, refuse_media
from studio.data.formats.row_values import RowFaultError
from studio.data.guess_mapping import guess_mapping
from studio.data.source_file import DataFile
from studio.data.source_row import Faults, SourceRow
from studio.data.task_report import TaskReport


@dataclass(slots=True)
class RowsRead:
    """What was found while a file's rows became conversations; whole once all were read.

    `left_out` are rows that are not used, as (line, reason, remedy); `said` counts sentences about rows that were
    read otherwise than they look.
    """

    file: DataFile
    format: DataFormat = "auto"
    read_as: list[str] = field(default_factory=list)
    rows: int = 0
    conversations: Conversations = field(default_factory=Conversations)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    unused: dict[str, None] = field(default_factory=dict)

    def tell(self, report: TaskReport) -> None:
        """Enter all of it into the report of a task's part."""
        report.format, report.unit, report.starts = self.format, self.file.unit, self.file.starts
        for each in dict.fromkeys(self.read_as):
            report.read_as = tr("{first}; {next}", first=report.read_as, next=each) if report.read_as else each
        report.rows += self.rows - len(self.conversations)
        report.unused_columns = list(self.unused)
        for line, reason, remedy in self.left_out:
            report.leave_out(reason, remedy, line)
        for note in self.file.notes:
            report.warn(tr("{sentence}.", sentence=note), tr("Nothing to do if that is meant."))
        for sentence, count in self.said.items():
            what = plural("in one row or message, {what}.", "in {n:,} rows or messages, {what}.", count, what=sentence)
            report.warn(what, tr("Nothing to do if that is meant."))
        if self.format == "preference":
            report.warn(
                tr(
                    "its rows are pairs of answers to prefer; only the chosen ones are learned, the "
                    "rejected are not used."
                ),
                tr("Nothing to do if that is meant: training on preferences is not offered here."),
            )
        if self.unused:
            names = ", ".join(repr(name) for name in list(self.unused)[:12])
            more = len(self.unused) - 12
            report.warn(
                tr("columns not used: {names} and {n} more.", names=names, n=more)
                if more > 0
                else tr("columns not used: {names}.", names=names),
                tr("Where one matters, name it in the task's format with a template."),
            )


def read_rows(file: DataFile, format: DataFormat | ColumnMapping, *, skip_faulty: bool = False) -> RowsRead:
    """Every row of `file` as a conversation, or counted.

    With `skip_faulty` rows that cannot be read are left out and counted. Raises ProblemError naming the line of each
    row that does not fit, at most twenty of them.
    """
    read = RowsRead(file)
    read.conversations.extend(conversations_of(read, format, skip_faulty))
    if not read.conversations:
        raise ProblemError(*_nothing_left(read))
    return read


def conversations_of(
    read: RowsRead, format: DataFormat | ColumnMapping, skip_faulty: bool = False
) -> Iterator[Conversation]:
    """The conversations of `read.file` one after another; what else is found is entered into `read`.

    Raises ProblemError at the end, with the faults of all rows.
    """
    file = read.file
    faults = Faults(file.name, skip_faulty)
    readers: dict[int, RowReader] = {}
    checked: dict[tuple[str, ...], list[str]] = {}
    fitted, mapped = False, isinstance(format, ColumnMapping)
    with closing(file.parted_rows()) as rows:  # whatever ends this early, no file stays open
        for part, row in rows:
            reader = readers.get(id(part))
            if reader is None:
                reader = readers[id(part)] = reader_of(file, part, format, _likely)
                read.read_as.append(reader.read_as)
                read.format = reader.format if read.format == "auto" else read.format
                checked.clear()
            read.rows += 1
            _note_unused(read, reader, row, checked)
            try:
                if not mapped:
                    refuse_marked_as_bad(row.values, reader.used(tuple(row.values)), read.said)
                    refuse_media(row.values)
                conversation = reader.read(row.line, row.values)
                names_media = any(MEDIA_MARK.search(turn.content) for turn in conversation.turns)
                if names_media:
                    refuse_media(row.values)
            except LeftOutError as left:
                read.left_out.append((row.line, words_of(left), left.remedy))
            except RowFaultError as fault:
                remedy = _remedy(reader, format)
                faults.add(file.place(row), words_of(fault), remedy)
                if skip_faulty:
                    read.left_out.append((row.line, _cannot_be_read(faults), tr("Fix or remove them.")))
            else:
                fitted = True
                if names_media:
                    read.said[tr("an image, video or sound is only named in the text, and not learned")] += 1
                yield conversation
    _count_broken(read)
    for reader in readers.values():
        read.said.update(reader.said)
    if not fitted and faults.count > 1 and not mapped:
        raise ProblemError(_of_another_format(file, read.format, faults))
    faults.raise_any()


def _note_unused(read: RowsRead, reader: RowReader, row: SourceRow, checked: dict[tuple[str, ...], list[str]]) -> None:
    """Note which columns of a row hold something and are not used."""
    names = tuple(row.values)
    mapped = isinstance(reader, MappedReader)  # then a mark counts for nothing
    if names not in checked:
        used = reader.used(names)
        checked[names] = [name for name in names if name not in used]
    for name in checked[names]:
        if name not in read.unused and has_value(row.values, name) and (mapped or not marks(name, row.values)):
            read.unused[name] = None


def _count_broken(read: RowsRead) -> None:
    """Count the rows that a container could not read and that were left out by the recipe's leave."""
    for start, faults in read.file.skipped:
        for line in faults.lines:
            read.rows += 1
            read.left_out.append((start + line, _cannot_be_read(faults), tr("Fix or remove them.")))


def _cannot_be_read(faults: Faults) -> str:
    return tr("they cannot be read; of the first, {what}", what=faults.problems[0].what.rstrip("."))


_LEAVE = tr("skip_faulty = true in the task leaves such rows out")


def _likely(rows: list[SourceRow]) -> dict[str, str]:
    """The likeliest mapping of these rows' columns; empty where none is likely."""
    guesses = guess_mapping([row.values for row in rows])
    return guesses[0].as_dict() if guesses else {}


def _remedy(reader: RowReader, format: DataFormat | ColumnMapping) -> str:
    if isinstance(format, ColumnMapping):
        return tr("Fix this row, or name another column in the task's format; {leave}.", leave=_LEAVE)
    return tr(
        "A row of format {format} has the columns {columns}; fix this row, or {leave}.",
        format=reader.format,
        columns=KNOWN[reader.format],
        leave=_LEAVE,
    )


def _of_another_format(file: DataFile, format: DataFormat, faults: Faults) -> Problem:
    """One Problem instead of one for each row, where not one of them fits."""
    first = faults.problems[0]
    what = tr(
        "none of its {rows} rows is in format {format}; in the first, {what}",
        rows=faults.count,
        format=format,
        what=first.what,
    )
    try:
        seen = reader_of(file, file.parts[0], "auto").format
    except ProblemError:
        return Problem(file.name, what, first.remedy)
    remedy = (
        tr("They have the columns of {format}: leave the task's format at auto.", format=seen)
        if seen != format
        else first.remedy
    )
    return Problem(file.name, what, remedy)


def _nothing_left(read: RowsRead) -> list[Problem]:
    reasons = Counter((reason, remedy) for _, reason, remedy in read.left_out)
    return [
        Problem(
            read.file.name,
            tr(
                "none of its {rows} rows can be used; of {count}, {reason}.", rows=read.rows, count=count, reason=reason
            ),
            remedy,
        )
        for (reason, remedy), count in reasons.most_common(5)
    ] or [Problem(read.file.name, tr("it has no rows."), tr("Name a file with at least one row."))]
