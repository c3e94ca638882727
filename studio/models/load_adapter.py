"""A base model with an adapter in it, for trying, scoring and verifying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

import studio.methods  # noqa: F401 - before PEFT, so that the compiler is not imported with it
from studio.core.said import Said, words_of
from studio.core.words import in_a_row, plural

# isort: split
from peft import PeftConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers import AutoConfig, AutoModelForCausalLM

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.registry import adapter_config  # registers every method with PEFT, too
from studio.models.adapter_files import read_tensors
from studio.models.adapter_source import WEIGHTS, AdapterSource
from studio.models.base_model import find_base
from studio.models.model_code import may_run_code


def load_adapter(base: Any, folder: Path) -> PeftModel:
    """The base model, changed in place, with the adapter in `folder`, in eval mode; `.unload()` gives the base back.

    Raises ProblemError when the adapter does not fit the model.
    """
    tensors = read_tensors(folder / WEIGHTS)
    with _unsuited_told(folder), _put_back(base):
        model = PeftModel.from_pretrained(base, str(folder), is_trainable=False)
        # PEFT only warns about missing weights (they stay random), and ignores those that it does not know.
        held = get_peft_model_state_dict(model)
        _refuse_odd(sorted(held.keys() - tensors.keys()), sorted(tensors.keys() - held.keys()))
    return model.eval()


def rebuild_adapter(base: Any, source: AdapterSource) -> PeftModel:
    """Like `load_adapter`, but the way the run did it: the method built from its recipe, the weights put into it.

    A folder from elsewhere has no recipe, so its own config builds it. Weights that are missing or left over are a
    ProblemError.
    """
    with _unsuited_told(source.folder):
        model = get_peft_model(base, _config(source))
        told = set_peft_model_state_dict(model, read_tensors(source.folder / WEIGHTS))
        trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
        _refuse_odd(sorted(trained & set(told.missing_keys)), told.unexpected_keys)
    return model.eval()


# What decides what an adapter computes beside its tensors' values and shapes.
_MEANINGS = ("peft_type", "lora_alpha", "top_k", "routing_strategy", "top_p", "use_rslora", "use_dora", "num_experts")


def start_from(model: PeftModel, source: AdapterSource) -> None:
    """Give a freshly built adapter the weights of another one, from which its training then continues.

    Raises ProblemError where that one computes something else than the recipe's method, or does not fit it.
    """
    own = model.peft_config[model.active_adapter].to_dict()
    differing = [
        tr("{field} = {value!r} and not {own!r}", field=name, value=source.config[name], own=own[name])
        for name in _MEANINGS
        if name in own and source.config.get(name) is not None and str(source.config[name]) != _plain(own[name])
    ]
    if differing:
        what = tr("{name} was trained with {settings}.", name=source.name, settings=in_a_row(*differing))
        raise ProblemError.at("model.adapter", what, tr("Set [method] as it was trained."))
    with _unsuited_told(source.folder):
        told = set_peft_model_state_dict(model, read_tensors(source.folder / WEIGHTS))
        trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
        _refuse_odd(sorted(trained & set(told.missing_keys)), told.unexpected_keys)


def _plain(value: Any) -> str:
    return str(getattr(value, "value", value))


def adapter_alone(source: AdapterSource) -> PeftModel:
    """The adapter in float32 in a base without weights (they are on torch's meta device): for writing it elsewhere."""
    folder, _ = find_base(source.model)
    with torch.device("meta"), _unsuited_told(source.folder):
        trusted = may_run_code(folder)
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=trusted)
        base = AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=trusted)
        model = get_peft_model(base, _config(source), low_cpu_mem_usage=True)
    # PEFT's own loading would move what it has loaded to the base's device, which holds nothing.
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    places = {_saved_name(name): name for name in trained}
    tensors = read_tensors(source.folder / WEIGHTS)
    with _unsuited_told(source.folder):
        _refuse_odd(sorted(places.keys() - tensors.keys()), sorted(tensors.keys() - places.keys()))
        state = {places[name]: tensor.float() for name, tensor in tensors.items()}
        model.load_state_dict(state, strict=False, assign=True)
    return model.eval()


def _config(source: AdapterSource) -> PeftConfig:
    if source.method:
        return adapter_config(source.method)
    config = PeftConfig.from_pretrained(str(source.folder))
    # A saved config asks for frozen weights; here what is trained tells which weights an adapter must have.
    config.inference_mode = False
    return config


def _saved_name(name: str) -> str:
    """What PEFT calls a weight of the adapter in its file: a magnitude is a parameter there, not a module's."""
    saved = name.replace(".default", "")
    return saved.removesuffix(".weight") if saved.endswith("lora_magnitude_vector.weight") else saved


def _refuse_odd(missing: Sequence[str], unknown: Sequence[str]) -> None:
    faults = [tr("{name} is missing", name=name) for name in missing]
    faults += [tr("{name} is not known", name=name) for name in unknown]
    if faults:
        what = plural(
            "{n} tensor does not match: {first}", "{n} tensors do not match: {first}", len(faults), first=faults[0]
        )
        raise ValueError(what)


@contextmanager
def _put_back(base: Any) -> Iterator[None]:
    """Give the base its own layers back when an adapter could not be put into it: it is kept for the next question."""
    layers = [(module, dict(module._modules)) for module in base.modules()]
    attributes = dict(base.__dict__)
    try:
        yield
    except BaseException:
        for module, children in layers:
            module._modules.clear()
            module._modules.update(children)
        base.__dict__.clear()
        base.__dict__.update(attributes)
        raise


@contextmanager
def _unsuited_told(folder: Path) -> Iterator[None]:
    """Turn what torch and PEFT raise for an adapter of another base, or a hostile one, into a ProblemError."""
    try:
        yield
    except (ProblemError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - PEFT checks little: a wrong value surfaces as whatever it breaks
        first = words_of(error) if isinstance(words_of(error), Said) else first_line(error)
        raise ProblemError.at(
            str(folder),
            tr("the adapter does not fit this base model ({error}).", error=first),
            tr("Use the base it was trained on."),
        ) from None
