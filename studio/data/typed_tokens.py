"""Special tokens that the data writes outside its messages: in calls, their arguments, tools' schemas and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studio.data.conversation import Turn
from studio.data.special_tokens import SpecialTokens
from studio.data.template import Template, TemplateRefusedError


def beside_messages(turns: Sequence[Turn], tools: Sequence[str]) -> list[str]:
    """Every text of the data's own that is not a message's."""
    names = [text for turn in turns for text in (turn.name, turn.call_id) if text]
    calls = [text for turn in turns for call in turn.calls for text in (call.name, call.arguments, call.id) if text]
    return [*names, *calls, *tools]


def typed_beside_messages(
    template: Template, specials: SpecialTokens, text: str, turns: Sequence[Turn], tools: Sequence[str]
) -> list[tuple[int, int]]:
    """Where special tokens stand in `text`, which begins with what `template` makes of `turns`, by the data's doing.

    They are where the text differs once they are letters in the data. Raises TemplateRefusedError where that changes
    anything else, since they cannot be told from the template's own then.
    """
    if not any(specials.own_in(part, marks=True) for part in beside_messages(turns, tools)):
        return []

    def lettered(data: str, marks: bool = True) -> str:
        for start, stop in specials.own_in(data, marks):
            data = data[:start] + "z" * (stop - start) + data[stop:]
        return data

    others = [
        replace(
            turn,
            content=lettered(turn.content, marks=False),
            reasoning=lettered(turn.reasoning, marks=False),
            name=lettered(turn.name),
            call_id=lettered(turn.call_id),
            calls=tuple(
                replace(call, name=lettered(call.name), arguments=lettered(call.arguments), id=lettered(call.id))
                for call in turn.calls
            ),
        )
        for turn in turns
    ]
    other_tools = [lettered(tool) for tool in tools]
    written, other = template.apply(turns, tools), template.apply(others, other_tools)
    if not text.startswith(written):  # an answer was put back behind what is read before it
        written, other = template.apply(turns[:-1], tools, True), template.apply(others[:-1], other_tools, True)
    spans = [span for span in specials.own_in(written, marks=True) if other[slice(*span)] != written[slice(*span)]]
    for start, stop in spans:
        other = other[:start] + written[start:stop] + other[stop:]
    if other != written or not text.startswith(written):
        raise TemplateRefusedError(
            "special tokens of the model stand in a tool call, a tool or a name, where the model's chat template"
            " treats them apart."
        )
    return spans
