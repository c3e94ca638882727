"""The verb on models that come with code of their own: allow it, revoke that, or list what is allowed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studio.cli import options
from studio.cli.output import print_json
from studio.core.absolute_path import absolute_path
from studio.core.foreign import consent
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.recipe.recipe import ModelTable


def trust(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A model's folder or hub id; without it, all are listed.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="No longer allow it.")] = False,
    json: options.Json = False,
) -> None:
    """Allow a model to run the code that comes with it, as it is now; changed code asks again."""
    if model is None:
        _list(json)
    elif revoke:
        name = _agreed_name(model)
        if not consent.revoke(name):
            known = ", ".join(consent.agreed_sources()) or "none"
            raise ProblemError.at(f"model {name}", "its code is not allowed.", f"Allowed: {known}.")
        print(f"Revoked: {name} no longer runs code of its own.", file=sys.stderr)
        if json:
            print_json({"model": name, "agreed": False})
    else:
        _agree(model, json)


def _agreed_name(model: str) -> str:
    """The name under which a model was allowed: for a folder its full path, even if it is gone by now."""
    folder = absolute_path(model)
    return consent.source_of(folder) if folder.is_dir() or str(folder) in consent.agreed_sources() else model


def _agree(model: str, json: bool) -> None:
    quiet_libraries()
    from studio.models.base_model import find_base  # torch, from here on
    from studio.models.model_code import needs_code

    # A hub id stays one, unless there is a folder of that name.
    source = model if model == "demo" or not absolute_path(model).exists() else str(absolute_path(model))
    folder, _ = find_base(ModelTable(source=source), lambda sentence: print(sentence, file=sys.stderr))
    if not needs_code(folder):
        raise ProblemError.at(f"model {model}", "it needs no code of its own.", "There is nothing to allow.")
    code = consent.code_of(folder)
    for name in code.files:
        print(folder / name, file=sys.stderr)
    consent.agree(code.source, code.sha256)
    print(f"Allowed: {code.source} may run these files as they are now. --revoke undoes that.", file=sys.stderr)
    if json:
        print_json({"model": code.source, "agreed": True, "files": list(code.files), "sha256": code.sha256})


def _list(json: bool) -> None:
    agreed = consent.agreed_sources()
    if json:
        print_json({"agreed": agreed})
    else:
        print("\n".join(agreed) or "No model may run code of its own.")
