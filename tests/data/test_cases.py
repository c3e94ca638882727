"""Files as people have them: each gives the rows, or the words of a Problem, that stand for it in cases/expect.toml."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import lzma
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.data.read_rows import read_rows
from studio.data.source_file import open_data
from studio.data.task_report import TaskReport
from studio.data.tasks import load_tasks
from tests.data.shown_rows import shown

FOLDER = Path(__file__).with_name("cases")
CASES: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "expect.toml").read_text(encoding="utf-8"))
KINDS = [f"S{n}" for n in range(1, 14)] + [f"W{n}" for n in range(1, 10)] + [f"U{n}" for n in range(1, 11) if n != 8]
"""What goes wrong with data; of the kinds of sets on a hub, tests/data/test_hub_set.py has the cases."""
WITH_ROWS = [name for name, case in CASES.items() if "rows" in case]


def task_of(file: Path, name: str) -> TaskTable:
    return TaskTable.model_validate({"name": "case", "train": str(file), **CASES[name].get("recipe", {})})


def read_as(file: Path, name: str) -> tuple[list[str], TaskReport]:
    task = task_of(file, name)
    opened = open_data(task.train, "train", encoding=task.encoding, skip_faulty=task.skip_faulty)
    read = read_rows(opened, task.format, skip_faulty=task.skip_faulty)
    report = TaskReport("case", str(file))
    read.tell(report)
    return [shown(conversation) for conversation in read.conversations], report


def test_that_every_file_has_an_expectation_and_every_kind_of_fault_two_files() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {*CASES, "expect.toml"}
    assert len(CASES) >= 120
    counts = Counter(case["kind"] for case in CASES.values())
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 2
    assert all(("rows" in case) != ("problem" in case) for case in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_that_a_file_gives_the_rows_or_the_problem_that_stand_for_it(name: str) -> None:
    case = CASES[name]
    if "problem" in case:
        with pytest.raises(ProblemError) as caught:
            read_as(FOLDER / name, name)
        assert [words for words in case["problem"] if words not in str(caught.value)] == []
        assert all(problem.remedy for problem in caught.value.problems)
        return
    rows, report = read_as(FOLDER / name, name)
    assert rows == case["rows"]
    assert report.format == case.get("format", report.format)
    assert report.read_as
    assert report.unused_columns == case.get("unused", [])


@pytest.mark.parametrize(
    "name", [name for name in WITH_ROWS if {"learned", "told", "left_out", "nothing"} & {*CASES[name]}]
)
def test_that_what_is_learned_and_what_is_told_of_a_file_are_as_they_stand_for_it(name: str, tokenizer: Any) -> None:
    case = CASES[name]
    training = TrainingTable(max_length=case.get("max_length", 512))
    recipe = Recipe(tasks=(task_of(FOLDER / name, name),), training=training)
    if "nothing" in case:
        with pytest.raises(ProblemError) as caught:
            load_tasks(recipe, tokenizer)
        assert [words for words in case["nothing"] if words not in str(caught.value)] == []
        return
    loaded = load_tasks(recipe, tokenizer)
    (task,) = loaded.tasks
    told = " ".join(map(str, loaded.warnings))
    assert [words for words in case.get("told", []) if words not in told] == []
    assert task.train_report.left_out_rows == case.get("left_out", 0)
    assert task.train_report.rows == len(case["rows"]) + sum(
        left.count for reason, left in task.train_report.left_out.items() if "the answer is empty" not in reason
    )
    if "learned" in case:
        assert [tokenizer.decode(row.input_ids[row.learned]) for row in task.train] == case["learned"]


def zstandard(content: bytes) -> bytes:
    return bytes(pyarrow.compress(content, codec="zstd", asbytes=True))


def as_utf_16(content: bytes) -> bytes:
    return content.decode("utf-8").removeprefix("\ufeff").replace("\n\ufeff", "\n").encode("utf-16")


DRESSES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": (".gz", gzip.compress),
    "two gzips in one": (".gz", lambda content: gzip.compress(content[:9]) + gzip.compress(content[9:])),
    "bzip2": (".bz2", bz2.compress),
    "xz": (".xz", lzma.compress),
    "Zstandard": (".zst", zstandard),
    "gzip without its suffix": ("", gzip.compress),
    "UTF-16": ("", as_utf_16),
    "a byte order mark": ("", lambda content: codecs.BOM_UTF8 + content.removeprefix(codecs.BOM_UTF8)),
    "no last line end": ("", lambda content: content.rstrip(b"\n")),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_that_the_same_text_gives_the_same_rows_however_it_is_packed(dress: str, tmp_path: Path) -> None:
    suffix, pack = DRESSES[dress]
    tried = 0
    for name in WITH_ROWS:
        if "encoding" in CASES[name].get("recipe", {}):
            continue  # its bytes are not UTF-8
        file = tmp_path / f"{name}{suffix}"
        file.write_bytes(pack((FOLDER / name).read_bytes()))
        assert read_as(file, name)[0] == CASES[name]["rows"], name
        tried += 1
    assert tried > 100


def parquet(rows: list[Any], file: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)


def feather(rows: list[Any], file: Path) -> None:
    pyarrow.feather.write_feather(pyarrow.Table.from_pylist(rows), file)


def arrow_stream(rows: list[Any], file: Path) -> None:
    table = pyarrow.Table.from_pylist(rows)
    with pyarrow.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def json_list(rows: list[Any], file: Path) -> None:
    file.write_text(json.dumps(rows, indent=2), encoding="utf-8")


def json_inside(rows: list[Any], file: Path) -> None:
    file.write_text(json.dumps({"about": "rows", "rows": rows}), encoding="utf-8")


CONTAINERS: dict[str, tuple[str, Callable[[list[Any], Path], None]]] = {
    "parquet": (".parquet", parquet),
    "feather": (".feather", feather),
    "arrow stream": (".arrow", arrow_stream),
    "parquet by another name": (".jsonl", parquet),
    "a JSON list": (".json", json_list),
    "a list inside an object": (".json", json_inside),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_that_the_same_rows_are_read_from_any_container(container: str, tmp_path: Path) -> None:
    suffix, write = CONTAINERS[container]
    tried = 0
    for name in [name for name in WITH_ROWS if name.endswith(".jsonl")]:
        lines = (FOLDER / name).read_bytes().splitlines()
        try:
            rows = [json.loads(line) for line in lines]
        except ValueError:
            continue
        if not all(isinstance(row, dict) for row in rows):
            continue
        file = tmp_path / f"{name}{suffix}"
        try:
            write(rows, file)
        except (pyarrow.ArrowException, TypeError):
            continue  # a column of several types, or an object without keys, which no table of Arrow holds
        found = read_as(file, name)[0]
        if "[tool" not in str(found):  # Arrow gives every object the same keys
            assert found == CASES[name]["rows"], name
            tried += 1
    assert tried > 50


def test_that_a_folder_a_pattern_and_a_list_give_the_rows_of_their_files_in_order(tmp_path: Path) -> None:
    for name, answers in (("b.jsonl", "cd"), ("a.jsonl", "ab")):
        text = "".join(json.dumps({"prompt": "x", "completion": answer}) + "\n" for answer in answers)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for names in (str(tmp_path), str(tmp_path / "*.jsonl"), [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")]):
        file = open_data(names, "train")
        rows = list(file.rows)
        assert [row.values["completion"] for row in rows] == ["a", "b", "c", "d"]
        assert file.place(rows[3]) == f"{tmp_path / 'b.jsonl'}, line 2"
        assert len(file.hashes) == 2


def test_that_a_bracket_in_a_folders_name_is_no_sign_of_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "data [v2]").mkdir()
    (tmp_path / "data [v2]" / "a.jsonl").write_text('{"prompt": "x", "completion": "y"}\n', encoding="utf-8")
    assert len(list(open_data(str(tmp_path / "data [v2]" / "*.jsonl"), "train").rows)) == 1


def test_that_a_file_named_twice_is_read_once_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"prompt": "x", "completion": "y"}\n', encoding="utf-8")
    opened = open_data([str(file), str(tmp_path / "*.jsonl")], "train")
    assert len(list(opened.rows)) == 1
    assert "named more than once" in opened.notes[0]


def test_that_the_first_rows_are_read_without_the_rest_and_the_file_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"prompt": "x", "completion": "y"}\n' * 3 + "{broken\n", encoding="utf-8")
    opened = open_data(str(file), "train")
    assert [row.line for row in opened.first(2)] == [1, 2]
    file.rename(tmp_path / "b.jsonl")  # Windows refuses this while it is open
    with pytest.raises(ProblemError):
        opened.first(1)


def test_that_a_folder_gives_each_split_its_own_files_and_says_so(tmp_path: Path) -> None:
    for name in ("train-0.jsonl", "train-1.jsonl", "test.jsonl"):
        (tmp_path / name).write_text(json.dumps({"prompt": "x", "completion": name}) + "\n", encoding="utf-8")
    file = open_data(str(tmp_path), "train")
    assert [row.values["completion"] for row in file.rows] == ["train-0.jsonl", "train-1.jsonl"]
    assert "those of the train split are read" in file.notes[0]
    assert [row.values["completion"] for row in open_data(str(tmp_path), "test").rows] == ["test.jsonl"]


def test_that_a_folders_test_file_is_not_learned_from_beside_files_of_any_other_name(tmp_path: Path) -> None:
    for name in ("data.jsonl", "test.jsonl"):
        (tmp_path / name).write_text(json.dumps({"prompt": "x", "completion": name}) + "\n", encoding="utf-8")
    for split, name in (("train", "data.jsonl"), ("test", "test.jsonl")):
        file = open_data(str(tmp_path), split)
        assert [row.values["completion"] for row in file.rows] == [name]
        assert f"those of the {split} split are read: {name}" in file.notes[0]
    (tmp_path / "data.jsonl").unlink()
    assert [row.values["completion"] for row in open_data(str(tmp_path), "train").rows] == ["test.jsonl"]


def test_that_a_cloned_set_is_read_without_what_is_about_it(tmp_path: Path) -> None:
    for name in ("data/train-00000-of-00001.jsonl", "data/validation-00000-of-00001.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"prompt": "x", "completion": name}) + "\n", encoding="utf-8")
    for name in ("dataset_infos.json", "LICENSE.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    file = open_data(str(tmp_path), "test")
    assert [row.values["completion"] for row in file.rows] == ["data/validation-00000-of-00001.jsonl"]
    assert "about the data: LICENSE.txt, dataset_infos.json" in file.notes[0]


def test_that_a_folder_saved_by_datasets_is_read(tmp_path: Path) -> None:
    import datasets

    rows = datasets.Dataset.from_list([{"prompt": "x", "completion": "y"}])
    datasets.DatasetDict({"train": rows, "test": rows.select([0])}).save_to_disk(str(tmp_path / "both"))
    for folder in (tmp_path / "both", tmp_path / "both" / "train"):
        assert [row.values["completion"] for row in open_data(str(folder), "train").rows] == ["y"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("nothing/*.jsonl", "no file matches"),
        ("empty", "no data file"),
        ("mixed", "several kinds (.csv, .jsonl)"),
    ],
)
def test_that_folders_and_patterns_without_one_kind_of_file_are_problems(tmp_path: Path, names: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    for name in ("a.jsonl", "b.csv"):
        (tmp_path / "mixed" / name).write_text("x", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        open_data(str(tmp_path / names), "train")
    assert said in str(caught.value)


def test_that_files_of_different_columns_are_read_each_in_its_own_format(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "x", "answer": "y"}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"instruction": "x", "output": "y"}\n{"instruction": "x"}\n', encoding="utf-8")
    file = open_data(str(tmp_path / "*.jsonl"), "train")
    with pytest.raises(ProblemError) as caught:
        read_rows(file, "auto")
    assert caught.value.problems[0].where == f"{tmp_path / 'b.jsonl'}, line 2"
    read = read_rows(file, "auto", skip_faulty=True)
    assert [shown(row) for row in read.conversations] == ["user: x | assistant: y"] * 2
    assert (read.rows, len(read.left_out), len(read.read_as)) == (3, 1, 2)
    report = TaskReport("case", "*.jsonl")
    read.tell(report)
    assert f"({tmp_path / 'b.jsonl'}, line 2 is the first)" in report.sentences_left_out()[0].what


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04....xl/workbook.xml", "an Excel workbook"),
        (b"PK\x03\x04....data.jsonl", "a ZIP archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x80\x04\x95\x10", "a Python pickle"),
        (bytes(257) + b"ustar", "a tar archive"),
        (gzip.compress(b'{"prompt": "a", "completion": "b"}\n' * 99, mtime=0)[:60], "damaged or ends early"),
        (b"\x28\xb5\x2f\xfd\x04", "damaged or ends early"),
    ],
)
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet"])
def test_that_what_is_no_data_file_is_named_for_what_it_is(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProblemError) as caught:
        list(open_data(str(tmp_path / name), "train").rows)
    assert said in str(caught.value)
