"""What a person calls a run and notes about it: one small file beside the recipe, which stays as it was asked for."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.toml_text import read_toml
from studio.core.words import tr

LONGEST_NAME = 80
LONGEST_NOTE = 4000
_MOST_BYTES = 64 * 1024
LABEL = "label.json"


class _Run(Protocol):
    """What a label needs of a run's folder; RunFolder itself numbers the runs that it makes."""

    @property
    def id(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def recipe_file(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class RunLabel:
    """A run's own name, empty where it goes by its recipe's, and a note."""

    name: str = ""
    note: str = ""


def read_label(folder: _Run) -> RunLabel:
    """The run's label, empty where nobody has given one; raises ProblemError for a file that is not a label."""
    file = folder.path / LABEL
    if not file.is_file():
        return RunLabel()
    found = read_object(file, tr("Delete the file; the run then goes by the name in its recipe."), _MOST_BYTES)
    return RunLabel(_text(found, "name")[:LONGEST_NAME], _text(found, "note")[:LONGEST_NOTE])


def recipe_name(folder: _Run) -> str:
    """The name in the run's recipe; its id where the recipe cannot be read or has none."""
    try:
        found = read_toml(folder.recipe_file.read_text(encoding="utf-8")).get("name")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = None
    return str(found) if found else folder.id


def run_name(folder: _Run) -> str:
    """What the run is called: by its label, else by its recipe, else by its id."""
    try:
        named = read_label(folder).name
    except ProblemError:
        named = ""  # the run's own recipe has a name, too; who changes the label is told what is wrong with it
    return named or recipe_name(folder)


def change_label(folder: _Run, name: str | None = None, note: str | None = None) -> RunLabel:
    """Give the run another name or note, where given, and return the label that it had.

    An empty name lets the run go by its recipe's again. A run that trains may be renamed: its worker never reads this.
    Raises ProblemError for a name that is too long or has several lines, and where the file cannot be written.
    """
    if not folder.path.is_dir():
        remedy = tr("It may be in the trash; restore it first.")
        raise ProblemError.at(f"run {folder.id}", tr("it is not in the folder of runs any more."), remedy)
    before = read_label(folder)
    now = before
    if name is not None:
        name = name.strip()
        if len(name) > LONGEST_NAME or not name.isprintable():
            what = tr("a run's name is one line of at most {most} characters.", most=LONGEST_NAME)
            raise ProblemError.at(f"run {folder.id}", what, tr("Choose a shorter name."))
        now = replace(now, name="" if name == recipe_name(folder) else name)
    if note is not None:
        note = note.strip()
        if len(note) > LONGEST_NOTE:
            what = tr(
                "a note has at most {most} characters, and this one has {note}.",
                most=LONGEST_NOTE,
                note=len(note),
            )
            raise ProblemError.at(f"run {folder.id}", what, tr("Shorten it, or keep it in a file of its own."))
        if not _is_storable(note):
            what = tr("the note has characters that no text file can hold.")
            raise ProblemError.at(f"run {folder.id}", what, tr("Type them again, or leave them out."))
        now = replace(now, note=note)
    _write(folder, now)
    return before


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or where it is taken, with the first free number: "My run (2)"."""
    known = set(taken)
    number, free = 1, name
    while free in known:
        number += 1
        free = f"{name} ({number})"
    return free


def number_equal_names(folder: _Run, others: Iterable[_Run]) -> None:
    """Number a new run where one of `others` has its name already, so that a sentence can tell them apart."""
    name = recipe_name(folder)
    if (free := free_name(name, map(run_name, others))) != name:
        _write(folder, RunLabel(free))


def _write(folder: _Run, label: RunLabel) -> None:
    file = folder.path / LABEL
    try:
        if label == RunLabel():
            file.unlink(missing_ok=True)
        else:
            write_whole(file, json.dumps(asdict(label), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        what = tr("the run's name and note cannot be written ({reason}).", reason=system_reason(error))
        raise ProblemError.at(str(file), what, tr("Free disk space, or check that the folder is writable.")) from None


def _is_storable(text: str) -> bool:
    """Whether UTF-8 has all of it: half a character, as a terminal in another encoding passes it, is in no file."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key, "")
    return value if isinstance(value, str) else ""
