"""How long the window takes from the start of its process to its first paint; not part of the suite.

`python tests/bench/bench_first_paint.py [--times 5] [--runs DIR]` starts it that often, off the screen where there is
none, and prints each time and the median in seconds. The aim is one second on two CPU cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

# The child tells when the first paint event of the main window has been handled, on the clock of the parent.
CHILD = """
import sys, time
from pathlib import Path
import studio.core.recipe.recipe
from PySide6.QtCore import QEvent, QObject, QTimer
from studio.core.settings import load_settings
from studio.ui.app import make_application, make_window
from studio.ui.theme import theme

app = make_application()
theme.choose("dark")
settings, problems = load_settings()
window = make_window(settings, problems, Path(sys.argv[1]), None)

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, window, self.done)
        return False

    def done(self):
        print("painted", time.time(), flush=True)
        window.pages.currentChanged.connect(lambda _: QTimer.singleShot(0, window, self.ready))
        window.begin()

    def ready(self):
        print("ready", time.time(), flush=True)
        window.close()
        app.quit()

first = FirstPaint()
window.centralWidget().installEventFilter(first)
window.show()
app.exec()
"""


def measure(runs: str) -> tuple[float, float]:
    """Seconds from the start of a fresh process to the first paint, and to the first whole page."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, runs], env=environment, capture_output=True, text=True, check=True
    )
    times = dict(line.split() for line in done.stdout.splitlines())
    return float(times["painted"]) - begun, float(times["ready"]) - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--runs", default=tempfile.mkdtemp(prefix="first-paint-"))
    chosen = parser.parse_args()
    measured = [measure(chosen.runs) for _ in range(chosen.times)]
    for painted, ready in measured:
        print(f"first paint {painted:.2f} s, first page {ready:.2f} s")
    painted, ready = (statistics.median(column) for column in zip(*measured, strict=True))
    print(f"median of {chosen.times}: first paint {painted:.2f} s, first page {ready:.2f} s")


if __name__ == "__main__":
    main()
