"""The model card of an export: what it is, how it scored, how it was trained, and how each program runs it.

No path of this machine is in it, nor in any other file of an export.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from studio import __version__
from studio.core.absolute_path import absolute_path, is_path
from studio.core.foreign.visible_text import visible
from studio.core.problem import ProblemError
from studio.core.recipe.base_name import BaseName
from studio.core.redaction import redacted
from studio.core.run.events import TaskScore
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.toml_text import to_toml
from studio.core.units import number_text
from studio.models.adapter_source import AdapterSource
from studio.models.base_lookup import note
from studio.planner.model_licence import model_licence
from studio.report.pictures import load_picture, loss_picture
from studio.report.portable import portable_recipe
from studio.report.scores import began_with, curves_of, scores, told
from studio.report.use import licence_sentence

CARD = "README.md"
LOSS_PICTURE, LOAD_PICTURE = "loss.svg", "expert-load.svg"
FENCE = "```"


@dataclass(frozen=True, slots=True)
class Card:
    """What a format says about its own files.

    library: the hub's name of the library that loads it. summary: one or more sentences on what is in the folder. use:
    Markdown that says how each program runs it. relation: what it is to its base, in the hub's words ("adapter",
    "finetune", "quantized"). tags: more of the hub's words.
    """

    library: str
    summary: str
    use: str
    relation: str = "adapter"
    tags: Sequence[str] = ()


def exported_base(source: AdapterSource) -> BaseName:
    """The base as an export names it: with the hash of its weights where it is no hub model.

    Raises ProblemError where it is not here to be hashed.
    """
    base = source.base
    if base.is_hub or base.revision.startswith("sha256:"):
        return base
    from studio.models.base_model import find_base

    return replace(base, revision=find_base(source.model)[1])


def write_card(folder: Path, source: AdapterSource, card: Card) -> None:
    """Write README.md, its pictures and `base_model.json` into an export's folder; raises OSError, ProblemError."""
    base = exported_base(source)
    base.write(folder)
    if not base.is_hub and is_path(source.model.source):
        # The export names no path, so this machine must remember where its own base is.
        with suppress(ProblemError):
            note(base, absolute_path(source.model.source))
    parts = [_front(source, card, base), f"# {source.name}\n\n{card.summary.strip()}"]
    if source.run is not None:
        parts += _of_run(source.run, base, folder)
    parts += [f"## Run it\n\n{card.use.strip()}", _about_base(source, base)]
    parts.append(f"Written by MixLoRA Studio {__version__}, after a fresh process had loaded and compared it.")
    text = redacted(visible("\n\n".join(part for part in parts if part)))
    (folder / CARD).write_text(text + "\n", encoding="utf-8", newline="\n")


def _front(source: AdapterSource, card: Card, base: BaseName) -> str:
    method = str(source.config["peft_type"]).lower()
    tags = [*dict.fromkeys(("mixlora-studio", method, *card.tags))]
    lines = ["---"]
    if base.is_hub:
        lines += [f"base_model: {base.name}", f"base_model_relation: {card.relation}"]
    if licence := model_licence(source.model):
        lines.append(f"license: {licence}")
    lines += [f"library_name: {card.library}", "pipeline_tag: text-generation", "tags:", *(f"- {tag}" for tag in tags)]
    return "\n".join([*lines, "---"])


def _of_run(run: RunFolder, base: BaseName, folder: Path) -> list[str]:
    """What the run says of itself: scores, curves, loads and its recipe."""
    parts = []
    with run.reader() as reader:
        before, after = scores(reader, first=True), scores(reader, first=False)
        pictures = _write_pictures(reader, folder)
    if after:
        parts.append("## Scores\n\n" + _score_table(before, after, began_with(run)))
    if pictures:
        parts.append("## Training\n\n" + "\n\n".join(pictures))
    if recipe := portable_recipe(run, base):
        toml = f"{FENCE}toml\n{to_toml(recipe).strip()}\n{FENCE}"
        said = "The recipe; data files are named without their folders"
        parts.append(f"## Recipe\n\n<details><summary>{said}</summary>\n\n{toml}\n\n</details>")
    return parts


def _score_table(before: dict[str, TaskScore], after: dict[str, TaskScore], started_as: str) -> str:
    lines = [f"| task | metric | {started_as} | this model | rows |", "|---|---|---|---|---|"]
    for name, score in after.items():
        first = before.get(name)
        base = told(first) if first else "not scored"
        if first and first.rows < score.rows:
            base += f" (of {first.rows:,} rows)"
        lines.append(f"| {_cell(name)} | {_cell(score.metric)} | {base} | {told(score)} | {score.rows:,} |")
    return "\n".join(lines) + "\n\nOn rows held out from training; ± is one standard error."


def _cell(text: str) -> str:
    return re.sub(r"([|\\`*_<>\[\]])", r"\\\1", text)


def _write_pictures(reader: RunReader, folder: Path) -> list[str]:
    """Draw what the run recorded; returns Markdown that shows it, with its meaning in words."""
    said = []
    curves = curves_of(reader)
    if picture := loss_picture(curves):
        (folder / LOSS_PICTURE).write_text(picture, encoding="utf-8", newline="\n")
        name, steps, values = curves[0]
        ends = f"{name} from {number_text(values[0])} to {number_text(values[-1])} over {steps[-1]:,} steps"
        said.append(f"![Loss over the steps: {ends}.]({LOSS_PICTURE})")
    loads = reader.recent_loads()
    if loads is not None and loads.size:
        (folder / LOAD_PICTURE).write_text(load_picture(loads), encoding="utf-8", newline="\n")
        layers, experts = loads.shape
        shared = f"How {experts} experts shared the tokens in {layers} layers in the last steps"
        said.append(f"![{shared}.]({LOAD_PICTURE})")
    return said


def _about_base(source: AdapterSource, base: BaseName) -> str:
    named = f"`{base.name}`"
    if base.revision:
        named += f", {'commit' if base.is_hub else 'its weights being'} `{base.revision}`"
    said = f"The base model is {named}."
    return f"## Base model and licence\n\n{said} {licence_sentence(model_licence(source.model))}"
