"""Takes in what another machine made: an adapter in PEFT's or the reference's form, or a whole run's folder.

The copy is written beside its place and renamed, so that it is whole or absent; what was given stays as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.atomic_file import flush_folder, put_in_free_place
from studio.core.error_text import first_line, system_reason
from studio.core.foreign.safe_path import is_elsewhere, refuse_links
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.recipe.base_name import FILE, BaseName, base_name, read_base_name
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.run.run_folder import RunFolder, open_run, slug, without_links
from studio.core.unfinished import noted, partial_of
from studio.core.words import tr
from studio.models.adapter_check import CONFIG, PICKLE, WEIGHTS, checked_config
from studio.models.adapter_source import find_adapter, recorded_base
from studio.models.base_fit import refuse_misfit
from studio.models.base_lookup import located, remember, revision_of
from studio.models.manifest import NAME as MANIFEST

TAKEN = (CONFIG, WEIGHTS, MANIFEST, FILE, "README.md")
"""What is taken of an adapter's folder, where it is there; nothing else in it is looked at."""
AGAIN = tr("Get the adapter from its author again.")
LOCKS = ("worker.lock", "worker.start", "worker.pulse")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in: `kind` "adapter" or "run", its name for other verbs, its folder, its method and its base."""

    kind: str
    name: str
    folder: Path
    method: str
    base: BaseName
    model: ModelTable

    def as_dict(self) -> dict[str, Any]:
        """The keys of `import --json`."""
        base = asdict(self.base) | {"source": self.model.source}
        return {"kind": self.kind, "name": self.name, "folder": str(self.folder), "method": self.method, "base": base}


def import_folder(folder: Path, runs: Path, base: str | None = None) -> Imported:
    """Copy an adapter into the studio's home, or a run into `runs`, and find its base on this machine.

    `base` says where that is, which is remembered. Raises ProblemError for whatever is wrong with the folder, and, of
    the kind "base-model", where the base is not here.
    """
    folder = absolute_path(folder)
    if (folder / "run.db").is_file():
        return _import_run(open_run(folder), runs, base)
    if (folder / CONFIG).is_file():
        return _import_adapter(folder, runs, base)
    raise ProblemError.at(
        str(folder),
        tr("this is neither a run nor an adapter."),
        tr("Name a run's folder, or one with {config}.", config=CONFIG),
    )


def _import_adapter(folder: Path, runs: Path, base: str | None) -> Imported:
    refuse_links(folder)
    name = _free_name(places.adapters(), slug(folder.name))
    with _written(places.adapters() / name) as partial, _named_as_given(partial, folder):
        if (folder / PICKLE).is_file() and not (folder / WEIGHTS).is_file():
            _convert_reference(folder, partial)
        else:
            checked_config(folder)
            for each in TAKEN:
                if (folder / each).is_file():
                    shutil.copyfile(folder / each, partial / each)
        checked_config(partial)
        if base is not None:
            _remember_for(partial, base)
        source = find_adapter(str(partial), runs)
    place = places.adapters() / name
    return Imported("adapter", name, place, str(source.config["peft_type"]).lower(), source.base, source.model)


@contextmanager
def _named_as_given(copy: Path, given: Path) -> Iterator[None]:
    """Let Problems name the folder that was given, and not the copy of it, which is gone by then."""
    try:
        yield
    except ProblemError as error:
        named = (replace(each, where=each.where.replace(str(copy), str(given))) for each in error.problems)
        raise type(error)(*named) from None


def _convert_reference(folder: Path, partial: Path) -> None:
    """Write a reference adapter in PEFT's form; its pickle is read by the loader that takes nothing but tensors."""
    described = read_object(folder / CONFIG, AGAIN)
    from studio.methods.mixlora.reference_format import convert_reference  # torch, from here on

    try:
        convert_reference(folder, partial, str(described.get("base_model_name_or_path") or ""))
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, EOFError, UnpicklingError) as error:
        first = first_line(error)
        raise ProblemError.at(
            str(folder), tr("this reference adapter cannot be read ({error}).", error=first), AGAIN
        ) from None
    if (folder / FILE).is_file():
        shutil.copyfile(folder / FILE, partial / FILE)


def _remember_for(folder: Path, base: str) -> None:
    """Remember where an adapter's base is; a hub id is taken as it is."""
    config = checked_config(folder)
    named = read_base_name(folder) or base_name(ModelTable(source=str(config.get("base_model_name_or_path") or "base")))
    if named.is_hub:
        raise ProblemError.at(
            "--base",
            tr("the adapter's base is {name} on the hub, which is fetched by itself.", name=named.name),
            tr("Leave it out."),
        )
    path = absolute_path(remember(named, base).source)
    if not named.is_hashed:
        refuse_misfit(folder / WEIGHTS, path)
        named = replace(named, revision=revision_of(path))  # from now on this adapter has one base
        remember(named, base)
    # An adapter without a name of its base that means something here gets one.
    named.write(folder)


def _import_run(run: RunFolder, runs: Path, base: str | None) -> Imported:
    if run.is_alive():
        raise ProblemError.at(str(run.path), tr("a worker is training this run."), tr("Stop or pause it first."))
    for place, _, _ in os.walk(run.path):
        refuse_links(Path(place))
    recipe = run.recipe()
    _refuse_elsewhere(recipe, run)
    if run.adapter.is_dir():
        checked_config(run.adapter)
    named = recorded_base(run, recipe.model)
    model = recipe.model
    if base is not None:
        model = model.model_copy(update={"source": remember(named, base).source})
        if not named.is_hashed and run.adapter.is_dir():
            refuse_misfit(run.adapter / WEIGHTS, absolute_path(model.source))
    elif is_path(model.source) and (_is_elsewhere(model.source, run) or not absolute_path(model.source).exists()):
        model = model.model_copy(update={"source": located(named, run.path, runs).source})
    runs = without_links(runs)
    target = runs / _free_name(runs, run.id)
    with _written(target) as partial:
        shutil.copytree(run.path, partial, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LOCKS, ".*.partial"))
        copy = RunFolder(partial)
        text = dump_recipe(recipe.model_copy(update={"model": model}))
        copy.recipe_file.write_text(text, encoding="utf-8", newline="\n")
        provenance = copy.provenance()
        trained = provenance.get("recipe")
        if isinstance(trained, dict) and isinstance(trained.get("model"), dict):
            trained["model"]["source"] = model.source
            copy.write_provenance(provenance)
    return Imported("run", target.name, target, recipe.method.name, named, model)


def _refuse_elsewhere(recipe: Recipe, run: RunFolder) -> None:
    """Raise ProblemError where a stranger's recipe names data or an adapter on a computer of the stranger's choice."""
    named = [value for task in recipe.tasks for value in (task.train, task.evaluate)] + [recipe.model.adapter]
    for value in named:
        for path in value if isinstance(value, list) else [value]:
            if isinstance(path, str) and _is_elsewhere(path, run):
                raise ProblemError.at(
                    str(run.recipe_file),
                    tr(
                        "it names {path}, which is on another computer: looking there would log in to it.",
                        path=f"{path!r:.200}",
                    ),
                    tr(
                        "Copy it to this machine and write its new path into that file, if you know where it "
                        "comes from."
                    ),
                )


def _is_elsewhere(path: str, run: RunFolder) -> bool:
    """Whether a path of a run leads to another computer than the one that the run itself was taken from."""
    return is_elsewhere(path) and not Path(path).is_relative_to(run.path.anchor)


def _free_name(folder: Path, wanted: str) -> str:
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not (folder / name).exists())


@contextmanager
def _written(place: Path) -> Iterator[Path]:
    """A folder beside `place`, renamed to it when all went well; raises ProblemError for the disk's faults."""
    partial = partial_of(place)
    with noted(partial):
        made = False
        try:
            if partial.exists():
                shutil.rmtree(partial)
            partial.mkdir(parents=True)
            made = True
            yield partial
            flush_folder(partial)
            put_in_free_place(partial, place)
        except OSError as error:
            if place.exists():
                raise ProblemError.at(
                    str(place), tr("another folder took this name meanwhile."), tr("Import it again.")
                ) from None
            what = tr("it cannot be written ({reason}).", reason=system_reason(error))
            raise ProblemError.at(str(place), what, tr("Free disk space, or move the studio's home.")) from None
        finally:
            if made:
                shutil.rmtree(partial, ignore_errors=True)
