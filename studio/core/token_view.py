"""A training row as the model will see it, token by token: plain values for the desk, the window and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any, Literal

from studio.core.words import enumerated, mark, tr

TokenKind = Literal["learned", "read", "cut"]
KINDS: dict[TokenKind, str] = {
    "learned": mark("the model learns to write it"),
    "read": mark("the model reads it and does not learn it"),
    "cut": mark("beyond training.max_length: the model never sees it"),
}
"""What becomes of a token, and what that means."""
_COUNTED: dict[TokenKind, str] = {
    "learned": mark("{count:,} learned"),
    "read": mark("{count:,} read"),
    "cut": mark("{count:,} cut"),
}


@dataclass(frozen=True, slots=True)
class SeenToken:
    """One token: its text, and what becomes of it.

    `template`: the chat template wrote it, it is not in the data. `special`: it is a special token of the model.
    """

    text: str
    kind: TokenKind
    template: bool = False
    special: bool = False


_TEMPLATE, _SPECIAL = 4, 8
_KINDS: tuple[TokenKind, ...] = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class SeenRow:
    """All tokens of one row; `line` is where it stands in its file, `left_out` why none of it is used (or "").

    The tokens are held flat, since a window has many rows and shows one: `text` is that of all of them, `sizes` the
    letters of each, and `looks` what becomes of them, as pairs of a look and the number of tokens that have it.
    `seams` are the indexes of the tokens at which another row of the same pack begins.
    """

    line: int
    text: str
    sizes: tuple[int, ...]
    looks: tuple[int, ...]
    left_out: str = ""
    seams: tuple[int, ...] = ()

    @classmethod
    def of_tokens(
        cls, line: int, tokens: Iterable[SeenToken], left_out: str = "", seams: Iterable[int] = ()
    ) -> SeenRow:
        """The row of these tokens."""
        texts, looks = [], []
        for token in tokens:
            texts.append(token.text)
            looks.append(_KINDS.index(token.kind) + _TEMPLATE * token.template + _SPECIAL * token.special)
        runs = [part for look, same in groupby(looks) for part in (look, sum(1 for _ in same))]
        return cls(line, "".join(texts), tuple(map(len, texts)), tuple(runs), left_out, tuple(seams))

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[SeenToken]:
        place = number = 0
        for look, count in self._runs():
            kind, template, special = _KINDS[look & 3], bool(look & _TEMPLATE), bool(look & _SPECIAL)
            for size in self.sizes[number : number + count]:
                yield SeenToken(self.text[place : place + size], kind, template, special)
                place += size
            number += count

    @property
    def tokens(self) -> tuple[SeenToken, ...]:
        """Every token, made anew each time."""
        return tuple(self)

    def _runs(self) -> Iterator[tuple[int, int]]:
        return zip(self.looks[::2], self.looks[1::2], strict=True)

    def count(self, kind: TokenKind) -> int:
        """How many of the tokens are learned, read or cut."""
        return sum(count for look, count in self._runs() if _KINDS[look & 3] == kind)

    @property
    def counts_text(self) -> str:
        """The row's length in words: "64 tokens: 12 learned, 52 read"."""
        counts = [(kind, self.count(kind)) for kind in KINDS]
        parts = enumerated(tr(_COUNTED[kind], count=count) for kind, count in counts if count)
        return tr("{count:,} tokens: {parts}", count=len(self), parts=parts) if parts else tr("no tokens")

    def gist(self, most: int = 600) -> tuple[str, str]:
        """What is read and what is learned, without what the template adds: enough to recognise the row by.

        Some more than `most` letters of each are looked at.
        """
        found: dict[TokenKind, str] = {"read": "", "learned": "", "cut": ""}
        place = number = 0
        for look, count in self._runs():
            size = sum(self.sizes[number : number + count])
            if look < _TEMPLATE and len(found[_KINDS[look]]) <= most:
                found[_KINDS[look]] += self.text[place : place + size][: 2 * most]
            place, number = place + size, number + count
        return found["read"].strip()[:most], found["learned"].strip()[:most]

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON has it for other programs: a token is [text, kind, template, special]."""
        tokens = [[token.text, token.kind, token.template, token.special] for token in self]
        return {"line": self.line, "tokens": tokens, "left_out": self.left_out, "seams": list(self.seams)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SeenRow:
        """What `as_dict` made."""
        tokens = (SeenToken(*each) for each in values["tokens"])
        return cls.of_tokens(int(values["line"]), tokens, str(values["left_out"]), values["seams"])

    def as_arrays(self) -> dict[str, Any]:
        """The row as JSON has it for the window: the fields as they are."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, values: Mapping[str, Any]) -> SeenRow:
        """What `as_arrays` made, by way of JSON."""
        sizes, looks, seams = (tuple(values[name]) for name in ("sizes", "looks", "seams"))
        return cls(int(values["line"]), str(values["text"]), sizes, looks, str(values["left_out"]), seams)
