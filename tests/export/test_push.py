"""An export sent to a stand-in for the hub on this machine, with the client's own login."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from studio.core.problem import ProblemError
from studio.export.push import check_push, push_folder

TOKEN = "hf_" + "q7" * 17
TEXT = "---\nlicense: apache-2.0\n---\n# Model\n"


class Hub(ThreadingHTTPServer):
    """Answers what the client asks when a folder is uploaded, and keeps it; `status` refuses everything instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 0
        self.tokens: set[str] = set()
        self.made: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self._answer({"name": "ada", "type": "user", "orgs": []})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/repos/create":
            self.server.made = json.loads(body)
            self._answer({"url": f"{constants.ENDPOINT}/ada/small", "name": "ada/small", "id": "1"})
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            kinds = [{"path": each["path"], "uploadMode": "regular", "shouldIgnore": False} for each in asked]
            self._answer({"files": kinds})
        elif "/commit/" in self.path:
            lines = [json.loads(line) for line in body.splitlines()]
            files = [line["value"] for line in lines if line["key"] == "file"]
            self.server.files = {each["path"]: base64.b64decode(each["content"]) for each in files}
            self._answer(
                {"commitUrl": f"{constants.ENDPOINT}/ada/small/commit/abc", "commitOid": "abc", "success": True}
            )
        else:
            self._answer({"errors": [], "warnings": []})

    def _answer(self, values: dict[str, Any]) -> None:
        self.server.tokens.add(str(self.headers.get("Authorization")))
        content = json.dumps(values).encode()
        self.send_response(self.server.status or 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "README.md").write_text(TEXT, encoding="utf-8", newline="\n")
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


def test_that_a_whole_export_arrives_in_one_commit(hub: Hub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    pushed = push_folder(folder, "ada/small", True, lambda *said: told.append(said[0]))
    assert pushed.as_dict()["commit"] == "abc"
    assert pushed.repo == "ada/small"
    assert hub.files == {"README.md": TEXT.encode(), "adapter_model.safetensors": b"weights"}
    assert (hub.made["name"], hub.made["organization"]) == ("small", "ada")
    assert hub.made.get("private") or hub.made["visibility"] == "private"  # by the client's version
    assert f"Bearer {TOKEN}" in hub.tokens
    shown = capsys.readouterr()
    assert TOKEN not in "".join((*told, shown.out, shown.err))


def test_that_nothing_is_exported_for_a_hub_without_a_login(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from studio.cli.app import run_verb

    monkeypatch.delenv("HF_TOKEN")
    assert run_verb(["export", "last", str(tmp_path / "out"), "--push", "ada/small"]) == 2
    assert "nobody is logged in" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert hub.tokens == set()


@pytest.mark.parametrize(
    ("status", "words"), [(401, "does not accept the login"), (403, "may not write"), (500, "500")]
)
def test_that_a_hub_that_refuses_is_a_problem_without_the_token(hub: Hub, status: int, words: str) -> None:
    hub.status = status
    with pytest.raises(ProblemError, match=words) as caught:
        check_push("ada/small")
    assert TOKEN not in str(caught.value)


def test_that_a_hub_out_of_reach_and_a_wrong_name_are_problems(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProblemError, match="not a hub id"):
        check_push("small")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ProblemError, match="HF_HUB_OFFLINE"):
        check_push("ada/small")
