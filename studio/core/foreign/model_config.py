"""A model's config.json, refused before anything acts on it: absurd sizes, and what would fetch code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import Problem, ProblemError
from studio.core.words import tr

# Far above any existing model, and far below what would hang a machine while the layers are created.
MOST = {
    "num_hidden_layers": 4096, "n_layer": 4096, "num_layers": 4096,
    "hidden_size": 2**20, "n_embd": 2**20, "intermediate_size": 2**24, "head_dim": 2**16,
    "num_attention_heads": 2**14, "num_key_value_heads": 2**14,
    "vocab_size": 2**26, "num_experts": 2**16, "num_local_experts": 2**16,
}  # fmt: skip
ATTENTION = ("eager", "sdpa", "flex_attention", "flash_attention_2", "flash_attention_3")


def check_config(folder: Path) -> dict[str, Any]:
    """The folder's config; raises ProblemError for values that no language model's config has."""
    file = folder / "config.json"
    config = read_object(file, tr("Download or copy the model again."))
    refuse_absurd(str(file), config)
    return config


def refuse_absurd(where: str, config: Mapping[str, Any]) -> None:
    """Raise ProblemError at `where`, naming every value that no language model has."""
    ProblemError.raise_any(_problems(where, config))


def _problems(where: str, config: Mapping[str, Any]) -> Iterator[Problem]:
    remedy = tr("Download the model again from its author; do not use this folder if it arrived like this.")
    if not isinstance(config.get("model_type", ""), str):
        yield Problem(where, tr("its model_type is not a name."), remedy)
    for table in (config, *(each for each in config.values() if isinstance(each, dict))):
        for name, most in MOST.items():
            value = table.get(name)
            if isinstance(value, (int, float)) and not 0 <= value <= most:
                yield Problem(
                    where, tr("{name} is {value}, which no model has.", name=name, value=f"{value!r:.40}"), remedy
                )
            elif isinstance(value, (str, dict)):
                yield Problem(where, tr("{name} is {value}, not a number.", name=name, value=f"{value!r:.40}"), remedy)
        for name, value in table.items():
            if isinstance(value, str) and _fetches_code(name, value):
                yield Problem(
                    where,
                    tr("{name} asks for {value}, code from elsewhere.", name=name, value=f"{value!r:.60}"),
                    remedy,
                )


def _fetches_code(name: str, value: str) -> bool:
    """transformers would fetch the named repository's compiled kernel and run it."""
    if name.endswith("attn_implementation"):
        return value not in ATTENTION
    return name.endswith("experts_implementation") and "/" in value
