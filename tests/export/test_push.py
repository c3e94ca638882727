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
from studio.export.export_folder import Exported
from studio.export.push import check_push, push_folder
from studio.worker.asked import Asked, DeskRoom
from studio.worker.desk_requests import export

TOKEN = "hf_" + "q7" * 17
TEXT = "---\nlicense: apache-2.0\n---\n# Model\n"


class Hub(ThreadingHTTPServer):
    """Answers what the client asks when a folder is uploaded, and keeps it; `status` refuses everything instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 0
        self.role = "write"
        self.held: list[str] | None = None  # the repository's files, where it exists
        self.may_write = True
        self.deleted: list[str] = []
        self.tokens: set[str] = set()
        self.made: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub = self.server
        files = hub.held or []
        if self.path.startswith("/api/whoami"):
            self._answer(
                {"name": "ada", "type": "user", "orgs": [], "auth": {"type": "x", "accessToken": {"role": hub.role}}}
            )
        elif hub.held is None:
            self._answer({"error": "Repository not found"}, 404, "RepoNotFound")
        elif self.path.endswith("/auth-check/write") and not hub.may_write:
            self._answer({"error": "read only"}, 403)
        elif "/tree/" in self.path:
            listed: Any = [{"type": "file", "path": name, "size": 1, "oid": "1"} for name in files]
            self._answer(listed)
        else:
            siblings = [{"rfilename": name} for name in files]
            self._answer({"id": "ada/small", "private": False, "siblings": siblings, "sha": "abc"})

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
            self.server.deleted = [line["value"]["path"] for line in lines if line["key"] == "deletedFile"]
            self.server.files = {each["path"]: base64.b64decode(each["content"]) for each in files}
            self._answer(
                {"commitUrl": f"{constants.ENDPOINT}/ada/small/commit/abc", "commitOid": "abc", "success": True}
            )
        else:
            self._answer({"errors": [], "warnings": []})

    def _answer(self, values: dict[str, Any], status: int = 200, code: str = "") -> None:
        self.server.tokens.add(str(self.headers.get("Authorization")))
        content = json.dumps(values).encode()
        self.send_response(self.server.status or status)
        if code:
            self.send_header("X-Error-Code", code)
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


def test_that_a_public_repository_or_one_with_other_files_is_refused_before_the_export(hub: Hub, folder: Path) -> None:
    hub.held = [".gitattributes"]
    check_push("ada/small")
    with pytest.raises(ProblemError, match="is public, and a private one was asked for"):
        check_push("ada/small", private=True)
    hub.held = [".gitattributes", "model-00002-of-00002.safetensors"]
    with pytest.raises(ProblemError, match=r"already holds files \(model-00002.*--replace"):
        check_push("ada/small")
    push_folder(folder, "ada/small", replace=True)
    assert hub.deleted == ["model-00002-of-00002.safetensors"]
    assert set(hub.files) == {"README.md", "adapter_model.safetensors"}


def test_that_a_login_that_may_not_write_is_refused_before_the_export(hub: Hub) -> None:
    hub.role = "read"
    with pytest.raises(ProblemError, match="may only read"):
        check_push("ada/small")
    hub.role, hub.held, hub.may_write = "fineGrained", [], False
    with pytest.raises(ProblemError, match="may not write"):
        check_push("ada/small")


def test_that_an_upload_that_fails_names_where_the_export_is_and_no_token(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "my own secret"  # no pattern knows this one
    monkeypatch.setenv("HF_TOKEN", own)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"Data processing error: CAS service refused {own}")

    monkeypatch.setattr("huggingface_hub.HfApi.upload_folder", fail)
    with pytest.raises(ProblemError, match="sending failed") as caught:
        push_folder(folder, "ada/small")
    assert own not in str(caught.value)
    assert f'hf upload ada/small "{folder}"' in str(caught.value)


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


@pytest.mark.parametrize("private", [None, False])
def test_that_the_desk_sends_what_it_exported_and_makes_a_private_repository_unless_told(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, private: bool | None
) -> None:
    told: list[str] = []

    def export_adapter(*_: object) -> Exported:
        told.append("exported")
        return Exported("peft", folder, 7, {"experts": 8})

    monkeypatch.setattr("studio.export.export_adapter", export_adapter)
    arguments = {"run": "last", "out": str(folder), "push": "ada/small"}
    asked = Asked(arguments | ({} if private is None else {"private": private}), lambda said, *_: told.append(said))
    done = export(asked, DeskRoom())
    assert done["pushed"]["repo"] == "ada/small"
    assert hub.made.get("visibility", hub.made.get("private")) in (
        (True, "private") if private is None else (False, "public", None)
    )
    assert hub.files.keys() == {"README.md", "adapter_model.safetensors"}
    assert told == ["exported", "Sending the export to ada/small"]
    hub.role, told[:] = "read", []
    with pytest.raises(ProblemError, match="may only read"):
        export(asked, DeskRoom())
    assert told == []  # nothing is exported that cannot be sent
