"""Paths that mean the same to everybody: absolute ones for a process with another current folder, and their order."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TypeVar

from studio.core.problem import ProblemError
from studio.core.words import tr

_STARTS = (".", "~", "/")
Place = TypeVar("Place", bound=PurePath)


def absolute_path(given: str | os.PathLike[str], folder: Path | None = None) -> Path:
    """`given` with its `~` expanded, relative to `folder`, or to the current folder where none is given.

    A `~name` of an unknown user stays as written, so that the missing file is reported later. Raises ProblemError
    where the current folder is needed and has been deleted.
    """
    # os.path.expanduser, because Path's own raises for an unknown user.
    expanded = os.path.expanduser(given)  # noqa: PTH111
    if folder is not None:
        expanded = os.path.join(folder, expanded)  # noqa: PTH118
    try:
        # Windows resolves ".." by name alone; elsewhere the folder before it may be a link to another place.
        if os.name != "nt" and ".." in Path(expanded).parts:
            return Path(os.path.realpath(expanded))
        return Path(os.path.abspath(expanded))  # noqa: PTH100
    except FileNotFoundError:
        raise ProblemError.at(
            str(given),
            tr("it is relative to the current folder, which has been deleted."),
            tr("Change to another folder, or give the whole path."),
        ) from None


def whole_path(given: str | os.PathLike[str], folder: Path | None = None) -> Path:
    """`given` as every process would write it, but with its ".." as they stand: asks no disk."""
    return Path(os.path.join(folder or os.getcwd(), os.path.expanduser(given)))  # noqa: PTH109, PTH111, PTH118


def path_by_name(given: str | os.PathLike[str]) -> Path:
    """`given` by its name alone: to tell one place from another without asking a disk."""
    return Path(os.path.abspath(os.path.expanduser(given)))  # noqa: PTH100, PTH111


def is_path(source: str) -> bool:
    """Whether `source` is written as a place on this machine, rather than as a name on the hub such as "owner/name".

    A name is never looked for in the current folder: the next process has another one.
    """
    # No name has a backslash, and on Windows a person writes "models\mine".
    return (
        source.startswith(_STARTS) or "\\" in source or Path(source).is_absolute() or source.lower().endswith(".gguf")
    )


def absolute_paths(given: str) -> str:
    """A list of folders as an environment variable has it, each made absolute; an empty one is the current folder."""
    return os.pathsep.join(str(absolute_path(each)) for each in given.split(os.pathsep))


def in_order(paths: Iterable[Place]) -> list[Place]:
    """Paths sorted alike on every system: Windows' own compare without case, so that rows and hashes would differ."""
    return sorted(paths, key=lambda path: path.parts)
