"""Where keys stand in TOML text, and plain values written as it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.toml_text import line_of, read_toml, to_toml

TEXT = """\
# a comment = with an equals sign
name = "x"
[method]  # how
rank = 8

[[tasks]]
name = "a"
[[tasks]]
"name" = "b"
model.source = "dotted"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("method",), 3),
        (("method", "rank"), 4),
        (("tasks", 0, "name"), 7),
        (("tasks", 1), 8),
        (("tasks", 1, "name"), 9),
        (("tasks", 1, "model", "source"), 10),
    ],
)
def test_that_a_keys_line_is_found(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


def test_that_an_absent_key_is_placed_at_its_nearest_parent() -> None:
    assert line_of(TEXT, ("method", "alpha")) == 3
    assert line_of(TEXT, ("tasks", 1, "train")) == 8


def test_that_what_is_nowhere_has_no_line() -> None:
    assert line_of(TEXT, ("machine", "device")) is None


PLAIN = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
KEYS = st.text("abcdefghijklmnopqrstuvwxyz_-0123456789", min_size=1, max_size=8)
INLINE = st.dictionaries(KEYS, PLAIN, max_size=3)
TABLES = st.dictionaries(KEYS, PLAIN | INLINE | st.lists(PLAIN, max_size=3), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, PLAIN | TABLES | st.lists(TABLES, min_size=1, max_size=3), max_size=5))
def test_that_written_values_read_back_equal(values: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(values)) == values


def test_that_none_is_left_out() -> None:
    assert to_toml({"a": None, "t": {"b": None, "c": 1}}) == "\n[t]\nc = 1\n"


def test_that_a_value_toml_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be written as TOML"):
        to_toml({"a": object()})


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000], ids=["endless digits", "endless brackets"])
def test_that_toml_which_exhausts_its_reader_is_toml_that_cannot_be_read(value: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_toml(f"a = {value}")
