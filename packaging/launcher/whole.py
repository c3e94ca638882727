"""Run by the environment's own Python: prints each package that lacks files which it says it has."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions


def lacking(distribution: Distribution) -> str | None:
    """Name the first file that is missing, or None; an interrupted install leaves a package without its list."""
    if distribution.files is None:
        return "its list of files"
    for file in distribution.files:
        if not str(file).endswith(".pyc") and not distribution.locate_file(file).exists():  # type: ignore[attr-defined]
            return str(file)
    return None


if __name__ == "__main__":
    for each in distributions():
        missing = lacking(each)
        if missing is not None:
            print(f"{each.metadata['Name'] or each} lacks {missing}")
