"""The experts' card: a verdict, the heatmap, details of it, and the scrubber over the steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from studio.core.methods.registry import floored_losses
from studio.core.routing.routed import Routed
from studio.core.routing.verdict import COLLAPSING, Verdict
from studio.core.run.load_reader import Window
from studio.core.run.load_stats import coefficient_of_variation, dead_experts, effective_experts
from studio.core.run.router_groups import RouterGroup, router_groups
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import ALL_TASKS
from studio.core.units import number_text, steps_text
from studio.core.words import capitalised, mark, sentences, tr
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.charts.metric_tile import MetricTile
from studio.ui.controls.widgets import Card, WrappedText, button
from studio.ui.run.expert_details import AGAIN_MS, ONE, PAIRS, ExpertDetails
from studio.ui.run.load_choices import LoadChoices
from studio.ui.run.load_looks import LoadLooks
from studio.ui.run.load_source import LoadLook, LoadPicture
from studio.ui.run.save_map import offer_to_save
from studio.ui.run.step_scrubber import StepScrubber
from studio.ui.theme import unit
from studio.ui.units import NO_BREAK

# Lines of text that the card must be high for advice, details and facts to stand in it, and its least height.
ROOM_FOR_ADVICE, ROOM_FOR_DETAILS, ROOM_FOR_FACTS, LEAST_LINES = 36, 27, 24, 15
MAP_SPARES = 2.5  # of the lines that the map would have at least
LOADS_COME = mark("Each expert's use in each layer appears here with the first step.")
HELP = mark(
    "Each row is a layer and each cell an expert: grey is its fair share of the tokens, "
    "orange more, blue less, a cross none.\nHealthy is a map that stays near grey with a "
    "pattern of its own in each layer; whole columns of blue that grow mean that a few "
    "experts do all the work.\nLook at one task, or at two compared: experts that differ "
    "between tasks have specialised, which is what they are for."
)


class ExpertsPanel(Card):
    """Shows the loads of a run, live, at the step that the scrubber chooses, or under another chart's cursor.

    `step_shown` brings the step that was chosen here, or None while the newest is followed.
    """

    step_shown = Signal(object)
    failed = Signal(object)  # with the Problem, where the map could not be saved

    def __init__(self) -> None:
        super().__init__(tr("Experts"))
        self._record: RunRecord | None = None
        self.loads = LoadLooks(self)
        self.loads.looked.connect(self._on_look)
        self._picture: LoadPicture | None = None
        self._hovered: int | None = None
        self._stale = False
        self._routed: Routed | None = None
        self.map = ExpertMap()
        self.map.setObjectName("expert_map")
        self.map.cell_chosen.connect(self._on_cell_chosen)
        self.details = ExpertDetails()
        self.totals = self.details.totals
        self.details.row_chosen.connect(self._on_row_chosen)
        self.details.part_changed.connect(self._on_choice)
        self.details.read_unseen.connect(self.loads.close)
        self.time = StepScrubber()
        self.time.moved.connect(self._on_moved)
        self.scrubber, self.live = self.time.slider, self.time.live
        self.choices = choices = LoadChoices()
        self.choices.changed.connect(self._on_choice)
        self.task, self.against, self.tokens, self.group = choices.task, choices.against, choices.tokens, choices.group
        self._losses = {each: MetricTile(tr(each.title), number_text, 3) for each in floored_losses()}
        self.verdict = WrappedText("", "ink", strong=True)
        self.verdict.setObjectName("expert_verdict")
        self._advice = WrappedText("", "quiet", 0.92)
        self._facts = WrappedText("", "quiet", 0.92)
        self._help = WrappedText(tr(HELP), "quiet", 0.92)
        self.help = button("expert_help", "?", "", "quiet", tr("What to look for in this map"))
        self.help.setCheckable(True)
        self.help.toggled.connect(self._help.setVisible)
        self.save = button("expert_save", "", "save", "quiet", tr("Save the map as a picture or as a table"))
        self.save.clicked.connect(self._on_save)
        for later in (self._help, self._advice, self.verdict):
            later.setVisible(False)
        self._is_judged = False
        self._coalesced = QTimer(self)
        self._coalesced.setSingleShot(True)
        self._coalesced.setInterval(0)
        self._coalesced.timeout.connect(self._refresh)
        self._again = QTimer(self)  # where another program held run.db: what grew last may be the end of the run
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._refresh)
        self._lay_out()
        self._show_empty(tr(LOADS_COME))
        self.details.hide()  # nothing can be chosen of what is not there
        self.time.hide()

    def _lay_out(self) -> None:
        self.title.setMinimumWidth(self.title.sizeHint().width())
        self._is_beside = False  # whether the choices stand in the title's row
        for tool in (self.save, self.help):
            self.tools.addWidget(tool)
        self.body.addWidget(self.choices)
        for words in (self._help, self.verdict, self._advice, self._facts):
            self.body.addWidget(words)
        self.body.addWidget(self.map, 5)
        self.body.addWidget(self.details, 3)
        for each, tile in self._losses.items():
            tile.setObjectName(f"tile_{each.loss}")
            tile.setToolTip(tr(each.hint))
            tile.hide()
            self.body.addWidget(tile, 2)
        self.body.addWidget(self.time)

    def open(self, folder: RunFolder) -> None:
        """Show the loads of this run."""
        self.loads.open(folder)

    def show_record(self, record: RunRecord, grew: bool = True) -> None:
        """Show what the record says of tasks, routers and losses, and the newest loads where they `grew`."""
        self._record = record
        self.choices.show_tasks(record.tasks)
        self.time.show_over(record.ended is not None)
        regrouped = self.choices.show_groups(router_groups(record.ready.layers if record.ready else ()))
        for each, tile in self._losses.items():
            if each.loss in record.curves:
                tile.show_series(record.curves[each.loss], record.curves.get(each.floor))
        self._give_way()
        if not (grew or regrouped):
            return
        if self.isVisible() or self._picture is None:
            self._refresh()
        else:
            self._stale = True

    @Slot(object)
    def show_step(self, step: object) -> None:
        """Show the loads at a step that another chart points at; None goes back to the chosen one."""
        hovered = round(step) if isinstance(step, (int, float)) else None
        if hovered != self._hovered:
            self._hovered = hovered
            if self.isVisible():
                self._coalesced.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._coalesced.stop()
        self._again.stop()
        self._stale = self._stale or self.loads.is_reading
        self.loads.close()
        super().hideEvent(event)

    def minimumSizeHint(self) -> QSize:
        # In a low window the details give way, and not the window's edge.
        whole = super().minimumSizeHint()
        return QSize(whole.width(), min(whole.height(), round(LEAST_LINES * unit())))

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):  # a tile has come, a sentence more lines
            self._give_way()
        return done

    def _place_choices(self) -> None:
        """Have the choices stand beside the title where there is room for all that may come, else in a row below."""
        layout = self.layout()
        assert layout is not None
        inside = self.width() - layout.contentsMargins().left() - layout.contentsMargins().right()
        around = self.title.minimumWidth() + self.tools.sizeHint().width() + 3 * self.head.spacing()
        beside = self.choices.widest <= inside - around
        if beside == self._is_beside:
            return
        self._is_beside = beside
        (self.body if beside else self.head).removeWidget(self.choices)
        if beside:
            self.head.insertWidget(1, self.choices)
        else:
            self.body.insertWidget(0, self.choices)

    def _give_way(self) -> None:
        """Show what there is room for, besides the choices, the verdict, the map and the steps."""
        self._place_choices()
        high = self.height() >= ROOM_FOR_FACTS * unit()
        # In a low card what the map means stands in the place of what it says now.
        explains = not (high or self._help.isHidden())
        curves = self._record.curves if self._record is not None else {}
        shown: dict[QWidget, bool] = {
            # With the model come more of them, and with the first step something to choose.
            self.choices: self._picture is not None and (self._is_beside or not explains),
            self.time: self._picture is not None and not explains,
            self._facts: high,
            **{tile: high and each.loss in curves for each, tile in self._losses.items()},
        }
        wanted: dict[QWidget, bool] = {
            self._advice: bool(self._advice.text()) and self.height() > ROOM_FOR_ADVICE * unit(),
            self.details: self._picture is not None and self.height() >= ROOM_FOR_DETAILS * unit(),
        }
        if explains:
            shown[self.verdict] = False
            wanted[self.map] = True
        else:
            shown[self.map] = True
        if self._is_judged and high:
            shown[self.verdict] = True
        elif self._is_judged and not explains:
            # It is on all tasks: where one is chosen, and the choices leave a low card no room, the map comes first.
            wanted[self.verdict] = self.task.currentData() == ALL_TASKS or self.choices.rows < 2
        _show_parts(self, shown)
        room = self.height() - super().minimumSizeHint().height()
        takes = {each: each.minimumSizeHint().height() + self.body.spacing() for each in wanted}
        for words in (self._advice, self.verdict):
            takes[words] = words.minimumHeight() + self.body.spacing()
        room += sum(takes[each] for each in wanted if not each.isHidden())
        room -= sum(takes[each] for each, is_wanted in wanted.items() if is_wanted)
        for each in [each for each, is_wanted in wanted.items() if is_wanted]:
            # A verdict of many lines takes the room of what is said beside it, and what the map can spare.
            if room + (MAP_SPARES * unit() if each in (self.verdict, self.map) else 0) < 0:
                room += takes[each]
                wanted[each] = False
        _show_parts(self, wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.time.toggle_playing()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _refresh(self) -> None:
        """Have the loads read that are to be seen."""
        self._stale = False
        self._again.stop()
        self.loads.look(self.time.step, self._hovered, self.details.part == PAIRS)

    @Slot(object)
    def _on_look(self, found: LoadLook) -> None:
        self._stale = found.is_busy
        if found.is_busy and self.isVisible():
            self._again.start()
        if found.trouble:
            self._show_empty(found.trouble)
        if found.steps is not None:
            self.time.show_range(*found.steps)
        picture = found.picture
        if picture is None:
            return
        first, self._picture = self._picture is None, picture
        if first:
            self._give_way()
        whole = picture.whole
        self.time.show_when(steps_text(whole.first, whole.last))
        self.choices.show_answers(picture.answers is not None)
        shown = picture.answers if self.tokens.currentData() and picture.answers is not None else whole
        self._show_verdict(picture)
        self._show_loads(shown)
        self._show_details(found, whole)

    def _show_empty(self, text: str) -> None:
        self.map.show_empty(text)
        self.map.show_counts(None)
        self.totals.show_counts(None)

    def _rows(self, layers: int) -> tuple[list[int], tuple[int, ...] | None, RouterGroup | None]:
        """The rows of loads that are shown, their numbers in the model, and the group that they are of."""
        group = next((each for each in self.choices.groups if each.name == self.group.currentData()), None)
        if group is None or max(group.rows) >= layers:
            return list(range(layers)), None, None
        return list(group.rows), group.depths, group

    def _show_loads(self, window: Window) -> None:
        rows, depths, group = self._rows(window.whole.shape[1])
        counts = _summed(window, self.task.currentData())
        compared = self.choices.compared
        other = _summed(window, compared)[rows] if compared else None
        self.map.show_counts(counts[rows], depths, other, (self.task.currentText(), self.against.currentText()))
        self.totals.show_counts(counts[rows])
        elsewhere = int(dead_experts(np.delete(counts, rows, axis=0)).sum()) if group is not None else 0
        self._tell(counts[rows], elsewhere)

    def _tell(self, counts: NDArray[np.float64], elsewhere: int) -> None:
        if not counts.sum():
            self._facts.setText(tr("Nothing was routed in these steps."))
            return
        gone, experts = int(dead_experts(counts).sum()), counts.shape[1]
        # A layer that routed nothing has no numbers.
        share = float(np.nanmean(effective_experts(counts)))
        variation = float(np.nanmean(coefficient_of_variation(counts)))
        said = tr("{effective:.1f} of {experts} experts in effect", effective=experts * share, experts=experts)
        parts = [said, tr("variation {variation:.2f}", variation=variation).replace(" ", NO_BREAK)]
        judged = self._is_judged
        if not judged:
            word = tr("even") if share > 0.85 else tr("uneven") if share > COLLAPSING else tr("few")
            parts[0] = tr("{said} ({word})", said=said, word=word)
        # The verdict above is on all that was routed: here only what a part of it leaves out.
        part = self.task.currentData() != ALL_TASKS or self.tokens.currentData() or len(self.choices.groups) > 1
        if part or not judged:
            parts.append(tr("{gone} dead", gone=gone) if gone else tr("none dead"))
            parts += [tr("{elsewhere} dead in other projections", elsewhere=elsewhere)] if elsewhere else []
        self._facts.setText(" · ".join(parts))
        self._facts.set_role("warning" if not judged and (gone or elsewhere) else "quiet")

    def _show_verdict(self, picture: LoadPicture) -> None:
        layers, experts = picture.whole.whole.shape[1:]
        ready = self._record.ready if self._record else None
        if ready is None or len(ready.layers) != layers:
            return
        self._routed = Routed.of(ready, experts)
        whole, answers = self._routed.verdicts(picture.whole, picture.answers)
        said = verdict_text(whole, answers)
        self.verdict.setText(said)
        self.verdict.set_role("warning" if whole.is_bad else "ink")
        self.verdict.setToolTip("\n".join(each for each in (whole.basis, answers.basis if answers else "") if each))
        self.verdict.setAccessibleDescription(sentences(whole.basis, whole.advice))
        self._is_judged = True
        self._advice.setText(whole.advice)
        self._give_way()
        chosen = answers if self.tokens.currentData() and answers is not None else whole
        self.details.show_verdict(chosen)

    def _show_details(self, found: LoadLook, whole: Window) -> None:
        assert found.steps is not None
        layers, experts = whole.whole.shape[1:]
        cell, rows = self.map.chosen, self._rows(layers)[0]
        row = rows[cell[0]] if cell is not None else rows[0]
        name = self._routed.names[row] if self._routed is not None else tr("layer {depth}", depth=row)
        title = "" if cell is None else tr("{layer}, expert {expert}", layer=capitalised(name), expert=cell[1])
        at = None if cell is None else (row, cell[1])
        tasks = self._record.tasks if self._record else ()
        self.details.show_course(self.loads.source, at, title, (layers, experts), found.steps, tasks)
        self.details.course.show_step(whole.last)
        if self.details.part == PAIRS:
            top_k = self._record.ready.top_k if self._record and self._record.ready else 0
            self.details.show_pairs(found.together, row, name, top_k)

    @Slot()
    def _on_choice(self) -> None:
        self._give_way()
        if self._picture is not None:
            self._refresh()

    @Slot(object)
    def _on_cell_chosen(self, cell: object) -> None:
        if cell is not None and self.details.part != PAIRS:
            self.details.show_part(ONE)
        self._on_choice()

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        layers = len(self._routed.names) if self._routed else row + 1
        if row not in self._rows(layers)[0]:
            of = next(group for group in self.choices.groups if row in group.rows)
            self.group.setCurrentIndex(self.group.findData(of.name))
        self.map.choose((self._rows(layers)[0].index(row), 0))

    @Slot()
    def _on_save(self) -> None:
        offer_to_save(self, self.map, self.failed.emit)

    @Slot()
    def _on_moved(self) -> None:
        self._refresh()
        self.step_shown.emit(self.time.step)


def verdict_text(whole: Verdict, answers: Verdict | None) -> str:
    """Both verdicts in one text: answers have a sentence of their own only where it is another."""
    if answers is None:
        return whole.sentence
    if answers.kind == whole.kind:
        return tr("{sentence} On answers too.", sentence=whole.sentence)
    own = answers.sentence[:1].lower() + answers.sentence[1:]
    return tr("{sentence} On answers: {own}", sentence=whole.sentence, own=own)


def _summed(window: Window, task: str) -> NDArray[np.float64]:
    found = window.of(task)
    if found is None:  # none of its rows were in these steps
        return np.zeros(window.whole.shape[1:])
    return found.sum(axis=0, dtype=np.float64)


def _show_parts(card: QWidget, shown: dict[QWidget, bool]) -> None:
    """Show or hide parts of a card, and lay out what stays in this turn."""
    changed = [each for each, is_shown in shown.items() if each.isHidden() == is_shown]
    for each in changed:
        each.setVisible(shown[each])
    if changed and (layout := card.layout()) is not None:
        layout.activate()
