"""Data sets of the hub, read through `datasets`; a task that names no file names one of these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from studio.core.error_text import first_line
from studio.core.problem import Problem, ProblemError
from studio.core.words import tr
from studio.data.source_file import DataFile, ListedPart
from studio.data.source_row import SourceRow

_CONFIGS = re.compile(r"\[([^\]]*)\]", re.DOTALL)


def read_hub_set(name: str, default_split: str) -> DataFile:
    """Read a hub set such as "owner/name", "owner/name:config" or "owner/name:config:split".

    Raises ProblemError when it cannot be loaded: unknown, gated, or no network and not in the cache.
    """
    import datasets

    identifier, _, rest = name.partition(":")
    config, _, split = rest.partition(":")
    try:
        found = datasets.load_dataset(identifier, config or None, split=split or default_split)
    # RuntimeError: a set that is a program (a loading script), which this library no longer runs.
    except (datasets.exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise ProblemError(_not_loaded(name, identifier, str(error) or type(error).__name__)) from None
    if not len(found):
        raise ProblemError.at(name, tr("this hub set has no rows."), tr("Name another split: owner/name:config:split."))
    told = (
        name if split else tr("{name}, split {split}", name=name, split=default_split)
    )  # a set may be named for training and for scoring
    return DataFile(told, [ListedPart(told, _Rows(found), str(found._fingerprint), "row")])


class _Rows:
    """The rows of a set, read from its memory-mapped files one after another; a class's number is its name."""

    def __init__(self, found: Any) -> None:
        self._found = found

    def __iter__(self) -> Iterator[SourceRow]:
        features = dict(getattr(self._found, "features", None) or {})
        names = {column: list(each.names) for column, each in features.items() if hasattr(each, "int2str")}
        for number, row in enumerate(self._found, start=1):
            values = dict(row)
            for column, listed in names.items():
                if isinstance(values[column], int) and 0 <= values[column] < len(listed):
                    values[column] = listed[values[column]]
            yield SourceRow(number, values)


def _not_loaded(name: str, identifier: str, error: str) -> Problem:
    configs = _CONFIGS.search(error)
    if "onfig name is missing" in error and configs:
        listed = ", ".join(re.findall(r"'([^']*)'", configs[1]))
        return Problem(
            name,
            tr("this hub set has several configs: {listed}.", listed=listed),
            tr("Name one of them: {identifier}:{config}.", identifier=identifier, config=listed.partition(",")[0]),
        )
    return Problem(
        name,
        tr("there is no such file, and it cannot be loaded as a hub set: {error}.", error=first_line(error)),
        tr(
            "Check the path. A hub set is owner/name[:config[:split]] and needs a network "
            "connection, and a login (hf auth login) if it is gated."
        ),
    )
