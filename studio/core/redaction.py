"""What is private taken out of what is written for others: tokens, passwords in addresses, and home folders."""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO

HIDDEN = "[hidden]"

# Names under which secrets stand, in an environment, a header, a JSON object or an address alike.
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
_LEAST_SECRET = 8  # characters: a shorter value of a variable may be anybody's word

# A user's folder where no more is known than that it is one: the name may have spaces where a separator ends it.
_WINDOWS_HOME = re.compile(r"(?i)(?<![\w])[a-z]:[\\/]+users[\\/]+(?:[^\\/:*?\"<>|\r\n]+(?=[\\/])|[^\\/:*?\"<>|\s']+)")
_POSIX_HOME = re.compile(r"(?<![\w~.-])/(?:home|Users)/(?:[^/\n\"':;,<>|]+(?=/)|[^/\s\"':;,<>|)]+)")


def redacted(text: str) -> str:
    """`text` without tokens, credentials in addresses, and home folders (`~` stands for them), on any system's paths.

    Over-careful on purpose: a word after "token=" is hidden even where it was none.
    """
    return _POSIX_HOME.sub("~", _WINDOWS_HOME.sub("~", _without_own(text)))


def redacted_values(value: Any) -> Any:
    """Plain values with every text in them, keys included, without tokens and without this user's home folder.

    A path that starts with `~` still leads where it did, which one in another user's home would not: it stays.
    """
    if isinstance(value, str):
        return _without_own(value)
    if isinstance(value, dict):
        return {_without_own(str(key)): redacted_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted_values(item) for item in value]
    return value


class RedactingStream:
    """A text stream that redacts what is printed, line by line, before it reaches the file below.

    What a full disk does not take is left out, and their number said as soon as there is room again: a line of a log
    must not end a night's training. What is written past Python, by a C library, does not come through here.
    """

    def __init__(self, below: TextIO) -> None:
        self._below = below
        self._open_line = ""
        self._left_out = 0

    def write(self, text: str) -> int:
        # A token may come in two pieces: only whole lines are looked at. A bar redraws its line with "\r".
        whole, end, self._open_line = (self._open_line + text).replace("\r", "\n").rpartition("\n")
        if end:
            self._put(redacted(whole + end))
        return len(text)

    def flush(self) -> None:
        """Nothing: whole lines are written at once, and an open one waits for its end."""

    def close_line(self) -> None:
        """Write what stands on a line that was never ended; called when the process leaves."""
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
    """Formats log records, tracebacks included, without what is private."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def redact_output() -> list[RedactingStream]:
    """Redact what this process prints from now on; returns the streams, whose last line its end must `close_line`."""
    streams = [RedactingStream(sys.stdout), RedactingStream(sys.stderr)]
    sys.stdout, sys.stderr = streams
    return streams


def _without_own(text: str) -> str:
    for value in _secrets():
        text = text.replace(value, HIDDEN)
    for pattern in _TOKENS:
        text = pattern.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
    return _own_home(_ASSIGNED.sub(_hide_value, text))


def _hide_value(found: re.Match[str]) -> str:
    value = found[3]
    # "tokens=1234" counts tokens, "token: none" says that there is none.
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
        return text  # "/" or "C:\" is nobody's home
    parts = [re.escape(part) for part in re.split(r"[\\/]+", home) if part]
    start = r"[\\/]+" if home[0] in "\\/" else ""
    flags = re.IGNORECASE if os.name == "nt" else 0
    pattern = r"(?<![\w~.-])" + start + r"[\\/]+".join(parts) + r"(?![\w.-])"
    return re.sub(pattern, "~", text, flags=flags)
