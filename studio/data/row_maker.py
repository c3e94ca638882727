"""Conversations made into token rows that fit: rendered, tokenized, and made shorter where they must be.

conversation ──► rendered rows ──► tokens ──► it fits: done
                      ▲                 ├──► a text: windows
                      │                 ├──► turns to spare: divided, and rendered again
                      └─────────────────┘    else the middle of its longest message is cut out
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studio.core.said import words_of
from studio.core.words import mark, tr
from studio.data.chat_text import FIRST, ChatText, RenderedText
from studio.data.conversation import Conversation
from studio.data.fit import cut, divided, windows
from studio.data.template import TemplateRefusedError
from studio.data.token_rows import TokenRow
from studio.data.tokenize import Encoded, encode, row_of
from studio.data.written_form import Note

Why = tuple[str, str]
"""Why a row is not used, as the end of a sentence, and what to do about it."""

ANSWER_TOO_LONG = mark("the answer with the lines around the messages is longer than {tokens} tokens")
LINES_TOO_LONG = mark("the lines around the messages alone are longer than {tokens} tokens")
_FILL = tr("Fill in the answers.")
_RAISE = tr("Raise training.max_length to keep it whole.")


@dataclass(slots=True)
class Made:
    """What became of one conversation.

    `rows` in the order of its answers, and the `texts` that they were made of;
    `lengths` of its rows before any was made shorter. `lost` tokens are in no row, `lost_answer` of them of an
    answer. Where there are no rows, `left_out` says why; `refused` is what the chat template says against it.
    """

    rows: list[TokenRow] = field(default_factory=list)
    texts: list[RenderedText] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lost: int = 0
    lost_answer: int = 0
    left_out: Why | None = None
    refused: Why | None = None


_Order = tuple[int, ...]
"""Where a row stands among those of its conversation: of each part, its place in the whole that was divided."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A text that is still to be tokenized, and the place of its conversation."""

    place: int
    order: _Order
    text: RenderedText


@dataclass(frozen=True, slots=True)
class Begun:
    """Conversations that are rendered, and not yet tokenized."""

    made: list[Made]
    waiting: list[_Waiting]

    @property
    def texts(self) -> list[RenderedText]:
        return [one.text for one in self.waiting]


class RowMaker:
    """Makes rows of at most `max_length` tokens.

    Of a conversation that is `scored` only the row of its last answer is made, and that answer is never cut.
    """

    def __init__(self, chat: ChatText, max_length: int, scored: bool = False) -> None:
        self.chat = chat
        self.max_length = max_length
        self.scored = scored

    def make(self, conversations: Sequence[Conversation]) -> list[Made]:
        """What became of each conversation; all of them are tokenized together."""
        begun = self.begin(conversations)
        return self.finish(begun, self.encode(begun.texts), self.encode)

    def begin(self, conversations: Sequence[Conversation]) -> Begun:
        """Render conversations; their texts are to be tokenized."""
        made = [Made() for _ in conversations]
        waiting = [
            _Waiting(place, (number,), text)
            for place, texts in enumerate(self._rendered(conversations, made))
            for number, text in enumerate(texts)
        ]
        return Begun(made, waiting)

    def encode(self, texts: Sequence[RenderedText]) -> list[Encoded]:
        """The tokens of texts; by one thread at a time."""
        return encode(texts, self.chat.tokenizer)

    def finish(
        self, begun: Begun, found: list[Encoded], encode: Callable[[Sequence[RenderedText]], list[Encoded]]
    ) -> list[Made]:
        """What became of each conversation, `found` being the tokens of its texts; `encode` is asked for more."""
        made, waiting = begun.made, begun.waiting
        rows: list[list[tuple[_Order, TokenRow, RenderedText]]] = [[] for _ in made]
        first = True
        while waiting:
            parts: list[_Waiting] = []
            for one, tokens in zip(waiting, found, strict=True):
                row = row_of(one.text, tokens)
                if first:
                    made[one.place].lengths.append(len(row))
                if len(row) <= self.max_length:
                    rows[one.place].append((one.order, row, one.text))
                else:
                    shorter, more = self._shortened(one, row, tokens, made[one.place])
                    rows[one.place] += shorter
                    parts += more
            waiting, first = parts, False
            found = encode([one.text for one in waiting]) if waiting else []
        for one_made, found_rows in zip(made, rows, strict=True):
            found_rows.sort(key=_order)
            one_made.rows = [row for _, row, _ in found_rows]
            one_made.texts = [text for _, _, text in found_rows]
            if found_rows:
                one_made.left_out = None
        return made

    def _rendered(self, conversations: Sequence[Conversation], made: Sequence[Made]) -> list[list[RenderedText]]:
        """Each conversation's texts; of those without any, `made` says why."""
        there = [each.answered >= 0 if each.turns else bool(each.text.strip()) for each in conversations]
        found = iter(self.chat.rows_of_all([each for each, some in zip(conversations, there, strict=True) if some]))
        texts: list[list[RenderedText]] = []
        for conversation, is_there, one in zip(conversations, there, made, strict=True):
            rendered = next(found) if is_there else None
            rows: list[RenderedText] = []
            if isinstance(rendered, TemplateRefusedError):
                one.refused = (str(rendered), tr("Fix the order of its messages, or remove the row."))
            elif rendered and rendered.rows:
                one.notes += dict.fromkeys(rendered.notes)
                rows = rendered.rows[-1:] if self.scored else rendered.rows
            elif rendered and FIRST in rendered.notes:
                one.left_out = (FIRST.what, FIRST.remedy)
            elif conversation.turns:
                one.left_out = (tr("the answer is empty"), _FILL)
            else:
                one.left_out = (tr("the text is empty"), tr("Remove it."))
            texts.append(rows)
        return texts

    def _shortened(
        self, one: _Waiting, row: TokenRow, found: Encoded, made: Made
    ) -> tuple[list[tuple[_Order, TokenRow, RenderedText]], list[_Waiting]]:
        """A text that is too long as rows that fit, and as texts that are to be tokenized again."""
        most, text = self.max_length, one.text
        if not text.turns:
            opens = bool(self.chat.opening) and text.text.startswith(self.chat.opening)
            _say(
                made,
                Note(
                    tr("a text is longer than {tokens} tokens and laid in several rows, none of it lost", tokens=most)
                ),
            )
            rows: list[tuple[_Order, TokenRow, RenderedText]] = []
            start = 0
            for number, window in enumerate(windows(row, most, opens)):
                taught = int(window.learned.sum())
                rows.append(((*one.order, number), window, _window_text(text, found, start, start + taught, opens)))
                start += taught
            return rows, []
        if parts := divided(text, found, most, self.chat.ends_in_one_token):
            note = tr(
                "a conversation is longer than {tokens} tokens and divided into several rows, in each of which an"
                " answer has as many messages before it as fit",
                tokens=most,
            )
            _say(made, Note(note, _RAISE))
            waiting = []
            for number, (places, learned) in enumerate(parts):
                if not self.scored or text.answers[-1] in learned:
                    waiting += self._part(one, number, places, learned, made)
            return [], waiting
        fitted = cut(text, row, found, most, not self.scored)
        if fitted is None:
            reason = tr(ANSWER_TOO_LONG if self.scored else LINES_TOO_LONG, tokens=most)
            made.left_out = (reason, tr("Raise training.max_length."))
            made.lost += len(row)
            return [], []
        if fitted.lost_answer:
            note = tr(
                "an answer does not fit in {tokens} tokens; its beginning is learned, without an end token", tokens=most
            )
        else:
            note = tr(
                "the prompt does not fit in {tokens} tokens; the middle of its longest message is cut out", tokens=most
            )
        _say(made, Note(note, _RAISE))
        made.lost += fitted.lost + fitted.lost_answer
        made.lost_answer += fitted.lost_answer
        return [(one.order, fitted.row, text)], []

    def _part(
        self, whole: _Waiting, number: int, places: tuple[int, ...], learned: tuple[int, ...], made: Made
    ) -> list[_Waiting]:
        """A part of a conversation that was divided, rendered anew."""
        turns = [whole.text.turns[place] for place in places]
        try:
            found = self.chat.rows_of(turns, whole.text.tools, [places.index(place) for place in learned])
        except TemplateRefusedError as error:
            what = tr(
                "it is longer than {tokens} tokens, and of its end {why}", tokens=self.max_length, why=words_of(error)
            )
            made.refused = (what, _RAISE)
            return []
        return [_Waiting(whole.place, (*whole.order, number, part), row) for part, row in enumerate(found.rows)]


def _window_text(text: RenderedText, found: Encoded, start: int, stop: int, opens: bool) -> RenderedText:
    """The part of a text that a window of its tokens [start, stop) shows, with what is read before it."""
    if not start:
        return RenderedText(text.text[: found.places[stop - 1][1]], ((0, found.places[stop - 1][1]),), text.own)
    opening = text.text[: found.places[0][1]] if opens else ""
    before, end = found.places[start - 1], found.places[stop - 1][1]
    part = opening + text.text[before[0] : end]
    own = min(end, text.own[0][1] if text.own else end) - before[0] + len(opening)
    return RenderedText(part, ((len(opening) + before[1] - before[0], len(part)),), ((len(opening), own),))


def _order(row: tuple[_Order, TokenRow, RenderedText]) -> _Order:
    return row[0]


def _say(made: Made, note: Note) -> None:
    if note not in made.notes:
        made.notes.append(note)
