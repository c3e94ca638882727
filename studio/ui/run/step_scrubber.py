"""The row under the map that chooses a step: play, live, and a slider over the whole run."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from studio.core.words import tr
from studio.ui.controls.widgets import Text, button
from studio.ui.icons import icon
from studio.ui.theme import text_width, unit

PICTURES_A_SECOND = 30
SECONDS_TO_PLAY = 10.0  # a whole run, however long; a short one takes as long as its steps need
SLOWEST = 0.25  # steps a picture: a short run is not over before it was seen


class StepScrubber(QWidget):
    """Chooses a step of a run, or follows its newest (`step` is None); `moved` says that the choice has changed."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("expert_scrubber")
        self.slider.setAccessibleName(tr("Step whose loads are shown"))
        self.slider.setMinimumWidth(round(unit() * 3))
        self.slider.valueChanged.connect(self._on_slid)
        self.live = button("expert_live", tr("Live"), "live", "quiet", tr("Follow the newest steps"))
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.live.toggled.connect(self._on_live_toggled)
        self.play = button("expert_play", "", "play", "quiet", tr("Play the run from here, or pause (Space)"))
        self.play.setCheckable(True)
        self.play.toggled.connect(self._on_play_toggled)
        self._when = Text("", "quiet", 0.88)
        self._when.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.5))
        row.addWidget(self.play)
        row.addWidget(self.live)
        row.addWidget(self.slider, 1)
        row.addWidget(self._when)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1000 // PICTURES_A_SECOND)
        self._timer.timeout.connect(self._on_tick)
        self._place = 0.0

    @property
    def step(self) -> int | None:
        """The chosen step; None while the newest is followed."""
        return None if self.live.isChecked() else self.slider.value()

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def show_over(self, over: bool) -> None:
        """Name what is followed: nothing is live in a run that is over."""
        words = tr("Last", "the last steps of a run") if over else tr("Live")
        if words != self.live.text():
            self.live.setText(words)
            self.live.setAccessibleName(words)
            self.live.setToolTip(tr("Show the last steps") if over else tr("Follow the newest steps"))

    def show_range(self, first: int, last: int) -> None:
        """Let every step from `first` to `last` be chosen."""
        was = self.slider.blockSignals(True)
        self.setEnabled(last > first)
        self.slider.setRange(first, last)
        self.slider.setPageStep(max(1, (last - first) // 20))
        if self.live.isChecked():
            self.slider.setValue(last)
        self.slider.blockSignals(was)

    def show_when(self, text: str) -> None:
        """Say which steps are shown; the slider keeps its length while the numbers grow."""
        room = (
            round(max(text_width(tr("steps {first}–{last}", first="00", last="00"), 0.88), text_width(text, 0.88))) + 2
        )
        self._when.setMinimumWidth(max(room, self._when.minimumWidth() if self.is_playing else 0))
        self._when.setText(text)

    def toggle_playing(self) -> None:
        """Play or pause, as the button does."""
        if self.isEnabled():
            self.play.toggle()

    def hideEvent(self, event: QHideEvent) -> None:
        self.play.setChecked(False)
        super().hideEvent(event)

    @Slot(bool)
    def _on_play_toggled(self, playing: bool) -> None:
        self.play.setIcon(icon("pause" if playing else "play"))
        if not playing:
            self._timer.stop()
            return
        if self.live.isChecked() or self.slider.value() == self.slider.maximum():
            self.slider.setValue(self.slider.minimum())
        self.live.setChecked(False)
        self._place = float(self.slider.value())
        self._timer.start()

    @Slot()
    def _on_tick(self) -> None:
        span = self.slider.maximum() - self.slider.minimum()
        self._place += max(SLOWEST, span / (SECONDS_TO_PLAY * PICTURES_A_SECOND))
        if self._place >= self.slider.maximum():
            self.slider.setValue(self.slider.maximum())
            self.play.setChecked(False)
        else:
            self.slider.setValue(int(self._place))

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        if self.is_playing and value != int(self._place):
            self._place = float(value)  # it plays on from where the slider was dragged to
        if self.live.isChecked():
            self.live.setChecked(False)
        else:
            self.moved.emit()

    @Slot(bool)
    def _on_live_toggled(self, live: bool) -> None:
        if live:
            self.play.setChecked(False)
        self.moved.emit()
