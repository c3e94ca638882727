"""Rendered texts as token rows: the answers and their ends are learned, what stands around them is only read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from studio.data.chat_text import ChatText, RenderedText
from studio.data.conversation import Turn
from studio.data.token_rows import TokenRow


class Encoded:
    """A text's tokens: their ids, and the characters that each was made of as (start, stop).

    `encoding` is what the tokenizers library found, where it did: most rows need the places of a few tokens alone.
    """

    __slots__ = ("_encoding", "_places", "ids")

    def __init__(self, ids: list[int], places: list[tuple[int, int]] | None = None, encoding: Any = None) -> None:
        self.ids = ids
        self._places = places
        self._encoding = encoding

    @property
    def places(self) -> list[tuple[int, int]]:
        if self._places is None:
            found: list[tuple[int, int]] = self._encoding.offsets
            self._places = found
        return self._places

    def know_places(self) -> None:
        """Find all places at once: of a long text that is sooner done than to look for hundreds, one by one."""
        assert self.places is not None

    def tokens(self, start: int, stop: int) -> tuple[int, int]:
        """The tokens that reach into the characters [start, stop): the first, and one behind the last."""
        if self._places is None and start < stop:
            first = self._encoding.char_to_token(start)
            last = self._encoding.char_to_token(stop - 1)
            behind = self._encoding.char_to_token(stop)
            # A character of several tokens, one within a token, and one that no token has: found by all places.
            ends = behind is None and last == len(self.ids) - 1
            if first is not None and last is not None and (ends or behind == last + 1):
                return first, last + 1
        first = bisect_right(self.places, start, key=_end)
        return first, max(first, bisect_left(self.places, stop, key=_begin))


def _begin(place: tuple[int, int]) -> int:
    return place[0]


def _end(place: tuple[int, int]) -> int:
    return place[1]


def tokenize(texts: Sequence[RenderedText], chat: ChatText) -> list[TokenRow]:
    """Rendered texts as token rows; what follows the last learned token is dropped, since nothing reads it."""
    return [row_of(text, found) for text, found in zip(texts, encode(texts, chat.tokenizer), strict=True)]


def row_of(text: RenderedText, found: Encoded) -> TokenRow:
    """One row up to its last learned token (a template may write a line end behind it)."""
    learned = np.zeros(len(found.ids), dtype=np.bool_)
    stop = 0
    for start, end in text.learned:
        first, stop = found.tokens(start, end)
        learned[first:stop] = True
    return TokenRow(np.array(found.ids[:stop], dtype=np.int32), learned[:stop])


def prompt_ids(turns: Sequence[Turn], chat: ChatText) -> list[int]:
    """What the model reads before it answers, as tokens: special tokens that somebody typed are letters.

    Raises TemplateRefusedError.
    """
    return encode([chat.prompt(turns)], chat.tokenizer)[0].ids


def encode(texts: Sequence[RenderedText], tokenizer: Any) -> list[Encoded]:
    """The tokens of each text, in one call where nothing must be kept apart."""
    if not tokenizer.is_fast:
        return [_in_pieces(text, tokenizer) for text in texts]
    plain = [text.text for text in texts if not text.typed]
    whole = iter(_encodings(plain, tokenizer))
    return [_in_pieces(text, tokenizer) if text.typed else next(whole) for text in texts]


def _encodings(texts: list[str], tokenizer: Any, letters: bool = False) -> list[Encoded]:
    if not texts:
        return []
    direct = _is_the_librarys(tokenizer)
    found = tokenizer(
        texts[:1] if direct else texts,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        split_special_tokens=letters,
        verbose=False,
    ).encodings
    if direct:  # the first call has set how special tokens are read, and that nothing is cut or padded
        found += tokenizer.backend_tokenizer.encode_batch(texts[1:], add_special_tokens=False)
    return [Encoded(one.ids, encoding=one) for one in found]


def _is_the_librarys(tokenizer: Any) -> bool:
    """Whether a call does what the library's own does: nothing but settings and one call of the tokenizer in Rust.

    Then texts are given to that at once, without a dictionary of lists for each.
    """
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

    kind = type(tokenizer)
    return (
        isinstance(tokenizer, PreTrainedTokenizerFast)
        and kind.__call__ is PreTrainedTokenizerBase.__call__
        and getattr(kind, "_encode_plus", None) is getattr(PreTrainedTokenizerFast, "_encode_plus", kind)
    )


def _in_pieces(text: RenderedText, tokenizer: Any) -> Encoded:
    """Tokenize around the special tokens that were typed, and these as letters.

    A tokenizer that cannot say where a token lies gets each learned span by itself too; its tokens are then known to
    lie in their piece.
    """
    cuts = {0, len(text.text), *(edge for span in text.typed for edge in span)}
    if not tokenizer.is_fast:
        cuts |= {edge for span in text.learned for edge in span}
    edges, typed = sorted(cuts), set(text.typed)
    ids: list[int] = []
    places: list[tuple[int, int]] = []
    for start, stop in pairwise(edges):
        piece, letters = text.text[start:stop], (start, stop) in typed
        if tokenizer.is_fast:
            (found,) = _encodings([piece], tokenizer, letters)
            ids += found.ids
            places += [(start + first, start + end) for first, end in found.places]
        else:
            found_ids = tokenizer(piece, add_special_tokens=False, split_special_tokens=letters)["input_ids"]
            ids += found_ids
            places += [(start, stop)] * len(found_ids)
    return Encoded(ids, places)
