"""A base model with an adapter in it, for trying, scoring and proving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file

from studio.core.problem import ProblemError
from studio.export.adapter_source import WEIGHTS, AdapterSource
from studio.methods.build import adapter_config  # registers every method with PEFT, too


def load_adapter(base: Any, folder: Path) -> PeftModel:
    """The base model, changed in place, with the adapter in `folder`, in eval mode; `.unload()` gives the base back.

    Raises ProblemError when the adapter does not suit the model.
    """
    try:
        model = PeftModel.from_pretrained(base, str(folder), is_trainable=False)
    except (RuntimeError, ValueError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise _unsuited(folder, error) from None
    return model.eval()


def rebuild_adapter(base: Any, source: AdapterSource) -> PeftModel:
    """Like `load_adapter`, but the way the run did it: the method built from its recipe, the weights put into it.

    A folder from elsewhere has no recipe, so its own config builds it. Weights that are missing or left over are a
    ProblemError.
    """
    method: Any = source.method
    try:
        config = adapter_config(method) if method else PeftConfig.from_pretrained(str(source.folder))
        model = get_peft_model(base, config)
        told = set_peft_model_state_dict(model, load_file(source.folder / WEIGHTS))
    except (RuntimeError, ValueError, TypeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise _unsuited(source.folder, error) from None
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    missing = sorted(trained & set(told.missing_keys))
    if missing or told.unexpected_keys:
        faults = [f"{name} is missing" for name in missing] + [f"{name} is not known" for name in told.unexpected_keys]
        raise _unsuited(source.folder, ValueError(f"{len(faults)} tensors do not match: {faults[0]}"))
    return model.eval()


def _unsuited(folder: Path, error: Exception) -> ProblemError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ProblemError.at(
        str(folder), f"the adapter does not suit this base model ({first}).", "Use the base that it was trained on."
    )
