"""Conversations as the text that the model reads, and which part of it is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.said import words_of
from studio.core.words import tr
from studio.data.answer_plan import Span
from studio.data.answers import Answers, Placed
from studio.data.conversation import Conversation, Turn, is_answer
from studio.data.fingerprint import fingerprint
from studio.data.special_tokens import SpecialTokens
from studio.data.template import Template, TemplateRefusedError
from studio.data.typed_tokens import beside_messages, typed_beside_messages, typed_in
from studio.data.written_form import Note, Written, WrittenForm

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].capitalize() + ':\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\n\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:\n' }}{% endif %}"
)
"""What stands in for a chat template where a tokenizer has none."""

AFTER = Note(tr("messages after the last answer are not used, since nothing is learned from them"))
APART = Note(
    tr(
        "each answer is a row of its own, since the chat template writes an earlier answer differently once others"
        " follow"
    )
)
KEPT = Note(
    tr("the chat template leaves out a part of an answer, such as its reasoning; it is learned as the row has it")
)
LOST_CALL = Note(
    tr("the chat template leaves out a part of an answer that calls a tool, so it is not learned"),
    tr("Write the text beside a call as a message of its own."),
)
LOST = Note(
    tr("the chat template leaves out the text of a message"), tr("Choose a model whose template writes such messages.")
)
FIRST = Note(
    tr("the chat template does not write a first message by the assistant as an answer, so it is not learned"),
    tr("Put a question before it."),
)
TYPED = Note(tr("special tokens of the model stand in a message, a tool or a name; they are read as plain letters"))
IN_TEXT = Note(tr("special tokens of the model stand in the text; they are read as such"))


@dataclass(frozen=True, slots=True)
class RenderedText:
    """One row's text with the characters that are learned, as (start, stop); the last span is the last answer's.

    `own` are the row's own words, all else is the template's. `read` are the messages that are only read, as (start,
    stop, place in `turns`); `typed` are special tokens in messages, which must become letters. `turns`, `tools` and
    `answers` (places in `turns`) are what the text was made of, for a row that must be made shorter.
    """

    text: str
    learned: tuple[Span, ...]
    own: tuple[Span, ...] = ()
    read: tuple[tuple[int, int, int], ...] = ()
    typed: tuple[Span, ...] = ()
    turns: tuple[Turn, ...] = ()
    tools: tuple[str, ...] = ()
    answers: tuple[int, ...] = ()


@dataclass(slots=True)
class Rendered:
    """The rows of one conversation in the order of their answers, and what was done to make them."""

    rows: list[RenderedText]
    notes: list[Note] = field(default_factory=list)


def ensure_chat_template(tokenizer: Any) -> Problem | None:
    """Give a tokenizer without a chat template the plain one; returns a warning for the user when that was needed."""
    if tokenizer.chat_template:
        return None
    tokenizer.chat_template = ("{{ bos_token }}" if _opening(tokenizer) else "") + PLAIN_TEMPLATE
    return Problem(
        getattr(tokenizer, "name_or_path", "") or "tokenizer",
        tr('this model has no chat template; plain "User:" and "Assistant:" lines are used instead.'),
        tr("Nothing to do unless the model expects its own template; then add a chat_template to its tokenizer."),
    )


class ChatText:
    """Renders conversations with one tokenizer's chat template.

    `stop_ids` are the tokens that end an answer. `ends_in_one_token` says that all an answer ends with is one token
    of its own, in the middle of a conversation and at its end.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.warning = ensure_chat_template(tokenizer)
        self.opening = _opening(tokenizer)
        template = Template(tokenizer)
        try:
            ending = template.apply((Turn("user", "u"), Turn("assistant", "answer"))).rpartition("answer")[2].strip()
        except TemplateRefusedError as error:
            raise ProblemError.at(
                "tokenizer",
                words_of(error),
                tr("Fix chat_template in the model's tokenizer_config.json, or remove it."),
            ) from None
        end_ids = tokenizer(ending, add_special_tokens=False)["input_ids"] if ending else []
        eos = tokenizer.eos_token_id
        self.stop_ids: frozenset[int] = frozenset(([] if eos is None else [int(eos)]) + end_ids[:1])
        stop = str(tokenizer.decode(end_ids[:1])) if end_ids else ""
        self.specials = SpecialTokens(tokenizer, frozenset({stop} if stop else ()))
        # A template that writes nothing after an answer would teach a model never to stop.
        closing = "" if end_ids else (tokenizer.eos_token or "")
        self.ends_in_one_token = len(end_ids) == 1 and end_ids[0] in tokenizer.added_tokens_decoder
        self._answers = Answers(template, ending, stop, closing)
        self._form = WrittenForm(template, self.specials)

    @cached_property
    def fingerprint(self) -> str:
        """What identifies the tokenizer and its template."""
        return fingerprint(self.tokenizer)

    def prompt(self, turns: Sequence[Turn], tools: Sequence[str] = ()) -> RenderedText:
        """What the model reads before it answers: `turns` and the opening of the assistant's turn; nothing is learned.

        Raises TemplateRefusedError.
        """
        written = self._form.of(turns, tools)
        text, typed = typed_in(self._answers.template, self.specials, written.turns, written.tools, opening=True)
        return RenderedText(text, (), typed=tuple(typed), turns=written.turns, tools=written.tools)

    def render(self, conversation: Conversation) -> RenderedText:
        """The row of a conversation's last answer. Raises TemplateRefusedError."""
        return self.rows(conversation).rows[-1]

    def rows(self, conversation: Conversation) -> Rendered:
        """A conversation's rows, in which every answer that is marked as learned is learned exactly once.

        They are one row, but where the template writes earlier answers differently once later turns follow: there
        each such answer gets a row that ends with it. A text is learned whole. Raises TemplateRefusedError.
        """
        if not conversation.turns:
            return self._text(conversation.text)
        return self._rows(conversation, self._written(conversation))

    def rows_of_all(self, conversations: Sequence[Conversation]) -> list[Rendered | TemplateRefusedError]:
        """As `rows` of each, rendered together; the refusal of one does not concern the others."""
        asked = [(each, self._written(each)) for each in conversations if each.turns]
        texts = iter(
            self._answers.template.apply_all([(written.turns, written.tools) for _, written in asked])
            or [""] * len(asked)
        )
        writings = iter(asked)
        found: list[Rendered | TemplateRefusedError] = []
        for conversation in conversations:
            try:
                if conversation.turns:
                    found.append(self._rows(*next(writings), next(texts)))
                else:
                    found.append(self._text(conversation.text))
            except TemplateRefusedError as error:
                found.append(error)
        return found

    def _written(self, conversation: Conversation) -> Written:
        return self._form.of(conversation.turns[: conversation.answered + 1], conversation.tools)

    def _rows(self, conversation: Conversation, written: Written, text: str = "") -> Rendered:
        """The rows of a conversation; `text` is what the template makes of the turns written, where that is known."""
        turns = conversation.turns[: conversation.answered + 1]
        try:
            found = self.rows_of(written.turns, written.tools, text=text)
        except TemplateRefusedError:
            plain = self._form.of(turns, conversation.tools, plain=True)
            if plain.turns == written.turns:
                raise
            written, found = plain, self.rows_of(plain.turns, plain.tools)
        found.notes += written.notes
        if any(turn.content.strip() for turn in conversation.turns[len(turns) :]):
            found.notes.append(AFTER)
        self._look_at(written, found)
        return found

    def rows_of(
        self, turns: Sequence[Turn], tools: Sequence[str] = (), only: Sequence[int] | None = None, text: str = ""
    ) -> Rendered:
        """As `rows` for turns that the template can write; `only` these answers are learned, else all of them.

        No rows where no turn is an answer.
        """
        wanted = [index for index, turn in enumerate(turns) if is_answer(turn)] if only is None else list(only)
        if not wanted:
            return Rendered([])
        if len(turns) > wanted[-1] + 1:  # an answer of which nothing was left
            turns, text = turns[: wanted[-1] + 1], ""
        turns = tuple(turns)
        placed = self._answers.place(turns, tools, wanted, text)
        rendered = Rendered([])
        for index in wanted:
            if index in placed.answers:
                continue
            if index == 0 and len(turns) == 1:
                rendered.notes.append(FIRST)
            else:
                apart = self.rows_of(turns[: index + 1], tools, (index,))
                rendered.rows += apart.rows
                rendered.notes += [*([APART] if apart.rows else []), *apart.notes]
        learned = [index for index in wanted if index in placed.answers]
        if not learned:
            return rendered
        if placed.kept:
            rendered.notes.append(KEPT)
        for index in placed.lost:
            if index in placed.answers:
                rendered.notes.append(LOST_CALL)
            elif turns[index].role != "assistant":
                rendered.notes.append(LOST)
        read = [(*span, at) for at, span in placed.messages if at not in learned]
        rendered.rows.append(
            RenderedText(
                placed.text,
                tuple(placed.answers[index] for index in learned),
                tuple(span for _, span in placed.messages),
                tuple(read),
                self._typed(placed, turns, tools),
                turns,
                tuple(tools),
                tuple(learned),
            )
        )
        return rendered

    def _typed(self, placed: Placed, turns: Sequence[Turn], tools: Sequence[str]) -> tuple[Span, ...]:
        typed = {
            (start + first, start + stop)
            for _, (start, end) in placed.messages
            for first, stop in self.specials.own_in(placed.text[start:end])
        }
        beside = typed_beside_messages(self._answers.template, self.specials, placed.text, turns, tools)
        return tuple(sorted(typed.union(beside)))

    def _look_at(self, written: Written, found: Rendered) -> None:
        """Add notes about special tokens that stand in the data."""
        if any(row.typed for row in found.rows):
            found.notes.append(TYPED)
        said = (text for turn in written.turns for text in (turn.content, turn.reasoning) if text)
        texts = (*said, *beside_messages(written.turns, written.tools))
        foreign = next((seen for text in texts if (seen := self.specials.foreign_in(text))), "")
        if foreign:
            found.notes.append(foreign_note(foreign))

    def _text(self, text: str) -> Rendered:
        rendered = Rendered([])
        if self.specials.own_in(text):
            rendered.notes.append(IN_TEXT)
        if foreign := self.specials.foreign_in(text):
            rendered.notes.append(foreign_note(foreign))
        before = self.opening if not text.startswith(self.opening) else ""
        if self.specials.ends_text(text):
            text, after = text.rstrip(), ""
        else:
            after = self.tokenizer.eos_token or ""
        whole = f"{before}{text}{after}"
        own = (len(before), len(before) + len(text))
        rendered.rows.append(RenderedText(whole, ((0, len(whole)),), (own,)))
        return rendered


def foreign_note(token: str) -> Note:
    """What is said of text that looks like another model's special token."""
    return Note(
        tr(
            "{token} stands in the text; it looks like another model's special token and is read as plain letters",
            token=token,
        ),
        tr("Remove it from the data, or choose the model that it belongs to."),
    )


def _opening(tokenizer: Any) -> str:
    """The beginning-of-text token, where the tokenizer itself puts one before a text."""
    first = tokenizer("a")["input_ids"][:1]
    return str(tokenizer.bos_token) if first and first[0] == tokenizer.bos_token_id else ""
