"""The plan in a line: whether it fits, how long it takes, its memory; what would make it fit, and the rest unfolded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.units import about, count_text
from studio.core.words import in_a_row, mark, plural, sentences, tr
from studio.hardware.machine import Device
from studio.planner.advice import Change
from studio.planner.plan import Plan
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.icons import icon
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.card_choice import CardChoice
from studio.ui.new_run.plan_bar import PlanBar, PlanLegend
from studio.ui.theme import unit
from studio.ui.units import NO_BREAK, bytes_text, unbroken

CHECKING = mark("Checking this machine's hardware…")
FIT = mark("Make it fit")
SMALL = 44.0  # lines of text: the width below which there is no room for every word


class PlanPanel(QWidget):
    """Verdict, bar, legend and remedy; `change_wanted` brings the fields that would make the recipe fit."""

    change_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._planned: Planned | None = None
        self._refused = False  # the data of the recipe
        self._low = self._small = False
        self._change: Change | None = None
        self.bar = PlanBar()
        self.bar.setObjectName("plan_bar")
        self.legend = PlanLegend()
        self.bar.group_pressed.connect(self.legend.toggle)
        self.verdict = _named(WrappedText(tr(CHECKING), "quiet", strong=True), "plan_verdict")
        self.elsewhere = _named(WrappedText("", "warning", 0.95), "plan_elsewhere")
        self.remedy = _named(WrappedText("", "quiet", 0.95), "plan_remedy")
        self.trained = _named(WrappedText("", "quiet", 0.95), "plan_trained")
        self.notes = _named(WrappedText("", "quiet", 0.95), "plan_notes")
        self.exports = _named(WrappedText("", "quiet", 0.95), "plan_exports")
        self.card = CardChoice()
        self.apply = button("apply_change", tr(FIT), "check", hint=tr("Apply the changes named below"))
        self.apply.clicked.connect(self._on_apply)
        self.more = button(
            "plan_more", tr("Details"), "chevron-right", "quiet", tr("What was decided, and what it exports to")
        )
        self.more.setCheckable(True)
        self.more.toggled.connect(self._on_more)
        self.details = QWidget()
        self._for = Text(tr("Plan for"), "quiet", 0.95)
        self._lay_out()
        self.show_waiting(tr(CHECKING))

    def show_waiting(self, why: str) -> None:
        """Say why there is no plan now."""
        self._planned = self._change = None
        self.bar.show_plan(None)
        self.legend.show_plan(None)
        self.verdict.setText(why)
        self.verdict.set_role("quiet")
        for each in (self.trained, self.notes, self.exports):
            each.setText("")
        self._say_remedy("")
        self.elsewhere.hide()
        self.apply.hide()
        self._arrange()

    def show_data(self, refused: bool) -> None:
        """Say no more that the recipe fits, and how long it takes, while its data is refused."""
        if refused != self._refused:
            self._refused = refused
            if self._planned is not None:
                self.show_planned(self._planned)

    def show_planned(self, planned: Planned) -> None:
        """Show a plan, or why there is none."""
        plan = planned.plan
        if plan is None:
            self.show_waiting(planned.fault or tr("The plan is made once the problems are fixed."))
            return
        before = self._planned
        self._planned = planned
        self._show_elsewhere(plan, planned)
        self.bar.show_plan(plan)
        self.legend.show_plan(plan)
        self._show_verdict(plan, planned)
        if planned.trained is not None and planned.parameters:
            whole = planned.parameters + planned.trained  # as a run counts its model, adapter and all
            share = 100 * planned.trained / whole
            number = count_text(planned.trained)
            self.trained.setText(
                unbroken(tr("Trains {number} parameters ({share:.1f} %).", number=number, share=share))
            )
            self.trained.setToolTip(tr("{part} of {whole}", part=f"{planned.trained:,}", whole=f"{whole:,}"))
        self.exports.setText(" ".join(planned.exports))
        # For a card elsewhere the first note repeats `elsewhere`.
        self.notes.setText(" ".join(plan.notes if plan.device.present else plan.notes[1:]))
        if planned.whole or plan.fits or before is None:
            self._say_remedy(planned.remedy)
            self._change = planned.changes[0] if planned.changes else None
            card = _short(plan.device)
            self.apply.setText(tr(FIT) if plan.device.present else tr("Make it fit the {card}", card=card))
            self.apply.setVisible(self._change is not None)
            self.apply.setToolTip(self._change.what if self._change else "")
        self._arrange()

    def set_low(self, low: bool) -> None:
        """In a low window, only the verdict's line and a thin bar."""
        if low != self._low:
            self._low = low
            self._fit()
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave room for the verdict: in a small window without the name of the device."""
        small = self._low or self.width() < unit() * SMALL
        if small != self._small:
            self._small = small
            self.card.set_narrow(small)
            self._for.setVisible(not small)
            if self._planned is not None and self._planned.plan is not None:
                self._show_verdict(self._planned.plan, self._planned)

    def _show_verdict(self, plan: Plan, planned: Planned) -> None:
        needs = _of(plan.peak_bytes, plan.budget_bytes)
        if not self._small:
            needs = tr("{memory} on {device}", memory=needs, device=_name(plan.device))
        if plan.fits and self._refused:
            self.verdict.setText(tr("Its data cannot be trained on"))
            self.verdict.set_role("warning")
        elif plan.fits:
            time = planned.time
            takes = "" if time.seconds is None else unbroken(about(time.seconds, short=True))
            takes = tr("at least {time}", time=takes) if takes and time.at_least else takes
            steps = "" if time.steps is None else plural("{n:,}\u00a0step", "{n:,}\u00a0steps", time.steps)
            self.verdict.setText(tr("Fits: {facts}", facts=in_a_row(takes, steps, needs)))
            self.verdict.set_role("good")
        else:
            self.verdict.setText(tr("Does not fit: {memory}", memory=needs))
            self.verdict.set_role("danger")
        self.verdict.setToolTip(planned.time.basis if plan.fits else "")

    def _say_remedy(self, text: str) -> None:
        self.remedy.setText(text)
        self.remedy.setVisible(bool(text))

    def _show_elsewhere(self, plan: Plan, planned: Planned) -> None:
        """While the plan is for a card that is not here: what Start would do nevertheless."""
        self.elsewhere.setVisible(not plan.device.present)
        if plan.device.present:
            return
        said = tr("This plan is for a {card}, which is not in this machine.", card=plan.device.name)
        self.elsewhere.setText(sentences(said, _trains_here(planned.trains)))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.6))
        head.addWidget(self.verdict, 1)
        head.addWidget(self.apply)
        head.addWidget(self.more)
        head.addWidget(self._for)
        head.addWidget(self.card)
        inner = QVBoxLayout(self.details)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(round(unit() * 0.15))
        for each in (self.trained, self.notes, self.exports):
            inner.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.15))
        column.addLayout(head)
        for widget in (self.elsewhere, self.remedy, self.details, self.bar, self.legend):
            column.addWidget(widget)
        column.setAlignment(Qt.AlignmentFlag.AlignVCenter)

    def _arrange(self) -> None:
        planned = self._planned is not None
        self.more.setVisible(planned and not self._low)
        self.details.setVisible(planned and self.more.isChecked() and not self._low)
        self.legend.setVisible(planned and not self._low)
        self.bar.setVisible(planned or not self._low)
        self.bar.set_thin(self._low)

    @Slot(bool)
    def _on_more(self, shown: bool) -> None:
        self.more.setIcon(icon("chevron-down" if shown else "chevron-right"))
        self._arrange()

    @Slot()
    def _on_apply(self) -> None:
        if self._change is not None:
            self.change_wanted.emit(self._change.fields)


def _trains_here(trains: Plan | None) -> str:
    """Where Start trains while the plan is for another card, and whether it fits there."""
    if trains is None:
        return tr("Start trains here.")
    device = _name(trains.device)
    needs, budget = bytes_text(trains.peak_bytes), bytes_text(trains.budget_bytes)
    if trains.fits:
        return tr("Start trains here, on {device}, where it fits ({needs}).", device=device, needs=needs)
    return tr(
        "Start trains here, on {device}, where it does not fit ({needs} of {budget}).",
        device=device,
        needs=needs,
        budget=budget,
    )


def _named(text: WrappedText, name: str) -> WrappedText:
    text.setObjectName(name)
    return text


def _of(part: int, whole: int) -> str:
    """Two amounts of memory with their unit said once: "4.3 of 18.8 GiB"."""
    small, large = bytes_text(part), bytes_text(whole)
    number, _, size = small.partition(NO_BREAK)
    return tr("{part} of {whole}", part=number if large.endswith(size) else small, whole=large)


def _name(device: Device) -> str:
    return device.name or device.torch_name


def _short(device: Device) -> str:
    return device.name.removeprefix("GeForce ").removeprefix("NVIDIA ")
