"""Special tokens that the data or a person writes, told from the template's own: they must be read as letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studio.core.words import tr
from studio.data.conversation import Turn
from studio.data.special_tokens import SpecialTokens
from studio.data.template import Template, TemplateRefusedError

Span = tuple[int, int]
_APART = tr(
    "special tokens of the model stand in a message, a tool call, a tool or a name, where "
    "the model's chat template treats them apart."
)


def beside_messages(turns: Sequence[Turn], tools: Sequence[str]) -> list[str]:
    """Every text of the data's own that is not a message's."""
    names = [text for turn in turns for text in (turn.name, turn.call_id) if text]
    calls = [text for turn in turns for call in turn.calls for text in (call.name, call.arguments, call.id) if text]
    return [*names, *calls, *tools]


def typed_beside_messages(
    template: Template, specials: SpecialTokens, text: str, turns: Sequence[Turn], tools: Sequence[str]
) -> list[Span]:
    """Where special tokens stand in `text`, which begins with what `template` makes of `turns`, by the data's doing.

    Nowhere, where all of them are in messages. Raises TemplateRefusedError as `typed_in` does.
    """
    if not any(specials.own_in(part, marks=True) for part in beside_messages(turns, tools)):
        return []
    written, spans = typed_in(template, specials, turns, tools)
    if not text.startswith(written):  # an answer was put back behind what is read before it
        written, spans = typed_in(template, specials, turns[:-1], tools, opening=True)
    if not text.startswith(written):
        raise TemplateRefusedError(_APART)
    return spans


def typed_in(
    template: Template, specials: SpecialTokens, turns: Sequence[Turn], tools: Sequence[str], opening: bool = False
) -> tuple[str, list[Span]]:
    """What `template` makes of `turns`, and where special tokens stand in it by their doing and not by its own.

    They are where the text differs once they are letters in the turns. Raises TemplateRefusedError where that changes
    anything else, since they cannot be told from the template's own then.
    """
    written = template.apply(turns, tools, opening)
    others = [_lettered_turn(specials, turn) for turn in turns]
    other_tools = [_lettered(specials, tool) for tool in tools]
    if others == list(turns) and other_tools == list(tools):
        return written, []
    other = template.apply(others, other_tools, opening)
    spans = [span for span in specials.own_in(written, marks=True) if other[slice(*span)] != written[slice(*span)]]
    for start, stop in spans:
        other = other[:start] + written[start:stop] + other[stop:]
    if other != written:
        raise TemplateRefusedError(_APART)
    return written, spans


def _lettered(specials: SpecialTokens, data: str, marks: bool = True) -> str:
    for start, stop in specials.own_in(data, marks):
        data = data[:start] + "z" * (stop - start) + data[stop:]
    return data


def _lettered_turn(specials: SpecialTokens, turn: Turn) -> Turn:
    return replace(
        turn,
        content=_lettered(specials, turn.content, marks=False),
        reasoning=_lettered(specials, turn.reasoning, marks=False),
        name=_lettered(specials, turn.name),
        call_id=_lettered(specials, turn.call_id),
        calls=tuple(
            replace(
                call,
                name=_lettered(specials, call.name),
                arguments=_lettered(specials, call.arguments),
                id=_lettered(specials, call.id),
            )
            for call in turn.calls
        ),
    )
