"""Words that remember how they were made, so that they can be said again in another language.

What `tr` and `plural` of `studio/core/words.py` return is a `str` like any other: in a terminal, a log or a report
nobody notices. What it remembers, its source and its values, goes with it into run.db and through the desk's answers,
as an entry "said" beside the English, which earlier versions and other programs skip (`core/kept_words.py`). So what
the worker wrote in English is read in the language of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import WrapValidator

Value = str | int | float


class Said(str):
    """A text with the `source` it is translated by, what is meant by it or its plural, its number and its values.

    `number` is -1 where nothing is counted. A value may itself be Said.
    """

    __slots__ = ("about", "number", "source", "values")

    source: str
    about: str
    number: int
    values: Mapping[str, Value]

    def __new__(cls, text: str, source: str, about: str, number: int, values: Mapping[str, Value]) -> Self:
        made = super().__new__(cls, text)
        made.source, made.about, made.number, made.values = source, about, number, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (str.__str__(self), self.source, self.about, self.number, dict(self.values))


def as_text(value: object) -> str:
    """A value as text; `str()` of words would forget how they were made."""
    return value if isinstance(value, str) else str(value)


def words_of(error: BaseException) -> str:
    """What an exception says; `str()` of it would forget how that was made."""
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], str) else str(error)


def _keep(value: Any, validated: Any) -> Any:
    return value if isinstance(value, Said) else validated(value)


Sentence = Annotated[str, WrapValidator(_keep)]
"""A field's text that still remembers after it was validated."""
