"""A person's home folder with the models of the hub's client, LM Studio and Ollama, as those programs lay them out."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.models.tiny_gguf import write_tiny_gguf

COMMIT = "a" * 40


def use_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Look for models as a person would whose home this is."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "OLLAMA_MODELS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("HOME", str(home))


def in_hub_cache(home: Path, model: Path, name: str = "owner/tiny") -> Path:
    """Put a model's folder into the hub's cache; returns its snapshot."""
    repo = home / ".cache" / "huggingface" / "hub" / f"models--{name.replace('/', '--')}"
    snapshot = repo / "snapshots" / COMMIT
    shutil.copytree(model, snapshot)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    (repo / "blobs").mkdir()
    return snapshot


def in_lm_studio(home: Path, gguf: Path, name: str = "publisher/tiny-GGUF/tiny-Q8_0.gguf") -> Path:
    """Put a GGUF file where LM Studio keeps what it downloads."""
    place = home / ".lmstudio" / "models" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(gguf, place)
    return place


def in_ollama(home: Path, gguf: Path, name: str = "tiny", tag: str = "latest") -> Path:
    """Put a GGUF file under its hash, with the manifest that names it; returns the blob."""
    models = home / ".ollama" / "models"
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    blob = models / "blobs" / f"sha256-{digest}"
    blob.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(gguf, blob)
    manifest = models / "manifests" / "a.registry" / "library" / name / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{'0' * 64}", "size": 1},
        {
            "mediaType": "application/vnd.ollama.image.model",
            "digest": f"sha256:{digest}",
            "size": gguf.stat().st_size,
        },
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}), encoding="utf-8")
    return blob


__all__ = ["in_hub_cache", "in_lm_studio", "in_ollama", "use_home", "write_tiny_gguf"]
