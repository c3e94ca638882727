"""A method's name stands in the three folders of the methods and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import studio
from studio.core.methods.registry import METHODS, adapter_files

ROOT = Path(studio.__file__).parent
OWN = tuple(ROOT / place for place in ("core/methods", "planner/methods", "methods"))
NAMES = {name.lower() for name in (*METHODS, *adapter_files(), *(method.title for method in METHODS.values()))}


def places_of_names(source: str) -> Iterator[int]:
    """The lines of string constants, by themselves or in a tuple, that are a method's name in any case."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in NAMES:
            yield node.lineno


def test_that_no_other_file_holds_a_methods_name() -> None:
    others = [path for path in ROOT.rglob("*.py") if not any(path.is_relative_to(folder) for folder in OWN)]
    assert len(others) > 200
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in others
        for line in places_of_names(path.read_text(encoding="utf-8"))
    ] == []


def test_that_a_name_is_found_in_every_form_of_comparison() -> None:
    assert sorted(places_of_names('a == "mixlora"\nb in ("x", "dora")\n{"MOELORA": 1}\nc = f"{d} lora"')) == [1, 2, 3]
