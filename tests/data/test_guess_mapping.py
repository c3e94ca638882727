"""Proposals of which column is what, from the first rows: likely ones first, none where nothing is likely."""

from __future__ import annotations

from typing import Any

import pytest

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
