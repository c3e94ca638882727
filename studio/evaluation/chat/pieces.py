"""Tokens as text while they come: each one's own piece, without decoding the whole answer again at each token."""

from __future__ import annotations

from typing import Any

UNFINISHED = "\ufffd"


class Pieces:
    """Gives each token its text; a character of several tokens is shown at its last one, as `pieces_of` does."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._begin = 0  # decoding starts with some known tokens, since the first of a text may lose its space
        self._known = 0  # tokens before this one have had their text

    def add(self, token: int) -> str:
        """The text that this token adds; "" while its last character is unfinished."""
        self._ids.append(token)
        text = self._text(len(self._ids))
        if text.endswith(UNFINISHED):
            return ""
        return self._told(text)

    def rest(self) -> str:
        """The text of what was never finished."""
        return self._told(self._text(len(self._ids)))

    def _told(self, text: str) -> str:
        before = self._text(self._known)
        self._begin, self._known = self._known, len(self._ids)
        return text[len(before) :]

    def _text(self, stop: int) -> str:
        ids = self._ids[self._begin : stop]
        return str(self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
