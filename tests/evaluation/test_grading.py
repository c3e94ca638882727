"""Answers are judged by rule: white space and the order of JSON keys do not count, everything else does."""

from __future__ import annotations

import pytest

from studio.evaluation.grading import is_right


@pytest.mark.parametrize(
    ("answer", "expected", "right"),
    [
        ("45 kg = 45000 g", "45 kg = 45000 g", True),
        ("  45 kg =\n45000 g ", "45 kg = 45000 g", True),
        ("Cafe\u0301", "Café", True),
        ("45 kg = 4500 g", "45 kg = 45000 g", False),
        ("Yes", "yes", False),
        ("yes.", "yes", False),
        ("", "yes", False),
    ],
)
def test_that_texts_are_compared_exactly_except_for_white_space(answer: str, expected: str, right: bool) -> None:
    assert is_right("exact-match", answer, expected) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ('{"name": "Ada", "n": [1, {"a": true}]}', True),
        ('{"n":[1,{"a":true}],\n"name":"Ada"} ', True),
        ('{"name": "Ada", "n": [1.0, {"a": true}]}', True),
        ('{"name": "Ada", "n": [true, {"a": true}]}', False),
        ('{"name": "Ada", "n": [1, {"a": 1}]}', False),
        ('{"name": "ada", "n": [1, {"a": true}]}', False),
        ('{"name": "Ada", "n": [1, {"a": true}], "more": 0}', False),
        ('{"name": "Eve", "name": "Ada", "n": [1, {"a": true}]}', False),
        ('Here it is: {"name": "Ada", "n": [1, {"a": true}]}', False),
        ('{"name": "Ada", "n": [1, {"a": true}]', False),
        ("[" * 100_000, False),
        ("", False),
    ],
)
def test_that_json_is_compared_by_value(answer: str, right: bool) -> None:
    assert is_right("json", answer, '{"name": "Ada", "n": [1, {"a": true}]}') is right


def test_that_no_rule_is_made_up_for_another_metric() -> None:
    with pytest.raises(ValueError, match="choice"):
        is_right("choice", "a", "a")
