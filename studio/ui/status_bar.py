"""The foot of the window: the device that would train, what the machine is doing, and how many runs are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.words import plural, tr
from studio.ui.controls.widgets import ElidedText, Fill, Text, button
from studio.ui.queue.game_bar import GameButton
from studio.ui.theme import theme, unit
from studio.ui.units import bytes_text

if TYPE_CHECKING:  # the first paint does not wait for psutil
    from studio.hardware.machine import Machine
    from studio.hardware.telemetry import Telemetry


class Gauge(QWidget):
    """A short bar that fills: memory in use."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 3.5), round(unit() * 0.4))

    def show_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, box = theme.roles, QRectF(self.rect())
        radius = box.height() / 2
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(roles.line))
        painter.drawRoundedRect(box, radius, radius)
        role = roles.danger if self._share > 0.95 else roles.warning if self._share > 0.85 else roles.accent
        painter.setBrush(QColor(role))
        box.setWidth(max(box.height(), box.width() * self._share))
        painter.drawRoundedRect(box, radius, radius)


class StatusBar(Fill):
    """Shows what MachineWatch found, and how many problems there are; `problems_wanted` when these are asked for."""

    problems_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("sidebar", "top")
        pad = round(unit() * 0.9)
        self.device = Text(tr("Checking this machine's hardware…"), "quiet", 0.92)
        self.device.setObjectName("device")
        self.memory = Text("", "quiet", 0.92)
        self.memory.setObjectName("memory")
        self.live = Text("", "quiet", 0.92)
        self.live.setObjectName("telemetry")
        # Numbers stay whole: where there is little room, the device's name is shortened.
        for number in (self.memory, self.live):
            number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.gauge = Gauge()
        self.gauge.hide()
        self.active_runs = ElidedText("", "quiet", 0.92)
        self.active_runs.setObjectName("active_runs")
        self.problems = button("problems", "", "warning", "", tr("Show the problems and what fixes them"), "F8")
        self.problems.clicked.connect(self.problems_wanted)
        self.problems.hide()
        self.game = GameButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(pad, round(unit() * 0.15), round(unit() * 0.4), round(unit() * 0.15))
        row.setSpacing(round(unit() * 0.8))
        row.addWidget(self.device)
        row.addWidget(self.gauge)
        row.addWidget(self.memory)
        row.addWidget(self.live)
        row.addWidget(self.active_runs, 1)
        row.addWidget(self.problems)
        row.addWidget(self.game)
        self._machine: Machine | None = None

    def show_machine(self, machine: Machine) -> None:
        self._machine = machine
        best = machine.best_device
        name = best.name or machine.cpu or tr("processor")
        if best.kind == "cpu":
            cores = machine.cores
            name = plural("No usable GPU: {name}, {n} core", "No usable GPU: {name}, {n} cores", cores, name=name)
        self.device.setText(name)
        device = tr("The device that is chosen automatically: {name}", name=best.torch_name)
        self.device.setToolTip("\n".join([device, *machine.notes]))

    def show_telemetry(self, sample: Telemetry) -> None:
        best = self._machine.best_device if self._machine else None
        cuda = [gpu for gpu in sample.gpus if best is not None and best.kind == "cuda" and gpu.bus == best.bus]
        used, total = sample.ram_used_bytes, sample.ram_total_bytes
        facts = [f"CPU {sample.cpu_percent:.0f} %"]
        if cuda:
            gpu = cuda[0]
            if gpu.used_bytes is not None and gpu.total_bytes is not None:
                used, total = gpu.used_bytes, gpu.total_bytes
            if gpu.temperature is not None:
                facts.insert(0, f"{gpu.temperature:.0f} °C")
            if gpu.utilisation is not None:
                facts.insert(0, f"GPU {gpu.utilisation:.0f} %")
        self.gauge.show()
        self.gauge.show_share(used / total if total else 0)
        self.gauge.setAccessibleName(
            tr("Memory in use: {part} of {whole}", part=bytes_text(used), whole=bytes_text(total))
        )
        self.memory.setText(tr("{part} of {whole}", part=bytes_text(used), whole=bytes_text(total)))
        self.live.setText("  ".join(facts))
        self.live.setToolTip("")

    def show_no_telemetry(self, error: Exception) -> None:
        """Show that the last figures are old; the device stands, and the next sample may succeed."""
        self.live.setText(tr("usage unknown"))
        self.live.setToolTip(tr("Reading this machine's usage failed: {error}", error=error))

    def show_failure(self, error: Exception) -> None:
        self.device.setText(tr("The hardware check failed: {error}", error=error))

    def show_problems(self, number: int) -> None:
        """Offer the list of problems while there are any."""
        self.problems.setText(plural("{n} problem", "{n} problems", number))
        self.problems.setShortcut("F8")  # a new text removes it
        self.problems.setAccessibleName(self.problems.text())
        self.problems.setVisible(number > 0)

    def show_active(self, live: int) -> None:
        """Show how many runs are active, and that closing the window does not stop them."""
        self.active_runs.setText(
            plural(
                "{n} run active; it continues if you close the window",
                "{n} runs active; they continue if you close the window",
                live,
            )
            if live
            else ""
        )
