"""The studio's own settings: each declared once, and stored only where it differs from its default."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core import places
from studio.core.absolute_path import absolute_path, whole_path
from studio.core.atomic_file import rename, write_whole
from studio.core.fault_text import fault_text
from studio.core.problem import Problem
from studio.core.toml_text import read_toml, to_toml
from studio.core.words import mark, tr


class Settings(BaseModel):
    """What a person prefers; Qt stores the window's geometry separately."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: Literal["dark", "light", "system"] = Field(
        "dark", title=mark("Theme"), description=mark("The window's colours.")
    )
    language: Literal["auto", "English", "中文"] = Field(
        "auto",
        title=mark("Language"),
        description=mark("The window's language, from its next start on; auto is the system's."),
    )
    runs: str = Field(
        "",
        title=mark("Folder of runs"),
        description=mark(
            "Where runs are stored. Empty means the studio's own folder; a relative path is relative to it."
        ),
        json_schema_extra={"folder": True},
    )
    model_folders: str = Field(
        "",
        title=mark("Folders of models"),
        description=mark(
            "Where models are looked for, beside the hub's cache and the folders of LM Studio and Ollama."
            " Several have a semicolon between them."
        ),
        json_schema_extra={"folder": True},
    )
    notify: bool = Field(
        True,
        title=mark("Tell me when a run ends"),
        description=mark(
            "Shows the system's own notice when a run has finished, failed or run out of memory, while another"
            " window is in front."
        ),
    )
    smoothing: float = Field(
        0.8, ge=0, lt=1, title=mark("Smoothing"), description=mark("How much the loss curve is smoothed.")
    )

    give_way: bool = Field(
        False,
        title=mark("Give way to games automatically"),
        description=mark(
            "Pauses training while another program, such as a game, needs the card: it uses a quarter of the"
            " card's time, or as much of its memory as set below. Works while the window is closed, too."
        ),
    )
    give_way_gib: float = Field(
        1.5,
        ge=0.1,
        le=1000,
        title=mark("Memory that counts as a game (GiB)"),
        description=mark(
            "A program that takes this much of the card's memory needs the card. Memory that was in use when"
            " training began does not count, so the desktop and browsers do not pause training."
        ),
        json_schema_extra={"needs": "give_way"},
    )
    come_back: bool = Field(
        True,
        title=mark("Continue automatically afterwards"),
        description=mark(
            "Continues training when that program has left the card alone for a minute, if the window is open."
        ),
        json_schema_extra={"needs": "give_way"},
    )

    def runs_folder(self) -> Path:
        """Where runs are kept, as an absolute path, whatever the process's current folder.

        Asks the disk only where the path has "..", which the window's settings resolve before they store it.
        """
        return absolute_path(self.runs, places.home()) if self.runs else places.runs()

    def folders_of_models(self) -> list[Path]:
        """The folders in which a person keeps models, as absolute paths; asks no disk."""
        return [whole_path(part.strip(), places.home()) for part in self.model_folders.split(";") if part.strip()]


def load_settings(path: Path | None = None) -> tuple[Settings, list[Problem]]:
    """Read the settings; an invalid line becomes a Problem and its default is used, and the file is not changed."""
    path = path or places.settings_file()
    if not path.is_file():
        return Settings(), []
    try:
        values = _stored(path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = tr("Fix or delete the file; the next change keeps it as {name}.", name=_kept_as(path).name)
        return Settings(), [Problem(str(path), tr("the settings cannot be read ({error}).", error=error), remedy)]
    problems: list[Problem] = []
    while True:
        try:
            return Settings.model_validate(values), problems
        except ValidationError as error:
            for fault in error.errors():
                key = str(fault["loc"][0])
                remedy = tr("The default is used; fix or delete the line.")
                problems.append(Problem(f"{path}: {key}", fault_text(fault), remedy))
                values.pop(key, None)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Store what differs from the defaults; a file that is no TOML is kept beside it. Raises OSError."""
    path = path or places.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = to_toml(settings.model_dump(exclude_defaults=True))
    try:
        if path.is_file():
            _stored(path)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        rename(path, _kept_as(path))
    write_whole(path, text)


def _stored(path: Path) -> dict[str, Any]:
    return read_toml(path.read_text(encoding="utf-8-sig"))


def _kept_as(path: Path) -> Path:
    """Where a file that cannot be read is kept: one mistyped line must not cost all the others."""
    return path.with_name(f"{path.name}.unreadable")
