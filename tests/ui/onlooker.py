"""A window's eyes without its face, in a process of its own: follows one run, sends commands, reports what it saw.

python -m tests.ui.onlooker RUN SECONDS SEED: prints "ready", and a JSON object when the run is over and all was read.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer

from studio.core.run.commands import CheckpointNow, Command, EvaluateNow, SampleNow
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.ui.collecting import Collecting
from studio.ui.run.tail import RunTail
from studio.ui.runs.summary import RunGlance, RunSummary
from studio.ui.runs.watch import RunsWatch

COMMANDS: tuple[Command, ...] = (EvaluateNow(), SampleNow(), CheckpointNow())


def picture(tail: RunTail, summary: RunSummary) -> dict[str, Any]:
    """All that a window would show of the run, in plain values."""
    record = tail.record
    return {
        "curves": {name: list(zip(*_points(series), strict=True)) for name, series in sorted(record.curves.items())},
        "routed": record.routed,
        "evaluations": [(each.step, each.when) for each in record.evaluations],
        "samples": [each.step for each in record.samples],
        "story": [(stored.id, stored.event.kind) for stored in record.story],
        "step": record.step,
        "state": (summary.state, summary.reason, summary.step, summary.total_steps),
    }


def _points(series: Any) -> tuple[list[int], list[float]]:
    return series.steps.tolist(), series.values.tolist()


def main() -> None:
    folder, seconds, chance = RunFolder(Path(sys.argv[1])), float(sys.argv[2]), random.Random(int(sys.argv[3]))
    app = QCoreApplication([])
    Collecting(app)  # as a window does
    tail, watch, failed = RunTail(folder), RunsWatch(folder.path.parent), []
    sent = dict.fromkeys(("EvaluateNow", "SampleNow", "CheckpointNow"), 0)

    def ask() -> None:
        if tail.record.ended is None:
            command = chance.choice(COMMANDS)
            send_command(folder.db, command)
            sent[command.kind] += 1

    def look() -> None:
        if failed or (tail.record.ended is not None and tail.caught_up and not folder.is_alive()):
            app.quit()

    asking, looking = QTimer(), QTimer()
    asking.timeout.connect(ask)
    looking.timeout.connect(look)
    tail.failed.connect(failed.append)
    tail.start()
    watch.start()
    asking.start(max(200, round(1000 * seconds / 8)))
    looking.start(50)
    ask()
    print("ready", flush=True)
    app.exec()
    tail.stop()
    watch.stop()
    told = picture(tail, RunGlance(folder).look()) | {"failed": [str(each) for each in failed], "sent": sent}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
