"""The words of the window: English where nobody translates, another language where somebody does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.core.words import in_english, listed, mark, plural, sentences, speak_through, tr

KNOWN = {
    ("Close", ""): "关闭",
    ("Open", "a file"): "打开",
    ("{part} of {whole}", ""): "{whole}中的{part}",
    ("{n:,} row", "{n:,} rows"): "{n:,} 行",
    ("{first} and {last}", ""): "{first}和{last}",
    ("{sentence} {next}", ""): "{sentence}{next}",
}


@pytest.fixture
def chinese() -> Iterator[None]:
    speak_through(lambda text, about, count: KNOWN.get((text, about), ""))
    yield
    speak_through(None)


def test_that_words_are_english_where_nobody_translates() -> None:
    assert tr("Close") == "Close"
    assert tr("{part} of {whole}", part=1, whole=2) == "1 of 2"
    assert tr("Braces {stay} without values") == "Braces {stay} without values"
    assert [plural("{n:,} row", "{n:,} rows", n) for n in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert [listed("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert sentences("One.", "", "Two.", "Three.") == "One. Two. Three."


def test_that_words_are_put_into_the_language_with_their_values_in_its_order(chinese: None) -> None:
    assert tr(mark("Close")) == "关闭"
    assert tr("{part} of {whole}", part=1, whole=2) == "2 中的 1"
    assert plural("{n:,} row", "{n:,} rows", 1200) == "1,200 行"
    assert listed("ab") == "a 和 b"
    assert sentences("一。", "二。") == "一。二。"


def test_that_a_word_with_two_meanings_is_told_by_what_is_meant(chinese: None) -> None:
    assert tr("Open", "a file") == "打开"
    assert tr("Open") == "Open"


def test_that_unknown_words_stay_english(chinese: None) -> None:
    assert tr("Unknown {what}", what="word") == "Unknown word"
    assert [plural("{n} run", "{n} runs", n) for n in (1, 2)] == ["1 run", "2 runs"]


def test_that_files_are_written_in_english(chinese: None) -> None:
    with in_english():
        assert tr("Close") == "Close"
        assert plural("{n:,} row", "{n:,} rows", 2) == "2 rows"
    assert tr("Close") == "关闭"
