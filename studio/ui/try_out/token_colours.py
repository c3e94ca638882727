"""How a token is coloured: by the expert that carried most of it, the stronger the more it carried."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextCharFormat

from studio.core.chat.routed_token import RoutedToken
from studio.core.units import percent_text
from studio.core.words import in_a_row, tr
from studio.ui.palette import mixed
from studio.ui.theme import theme

# Of a token's ground, how much is its expert's colour: at an even share and at the whole weight.
LEAST, MOST = 0.14, 0.36


def ground_of(token: RoutedToken, layer: int | None) -> QColor | None:
    """A token's ground, of one layer or of all together; None where nothing routed it."""
    shares = token.at(layer)
    if not shares:
        return None
    expert, share = next(iter(shares.items()))
    return mixed(theme.roles.surface, theme.roles.expert(expert), LEAST + (MOST - LEAST) * share)


def format_of(token: RoutedToken, layer: int | None, quiet: bool = False) -> QTextCharFormat:
    """A token's look in a text; `quiet` where it was only read."""
    made = QTextCharFormat()
    ground = ground_of(token, layer)
    if ground is not None:
        made.setBackground(ground)
    made.setForeground(QColor(theme.roles.quiet if quiet else theme.roles.ink))
    return made


def words_of(token: RoutedToken, layer: int | None, most: int = 3) -> str:
    """The experts that carried a token, heaviest first: "expert 3 62 %, expert 1 38 %"."""
    shares = list(token.at(layer).items())[:most]
    return in_a_row(
        *(tr("expert {expert} {share}", expert=expert, share=percent_text(share)) for expert, share in shares)
    )
