"""One thing to export to, as a card: what it is, what runs it, its size, whether it is exact, or why it cannot be."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from studio.core.export_formats import EXPORT_FORMATS, PROGRAMS
from studio.core.units import about
from studio.core.words import mark, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import Text, WrappedText
from studio.ui.theme import scaled_font, theme, unit
from studio.ui.units import bytes_text, unbroken

ROUNDED = mark("Rounded to this format, so its answers may differ slightly.")


class TargetCard(QWidget):
    """Shows one format's offers, as `export --sizes` has them; `chosen` says that a person picked it.

    A GGUF file comes in several number formats, of which one is picked in the card.
    """

    chosen = Signal()

    def __init__(self, format: str) -> None:
        super().__init__()
        self.format = format
        title, _, hint = tr(EXPORT_FORMATS[format]).replace("：", ": ").partition(": ")
        self._offers: list[dict[str, Any]] = []
        self.radio = QRadioButton(title)
        self.radio.setObjectName(f"export_target_{format}")
        self.radio.setFont(scaled_font(1.05))
        self.radio.setToolTip(hint)
        self.radio.toggled.connect(self._on_toggled)
        self.size_text = Text("", strong=True)
        self.size_text.setObjectName(f"export_size_{format}")
        self.numbers = QComboBox()
        self.numbers.setObjectName(f"export_numbers_{format}")
        self.numbers.setAccessibleName(tr("Number format of {title}", title=title))
        self.numbers.hide()
        self.numbers.currentIndexChanged.connect(self._on_numbers)
        self._runs_in = WrappedText(tr("Runs in {programs}", programs=tr(PROGRAMS[format])), "quiet", 0.95)
        self._told = WrappedText("", "quiet", 0.95)
        self._told.setObjectName(f"export_told_{format}")
        head = QHBoxLayout()
        head.addWidget(self.radio, 1)
        head.addWidget(self.numbers)
        head.addWidget(self.size_text)
        pad = round(unit() * 0.7)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(pad * 0.8), pad, round(pad * 0.8))
        column.setSpacing(round(unit() * 0.2))
        column.addLayout(head)
        column.addWidget(self._runs_in)
        column.addWidget(self._told)
        column.addStretch(1)
        theme.changed.connect(self.update)

    @property
    def quantisation(self) -> str:
        """The number format that is picked, "" where there is none to pick."""
        return str(self._shown.get("quantisation") or "") if self._offers else ""

    @property
    def possible(self) -> bool:
        """Whether it can be written, as far as that is known."""
        return not self._offers or bool(self._shown.get("possible"))

    def show_offers(self, offers: list[dict[str, Any]]) -> None:
        """Show what is offered in this format; none yet while that is being found out."""
        self._offers = offers
        self.numbers.blockSignals(True)
        self.numbers.clear()
        for offer in offers:
            if offer.get("quantisation"):
                self.numbers.addItem(str(offer["quantisation"]))
        best = next((row for row, offer in enumerate(offers) if offer.get("fits_card")), 0)
        self.numbers.setCurrentIndex(best if self.numbers.count() else -1)
        self.numbers.blockSignals(False)
        self.numbers.setVisible(self.numbers.count() > 1)
        self._on_numbers()

    @property
    def _shown(self) -> dict[str, Any]:
        return self._offers[max(0, self.numbers.currentIndex())] if self._offers else {}

    @Slot()
    def _on_numbers(self) -> None:
        offer = self._shown
        size = offer.get("bytes")
        self.size_text.setText(bytes_text(size) if isinstance(size, int) else "")
        self.radio.setEnabled(self.possible)
        if not self.possible and self.radio.isChecked():
            self._uncheck()
        role, words = _words(offer)
        seconds = offer.get("seconds")
        programs = tr(PROGRAMS[self.format])
        runs_in = tr("Runs in {programs}", programs=programs)
        if isinstance(seconds, int | float) and self.possible:
            runs_in = tr("Runs in {programs}; takes {time}", programs=programs, time=about(seconds))
        self._runs_in.setText(unbroken(runs_in))
        self._told.setText(unbroken(words))
        self._told.set_role(role)
        self._told.setVisible(bool(words))
        told = tr("Runs in {programs}. {size}. {words}", programs=programs, size=self.size_text.text(), words=words)
        self.radio.setAccessibleDescription(told)
        self.update()

    def _uncheck(self) -> None:
        """Qt lets nobody uncheck the only one that is checked of an exclusive group."""
        group = self.radio.group()
        if group is not None:
            group.setExclusive(False)
        self.radio.setAutoExclusive(False)
        self.radio.setChecked(False)
        self.radio.setAutoExclusive(True)
        if group is not None:
            group.setExclusive(True)

    @Slot(bool)
    def _on_toggled(self, checked: bool) -> None:
        self.update()
        if checked:
            self.chosen.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.radio.isEnabled():
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = theme.roles
        painter = QPainter(self)
        picked = self.radio.isChecked()
        fill, edge = (roles.accent_wash, roles.accent) if picked else (roles.surface, roles.line)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_box(painter, box, 8, QColor(fill), QColor(edge), 1.5 if picked else 1)


def _words(offer: dict[str, Any]) -> tuple[str, str]:
    """The role and the words of what is to be known of an offer before it is picked."""
    if not offer:
        return "quiet", ""
    if not offer.get("possible"):
        why = str(offer.get("why_not") or tr("it cannot be written"))
        return "faint", tr("Not possible: {why}.", why=why)
    if offer.get("advice"):
        return "warning", str(offer["advice"])
    if offer.get("differs"):
        return "warning", str(offer["differs"])
    if offer.get("exact"):
        numbers = offer.get("quantisation")
        if numbers:
            rounded = tr(
                "Exact: it computes what the run computes, but for the rounding to {numbers}.", numbers=numbers
            )
            return "quiet", rounded
        return "quiet", tr("Exact: it computes what the run computes.")
    return "quiet", tr(ROUNDED)
