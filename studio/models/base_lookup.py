"""Finds a base model again by its hash: where it was told to be, in caches, beside the adapter, in other runs.

What a person names once is remembered in the studio's home. A name alone finds nothing: many models share one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.foreign.safe_path import is_elsewhere
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.base_name import BaseName, is_hub_id
from studio.core.recipe.recipe import ModelTable
from studio.core.run.run_folder import list_runs
from studio.core.words import plural, sentences, tr

KIND = "base-model"
"""The kind of the Problem with a base that is not here: a person can answer it by naming a path."""
MOST_RUNS = 200  # of the newest runs whose models are tried


def located(base: BaseName, near: Path, runs: Path) -> ModelTable:
    """Where a base of this name and hash is on this machine, or its hub id.

    `near` is the adapter's folder and `runs` are those whose models are tried. Raises a ProblemError of `KIND` where
    it is not here.
    """
    if base.is_hub:
        revision = "main" if base.revision.startswith("sha256:") else base.revision or "main"
        return ModelTable(source=base.name, revision=revision)
    others = 0
    for path in _candidates(base, near, runs) if base.is_hashed else ():
        if not path.exists():
            continue
        if _is(base, path):
            return ModelTable(source="demo" if path == places.demo_model() else str(path))
        others += 1
    what = tr("its base model {base} is not on this machine.", base=base)
    if others:
        found = plural(
            "{n} model called {name} was found, but with other weights.",
            "{n} models called {name} were found, but with other weights.",
            others,
            name=base.name,
        )
        what = sentences(what, found)
    if not base.is_hashed:
        what = tr("it does not say which {name} is its base model, and many models can have that name.", name=base.name)
    raise ProblemError(
        Problem(
            str(near),
            what,
            tr("Say once where it is: mixlora-studio import FOLDER --base PATH."),
            KIND,
            json.dumps({"name": base.name, "revision": base.revision}),
        )
    )


def remember(base: BaseName, source: str) -> ModelTable:
    """Note that `base` is at `source`, a folder or a .gguf file; returns it as a model.

    Raises ProblemError where nothing is there, or a model with other weights. A base without a hash is taken to be
    what is there, and not noted: the next one of its name may be another.
    """
    path = absolute_path(source)
    if not path.exists():
        if is_hub_id(source):
            raise ProblemError.at(
                source,
                tr("{name} is a file's name, which the hub does not know.", name=base.name),
                tr("Name a folder or a .gguf file."),
            )
        raise ProblemError.at(str(path), tr("there is no such model."), tr("Name a model's folder or a .gguf file."))
    if base.is_hashed and not _is(base, path):
        raise ProblemError.at(
            str(path),
            tr("its weights are not those of {base}, on which the adapter was trained.", base=base),
            tr("Name the model that it was trained on; with another one its answers would be noise."),
        )
    note(base, path)
    return ModelTable(source=str(path))


def note(base: BaseName, path: Path) -> None:
    """Note that `base`, if it has a hash, is at `path`; raises ProblemError where the note cannot be written."""
    if not base.is_hashed:
        return
    file = places.bases_file()
    known = _remembered()
    if known.get(base.revision) == str(path):
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(known | {base.revision: str(path)}, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        what = tr("it cannot be written ({reason}).", reason=system_reason(error))
        raise ProblemError.at(str(file), what, tr("Free disk space, or move the studio's home.")) from None


def revision_of(path: Path) -> str:
    """What identifies a local model: the hash of a .gguf file, or a folder's fingerprint. Raises ProblemError."""
    from studio.models.gguf_folder import gguf_hash
    from studio.models.model_folder import check_folder, fingerprint

    if path.is_file():
        return gguf_hash(path)
    check_folder(path)
    return fingerprint(path)


def _is(base: BaseName, path: Path) -> bool:
    """Whether the model at `path` has the base's hash."""
    # An unpacked GGUF file has the start of the file's hash in its name.
    if path.parent == places.models() and path.name.endswith(f"-{base.revision.removeprefix('sha256:')[:16]}"):
        return True
    try:
        return revision_of(path) == base.revision
    except ProblemError:
        return False


def _candidates(base: BaseName, near: Path, runs: Path) -> Iterator[Path]:
    """Where a model of this name may be, the likeliest first."""
    if remembered := _remembered().get(base.revision):
        yield Path(remembered)
    demo = places.demo_model()
    if demo is not None and demo.name == base.name:
        yield demo
    yield places.models() / base.name
    if base.name.lower().endswith(".gguf"):
        yield places.models() / f"{base.name[:-5]}-{base.revision.removeprefix('sha256:')[:16]}"
    for folder in (near, *near.resolve().parents[:3]):
        yield folder / base.name
        yield folder / "models" / base.name
    for run in list_runs(runs)[:MOST_RUNS]:
        source = _source(run.provenance_file)
        if is_path(source) and not is_elsewhere(source) and Path(source).name == base.name:
            yield Path(source)


def _source(provenance: Path) -> str:
    """The model of a run; "" where it cannot be read, which its own page says."""
    try:
        model: Any = read_object(provenance, "")["recipe"]["model"]["source"]
    except (ProblemError, KeyError, TypeError):
        return ""
    return model if isinstance(model, str) else ""


def _remembered() -> dict[str, str]:
    file = places.bases_file()
    if not file.is_file():
        return {}
    found = read_object(file, tr("Delete the file; bases are then asked for again."))
    return {key: value for key, value in found.items() if isinstance(value, str)}
