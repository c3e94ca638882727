"""From what a recipe names (a file, a folder, a pattern, a list of them) to files, in a fixed order."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Sequence
from pathlib import Path

from studio.core.absolute_path import in_order
from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.recipe.data_path import DATA_SUFFIXES, is_pattern
from studio.core.words import tr
from studio.data.containers.file_kind import plain_suffix

_WORDS = {
    "train": ("train", "training"),
    "test": ("test", "eval", "evaluation", "valid", "validation", "val", "dev", "heldout"),
}
"""How files of a folder are called that belong to a split."""


_ABOUT = re.compile(r"(readme|licen[cs]e|notice|changelog|citation|requirements|dataset_infos?|metadata|state)\b", re.I)
"""Files that stand beside data and say something about it."""


def files_of(name: str, split: str, notes: list[str]) -> list[Path]:
    """The files that `name` stands for, sorted by name; `notes` receives which of a folder's files are left out.

    A folder's files must be of one kind; where some are called after testing, only those of `split` ("train" or
    "test") are taken. Raises ProblemError where nothing matches.
    """
    path = Path(name)
    try:
        if path.is_dir():
            return _in_folder(path, split, notes)
        if is_pattern(name) and not path.exists():
            return _matching(name)
    except (OSError, ValueError) as error:  # ValueError: a zero character in the path
        raise ProblemError.at(
            name, tr("it cannot be read ({error}).", error=first_line(error)), tr("Choose a path that exists.")
        ) from None
    return [path]


def _matching(pattern: str) -> list[Path]:
    # Only * and ? are signs here: a bracket may be part of a folder's name.
    plain = pattern.replace("[", "[[]")
    found = in_order(Path(each) for each in glob.glob(plain, recursive=True))  # noqa: PTH207 - the pattern is absolute
    files = [each for each in found if each.is_file()]
    if not files:
        raise ProblemError.at(pattern, tr("no file matches this pattern."), tr("Check the folder and the pattern."))
    return files


def _in_folder(folder: Path, split: str, notes: list[str]) -> list[Path]:
    if (folder / "dataset_dict.json").is_file():  # as datasets' DatasetDict.save_to_disk writes it
        inner = folder / split if (folder / split).is_dir() else folder / "validation" if split == "test" else None
        if inner is None or not inner.is_dir():
            raise ProblemError.at(
                str(folder),
                tr("this saved data set has no split {split!r}.", split=split),
                tr("Name one of its folders."),
            )
        return _in_folder(inner, split, notes)
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():  # Dataset.save_to_disk
        return _saved_set(folder)
    found = in_order(
        each
        for each in folder.rglob("*")
        if each.name.lower().endswith(DATA_SUFFIXES)
        and not any(part.startswith((".", "_")) for part in each.relative_to(folder).parts)
        and each.is_file()
    )
    if not found:
        raise ProblemError.at(
            str(folder),
            tr("this folder has no data file in it."),
            tr("Choose one with {kinds} files.", kinds=", ".join(DATA_SUFFIXES)),
        )
    about = [each for each in found if _ABOUT.match(each.stem)]
    if about and len(about) < len(found):
        found = [each for each in found if each not in about]
        notes.append(tr("not read, since they are about the data: {files}", files=_listed(about)))
    found = _of_split(found, folder, split, notes)
    kinds = sorted({plain_suffix(each) for each in found})
    if len({".json" if kind in (".jsonl", ".ndjson") else kind for kind in kinds}) > 1:
        raise ProblemError.at(
            str(folder),
            tr("its files are of several kinds ({kinds}).", kinds=", ".join(kinds)),
            tr("Name those that you mean, such as {files}.", files=folder / ("*" + kinds[0])),
        )
    return found


def _of_split(files: Sequence[Path], folder: Path, split: str, notes: list[str]) -> list[Path]:
    """The files of one split where their names or folders tell them apart, else all."""

    def words_of(file: Path) -> set[str]:
        return set(re.split(r"[^a-z]+", str(file.relative_to(folder)).lower()))

    parted = {which: [each for each in files if words_of(each) & set(words)] for which, words in _WORDS.items()}
    if not parted["test"]:
        return list(files)
    # A file called after neither is learned from where none is called after training: data.jsonl beside test.jsonl.
    other = [each for each in files if each not in parted["test"]]
    taken = parted["test"] if split == "test" else parted["train"] or other
    if not taken or len(taken) == len(files):
        return list(files)
    notes.append(
        tr(
            "of its {n} files, those of the {split} split are read: {files}",
            n=len(files),
            split=split,
            files=_listed(taken),
        )
    )
    return taken


def _saved_set(folder: Path) -> list[Path]:
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        names = [str(each["filename"]) for each in state["_data_files"]]
    except (ValueError, LookupError, TypeError, UnicodeDecodeError) as error:
        raise ProblemError.at(
            str(folder / "state.json"),
            tr("it does not list the set's files ({error}).", error=first_line(error)),
            tr("Save the set again."),
        ) from None
    return [folder / Path(name).name for name in names]


def _listed(files: Sequence[Path]) -> str:
    shown = ", ".join(each.name for each in files[:5])
    return shown if len(files) <= 5 else tr("{shown} and {number} more", shown=shown, number=len(files) - 5)
