"""The project's .venv: created, filled, and asked what it holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from launcher.command import ask, run
from launcher.problem import LaunchError, say

GIB = 1024**3


@dataclass(frozen=True)
class Environment:
    """`root` is the project's folder; everything is installed into `root/.venv`."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def constraints(self) -> Path:
        return self.root / "packaging" / "constraints.txt"

    @property
    def python(self) -> Path:
        return self.tool("python")

    def tool(self, name: str) -> Path:
        """The path of a program that is installed in the environment."""
        return self.folder / "Scripts" / f"{name}.exe" if os.name == "nt" else self.folder / "bin" / name

    def create(self) -> None:
        """Make an empty environment with the Python that runs this, in place of a broken one."""
        if self.folder.is_symlink():
            raise LaunchError(str(self.folder), "This is a link to a broken environment.", "Remove the link.")
        if self.folder.exists():
            say(f"The environment in {self.folder} is broken, too old or was moved; making it again.")
            shutil.rmtree(self.folder)
        made = ask([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", str(self.folder)])
        if made.returncode != 0:
            what = f"The virtual environment could not be created: {_last_line(made.stdout + made.stderr)}"
            remedy = "Check that this folder is writable and that the disk has room, and start again."
            raise LaunchError(str(self.folder), what, remedy)

    def need_room(self, gibibytes: float) -> None:
        """Refuse before gigabytes are downloaded in vain."""
        free = shutil.disk_usage(self.root).free / GIB
        if free < gibibytes:
            what = f"This drive has {free:.1f} GiB free; the installation needs {gibibytes:.0f}."
            raise LaunchError(str(self.root), what, "Free some room, or move the project to another drive.")

    def install(self, *arguments: str, what: str) -> None:
        """Run an installing module of the environment's Python; raises LaunchError that names `what`."""
        run([str(self.python), "-m", *arguments], f"installing {what}", self.folder / "install.log", self.root)

    def compile(self) -> None:
        """Compile what is installed, on all processors, but for the packages' own tests.

        What cannot be compiled is for another Python or a template, and is left alone. Where the system refuses the
        processes for it, that is said: Python then compiles each file when it is first imported.
        """
        program = "import compileall, re, sysconfig; compileall.compile_dir(sysconfig.get_path('purelib'), quiet=2, "
        program += r"workers=0, rx=re.compile(r'site-packages[/\\].*[/\\]tests?[/\\]'))"
        if failed := self.why_not(program):
            say(f"      That was not possible ({failed}), so the first start takes longer.")

    def python_version(self) -> tuple[int, int] | None:
        """The version of the environment's Python, or None if it or its pip does not start.

        It is started, because on Windows the environment's python.exe outlives the Python that it leads to.
        """
        said = self.asked("import sys, pip; print(*sys.version_info[:2])")
        major, _, minor = (said or "").partition(" ")
        return (int(major), int(minor)) if minor else None

    def installed(self, name: str) -> str | None:
        """The version of a package in the environment, or None."""
        return self.asked(f"from importlib.metadata import version; print(version({name!r}))")

    def asked(self, program: str) -> str | None:
        """What a short program prints in the environment's Python, or None if it fails."""
        try:
            answer = ask([str(self.python), "-I", "-c", program])
        except OSError:
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    def why_not(self, program: str, *arguments: str) -> str | None:
        """The last line of the error of a program that fails in the environment's Python, or None."""
        answer = ask([str(self.python), "-I", "-c", program, *arguments])
        return None if answer.returncode == 0 else _last_line(answer.stderr)

    def build_at_hand(self, pin: str) -> str | None:
        """The version of a torch build that pip finds without any index (its find-links), or None."""
        only_look = ["--dry-run", "--no-deps", "--no-index", "--ignore-installed", "--quiet", "--report", "-"]
        answer = ask([str(self.python), "-m", "pip", "install", *only_look, f"torch=={pin}"])
        return json.loads(answer.stdout)["install"][0]["metadata"]["version"] if answer.returncode == 0 else None

    def pinned(self, name: str) -> str:
        """The version in constraints.txt."""
        version = re.search(rf"^{re.escape(name)}==([^\s;]+)", self.constraints.read_text("utf-8"), re.MULTILINE)
        if version is None:
            raise LaunchError(str(self.constraints), f"{name} is not pinned.", "Restore the file.")
        return version[1]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no output"])[-1]
