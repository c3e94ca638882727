"""What an adapter's files were when they were written: sizes and hashes beside them, compared before they are used.

An adapter from elsewhere has no manifest; a changed bit in its weights then goes unnoticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.core.error_text import system_reason
from studio.core.foreign.safe_path import inside
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.words import tr

NAME = "manifest.json"
FORMAT = 1
REMEDY = tr("Restore the folder; if you changed it on purpose, delete {name} in it.", name=NAME)


def described(file: Path) -> dict[str, Any]:
    """A file's size in bytes and its SHA-256, as a manifest has them; raises OSError."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"bytes": opened.tell(), "sha256": digest}


def write_manifest(folder: Path, names: Iterable[str]) -> None:
    """Write sizes and hashes of the files `names` in `folder`; raises OSError."""
    files = {name: described(folder / name) for name in names}
    text = json.dumps({"format": FORMAT, "files": files}, indent=1)
    (folder / NAME).write_text(text, encoding="utf-8")


def check_manifest(folder: Path) -> None:
    """Raise ProblemError where a file differs from its manifest; a folder without a manifest passes."""
    file = folder / NAME
    if not file.exists():
        return
    manifest = read_object(file, REMEDY)
    files = manifest.get("files")
    if manifest.get("format") != FORMAT or not isinstance(files, dict) or not files:
        raise ProblemError.at(str(file), tr("this manifest has an unknown format."), REMEDY)
    for name, written in files.items():
        try:
            whole = described(inside(folder, name)) == written
        except OSError as error:
            raise ProblemError.at(
                str(folder), tr("{name} cannot be read ({reason}).", name=name, reason=system_reason(error)), REMEDY
            ) from None
        if not whole:
            raise ProblemError.at(str(folder), tr("{name} has changed since it was written.", name=name), REMEDY)
