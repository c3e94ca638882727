"""An adapted model handed to lm-eval, the field's usual harness, and what that measures."""

from __future__ import annotations

import importlib.util
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.error_text import first_line, system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.said import words_of
from studio.core.words import listed, tr
from studio.evaluation.progress import Progress

YAML = (".yaml", ".yml")
_NAME = re.compile(r"""^(?:task|group):[ \t]*(["']?)([^"'\s#]+)\1""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HarnessTasks:
    """Tasks as lm-eval names them, each with the place that it was asked by, and folders with further definitions."""

    names: tuple[str, ...]
    folders: tuple[Path, ...]


def check_harness() -> None:
    """Raise ProblemError where lm-eval is not installed; imports nothing."""
    if importlib.util.find_spec("lm_eval") is None:
        raise ProblemError.at(
            "--harness",
            tr("lm-eval is not installed."),
            tr('Install it beside the studio: pip install "mixlora-studio[harness]".'),
        )


def harness_tasks(asked: str) -> HarnessTasks:
    """Tasks from a list divided by commas: lm-eval's own names, or .yaml files of tasks.

    Raises ProblemError where lm-eval is not installed, and for a file that is not there or defines no task.
    """
    check_harness()
    names, folders, problems = [], [], []
    for part in (part.strip() for part in asked.split(",")):
        if not part.lower().endswith(YAML):
            names += [part] if part else []
            continue
        file = Path(part).absolute()
        try:
            names.append(_task_in(file))
            folders.append(file.parent)
        except ValueError as error:
            problems.append(
                Problem(f"--harness {part}", words_of(error), tr("Name a task of lm-eval, or its .yaml file."))
            )
    ProblemError.raise_any(problems)
    if not names:
        raise ProblemError.at(
            "--harness", tr("it names no task."), tr("Name tasks of lm-eval, such as arc_easy,boolq.")
        )
    return HarnessTasks(tuple(names), tuple(dict.fromkeys(folders)))


def _task_in(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(tr("it is not UTF-8 text.")) from None
    except OSError as error:
        raise ValueError(tr("it cannot be read ({error}).", error=system_reason(error))) from None
    # lm-eval's own loader knows more of YAML (!function) than a name needs.
    named = _NAME.search(text)
    if named is None:
        raise ValueError(tr("it has no line `task: NAME`."))
    return named[2]


def harness_scores(
    model: Any,
    tokenizer: Any,
    tasks: HarnessTasks,
    progress: Progress,
    rows: int | None = None,
    chat_template: bool = False,
    rows_at_once: int = 16,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """lm-eval's figures: {task: {metric: {value, stderr, rows}}}, on at most `rows` rows of each task.

    The model and tokenizer are used as they are loaded. Raises ProblemError where lm-eval does not know a task, or
    cannot fetch its data.
    """
    check_harness()
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    known = TaskManager(include_path=[str(folder) for folder in tasks.folders] or None)
    unknown = [name for name in tasks.names if name not in known.all_tasks]
    if unknown:
        raise ProblemError.at(
            "--harness",
            tr("lm-eval knows no {tasks}.", tasks=listed(unknown)),
            tr("Its own list: python -m lm_eval ls tasks; your own task goes by its .yaml file."),
        )
    progress(tr("lm-eval scores {tasks}", tasks=", ".join(tasks.names)))
    was_training = model.training
    model.eval()
    try:
        found = simple_evaluate(
            model=HFLM(pretrained=model, tokenizer=tokenizer, batch_size=rows_at_once),
            tasks=list(tasks.names),
            task_manager=known,
            limit=rows,
            apply_chat_template=chat_template,
            log_samples=False,
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ProblemError.at(
            "--harness",
            tr("lm-eval could not score ({kind}: {error}).", kind=type(error).__name__, error=first_line(error)),
            tr("lm-eval's tasks fetch data from the hub: check the connection, or name a .yaml file with local data."),
        ) from error
    finally:
        model.train(was_training)
    return _figures(found or {})


def _figures(found: dict[str, Any]) -> dict[str, dict[str, dict[str, float | None]]]:
    """lm-eval keys a figure by "metric,filter", and its error by "metric_stderr,filter"."""
    counts = found.get("n-samples", {})
    told: dict[str, dict[str, dict[str, float | None]]] = {}
    for task, values in found.get("results", {}).items():
        told[task] = {}
        for key, value in values.items():
            metric, _, chosen = key.partition(",")
            if not chosen or metric.endswith("_stderr") or not isinstance(value, (int, float)):
                continue
            stderr = values.get(f"{metric}_stderr,{chosen}")
            name = metric if chosen == "none" else f"{metric} ({chosen})"
            told[task][name] = {
                "value": float(value),
                "stderr": float(stderr) if isinstance(stderr, (int, float)) and math.isfinite(stderr) else None,
                "rows": counts.get(task, {}).get("effective"),
            }
    return told
