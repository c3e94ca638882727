"""The comparison's looks, its recipe differences in words, and its expert maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.core.state.comparison import read_result
from studio.ui.comparison.differences import differences, title_of
from studio.ui.comparison.looks import DASHES, Looks
from studio.ui.comparison.more_cards import DifferencesView, MapsView
from studio.ui.comparison.table_model import lines_of
from studio.ui.comparison.variants import ComparedRun, cautions, variants_of
from studio.ui.palette import Roles
from tests.fake_run import make_fake_run


def recipe(method: str = "mixlora", rate: float = 2e-4, source: str = "demo", task: str = "units") -> Recipe:
    return Recipe(
        name="run",
        seed=0,
        model=ModelTable(source=source),
        tasks=(TaskTable(name=task, train=f"{task}.jsonl"),),
        method=MethodTable.model_validate({"name": method}),
        training=TrainingTable(learning_rate=rate),
    )


def run_of(runs: Path, **options: object) -> ComparedRun:
    folder = make_fake_run(runs, steps=2, total_steps=2, layers=2, **options)
    with folder.reader() as reader:
        loads = reader.recent_loads()
    return ComparedRun(folder.recipe(), read_result(folder), {}, loads)


def test_that_a_recipe_keeps_its_look_whatever_is_beside_it() -> None:
    looks = Looks()
    kinds = [recipe(), recipe(rate=1e-3), recipe("lora"), recipe("lora", rate=1e-3), recipe("dora")]
    given = [looks.of(kind) for kind in kinds]
    assert [looks.of(kind) for kind in reversed(kinds)] == given[::-1]
    assert len({look.colour for look in given}) == len(kinds), "no two share a colour"
    assert given[0].colour == Roles.method("mixlora")
    assert given[1].colour not in {method.colour for method in METHODS.values()}
    assert all(0 <= look.dash < DASHES for look in given)


@pytest.mark.parametrize(
    ("path", "words"),
    [("training.learning_rate", "learning rate"), ("model.source", "model"), ("method.name", "method")],
)
def test_that_fields_are_named_as_in_the_form(path: str, words: str) -> None:
    assert title_of(path) == words


def test_that_differences_are_told_in_words_with_each_value() -> None:
    found = differences([recipe(), recipe("lora", 1e-3, "other/model", "extract")])
    told = {each.title: each.values for each in found}
    assert told["learning rate"] == ("0.0002", "0.001")
    assert told["model"] == ("demo", "other/model")
    assert told["tasks"] == ("units (1)", "extract (1)")
    assert told["method"] == ("mixlora", "lora")
    assert differences([recipe(), recipe()]) == []


def test_that_cautions_name_no_paths(runs: Path) -> None:
    found = cautions(variants_of([run_of(runs), run_of(runs, method="lora", tasks=("other",))]))
    assert found[0].startswith("Besides the method, these runs differ in the tasks")
    assert "." not in found[0].rstrip(".")


def test_that_routed_runs_have_maps_beside_one_another_and_the_others_are_named(qtbot: QtBot, runs: Path) -> None:
    variants = variants_of([run_of(runs), run_of(runs, method="lora"), run_of(runs, experts=4, method="moelora")])
    view = MapsView()
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    view.show_variants(variants)
    assert len(view.maps) == 2
    assert all(drawn.isVisible() for drawn in view.maps)
    assert "lora" in view._said.text()
    view.show_variants(variants[:2])
    assert [drawn.isVisible() for drawn in view.maps] == [True, False]
    loads = variants[0].runs[0].loads
    assert loads is not None
    assert loads.shape == (2, 8)
    assert np.isfinite(loads).all()


def test_that_the_table_of_differences_has_a_column_for_each_variant(qtbot: QtBot, runs: Path) -> None:
    view = DifferencesView()
    qtbot.addWidget(view)
    variants = variants_of([run_of(runs), run_of(runs, method="lora")])
    view.show_variants(variants)
    assert view.columnCount() == 3
    assert [view.item(0, column).text() for column in range(3)] == ["Method", "mixlora", "lora"]


def test_that_runs_of_one_name_have_labels_of_their_own(runs: Path) -> None:
    made = [run_of(runs, name="My sums", tasks=tasks) for tasks in (("units",), ("sort",), ("units", "sort"))]
    assert [each.label for each in variants_of(made)] == ["My sums", "My sums (2)", "My sums (3)"]


def test_that_the_peak_of_runs_trained_together_is_said_to_be_that_of_all(runs: Path) -> None:
    run = run_of(runs)
    alone, together = (
        lines_of(variants_of([replace(run, result=replace(run.result, peak_bytes=peak, shared_bytes=shared))]))[-1]
        for peak, shared in ((3 << 30, None), (None, 5 << 30))
    )
    assert (alone.cells[-1].text.replace("\N{NO-BREAK SPACE}", " "), alone.cells[-1].below) == ("3.0 GiB", "")
    assert together.cells[-1].text.replace("\N{NO-BREAK SPACE}", " ") == "5.0 GiB"
    assert together.cells[-1].below == "all together"
    assert "none was measured by itself" in together.cells[-1].tip
