"""Processes of the studio that are forked from one that has torch imported, instead of importing it for seconds.

In every other respect they are what `subprocess.Popen` would have started: a number and a command line of their own,
the variables, folder, files and session that were asked for, and a module that runs as `__main__`. Only what is
imported beforehand, and the seed of strings' hashes, are not as in a fresh process, so tests of that, of a start itself
and of whole paths take real ones. A process is forked only where those of its variables that Python and libraries read
at import are this session's; else, and wherever `may_fork` says so, it is started really.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

from studio.core.process import own_input
from studio.core.process.library_environment import DEFAULTS, quiet_libraries
from studio.core.process.start_worker import PYTHON

REAL = subprocess.Popen
ROOT = Path(__file__).parents[1]
MODULES = (
    "studio.worker.run", "studio.worker.desk", "studio.data.row_process", "studio.cli",
    "tests.training.crew.fleet", "tests.training.kill_server", "tests.methods.two_processes", "tests.bench.card",
    "tests.bench.card_trial", "tests.bench.bench_step", "tests.bench.card_profile", "tests.bench.bench_layer",
    "tests.bench.bench_decode", "tests.bench.bench_plan_cuda",
)  # fmt: skip
"""What may be forked, by what follows `python -m`: not those that are looked for among a process's children."""

SCRIPT_OF_OURS = "fresh_process.py"
"""What may be forked of all that `own_input` runs: others show what happens where nothing of ours is imported."""

IMPORTED = (
    "studio.training.run", "studio.training.session", "studio.training.together.run", "studio.evaluation.try_adapter",
    "studio.export.formats", "torch.distributed.elastic.multiprocessing", "torch.distributed.launcher.api",
    "transformers.models.llama.modeling_llama", "datasets", "peft.tuners.lora.bnb", "numpy.ctypeslib",
    "studio.worker.several_runs", "studio.worker.crew_launch", "studio.cli.app", "studio.cli.progress",
    "studio.export.offers",
)  # fmt: skip

GPUS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""One of these is there where torch may find a GPU: NVIDIA's, Windows' below Linux, AMD's."""

READ_AT_IMPORT = (
    "ACCELERATE", "BNB", "CUDA", "HF_", "HUGGINGFACE", "LD_", "MKL", "OMP", "PYTHON", "PYTORCH", "TOKENIZERS",
    "TORCH_HOME", "TORCHINDUCTOR", "TRANSFORMERS", "TRITON", "XDG", "HOME",
)  # fmt: skip
"""How the names of variables begin that Python and the libraries read at import."""

PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); import tests.forking as f; f.serve(*sys.argv[1:3])"
QUIET = ["-W", "ignore"]
ROOM = 4096  # bytes for a forked process's command line, which takes the place of the server's


def may_fork() -> bool:
    """Whether this is Linux without a GPU: bitsandbytes asks a GPU when imported, and CUDA starts in no fork after."""
    return sys.platform == "linux" and not any(Path(each).exists() for each in GPUS)


class Server:
    """Starts what forks, once something is to be forked, and ends it."""

    def __init__(self, imported: Sequence[str]) -> None:
        self._imported = imported
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="studio-forks-", ignore_cleanup_errors=True)
        self.at = str(Path(self._folder.name, "server"))
        # Kept now, before a test sets its own: a PYTHONPATH with a sitecustomize would be in all that is forked.
        self._environment = os.environ | PYTHON
        self.variables = read_at_import(self._environment)

    def started(self) -> str:
        """The path of its socket, once it listens there."""
        if self._process is None:
            command = [sys.executable, "-c", PROGRAM, str(ROOT), self.at, ",".join(self._imported), "." * ROOM]
            pipe = subprocess.PIPE
            # The real one, whatever stands in its place.
            self._process = REAL(command, stdin=pipe, stdout=pipe, env=self._environment, start_new_session=True)
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == b"ready\n"
        return self.at

    def end(self) -> None:
        if self._process is not None:
            with self._process as process:
                assert process.stdin is not None
                process.stdin.close()
                assert process.wait(60) == 0
        self._folder.cleanup()


@dataclass(frozen=True)
class Here:
    """The server, as seen from what it forked."""

    at: str
    variables: Mapping[str, str]

    def started(self) -> str:
        return self.at


class Forked(REAL):  # type: ignore[type-arg]
    """A process that the server forked where it may, else one as ever.

    It is no child of ours, so what waits for one asks the server instead.
    """

    server: Server | Here
    _said: Any = None  # what the server says: the number, and at the end the status

    def _execute_child(self, *arguments: Any) -> None:
        asked = signature(super()._execute_child).bind(*arguments).arguments  # type: ignore[misc]
        environment = {**(os.environ if asked["env"] is None else asked["env"])}
        module = module_of(asked["args"])
        same = read_at_import(environment) == self.server.variables and brings_nothing(
            environment.get("PYTHONPATH", "")
        )
        if module is None or not same or asked["preexec_fn"]:
            return super()._execute_child(*arguments)  # type: ignore[misc,no-any-return]
        order = {
            "words": [os.fspath(word) for word in asked["args"]],
            "module": module,
            "folder": os.fspath(asked["cwd"] or Path.cwd()),
            "environment": environment,
            "session": asked["start_new_session"],
        }
        given = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        with socket.socket(socket.AF_UNIX) as asking:
            with short_path(self.server.started()) as at:
                asking.connect(at)
            self._said = asking.makefile("rwb", buffering=0)
            socket.send_fds(asking, [b"."], [place if own == -1 else own for place, own in enumerate(given)])
            asking.sendall(json.dumps(order).encode() + b"\n")
        self.pid = int(self._said.readline())
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(asked[name] for name in pipes))  # type: ignore[attr-defined]

    @property
    def forked(self) -> bool:
        """Whether the server forked it."""
        return self._said is not None

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._said is None:
            return super()._try_wait(wait_flags)  # type: ignore[misc,no-any-return]
        if wait_flags & os.WNOHANG and not select.select([self._said], [], [], 0)[0]:
            return 0, 0
        said = self._said.readline()
        self._said.close()
        return self.pid, int(said or signal.SIGKILL)

    def _internal_poll(self, _deadstate: int | None = None, **_: Any) -> int | None:
        if self._said is None:
            return super()._internal_poll(_deadstate)  # type: ignore[misc,no-any-return]
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def module_of(words: Any) -> str | None:
    """The module that this command runs and that may be forked, or None."""
    if isinstance(words, (str, bytes)) or words[0] != sys.executable:
        return None
    after = [word for word in words[1:] if word != "-u"]
    after = after[2:] if after[:2] == QUIET else after
    if after[:2] == ["-P", own_input.__file__] and Path(after[2]).name == SCRIPT_OF_OURS:
        return own_input.__name__
    return after[1] if after[:1] == ["-m"] and after[1] in MODULES else None


def read_at_import(environment: Mapping[str, str]) -> dict[str, str]:
    """Those variables that decide what an import does, the studio's own settings of libraries aside."""
    found = {name: value for name, value in environment.items() if name.startswith(READ_AT_IMPORT)}
    aside = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTORCH_ALLOC_CONF")  # the first two are heeded after the fork
    return {name: value for name, value in found.items() if name not in aside and DEFAULTS.get(name) != value}


def brings_nothing(path: str) -> bool:
    """Whether a PYTHONPATH holds nothing that is imported already in another version: it may have a sitecustomize."""
    places = [Path(each) for each in path.split(os.pathsep) if each]
    return all(each.samefile(ROOT) or not (each / "studio").exists() for each in places if each.is_dir())


@contextmanager
def short_path(at: str) -> Iterator[str]:
    """The same socket by a path of less than the 108 bytes that a socket's may have; a TMPDIR may be longer."""
    folder = os.open(Path(at).parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{Path(at).name}"
    finally:
        os.close(folder)


@contextmanager
def forking(imported: Sequence[str] = IMPORTED) -> Iterator[type[Forked]]:
    """The class that takes the place of `subprocess.Popen`; its server starts with the first process and ends here."""
    server = Server(imported)
    try:
        yield type("Forked", (Forked,), {"server": server})
    finally:
        server.end()


def serve(at: str, imported: str) -> None:
    """Fork what is asked for at the socket `at` until standard input ends; returns in a forked process at its end."""
    sys.path.remove(str(ROOT))
    here = Here(at, read_at_import(os.environ))
    # What is forked starts others in the same way.
    subprocess.Popen = type("Forked", (Forked,), {"server": here})  # type: ignore[misc]
    quiet_libraries(os.cpu_count())
    for name in filter(None, imported.split(",")):
        importlib.import_module(name)
    if "transformers" in sys.modules:
        # Made of a thousand patterns when the first model is loaded.
        importlib.import_module("transformers.conversion_mapping").get_checkpoint_conversion_mapping("llama")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        with short_path(at) as short:
            listening.bind(short)
        listening.listen(64)
        os.write(1, b"ready\n")
        while True:
            readable = select.select([listening, 0], [], [])[0]
            if 0 in readable:
                return
            asking = listening.accept()[0]
            if os.fork() == 0:
                break
            asking.close()
    # From here on in a process of its own, which waits for the one that it forks and says how that ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    files = socket.recv_fds(asking, 1, 3)[1]
    said = asking.makefile("rwb")
    order = json.loads(said.readline())
    named, naming = os.pipe()
    pid = os.fork()
    if pid:
        os.close(naming)
        os.read(named, 1)  # whoever asked may look at its command line at once
        os.close(named)
        for file in files:
            os.close(file)
        with suppress(OSError):  # whoever asked may not wait
            said.write(b"%d\n" % pid)
            said.flush()
        status = os.waitpid(pid, 0)[1]
        with suppress(OSError):
            said.write(b"%d\n" % status)
            said.flush()
        os._exit(0)
    os.close(named)
    said.close()
    asking.close()
    become(order, files, naming)


def become(order: dict[str, Any], files: Sequence[int], naming: int) -> None:
    """Do in this process what was asked for; `naming` is closed once it has its command line."""
    if order["session"]:
        os.setsid()
    for place, file in enumerate(files):
        os.dup2(file, place)
    for file in {*files} - {0, 1, 2}:
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    name_this_process(order["words"])
    os.close(naming)
    # As in Python's UTF-8 mode, which is part of every environment that is forked.
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for place, name, errors in ((1, "stdout", "surrogateescape"), (2, "stderr", "backslashreplace")):
        # A text stream that writes through still leaves it to a buffer below: unbuffered, there is none.
        file = open(place, "wb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
        lines = place == 2 and not unbuffered
        stream = io.TextIOWrapper(file, "utf-8", errors, line_buffering=lines, write_through=unbuffered)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    if order["words"][1:3] == QUIET:
        warnings.simplefilter("ignore")
    random.seed()
    sys.modules["numpy"].random.seed()
    sys.orig_argv = order["words"]
    words = order["words"]
    after = words.index(order["module"] if order["module"] in words else own_input.__file__)
    sys.argv = [order["module"], *words[after + 1 :]]
    heed_python_path(os.environ.get("PYTHONPATH", ""))
    if (brought := sys.modules.get(order["module"])) is not None and not hasattr(brought, "__path__"):
        del sys.modules[order["module"]]  # one of IMPORTED imported it
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def heed_python_path(path: str) -> None:
    """Look for modules where this says, and begin with the first `sitecustomize` there, as Python does."""
    sys.path[:0] = [each for each in path.split(os.pathsep) if each and each not in sys.path]
    for file in [Path(each, "sitecustomize.py") for each in path.split(os.pathsep) if each]:
        if file.is_file():
            sys.modules.pop("sitecustomize", None)
            importlib.import_module("sitecustomize")
            return


def name_this_process(words: Sequence[str]) -> None:
    """Give this process the command line `words`, with an option of Python's that fills the old one's room."""
    numbers = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    start, end = int(numbers[45]), int(numbers[46])
    own = [os.fsencode(word) for word in words]
    spare = end - start - len(b"\0".join([own[0], b"-X", b"", *own[1:]])) - 1
    if spare <= 0:
        raise ValueError(f"A command line of more than {ROOM} bytes: {words}")
    line = b"\0".join([own[0], b"-X", b"." * spare, *own[1:]]) + b"\0"
    ctypes.memmove(start, line, len(line))
