"""What a file is, by its first bytes before its name: a name may be wrong, and the bytes are not."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Literal

from studio.core.problem import ProblemError
from studio.core.recipe.data_path import PACKED_SUFFIXES, PLAIN_SUFFIXES
from studio.core.words import mark, tr
from studio.data.containers.text_lines import MARKS

Kind = Literal["json", "table", "text", "parquet", "arrow"]

_OTHER_FILES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"version https://git-lfs.github.com/spec/v1",
        mark("a Git LFS pointer and not the data"),
        mark('Run "git lfs pull" there.'),
    ),
    (b"%PDF", mark("a PDF document"), mark("Convert it to text.")),
    (b"SQLite format 3\0", mark("an SQLite database"), mark("Export its table as CSV or JSON lines.")),
    (b"\xd0\xcf\x11\xe0", mark("an old Excel or Word file"), mark("Save it as CSV or as text.")),
    (b"7z\xbc\xaf\x27\x1c", mark("a 7-Zip archive"), mark("Unpack it, and name the file inside it.")),
    (b"Rar!", mark("a RAR archive"), mark("Unpack it, and name the file inside it.")),
    (b"\x93NUMPY", mark("a NumPy array"), mark("Write its rows as JSON lines.")),
    (b"\x89HDF", mark("an HDF5 file"), mark("Write its rows as JSON lines.")),
    (b"Obj\x01", mark("an Avro file"), mark("Convert it to Parquet or JSON lines.")),
    (b"ORC", mark("an ORC file"), mark("Convert it to Parquet or JSON lines.")),
    (b"FEA1", mark("a Feather file of the first version"), mark("Write it again with a newer pandas or pyarrow.")),
    (b"\x89PNG", mark("an image"), mark("Name a file of text.")),
    (b"\xff\xd8\xff", mark("an image"), mark("Name a file of text.")),
    (b"\x80\x04\x95", mark("a Python pickle, which could run code"), mark("Write its rows as JSON lines.")),
    (b"\x80\x05\x95", mark("a Python pickle, which could run code"), mark("Write its rows as JSON lines.")),
)
_OFFICE = (
    (b"xl/", mark("an Excel workbook")),
    (b"word/", mark("a Word document")),
    (b"content.xml", mark("an OpenDocument file")),
    (b"[Content_Types].xml", mark("an Excel workbook or another Office file")),
)
_BY_SUFFIX: dict[str, Kind] = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "table",
    ".tsv": "table",
    ".txt": "text",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}


def plain_suffix(path: Path) -> str:
    """The suffix that says what a file holds, in small letters: ".csv" of "a.csv.gz"; "" where there is none."""
    name = path.name.lower()
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return Path(name).suffix


def file_kind(path: Path, head: bytes) -> Kind:
    """What `path`, of which `head` are the first unpacked bytes, is read as.

    Raises ProblemError for what no reader takes: archives, workbooks, Git LFS pointers, unknown suffixes.
    """
    _refuse_others(path, head)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1"):
        return "arrow"
    suffix = plain_suffix(path)
    kind = _BY_SUFFIX.get(suffix)
    starts_as_json = _first_character(head) in ("{", "[") and _begins_json(head)
    if starts_as_json and kind in (None, "table"):
        return "json"
    if kind is not None:
        return kind
    raise ProblemError.at(
        str(path),
        tr("{suffix} files are not supported.", suffix=suffix)
        if suffix
        else tr("files without a suffix are not supported."),
        tr(
            "Choose one of {kinds}, each also with one of {packed} behind it.",
            kinds=", ".join(PLAIN_SUFFIXES),
            packed=", ".join(PACKED_SUFFIXES),
        ),
    )


def _refuse_others(path: Path, head: bytes) -> None:
    for magic, what, remedy in _OTHER_FILES:
        if head.startswith(magic):
            raise ProblemError.at(str(path), tr("this is {what}.", what=tr(what)), tr(remedy))
    if head.startswith(b"PK\x03\x04"):
        office = next((tr(name) for part, name in _OFFICE if part in head), None)
        if office is None:
            raise ProblemError.at(
                str(path),
                tr("this is {what}.", what=tr("a ZIP archive")),
                tr("Unpack it, and name the file inside it."),
            )
        raise ProblemError.at(str(path), tr("this is {what}.", what=office), tr("Save it as CSV or as text."))
    if head[257:262] == b"ustar":
        raise ProblemError.at(str(path), tr("this is a tar archive."), tr("Unpack it, and name the file inside it."))
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")) and plain_suffix(path) != ".txt":
        raise ProblemError.at(
            str(path),
            tr("this is a web page and not the data, as a failed download leaves it."),
            tr("Download the file again (on a hub, its raw form)."),
        )


def _text(head: bytes) -> str:
    for start, encoding in MARKS:
        if head.startswith(start):
            return head.decode(encoding, "ignore")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")


def _first_character(head: bytes) -> str:
    return _text(head).lstrip()[:1]


def _begins_json(head: bytes) -> bool:
    """Whether the first line could only be JSON: a whole value, or the beginning of one with a quoted key."""
    first = _text(head).lstrip().splitlines()[0].strip().rstrip(",")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        rest = first.lstrip("[{ \t")
        return rest == "" or (rest.startswith('"') and first.startswith(("{", "[{")) and '":' in rest)
    return True


def holds_json_lines(line: str) -> bool:
    """Whether a line of a text file is a JSON object, so that the file is one of rows and not of running text."""
    if not line.lstrip().startswith(("{", "[{")):
        return False
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False
