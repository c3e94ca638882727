"""Tokenized tasks are kept under all that they follow from, and a damaged file only costs the time to make it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from studio.core import places
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.core.words import speak_through
from studio.data import row_cache, tasks
from studio.data.tasks import LoadedTasks, load_tasks
from tests.data.conftest import WriteLines
from tests.tiny import CHAT_TEMPLATE, make_tiny_tokenizer


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(row_cache, "LEAST_TOKENS", 1)


@pytest.fixture
def recipe(write_lines: WriteLines) -> Recipe:
    rows = [{"prompt": f"Say {n}, x/y?", "completion": f"it is {'xy'[n % 2]}", "answer": "xy"[n % 2]} for n in range(9)]
    held = write_lines([*rows, {"prompt": "again?", "completion": "x", "answer": "x"}], "held.jsonl")
    table = TaskTable(name="say", train=str(write_lines(rows)), evaluate=str(held))
    return Recipe(tasks=(table,), training=TrainingTable(max_length=64))


def changed(recipe: Recipe, **task: Any) -> Recipe:
    return recipe.model_copy(update={"tasks": (recipe.tasks[0].model_copy(update=task),)})


def same(one: LoadedTasks, other: LoadedTasks) -> bool:
    first, second = one["say"], other["say"]
    assert (one.warnings, one.stop_ids, one.pad_id) == (other.warnings, other.stop_ids, other.pad_id)
    assert (first.train_report, first.held_report) == (second.train_report, second.held_report)
    assert (first.format, first.metric, first.sha256) == (second.format, second.metric, second.sha256)
    for left, right in zip(
        [*first.train, *(question.row for question in first.held_out)],
        [*second.train, *(question.row for question in second.held_out)],
        strict=True,
    ):
        assert left.input_ids.tolist() == right.input_ids.tolist()
        assert left.learned.tolist() == right.learned.tolist()
        assert (left.input_ids.dtype, left.learned.dtype) == (right.input_ids.dtype, right.learned.dtype)
    for asked, again in zip(first.held_out, second.held_out, strict=True):
        assert (asked.prompt_ids, asked.expected, asked.choices, asked.names) == (
            again.prompt_ids,
            again.expected,
            again.choices,
            again.names,
        )
    return True


def makings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    plain = tasks._made

    def counted(table: TaskTable, *rest: Any) -> Any:
        made.append(table.name)
        return plain(table, *rest)

    monkeypatch.setattr(tasks, "_made", counted)
    return made


def test_that_a_second_start_reads_the_rows_back(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = makings(monkeypatch)
    first, second = load_tasks(recipe, tokenizer), load_tasks(recipe, tokenizer)
    assert made == ["say"]
    assert same(first, second)


def test_that_what_is_told_of_rows_that_are_read_back_can_still_be_said_in_another_language(
    recipe: Recipe, tokenizer: Any, write_lines: WriteLines
) -> None:
    rows = [{"prompt": "Say x", "completion": "x"}, {"prompt": "", "completion": "y"}]
    lacking = changed(recipe, train=str(write_lines(rows)))
    load_tasks(lacking, tokenizer)
    speak_through(lambda source, about, count: f"<{source}>")
    try:
        [report] = [each.train_report for each in load_tasks(lacking, tokenizer).tasks]
        [reason] = report.left_out
        assert reason == "<{name!r} is empty>".format(name="prompt")
        assert report.left_out[reason].remedy == "<Fill in what is asked.>"
        assert all(warning.what.startswith("<") for warning in report.warnings)
        assert report.read_as.startswith("<")
    finally:
        speak_through(None)


def test_that_rows_in_a_home_that_cannot_be_written_to_are_read_back(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "permission denied")

    made = makings(monkeypatch)
    first = load_tasks(recipe, tokenizer)
    monkeypatch.setattr("os.utime", refuse)
    assert same(first, load_tasks(recipe, tokenizer))
    assert made == ["say"]
    assert len(list(places.rows().iterdir())) == 1


def test_that_many_rows_stay_on_the_disk_and_are_the_same(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = load_tasks(recipe, tokenizer)
    monkeypatch.setattr(row_cache, "LEAST_MAPPED", 0)
    mapped = load_tasks(recipe, tokenizer)
    assert isinstance(mapped["say"].train.ids.base, np.memmap)
    assert not isinstance(in_memory["say"].train.ids.base, np.memmap)
    assert same(in_memory, mapped)
    first = load_tasks(changed(recipe, name="say", skip_faulty=True), tokenizer)
    assert isinstance(first["say"].train.ids.base, np.memmap), "also where they were made just now"


def test_that_a_file_of_rows_is_one_that_the_library_reads(recipe: Recipe, tokenizer: Any) -> None:
    rows = load_tasks(recipe, tokenizer)["say"].train
    (file,) = places.rows().iterdir()
    found = load_file(file)
    assert np.array_equal(found["train.ids"], rows.ids)
    assert np.array_equal(found["train.learned"], rows.learned)


def test_that_rows_are_made_again_where_anything_that_they_follow_from_has_changed(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = makings(monkeypatch)
    load_tasks(recipe, tokenizer)
    load_tasks(changed(recipe, weight=3.0, evaluate_rows=2), tokenizer)
    assert len(made) == 1, "what only weighs rows changes none"
    load_tasks(recipe, make_tiny_tokenizer(CHAT_TEMPLATE.replace("assistant", "Assistant")))
    load_tasks(recipe, make_tiny_tokenizer(CHAT_TEMPLATE + " "))
    load_tasks(recipe.model_copy(update={"training": TrainingTable(max_length=32)}), tokenizer)
    load_tasks(changed(recipe, format="prompt-completion", skip_faulty=True, evaluate=None), tokenizer, parts="train")
    assert len(made) == 5
    file = Path(str(recipe.tasks[0].train))
    file.write_text(file.read_text(encoding="utf-8").replace("Say 1", "Tell 1"), encoding="utf-8")
    load_tasks(recipe, tokenizer)
    assert len(made) == 6


def test_that_a_file_of_a_folder_which_is_called_otherwise_is_read_again(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = makings(monkeypatch)
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("a-train", "b-train", "c-test"):
        row = f'{{"prompt": "{name}?", "completion": "x"}}\n'
        (folder / f"{name}.jsonl").write_text(row, encoding="utf-8")
    asked = changed(recipe, train=str(folder), evaluate=str(folder))
    assert len(load_tasks(asked, tokenizer)["say"].train) == 2
    (folder / "b-train.jsonl").rename(folder / "b-test.jsonl")
    again = load_tasks(asked, tokenizer)["say"]
    assert (len(again.train), len(again.held_out), len(made)) == (1, 2, 2)
    only = changed(recipe, train=str(folder / "b*"), evaluate=None)
    assert load_tasks(only, tokenizer)["say"].format == "prompt-completion"
    (folder / "b-test.jsonl").rename(folder / "b.txt")
    assert load_tasks(only, tokenizer)["say"].format == "text"


@pytest.mark.parametrize("damage", ["cut", "flipped", "nothing"])
def test_that_a_damaged_file_is_made_again(
    damage: str, recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = makings(monkeypatch)
    first = load_tasks(recipe, tokenizer)
    (file,) = places.rows().iterdir()
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[-3] ^= 1
    else:
        content = bytearray()
    file.write_bytes(content)
    assert same(first, load_tasks(recipe, tokenizer))
    assert len(made) == 2
    load_tasks(recipe, tokenizer)
    assert len(made) == 2


def test_that_a_small_task_is_not_kept(recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_cache, "LEAST_TOKENS", 1_000_000)
    load_tasks(recipe, tokenizer)
    assert not places.rows().exists()


def test_that_what_was_not_read_for_the_longest_goes_first(
    recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_tasks(recipe, tokenizer)
    (old,) = places.rows().iterdir()
    load_tasks(changed(recipe, name="two"), tokenizer)
    (new,) = set(places.rows().iterdir()) - {old}
    os.utime(old, (1, 1))
    left = places.rows() / ".gone.1.partial"
    left.write_bytes(b"x")
    os.utime(left, (1, 1))
    monkeypatch.setattr(row_cache, "MOST_BYTES", new.stat().st_size * 2 + 100)
    load_tasks(changed(recipe, name="three"), tokenizer)
    assert not old.exists()
    assert not left.exists()
    assert new.exists()
    assert len(list(places.rows().iterdir())) == 2


def test_that_a_full_disk_only_costs_time(recipe: Recipe, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, _: Any) -> None:
        file.write_bytes(b"begun")
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(row_cache, "write_arrays", refuse)
    assert len(load_tasks(recipe, tokenizer)["say"].train) == 9
    assert list(places.rows().iterdir()) == []
