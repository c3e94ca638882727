"""Whatever is in a data file, each of its rows is used, cut or counted, or a Problem says what is wrong."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.data.tasks import load_tasks
from tests.fuzz.mutations import WANTED, fuzz, mutated_bytes, mutated_json, mutated_text, pick, rounds
from tests.tiny import make_tiny_tokenizer

CASES = Path(__file__).parents[1] / "data" / "cases"
FILES = sorted(file for file in CASES.iterdir() if file.name != "expect.toml")
RECIPES = [
    case["recipe"] for case in tomllib.loads((CASES / "expect.toml").read_text(encoding="utf-8")).values()
    if "recipe" in case
]  # fmt: skip
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".txt", ".parquet", ".arrow", ".jsonl.gz", ".csv.zst", ".log")
FORMATS = ("messages", "alpaca", "prompt-completion", "text", "multiple-choice", "classification", "preference")

some = fuzz if WANTED else settings(fuzz, max_examples=150)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tiny_tokenizer()


def rows_in(content: bytes) -> list[Any]:
    rows = []
    for line in content.splitlines():
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return rows


def damaged(random: Random, content: bytes) -> bytes:
    """A file with one of its rows, lines or bytes changed, put beside another file, or packed."""
    rows, action = rows_in(content), random.randrange(6)
    if action < 2 and rows:
        rows = rows * random.randrange(1, 4)
        at = random.randrange(len(rows))
        rows[at] = mutated_json(random, rows[at])
        try:
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            return content
    if action == 2:
        return mutated_text(random, content.decode("utf-8", "replace")).encode("utf-8", "surrogatepass")
    if action == 3:
        return content + pick(random, FILES).read_bytes()
    if action == 4 and rows:
        return b"".join(random.sample(lines, len(lines))) if (lines := content.splitlines(keepends=True)) else content
    packed = gzip.compress(content) if random.random() < 0.3 else content
    return mutated_bytes(random, packed)


def task_for(random: Random, file: Path) -> TaskTable:
    fields: dict[str, Any] = {"skip_faulty": random.random() < 0.5}
    if random.random() < 0.1:
        fields |= pick(random, RECIPES)
    elif random.random() < 0.1:
        fields["format"] = pick(random, FORMATS)
    return TaskTable.model_validate({"name": "task", "train": str(file), **fields})


def try_one(random: Random, folder: Path, tokenizer: Any) -> None:
    source = pick(random, FILES)
    content = source.read_bytes()
    for _ in range(1 + (random.random() < 0.2)):
        content = damaged(random, content)
    suffix = source.suffix if random.random() < 0.85 else pick(random, SUFFIXES)
    file = folder / f"data{suffix}"
    file.write_bytes(content)
    training = TrainingTable(max_length=pick(random, (16, 64, 512)))
    try:
        loaded = load_tasks(Recipe(tasks=(task_for(random, file),), training=training), tokenizer)
    except ProblemError as error:
        if not all(problem.where and problem.what and problem.remedy for problem in error.problems):
            pytest.fail(f"a Problem says nothing: {error}")
        return
    report = loaded.tasks[0].train_report
    assert report.used > 0
    assert report.rows == report.used + report.left_out_rows
    assert report.left_out_rows == 0 or "left out" in " ".join(warning.what for warning in loaded.warnings)
    lines = [line for line in content.split(b"\n") if line.strip()]
    # Only rows that begin as one a line; one object alone may hold the rows.
    if suffix in (".jsonl", ".ndjson") and b"\r" not in content and len(lines) > 1 and rows_in(lines[0]):
        assert report.rows == len(lines)


@rounds
@some
@given(random=st.randoms(use_true_random=False))
def test_that_any_data_file_is_used_whole_counted_or_reported_as_a_problem(
    random: Random, turn: int, tmp_path_factory: pytest.TempPathFactory, tokenizer: Any
) -> None:
    try_one(random, tmp_path_factory.getbasetemp(), tokenizer)


@pytest.mark.slow
def test_that_two_thousand_data_files_are_used_whole_counted_or_reported(tmp_path: Path, tokenizer: Any) -> None:
    for seed in range(2000):
        try:
            try_one(Random(seed), tmp_path, tokenizer)
        except Exception as error:
            raise AssertionError(f"the file of seed {seed}") from error
