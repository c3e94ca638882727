"""A hub on this machine: with one model, counting the bytes that are asked of it, or with the hits of a search."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

COMMIT = "c" * 40


def weights_file(tensors: dict[str, tuple[int, ...]]) -> bytes:
    """A safetensors file of zeros in bfloat16."""
    header, end = {}, 0
    for name, shape in tensors.items():
        size = 2
        for width in shape:
            size *= width
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


@contextmanager
def hub_with(identifier: str, config: dict[str, Any], weights: bytes) -> Iterator[tuple[str, list[int]]]:
    """Serve one model; gives the hub's address and the sizes of the weights' pieces that were sent."""
    sent: list[int] = []
    files = {"config.json": json.dumps(config).encode(), "model.safetensors": weights}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            name = self.path.rpartition("/")[2]
            if self.path == f"/api/models/{identifier}/revision/main":
                siblings = [{"rfilename": each} for each in files]
                self._send(json.dumps({"id": identifier, "sha": COMMIT, "siblings": siblings}).encode(), body)
            elif self.path.startswith(f"/{identifier}/resolve/main/") and name in files:
                content, code = files[name], 200
                if (wanted := self.headers.get("Range")) is not None:
                    first, _, last = wanted.removeprefix("bytes=").partition("-")
                    content, code = content[int(first) : int(last) + 1], 206
                if body and name == "model.safetensors":
                    sent.append(len(content))
                self._send(content, body, code)
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound" if identifier not in self.path else "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _send(self, content: bytes, body: bool, code: int = 200) -> None:
            self.send_response(code)
            self.send_header("ETag", f'"{len(content)}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    with _served(Handler) as address:
        yield address, sent


@contextmanager
def hub_searched(hits: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Answer every search with these models; gives the hub's address and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith("/api/models"):
                self.send_error(404)
                return
            asked.append(self.path)
            content = json.dumps(hits).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    with _served(Handler) as address:
        yield address, asked


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
