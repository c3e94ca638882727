"""From dropped files and folders to the values of a recipe's tasks, and a task's paths as one line of text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.core.absolute_path import path_by_name
from studio.core.recipe.data_path import DATA_SUFFIXES
from studio.core.run.run_folder import slug
from studio.core.words import tr

HELD_OUT_WORDS = ("test", "eval", "evaluate", "valid", "validation", "val", "dev", "heldout", "held-out")
TRAINING_WORDS = ("train", "training", "data")
BETWEEN = "; "
Values = dict[str, Any]


def held_out_beside(train: Path) -> Path | None:
    """The file beside a training file that looks like its held-out part; None where nothing does."""
    stem, suffix = _stem(train), train.name[len(_stem(train)) :]
    for word in HELD_OUT_WORDS:
        for name in (stem.replace("train", word), f"{stem}-{word}", f"{stem}_{word}", f"{stem}.{word}"):
            beside = train.with_name(name + suffix)
            if beside != train and beside.is_file():
                return beside
    return None


def tasks_of(paths: Iterable[Path], taken: set[str]) -> tuple[list[Values], list[Path]]:
    """A task for each data file and each folder of them, under a name that is not `taken`; and what is neither.

    A file that is another one's held-out part is not a task of its own.
    """
    tasks: list[Values] = []
    left: list[Path] = []
    given = list(paths)
    data = [path for path in given if path.is_dir() or _is_data(path)]
    held_out = {held_out_beside(path) for path in data if not path.is_dir()}
    for path in given:
        found = _in_folder(path) if path.is_dir() else path if _is_data(path) else None
        if found is None:
            left.append(path)
        elif path not in held_out:
            tasks.append(_task_of(path, found, taken | {task["name"] for task in tasks}))
    return tasks, left


def why_unreadable(path: Path) -> str:
    """Why nothing can be found out about a dropped file or folder; empty where it can."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def path_key(path: Path) -> str:
    """What two spellings of one file have in common, by their names alone."""
    return os.path.normcase(path_by_name(path))


def path_text(value: Any) -> str:
    """A path, or several, as a line of text; empty for what is none."""
    if isinstance(value, list | tuple):
        return BETWEEN.join(str(each) for each in value)
    return value if isinstance(value, str) else ""


def path_value(text: str) -> str | list[str]:
    """What `path_text` wrote: a path, or several with a semicolon and a space between them."""
    parts = [part.strip() for part in text.split(BETWEEN) if part.strip()]
    return parts if len(parts) > 1 else text.strip()


def short_path(value: Any) -> str:
    """A path, or several, by name: "train.jsonl", "train.jsonl and 2 more"."""
    if isinstance(value, list | tuple):
        first = Path(str(value[0])).name if value else ""
        return tr("{first} and {number} more", first=first, number=len(value) - 1) if len(value) > 1 else first
    return Path(value).name if isinstance(value, str) else ""


def _task_of(dropped: Path, train: Path, taken: set[str]) -> Values:
    if dropped.is_dir():
        base = slug(dropped.name)
    else:
        stem = _stem(train)
        base = slug(train.parent.name if stem in TRAINING_WORDS else stem.removesuffix("-train").removesuffix("_train"))
    name = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)
    held_out = held_out_beside(train) if train.is_file() else None
    task: Values = {"name": name, "train": str(train), "format": "auto", "weight": 1.0}
    return task | ({"evaluate": str(held_out)} if held_out else {})


def _in_folder(folder: Path) -> Path | None:
    """The training file of a folder that has just one and its held-out part, else the folder; None without data."""
    files = sorted(path for path in folder.iterdir() if _is_data(path))
    training = [path for path in files if _stem(path) in TRAINING_WORDS]
    if len(training) == 1 and (len(files) == 1 or held_out_beside(training[0]) is not None):
        return training[0]
    return folder if files else None


def _is_data(path: Path) -> bool:
    return path.name.lower().endswith(DATA_SUFFIXES)


def _stem(path: Path) -> str:
    """The name without what says how it is stored, which may be two endings (.jsonl.gz)."""
    name = path.name
    ending = max((end for end in DATA_SUFFIXES if name.lower().endswith(end)), key=len, default=path.suffix)
    return name[: len(name) - len(ending)] if ending else name
