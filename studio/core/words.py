"""The words that a person reads: written in English where they are used, and put into the window's language when shown.

    tr("Close")                                       a whole sentence, never a fragment that is glued to others
    tr("Not used by {method}.", method=name)          its values, named, since other languages have another order
    tr("Open", "a file, of a menu")                   what is meant, where English has one word for two things
    plural("{n:,} row", "{n:,} rows", count)          both English forms; other languages have as many as they need
    TITLE = mark("Settings")  …  tr(TITLE)            a constant: found here, translated where it is shown

Qt's lupdate finds these calls, so the first argument is a literal (or a name that a `mark` was given to). Core has no
Qt: the window hands over its translator; without one, as in the terminal and in the worker, the words stay English.
Names of files, fields and objects, logs, and what is written for other programs are never translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from string import Formatter

import numpy as np

from studio.core.said import Said, Value

# Source, what is meant or the plural, count (-1: none) -> its words, or "" where there are none.
Translator = Callable[[str, str, int], str]

_FORMATTER = Formatter()
_NEEDLESS = re.compile(r"[\u4e00-\u9fff] [\u4e00-\u9fff]")
_MEETS = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")

_english: ContextVar[bool] = ContextVar("english", default=False)
_translator: Translator | None = None


def speak_through(translator: Translator | None) -> None:
    """Put words into another language from now on; None brings English back."""
    global _translator  # noqa: PLW0603
    _translator = translator


@contextmanager
def in_english() -> Iterator[None]:
    """Within it, this thread's words stay English: for what is written into files."""
    token = _english.set(True)
    try:
        yield
    finally:
        _english.reset(token)


def tr(text: str, about: str = "", /, **values: object) -> str:
    """`text` in the window's language, with its `{named}` values filled in.

    about: what is meant, for the translator and to tell the same word in two meanings apart; never shown.
    """
    return _made(text, _translated(text, about, -1) or text, about, -1, values)


def plural(one: str, many: str, n: int, /, **values: object) -> str:
    """The form for `n` things in the window's language; `{n}` and other `{named}` values are filled in."""
    return _made(one, _translated(one, many, n) or (one if n == 1 else many), many, n, {"n": n, **values})


def again(text: Said) -> str:
    """Words that were made elsewhere, in the language of now; as they are where it has no words for them."""
    if not text.values and text != text.source:  # a stranger's
        return text
    if said := _translated(text.source, text.about, text.number):
        values = {name: again(value) if isinstance(value, Said) else value for name, value in text.values.items()}
        try:
            return _made(text.source, said, text.about, text.number, values)
        except (LookupError, ValueError, ArithmeticError):  # the values of another version, or a stranger's
            return text
    return text


def in_plain_english(text: str) -> str:
    """Words of the window's as the terminal would say them, for what leaves the window."""
    if not isinstance(text, Said):
        return text
    form = text.source if text.number in (-1, 1) else text.about
    values = {name: in_plain_english(each) if isinstance(each, str) else each for name, each in text.values.items()}
    return form.format(**values) if values else form


def _translated(source: str, about: str, n: int) -> str:
    return "" if _translator is None or _english.get() else _translator(source, about, n)


def _made(source: str, form: str, about: str, n: int, values: Mapping[str, object]) -> Said:
    """Words of this form; after a full-width stop there is no space, whichever language the next sentence is in."""
    if not values:
        return Said(form, source, about, n, {})
    kept = {name: value if isinstance(value, (str, int, float)) else _plain(value) for name, value in values.items()}
    text = form.format(**kept) if form is source else _filled_in(form, kept)
    return Said(text.replace("。 ", "。") if source == JOINED else text, source, about, n, kept)


def _filled_in(form: str, values: Mapping[str, Value]) -> str:
    """A translation with its values; a space parts Chinese and Latin letters or digits where a value meets it."""
    text, ends_in_value = "", False
    for literal, name, spec, conversion in _FORMATTER.parse(form):
        text = _beside(text, literal) if ends_in_value else text + literal
        ends_in_value = name is not None
        if name is not None:
            value = _FORMATTER.convert_field(_FORMATTER.get_field(name, (), values)[0], conversion)
            text = _beside(text, format(value, spec or ""))
    return text


def _beside(left: str, right: str) -> str:
    if _NEEDLESS.fullmatch(left[-2:] + right[:1]):  # the gap is for a number, and "about 4 minutes" begins otherwise
        return left[:-1] + right
    if _NEEDLESS.fullmatch(left[-1:] + right[:2]):
        return left + right[1:]
    return f"{left} {right}" if _MEETS.fullmatch(left[-1:] + right[:1]) else left + right


def _plain(value: object) -> str | int | float:
    """A value that JSON has: a number of numpy's as Python's, all else as text."""
    return value.item() if isinstance(value, np.generic) else str(value)


def mark(text: str) -> str:
    """`text` itself: a constant whose words are found here and translated by `tr` where they are shown."""
    return text


JOINED = mark("{sentence} {next}")  # two sentences one after the other


def listed(parts: Iterable[str]) -> str:
    """Things one after the other: "a", "a and b", "a, b and c"."""
    *before, last = list(parts) or [""]
    if not before:
        return last
    first = before[0]
    for part in before[1:]:
        first = tr("{first}, {next}", first=first, next=part)
    return tr("{first} and {last}", first=first, last=last)


def capitalised(text: str) -> str:
    """A text as the beginning of a line, with a capital letter; what has none stays as it is."""
    begun = text[:1].upper() + text[1:]
    return Said(begun, text.source, text.about, text.number, text.values) if isinstance(text, Said) else begun


def enumerated(parts: Iterable[str]) -> str:
    """Things one after the other, without an "and" before the last: "a, b, c"."""
    first, *rest = list(parts) or [""]
    for part in rest:
        first = tr("{first}, {next}", first=first, next=part)
    return first


def sentences(*parts: str) -> str:
    """Whole sentences one after the other, without the empty ones."""
    said = ""
    for part in filter(None, parts):
        said = tr(JOINED, sentence=said, next=part) if said else part
    return said


def in_a_row(*facts: str) -> str:
    """Short facts one after the other with commas between them, without the empty ones."""
    said = ""
    for fact in filter(None, facts):
        said = tr("{first}, {next}", "facts", first=said, next=fact) if said else fact
    return said
