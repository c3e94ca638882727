"""Conversations as short lines that a table of expectations can hold."""

from __future__ import annotations

from studio.data.conversation import Conversation, Turn


def shown(conversation: Conversation) -> str:
    """A row such as "user: 2+2? | assistant: 4"; what is not plain speech stands in brackets."""
    parts = [f"text: {conversation.text}"] if conversation.text else []
    parts += [_turn(turn) for turn in conversation.turns]
    if conversation.answer:
        parts.append(f"[answer {conversation.answer}]")
    if conversation.choices:
        parts.append(f"[choices {' '.join(conversation.choices)}]")
    parts += [f"[tool {tool}]" for tool in conversation.tools]
    return " | ".join(parts)


def _turn(turn: Turn) -> str:
    who = turn.role + (f" {turn.name}" if turn.name else "") + (f" to {turn.call_id}" if turn.call_id else "")
    calls = "".join(f"[{call.id or 'call'} {call.name} {call.arguments}]" for call in turn.calls)
    thought = f"[thinks {turn.reasoning}]" if turn.reasoning else ""
    return f"{who}: {'' if turn.learned else '[not learned]'}{thought}{turn.content}{calls}"
