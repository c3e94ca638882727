"""What a run is and what it was made of: its head, tasks, recipe, base model and versions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from studio.core.units import count_text, percent_text
from studio.report.facts import RunFacts
from studio.report.markup import Markup, code, element, facts, folded, paragraphs, section, table
from studio.report.recipe_words import recipe_words, task_words
from studio.report.use import licence_sentence

_TONES = {"finished": "good", "stopped": "warning", "paused": "warning", "failed": "danger", "lost": "danger"}


def about(run: RunFacts) -> Markup:
    """Name, state and reason, dates, steps, and what was trained where."""
    state = element("span", run.state.state, class_=f"state {_TONES.get(run.state.state, '')}".strip())
    problems = [
        element("p", run.words(str(each)), class_="danger") for each in run.problems if str(each) != run.state.reason
    ]
    missing = [element("p", run.words(str(each)), class_="warning") for each in run.missing]
    return element(
        "header",
        element("h1", run.name),
        element("p", state, run.words(run.state.reason)),
        *problems,
        *missing,
        facts(
            [
                ("Started", _date(run.started)),
                ("Last recorded", _date(run.ended)),
                ("Steps", _steps(run)),
                *_trained(run),
                ("Run", run.id),
            ]
        ),
    )


def tasks_part(run: RunFacts) -> Markup:
    """Each task's rows, tokens and files."""
    rows = []
    asked = {task.name: task for task in run.recipe.tasks} if run.recipe is not None else {}
    for name in run.ready.tasks if run.ready is not None else asked:
        files = task_words(asked[name]) if name in asked else ("–", "–", "–")
        counts = [_count(of, name) for of in ((run.ready.rows, run.ready.tokens) if run.ready else ({}, {}))]
        rows.append((name, *counts, *files))
    headers = ("task", "training rows", "tokens", "training data", "held out", "weight")
    read = run.ready.data if run.ready is not None else {}
    return section(
        "Tasks",
        table("What it learned from", headers, rows),
        paragraphs(*(run.words(f"{name}: {said}") for name, said in read.items())),
    )


def recipe_part(run: RunFacts) -> Markup:
    """The recipe in words, and the TOML that trains it again."""
    decided = run.provenance.get("decided")
    words = recipe_words(run.recipe, decided if isinstance(decided, Mapping) else {}) if run.recipe else []
    toml = folded("The recipe's file; data files are named without their folders", code(run.toml)) if run.toml else ""
    return section("Recipe", facts(words), toml)


def base_part(run: RunFacts) -> Markup:
    """The base model, what identifies it, and its licence."""
    if run.base is None:
        return Markup("")
    known = [("Model", run.base.name), ("Commit" if run.base.is_hub else "Weights", run.base.revision)]
    if run.ready is not None:
        known.append(("Precision", run.ready.precision))
    return section("Base model and licence", facts(known), paragraphs(licence_sentence(run.licence)))


def versions_part(run: RunFacts) -> Markup:
    """The programs, and the machine without its name."""
    recorded, device = run.provenance, run.provenance.get("device")
    packages = recorded.get("packages")
    known = {"MixLoRA Studio": recorded.get("studio"), "Python": recorded.get("python")}
    known |= {"System": recorded.get("system")}
    if isinstance(device, Mapping):
        known |= {"Driver": device.get("driver")}
    if isinstance(packages, Mapping):
        known |= {str(name): version for name, version in packages.items() if name != "executable"}
    rows = [(name, str(version)) for name, version in known.items() if _is_said(version)]
    return section("Versions", table("With which it was trained", ("program", "version"), rows))


def _is_said(value: Any) -> bool:
    return isinstance(value, str | int | float) and bool(value)


def _trained(run: RunFacts) -> list[tuple[str, str]]:
    if (ready := run.ready) is None:
        return []
    share = percent_text(ready.trainable_parameters / max(1, ready.total_parameters))
    experts = f"{len(ready.layers)} × {ready.experts}" if ready.experts else ""
    routers = "Layers × experts" if experts and len(ready.layers) > 1 else "Experts"
    return [
        ("Method", f"{ready.method} ({ready.form})" if ready.form else ready.method),
        ("Trained", f"{count_text(ready.trainable_parameters)} parameters, {share} of all"),
        (routers, experts),
        ("Device", ready.device_name or ready.device),
    ]


def _count(counts: Mapping[str, int], name: str) -> str:
    return f"{counts[name]:,}" if name in counts else "–"


def _steps(run: RunFacts) -> str:
    total = run.state.total_steps
    return f"{run.state.step:,} of {total:,}" if total else f"{run.state.step:,}" if run.state.step else ""


def _date(seconds: float | None) -> str:
    """The day and minute, in this machine's time zone and with its distance from UTC."""
    if seconds is None:
        return ""
    try:
        return time.strftime("%Y-%m-%d %H:%M (UTC%z)", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return ""  # a damaged database's time
