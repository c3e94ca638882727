"""Job files for Slurm and SkyPilot: they train the same recipe, and their engines would take them."""

from __future__ import annotations

import os
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

SKYPILOT_PYTHON = "MIXLORA_STUDIO_SKYPILOT_PYTHON"
"""A Python that has SkyPilot, in an environment of its own: it pins versions that ours do not have."""


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


def test_that_skypilots_own_schema_takes_the_job_and_not_a_misspelt_one(cli: CommandLine, recipe: Path) -> None:
    python = os.environ.get(SKYPILOT_PYTHON, sys.executable)
    job = _printed(cli, recipe, "--launcher", "skypilot")

    def checked(text: str) -> subprocess.CompletedProcess[str]:
        command = [python, str(Path(__file__).with_name("skypilot_schema.py"))]
        return subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)

    done = checked(job)
    if done.returncode == 3:
        pytest.skip(f"no SkyPilot in {python}: name one that has it by {SKYPILOT_PYTHON}")
    assert done.returncode == 0, done.stderr
    assert checked(job.replace("accelerators:", "acelerators:")).returncode not in (0, 3)
    assert checked(job.replace("num_nodes: 1", "num_nodes: none")).returncode not in (0, 3)


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
