"""Which card the plan is for: this machine's own device, or one from the table of cards that are not here."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy

from studio.core.words import mark, tr
from studio.hardware.card_table import CARDS, Card
from studio.ui.theme import unit

HERE = mark("This machine")
HINT = mark("Plan for this machine, or for a card that is not in it. Start always trains on this machine.")
ROWS_IN_SIGHT = 18


class CardChoice(QComboBox):
    """`chosen` brings the card; None is this machine."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plan_card")
        self.setAccessibleName(tr("Plan for"))
        self.setToolTip(tr(HINT))
        self.addItem(tr(HERE), None)
        self.insertSeparator(1)
        for card in CARDS:
            self.addItem(card.short_name, card)
        self.setMaxVisibleItems(ROWS_IN_SIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_narrow(False)
        self.currentIndexChanged.connect(self._on_index)

    def set_narrow(self, narrow: bool) -> None:
        """Take little room, in a small window."""
        self.setMinimumWidth(round(unit() * 8))
        self.setMaximumWidth(round(unit() * (8.6 if narrow else 15)))

    @property
    def card(self) -> Card | None:
        """The chosen card; None for this machine."""
        found = self.currentData()
        return found if isinstance(found, Card) else None

    @Slot()
    def _on_index(self) -> None:
        # Its own text may be cut where the window is narrow.
        self.setToolTip(tr(HINT) if self.card is None else f"{self.card.full_name}\n{tr(HINT)}")
        self.chosen.emit(self.card)
