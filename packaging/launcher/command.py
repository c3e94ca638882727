"""Runs an installing command: output into a log, large downloads on the screen, failure as a LaunchError."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launcher.problem import LaunchError, say

# What pip and uv print, what that means, what to do; in this order, because pip without a network also reports that no
# version was found. On Windows the words are in the user's language, the numbers of pip and uv are not.
SIGNS: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left on device|\[Errno 28\]|\[WinError (39|112)\]|\(os error (28|39|112)\)",
        "The disk is full.",
        "Free some gigabytes on the project's drive and on that of the temporary folder (TMPDIR, on Windows TEMP), and"
        " start again; what is already installed is kept.",
    ),
    (
        r"Long Path support|\[WinError 206\]|File name too long|\(os error 206\)",
        "A path became longer than this system allows.",
        "Move the project to a folder with a short name, such as C:\\mixlora, and start again.",
    ),
    (
        r"name resolution|NewConnectionError|\w+Timeout|Network is unreachable|getaddrinfo|ProxyError|timed out|"
        r"Connection (refused|reset)|Max retries|dns error|error sending request|IncompleteRead|CERTIFICATE_VERIFY",
        "The package index could not be reached, or the connection broke.",
        "Check the network (behind a proxy, set HTTPS_PROXY, PIP_CERT and SSL_CERT_FILE) and start again; the"
        " installation continues where it stopped.",
    ),
    (
        r"Permission denied|\[Errno 13\]|Access is denied|\[WinError (5|32)\]|Read-only file system|"
        r"\(os error (5|13|32)\)",
        "A file could not be written.",
        "Close programs that use .venv, or move the project to a folder that you can write to, and start again.",
    ),
    (
        r"No matching distribution|No solution found|not a supported wheel",
        "A package has no build for this system or this Python.",
        "Use a standard 64-bit Python, 3.11 to 3.14, on a system that the README lists.",
    ),
)

# Set for another Python, these would bring in its packages or send ours there.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
FOLDERS = ("MIXLORA_STUDIO_HOME", "HF_HOME")
TEXT: dict[str, Any] = {"stdin": subprocess.DEVNULL, "encoding": "utf-8", "errors": "replace"}


def environ_for(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables for what runs in .venv: the caller's, without those meant for another Python."""
    own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # The programs run in the project's folder, not where the caller wrote these paths.
    own |= {name: os.path.abspath(os.path.expanduser(own[name])) for name in FOLDERS if own.get(name)}  # noqa: PTH100, PTH111
    # A pip.conf may say "user = true", which pip refuses within an environment; uv has certificates of its own.
    return {**own, "PIP_USER": "0", "UV_SYSTEM_CERTS": "1", **(more or {})}


def ask(command: list[str], timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a short command for its output; a failure is in the answer's returncode, not raised."""
    environ = environ_for({"PYTHONUTF8": "1"})
    return subprocess.run(command, check=False, capture_output=True, timeout=timeout, env=environ, **TEXT)


def run(command: list[str], where: str, log: Path, cwd: Path) -> None:
    """Run to the end; raise LaunchError, naming `where`, if it fails."""
    lines: list[str] = []
    environ = environ_for({"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"})
    pipes = {**TEXT, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with log.open("a", encoding="utf-8") as book:
        book.write(f"\n$ {subprocess.list2cmdline(command)}\n")
        with subprocess.Popen(command, cwd=cwd, env=environ, **pipes) as process:
            for line in process.stdout or ():
                lines.append(line)
                book.write(line)
                if re.match(r"\s*Downloading .*\(\d\d+(\.\d+)? ?M", line):  # these explain a long wait
                    say(f"      {line.strip()}")
    if process.returncode != 0:
        raise diagnose("".join(lines), where, log)


def diagnose(output: str, where: str, log: Path) -> LaunchError:
    """Turn a failed command's output into what is wrong and what to do about it."""
    for pattern, what, remedy in SIGNS:
        if re.search(pattern, output, re.IGNORECASE):
            return LaunchError(where, what, f"{remedy} Full log: {log}")
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    # A build's own exception is more informative than pip's closing "error: metadata-generation-failed".
    errors = [line for line in lines if re.match(r"\w+Error: ", line)] or [
        line for line in lines if re.match("error", line, re.IGNORECASE)
    ]
    return LaunchError(
        where, f"It failed: {(errors or lines)[-1]}", f"Fix the cause shown in the log and start again: {log}"
    )
