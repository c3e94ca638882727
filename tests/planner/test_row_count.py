"""Rows counted for an expected time: lines of JSON Lines files, weighted, and nothing where that cannot be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.recipe.recipe import Recipe
from studio.planner import alternatives
from studio.planner.row_count import epoch_rows, may_be_more
from tests.planner.machines import SMALL, config_folder, machine


def _recipe(*tasks: tuple[Path, float], source: str = "demo") -> Recipe:
    named = [{"name": f"task{n}", "train": str(file), "weight": weight} for n, (file, weight) in enumerate(tasks)]
    return Recipe.model_validate({"model": {"source": source}, "tasks": named})


def test_that_an_epochs_rows_are_the_files_lines_times_their_weights_and_counted_anew_after_a_change(
    tmp_path: Path,
) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_bytes(b"{}\n" * 700_000)  # more than is read at once
    other.write_bytes(b"{}\r\n{}\r\n{}")
    asked = _recipe((one, 0.5), (other, 2.0))
    assert epoch_rows(asked) == 350_006
    other.write_bytes(b"{}\n")
    assert epoch_rows(asked) == 350_002


def test_that_what_cannot_be_counted_gives_no_rows_and_no_expected_time(tmp_path: Path) -> None:
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.csv"
    lines.write_bytes(b"{}\n" * 40)
    table.write_bytes(b"a,b\n")
    assert epoch_rows(_recipe((lines, 1.0), (table, 1.0))) is None
    assert epoch_rows(_recipe((tmp_path / "none.jsonl", 1.0))) is None
    model = str(config_folder(tmp_path / "model", SMALL))
    assert all(answer.seconds for answer in alternatives(_recipe((lines, 1.0), source=model), machine()))
    assert all(answer.seconds is None for answer in alternatives(_recipe((table, 1.0), source=model), machine()))


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ('{"messages": [{"role": "user", "content": "a"}]}', True),
        ('[{"from": "human", "value": "a"}]', True),
        ('{"prompt": "a", "completion": "b", "tags": ["x"]}', False),
        ("", False),
    ],
)
def test_that_conversations_may_become_more_rows_than_lines(line: str, more: bool, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    asked = _recipe((file, 1.0), source=str(config_folder(tmp_path / "model", SMALL)))
    assert may_be_more(asked) is more
    assert {answer.at_least for answer in alternatives(asked, machine())} == {more}
    fixed = asked.model_copy(update={"training": asked.training.model_copy(update={"max_steps": 5})})
    assert not any(answer.at_least for answer in alternatives(fixed, machine()))
    named = asked.tasks[0].model_copy(update={"format": "sharegpt"})
    assert may_be_more(asked.model_copy(update={"tasks": (named,)}))


def test_that_running_text_is_counted_in_windows_rather_than_lines(tmp_path: Path) -> None:
    file = tmp_path / "text.jsonl"
    file.write_text('{"text": "' + "x" * 409_600 + '"}\n', encoding="utf-8")
    asked = _recipe((file, 1.0))
    assert epoch_rows(asked) == round(409_600 / (4 * asked.training.max_length))


def test_that_a_path_that_no_system_takes_has_no_rows(tmp_path: Path) -> None:
    assert epoch_rows(_recipe((tmp_path / "a\0b.jsonl", 1.0))) is None
