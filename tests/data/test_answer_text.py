"""Answers are found as whole words and compared as the numbers that they are."""

from __future__ import annotations

import pytest

from studio.data.answer_text import is_number, number_in, place_of, same_number, says


@pytest.mark.parametrize(
    ("answer", "text", "place"),
    [
        ("A", "The answer is A. All done", 14),
        ("B", "It is B. But why", 6),
        ("A", "All Apples", None),
        ("A", "The answer is A, since A is red", 14),
        ("A", "Since A is red, A", 16),
        ("answer1", "the correct answer is answer1", 22),
        ("answer1", "the correct answer is answer10", None),
        ("4", "4.5 or 4", 7),
        ("4", "#### 4 of 4", 5),
        ("4", "4,000", None),
        ("(a)", "is it (a)?", 6),
        ("red wine", "some red wine, red winery", 5),
        ("", "text", None),
    ],
)
def test_that_an_answer_is_found_as_whole_words_and_where_it_is_announced(
    answer: str, text: str, place: int | None
) -> None:
    assert place_of(answer, text) == place


@pytest.mark.parametrize(
    ("answer", "expected", "same"),
    [
        ("4.0", "4", True),
        ("so it is 4.", "#### 4", True),
        ("3 + 1 = 4\n#### 4", "4", True),
        ("#### 4 apples, of 7", "4", True),
        ("$1,000.00", "1000", True),
        ("1\u202f000", "1000", True),
        ("\u22123", "-3", True),
        ("\\boxed{12} is more than 3", "12", True),
        ("1e3", "1000", True),
        ("0.33333", "0.333333", True),
        ("0.33", "0.3333", False),
        ("1000001", "1000000", False),
        ("4.0001", "4", False),
        ("14", "4", False),
        ("four", "4", False),
        ("4", "four", False),
        ("v1.2.3", "3", False),
        ("9" * 1000, "9", False),
    ],
)
def test_that_numbers_are_compared_as_numbers(answer: str, expected: str, same: bool) -> None:
    assert same_number(answer, expected) is same


def test_that_a_text_is_a_number_or_holds_one() -> None:
    assert all(map(is_number, ("4", "4.", " -1,000.5 ", "$3", "50%", "50 %")))
    assert not any(map(is_number, ("", "four", "4 km", "4 5", "1/2", "v1.2.3")))
    assert number_in("no number") is None


def test_that_what_is_said_is_looked_for_whatever_its_case() -> None:
    assert says("It is in  PARIS.", "Paris")
    assert says("new\nyork", "New York")
    assert not says("Parisian", "Paris")
