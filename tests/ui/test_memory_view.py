from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.core.run.event_text import event_text
from studio.core.run.events import PlanMeasured
from studio.core.run.run_record import RunRecord
from studio.ui.charts.loss_chart import LossChart
from studio.ui.charts.memory_bars import MemoryBars
from studio.ui.run.memory_view import MemoryView, bars_of, correction_text, parts_of
from studio.ui.run.tail import RunTail
from studio.ui.theme import theme
from tests.fake_run import MEASURED_PEAK, PLANNED, PREDICTED_PEAK, FakeRun
from tests.ui.conftest import ink, picture, read_whole

MIB = 1 << 20


def record_of(run: FakeRun) -> RunRecord:
    return read_whole(RunTail(run.folder))


def texts(view: MemoryView) -> list[str]:
    shown = [label for label in view.findChildren(QLabel) if label.isVisibleTo(view)]
    return [label.text().replace("\N{NO-BREAK SPACE}", " ") for label in shown]


def test_that_the_probe_is_shown_beside_the_plan_part_by_part(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().probe())
    view = MemoryView()
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show_record(record)
    view.show()
    said = texts(view)
    assert "One step on the longest rows took 1.8 GiB of the 1.9 GiB planned (5.0 % less)." in said
    assert "exact" in said, "the weights are as planned to the byte"
    assert any("past runs on this machine used 76.3 MiB more" in text for text in said)
    bars = view.findChild(MemoryBars, "memory_bars")
    assert bars.accessibleName().replace("\N{NO-BREAK SPACE}", " ") == (
        "Memory: Planned 1.9 GiB; Probe 1.8 GiB; budget 2.8 GiB"
    )
    shown = picture(bars)
    for index in range(len(PLANNED)):
        assert ink(shown, theme.roles.series[index]) > 20, f"the segment of {list(PLANNED)[index]} is missing"
    assert ink(shown, theme.roles.ink) > 20, "the budget's line is missing"


def test_that_each_bar_sums_to_its_peak_and_the_rest_is_planned_against_measured(runs: Path) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().probe().train(1))
    assert record.probed is not None
    assert record.measured is not None
    assert [(bar.title, bar.size) for bar in bars_of(record.probed, record.measured)] == [
        ("Planned", PREDICTED_PEAK),
        ("Probe", MEASURED_PEAK),
        ("Training", MEASURED_PEAK),
    ]
    rest = parts_of(record.probed)[-1]
    assert rest.planned == 700_000_000 + 600_000_000 + 80_000_000
    assert rest.measured == MEASURED_PEAK - 620_000_000


def test_that_an_older_runs_measurement_without_parts_still_has_two_bars() -> None:
    event = PlanMeasured(predicted_peak_bytes=300 * MIB, measured_peak_bytes=280 * MIB)
    assert [(bar.title, bar.size) for bar in bars_of(None, event)] == [("Planned", 300 * MIB), ("Measured", 280 * MIB)]
    assert correction_text(event) == ""


def test_that_a_peak_that_is_only_a_bound_is_called_one_in_the_story() -> None:
    event = PlanMeasured(predicted_peak_bytes=300 * MIB, measured_peak_bytes=280 * MIB)
    assert "at most" not in event_text(event).brief
    bound = event.model_copy(update={"at_most": True})
    assert event_text(bound).brief == "Peak memory: at most 280 MiB measured, 300 MiB planned."


def test_that_a_run_that_went_on_with_less_memory_is_marked_on_the_chart(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().train(10).reduce_memory().train(10))
    chart = LossChart(0.8)
    qtbot.addWidget(chart)
    chart.resize(600, 300)
    chart.show()
    chart.show_record(record)
    qtbot.waitUntil(lambda: ink(picture(chart), theme.roles.warning) > 5)
    found = chart.read_out(10.0)
    assert found is not None
    assert found.step == 10
    told = " ".join(line.words for line in found.lines)
    assert "Memory ran out at step 10: the micro-batch is halved from 8 to 4 rows." in told
    elsewhere = chart.read_out(15.0)
    assert elsewhere is not None
    assert elsewhere.title == "step 15"
    view = MemoryView()
    qtbot.addWidget(view)
    view.show_record(record)
    assert any("Memory ran out at step 10" in text for text in texts(view))


def test_that_the_chart_is_drawn_again_while_its_record_has_grown_unseen(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().train(10))
    chart = LossChart(0.8)
    qtbot.addWidget(chart)
    chart.show_record(record)
    for step in (11, 12, 4):
        for name in ("loss", "task/units/loss"):
            record.curves[name].append(step, 1.0)
        chart.fit()
    assert chart.read_out(4.0) is not None


def test_that_a_run_that_trains_with_others_says_why_its_memory_is_not_told_apart(qtbot: QtBot, runs: Path) -> None:
    with FakeRun(runs) as run:
        record = record_of(run.start().train(3))
    record.measured = record.probed = None  # which a worker of several runs does not write
    view = MemoryView()
    qtbot.addWidget(view)
    view.show_record(record)
    (said,) = [text for text in texts(view) if "trains together with others" in text]
    assert "All of them took 1.8 GiB at most after a step." in said
