"""Scores and samples: what the run has learned, by number and by example."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSortFilterProxyModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QStackedWidget,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import unmarked
from studio.core.run.event_text import event_text
from studio.core.run.events import SampleMade
from studio.core.run.run_record import RunRecord
from studio.core.words import capitalised, mark, tr
from studio.ui.controls.tally_bars import TallyBars
from studio.ui.controls.widgets import Card, Text, WrappedText, button
from studio.ui.run.answers_card import AnswersCard
from studio.ui.run.scores_model import COLUMNS, SORT, ScoresModel, score_rows, unmatched
from studio.ui.run.waiting_text import now_sentence
from studio.ui.theme import mono_font, theme, unit

SCORES, ANSWERS, SAMPLES = range(3)
LOW = 28.0  # lines of text: a view less high shows scores or answers, not both
SAMPLES_SHOWN = 24
SAMPLES_A_TURN = 2
CHARACTERS_SHOWN = 600  # characters that are shown of a prompt or an answer
SCORES_COME = mark("Scores appear here before the first step, where tasks have held-out rows.")
SAMPLES_COME = mark("No samples yet: they come with the scores, and whenever you ask for them.")
NO_ROWS = mark(
    "This run has no held-out rows, so there is nothing to score it on. To get scores and "
    "samples, use its recipe for a new run (the Recipe tab) and give a task held-out rows "
    "there: a file of them, or some of its own kept apart."
)


class ScoresView(QWidget):
    """Shows a RunRecord's evaluations and samples, and how far the one under way is; asks for new ones.

    `held_out`: whether the recipe names held-out rows for any task, without which there are neither.
    """

    evaluate_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, held_out: bool = True) -> None:
        super().__init__()
        gap = round(unit() * 0.75)
        self._held_out = held_out
        self.model = ScoresModel()
        self.table = self._made_table()
        self.evaluate = button(
            "evaluate_now", tr("Score now"), "check", "quiet", tr("Score every task after this step")
        )
        self.sample = button(
            "sample_now", tr("Sample now"), "play", "quiet", tr("Answer one held-out prompt of each task")
        )
        self.evaluate.clicked.connect(self.evaluate_wanted)
        self.sample.clicked.connect(self.sample_wanted)
        scores = Card(tr("Held-out scores"), tr("before training and now; ± is the standard error"))
        scores.tools.addWidget(self.evaluate)
        scores.tools.addWidget(self.sample)
        self.tallies = TallyBars()
        self.tallies.setObjectName("score_tallies")
        self.tallies.hide()
        self._no_scores = WrappedText(tr(SCORES_COME if held_out else NO_ROWS), "faint")
        scores.body.addWidget(self.tallies)
        scores.body.addWidget(self._no_scores)
        self.overlap, self.go_by = _remark("scores_overlap", "warning"), _remark("go_by_the_loss", "quiet")
        scores.body.addWidget(self.table)
        scores.body.addWidget(self.overlap)
        scores.body.addWidget(self.go_by)
        samples = Card(tr("Samples"), tr("answers to held-out prompts, newest first"))
        self._samples = QVBoxLayout()
        self._samples.setContentsMargins(0, 0, 0, 0)
        self._samples.setSpacing(gap)
        self._samples.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._samples)
        area = QScrollArea()
        area.setObjectName("samples")
        area.setAccessibleName(tr("Samples, newest first"))
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self._no_samples = WrappedText(tr(SAMPLES_COME if held_out else NO_ROWS), "faint")
        samples.body.addWidget(self._no_samples)
        samples.body.addWidget(area, 1)
        self.answers = AnswersCard()
        self._scores, self._below = scores, QStackedWidget()
        self._keep_low(True)
        self._low = self._was_turned = False
        self._needs: list[int] = []  # pixels of each column
        self.tabs = self._made_tabs()
        for page in (self.answers, samples):
            self._below.addWidget(page)
        self.sample.clicked.connect(self._on_sample)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, gap, 0, 0)
        self._column.setSpacing(gap)
        self._column.addWidget(scores)
        self._column.addWidget(self.tabs)
        self._column.addWidget(self._below, 1)
        rest = QSizePolicy.Policy.Expanding  # below the scores where they are alone, and nothing elsewhere
        self._column.addSpacerItem(QSpacerItem(0, 0, QSizePolicy.Policy.Minimum, rest))
        self._wanted: list[SampleMade] = []  # the newest first
        self._entries: dict[int, _SampleEntry] = {}  # by the id of their sample, which they keep
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._on_turn)

    def _made_tabs(self) -> QTabBar:
        tabs = QTabBar()
        tabs.setObjectName("answers_or_samples")
        tabs.setAccessibleName(tr("Answers of an evaluation, or samples"))
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        for title in (tr("Held-out scores"), tr("Answers"), tr("Samples")):
            tabs.addTab(title)
        tabs.setTabVisible(SCORES, False)
        tabs.setCurrentIndex(ANSWERS)
        tabs.currentChanged.connect(self._arrange)
        tabs.tabBarClicked.connect(self._on_turned)
        return tabs

    def _made_table(self) -> QTableView:
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(self.model)
        proxy.setSortRole(SORT)
        table = QTableView()
        table.setObjectName("scores_table")
        table.setAccessibleName(tr("Held-out scores by task"))
        table.setModel(proxy)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(unit() * 2))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # see `_show_columns`
        table.horizontalHeader().setStretchLastSection(True)
        proxy.modelReset.connect(self._on_rows)
        return table

    def set_live(self, live: bool) -> None:
        """Only an active run can be asked for more."""
        self.evaluate.setVisible(live and self._held_out)
        self.sample.setVisible(live and self._held_out)

    def show_record(self, record: RunRecord) -> None:
        rows = score_rows(record.evaluations)
        self.model.show_rows(rows)
        self.table.setVisible(bool(rows))
        self.overlap.setText("\n".join(capitalised(event_text(each).brief) for each in record.overlaps.values()))
        self.go_by.setText(unmatched(rows))
        for remark in (self.overlap, self.go_by):
            remark.setVisible(bool(remark.text()))
        header = self.table.horizontalHeader().sizeHint().height()
        each = self.table.verticalHeader().defaultSectionSize()
        # As high as its tasks, and in a small window as two of them, with the others to be scrolled to.
        self.table.setMaximumHeight(header + each * min(8, len(rows)) + 4)
        self.table.setMinimumHeight(header + each * min(2, len(rows)) + 4)
        self._no_scores.setVisible(not rows)
        self._keep_low(not rows)
        self.answers.show_record(record)
        self.show_waiting(record)
        self._wanted = list(record.samples)[: -SAMPLES_SHOWN - 1 : -1]
        self._no_samples.setVisible(not self._wanted)
        if self.isVisible():
            self._turn.start()

    def _keep_low(self, low: bool) -> None:
        """Have the scores' card be no higher than the sentence that stands in it before there are any."""
        policy = QSizePolicy.Policy.Maximum if low else QSizePolicy.Policy.Preferred
        self._scores.setSizePolicy(QSizePolicy.Policy.Preferred, policy)

    def show_waiting(self, record: RunRecord) -> None:
        """Say in the empty parts what will appear there and what is happening now; called again each second."""
        self.tallies.show_tallies(record.scoring.tasks if record.scoring is not None else {})
        self.tallies.setVisible(record.scoring is not None)
        if not self._held_out:
            return
        if record.ended is not None:
            self._no_samples.setText(
                tr("The run ended without a sample: it makes them when it scores the held-out rows.")
            )
        if record.evaluations:
            return
        if record.ended is not None:
            self._no_scores.setText(tr("The run ended without an evaluation."))
        elif record.phase is not None and record.phase.phase == "evaluating" and (now := now_sentence(record)):
            self._no_scores.setText(tr("{now}. The scores appear here when every task is scored.", now=now))
        else:
            self._no_scores.setText(tr(SCORES_COME))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_columns()
        low = self.height() < unit() * LOW
        if low == self._low:
            return
        self._low = low
        # Where there is no room for both, the scores are one more tab, the first.
        self._column.removeWidget(self.tabs)
        self._column.insertWidget(0 if low else 1, self.tabs)
        self.tabs.setTabVisible(SCORES, low)
        if low and not self._was_turned:
            self.tabs.setCurrentIndex(SCORES)
        elif not low and self.tabs.currentIndex() == SCORES:
            self.tabs.setCurrentIndex(ANSWERS)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        """Show the scores and the chosen tab's page, of which a low window holds one."""
        part = self.tabs.currentIndex()
        if part != SCORES:
            self._below.setCurrentIndex(part - ANSWERS)
        self._scores.setVisible(not self._low or part == SCORES)
        self._below.setVisible(not self._low or part != SCORES)

    @Slot()
    def _on_rows(self) -> None:
        """Find what each column's words need; not with each width of the page, where Qt would ask every cell."""
        header, metric = self.table.horizontalHeader(), COLUMNS.index("Metric")
        self.table.setColumnHidden(metric, False)  # of a hidden column Qt says 0
        self._needs = [max(self.table.sizeHintForColumn(at), header.sectionSizeHint(at)) for at in range(len(COLUMNS))]
        self._show_columns()

    def _show_columns(self) -> None:
        """Make every column as wide as it needs, and share out what is left.

        How the tasks are scored is left out where the numbers would be cut otherwise; the row's tooltip has it.
        """
        if not self._needs:
            return
        header, metric = self.table.horizontalHeader(), COLUMNS.index("Metric")
        room = round(self.width() - unit() * 3)
        self.table.setColumnHidden(metric, sum(self._needs) > room)
        shown = [at for at in range(len(COLUMNS)) if not self.table.isColumnHidden(at)]
        left = max(0, room - sum(self._needs[at] for at in shown))
        for at in shown:
            header.resizeSection(at, self._needs[at] + left // len(shown))

    @Slot()
    def _on_turned(self) -> None:
        self._was_turned = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._turn.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._turn.stop()
        super().hideEvent(event)

    @Slot()
    def _on_sample(self) -> None:
        self.tabs.setCurrentIndex(SAMPLES)

    @Slot()
    def _on_turn(self) -> None:
        """Show some of the samples that are not shown yet, the newest first: all at once would block the window."""
        wanted = {id(sample) for sample in self._wanted}
        for key in [key for key in self._entries if key not in wanted]:
            gone = self._entries.pop(key)
            self._samples.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        missing = [row for row, sample in enumerate(self._wanted) if id(sample) not in self._entries]
        for row in missing[:SAMPLES_A_TURN]:
            sample = self._wanted[row]
            self._entries[id(sample)] = _SampleEntry(sample)
            self._samples.insertWidget(row, self._entries[id(sample)])
        if len(missing) > SAMPLES_A_TURN:
            self._turn.start()


def _remark(name: str, role: str) -> WrappedText:
    """A sentence on the scores, shown for as long as there is one."""
    made = WrappedText("", role)
    made.setObjectName(name)
    made.hide()
    return made


class _SampleEntry(QWidget):
    """One sample: the prompt, the answer, and what was expected where it is wrong."""

    def __init__(self, sample: SampleMade) -> None:
        super().__init__()
        self.sample = sample
        verdict = {True: ("right", "good"), False: ("wrong", "danger"), None: ("", "quiet")}[sample.right]
        self._role = verdict[1]
        column = QVBoxLayout(self)
        column.setContentsMargins(round(unit() * 0.9), 0, round(unit() * 0.5), 0)
        column.setSpacing(round(unit() * 0.15))
        said = tr("{task} · step {step}", task=sample.task, step=sample.step)
        said = f"{said} · {verdict[0]}" if verdict[0] else said
        column.addWidget(Text(said, verdict[1], 0.9, strong=True))
        column.addWidget(self._quoted(sample.prompt, "quiet"))
        column.addWidget(self._quoted(f"→ {compact(sample.answer)}", "ink"))
        if sample.right is False or (sample.right is None and sample.expected):
            column.addWidget(self._quoted(tr("expected {expected}", expected=sample.expected), "faint"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.roles.line if self._role == "quiet" else getattr(theme.roles, self._role)))
        painter.drawRoundedRect(QRectF(0, 0, unit() * 0.2, self.height()), unit() * 0.1, unit() * 0.1)

    @staticmethod
    def _quoted(text: str, role: str) -> Text:
        text = compact(text)
        # Each line is laid out again whenever the page's width changes, so a long text is cut to its beginning.
        label = WrappedText(f"{text[:CHARACTERS_SHOWN]}…" if len(text) > CHARACTERS_SHOWN else text, role)
        label.setToolTip(unmarked(text) if len(text) > CHARACTERS_SHOWN else "")
        label.setFont(mono_font(0.95))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


def compact(text: str) -> str:
    """A text without empty lines, which would be a hole in the list; "(nothing)" where no other is left."""
    return "\n".join(line for line in text.splitlines() if line.strip()) or "(nothing)"
