"""The formats of training rows: a file's columns show which one it has; each row is read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import DataFormat
from studio.data.conversation import ROLES, Conversation, Turn
from studio.data.source_file import DataFile
from studio.data.source_row import Faults, kind_of

SPEAKERS = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
"""What files call a speaker, and the role that it is."""

COLUMNS: dict[str, str] = {
    "messages": "messages: [{role, content}, …]",
    "sharegpt": "conversations: [{from, value}, …]",
    "multiple-choice": "question, choices, answer",
    "alpaca": "instruction, output (and input, system)",
    "prompt-completion": "prompt, completion",
    "text": "text",
}
"""The columns by which each format is known, as remedies name them."""


class RowFaultError(ValueError):
    """One row does not match its format; the message is a sentence without the place."""


def detect_format(file: DataFile) -> DataFormat:
    """The format that the first row's columns show; raises ProblemError when they match none."""
    first = file.first(1)[0]
    columns = first.values
    if "messages" in columns:
        return "messages"
    if "conversations" in columns:
        return "sharegpt"
    if ("question" in columns or "question_stem" in columns) and "choices" in columns:
        return "multiple-choice"
    if "instruction" in columns and "output" in columns:
        return "alpaca"
    if "prompt" in columns and "completion" in columns:
        return "prompt-completion"
    if "text" in columns:
        return "text"
    known = "; ".join(f"{name}: {needs}" for name, needs in COLUMNS.items())
    raise ProblemError.at(
        file.place(first),
        f"its columns ({', '.join(map(str, columns)) or 'none'}) do not match any known format.",
        f"Rename the columns to one of these. {known}.",
    )


def read_conversations(file: DataFile, format: DataFormat) -> list[Conversation]:
    """Every row of `file` as a conversation; raises ProblemError naming the line of each row that does not fit."""
    read = _READERS[format]
    faults = Faults(file.name)
    found: list[Conversation] = []
    for row in file.rows:
        try:
            found.append(read(row.line, row.values))
        except RowFaultError as fault:
            faults.add(
                file.place(row),
                str(fault),
                f"A row of format {format} has the columns {COLUMNS[format]}; fix this row.",
            )
    if not found and faults.count > 1:
        raise ProblemError(_of_another_format(file, format, faults))
    faults.raise_any()
    return found


def _of_another_format(file: DataFile, format: DataFormat, faults: Faults) -> Problem:
    """One Problem instead of one for each row, where not one of them fits."""
    first = faults.problems[0]
    what = f"none of its {faults.count} rows is in format {format}; in the first, {first.what}"
    try:
        seen = detect_format(file)
    except ProblemError:
        return Problem(file.name, what, first.remedy)
    remedy = f"They have the columns of {seen}: leave the task's format at auto." if seen != format else first.remedy
    return Problem(file.name, what, remedy)


def _text_of(values: Mapping[str, Any], key: str, default: str | None = None) -> str:
    if key not in values and default is None:
        raise RowFaultError(f"the column {key!r} is missing.")
    value = values.get(key, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise RowFaultError(f"{key!r} must be text, not {kind_of(value)}.")
    return _whole(value, key)


def _whole(text: str, key: str) -> str:
    """JSON may escape one half of a character ("\\ud83d"), which no tokenizer can read."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        raise RowFaultError(f"{key!r} contains half a character ({half} without its other half).") from None
    return text


def _content_of(message: Mapping[str, Any], key: str) -> str:
    """A message's text, also where it comes in parts: [{"type": "text", "text": …}, …]."""
    parts = message.get(key)
    if not isinstance(parts, list) or not parts:
        return _text_of(message, key)
    if not all(isinstance(part, dict) and part.get("type") == "text" for part in parts):
        raise RowFaultError(f"{key!r} has parts that are not text.")
    return "".join(_text_of(part, "text") for part in parts)


def _turns(values: Mapping[str, Any], key: str, who: str, what: str) -> tuple[Turn, ...]:
    listed = values.get(key)
    if key not in values:
        raise RowFaultError(f"the column {key!r} is missing.")
    if not isinstance(listed, list) or not listed:
        raise RowFaultError(f"{key!r} must be a list of messages, not {kind_of(listed) if listed else 'an empty one'}.")
    turns = []
    for number, message in enumerate(listed, start=1):
        if not isinstance(message, dict):
            raise RowFaultError(f"message {number} must be an object, not {kind_of(message)}.")
        try:
            speaker, content = _text_of(message, who), _content_of(message, what)
        except RowFaultError as fault:
            raise RowFaultError(f"in message {number}, {fault}") from None
        role = SPEAKERS.get(speaker.lower(), speaker)
        if role not in ROLES:
            raise RowFaultError(f"message {number} is by {speaker!r}, which is not one of {', '.join(ROLES)}.")
        turns.append(Turn(role, content))
    return tuple(turns)


def _answered(line: int, turns: tuple[Turn, ...]) -> Conversation:
    answers = [index for index, turn in enumerate(turns) if turn.role == "assistant"]
    if not answers:
        raise RowFaultError("no message is by the assistant, so there is nothing to learn.")
    if answers[-1] == 0:
        raise RowFaultError("the answer has no message before it.")
    return Conversation(line, turns)


def _messages(line: int, values: Mapping[str, Any]) -> Conversation:
    return _answered(line, _turns(values, "messages", "role", "content"))


def _sharegpt(line: int, values: Mapping[str, Any]) -> Conversation:
    listed = values.get("conversations")
    plain = isinstance(listed, list) and listed and isinstance(listed[0], dict) and "role" in listed[0]
    turns = _turns(values, "conversations", "role" if plain else "from", "content" if plain else "value")
    system = _text_of(values, "system", "")
    return _answered(line, ((Turn("system", system),) if system else ()) + turns)


def _alpaca(line: int, values: Mapping[str, Any]) -> Conversation:
    instruction, extra = _text_of(values, "instruction"), _text_of(values, "input", "")
    output, system = _text_of(values, "output"), _text_of(values, "system", "")
    asked = "\n\n".join(part for part in (instruction, extra) if part)
    if not asked:
        raise RowFaultError("'instruction' and 'input' are both empty.")
    turns = ((Turn("system", system),) if system else ()) + (Turn("user", asked), Turn("assistant", output))
    answer = _text_of(values, "answer", "")
    return Conversation(line, turns, answer=answer if answer and answer in output else "")


def _prompt_completion(line: int, values: Mapping[str, Any]) -> Conversation:
    if isinstance(values.get("prompt"), list):
        prompt = _turns(values, "prompt", "role", "content")
        completion = values.get("completion")
        if isinstance(completion, list):
            return _answered(line, prompt + _turns(values, "completion", "role", "content"))
        return Conversation(line, (*prompt, Turn("assistant", _text_of(values, "completion"))))
    prompt_text, completion_text = _text_of(values, "prompt"), _text_of(values, "completion")
    if not prompt_text:
        raise RowFaultError("'prompt' is empty.")
    return Conversation(line, (Turn("user", prompt_text), Turn("assistant", completion_text)))


def _text(line: int, values: Mapping[str, Any]) -> Conversation:
    return Conversation(line, text=_text_of(values, "text"))


def _multiple_choice(line: int, values: Mapping[str, Any]) -> Conversation:
    question = _text_of(values, "question_stem" if "question_stem" in values else "question")
    options: Any = values.get("choices")
    labels: Any = None
    if isinstance(options, str):  # a table's field holds the list as JSON
        options = _list_in(options)
    if isinstance(options, dict):  # as the ARC and OpenBookQA hub sets write them
        options, labels = options.get("text"), options.get("label")
    if not isinstance(options, list) or not 2 <= len(options) <= 26:
        raise RowFaultError("'choices' must be a list of 2 to 26 options.")
    if not all(isinstance(option, str) for option in options):
        raise RowFaultError("every entry of 'choices' must be text.")
    options = [_whole(option, "choices") for option in options]
    letters = [chr(ord("A") + number) for number in range(len(options))]
    right = values.get("answer", values.get("answerKey"))
    if isinstance(right, int) and not isinstance(right, bool):
        index = right
    elif not isinstance(right, str):
        raise RowFaultError(f"'answer' must be a letter, an index or an option's text, not {kind_of(right)}.")
    else:
        places: list[list[str]] = [[str(label) for label in labels or []], letters, options]
        index = next((names.index(right) for names in places if right in names), -1)
        index = int(right) if index < 0 and right.isdecimal() else index
    if not 0 <= index < len(options):
        raise RowFaultError(f"the answer {right!r} is not one of its {len(options)} choices.")
    listed = "\n".join(f"{letter}. {option}" for letter, option in zip(letters, options, strict=True))
    asked = f"{question}\n\n{listed}\n\nAnswer with the letter."
    turns = (Turn("user", asked), Turn("assistant", letters[index]))
    return Conversation(line, turns, answer=letters[index], choices=tuple(letters))


def _list_in(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise RowFaultError("""'choices' is not a list; in a table, write it as JSON: ["one", "two"].""") from None


_READERS: dict[str, Callable[[int, Mapping[str, Any]], Conversation]] = {
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "prompt-completion": _prompt_completion,
    "text": _text,
    "multiple-choice": _multiple_choice,
}
