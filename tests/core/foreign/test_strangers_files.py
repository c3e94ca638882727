"""What is refused before anything in it is trusted: paths out of a folder, links, JSON and tensor headers."""

from __future__ import annotations

import json
import struct
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.foreign import safe_path
from studio.core.foreign.safe_path import JUNCTION, inside, is_elsewhere, is_inside, is_link, refuse_links
from studio.core.foreign.safetensors_header import read_header
from studio.core.foreign.untrusted_json import read_object
from studio.core.foreign.visible_text import one_line, unmarked, visible
from studio.core.problem import ProblemError

OUTSIDE = [
    "../x", "a/../../x", "a\\..\\..\\x", "/etc/passwd", "\\\\server\\share\\x", "//server/share/x", "C:\\x", "C:x",
    "c:/x", "a:b", "adapter/file.bin:stream", "", ".", "..", "a//b", "a/. ./b", ".. /x", "...", "nul", "a/CON.txt",
    "com1", "nul ", "a/con .txt", "CONIN$", "a\x00b", "a\nb", "x" * 2000, "\\\\?\\C:\\x", "~/../..", "a/",
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_that_a_name_that_leaves_the_folder_on_any_system_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="not a path inside"):
        inside(tmp_path, name)


@pytest.mark.parametrize("name", ["checkpoints/step-000100", "adapter", "checkpoints\\step-000100", "a.b/c-d_é.json"])
def test_that_an_ordinary_relative_path_is_accepted(name: str, tmp_path: Path) -> None:
    assert is_inside(name)
    assert inside(tmp_path, name).is_relative_to(tmp_path)


ELSEWHERE = [
    "\\\\host\\share",
    "//host/share",
    "\\/host/x",
    "/\\host",
    "\\\\?\\UNC\\host\\x",
    "\\\\.\\pipe\\x",
    "\\??\\UNC\\host\\x",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_that_a_share_or_a_device_is_known_by_its_name_alone(path: str) -> None:
    assert is_elsewhere(path)


@pytest.mark.parametrize("path", ["/home/ada/model", "C:\\models\\m", "\\models\\m", "owner/name", "./m", "a//b", ""])
def test_that_a_place_on_this_machine_or_a_hub_id_is_no_share(path: str) -> None:
    assert not is_elsewhere(path)


def link(at: Path, to: Path) -> None:
    try:
        at.symlink_to(to, target_is_directory=to.is_dir())
    except OSError:
        pytest.skip("this system lets this user make no links")


def test_that_a_link_in_a_folder_is_named_and_a_path_through_it_refused(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "run"
    elsewhere.mkdir()
    folder.mkdir()
    refuse_links(folder)
    link(folder / "checkpoints", elsewhere)
    with pytest.raises(ProblemError, match="'checkpoints' in it is a link"):
        refuse_links(folder)
    with pytest.raises(ProblemError, match="out of the folder through a link"):
        inside(folder, "checkpoints/step-000001")


def test_that_a_junction_is_a_link_too(tmp_path: Path) -> None:
    if sys.platform != "win32":
        pytest.skip("only Windows has junctions")
    import _winapi

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    try:
        _winapi.CreateJunction(str(tmp_path / "elsewhere"), str(tmp_path / "run" / "checkpoints"))
    except OSError as error:
        pytest.skip(f"this file system has no junctions ({error})")
    with pytest.raises(ProblemError, match="'checkpoints' in it is a link"):
        refuse_links(tmp_path / "run")
    assert is_link(tmp_path / "run" / "checkpoints")
    assert not is_link(tmp_path / "run")


@dataclass(frozen=True)
class WindowsEntry:
    """As `os.scandir` gives it on Windows, where it has the reparse tag without asking the system again."""

    path: str
    reparse_tag: int = 0

    @property
    def name(self) -> str:
        return Path(self.path).name

    def is_symlink(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> SimpleNamespace:
        assert not follow_symlinks
        return SimpleNamespace(st_reparse_tag=self.reparse_tag)


def test_that_a_junction_is_refused_whatever_vanishes_from_the_folder_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [WindowsEntry(str(tmp_path / "run.db-wal")), WindowsEntry(str(tmp_path / "checkpoints"), JUNCTION)]
    monkeypatch.setattr(safe_path.os, "scandir", lambda folder: nullcontext(iter(entries)))
    monkeypatch.setattr(safe_path, "ON_WINDOWS", True)
    with pytest.raises(ProblemError, match="'checkpoints' in it is a link"):
        refuse_links(tmp_path)
    entries.pop()
    refuse_links(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expecting value"),
        (b"[1]", "not a JSON object"),
        (b'{"a": ' * 200_000, "nested"),
        (b'{"a": ' * 150 + b"1" + b"}" * 150, "nested more than 100"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "4300 digits"),
        (b'{"a": "\xff"}', "can't decode"),
        (b'{"a": "' + b"x" * 1000 + b'"}', "larger than"),
    ],
)
def test_that_json_which_is_not_a_small_object_is_a_problem(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(ProblemError, match=said):
        read_object(file, "Restore it.", most_bytes=900 if said == "larger than" else 10**7)


def entry(dtype: str, shape: list[Any], begin: Any, end: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def tensors(file: Path, header: Any, data: int = 8, length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + bytes(data))
    return file


BROKEN: list[tuple[Any, str]] = [
    (b"not JSON", "Expecting value"),
    (b"[]", "not a JSON object"),
    (b'{"a":' * 3000, "nested|recursion"),
    ({"a": 3}, "not described by an object"),
    ({"a": entry("F32", [2], 0, 800)}, "not what F32"),
    ({"a": entry("F32", [200], 0, 800)}, "the file has 8: it was cut short"),
    ({"a": entry("F32", [2], 8, 0)}, "not what F32"),
    ({"a": entry("F32", [-2], 0, 8)}, "no shape or no place"),
    ({"a": entry("F32", [2.0], 0, 8)}, "no shape or no place"),
    ({"a": entry("F32", [True, 2], 0, 8)}, "no shape or no place"),
    ({"a": entry("F32", [2], "0", 8)}, "no shape or no place"),
    ({"a": entry("PICKLE", [2], 0, 8)}, "unknown type"),
    ({"a": entry("F32", [2**40, 2**40], 0, 8)}, "not what F32"),
    ({"a": entry("U8", [6], 0, 6), "b": entry("U8", [4], 4, 8)}, "overlap"),
    ({"a": entry("U8", [2], 0, 2), "b": entry("U8", [4], 4, 8)}, "gap"),
    ({"a": entry("U8", [2], 0, 2)}, "do not fill"),
    ({}, "do not fill"),
]


@pytest.mark.parametrize(("header", "said"), BROKEN)
def test_that_an_inconsistent_tensor_header_is_a_problem(header: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=said):
        read_header(tensors(tmp_path / "x.safetensors", header))


@pytest.mark.parametrize("length", [2**63, 10**9, 200, 0])
def test_that_a_header_longer_than_its_file_is_not_even_read(length: int, tmp_path: Path) -> None:
    file = tensors(tmp_path / "x.safetensors", {"a": entry("F32", [2], 0, 8)}, length=length)
    with pytest.raises(ProblemError, match=r"its header claims|Expecting value"):
        read_header(file)


def test_that_the_header_that_safetensors_writes_is_read_as_it_is(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    kinds = [torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool]
    given = {str(kind): torch.ones(3, 2, dtype=kind) for kind in kinds} | {"none": torch.ones(0, 4)}
    save_file(given, tmp_path / "x.safetensors", metadata={"format": "pt"})
    found = read_header(tmp_path / "x.safetensors")
    assert {name: each.shape for name, each in found.items()} == {name: tuple(t.shape) for name, t in given.items()}
    assert found["torch.bfloat16"].dtype == "BF16"


def test_that_an_escape_sequence_is_shown_and_not_obeyed() -> None:
    hostile = "run\x1b[2J\x9b31m\rfinished\u202egpj\x7f"
    shown = visible(hostile)
    assert shown == "run\\x1b[2J\\x9b31m\\rfinished\\u202egpj\\x7f"
    assert visible("zwei\nZeilen\tüber 日本 🙂") == "zwei\nZeilen\tüber 日本 🙂"
    assert one_line("a\nb") == "a\\nb"


def test_that_a_name_made_of_markup_stays_a_name() -> None:
    assert unmarked("<img src='x'>&\nb") == "<span>&lt;img src='x'&gt;&amp;<br>b</span>"
    assert unmarked("fish & chips") == "fish & chips"
