"""The report of a run: each part from a fake run, valid and self-contained HTML, nothing of this machine in it."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import ModelTable, TaskTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.events import ModelReady, WarningRaised
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import change_label
from studio.report.facts import read_facts
from studio.report.page import REPORT, report_page, write_report
from tests.fake_run import FakeRun, make_fake_run

VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = 'Übung <b>"1"</b> & <script>alert(1)</script>'


class Page(HTMLParser):
    """What is on a page: its text, sections and tables; tags that do not match fail."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.said: list[str] = []
        self.titles: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.said))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append({"caption": 0, "th": 0})
        elif tag in ("caption", "th"):
            self.tables[-1][tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)
        if self.open and self.open[-1] == "h2":
            self.titles.append(data)


def page_of(folder: RunFolder) -> Page:
    return Page(report_page(read_facts(folder)))


def finished(runs: Path) -> RunFolder:
    with FakeRun(runs, total_steps=40) as run:
        run.start().probe().evaluate("before").train(40).evaluate("during").checkpoint().evaluate("after")
        run.warn().reduce_memory().end()
    run.folder.write_provenance(
        {"studio": "0.1.0", "python": "3.11.9", "packages": {"torch": "2.13.0"}, "decided": {"precision": "bf16"}}
    )
    return run.folder


def paused(runs: Path) -> RunFolder:
    with FakeRun(runs) as run:
        return run.start().train(3).pause().folder


def failed(runs: Path) -> RunFolder:
    with FakeRun(runs) as run:
        problem = Problem(f"{runs / 'data set' / 'rows.jsonl'}, line 3", "it is damaged.", "Mend it.")
        return run.start().train(2).end("failed", (problem,)).folder


def lost(runs: Path) -> RunFolder:
    with FakeRun(runs) as run:
        return run.start().train(2).die().folder


def without_router(runs: Path) -> RunFolder:
    return make_fake_run(runs, steps=5, method="lora")


def never_started(runs: Path) -> RunFolder:
    with FakeRun(runs) as run:
        return run.folder


def without_held_out_rows(runs: Path) -> RunFolder:
    with FakeRun(runs) as run:
        return run.start().train(10).end().folder


def by_projection(runs: Path) -> RunFolder:
    return make_fake_run(runs, steps=20, method="moelora")


KINDS = (finished, paused, failed, lost, without_router, never_started, without_held_out_rows, by_projection)


@pytest.mark.parametrize("make", KINDS)
def test_that_the_report_of_any_run_is_whole_and_private(tmp_path: Path, make: Callable[[Path], RunFolder]) -> None:
    folder = make(tmp_path / "Läufe von mir")
    text = report_page(read_facts(folder))
    page = Page(text)
    assert "://" not in text
    assert [each for each in page.attributes if each[1] in ("src", "href", "srcset", "xlink:href", "action")] == []
    assert not re.search(r"@import|url\(", text)
    private = (str(tmp_path), tempfile.gettempdir(), str(Path.home()), "Läufe von mir", "/tmp/", "data set")
    assert [each for each in private if each in text] == []
    assert all(table["caption"] == 1 and table["th"] > 1 for table in page.tables)
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        found = ElementTree.fromstring(picture)
        assert found.get("role") == "img"
        assert found.findtext("title")
    assert read_facts(folder).state.state in page.text
    assert page.text.count("it is damaged.") == (make is failed)


def test_that_a_finished_run_tells_everything(tmp_path: Path) -> None:
    page = page_of(finished(tmp_path))
    assert page.titles == [
        "Scores", "Loss", "Experts", "Tasks", "Recipe", "Base model and licence", "Memory", "Time", "Warnings",
        "Use it", "Versions",
    ]  # fmt: skip
    for said in (
        "three tasks finished All 40 steps are done.",
        "1M parameters, 0.7 % of all",
        "units exact-match 0.0 % ± 3.0 90.0 % ± 3.0 +90.0 ± 3.0 points 25.0 % 100 of 240",
        "On answers alone:",
        "layer 3 dead experts expert 7 dead",
        "units 600 30,000 units.jsonl units-test.jsonl 1",
        "Precision of the weights bf16 (chosen)",
        "Learning rate 2e-4",
        'train = "units.jsonl"',
        "Planned peak 1.9 GiB Measured peak 1.8 GiB Budget 2.8 GiB",
        "weights 515 MiB 515 MiB",
        "Training steps 3 minutes 20 seconds",
        "240 tokens/s",
        "3 rows of extract are longer than 512 tokens and were cut. Raise training.max_length.",
        "the micro-batch is halved from 8 to 4 rows.",
        "import studio.methods.mixlora",
        "torch 2.13.0",
    ):
        assert said in page.text, said


@pytest.mark.parametrize(
    ("make", "said", "absent"),
    [
        (paused, "Its newest checkpoint can be tried.", "Versions"),
        (failed, "rows.jsonl, line 3: it is damaged. Mend it.", "Scores over the steps"),
        (without_router, "Needs only PEFT.", "Experts"),
        (never_started, "It has no adapter yet.", "Memory"),
        (without_held_out_rows, "Nothing was scored on held-out rows.", "Before and after training"),
        (by_projection, "import studio.methods.moelora", "Versions"),
    ],
)
def test_that_a_run_tells_what_it_has_and_nothing_else(
    tmp_path: Path, make: Callable[[Path], RunFolder], said: str, absent: str
) -> None:
    page = page_of(make(tmp_path))
    assert said in page.text
    assert absent not in page.titles
    assert absent not in page.said


def test_that_names_are_text_and_never_markup(tmp_path: Path) -> None:
    with FakeRun(tmp_path, name="x", tasks=('<i>"ä"&', "b")) as run:
        run.start().evaluate("before").train(3).evaluate("after").warn("<img src=x> and \x1b[31m").end()
    change_label(run.folder, name=HOSTILE)
    text = report_page(read_facts(run.folder))
    page = Page(text)
    assert HOSTILE in page.text
    assert '<i>"ä"&' in page.text
    assert r"<img src=x> and \x1b[31m" in page.text
    assert {tag for tag, *_ in page.attributes} & {"script", "b", "i", "img"} == set()
    assert "<script" not in text
    assert "\x1b" not in text


def test_that_paths_and_secrets_in_any_sentence_and_field_stay_here(tmp_path: Path) -> None:
    said = (
        r"'C:\Daten von Ida\mein Satz.csv' has 3 rows, D:\x y\z.txt too; ~/geheim/b.json and /srv/team/a.jsonl: line 7;"
        " token=hf_abcdefghijklmnopqrstuvwx, 240 tokens/s, and/or owner/name, "
        f"'{Path.home()}' and /home/ida or C:\\Users\\ida."
    )
    with FakeRun(tmp_path) as run:
        run.start().train(2).write(WarningRaised(where="/mnt/platte eins/alle daten/a b.jsonl", what=said)).end()
    recipe = run.recipe.model_copy(
        update={
            "model": ModelTable(source="/mnt/modelle mit platz/klein"),
            "tasks": (TaskTable(name="units", train="/mnt/platte eins/alle daten/a b.jsonl", evaluate=0.1),),
        }
    )
    run.folder.recipe_file.write_text(dump_recipe(recipe), encoding="utf-8")
    page = page_of(run.folder)
    homes = (str(Path.home()), "Ida", " ida", "ida.")
    for private in (*homes, r"D:\x", "geheim", "/srv", "team", "platte", "alle daten", "platz", "hf_abc"):
        assert private not in page.text, private
    for kept in ("a b.jsonl: 'mein Satz.csv' has", "b.json and a.jsonl: line 7", "240 tokens/s, and/or owner/name"):
        assert kept in page.text, kept
    assert "10.0 % of the rows" in page.text
    assert 'base = "path/of/klein"' in page.text


def test_that_an_old_run_and_damaged_files_are_reported_as_far_as_they_go(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    folder = finished(tmp_path)
    with closing(sqlite3.connect(folder.db)) as database, database:
        for table in ("answer_loads", "together"):
            database.execute(f"DROP TABLE {table}")
    assert "On answers alone" not in page_of(folder).text
    folder.provenance_file.write_text("{", encoding="utf-8")
    folder.recipe_file.write_text("name = 3", encoding="utf-8")
    page = page_of(folder)
    assert "provenance.json" in page.text
    assert "units exact-match" in page.text
    folder.db.write_bytes(b"no database")
    with pytest.raises(ProblemError):
        read_facts(folder)


def test_that_a_model_of_another_version_is_told_as_far_as_known(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        ready = ModelReady(
            device="cuda:0", device_name="", precision="nf4", method="mixlora", form="", trainable_parameters=0,
            total_parameters=0, tasks=("units", "new"), total_steps=9, rows={}, tokens={},
        )  # fmt: skip
        run.write(ready).end()
    page = page_of(run.folder)
    assert "Device cuda:0" in page.text
    assert "new – – – – –" in page.text


def test_that_the_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    assert write_report(folder) == folder.path / REPORT
    out = tmp_path / "ä ö.html"
    assert write_report(folder, out) == out
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for wrong in (tmp_path, tmp_path / "none" / "x.html"):
        with pytest.raises(ProblemError):
            write_report(folder, wrong)
    assert sorted(each.name for each in tmp_path.iterdir()) == [folder.id, "ä ö.html"]


def test_that_a_long_run_is_reported_in_seconds(tmp_path: Path) -> None:
    with FakeRun(tmp_path, total_steps=3000) as run:
        run.start().train(1500)
        began = time.monotonic()
        text = report_page(read_facts(run.folder))
    assert time.monotonic() - began < 10
    assert len(text) < 100_000
    assert "mean of 50" in text
