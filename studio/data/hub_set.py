"""Data sets of the hub, read through `datasets`; a task that names no file names one of these."""

from __future__ import annotations

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.data.source_file import DataFile, SourceRow


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
        sentence = first_line(error)
        raise ProblemError.at(
            name,
            f"there is no such file, and it cannot be loaded as a hub set: {sentence}.",
            "Check the path. A hub set is owner/name[:config[:split]] and needs a network connection, and a login"
            " (hf auth login) if it is gated.",
        ) from None
    rows = tuple(SourceRow(number, dict(row)) for number, row in enumerate(found, start=1))
    if not rows:
        raise ProblemError.at(name, "this hub set has no rows.", "Name another split: owner/name:config:split.")
    return DataFile(name, str(found._fingerprint), rows, unit="row")
