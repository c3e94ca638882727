"""Job files for Slurm and SkyPilot: they train the same recipe, and their engines would take them."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from studio.core.recipe.recipe_file import load_recipe
from tests.cli.conftest import CommandLine

SBATCH = {
    "account", "array", "begin", "chdir", "comment", "constraint", "cpus-per-gpu", "cpus-per-task", "dependency",
    "error", "exclude", "exclusive", "export", "gpus", "gpus-per-node", "gpus-per-task", "gres", "hint", "hold",
    "input", "job-name", "mail-type", "mail-user", "mem", "mem-per-cpu", "mem-per-gpu", "nice", "nodelist", "nodes",
    "ntasks", "ntasks-per-core", "ntasks-per-gpu", "ntasks-per-node", "open-mode", "output", "partition", "qos",
    "requeue", "reservation", "signal", "switches", "time", "time-min", "tmp", "verbose", "wait", "wrap",
}  # fmt: skip
"""Options of sbatch, from its manual."""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    folder = tmp_path / "my recipes"
    folder.mkdir()
    (folder / "rows.jsonl").write_text('{"prompt": "a", "completion": "b"}\n', encoding="utf-8")
    file = folder / "three tasks.toml"
    file.write_text(
        'name = "three tasks"\n[[tasks]]\nname = "rows"\ntrain = "rows.jsonl"\n[machine]\nprocesses = 4\n',
        encoding="utf-8",
    )
    return file


def _printed(cli: CommandLine, recipe: Path, *options: str) -> str:
    done = cli("train", recipe, *options, "--print")
    assert done.code == 0, done.err
    return done.out


@pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32",  # Windows' own bash.exe starts another system
    reason="there is no bash to check the file with",
)
def test_that_a_slurm_job_is_bash_and_asks_sbatch_for_what_it_knows(cli: CommandLine, runs: Path, recipe: Path) -> None:
    job = _printed(cli, recipe, "--launcher", "slurm", "--set", "machine.nodes=2")
    assert subprocess.run(["bash", "-n"], input=job, text=True, check=False).returncode == 0
    asked = dict(line.removeprefix("#SBATCH --").split("=") for line in job.splitlines() if line.startswith("#SBATCH"))
    assert set(asked) <= SBATCH
    assert (asked["nodes"], asked["ntasks-per-node"], asked["gpus-per-node"]) == ("2", "1", "4")
    # The shell reads the very paths, whatever is in them, and each machine runs one worker of the one run.
    stubs = "mixlora-studio() { printf '<%s>' \"$@\" >&2; echo the-run; }; srun() { printf '[%s]' \"$@\"; }\n"
    shown = subprocess.run(["bash"], input=stubs + job, capture_output=True, text=True, check=True)
    host = subprocess.run(["bash", "-c", "hostname"], capture_output=True, text=True, check=True).stdout.strip()
    wanted = ("train", str(recipe), "--runs", str(runs), "--prepare")
    sets = ("--set", "machine.nodes=2", "--set", f"machine.rendezvous={host}:29500")
    assert shown.stderr == "".join(f"<{word}>" for word in wanted + sets)
    worker = "[--cpus-per-task=16][python3][-P][-m][studio.worker.run]"
    assert shown.stdout == f"{worker}[the-run]"
    assert asked["cpus-per-task"] == "16"
    # The same job with a run's folder continues it, on whichever machines it is given.
    again = stubs + job + 'printf "%s" "$MIXLORA_STUDIO_MEETING"\n'
    shown = subprocess.run(["bash", "-s", "my run"], input=again, capture_output=True, text=True, check=True)
    assert (shown.stderr, shown.stdout) == ("", f"{worker}[my run]{host}:29500")


def test_that_a_skypilot_job_mounts_the_recipe_and_trains_it(cli: CommandLine, recipe: Path) -> None:
    job = yaml.safe_load(_printed(cli, recipe, "--launcher", "skypilot"))
    assert job["file_mounts"] == {"~/recipe": str(recipe.parent)}
    assert set(job["resources"]["accelerators"].values()) == {4}
    assert "mixlora-studio train ~/recipe/'three tasks.toml' --runs ~/runs" in job["run"]
    assert (Path(job["workdir"]) / "packaging" / "constraints.txt").is_file()


@pytest.mark.skipif(importlib.util.find_spec("sky") is None, reason="SkyPilot is not installed")
def test_that_skypilots_own_schema_takes_the_job(cli: CommandLine, recipe: Path) -> None:
    jsonschema, schemas = importlib.import_module("jsonschema"), importlib.import_module("sky.utils.schemas")
    job = yaml.safe_load(_printed(cli, recipe, "--launcher", "skypilot"))
    jsonschema.validate(job, schemas.get_task_schema())
    jsonschema.validate(job["resources"], schemas.get_resources_schema())


def test_that_several_machines_without_a_common_folder_are_a_problem(cli: CommandLine, recipe: Path) -> None:
    sets = ("--set", "machine.nodes=2", "--set", "machine.rendezvous=a:29500")
    done = cli("train", recipe, "--launcher", "skypilot", "--print", *sets)
    assert done.code == 2
    assert "machine.nodes" in done.err


def test_that_a_job_file_is_only_printed_and_a_run_only_prepared(cli: CommandLine, recipe: Path, runs: Path) -> None:
    assert cli("train", recipe, "--launcher", "slurm").code == 2
    assert not runs.exists()
    done = cli("train", recipe, "--prepare", "--set", "seed=7")
    assert done.code == 0, done.err
    (run,) = runs.iterdir()
    assert done.out.strip() == str(run)
    assert load_recipe(run / "recipe.toml").seed == 7
    assert not (run / "worker.start").exists()
