"""Proposals of which column is what, from the first rows: likely ones first, none where nothing is likely."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.recipe.column_mapping import ColumnMapping
from studio.data.formats.mapped import MappedReader
from studio.data.guess_mapping import MOST_GUESSES, guess_mapping


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ([{"frage": "2+2?", "antwort": "4"}], {"prompt": "frage", "completion": "antwort"}),
        ([{"antwort": "vier", "frage": "2+2"}], {"prompt": "frage", "completion": "antwort"}),
        ([{"a": "Is it?", "b": "Yes"}], {"prompt": "a", "completion": "b"}),
        ([{"x1": "one", "x2": "two"}], {"prompt": "x1", "completion": "x2"}),
        ([{"log": [{"role": "user", "content": "Hi"}]}], {"messages": "log"}),
        (
            [{"frage": "Eis?", "wahl": ["kalt", "warm"], "richtig": "A"}],
            {"prompt": "frage", "choices": "wahl", "answer": "richtig"},
        ),
        ([{"body": "x" * 300, "id": "7"}], {"text": "body"}),
        (
            [{"question": "q?", "context": "long", "answer": "a"}],
            {"prompt": "{context}\n\n{question}", "completion": "answer"},
        ),
    ],
)
def test_that_the_likeliest_mapping_is_proposed_first(rows: list[dict[str, Any]], first: dict[str, str]) -> None:
    guesses = guess_mapping(rows)
    assert guesses[0].as_dict() == first
    assert all(guess.why for guess in guesses)


def test_that_a_label_is_proposed_where_few_values_come_again() -> None:
    rows = [{"mail": f"a long mail {number}", "art": ("spam", "ham")[number % 2]} for number in range(8)]
    assert {"prompt": "mail", "label": "art"} in [guess.as_dict() for guess in guess_mapping(rows)]


def test_that_what_stands_beside_is_proposed_as_context() -> None:
    rows = [{"buch": "Ein langer Text. " * 5, "frage": "Was?", "antwort": "Das."}]
    assert {"prompt": "{buch}\n\n{frage}", "completion": "antwort"} in [
        guess.as_dict() for guess in guess_mapping(rows)
    ]


def test_that_few_proposals_are_made_and_none_without_text() -> None:
    assert len(guess_mapping([{f"c{number}": f"text {number}" for number in range(30)}])) <= MOST_GUESSES
    assert guess_mapping([{"x": 1, "y": 2.5}]) == []
    assert guess_mapping([]) == []
    assert guess_mapping([{"": "x", "a{b": "y"}]) == []


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ([{"translation": {"en": "Good day", "ro": "Bună ziua"}}] * 3, ("translation.en", "translation.ro")),
        (
            [{"id": "1", "name": "sums", "instruction": "Add.", "instances": [{"input": "2 2", "output": "4"}]}] * 3,
            ("{instruction}\n\n{instances.0.input}", "instances.0.output"),
        ),
        (
            [{"triples": [["A", "of", "B"]], "notes": [{"source": "x", "text": "A is B's."}]}],
            ("triples", "notes.0.text"),
        ),
        ([{"text": "Where is my card?", "intents": ["card", "where"]}], ("text", "intents")),
    ],
)
def test_that_what_stands_inside_of_objects_and_lists_is_proposed(
    rows: list[dict[str, Any]], first: tuple[str, str]
) -> None:
    guess = guess_mapping(rows)[0].as_dict()
    assert (guess["prompt"], guess["completion"]) == first
    read = MappedReader(ColumnMapping(**guess)).read(1, rows[0])
    assert read.prompt[-1].content.strip()
    assert read.expected.strip()


def test_that_nothing_is_proposed_for_a_row_in_the_place_of_names_nor_of_what_describes_functions() -> None:
    assert guess_mapping([{"Ann": "Bob", "Ann is a name. It is an old one.": "Bob is one, too."}]) == []
    called = {"name": "weather", "description": "The weather of a place.", "parameters": {}}
    assert guess_mapping([{"question": [[{"role": "user", "content": "Rain?"}]], "function": [called]}] * 3) == []


def test_that_a_class_alone_is_not_proposed_as_running_text() -> None:
    rows = [{"turns": ["Write a poem.", "Shorter."], "category": "writing"} for _ in range(8)]
    assert guess_mapping(rows) == []
