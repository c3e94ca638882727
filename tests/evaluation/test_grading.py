"""Answers are judged by rule: white space and the order of JSON keys do not count, everything else does."""

from __future__ import annotations

import pytest

from studio.evaluation.grading import grade, key_of


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
    assert grade("exact-match", answer, expected).right is right


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
    assert grade("json", answer, '{"name": "Ada", "n": [1, {"a": true}]}').right is right


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ('{"name": "Ada", "at": {"x": 1, "y": 2}}', 1.0),
        ('{"name": "Ada", "at": {"x": 1, "y": 3}}', 2 / 3),
        ('{"name": "Ada", "at": {"x": 1}}', 2 / 3),
        ('{"name": "Ada", "at": {"x": 1, "y": 2}, "more": 1}', 3 / 4),
        ('{"name": "Eve"}', 0.0),
        ("no object", 0.0),
    ],
)
def test_that_json_is_scored_by_field_too(answer: str, share: float) -> None:
    judged = grade("json", answer, '{"name": "Ada", "at": {"x": 1, "y": 2}}')
    assert judged.also == {"fields": pytest.approx(share)}
    assert judged.right is (share == 1)


@pytest.mark.parametrize(
    ("metric", "said", "expected", "answer", "right"),
    [
        ("number", "so 4.0", "3 + 1 is #### 4", "", True),
        ("number", "so 4.0", "it is four", "4", True),
        ("number", "so 5", "it is 4", "4", False),
        ("label", "Positive.", "positive", "", True),
        ("label", "very positive", "positive", "", False),
        ("answer", "It must be Paris.", "The capital is Paris", "Paris", True),
        ("answer", "Parisian", "The capital is Paris", "Paris", False),
        ("answer", "Just so", "Just so", "yes", True),
        ("answer", "Just so", "Just so", "", True),
    ],
)
def test_that_answers_are_judged_by_what_decides(
    metric: str, said: str, expected: str, answer: str, right: bool
) -> None:
    assert grade(metric, said, expected, answer).right is right


def test_that_answers_that_count_as_the_same_have_one_key() -> None:
    assert key_of("number", "#### 4.0") == key_of("number", "it is four", "4")
    assert key_of("json", '{"a": 1, "b": 2}') == key_of("json", '{"b": 2, "a": 1}')
    assert key_of("label", "Yes.") == key_of("label", "it is yes", "yes")
    assert key_of("exact-match", "a  b") == key_of("exact-match", "a b") != key_of("exact-match", "A b")
    assert key_of("exact-match", "it is yes", "yes") != key_of("exact-match", "so yes", "yes")
    assert key_of("answer", "it is Paris", "Paris") == key_of("answer", "so paris", "paris")


def test_that_no_rule_is_made_up_for_another_metric() -> None:
    with pytest.raises(ValueError, match="choice"):
        grade("choice", "a", "a")
