"""Removes private parts from what others may read: tokens, passwords in addresses, and home folders."""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO

HIDDEN = "[hidden]"

# Names of secrets in an environment, a header, a JSON object or an address.
_NAMES = r"[\w-]*(?:token(?![si])|secret|passw(?:or)?d|api[_-]?key|access[_-]?key)\w*"
_TOKENS = (
    # huggingface, GitHub, OpenAI and its like, AWS, Slack, JSON web tokens
    re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9]{16,}"),
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|sk-[\w-]{16,}|xox[abprs]-[\w-]{10,})"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
)
_AUTHORIZATION = re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic|token)\s+)?[^\s\"',;]+")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}")
_CREDENTIALS = re.compile(r"(\b[a-zA-Z][\w+.-]*://)[^\s/@\"']+@")
_ASSIGNED = re.compile(rf"(?i)(\b{_NAMES}[\"']?\s*[=:]\s*)([\"']?)([^\s\"'&,;}}\]]{{6,}})")
_SECRET_VARIABLE = re.compile(rf"(?i)^{_NAMES}$")
_LEAST_SECRET = 8  # characters: a shorter value of a variable may be an ordinary word

# The home folder of any user: its name may have spaces where a separator ends it.
_WINDOWS_HOME = re.compile(r"(?i)(?<![\w])[a-z]:[\\/]+users[\\/]+(?:[^\\/:*?\"<>|\r\n]+(?=[\\/])|[^\\/:*?\"<>|\s']+)")
_POSIX_HOME = re.compile(r"(?<![\w~.-])/(?:home|Users)/(?:[^/\n\"':;,<>|]+(?=/)|[^/\s\"':;,<>|)]+)")


def redacted(text: str) -> str:
    """`text` without tokens, credentials in addresses, and home folders (`~` stands for them), on any system's paths.

    Cautious on purpose: a word after "token=" is hidden even where it is not a token.
    """
    return _POSIX_HOME.sub("~", _WINDOWS_HOME.sub("~", _without_own(text, _secrets())))


def redacted_values(value: Any) -> Any:
    """Plain values with every text in them, keys included, without tokens and without this user's home folder.

    Only this user's home becomes `~`: for a path in another user's home that would be wrong.
    """
    return _redacted_values(value, _secrets())


class RedactingStream:
    """A text stream that redacts what is printed, line by line, before it reaches the file below.

    Lines that do not fit on a full disk are dropped, and their number is written once there is space again: a log line
    must not end a night's training. What a C library writes, bypassing Python, is not redacted.
    """

    def __init__(self, below: TextIO) -> None:
        self._below = below
        self._open_line = ""
        self._left_out = 0

    def write(self, text: str) -> int:
        # A token may arrive in two pieces, so only whole lines are searched. A bar redraws its line with "\r".
        whole, end, self._open_line = (self._open_line + text).replace("\r", "\n").rpartition("\n")
        if end:
            self._put(redacted(whole + end))
        return len(text)

    def flush(self) -> None:
        """Do nothing: whole lines are written at once, and an open one waits for its end."""

    def close_line(self) -> None:
        """Write a last line without an end; called when the process leaves."""
        if self._open_line:
            self._put(redacted(self._open_line))
            self._open_line = ""

    def _put(self, text: str) -> None:
        said = f"[{self._left_out} lines are missing here: they could not be written]\n" if self._left_out else ""
        try:
            self._below.write(said + text)
            self._below.flush()
        except OSError:
            self._left_out += max(1, text.count("\n"))
        else:
            self._left_out = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)


class RedactingFormatter(logging.Formatter):
    """Formats log records, tracebacks included, without their private parts."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def redact_output() -> list[RedactingStream]:
    """Redact what this process prints from now on; returns the streams: call `close_line` when the process ends."""
    streams = [RedactingStream(sys.stdout), RedactingStream(sys.stderr)]
    sys.stdout, sys.stderr = streams
    return streams


def _redacted_values(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        return _without_own(value, secrets)
    if isinstance(value, dict):
        return {_without_own(str(key), secrets): _redacted_values(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted_values(item, secrets) for item in value]
    return value


def _without_own(text: str, secrets: list[str]) -> str:
    for value in secrets:
        text = text.replace(value, HIDDEN)
    for pattern in _TOKENS:
        text = pattern.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
    return _own_home(_ASSIGNED.sub(_hide_value, text))


def _hide_value(found: re.Match[str]) -> str:
    value = found[3]
    # "tokens=1234" counts tokens, and "token: none" is not a secret.
    if value == HIDDEN or re.fullmatch(r"[\d.,]+|none|null|true|false|missing|invalid", value, re.IGNORECASE):
        return found[0]
    return f"{found[1]}{found[2]}{HIDDEN}"


def _secrets() -> list[str]:
    """The values of this process's own secret variables, longest first."""
    values = (value for name, value in os.environ.items() if _SECRET_VARIABLE.match(name))
    return sorted({value for value in values if len(value) >= _LEAST_SECRET and not value.isdigit()}, key=len)[::-1]


def _own_home(text: str) -> str:
    home = str(Path.home())
    if len(home) < 4:
        return text  # "/" or "C:\" is not a home folder
    parts = [re.escape(part) for part in re.split(r"[\\/]+", home) if part]
    start = r"[\\/]+" if home[0] in "\\/" else ""
    flags = re.IGNORECASE if os.name == "nt" else 0
    pattern = r"(?<![\w~.-])" + start + r"[\\/]+".join(parts) + r"(?![\w.-])"
    return re.sub(pattern, "~", text, flags=flags)
