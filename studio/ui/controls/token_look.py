"""How the window shows a token of a training row: its colours by what becomes of it, and its invisible characters."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from studio.core.token_view import SeenToken
from studio.core.words import mark
from studio.ui.palette import mixed
from studio.ui.theme import theme

# Of a token's ground, how much is its role's colour: neighbours differ, so that one sees where a token ends.
_SHADES = (0.17, 0.30)
_PLAIN_SHADES = (0.05, 0.10)
LEGEND = (
    ("learned", SeenToken(mark("learned"), "learned"), mark("The model learns to write these tokens.")),
    ("read", SeenToken(mark("read"), "read"), mark("The model reads these tokens and does not learn them.")),
    (
        "template",
        SeenToken(mark("added by the template"), "read", template=True),
        mark("Not in your file: the chat template."),
    ),
    (
        "special",
        SeenToken(mark("special token"), "read", template=True, special=True),
        mark("A single token with a meaning."),
    ),
    ("cut", SeenToken(mark("cut off"), "cut"), mark("Beyond max_length: the model never sees these tokens.")),
)
"""One token of each look, with its meaning: what a legend shows."""


@dataclass(frozen=True, slots=True)
class TokenLook:
    """The colours of one token; `struck` through where it is cut."""

    ground: QColor
    ink: QColor
    struck: bool


def token_look(token: SeenToken, number: int) -> TokenLook:
    """The look of the token at `number` of its row, in the theme shown now."""
    roles = theme.roles
    odd = number % 2
    if token.kind == "cut":
        return TokenLook(mixed(roles.surface, roles.danger, _SHADES[odd] * 0.6), QColor(roles.danger), True)
    if token.kind == "learned":
        ink = mixed(roles.ink, roles.good, 0.55) if token.special else QColor(roles.ink)
        return TokenLook(mixed(roles.surface, roles.good, _SHADES[odd]), ink, False)
    if token.special:
        return TokenLook(mixed(roles.surface, roles.accent, _SHADES[0]), QColor(roles.accent), False)
    ink = QColor(roles.faint if token.template else roles.ink)
    return TokenLook(mixed(roles.surface, roles.ink, _PLAIN_SHADES[odd]), ink, False)


def visible(text: str) -> str:
    """A token's text with its line breaks, tabs and control characters made visible; a line still breaks after one."""
    shown = []
    for letter in text:
        if letter == "\n":
            shown.append("↵\n")
        elif letter in "\u2028\u2029\x0b\x0c\x85":
            shown.append("↵")
        elif letter == "\t":
            shown.append("⇥")
        elif ord(letter) < 32:
            shown.append(chr(0x2400 + ord(letter)))
        else:
            shown.append(letter)
    return "".join(shown)
