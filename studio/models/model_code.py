"""Whether a model folder needs code of its own to be loaded, and whether the user agreed to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.foreign import consent
from studio.core.foreign.model_config import check_config
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.words import tr

BROKEN = tr("Download or copy the model again.")


def may_run_code(folder: Path) -> bool:
    """What `trust_remote_code` is for this folder: True only where its own code is needed and was agreed to.

    A model that transformers knows is loaded by transformers' own class, whatever code is beside it. Raises the
    ProblemError that asks, of the kind "model-code", where code is needed that nobody has agreed to.
    """
    maps = _needed(folder)
    if not maps:
        return False
    for value in (value for each in maps for value in _strings(each)):
        if "--" in value:
            raise ProblemError.at(
                str(folder),
                tr(
                    "its code is in another repository ({repository}), which could change unnoticed.",
                    repository=value.partition("--")[0],
                ),
                tr("Copy that repository's Python files into the model's folder and name them in auto_map."),
            )
    consent.require(folder)
    return True


def needs_code(folder: Path) -> bool:
    """Whether the class of the model or its tokenizer is not in transformers but in the model's own code."""
    return bool(_needed(folder))


def _needed(folder: Path) -> list[dict[str, Any]]:
    return [each for each in (_needed_by_model(folder), _needed_by_tokenizer(folder)) if each]


def _needed_by_model(folder: Path) -> dict[str, Any]:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    if not (folder / "config.json").is_file():
        return {}  # check_folder says so
    config = check_config(folder)
    code = _auto_map(config)
    known = config.get("model_type") in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    return code if not known and code.keys() & {"AutoConfig", "AutoModelForCausalLM", "AutoModel"} else {}


def _needed_by_tokenizer(folder: Path) -> dict[str, Any]:
    import transformers

    file = folder / "tokenizer_config.json"
    if not file.is_file():
        return {}
    config = read_object(file, BROKEN)
    code, name = _auto_map(config), str(config.get("tokenizer_class") or "")
    known = any(hasattr(transformers, each) for each in (name, f"{name}Fast") if each)
    return code if "AutoTokenizer" in code and not known else {}


def _auto_map(config: dict[str, Any]) -> dict[str, Any]:
    found = config.get("auto_map")
    return found if isinstance(found, dict) else {}


def _strings(values: dict[str, Any]) -> list[str]:
    flat = (item for value in values.values() for item in (value if isinstance(value, list) else [value]))
    return [item for item in flat if isinstance(item, str)]
