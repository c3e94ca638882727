"""Job files for engines that run programs on other machines: the same recipe, to look at and to submit."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Literal

import studio
from studio.core.problem import ProblemError
from studio.core.recipe.machine_table import MEETING_VARIABLE
from studio.core.recipe.recipe import Recipe
from studio.core.run.run_folder import slug

Launcher = Literal["slurm", "skypilot"]

PORT = 29_500  # where the processes of several machines meet
CORES_A_PROCESS = 4
SECONDS_TO_SAVE = 120  # before the time is up, in which a step ends and its checkpoint is written
ANY_OF = ("L4", "L40S", "A100", "H100")
"""Cards of which SkyPilot takes the cheapest that it finds; in all of them bfloat16 is fast."""


def job_file(launcher: Launcher, recipe: Recipe, file: Path, runs: Path, overrides: list[str]) -> str:
    """The job file that trains `recipe`, read from `file` with `overrides`; raises ProblemError where none can."""
    return _slurm(recipe, file, runs, overrides) if launcher == "slurm" else _skypilot(recipe, file, overrides)


def _slurm(recipe: Recipe, file: Path, runs: Path, overrides: list[str]) -> str:
    machine, name = recipe.machine, slug(recipe.name)
    on_cards = machine.device not in ("cpu", "mps")
    options = {
        "job-name": name,
        "nodes": machine.nodes,
        "ntasks-per-node": 1,
        **({"gpus-per-node": machine.processes} if on_cards else {}),
        "cpus-per-task": CORES_A_PROCESS * machine.processes,
        "time": "24:00:00",
        "signal": f"TERM@{SECONDS_TO_SAVE}",
        "output": f"{name}-%j.log",
    }
    sets, met = [f"--set {shlex.quote(each)}" for each in overrides], list[str]()
    if machine.nodes > 1 and not machine.rendezvous:
        sets.append(f'--set machine.rendezvous="$(hostname):{PORT}"')
        # A job that continues the run may have other machines than the one that began it.
        met = [f'export {MEETING_VARIABLE}="$(hostname):{PORT}"']
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH --{option}={value}" for option, value in options.items()),
        "# Before the time is up, all processes are asked to end: the run stops with a checkpoint, and the same job",
        "# with the run's folder, `sbatch JOB RUN`, continues it.",
        "set -euo pipefail",
        "# Activate here the environment that MixLoRA Studio is installed in; the folders are seen by all nodes.",
        f"recipe={shlex.quote(str(file))}",
        f"runs={shlex.quote(str(runs))}",
        "run=${1:-}",
        'if [ -z "$run" ]; then',
        '  run=$(mixlora-studio train "$recipe" --runs "$runs" --prepare' + "".join(f" {each}" for each in sets) + ")",
        "fi",
        *met,
        # Said again: since Slurm 22.05 srun does not take this from the job, and all processes would share one core.
        f'srun --cpus-per-task={options["cpus-per-task"]} python3 -P -m studio.worker.run "$run"',
    ]
    return "\n".join(lines) + "\n"


def _skypilot(recipe: Recipe, file: Path, overrides: list[str]) -> str:
    machine = recipe.machine
    if machine.nodes > 1:
        raise ProblemError.at(
            "machine.nodes", "the machines that SkyPilot starts see no folder in common.", "Set it to 1."
        )
    mounts = {"~/recipe": str(file.parent), **_elsewhere(recipe, file.parent)}
    cards = {} if machine.device == "cpu" else dict.fromkeys(ANY_OF, machine.processes)
    sets = "".join(f" --set {shlex.quote(each)}" for each in overrides)
    setup = ["python3 -m venv ~/studio", "~/studio/bin/python -m pip install -c packaging/constraints.txt ."]
    run = [f"~/studio/bin/mixlora-studio train ~/recipe/{shlex.quote(file.name)} --runs ~/runs{sets}"]
    lines = [
        "# sky launch -c studio JOB.yaml; then, also while it trains: rsync -a studio:runs/ RUNS/",
        f"name: {json.dumps(slug(recipe.name))}",
        f"workdir: {json.dumps(str(Path(studio.__file__).resolve().parents[1]))}",
        "num_nodes: 1",
        "resources:",
        f"  cpus: {json.dumps(f'{CORES_A_PROCESS * machine.processes}+')}",
        *(["  accelerators:", *(f"    {card}: {count}" for card, count in cards.items())] if cards else []),
        "file_mounts:",
        *(f"  {json.dumps(there)}: {json.dumps(here)}" for there, here in mounts.items()),
        "setup: |",
        *(f"  {line}" for line in setup),
        "run: |",
        *(f"  {line}" for line in run),
    ]
    return "\n".join(lines) + "\n"


def _elsewhere(recipe: Recipe, folder: Path) -> dict[str, str]:
    """Files and folders outside the recipe's own, which lie at the same place on the machine that is started."""
    named = [recipe.model.source, recipe.model.adapter or ""]
    for task in recipe.tasks:
        named += [str(each) for each in (task.train, task.evaluate) if isinstance(each, str | Path)]
    paths = [Path(each) for each in named if each and Path(each).is_absolute() and Path(each).exists()]
    return {str(path): str(path) for path in paths if not path.is_relative_to(folder)}
