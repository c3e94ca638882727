"""A field as forms see it, read from its pydantic declaration and nowhere else."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from studio.core.methods.registry import METHODS, users_of
from studio.core.recipe.recipe_file import allowed_values
from studio.core.words import tr

Kind = Literal["choice", "whole", "number", "text", "names", "folder"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: where it stands, how it is edited, its bounds and its sentence.

    `word` is what a whole number shows when it is not one ("auto", or "" for not set); a list that may be left out
    has it too. `needs` names a switch of the same form without which the field has no effect, `may_lack` says that
    it may be left out. `found` is a sentence on what was measured of its values, or "".
    """

    path: str
    label: str
    kind: Kind
    default: Any
    description: str
    unit: str
    advanced: bool
    methods: tuple[str, ...]
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    word: str | None
    needs: str
    may_lack: bool = False
    found: str = ""

    @property
    def name(self) -> str:
        return self.path.rsplit(".", 1)[-1]

    @property
    def range_text(self) -> str:
        """The allowed range in words; empty where there is none."""
        if self.minimum is None and self.maximum is None:
            return ""
        if self.maximum is None:
            return tr("From {least:g} up.", least=self.minimum)
        if self.minimum is None:
            return ""
        return tr("From {least} to {most}.", least=f"{self.minimum:g}", most=f"{self.maximum:,.10g}")


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[FieldSpec]:
    """The fields of a model in its own order; a path is the field's name after `prefix`."""
    for name, info in model.model_fields.items():
        yield spec_of(f"{prefix}{name}", info)


def spec_of(path: str, info: FieldInfo) -> FieldSpec:
    """What a form needs to know of one field."""
    shown = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = tuple(allowed_values(info.annotation))
    plain = _plain_types(info.annotation)
    word: str | None = None
    kind: Kind
    if list in plain:
        kind = "names"
        word = "" if type(None) in plain else None
    elif int in plain:
        kind = "whole"
        word = choices[0] if choices else "" if type(None) in plain else None
        choices = ()
    elif bool in plain:
        kind = "choice"
        choices = (*choices, "on", "off")
    elif choices:
        kind = "choice"
    elif float in plain:
        kind = "number"
    else:
        kind = "folder" if shown.get("folder") else "text"
    minimum, maximum = _bounds(info)
    users = users_of(path.rpartition(".")[2]) if path.startswith("method.") else ()
    return FieldSpec(
        path,
        tr(info.title or path.rsplit(".", 1)[-1].replace("_", " ").capitalize()),
        kind,
        info.get_default(call_default_factory=True) if not info.is_required() else None,
        tr(info.description) if info.description else "",
        tr(str(shown["unit"])) if "unit" in shown else "",
        bool(shown.get("advanced", False)),
        users if len(users) < len(METHODS) else (),
        choices,
        minimum,
        maximum,
        word,
        str(shown.get("needs", "")),
        type(None) in plain,
        tr(str(shown["found"])) if shown.get("found") else "",
    )


def _plain_types(annotation: Any) -> set[Any]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return {plain for part in typing.get_args(annotation) for plain in _plain_types(part)}
    if origin is typing.Annotated:
        return _plain_types(typing.get_args(annotation)[0])
    return {origin or annotation}


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    metadata = list(info.metadata)
    for part in typing.get_args(info.annotation):
        if typing.get_origin(part) is typing.Annotated:
            for extra in typing.get_args(part)[1:]:
                metadata += getattr(extra, "metadata", [extra])
    low = next((getattr(item, key) for item in metadata for key in ("ge", "gt") if hasattr(item, key)), None)
    high = next((getattr(item, key) for item in metadata for key in ("le", "lt") if hasattr(item, key)), None)
    return low, high
