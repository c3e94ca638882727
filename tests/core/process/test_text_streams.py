"""What is printed into a pipe or a file is UTF-8, whatever the code page of the system."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from studio.core.process import text_streams
from studio.core.process.text_streams import read_utf8, write_utf8
from tests.old_code_page import OLD_CODE_PAGE

PATH = "Läufe 漢字 路"


class Console(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(text_streams.ENCODING, raising=False)


def test_that_a_pipe_gets_utf8_instead_of_the_code_page() -> None:
    below = io.BytesIO()
    pipe = io.TextIOWrapper(below, encoding="cp1252", newline="")
    write_utf8(pipe, None)
    pipe.write(f"{PATH} \udce4")
    pipe.flush()
    assert below.getvalue().decode("utf-8") == f"{PATH} ?"


def test_that_lines_in_a_pipe_end_as_every_system_reads_them() -> None:
    below = io.BytesIO()
    pipe = io.TextIOWrapper(below, encoding="cp1252", newline="\r\n")  # as Windows opens standard output
    write_utf8(pipe)
    pipe.write("#!/bin/bash\necho\n")
    pipe.flush()
    assert below.getvalue() == b"#!/bin/bash\necho\n"


def test_that_a_console_keeps_its_encoding_and_never_fails() -> None:
    below = io.BytesIO()
    console = Console(below, encoding="cp1252", newline="")
    write_utf8(console)
    console.write("ä 漢")
    console.flush()
    assert below.getvalue() == b"\xe4 ?"


def test_that_an_encoding_that_a_person_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    below = io.BytesIO()
    pipe = io.TextIOWrapper(below, encoding="utf-16-le", newline="")
    monkeypatch.setenv(text_streams.ENCODING, "utf-16-le:strict")
    write_utf8(pipe)
    pipe.write("ä")
    pipe.flush()
    assert below.getvalue() == "ä".encode("utf-16-le")


def test_that_piped_input_is_utf8_with_or_without_a_byte_order_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mark + PATH.encode()), encoding="cp1252"))
        read_utf8()
        assert sys.stdin.read() == PATH


def test_that_answers_kept_from_the_libraries_are_utf8_too() -> None:
    code = (
        "from studio.core.process.stdout_guard import answers_only\n"
        f"with answers_only() as answers:\n    answers.write({PATH!a})\n"
        f"print({PATH!a})\n"
    )
    command, environ = [sys.executable, "-c", code], {**os.environ, **OLD_CODE_PAGE}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environ, check=True)
    assert done.stdout.decode("utf-8").strip() == PATH * 2
