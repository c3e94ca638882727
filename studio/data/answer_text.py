"""Answers within longer texts: where a word stands by itself, and which number a text comes to."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_BEFORE_AN_ANSWER = re.compile(
    r"(?:\b(?:answer|option|choice|label|result)(?:\s+is)?\s*[:=]?|####|\\boxed)\s*[\"'`*(\[{$]*\Z", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+\u2212]?)[$€£]?(?P<digits>(?:\d{1,3}(?:[,\u00a0\u202f']\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
    r"(?:[eE](?P<power>[-+]?\d{1,3})(?!\w))?(?!\d|[.,]\d)"
)
_LONGEST_NUMBER = 400  # digits; longer ones are no answers

TOLERANCE = Decimal("1e-4")
"""Relative; only where the expected number is not whole."""


def plain(text: str) -> str:
    """Text with runs of white space made single and characters composed; case and punctuation count."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def place_of(answer: str, text: str) -> int | None:
    """Where `answer` stands in `text` as whole words, as the index of its first character; None where it does not.

    Of several places, the last behind a phrase that announces an answer ("the answer is", "####") counts, else the
    last.
    """
    if not answer:
        return None
    places = [match.start() for match in re.finditer(rf"(?={re.escape(answer)})", text)]
    whole = [place for place in places if _stands_alone(text, place, place + len(answer))]
    announced = [place for place in whole if _BEFORE_AN_ANSWER.search(text[max(0, place - 40) : place])]
    return max(announced or whole, default=None)


def _stands_alone(text: str, start: int, stop: int) -> bool:
    """Whether no word and no number goes on beyond a place's ends: neither "A" in "All" nor "4" in "4.5"."""

    def goes_on(inside: str, outside: str, beyond: str) -> bool:
        both = (inside.isalnum() or inside == "_") and (outside.isalnum() or outside == "_")
        return both or (inside.isdecimal() and outside in (".", ",") and beyond.isdecimal())

    before, first = text[max(0, start - 2) : start][::-1], text[start]
    after, last = text[stop : stop + 2], text[stop - 1]
    return not goes_on(first, before[:1], before[1:2]) and not goes_on(last, after[:1], after[1:2])


def says(text: str, answer: str) -> bool:
    """Whether `answer` stands in `text` as whole words, whatever their case and the white space between them."""
    return place_of(plain(answer).casefold(), plain(text).casefold()) is not None


def number_in(text: str) -> Decimal | None:
    """The number that a text comes to: the first behind its last "####" or in its last box, else its last one.

    Thousands may be divided by commas or narrow spaces, a currency may stand before and a unit behind; a full stop
    ends a sentence. None where there is no number.
    """
    for mark in ("####", "\\boxed{"):
        _, found, behind = text.rpartition(mark)
        if found and (first := _NUMBER.search(behind)):
            return _value(first)
    numbers = list(_NUMBER.finditer(text))
    return _value(numbers[-1]) if numbers else None


def is_number(text: str) -> bool:
    """Whether a text is one number and nothing else, but for a currency before and a per cent sign behind it."""
    match = _NUMBER.match(text.strip())
    return bool(match) and match.group() == text.strip().rstrip("% .")  # type: ignore[union-attr]


def same_number(answer: str, expected: str) -> bool:
    """Whether two texts come to the same number: a whole one exactly, any other to a ten-thousandth of it."""
    found, wanted = number_in(answer), number_in(expected)
    if found is None or wanted is None:
        return False
    if wanted == wanted.to_integral_value():
        return found == wanted
    return abs(found - wanted) <= TOLERANCE * abs(wanted)


def _value(match: re.Match[str]) -> Decimal | None:
    digits = re.sub(r"[,\u00a0\u202f']", "", match["digits"])
    if len(digits) > _LONGEST_NUMBER:
        return None
    sign = match["sign"].replace("\u2212", "-")
    return Decimal(f"{sign}{digits}e{match['power'] or 0}")
