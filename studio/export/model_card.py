"""The model card of an export: what it is, how it scored, how it was trained, and how each program runs it.

No path of this machine is in it, nor in any other file of an export.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio import __version__
from studio.core.absolute_path import absolute_path, is_path
from studio.core.foreign.visible_text import visible
from studio.core.methods.registry import METHODS
from studio.core.problem import ProblemError
from studio.core.redaction import redacted
from studio.core.run.curve_names import LOSS, held_out_loss
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.toml_text import to_toml
from studio.core.units import number_text, score_text
from studio.export.card_pictures import Curve, load_picture, loss_picture
from studio.models.adapter_source import AdapterSource
from studio.models.base_lookup import note
from studio.models.base_name import BaseName
from studio.models.model_licence import model_licence

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
        before, after = _scores(reader, first=True), _scores(reader, first=False)
        pictures = _write_pictures(reader, folder)
    if after:
        parts.append("## Scores\n\n" + _score_table(before, after, _began_with(run)))
    if pictures:
        parts.append("## Training\n\n" + "\n\n".join(pictures))
    if recipe := portable_recipe(run, base):
        toml = f"{FENCE}toml\n{to_toml(recipe).strip()}\n{FENCE}"
        said = "The recipe; data files are named without their folders"
        parts.append(f"## Recipe\n\n<details><summary>{said}</summary>\n\n{toml}\n\n</details>")
    return parts


def portable_recipe(run: RunFolder, base: BaseName) -> dict[str, Any] | None:
    """What was trained, with names in place of this machine's paths; None where the run's recipe cannot be read."""
    try:
        recorded = run.provenance().get("recipe")
        recipe = recorded if isinstance(recorded, dict) else run.recipe().model_dump(mode="json")
    except ProblemError:
        return None
    model, method = recipe.get("model"), recipe.get("method")
    if isinstance(model, dict):
        recipe = recipe | {"model": model | {"source": base.name}}
    if isinstance(method, dict) and (
        known := next((each for each in METHODS.values() if each.name == method.get("name")), None)
    ):
        used = {key: value for key, value in method.items() if key == "name" or known.uses(key)}
        recipe = recipe | {"method": used}
    portable: dict[str, Any] = _without_folders(recipe)
    return portable


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(item) for item in value]
    if isinstance(value, str) and (is_path(value) or "\\" in value):
        return re.split(r"[\\/]", value.rstrip("\\/"))[-1] or value
    return value


def _scores(reader: RunReader, first: bool) -> dict[str, TaskScore]:
    """The base's scores, measured before the first step, or the newest of the adapter's."""
    events = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
    ended = [event for event in events if isinstance(event, EvaluationEnded)]
    found = [event.tasks for event in ended if (event.when == "before") == first]
    return found[-1] if found else {}


def _began_with(run: RunFolder) -> str:
    """What the scores before training are of."""
    try:
        return "start" if run.recipe().model.adapter else "base"
    except ProblemError:
        return "before"


def _score_table(before: dict[str, TaskScore], after: dict[str, TaskScore], began_with: str) -> str:
    lines = [f"| task | metric | {began_with} | this model | rows |", "|---|---|---|---|---|"]
    for name, score in after.items():
        first = before.get(name)
        base = _told(first) if first else "not scored"
        if first and first.rows < score.rows:
            base += f" (of {first.rows:,} rows)"
        lines.append(f"| {_cell(name)} | {_cell(score.metric)} | {base} | {_told(score)} | {score.rows:,} |")
    return "\n".join(lines) + "\n\nOn rows held out from training; ± is one standard error."


def _told(score: TaskScore) -> str:
    if score.metric == "loss":
        return f"{number_text(score.value)} ± {number_text(score.stderr)}"
    return score_text(score.metric, score.value, score.stderr)


def _cell(text: str) -> str:
    return re.sub(r"([|\\`*_<>\[\]])", r"\\\1", text)


def _write_pictures(reader: RunReader, folder: Path) -> list[str]:
    """Draw what the run recorded; returns Markdown that shows it, with its meaning in words."""
    said = []
    curves = list(_curves(reader))
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


def _curves(reader: RunReader) -> list[Curve]:
    found = []
    tasks = [
        name.split("/")[1] for name in reader.last_scalars() if name.startswith("eval/") and name.endswith("/loss")
    ]
    for title, name in [
        ("training loss", LOSS),
        *((f"{task}, held out", held_out_loss(task)) for task in sorted(tasks)),
    ]:
        points = {point.step: point.value for point in reader.scalars(name=name)}
        steps = sorted(points)
        found.append((title, steps, [points[step] for step in steps]))
    return [curve for curve in found if curve[1]]


def _about_base(source: AdapterSource, base: BaseName) -> str:
    licence = model_licence(source.model)
    named = f"`{base.name}`"
    if base.revision:
        named += f", {'commit' if base.is_hub else 'its weights being'} `{base.revision}`"
    said = f"The base model is {named}."
    if licence:
        return f"## Base model and licence\n\n{said} Its licence is {licence}, which this model is bound by too."
    return (
        f"## Base model and licence\n\n{said} Its files here do not state a licence; the base's own licence binds this"
        " model too."
    )


def loading_lines(base: BaseName) -> str:
    """Python lines that load tokenizer and model of the base with transformers; a path is left to the reader."""
    if base.name.lower().endswith(".gguf"):
        place, more = '"path/of/the/folder/of/the/base"', f", gguf_file={_quoted(base.name)}"
    elif base.is_hub:
        place, more = _quoted(base.name), ""
    else:
        place, more = f'"path/of/{base.name}"', ""
    return f"""base = {place}
tokenizer = AutoTokenizer.from_pretrained(base{more})
model = AutoModelForCausalLM.from_pretrained(base{more})"""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
