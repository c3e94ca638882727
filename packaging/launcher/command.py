"""Runs an installing command: its words into a log, its progress on the screen, its failure as a Problem."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from launcher.problem import LaunchError, say

Answer = subprocess.CompletedProcess[str]
PROGRESS = re.compile(r"^\s*(Collecting|Downloading|Building|Installing|Resolved|Prepared|Installed|Successfully) ?.*")

# Looked for in this order: a dead network also makes pip say that a version cannot be found. On Windows the words are
# the user's language, the numbers are not: pip's WinError, and uv's "os error".
SIGNS: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left on device|not enough space on the disk|\[Errno 28\]|\[WinError 112\]|\(os error (28|39|112)\)",
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
        r"name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|Network is unreachable|getaddrinfo|"
        r"ProxyError|Could not connect|Connection refused|Connection reset|Max retries|dns error|"
        r"error sending request|IncompleteRead|timed out",
        "The package index could not be reached, or the connection broke.",
        "Check the network (behind a proxy, set HTTPS_PROXY) and start again; it goes on where it stopped.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|invalid peer certificate",
        "The package index's certificate is not trusted here.",
        "Behind a company proxy, point PIP_CERT and SSL_CERT_FILE at its certificate bundle and start again.",
    ),
    (
        r"Permission denied|\[Errno 13\]|Access is denied|\[WinError (5|32)\]|Read-only file system|"
        r"\(os error (5|13|32)\)",
        "A file could not be written.",
        "Close programs that use this folder's .venv, or move the project to a folder that you may write to.",
    ),
    (
        r"No matching distribution found|No solution found|not a supported wheel|user requested \(constraint\)",
        "A pinned package was not found: no index was reached, or it has no build for this Python or this machine.",
        "Check the network, and use a Python of 64 bits, 3.11 to 3.14; the log names the package.",
    ),
)


# What a person set for another Python: it would let packages of that one in, or send ours there.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")


FOLDERS = ("MIXLORA_STUDIO_HOME", "HF_HOME")


def environ_for(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables for what runs in the environment: the caller's, without those meant for another Python."""
    own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # What is started stands in the project's folder, not where these were written.
    own |= {name: os.path.abspath(os.path.expanduser(own[name])) for name in FOLDERS if own.get(name)}  # noqa: PTH100, PTH111
    # A pip.conf may say "user = true", which pip refuses within an environment.
    return {**own, "PIP_USER": "0", **(more or {})}


def ask(command: list[str], timeout: float | None = None, environ: dict[str, str] | None = None) -> Answer:
    """Run a short command for what it says; never raises for how it ends, see the answer's returncode."""
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        env=environ_for({**(environ or {}), "PYTHONUTF8": "1"}),
    )


def diagnose(output: str, where: str, log: Path) -> LaunchError:
    """Turn a failed command's output into what is wrong and what to do about it."""
    for pattern, what, remedy in SIGNS:
        if re.search(pattern, output, re.IGNORECASE):
            return LaunchError(where, what, f"{remedy} Full log: {log}")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # A build's own exception says more than pip's closing "error: metadata-generation-failed".
    errors = [line for line in lines if re.match(r"\w*Error: ", line)] or [
        line for line in lines if line.lower().startswith("error")
    ]
    last = (errors or lines or ["it said nothing"])[-1]
    return LaunchError(where, f"It failed: {last}", f"Read the log, mend that, and start again: {log}")


def run(command: list[str], where: str, log: Path, cwd: Path, environ: dict[str, str] | None = None) -> str:
    """Run to the end and return the output; raise LaunchError, naming `where`, when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with log.open("a", encoding="utf-8") as book:
        book.write(f"\n$ {subprocess.list2cmdline(command)}\n")
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environ_for({**(environ or {}), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise LaunchError(
                where, f"{command[0]} cannot be started: {error}.", "Delete .venv and start again."
            ) from error
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                book.write(line)
                _show_progress(line.strip())
    _show_progress("")
    if process.returncode != 0:
        raise diagnose("".join(lines), where, log)
    return "".join(lines)


def _show_progress(line: str) -> None:
    """On a terminal one line that changes; elsewhere the large downloads only, which explain a long wait."""
    if sys.stdout.isatty():
        if not line or PROGRESS.match(line):
            # Blanks, and no escape code that clears the line: not every console of Windows obeys one.
            print("\r" + (f"  {line[:76]}" if line else "").ljust(78), end="" if line else "\r", flush=True)
    elif line.startswith("Downloading ") and re.search(r"\(\d\d+(\.\d+)? ?M", line):
        say(f"  {line}")
