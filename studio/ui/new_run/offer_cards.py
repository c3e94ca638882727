"""The three recipes that fit, as cards: what each is best at, how long it takes, and what it costs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.recipe.recipe import Recipe
from studio.core.units import about
from studio.core.words import mark, sentences, tr
from studio.planner.pins import SEARCHED, value_of
from studio.planner.search import Alternative
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.painted_button import PaintedButton
from studio.ui.controls.widgets import Text, WrappedText
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit
from studio.ui.units import bytes_text, unbroken

OFFERS = 3
NOTHING_FITS = mark("Nothing fits with what is pinned. Let a pin go, or choose a smaller model.")


class OfferCard(PaintedButton):
    """One offer; checked while the form is as it says."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.setObjectName(f"offer_{index}")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.label = Text("", strong=True)
        self.time = Text("", "quiet", 0.95)
        self.settings = WrappedText("", "ink", 0.92)
        self.price = WrappedText("", "quiet", 0.92)
        head = QHBoxLayout()
        head.addWidget(self.label, 1)
        head.addWidget(self.time)
        pad = round(unit() * 0.7)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(unit() * 0.5), pad, round(unit() * 0.55))
        column.setSpacing(round(unit() * 0.2))
        column.addLayout(head)
        column.addWidget(self.settings)
        column.addWidget(self.price)
        column.addStretch(1)
        for each in (self.label, self.time, self.settings, self.price):
            each.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_offer(self, offer: Alternative, lasts: bool) -> None:
        """Show an offer; without `lasts` nothing is said of its time, which the data's state makes unsure."""
        took = unbroken(about(offer.seconds, short=True)) if offer.seconds is not None and lasts else ""
        took = tr("at least {time}", time=took) if took and offer.at_least else took
        label = tr(offer.label).capitalize()
        self.label.setText(label)
        self.time.setText(took or bytes_text(offer.plan.peak_bytes))
        self.settings.setText(offer.settings)
        self.price.setText(offer.price)
        basis = offer.basis if took else ""
        self.setToolTip(sentences(offer.why, tr("Takes {time}.", time=took) if took else "", basis))
        self.setAccessibleName(f"{label}: {offer.settings}; {offer.price} {took}".rstrip())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles = theme.roles
        fill = QColor(roles.accent_wash) if self.isChecked() else QColor(roles.window)
        if self.underMouse() and not self.isChecked():
            fill = mixed(roles.window, roles.raised, 0.6)
        focused = self.hasFocus()
        edge = roles.accent if self.isChecked() or focused else roles.line
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_box(painter, box, 8, fill, QColor(edge), 2 if focused else 1)


class OfferCards(QWidget):
    """Shows the offers; `chosen` brings the fields of the one that was pressed."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._offers: tuple[Alternative, ...] = ()
        self.cards = [OfferCard(index) for index in range(OFFERS)]
        self.said = WrappedText("", "faint", 0.92)
        self.said.setObjectName("offers_note")
        row = QHBoxLayout()
        row.setSpacing(round(unit() * 0.6))
        for card in self.cards:
            row.addWidget(card, 1)
            card.clicked.connect(self._on_card)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.35))
        column.addLayout(row)
        column.addWidget(self.said)
        self.hide()

    def show_offers(self, offers: tuple[Alternative, ...], present: Recipe | None, lasts: bool = True) -> None:
        """Show these offers beside the recipe as it is planned now; where nothing fits, that is said."""
        self._offers = offers[:OFFERS]
        self.setVisible(bool(offers) or present is not None)
        for card, offer in zip(self.cards, self._offers, strict=False):
            card.show_offer(offer, lasts)
        for card in self.cards[len(self._offers) :]:
            card.hide()
        for card in self.cards[: len(self._offers)]:
            card.show()
        self.show_present(present)
        there = next((each.plan.device.name for each in offers if not each.plan.device.present), "")
        note = tr("These are offers for a {card}, which is not in this machine.", card=there) if there else ""
        self.said.setText(note if offers else tr(NOTHING_FITS))
        self.said.setVisible(bool(self.said.text()))

    def show_present(self, recipe: Recipe | None) -> None:
        """Mark the offer that the recipe is already."""
        for card, offer in zip(self.cards, self._offers, strict=False):
            card.setChecked(recipe is not None and _fields(offer.plan.recipe) == _fields(recipe))

    @Slot()
    def _on_card(self) -> None:
        card = self.sender()
        if isinstance(card, OfferCard):
            card.setChecked(False)  # until the form has it
            self.chosen.emit(_fields(self._offers[self.cards.index(card)].plan.recipe))


def _fields(recipe: Recipe) -> dict[str, object]:
    return {path: value_of(recipe, path) for path in SEARCHED}
