"""What a base model is called on every machine: its hub id, or its file's name, and what identifies its weights.

An export never holds a path: it would be wrong on the next machine, and it names this one's user.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.foreign.safe_path import is_inside
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.core.words import mark, tr

FILE = "base_model.json"
FORMAT = 1
_IN_HUB_CACHE = re.compile(r"models--(?P<owner>[\w.-]+?)--(?P<name>[\w.-]+)[\\/]snapshots[\\/](?P<commit>[0-9a-f]{40})")
_REVISION = re.compile(r"[\w.:/-]{0,100}")
REMEDY = mark("Get the adapter from its author again.")


@dataclass(frozen=True, slots=True)
class BaseName:
    """`name` is a hub id ("owner/name") or a file's or folder's name; `revision` a hub commit or "sha256:…", or ""."""

    name: str
    revision: str = ""

    @property
    def is_hub(self) -> bool:
        return self.name.count("/") == 1

    @property
    def is_hashed(self) -> bool:
        """Whether its weights were recorded, so that it can be told from others of its name."""
        return self.revision.startswith("sha256:")

    def __str__(self) -> str:
        if not self.revision:
            return self.name
        return f"{self.name} ({self.revision[:19]}…)" if len(self.revision) > 20 else f"{self.name} ({self.revision})"

    def write(self, folder: Path) -> None:
        """Write it into an export's folder; raises OSError."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)
        (folder / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_base_name(folder: Path) -> BaseName | None:
    """What an export says that its base is; None where it does not. Raises ProblemError for a file that is damaged."""
    if not (folder / FILE).is_file():
        return None
    found = read_object(folder / FILE, tr(REMEDY), most_bytes=2**16)
    name, revision = found.get("name"), found.get("revision")
    if not isinstance(name, str) or not is_inside(name) or not name.isprintable() or name.count("/") > 1:
        raise ProblemError.at(
            str(folder / FILE), tr("{name} is not a model's name.", name=f"{name!r:.100}"), tr(REMEDY)
        )
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise ProblemError.at(
            str(folder / FILE), tr("{name} is not a model's revision.", name=f"{revision!r:.100}"), tr(REMEDY)
        )
    return BaseName(name, revision)


def base_name(model: ModelTable, revision: str = "") -> BaseName:
    """A recipe's model as every machine calls it; `revision` is what was recorded of its weights."""
    source = model.source
    if source == "demo":
        file = places.demo_model()
        return BaseName(file.name if file else source, revision)
    if cached := _IN_HUB_CACHE.search(source):
        return BaseName(f"{cached['owner']}/{cached['name']}", cached["commit"])
    if is_hub_id(source):
        return BaseName(source, revision or model.revision)
    # The path may be another system's.
    return BaseName(re.split(r"[\\/]", source.rstrip("\\/"))[-1] or "base", revision)


def is_hub_id(source: str) -> bool:
    """Whether `source` is written as a hub's "owner/name", and is no folder here."""
    return source.count("/") == 1 and not is_path(source) and "\\" not in source and not absolute_path(source).exists()
