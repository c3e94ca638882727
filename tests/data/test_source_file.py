"""Files are read row by row; whatever is wrong is named with its line, and nothing is skipped."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import pytest

from studio.core.problem import Problem, ProblemError
from studio.data.source_file import DataFile, open_data


def read_file(file: Path) -> DataFile:
    """The file, read to its end once, so that all its faults are known."""
    opened = open_data(str(file), "train")
    assert list(opened.rows)
    return opened


def problems_of(file: Path) -> tuple[Problem, ...]:
    with pytest.raises(ProblemError) as caught:
        read_file(file)
    assert all(problem.remedy for problem in caught.value.problems)
    return caught.value.problems


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_that_json_lines_keep_their_line_numbers_across_blank_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", '{"text": "one"}\n\n  \n{"text": "zwei é"}\r\n')
    found = read_file(file)
    assert [(row.line, row.values) for row in found.first(99)] == [(1, {"text": "one"}), (4, {"text": "zwei é"})]
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.place(found.first(2)[1]) == f"{file}, line 4"


def test_that_a_broken_line_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", '{"text": "one"}\n{"text": "two"\n{"text": "three"}\n')
    (problem,) = problems_of(file)
    assert problem.where == f"{file}, line 2"
    assert "not JSON" in problem.what


def test_that_twenty_broken_lines_are_named_and_the_others_counted(tmp_path: Path) -> None:
    problems = problems_of(written(tmp_path, "a.jsonl", "{broken\n" * 33))
    assert len(problems) == 21
    assert problems[19].where.endswith("line 20")
    assert "13 more" in problems[20].what


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' appears twice"),
        ('["a"]', "not a list"),
        ('"a"', "not text"),
        ("null", "not null"),
        ("3.5", "not a number"),
        ('{"a": 1} {"a": 2}', "Extra data"),
    ],
)
def test_that_a_line_which_is_not_a_plain_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    (problem,) = problems_of(written(tmp_path, "a.jsonl", f'{{"a": 0}}\n{line}\n'))
    assert problem.where.endswith("line 2")
    assert said in problem.what


def test_that_bytes_which_are_not_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.txt"):
        (problem,) = problems_of(written(tmp_path, name, b'{"a": "x"}\n{"a": "\xe9"}\n'))
        assert problem.where.endswith("line 2"), name
        assert "0xe9" in problem.what
    (problem,) = problems_of(written(tmp_path, "a.json", b'[{"a": "x"},\n{"a": "\xe9"}]'))
    assert problem.where.endswith("line 2")


def test_that_missing_empty_and_unknown_files_are_problems(tmp_path: Path) -> None:
    assert "no such file" in problems_of(tmp_path / "nowhere.jsonl")[0].what
    assert "folder" in problems_of(_folder(tmp_path / "folder.jsonl"))[0].what
    for name, content in (("a.jsonl", ""), ("b.jsonl", "\n \n"), ("a.json", "[]"), ("a.csv", "text\n"), ("a.txt", "")):
        assert "no rows" in problems_of(written(tmp_path, name, content))[0].what, name
    (problem,) = problems_of(written(tmp_path, "a.xlsx", "x"))
    assert ".xlsx" in problem.what
    assert ".jsonl" in problem.remedy


def test_that_a_file_which_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    assert "it cannot be read (Permission denied)" in problems_of(tmp_path / "a.jsonl")[0].what


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_that_a_json_array_of_rows_is_read_with_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", json.dumps([{"a": 1}, {"a": [2, "}"]}], indent=1))
    assert [(row.line, row.values) for row in read_file(file).first(99)] == [(2, {"a": 1}), (5, {"a": [2, "}"]})]


def test_that_lines_in_a_json_file_are_read_as_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", '{"a": 1}\n{"a": 2}\n')
    assert [row.line for row in read_file(file).first(99)] == [1, 2]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"a": 1},\n {"a": 2\n]', 3),
        ('[{"a": 1}\n {"a": 2}]', 2),
        ('[{"a": 1},\n\n 7]', 3),
        ('[{"a": 1},\n {"a": 2}', 2),
        ('[{"a": 1},\n {"a": 2}] x', 2),
        ('[{"a": 1},\n {"a": 2, "a": 3}]', 2),
    ],
)
def test_that_a_broken_array_is_named_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    assert problems_of(written(tmp_path, "a.json", content))[0].where.endswith(f"line {line}")


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ('{\n "data": [{"a": 1}, {"a": 2}],\n "version": 3\n}', "its rows are the list 'data'; not used: 'version'"),
        ('{"data": [{"a": 1}, {"a": 2}]}', "its rows are the list 'data'"),
        ('{"x": {"a": 1}, "y": {"a": 2}}', "its 2 values are the rows"),
        ('{"a": [1, 2], "b": [3, 4]}', "its values are columns"),
        ('{"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}', "its values are columns"),
        ('{"columns": ["a"], "index": [0, 1], "data": [[1], [2]]}', "with the names in"),
    ],
)
def test_that_rows_inside_an_object_are_found_and_it_is_said_where(tmp_path: Path, content: str, note: str) -> None:
    found = read_file(written(tmp_path, "a.json", content))
    assert [(row.line, row.values["a"]) for row in found.rows] == [(1, 1), (2, 2)]
    assert note in found.notes[0]
    assert found.place(2).endswith("row 2")


def test_that_several_lists_in_an_object_are_a_problem_that_names_them(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, "a.json", '{"train": [{"a": 1}], "test": [{"a": 2}]}'))
    assert "'train', 'test'" in problem.what


def test_that_a_table_is_read_with_quoted_line_breaks_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", b'\xef\xbb\xbfprompt,completion\n"a\nb",c\nd,"e ""f"""\n')
    assert [(row.line, row.values) for row in read_file(file).first(99)] == [
        (2, {"prompt": "a\nb", "completion": "c"}),
        (4, {"prompt": "d", "completion": 'e "f"'}),
    ]
    file = written(tmp_path, "a.tsv", "prompt\tcompletion\na, b\tc\n")
    assert read_file(file).first(1)[0].values == {"prompt": "a, b", "completion": "c"}


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("a,b\n1,2\n1\n", 3, "1 field"),
        ("a,b\n1,2,3\n", 2, "3 fields"),
        ("a,a\n1,2\n", 1, "two columns"),
        ('a,b\n1,"2\n', 2, "cannot be read"),
        ('a,b\n"1,2\n3,4\n5,6\n', 2, "cannot be read"),
    ],
)
def test_that_a_table_row_of_the_wrong_shape_is_named(tmp_path: Path, content: str, line: int, said: str) -> None:
    (problem,) = problems_of(written(tmp_path, "a.csv", content))
    assert problem.where.endswith(f"line {line}")
    assert said in problem.what


def test_that_stray_quotes_cost_their_own_rows_alone(tmp_path: Path) -> None:
    lines = [f'"{n},x' if n % 3 == 0 else f"{n},x" for n in range(1, 3001)]
    file = open_data(str(written(tmp_path, "a.csv", "\n".join(["a,b", *lines, ""]))), "train", skip_faulty=True)
    assert [row.values["a"] for row in file.rows] == [str(n) for n in range(1, 3001) if n % 3]
    assert [len(faults.lines) for _, faults in file.skipped] == [1000]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_that_a_table_may_use_the_separator_of_any_countrys_spreadsheet(tmp_path: Path, separator: str) -> None:
    file = written(tmp_path, "a.csv", f'prompt{separator}completion\n"a, b; c|d"{separator}e\n{separator}\n')
    assert [(row.line, row.values) for row in read_file(file).first(99)] == [
        (2, {"prompt": "a, b; c|d", "completion": "e"})
    ]
    file = written(tmp_path, "b.csv", f"sep={separator}\r\ntext{separator}answer\r\na{separator}b\r\n")
    assert [(row.line, row.values) for row in read_file(file).first(99)] == [(3, {"text": "a", "answer": "b"})]


def test_that_a_field_of_a_table_may_be_a_long_document(tmp_path: Path) -> None:
    (row,) = read_file(written(tmp_path, "a.csv", "text\n" + "x" * 200_000 + "\n")).first(2)
    assert len(row.values["text"]) == 200_000


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
def test_that_utf_16_is_read_where_its_first_bytes_say_so(tmp_path: Path, name: str) -> None:
    text = {"a.jsonl": '{"text": "é"}\r\n', "a.json": '[{"text": "é"}]', "a.csv": "text\r\né\r\n", "a.txt": "é\r\n"}[
        name
    ]
    assert read_file(written(tmp_path, name, text.encode("utf-16"))).first(1)[0].values == {"text": "é"}
    (problem,) = problems_of(written(tmp_path, name, text.encode("utf-16-le")))
    assert "zero byte" in problem.what
    (problem,) = problems_of(written(tmp_path, name, text.encode("utf-16") + b"x"))
    assert "not valid UTF-16" in problem.what


def test_that_a_text_file_gives_a_document_for_each_run_of_lines_between_blank_ones(tmp_path: Path) -> None:
    file = written(tmp_path, "a.txt", "one\r\ntwo\r\n\r\n \nthree\n")
    assert [(row.line, row.values["text"]) for row in read_file(file).first(99)] == [(1, "one\ntwo"), (5, "three")]


def test_that_parquet_is_read_and_a_file_that_only_claims_to_be_is_a_problem(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    file = tmp_path / "a.parquet"
    rows = [{"prompt": "a", "completion": "b"}, {"prompt": "c", "completion": "d"}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    found = read_file(file)
    assert [row.values for row in found.first(99)] == rows
    assert found.place(found.first(2)[1]).endswith("row 2")
    assert "not a readable Parquet file" in problems_of(written(tmp_path, "b.parquet", "no"))[0].what


def test_that_a_few_bytes_which_claim_billions_of_rows_are_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow
    import pyarrow.parquet

    file = tmp_path / "bomb.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": ["x" * 1000] * 20_000}), file, compression="zstd")
    assert file.stat().st_size < 20_000
    monkeypatch.setattr("studio.data.containers.unpacked.MOST_BYTES", 2**20)
    assert "unpacks to more than" in problems_of(file)[0].what
    monkeypatch.setattr("studio.data.containers.arrow_rows.MOST_ROWS", 1000)
    assert "20,000 rows" in problems_of(file)[0].what


@pytest.mark.parametrize("within", [False, True])
def test_that_nulls_which_take_no_bytes_are_not_unpacked(tmp_path: Path, within: bool) -> None:
    import pyarrow

    nulls = pyarrow.nulls(10**9)
    column = pyarrow.ListArray.from_arrays([0, 10**9], nulls) if within else nulls
    batch = pyarrow.record_batch({"text": column})
    with pyarrow.ipc.new_file(tmp_path / "nulls.arrow", batch.schema) as out:
        out.write_batch(batch)
    assert (tmp_path / "nulls.arrow").stat().st_size < 2000
    (problem,) = problems_of(tmp_path / "nulls.arrow")
    assert "unpacks to more than" in problem.what or "1,000,000,000 rows" in problem.what


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_that_a_number_of_endless_digits_is_a_fault_of_its_line(name: str, tmp_path: Path) -> None:
    row = '{"a": ' + "9" * 5000 + "}"
    text = row if name == "x.jsonl" else f"[{row}]"
    assert "4300 digits" in problems_of(written(tmp_path, name, text))[0].what


def test_that_a_set_that_is_a_program_is_not_executed(tmp_path: Path) -> None:
    from studio.data.hub_set import read_hub_set

    folder, marker = tmp_path / "program", tmp_path / "executed"
    folder.mkdir()
    (folder / "program.py").write_text(f"open({str(marker)!r}, 'w').close()", encoding="utf-8")
    with pytest.raises(ProblemError, match="cannot be loaded"):
        read_hub_set(str(folder), "train")
    assert not marker.exists()
