"""A training row as the model will see it, token by token: plain values for the desk, the window and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TokenKind = Literal["learned", "read", "cut"]
KINDS: dict[TokenKind, str] = {
    "learned": "the model learns to write it",
    "read": "the model reads it and does not learn it",
    "cut": "beyond training.max_length: the model never sees it",
}
"""What becomes of a token, and what that means."""


@dataclass(frozen=True, slots=True)
class SeenToken:
    """One token: its text, and what becomes of it.

    `template`: the chat template wrote it, it is not in the data. `special`: it is a special token of the model.
    """

    text: str
    kind: TokenKind
    template: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True)
class SeenRow:
    """All tokens of one row; `line` is where it stands in its file, `left_out` why none of it is used (or "").

    `seams` are the indexes of the tokens at which another row of the same pack begins.
    """

    line: int
    tokens: tuple[SeenToken, ...]
    left_out: str = ""
    seams: tuple[int, ...] = ()

    def count(self, kind: TokenKind) -> int:
        """How many of the tokens are learned, read or cut."""
        return sum(token.kind == kind for token in self.tokens)

    @property
    def counts_text(self) -> str:
        """The row's length in words: "64 tokens: 12 learned, 52 read"."""
        counts = [(kind, self.count(kind)) for kind in KINDS]
        parts = ", ".join(f"{count:,} {kind}" for kind, count in counts if count)
        return f"{len(self.tokens):,} tokens: {parts}" if parts else "no tokens"

    def gist(self) -> tuple[str, str]:
        """What is read and what is learned, without what the template adds: enough to recognise the row by."""
        own = [token for token in self.tokens if not token.template and not token.special]
        return tuple(  # type: ignore[return-value]
            "".join(token.text for token in own if token.kind == kind).strip() for kind in ("read", "learned")
        )

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON has it: a token is [text, kind, template, special]."""
        tokens = [[token.text, token.kind, token.template, token.special] for token in self.tokens]
        return {"line": self.line, "tokens": tokens, "left_out": self.left_out, "seams": list(self.seams)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> SeenRow:
        """What `as_dict` made."""
        tokens = tuple(SeenToken(*each) for each in values["tokens"])
        return cls(int(values["line"]), tokens, str(values["left_out"]), tuple(values["seams"]))
