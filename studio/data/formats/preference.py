"""Rows with a chosen and a rejected answer: only the chosen one can be learned, and that is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from studio.core.words import tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.conversations import answered
from studio.data.formats.known_names import CHOSEN, MESSAGES, REJECTED, SYSTEM, TOOLS, Columns
from studio.data.formats.message_list import turns_of
from studio.data.formats.row_reader import RowReader
from studio.data.formats.row_values import RowFaultError, from_json, text_of
from studio.data.formats.tool_calls import tools_of
from studio.data.source_row import SourceRow

_TRANSCRIPT = re.compile(r"(?:^|\n\n)(Human|Assistant|H|A): ?")
_PROMPTS = ("prompt", "instruction", "question", "query", "input")


class ChosenReader(RowReader):
    """`chosen` is an answer, the last message, or the whole conversation with the prompt in it."""

    format = "preference"
    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {"system": SYSTEM, "tools": TOOLS, "input": ("input",)}

    @property
    def read_as(self) -> str:
        values = {name: self.quoted(name) for name in ("prompt", "chosen", "rejected") if name in self.parts}
        if "prompt" in self.parts:
            return tr("pairs to prefer: {prompt} is the prompt, {chosen} is learned, {rejected} is not used", **values)
        return tr("pairs to prefer: {chosen} is learned, {rejected} is not used", **values)

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        before = self.system(values) + self._prompt(values)
        name = self.parts["chosen"]
        found = from_json(values.get(name))
        if isinstance(found, dict):
            found = [found]
        if isinstance(found, list):
            told = turns_of(found, name, self.said)
        else:
            text = self.text(values, "chosen")
            told = (Turn("assistant", text),) if before else _transcript(text)
        prompt = [turn for turn in before if turn.role != "system"]
        if len(told) > len(prompt) and [(turn.role, turn.content) for turn in told if turn.role != "system"][
            : len(prompt)
        ] == [(turn.role, turn.content) for turn in prompt]:
            before = self.system(values)  # the chosen conversation begins with the prompt itself
        return answered(line, before + told, self, tools_of(self.value(values, "tools"), "tools"))

    def _prompt(self, values: Mapping[str, Any]) -> tuple[Turn, ...]:
        if "prompt" not in self.parts:
            return ()
        name = self.parts["prompt"]
        found = from_json(values.get(name))
        if isinstance(found, list):
            return turns_of(found, name, self.said)
        beside = self.text(values, "input")
        asked = "\n\n".join(text for text in (text_of(found, name), beside) if text)
        return (Turn("user", asked),) if asked else ()


def _transcript(text: str) -> tuple[Turn, ...]:
    """A conversation that is written out as "Human: … Assistant: …"."""
    pieces = _TRANSCRIPT.split(text)
    if len(pieces) < 3 or pieces[0].strip():
        raise RowFaultError(tr("its chosen answer has no prompt, and is no conversation of Human and Assistant."))
    roles = {"H": "user", "A": "assistant"}
    return tuple(Turn(roles[who[0]], said.strip()) for who, said in zip(pieces[1::2], pieces[2::2], strict=True))


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where a chosen answer stands beside a rejected one."""
    chosen, rejected = columns.one_of(CHOSEN), columns.one_of(REJECTED)
    if not chosen or not rejected:
        return None
    prompt = columns.one_of((*_PROMPTS, *MESSAGES))
    return ChosenReader({"chosen": chosen, "rejected": rejected, **({"prompt": prompt} if prompt else {})})
