"""Which column of a file is what: a task's `format` as a table, with templates such as "{context}\\n\\n{question}"."""

from __future__ import annotations

import re

from pydantic import Field, model_validator

from studio.core.fault_text import FieldFaultError
from studio.core.recipe_table import Table
from studio.core.words import listed, mark, tr

CHOOSE = "columns"
"""The kind of a Problem that a mapping answers."""
PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""A column's name in a template, and the doubled braces that stand for one."""


class ColumnMapping(Table):
    """The columns of a file whose names say something else, each by its name or in a template.

    A value without braces is the name of one column; with braces it is a template. A name with dots
    ("question.stem") looks inside an object.
    """

    messages: str | None = Field(
        None, min_length=1, title=mark("Messages"), description=mark("The list of messages of a conversation.")
    )
    prompt: str | None = Field(None, min_length=1, title=mark("Prompt"), description=mark("What the model reads."))
    completion: str | None = Field(
        None, min_length=1, title=mark("Completion"), description=mark("What it should answer.")
    )
    label: str | None = Field(
        None, min_length=1, title=mark("Label"), description=mark("The class that it should name.")
    )
    choices: str | None = Field(
        None, min_length=1, title=mark("Choices"), description=mark("The options of a multiple choice, as a list.")
    )
    answer: str | None = Field(
        None,
        min_length=1,
        title=mark("Right answer"),
        description=mark("The right option, by letter, index or text; beside completion, the part of it that decides."),
    )
    text: str | None = Field(
        None, min_length=1, title=mark("Text"), description=mark("Running text, of which every token is learned.")
    )
    system: str | None = Field(
        None, min_length=1, title=mark("System"), description=mark("The system text before the first message.")
    )
    tools: str | None = Field(
        None, min_length=1, title=mark("Tools"), description=mark("The tools that the model may call, as JSON.")
    )

    @model_validator(mode="after")
    def _is_one_kind_of_row(self) -> ColumnMapping:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        answers = [name for name in ("completion", "label", "choices") if name in given]
        if "messages" in given:
            self._refuse_beside("messages", ("prompt", "text", "choices", "answer", "label", "completion"), given)
        elif "text" in given:
            self._refuse_beside("text", tuple(name for name in given if name != "text"), given)
        elif "prompt" not in given:
            what, remedy = tr("it names no prompt, messages or text."), tr("Say which column the model reads: prompt.")
            raise FieldFaultError("prompt", what, remedy)
        elif len(answers) != 1:
            what = tr("it names {parts}.", parts=listed(answers)) if answers else tr("it names nothing to be learned.")
            raise FieldFaultError("prompt", what, tr("Name one of completion, label, or choices with answer."))
        elif "choices" in given and "answer" not in given:
            what, remedy = tr("choices need the right one."), tr("Add answer: the column with its letter or index.")
            raise FieldFaultError("choices", what, remedy)
        return self

    def _refuse_beside(self, name: str, others: tuple[str, ...], given: list[str]) -> None:
        if found := [other for other in others if other in given]:
            raise FieldFaultError(
                name,
                tr("{name} stands beside {others}.", name=name, others=", ".join(found)),
                tr("Keep one; {name} is the whole row by itself.", name=name),
            )

    @model_validator(mode="after")
    def _has_whole_templates(self) -> ColumnMapping:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None and re.search(r"[{}]", PLACE.sub("", value)):
                what = tr("{name} has a brace without its other half.", name=name)
                raise FieldFaultError(name, what, tr("Write {column}; a brace is {{."))
        return self


def columns_in(value: str) -> list[str]:
    """The columns that a mapping's value names: those in its braces, or the value itself."""
    if not re.search(r"[{}]", value):
        return [value]
    return [found[1] for found in PLACE.finditer(value) if found[1] is not None]
