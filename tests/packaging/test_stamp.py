"""When something is installed again, and when a start has nothing to install."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from launcher import stamp as stamps
from launcher.stamp import NAME, Stamp, key_of

PYPROJECT = """
[project]
dependencies = ["torch>=2.11"]
[project.optional-dependencies]
test = ["pytest>=9"]
[tool.ruff]
line-length = 100
"""
PINS = "# why\ntorch==2.13.0\npytest==9.2.0\n"
KEY = key_of((3, 11), PINS, PYPROJECT)
WHOLE = Stamp(KEY, "/studio", ("quantised",), "auto", nvidia_driver=False)


def test_that_a_stamp_is_read_as_it_was_written(tmp_path: Path) -> None:
    WHOLE.write(tmp_path)
    assert stamps.read(tmp_path) == WHOLE
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": "a"}', '{"extras": 3}', "\x00"])
def test_that_a_damaged_stamp_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    assert stamps.read(tmp_path) is None


def test_that_a_stamp_of_an_earlier_launcher_is_still_read(tmp_path: Path) -> None:
    earlier = {**asdict(WHOLE), "torch": "2.13.0+cpu", "kind": "cpu"}
    (tmp_path / NAME).write_text(json.dumps(earlier), encoding="utf-8")
    assert stamps.read(tmp_path) == WHOLE


def test_that_pins_dependencies_and_python_change_the_key() -> None:
    assert key_of((3, 12), PINS, PYPROJECT) != KEY
    assert key_of((3, 11), PINS.replace("9.2.0", "9.3.0"), PYPROJECT) != KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("2.11", "2.12")) != KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("pytest>=9", "pytest>=8")) != KEY


def test_that_comments_order_and_other_tables_do_not() -> None:
    assert key_of((3, 11), "pytest==9.2.0\n\n# because\ntorch==2.13.0", PYPROJECT) == KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("100", "120")) == KEY


def test_that_a_whole_installation_needs_nothing() -> None:
    assert WHOLE.serves(WHOLE)
    assert WHOLE.serves(replace(WHOLE, extras=()))


@pytest.mark.parametrize(
    "asked",
    [
        replace(WHOLE, place="/elsewhere"),
        replace(WHOLE, key="another"),
        replace(WHOLE, extras=("quantised", "test")),
        replace(WHOLE, nvidia_driver=True),
        replace(WHOLE, wanted="cuda"),
    ],
)
def test_that_whatever_is_asked_for_beyond_it_is_installed(asked: Stamp) -> None:
    assert not WHOLE.serves(asked)


def test_that_a_chosen_build_stays_until_another_is_asked_for() -> None:
    chosen = replace(WHOLE, wanted="cpu")
    assert chosen.serves(WHOLE)
    assert not chosen.serves(replace(WHOLE, wanted="cuda"))
