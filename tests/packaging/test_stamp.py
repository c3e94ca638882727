"""When something is installed again, and when a start does nothing but look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from launcher import stamp as stamps
from launcher.stamp import NAME, Stamp, key_of, why_install

from tests.packaging.facts import LINUX

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
WHOLE = Stamp(KEY, "/studio", ("quantised",), "2.13.0+cpu", "cpu", "auto", nvidia_driver=False)


def test_that_a_stamp_is_read_as_it_was_written(tmp_path: Path) -> None:
    stamps.write(tmp_path, WHOLE)
    assert stamps.read(tmp_path) == WHOLE
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": "a"}', '{"extras": 3}', "\x00"])
def test_that_a_damaged_stamp_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    assert stamps.read(tmp_path) is None


def test_that_a_removed_stamp_is_gone_and_removing_it_again_is_nothing(tmp_path: Path) -> None:
    stamps.write(tmp_path, WHOLE)
    stamps.remove(tmp_path)
    stamps.remove(tmp_path)
    assert stamps.read(tmp_path) is None


def test_that_pins_dependencies_and_python_change_the_key() -> None:
    assert key_of((3, 12), PINS, PYPROJECT) != KEY
    assert key_of((3, 11), PINS.replace("9.2.0", "9.3.0"), PYPROJECT) != KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("2.11", "2.12")) != KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("pytest>=9", "pytest>=8")) != KEY


def test_that_comments_order_and_other_tables_do_not() -> None:
    assert key_of((3, 11), "pytest==9.2.0\n\n# because\ntorch==2.13.0", PYPROJECT) == KEY
    assert key_of((3, 11), PINS, PYPROJECT.replace("100", "120")) == KEY


def test_that_a_whole_installation_needs_nothing() -> None:
    assert why_install(WHOLE, KEY, Path("/studio"), ["quantised"], LINUX, "auto") is None


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        (None, "no finished installation"),
        (replace(WHOLE, place="/elsewhere"), "has moved"),
        (replace(WHOLE, key="another"), "have changed"),
        (replace(WHOLE, extras=()), "more packages are needed: quantised"),
        (replace(WHOLE, nvidia_driver=True), "driver has gone"),
    ],
)
def test_that_each_reason_to_install_is_said(stamp: Stamp | None, words: str) -> None:
    assert words in (why_install(stamp, KEY, Path("/studio"), ["quantised"], LINUX, "auto") or "")


def test_that_a_new_gpu_driver_is_noticed() -> None:
    why = why_install(WHOLE, KEY, Path("/studio"), [], replace(LINUX, nvidia_driver=True), "auto")
    assert why is not None
    assert "driver has come" in why


def test_that_a_chosen_build_stays_until_another_is_asked_for() -> None:
    chosen = replace(WHOLE, wanted="cpu")
    assert why_install(chosen, KEY, Path("/studio"), [], LINUX, "auto") is None
    assert why_install(chosen, KEY, Path("/studio"), [], LINUX, "cuda") is not None
