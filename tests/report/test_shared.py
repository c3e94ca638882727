"""What the report shares with an export's model card."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from studio.core.methods.registry import METHODS
from studio.core.recipe.base_name import BaseName
from studio.export.peft_format import _package
from studio.report.pictures import loss_picture
from studio.report.portable import without_paths
from studio.report.results import smoothed
from studio.report.use import loading_lines, package_of


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_that_the_report_imports_what_makes_a_method_known_to_peft(method) -> None:
    import studio.methods  # noqa: F401 - it registers the methods

    assert package_of(method) == _package(method.adapter.kind)


@pytest.mark.parametrize("name", ["klein", 'a "quoted" name', "x.gguf", "owner/name"])
def test_that_the_lines_that_load_a_base_are_python(name: str) -> None:
    compile(loading_lines(BaseName(name)), "lines", "exec")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("nothing/here, 1/2 and a / b", "nothing/here, 1/2 and a / b"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("/data/my rows/x y/rows.jsonl, line 3: broken.", "rows.jsonl, line 3: broken."),
        ("/data/a.jsonl and /data/b.jsonl.", "a.jsonl and b.jsonl."),
        ("/data/a.json read at 240 tokens/s", "a.json read at 240 tokens/s"),
        (r"\\server\share\rows.csv: it is empty.", "rows.csv: it is empty."),
        (r"E:\Meine Daten\rows.csv: it is empty.", "rows.csv: it is empty."),
        ("see '/data/x y z' there", "see 'x y z' there"),
    ],
)
def test_that_a_sentence_keeps_the_names_of_its_files_alone(given: str, left: str) -> None:
    assert without_paths(given) == left


def test_that_a_smoothed_curve_is_a_mean_of_what_is_a_number() -> None:
    values = [float(step % 2) for step in range(600)]
    values[300] = math.nan
    name, steps, means = smoothed(("training loss", list(range(600)), values))
    assert name == "training loss, mean of 20"
    assert len(steps) == len(means) == 600
    assert means[0] == 0.0
    assert all(math.isclose(mean, 0.5, abs_tol=0.03) for mean in means[20:])
    assert smoothed(("few", [1, 2], [3.0, 4.0])) == ("few", [1, 2], [3.0, 4.0])


def test_that_the_legend_names_every_curve() -> None:
    names = [f"a task with a long name {number}" for number in range(12)]
    picture = loss_picture([(name, [1, 2], [1.0, 2.0]) for name in names])
    assert picture.count("a task with a long name") == 12


def test_that_the_window_can_write_a_report_without_torch() -> None:
    heavy = ("torch", "transformers", "peft", "PySide6")
    ask = f"import sys, studio.report.page; print([each for each in {heavy} if each in sys.modules])"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "[]\n"
