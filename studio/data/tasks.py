"""A recipe's tasks, loaded: training rows as tokens, held-out rows as questions with expected answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import DataFormat, Recipe, TaskTable
from studio.core.recipe.recipe_file import DATA_SUFFIXES
from studio.data.chat_text import ChatText, TemplateRefusedError
from studio.data.conversation import Conversation
from studio.data.formats import detect_format, read_conversations
from studio.data.held_out import hold_out
from studio.data.hub_set import read_hub_set
from studio.data.metric import Metric, choose_metric, with_choices
from studio.data.source_file import DataFile, Faults, read_file
from studio.data.token_rows import TokenRow, TokenRows, answer_start, answer_stop, fit, fit_text, tokenize

_AT_ONCE = 1000  # rows rendered and tokenized together


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What became of a file's rows: `kept` of `read`, `cut` of them shortened, `left_out` not used at all."""

    read: int
    kept: int
    cut: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Question:
    """One held-out row: what the model reads, what it should say, and the whole as a token row for its loss.

    `prompt` is the last message alone, `prompt_ids` all that the model reads, the opening of its turn included
    (cut as the row is). With the metric "choice", `choices` holds each allowed answer's whole turn as tokens and
    `right_choice` the index of the expected one.
    """

    line: int
    prompt: str
    prompt_ids: tuple[int, ...]
    expected: str
    row: TokenRow
    choices: tuple[tuple[int, ...], ...] = ()
    right_choice: int = -1


@dataclass(frozen=True, slots=True)
class Task:
    """One named data set of the mix, ready to train on and to be scored.

    `train` and `held_out` are empty where `load_tasks` was told not to read them, `held_out` also where the
    recipe names no held-out file. `sha256` maps each file that was read to its hash.
    """

    name: str
    index: int
    format: DataFormat
    metric: Metric
    weight: float
    evaluate_rows: int
    train: TokenRows
    train_counts: RowCounts
    held_out: tuple[Question, ...]
    sha256: dict[str, str]

    def scored(self, limit: int | None = None) -> tuple[Question, ...]:
        """At most `limit` held-out questions, spread evenly over the file; all without a limit."""
        count = len(self.held_out)
        if limit is None or limit >= count:
            return self.held_out
        return tuple(self.held_out[number * count // limit] for number in range(limit))


@dataclass(frozen=True, slots=True)
class LoadedTasks:
    """All tasks of a recipe, and warnings about their rows.

    `stop_ids` are the tokens that end an answer, `pad_id` pads short rows and is always masked.
    """

    tasks: tuple[Task, ...]
    warnings: tuple[Problem, ...]
    stop_ids: frozenset[int]
    pad_id: int

    def __getitem__(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.tasks)

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file read, for the run's provenance."""
        return {file: digest for task in self.tasks for file, digest in task.sha256.items()}


def load_tasks(
    recipe: Recipe,
    tokenizer: Any,
    *,
    parts: Literal["all", "train", "held-out"] = "all",
    progress: Callable[[str], None] | None = None,
) -> LoadedTasks:
    """Read, check and tokenize every task of `recipe`; its paths must be absolute, as `load_recipe` makes them.

    `parts` leaves the training or the held-out rows unread; `progress` receives a sentence about what is being done.
    Raises ProblemError with the Problems of all tasks at once.
    """
    chat = ChatText(tokenizer)
    problems: list[Problem] = []
    warnings: list[Problem] = [chat.warning] if chat.warning else []
    loaded: list[Task] = []
    for index, table in enumerate(recipe.tasks):
        if progress:
            progress(f"Reading task {table.name}")
        try:
            task, said = _load_task(index, table, recipe.training.max_length, chat, parts)
        except ProblemError as error:
            problems += error.problems
        else:
            loaded.append(task)
            warnings += said
    ProblemError.raise_any(problems)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return LoadedTasks(tuple(loaded), tuple(warnings), chat.stop_ids, int(pad or 0))


@dataclass(slots=True)
class _Rows:
    """The rows of one file while they are read."""

    file: DataFile
    conversations: list[Conversation]
    kept: list[tuple[Conversation, TokenRow]] = field(default_factory=list)
    cut: int = 0
    empty: list[int] = field(default_factory=list)  # lines whose answer is empty
    too_long: list[int] = field(default_factory=list)  # lines whose answer alone is longer than max_length

    def counts(self) -> RowCounts:
        return RowCounts(len(self.conversations), len(self.kept), self.cut, len(self.empty) + len(self.too_long))


def _load_task(index: int, table: TaskTable, max_length: int, chat: ChatText, parts: str) -> tuple[Task, list[Problem]]:
    names_held = isinstance(table.evaluate, str)
    train_file = _open(table.train, "train") if parts != "held-out" or not names_held else None
    held_file = _open(table.evaluate, "test") if isinstance(table.evaluate, str) and parts != "train" else None
    files = [file for file in (train_file, held_file) if file]
    format = table.format if table.format != "auto" else detect_format(files[0])
    read = {file.name: read_conversations(file, format) for file in files}
    read = with_choices(read)
    metric = choose_metric(table, format, read)
    warnings: list[Problem] = []

    learned = read[train_file.name] if train_file else []
    held_out = read[held_file.name] if held_file else []
    if train_file and isinstance(table.evaluate, (int, float)):
        held_file = train_file
        learned, held_out = hold_out(table.name, learned, table.evaluate)
    train = _Rows(train_file, learned) if train_file and parts != "held-out" else None
    held = _Rows(held_file, held_out) if held_file and parts != "train" else None
    for rows, use in ((train, "training"), (held, "scoring")):
        if rows:
            _tokenize_rows(rows, max_length, chat)
            warnings += _said(table.name, rows, use, max_length)
    if train and held:
        warnings += _overlap(table.name, train, held)
    known: dict[str, tuple[int, ...]] = {}
    questions = tuple(_question(metric, *pair, chat, known) for pair in held.kept) if held else ()
    none = RowCounts(0, 0, 0, 0)
    task = Task(
        name=table.name,
        index=index,
        format=format,
        metric=metric,
        weight=table.weight,
        evaluate_rows=table.evaluate_rows,
        train=TokenRows(row for _, row in train.kept) if train else TokenRows(),
        train_counts=train.counts() if train else none,
        held_out=questions,
        sha256={file.name: file.sha256 for file in files},
    )
    return task, warnings


def _open(name: str, split: str) -> DataFile:
    if name.lower().endswith(DATA_SUFFIXES) or Path(name).is_absolute():
        return read_file(Path(name))
    return read_hub_set(name, split)


def _tokenize_rows(rows: _Rows, max_length: int, chat: ChatText) -> None:
    """Fill `rows` with what fits; raises ProblemError for what the template refuses, and when nothing is left."""
    faults = Faults(rows.file.name)
    for start in range(0, len(rows.conversations), _AT_ONCE):
        rendered, sources = [], []
        for conversation in rows.conversations[start : start + _AT_ONCE]:
            if not (conversation.expected or conversation.text).strip():
                rows.empty.append(conversation.line)
                continue
            try:
                rendered.append(chat.render(conversation))
                sources.append(conversation)
            except TemplateRefusedError as error:
                where = f"{rows.file.name}, {rows.file.unit} {conversation.line}"
                faults.add(where, str(error), "Fix the order of its messages, or remove the row.")
        for conversation, row in zip(sources, tokenize(rendered, chat), strict=True):
            fitted = (
                fit(row, max_length, chat.tokenizer.bos_token_id) if conversation.turns else fit_text(row, max_length)
            )
            if fitted is None:
                rows.too_long.append(conversation.line)
                continue
            rows.cut += len(fitted) < len(row)
            rows.kept.append((conversation, fitted))
    faults.raise_any()
    if not rows.kept:
        count = len(rows.conversations)
        raise ProblemError(
            *(
                Problem(rows.file.name, f"none of its {count} rows can be used; in {len(lines)}, {cause}.", remedy)
                for lines, cause, remedy in _left_out(rows, max_length)
            )
        )


def _left_out(rows: _Rows, max_length: int) -> list[tuple[list[int], str, str]]:
    """Why rows are not used, as (lines, cause, remedy): each cause by itself, since each has a cure of its own."""
    causes = [
        (rows.empty, "the answer is empty", "Fill in the answers."),
        (rows.too_long, f"the answer alone is longer than {max_length} tokens", "Raise training.max_length."),
    ]
    return [
        (lines, f"{cause} ({rows.file.unit} {lines[0]} is the first)", remedy)
        for lines, cause, remedy in causes
        if lines
    ]


def _said(task: str, rows: _Rows, use: str, max_length: int) -> list[Problem]:
    found = []
    if rows.cut:
        found.append(
            Problem(
                f"task {task}",
                f"{rows.cut} of {len(rows.conversations)} rows for {use} are longer than {max_length} tokens; the start"
                " of their prompt (of plain text, the end) is cut off; answers stay whole.",
                "Raise training.max_length to keep them whole.",
            )
        )
    for lines, cause, remedy in _left_out(rows, max_length):
        left = f"{len(lines)} of {len(rows.conversations)} rows for {use} are left out: {cause}."
        found.append(Problem(f"task {task}", left, remedy))
    return found


def _overlap(task: str, train: _Rows, held: _Rows) -> list[Problem]:
    """Held-out rows that are also learned from would flatter the score."""
    learned = {(conversation.prompt, conversation.text) for conversation, _ in train.kept}
    common = sum((conversation.prompt, conversation.text) in learned for conversation, _ in held.kept)
    if not common:
        return []
    return [
        Problem(
            f"task {task}",
            f"{common} of {len(held.kept)} held-out questions are also training questions, so the score is too high.",
            "Remove them from one of the two files.",
        )
    ]


def _question(
    metric: Metric, conversation: Conversation, row: TokenRow, chat: ChatText, known: dict[str, tuple[int, ...]]
) -> Question:
    if not conversation.turns:
        return Question(conversation.line, "", (), "", row)
    choices = _choices(conversation, row, chat, known) if metric == "choice" else ()
    return Question(
        line=conversation.line,
        prompt=conversation.prompt[-1].content,
        prompt_ids=_ids(row, 0, answer_start(row)),
        expected=conversation.expected,
        row=row,
        choices=choices,
        right_choice=conversation.choices.index(conversation.answer) if choices else -1,
    )


def _choices(
    conversation: Conversation, row: TokenRow, chat: ChatText, known: dict[str, tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """Each allowed answer's turn as tokens; `known` keeps those of answers that many rows share."""
    told = [conversation.with_answer(choice) for choice in conversation.choices]
    # Answers are tokenized in context; only a row whose own answer came out the same may share.
    shared = known.get(conversation.expected) == _ids(row, answer_start(row), answer_stop(row))
    if not shared or not all(one.expected in known for one in told):
        for one, choice in zip(told, tokenize([chat.render(one) for one in told], chat), strict=True):
            known[one.expected] = _ids(choice, answer_start(choice), answer_stop(choice))
    return tuple(known[one.expected] for one in told)


def _ids(row: TokenRow, start: int, stop: int) -> tuple[int, ...]:
    return tuple(int(token) for token in row.input_ids[start:stop])
