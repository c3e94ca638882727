"""The foot of the window: the device that would train, what the machine is doing, and how many runs are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

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
        self.device = Text("Checking this machine's hardware…", "quiet", 0.92)
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
        self.problems = button("problems", "", "warning", "", "Show the problems and what fixes them", "F8")
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
        cores = f", {machine.cores} cores" if best.kind == "cpu" else ""
        name = best.name or machine.cpu or "processor"
        self.device.setText(f"{'No usable GPU: ' if best.kind == 'cpu' else ''}{name}{cores}")
        self.device.setToolTip("\n".join([f'Device for "auto" in a recipe: {best.torch_name}', *machine.notes]))

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
        self.gauge.setAccessibleName(f"Memory in use: {bytes_text(used)} of {bytes_text(total)}")
        self.memory.setText(f"{bytes_text(used)} of {bytes_text(total)}")
        self.live.setText("  ".join(facts))
        self.live.setToolTip("")

    def show_no_telemetry(self, error: Exception) -> None:
        """Show that the last figures are old; the device stands, and the next sample may succeed."""
        self.live.setText("usage unknown")
        self.live.setToolTip(f"Reading this machine's usage failed: {error}")

    def show_failure(self, error: Exception) -> None:
        self.device.setText(f"The hardware check failed: {error}")

    def show_problems(self, number: int) -> None:
        """Offer the list of problems while there are any."""
        self.problems.setText("1 problem" if number == 1 else f"{number} problems")
        self.problems.setShortcut("F8")  # a new text removes it
        self.problems.setAccessibleName(self.problems.text())
        self.problems.setVisible(number > 0)

    def show_active(self, live: int) -> None:
        """Show how many runs are active, and that closing the window does not stop them."""
        runs = "1 run active; it continues" if live == 1 else f"{live} runs active; they continue"
        self.active_runs.setText(f"{runs} if you close the window" if live else "")
