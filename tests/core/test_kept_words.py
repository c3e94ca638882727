"""Words are plain English everywhere, and are said again in the window's language wherever they were made."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from studio.core.kept_words import recalled, remembered
from studio.core.problem import Problem, ProblemError
from studio.core.run.events import RunEnded, WarningRaised, event_from_json, json_of_event
from studio.core.run.run_db import RunReader, RunWriter
from studio.core.said import Said
from studio.core.words import in_english, in_plain_english, listed, plural, sentences, speak_through, tr

OTHER = {
    "{rows} of {task} were left out.": "{task} 有{rows}被略去。",
    "{n:,} row": "{n} 行",
    "{where}: {what}": "{where}：{what}",
    "{sentence} {next}": "{sentence} {next}",
    "Raise max_length.": "请增大 max_length。",
    "Of {amount:.1f} only.": "仅 {amount:.1f}。",
}


def _rows() -> str:
    return tr("{rows} of {task} were left out.", rows=plural("{n:,} row", "{n:,} rows", 3), task="sums")


def _clipped() -> Problem:
    return Problem(where="data.jsonl", what=_rows(), remedy=tr("Raise max_length."))


@pytest.fixture
def in_another_language() -> Iterator[None]:
    speak_through(lambda source, about, n: OTHER.get(source, ""))
    yield
    speak_through(None)


def _through_json(value: object) -> object:
    line = json.loads(json.dumps({"value": value, "said": remembered(value)}))
    return recalled(line["value"], line["said"])


def test_that_words_are_their_english_text() -> None:
    assert _rows() == "3 rows of sums were left out."
    assert json.dumps([_rows()]) == '["3 rows of sums were left out."]'


def test_that_words_read_from_json_are_in_the_language_of_the_reader(in_another_language: None) -> None:
    with in_english():
        line = json.dumps({"value": [_rows()], "said": remembered([_rows()])})
    found = json.loads(line)
    assert recalled(found["value"], found["said"]) == ["sums 有 3 行被略去。"]
    with in_english():
        assert recalled(found["value"], found["said"]) == ["3 rows of sums were left out."]


def test_that_words_of_the_window_leave_it_in_english(in_another_language: None) -> None:
    assert _rows() == "sums 有 3 行被略去。"
    assert in_plain_english(_rows()) == "3 rows of sums were left out."
    assert in_plain_english(plural("{n:,} row", "{n:,} rows", 1)) == "1 row"
    assert in_plain_english("typed") == "typed"


def test_that_lists_and_paragraphs_remember_too() -> None:
    assert isinstance(listed(["a", "b", "c"]), Said)
    assert isinstance(sentences("One.", "", "Two."), Said)
    assert (listed(["a", "b", "c"]), sentences("One.", "", "Two.")) == ("a, b and c", "One. Two.")


def test_that_a_value_with_braces_is_not_read_as_a_template() -> None:
    assert tr("{a} and {b}", a="{b}", b="x") == "{b} and x"


@pytest.mark.parametrize("way", [copy.deepcopy, copy.copy, lambda text: pickle.loads(pickle.dumps(text))])
def test_that_a_copy_remembers_as_well(way: Callable[[str], str]) -> None:
    assert way(_rows()) == _rows()
    assert remembered(way(_rows())) == remembered(_rows())


def test_that_an_event_brings_its_words_through_a_runs_database(tmp_path: Path) -> None:
    warned = WarningRaised(where="data", what=_rows(), remedy="")
    ended = RunEnded(outcome="failed", reason=_clipped().sentence, step=3, problems=(_clipped(),))
    with RunWriter(tmp_path / "run.db") as writer:
        writer.write(warned, ended)
    with RunReader(tmp_path / "run.db") as reader:
        assert [stored.event for stored in reader.events()] == [warned, ended]
        speak_through(lambda source, about, n: OTHER.get(source, ""))
        try:
            first, second = (stored.event for stored in reader.events())
        finally:
            speak_through(None)
    assert isinstance(first, WarningRaised)
    assert (first.where, first.what) == ("data", "sums 有 3 行被略去。")
    assert isinstance(second, RunEnded)
    assert second.reason == "data.jsonl：sums 有 3 行被略去。请增大 max_length。"
    assert second.problems[0].remedy == "请增大 max_length。"


def test_that_earlier_versions_and_other_programs_read_plain_english() -> None:
    warned = WarningRaised(where="data", what=_rows())
    assert json.loads(json_of_event(warned))["what"] == "3 rows of sums were left out."
    assert WarningRaised.model_validate_json(json_of_event(warned)) == warned


def test_that_an_event_of_an_earlier_version_is_read_as_it_is(in_another_language: None) -> None:
    plain = WarningRaised(where="data", what="3 rows of sums were left out.")
    assert '"said"' not in json_of_event(plain)
    assert event_from_json(json_of_event(plain)) == plain


def test_that_a_problem_crosses_from_the_desk(in_another_language: None) -> None:
    with in_english():
        answer = [asdict(_clipped())]
        line = json.loads(json.dumps({"problems": answer, "said": remembered(answer)}))
    found = recalled(line["problems"], line["said"])
    assert (found[0]["what"], found[0]["remedy"]) == ("sums 有 3 行被略去。", "请增大 max_length。")


@pytest.mark.parametrize(
    "entries",
    [
        None, 3, "x", {}, [3], [[]], [["a", "b", "", -1]], [["a", 3, "", -1, {}]], [["a", "b", "", -1, []]],
        [["a", "b", "", "many", {}]], [["a", "b", "", 1.5, {}]], [["a", "b", "", 2**40, {}]],
        [["a", "b", "", -1, {"c": ["d"]}]], [["a", "b", None, -1, {}]], [["a", "b", "", -1, {"c": None}]],
    ],
)  # fmt: skip
def test_that_a_strangers_invalid_entry_leaves_the_text(entries: object) -> None:
    read = recalled({"what": "a"}, entries)
    assert read == {"what": "a"}
    assert not isinstance(read["what"], Said)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{0}", {"n": 1}), ("{n.real}", {"n": 1}), ("{m}", {"n": 1}), ("{n:,}", {"n": "a"}), ("{", {"n": 1}),
        ("{n:.2f}", {"n": 10**400}), ("{n:300000000}", {"n": "a"}), ("{n:{m}}", {"n": "a", "m": 300000000}),
        ("another text", {}), ("{n}", {"n": "another text"}),
    ],
)  # fmt: skip
def test_that_an_entry_that_does_not_say_its_text_is_forgotten(source: str, values: dict[str, object]) -> None:
    """Else whoever says it again, such as a report of a bug, would fail or run out of memory."""
    read = recalled({"what": "a"}, [["a", source, "", -1, values]])
    assert read == {"what": "a"}
    assert remembered(read) == []


def test_that_words_without_values_may_have_braces() -> None:
    written = remembered(tr("Write {context} or {question}."))
    assert remembered(recalled(["Write {context} or {question}."], written)) == written


def test_that_a_value_too_large_for_the_translation_leaves_the_text() -> None:
    speak_through(lambda source, about, n: "{n:.2f} 行" if source == "{n} rows" else "")
    try:
        text = str(10**400) + " rows"
        assert recalled([text], [[text, "{n} rows", "", -1, {"n": 10**400}]]) == [text]
    finally:
        speak_through(None)


@pytest.mark.parametrize("values", [{}, {"amount": "wide"}, {"amount": ["a", "b", "", -1, {}]}])
def test_that_values_which_do_not_fit_their_words_leave_the_text(
    values: dict[str, object], in_another_language: None
) -> None:
    assert recalled(["Of 3.0 only."], [["Of 3.0 only.", "Of {amount:.1f} only.", "", -1, values]]) == ["Of 3.0 only."]


def test_that_a_strangers_source_is_never_filled_in(in_another_language: None) -> None:
    entry = ["a", "{value.__class__} {value:>1000000000}", "", -1, {"value": 3}]
    assert recalled(["a"], [entry]) == ["a"]


def test_that_a_strangers_entry_of_endless_depth_is_refused() -> None:
    entry: list[object] = ["a", "b", "", -1, {}]
    for _ in range(100):
        entry = ["a", "b", "", -1, {"c": entry}]
    assert not isinstance(recalled(["a"], [entry])[0], Said)


def test_that_a_problem_is_raised_with_the_sentence_that_it_is_told_by() -> None:
    assert str(ProblemError(_clipped())) == _clipped().sentence == str(_clipped())
    assert remembered(_through_json(_clipped().sentence)) == remembered(_clipped().sentence)
