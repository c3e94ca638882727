"""The project's .venv: made, filled with the pinned versions, checked, and mended when it is broken."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from launcher import whole
from launcher.command import ask, run
from launcher.machine import Machine
from launcher.problem import LaunchError, say
from launcher.system_packages import install as install_system_packages

GIB = 1024**3
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Environment:
    """`root` is the project's folder; everything that is installed lies in `root/.venv`."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def log(self) -> Path:
        return self.root / ".venv" / "install.log"

    @property
    def constraints(self) -> Path:
        return self.root / "packaging" / "constraints.txt"

    @property
    def python(self) -> Path:
        return self.tool("python")

    def tool(self, name: str) -> Path:
        """The path of a program that is installed in the environment."""
        return self.folder / "Scripts" / f"{name}.exe" if os.name == "nt" else self.folder / "bin" / name

    @property
    def python_version(self) -> tuple[int, int] | None:
        """The Python that the environment was made with and needs, or None where one of the two is gone.

        Told by two files, since every start asks: on Windows the environment's own python.exe is there long after
        the Python that it leads to was uninstalled.
        """
        try:
            text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        pairs = (line.partition("=") for line in text.splitlines())
        said = {key.strip(): value.strip() for key, _, value in pairs}
        version = re.match(r"(\d+)\.(\d+)", said.get("version", said.get("version_info", "")))
        if version is None or not self.python.exists() or _is_gone(said.get("home", "/nowhere")):
            return None
        return int(version[1]), int(version[2])

    def why_broken(self) -> str | None:
        """Start the environment's Python and its pip; say what is wrong with them, or None."""
        found = self.python_version
        if found is None:
            return "its Python is gone"
        if found < OLDEST_PYTHON:
            return f"it belongs to Python {found[0]}.{found[1]}"
        try:
            answer = ask([str(self.python), "-c", "import pip"], timeout=120)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"its Python does not start ({error})"
        return None if answer.returncode == 0 else "its Python or its pip does not start"

    def create(self, machine: Machine) -> None:
        """Make an empty environment with the Python that runs this."""
        _need_venv_module(machine)
        base = getattr(sys, "_base_executable", None) or sys.executable
        made = ask([base, "-m", "venv", str(self.folder)])
        if made.returncode != 0:
            lines = (made.stdout + made.stderr).strip().splitlines() or ["it said nothing"]
            raise LaunchError(
                str(self.folder),
                f"The virtual environment could not be made: {lines[-1]}",
                "Check that this folder may be written to and the disk has room, and start again.",
            )

    def delete(self) -> None:
        """Remove the environment; refuses when it is really a link to somewhere else."""
        if self.folder.is_symlink():
            raise LaunchError(str(self.folder), "This is a link, and what it points to is broken.", "Remove the link.")
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise LaunchError(
                str(self.folder),
                f"The broken environment cannot be removed ({error}).",
                "Close what uses it, delete it.",
            ) from error

    def need_room(self, gibibytes: float) -> None:
        """Refuse before gigabytes are fetched for nothing."""
        free = shutil.disk_usage(self.root).free / GIB
        if free < gibibytes:
            raise LaunchError(
                str(self.root),
                f"{free:.1f} GiB are free on this drive; the installation needs {gibibytes:.0f}.",
                "Free some room, or move the project to another drive, and start again.",
            )

    def pip(self, *arguments: str, what: str) -> None:
        """Run `pip install` with the pins; raises LaunchError that names `what`."""
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
        run(command, f"installing {what}", self.log, self.root)

    def build_at_hand(self, pin: str) -> str | None:
        """The version of a torch build that pip finds without any index (its find-links), or None."""
        only_look = ["--dry-run", "--no-deps", "--no-index", "--ignore-installed", "--quiet", "--report", "-"]
        answer = ask([str(self.python), "-m", "pip", "install", *only_look, f"torch=={pin}"])
        if answer.returncode != 0:
            return None
        return str(json.loads(answer.stdout)["install"][0]["metadata"]["version"])

    def installed(self, name: str) -> str | None:
        """The version of a package in the environment, or None."""
        question = f"from importlib.metadata import version; print(version({name!r}))"
        answer = ask([str(self.python), "-c", question])
        return answer.stdout.strip() if answer.returncode == 0 else None

    def lacking(self) -> list[str]:
        """What is missing from the packages that are there, one line each."""
        answer = ask([str(self.python), "-I", str(whole.__file__)])
        if answer.returncode != 0:
            return answer.stderr.strip().splitlines()[-1:] or ["its Python fails"]
        return answer.stdout.splitlines()


def _is_gone(folder: str) -> bool:
    """Whether a folder is not there; one that may not be looked into, as the Microsoft Store's Python lies in, is."""
    try:
        Path(folder).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _need_venv_module(machine: Machine) -> None:
    """Debian keeps ensurepip, without which `python -m venv` fails, in a package of its own."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    package = f"python{machine.python[0]}.{machine.python[1]}-venv"
    if machine.may_install:
        say(f"Python's venv module is missing: installing {package}.")
        install_system_packages([package])
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip"):
            return
    raise LaunchError(
        sys.executable,
        "This Python lacks the modules that make virtual environments (venv, ensurepip).",
        f"On Debian or Ubuntu: sudo apt-get install {package}. Elsewhere: install Python from its official installer.",
    )
