from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from studio.core.run.run_folder import RunFolder
from studio.core.state.comparison import group_of, name_of_run, read_result
from studio.ui.comparison.page import ComparisonPage
from studio.ui.comparison.table_model import ComparisonModel, as_csv, as_markdown, columns_of, lines_of
from studio.ui.comparison.variants import ComparedRun, band_of, cautions, curve_names, variants_of
from studio.ui.comparison.watch import _Reader
from studio.ui.controls.chip import Chip
from studio.ui.off_thread import is_asking
from studio.ui.runs.summary import RunGlance
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, make_fake_run
from tests.ui.conftest import ink, picture

METHODS = ("lora", "mixlora")
Show = Callable[..., ComparisonPage]


def make_group(runs: Path, methods: tuple[str, ...] = METHODS, seeds: int = 2, **options: object) -> list[RunFolder]:
    """Finished runs of one comparison, as the `compare` verb names them."""
    return [
        make_fake_run(
            runs,
            name=name_of_run("three tasks", method, seed),
            method=method,
            seed=10 * seed + number,
            speed=4.0 - number,
            recipe_seed=seed,
            total_steps=40,
            steps=40,
            now=1_700_000_000.0 + 60 * (seed * len(methods) + number),
            **options,
        )
        for seed in range(seeds)
        for number, method in enumerate(methods)
    ]


def compared(folder: RunFolder) -> ComparedRun:
    """A run as the page's reader gives it."""
    with folder.reader() as reader:
        points = reader.scalars()
    names = {point.name for point in points}
    curves = {
        name: tuple(np.array([(p.step, p.value) for p in points if p.name == name], dtype=float).T) for name in names
    }
    return ComparedRun(folder.recipe(), read_result(folder), curves)  # type: ignore[arg-type]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Shows comparison pages; their threads end with the test."""
    shown: list[ComparisonPage] = []

    def show_(size: tuple[int, int] = (1000, 700)) -> ComparisonPage:
        page = ComparisonPage(0.5)
        qtbot.addWidget(page)
        page.resize(*size)
        page.show()
        shown.append(page)
        return page

    yield show_
    while shown:
        shown.pop().leave()


def cell(variants: list, row: int, heading: str) -> str:
    column = columns_of(variants).index(heading)
    found = lines_of(variants)[row].cells[column]
    return f"{found.text} {found.below}".replace("\N{NO-BREAK SPACE}", " ").strip()


def test_that_the_table_shows_each_method_with_its_spread_and_standard_errors(runs: Path) -> None:
    variants = variants_of([compared(folder) for folder in make_group(runs)])
    assert [variant.label for variant in variants] == ["lora", "mixlora"]
    assert columns_of(variants) == [
        "Method", "Rank", "Trained", "Runs", "Mean", "units", "extract", "sort", "Time", "Peak"
    ]  # fmt: skip
    assert cell(variants, 0, "Method") == "base model"
    assert cell(variants, 0, "units") == "0.0 % rows ± 3.0"
    assert cell(variants, 1, "Runs") == "2 of 2"
    assert cell(variants, 1, "Trained") == "1M"
    assert cell(variants, 1, "units") == "90.0 % ± 0.0 rows ± 3.0"
    assert cell(variants, 2, "Mean") == "90.0 % ± 0.0 over tasks"
    assert cell(variants, 2, "Time") == "3 min 20 s"
    assert cell(variants, 2, "Peak") == "1.8 GiB"


def test_that_an_unfinished_run_is_counted_but_not_averaged(runs: Path) -> None:
    folders = make_group(runs, methods=("lora",))
    with FakeRun(runs, name=name_of_run("three tasks", "lora", 2), method="lora", total_steps=40) as live:
        live.start().evaluate("before").train(10).evaluate()
        variants = variants_of([compared(folder) for folder in [*folders, live.folder]])
    line = next(variant for variant in variants if len(variant.runs) == 3)
    assert cell([line], 1, "Runs") == "2 of 3"
    assert cell([line], 1, "units") == "90.0 % ± 0.0 rows ± 3.0"


def test_that_runs_of_one_method_with_other_settings_are_never_averaged_together(runs: Path) -> None:
    one = make_fake_run(runs, steps=5, total_steps=5)
    other = make_fake_run(runs, steps=5, total_steps=5, experts=4, top_k=1)
    longer = make_fake_run(runs, method="lora", steps=6, total_steps=6)
    variants = variants_of([compared(folder) for folder in (one, other, longer)])
    assert [variant.label for variant in variants] == [
        "mixlora, experts 8, experts for each token 2", "mixlora, experts 4, experts for each token 1", "lora"
    ]  # fmt: skip
    assert len({variant.colour for variant in variants}) == 3
    assert cautions(variants) == ["Besides the method, these runs differ in the steps at most."]
    assert cautions(variants[:2]) == []


def test_that_a_band_spans_the_seeds_and_their_mean_runs_inside_it(runs: Path) -> None:
    variants = variants_of([compared(folder) for folder in make_group(runs, methods=("lora",), seeds=3)])
    band = band_of(variants[0], "loss", 0.0)
    assert band is not None
    raw = np.array([run.curves["loss"][1] for run in variants[0].runs])
    np.testing.assert_allclose(band.mean, raw.mean(axis=0))
    np.testing.assert_allclose(band.low, raw.min(axis=0))
    np.testing.assert_allclose(band.high, raw.max(axis=0))
    assert set(band.runs) == {3}
    assert band_of(variants[0], "no such curve", 0.5) is None


def test_that_the_mean_continues_with_the_runs_that_reached_further(runs: Path) -> None:
    long, short = make_group(runs, methods=("lora",))
    both = [compared(long), compared(short)]
    steps, values = both[1].curves["loss"]
    cut = ComparedRun(both[1].recipe, both[1].result, {"loss": (steps[:10], values[:10])})
    band = band_of(variants_of([both[0], cut])[0], "loss", 0.0)
    assert band is not None
    assert (band.runs[9], band.runs[10]) == (2, 1)
    assert band.mean[20] == both[0].curves["loss"][1][20]


def test_that_the_page_draws_each_method_in_its_colour_with_a_legend(qtbot: QtBot, runs: Path, show: Show) -> None:
    page = show()
    page.show_runs(make_group(runs))
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    lora, mixlora = (theme.roles.series[theme.roles.method(name)] for name in METHODS)
    both = lambda: ink(picture(page.curves.chart), lora) > 100 and ink(picture(page.curves.chart), mixlora) > 100  # noqa: E731
    qtbot.waitUntil(both)
    assert "lora 0." in page.curves.chart.plot.accessibleName()
    chip = page.findChild(Chip, "chip_lora")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ink(picture(page.curves.chart), lora) == 0)
    assert ink(picture(page.curves.chart), mixlora) > 100
    found = page.curves.chart.read_out(19.6)
    assert found is not None
    assert found.step == 20
    assert found.lines[0].words == "mixlora"
    assert found.lines[0].values[1].endswith("2 of 2 seeds")


def test_that_any_tasks_curve_can_be_chosen(qtbot: QtBot, runs: Path, show: Show) -> None:
    page = show()
    page.show_runs(make_group(runs, seeds=1))
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    combo = page.findChild(QComboBox, "comparison_curve")
    names = [combo.itemText(row) for row in range(combo.count())]
    assert names[:2] == ["Training loss, all tasks", "Training loss, units"]
    assert "Held-out score, units" in names
    assert len(names) == len(curve_names(page.variants))
    combo.setCurrentIndex(names.index("Held-out score, units"))
    assert page.curves.chart.plot.accessibleName().startswith("Held-out score, units: lora 0.900 at step 40")


def test_that_the_table_is_copied_as_markdown_and_as_csv(qtbot: QtBot, runs: Path, show: Show) -> None:
    page = show()
    page.show_runs(make_group(runs))
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    qtbot.mouseClick(page.findChild(QPushButton, "copy_markdown"), Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "| Method | Rank | Trained | Runs | Mean | units | extract | sort | Time | Peak |"
    assert lines[3].startswith("| lora | 16 | 1M | 2 of 2 | 90.0 % ± 0.0 over tasks | 90.0 % ± 0.0 rows ± 3.0 |")
    assert "standard deviation over seeds" in lines[-1]
    qtbot.mouseClick(page.findChild(QPushButton, "copy_csv"), Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader(QGuiApplication.clipboard().text().splitlines()))
    assert len(rows) == 2 * 2 * 3
    assert {row["state"] for row in rows} == {"finished"}
    assert float(rows[0]["value"]) == 0.9
    assert float(rows[0]["stderr"]) == 0.03
    assert as_markdown(page.variants).count("|\n") == 2 + 1 + 2
    assert as_csv(page.variants).count("\n") == 1 + len(rows)


def test_that_a_comparisons_runs_are_offered_together(qtbot: QtBot, runs: Path, show: Show) -> None:
    folders = make_group(runs, seeds=1)
    page = show()
    assert page.findChild(QLabel, "comparison_how").isVisible()
    page.show_groups({"three tasks": tuple(folders)})
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    combo = page.findChild(QComboBox, "comparison_group")
    assert combo.currentText() == "three tasks (2 runs)"
    page.show_runs(folders[:1])
    qtbot.waitUntil(lambda: len(page.variants) == 1)
    assert [combo.itemText(row) for row in range(combo.count())] == ["Selected runs (1)", "three tasks (2 runs)"]
    page.choose_group("three tasks")
    qtbot.waitUntil(lambda: len(page.variants) == 2)


def test_that_a_growing_run_grows_in_the_comparison(qtbot: QtBot, runs: Path, show: Show) -> None:
    with FakeRun(runs, method="lora", total_steps=40) as run:
        run.start().train(5)
        page = show()
        page.show_runs([run.folder])
        qtbot.waitUntil(lambda: "at step 5" in page.curves.chart.plot.accessibleName())
        run.train(5)
        qtbot.waitUntil(lambda: "at step 10" in page.curves.chart.plot.accessibleName())


def test_that_an_unreadable_run_is_reported_once_and_so_is_its_recovery(runs: Path) -> None:
    folders = tuple(make_group(runs, methods=("lora",))[:2])
    reader = _Reader()
    recipe = folders[0].recipe_file.read_bytes()
    folders[0].recipe_file.write_text("name = ", encoding="utf-8")
    shown = [reader.look(folders) for _ in range(2)]  # reading a database leaves files beside it, which is a change
    assert shown[0] is not None
    assert all(each.problems for each in shown if each is not None)
    assert reader.look(folders) is None
    folders[0].recipe_file.write_bytes(recipe)
    recovered = reader.look(folders)
    assert recovered is not None
    assert not recovered.problems
    assert len(recovered.runs) == 2


def test_that_the_name_of_a_run_shows_its_comparison() -> None:
    assert group_of(name_of_run("my data", "dora", 7)) == "my data"
    assert group_of("my data lora seed 1 lora seed 2") == "my data lora seed 1"
    assert group_of("a lone run") is None


def test_that_the_comparison_model_is_sound(runs: Path, qtmodeltester: ModelTester, qtbot: QtBot) -> None:
    model = ComparisonModel()
    model.show_variants(variants_of([compared(folder) for folder in make_group(runs, seeds=1)]))
    qtmodeltester.check(model)
    assert (model.rowCount(), model.columnCount()) == (3, 10)


def test_that_the_table_is_wholly_in_sight_in_a_small_window(qtbot: QtBot, runs: Path, show: Show) -> None:
    page = show((780, 640))
    page.show_runs(make_group(runs))
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    table = page.findChild(QTableView, "comparison_table")
    assert table.verticalScrollBar().maximum() == 0
    assert page.curves.chart.height() > 120


def click_run(qtbot: QtBot, window: MainWindow, row: int, keys: Qt.KeyboardModifier) -> None:
    runs = window.sidebar.list
    place = runs.visualRect(runs.model().index(row, 0)).center()
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, keys, pos=place)


def test_that_runs_chosen_in_the_list_are_compared(
    qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]
) -> None:
    make_group(runs, seeds=1)
    make_fake_run(runs, name="alone", steps=2, total_steps=2)
    window = open_window()
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 3)
    click_run(qtbot, window, 1, Qt.KeyboardModifier.NoModifier)
    assert window.pages.run is not None
    shown = window.pages.run.folder
    click_run(qtbot, window, 2, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.run.folder == shown, "choosing another one for a comparison leaves the page as it is"
    window._on_looked(window.pages.summaries)
    button = window.findChild(QPushButton, "compare")
    assert button.text() == "Compare 2"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    page = window.pages.comparison
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: [variant.label for variant in page.variants] == ["lora", "mixlora"])
    click_run(qtbot, window, 2, Qt.KeyboardModifier.NoModifier)
    assert window.pages.currentWidget() is window.pages.run
    assert button.text() == "Compare"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.group.currentText() == "three tasks (2 runs)", "of one run its whole comparison is offered"


def test_that_closing_the_window_ends_a_comparisons_reading(
    qtbot: QtBot, runs: Path, open_window: Callable[..., MainWindow]
) -> None:
    make_group(runs, seeds=1)
    window = open_window()
    qtbot.waitUntil(lambda: window.sidebar.model.rowCount() == 2)
    window.pages.show_comparison(())
    page = window.pages.comparison
    qtbot.waitUntil(lambda: len(page.variants) == 2)
    window.pages.show_new_run()
    assert not page.watch._timer.isActive()
    window.close()
    qtbot.waitUntil(lambda: not is_asking(page.watch, "comparison-watch"))


def test_that_a_group_that_was_just_made_is_shown_while_the_list_has_only_some_of_its_runs(
    qtbot: QtBot, open_window: Callable[..., MainWindow], runs: Path
) -> None:
    window = open_window()
    folders = tuple(make_fake_run(runs, name=name_of_run("mine", "lora", seed), steps=2) for seed in (0, 1))
    window.pages.show_group("mine", folders)
    window.pages.show_summaries((RunGlance(folders[0]).look(),))
    assert window.pages.comparison is not None
    assert window.pages.comparison.group.currentData() == "mine"
