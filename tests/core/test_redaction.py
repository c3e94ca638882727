"""What is written for others names no secret and no home folder."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from studio.core.redaction import HIDDEN, RedactingStream, redacted, redacted_values

SECRETS = [
    ("logged in with hf_abcdefghijABCDEFGHIJ1234", "hf_abc"),
    ("HF_TOKEN=abcdefghijk", "abcdefghijk"),
    ("{'HF_TOKEN': 'abcdefghijk'}", "abcdefghijk"),
    ('"api_key": "abcdefghijk"', "abcdefghijk"),
    ("Authorization: Bearer abc.def-ghi", "abc.def"),
    ("{'authorization': 'Basic QWxhZGRpbjpv'}", "QWxh"),
    ("sent Bearer abcdefghij", "abcdefghij"),
    ("https://ann:geheim@hub.example/models", "geheim"),
    ("https://geheimgeheim@hub.example/models", "geheim"),
    ("https://hub.example/f?token=geheimgeheim&x=1", "geheim"),
    ("password: geheim123", "geheim123"),
    ("ghp_abcdefghijklmnopqrstuvwxyz", "ghp_abc"),
    ("AKIAABCDEFGHIJKLMNOP", "AKIAABC"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_that_a_secret_is_hidden(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert HIDDEN in redacted(text)


def test_that_the_value_of_a_secret_variable_is_hidden_whatever_it_looks_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_HUB_TOKEN", "correct horse battery")
    assert redacted("401 for correct horse battery.") == f"401 for {HIDDEN}."


HOMES = [
    (r"C:\Users\Ann Lee\data\x.jsonl: missing", r"~\data\x.jsonl: missing"),
    (r"'C:\\Users\\Ann Lee\\data'", r"'~\\data'"),
    ("c:/users/ann/x", "~/x"),
    (r"D:\Users\ann", "~"),
    ("/home/ann/runs/x", "~/runs/x"),
    ("/Users/Ann Lee/runs", "~/runs"),
    ('File "/home/ann/a b.py", line 3', 'File "~/a b.py", line 3'),
    ("file:///home/ann/x", "file://~/x"),
]


@pytest.mark.parametrize(("text", "shown"), HOMES)
def test_that_a_home_folder_is_a_tilde_on_every_system(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_that_this_users_own_home_is_hidden_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/srv/people/ann lee"))
    assert redacted("/srv/people/ann lee/x and /srv/people/ann leeward") == "~/x and /srv/people/ann leeward"


@pytest.mark.parametrize(
    "text",
    ["tokens_per_second: 1234.5", "12345678 tokens", "tokenizer: LlamaTokenizer", "loss=0.123456789", "token: none",
     "models/llama/home/x", "step 3 of 10, https://hub.example/a@main", "max_tokens=1234567"],
)  # fmt: skip
def test_that_ordinary_words_stay(text: str) -> None:
    assert redacted(text) == text


def test_that_values_are_redacted_to_their_leaves_and_their_paths_still_lead_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    given = {"tasks": [{"train": "/home/ann/x.jsonl"}], "seed": 3, "/home/ann/a": None, "model": "/home/bob/m"}
    shown = {"tasks": [{"train": "~/x.jsonl"}], "seed": 3, "~/a": None, "model": "/home/bob/m"}
    assert redacted_values(given) == shown


def test_that_a_stream_hides_a_token_that_comes_in_pieces() -> None:
    file = io.StringIO()
    stream = RedactingStream(file)
    for piece in ("key hf_abcdefghij", "ABCDEFGHIJ1234 used\nnext /home/a", "nn/x", "\rbar"):
        stream.write(piece)
    stream.close_line()
    assert file.getvalue() == f"key {HIDDEN} used\nnext ~/x\nbar"
