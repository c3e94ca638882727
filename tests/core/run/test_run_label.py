from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.verbs import delete
from studio.core.run.run_label import (
    LABEL,
    LONGEST_NAME,
    LONGEST_NOTE,
    RunLabel,
    change_label,
    free_name,
    read_label,
    run_name,
)
from tests.fake_run import make_fake_run


def test_that_a_run_goes_by_its_recipes_name_until_it_is_renamed(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=1, name="Sums & <b>FAQ</b>")
    assert run_name(folder) == "Sums & <b>FAQ</b>"
    assert change_label(folder, name="  Übung 2 ") == RunLabel()
    assert run_name(folder) == "Übung 2"
    assert change_label(folder, note="more experts\nthan before") == RunLabel("Übung 2")
    assert read_label(folder) == RunLabel("Übung 2", "more experts\nthan before")
    assert folder.recipe().name == "Sums & <b>FAQ</b>"


def test_that_taking_name_and_note_back_leaves_no_file(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=1, name="first")
    before = change_label(folder, name="other", note="x")
    change_label(folder, name=before.name, note=before.note)
    assert run_name(folder) == "first"
    assert not (folder.path / LABEL).exists()
    change_label(folder, name="first")
    assert not (folder.path / LABEL).exists(), "the recipe's own name needs no label"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "x" * (LONGEST_NAME + 1)}, "one line"),
        ({"name": "two\nlines"}, "one line"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "at most"),
        ({"name": "half \ud800"}, "one line"),
        ({"note": "half \ud800"}, "no text file"),
    ],
)
def test_that_a_name_or_note_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], said: str) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    with pytest.raises(ProblemError, match=said):
        change_label(folder, **change)
    assert read_label(folder) == RunLabel()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": 7, "note": ["x"]}', '{"name": "' + "x" * 100_000 + '"}'])
def test_that_a_strangers_label_never_hides_a_run(tmp_path: Path, text: str) -> None:
    folder = make_fake_run(tmp_path, steps=1, name="mine")
    (folder.path / LABEL).write_text(text, encoding="utf-8")
    assert run_name(folder) == "mine"


def test_that_a_second_run_of_the_same_name_is_numbered(tmp_path: Path) -> None:
    names = [run_name(make_fake_run(tmp_path, steps=1, name="My sums", now=1e9 + each)) for each in range(3)]
    assert names == ["My sums", "My sums (2)", "My sums (3)"]
    assert free_name("a", ["b"]) == "a"
    assert free_name("a", ["a", "a (2)", "a (4)"]) == "a (3)"


@pytest.mark.parametrize("change", [{"name": "other"}, {"name": ""}, {"note": "x"}])
def test_that_a_run_that_is_gone_gets_no_label_and_no_folder(tmp_path: Path, change: dict[str, str]) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    delete(folder)
    with pytest.raises(ProblemError, match="not in the folder of runs any more"):
        change_label(folder, **change)
    assert not folder.path.exists()


def test_that_a_note_of_quotes_and_lines_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = make_fake_run(tmp_path, steps=1)
    note = "\"quoted\" 'too'\n\\ back\t</b>\u2028line\n\n\N{GRINNING FACE}"
    change_label(folder, note=note)
    assert read_label(folder).note == note
