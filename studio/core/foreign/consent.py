"""A model's own code runs only after the user agreed to exactly that code, model by model; agreement can be revoked.

Agreement is stored beside the settings, as the model's name and a hash over all of its Python files: code that has
changed since is asked about again.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core import places
from studio.core.absolute_path import in_order
from studio.core.atomic_file import write_whole
from studio.core.error_text import first_line, system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.toml_text import read_toml, to_toml
from studio.core.words import tr

KIND = "model-code"  # the kind of the Problem that asks
MOST_FILES = 1000
SHOWN = 8


@dataclass(frozen=True, slots=True)
class ModelCode:
    """The code that a model brings: the model's name, its Python files, and a hash over names and contents."""

    source: str
    files: tuple[str, ...]
    sha256: str

    def problem(self) -> Problem:
        """The Problem that asks: `where` is the model's name and `about` the hash, as `agree` takes them."""
        names = ", ".join(self.files[:SHOWN]) + (", …" if len(self.files) > SHOWN else "")
        return Problem(
            self.source,
            tr("this model needs code of its own ({names}), and you have not agreed to run it.", names=names),
            tr(
                'Read these files; if you trust them, agree with `mixlora-studio trust "{source}"`.', source=self.source
            ),
            KIND,
            self.sha256,
        )


class _Agreement(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Agreements(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    agreed: tuple[_Agreement, ...] = ()


def source_of(folder: Path) -> str:
    """The name of a model's folder here: the hub's name for a folder in the hub's cache, else its whole path."""
    folder = folder.resolve()
    kept = folder.parent.parent.name
    if folder.parent.name == "snapshots" and kept.startswith("models--"):
        return kept.removeprefix("models--").replace("--", "/")
    return str(folder)


def code_of(folder: Path) -> ModelCode:
    """All Python files in a model's folder, hashed; raises ProblemError for files that cannot be read."""
    digest = hashlib.sha256()
    names: list[str] = []
    try:
        for file in in_order(folder.rglob("*.py")):
            name = file.relative_to(folder).as_posix()
            content = file.read_bytes()
            digest.update(f"{len(name)}:{name}:{len(content)}:".encode())
            digest.update(content)
            names.append(name)
            if len(names) > MOST_FILES:
                raise ProblemError.at(
                    str(folder),
                    tr("it contains more than {n} Python files.", n=MOST_FILES),
                    tr("Name a model's own folder."),
                )
    except OSError as error:
        raise ProblemError.at(
            str(folder),
            tr("its code cannot be read ({reason}).", reason=system_reason(error)),
            tr("Download or copy the model again."),
        ) from None
    return ModelCode(source_of(folder), tuple(names), digest.hexdigest())


def require(folder: Path) -> ModelCode:
    """The folder's code, if the user agreed to it as it is now; otherwise raises the ProblemError that asks."""
    code = code_of(folder)
    if not is_agreed(code.source, code.sha256):
        raise ProblemError(code.problem())
    return code


def is_agreed(source: str, sha256: str) -> bool:
    return _Agreement(source=source, sha256=sha256) in _read().agreed


def agree(source: str, sha256: str) -> None:
    """Remember that the user agreed to the code of the model `source` with this hash, and to no other code of it."""
    others = tuple(each for each in _read().agreed if each.source != source)
    _write((*others, _Agreement(source=source, sha256=sha256)))


def agree_to(problem: Problem) -> None:
    """Agree to what a Problem of the kind "model-code" asks; for whatever shows it, such as the window."""
    if problem.kind != KIND:
        raise ValueError(f"a Problem of the kind {problem.kind!r} asks for nothing")
    agree(problem.where, problem.about)


def revoke(source: str) -> bool:
    """Forget the agreement for a model; whether there was one."""
    agreed = _read().agreed
    left = tuple(each for each in agreed if each.source != source)
    if len(left) == len(agreed):
        return False
    _write(left)
    return True


def agreed_sources() -> list[str]:
    """The models whose code was agreed to."""
    return sorted({each.source for each in _read().agreed})


def _read() -> _Agreements:
    """Raises ProblemError for a file that is broken: no agreement is guessed."""
    file = places.trusted_code_file()
    if not file.is_file():
        return _Agreements()
    try:
        return _Agreements.model_validate(read_toml(file.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, RecursionError) as error:
        first = first_line(error)
        raise ProblemError.at(
            str(file),
            tr("the agreements cannot be read ({reason}).", reason=first),
            tr("Delete the file; you are then asked again."),
        ) from None


def _write(agreed: tuple[_Agreement, ...]) -> None:
    file = places.trusted_code_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, to_toml(_Agreements(agreed=agreed).model_dump()))
    except OSError as error:
        raise ProblemError.at(
            str(file),
            tr("the agreement cannot be kept ({reason}).", reason=system_reason(error)),
            tr("Make the folder writable."),
        ) from None
