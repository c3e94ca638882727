"""Every export format for one base and one method: possible or not, exact or not, and why, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from studio.core.export_formats import EXPORT_FORMATS
from studio.core.methods.method import Becomes, Method
from studio.core.methods.registry import METHODS
from studio.core.twins.bases import NONE, TWINS, Twin, language_model, twin_of, window_of
from studio.core.words import in_a_row, mark, tr

PROVEN = ("llama", "qwen3moe", "granitemoe", "qwen2", "qwen3", "granite", "qwen35moe", "qwen35")
"""llama.cpp's architectures whose files were found to compute the same there, and so are written."""
UNPROVEN = {
    "gemma4": mark(
        "llama.cpp knows Gemma 4 (that of llama-cpp-python 0.3.36 does), but no file with its layers' different"
        " heads and positions has been proven there yet"
    ),
}
"""Why others are not written, where more is known than that."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One export format for a base and a method.

    format: its name, as `export --to` takes it. title: what comes out of it. architecture: the stock architecture that
    is written, "" for an adapter. why_not: why it cannot be written, as a clause; "" where it can. differs: where what
    comes out computes something else than the run does, as a sentence; "" where it is exact.
    """

    format: str
    title: str
    architecture: str = ""
    why_not: str = ""
    differs: str = ""

    @property
    def possible(self) -> bool:
        return not self.why_not

    def as_dict(self) -> dict[str, Any]:
        """An entry of `exports` in `plan --json`."""
        return asdict(self) | {"possible": self.possible, "exact": self.possible and not self.differs}


def exports_of(base: Mapping[str, Any], method: Method, values: Mapping[str, Any]) -> tuple[Choice, ...]:
    """What a method with these values of its recipe fields can become on a base with this config.json.

    Only formats that `EXPORT_FORMATS` offers, in its order.
    """
    return tuple(
        choice for name in EXPORT_FORMATS for choice in _choices(base, method, values) if choice.format == name
    )


def values_of_adapter(config: Mapping[str, Any]) -> tuple[Method, dict[str, Any]]:
    """The method, and its recipe fields' values, of an adapter_config.json that was checked."""
    method = next(method for method in METHODS.values() if method.adapter.kind == config["peft_type"])
    return method, {name: config.get(key) for key, name in method.adapter.fields.items()}


def exports_text(choices: tuple[Choice, ...]) -> list[str]:
    """What a plan says of them: what it exports to, what comes out differently, and why there is no twin."""
    lines = [tr("Exports to: {formats}.", formats=in_a_row(*(choice.title for choice in choices if choice.possible)))]
    lines += [
        tr("{format}: {differs}", format=choice.title, differs=choice.differs)
        for choice in choices
        if choice.possible and choice.differs
    ]
    twin = next((choice for choice in choices if choice.format == "moe"), None)
    merged = next((choice for choice in choices if choice.format == "merged"), None)
    if twin is not None and not twin.possible and not (merged and merged.possible):
        lines.append(tr("No twin in other programs: {why}.", why=twin.why_not))
    return lines


def _choices(base: Mapping[str, Any], method: Method, values: Mapping[str, Any]) -> Iterator[Choice]:
    held = method.becomes(values)
    becomes = Becomes(*(tr(each) if each else "" for each in (held.no_reference, held.no_experts, held.no_merged)))
    twin = twin_of(base)
    yield Choice("peft", tr("PEFT adapter"))
    yield Choice("reference", tr("reference adapter"), why_not=becomes.no_reference)
    if isinstance(twin, Twin):
        yield Choice("moe", tr("{name} folder", name=twin.title), twin.architecture, becomes.no_experts)
    else:
        yield Choice("moe", tr("MoE folder"), why_not=becomes.no_experts or twin)
    own = str(language_model(base).get("model_type") or "")
    yield Choice("merged", tr("merged folder"), own, becomes.no_merged)
    yield _gguf(base, own, becomes.no_experts, becomes.no_merged, twin)


def _gguf(base: Mapping[str, Any], own: str, no_experts: str, no_merged: str, twin: Twin | str) -> Choice:
    """llama.cpp's file: of the twin where the method has experts, of the merged model where it has none."""
    if no_experts and no_merged:
        return Choice("gguf", "GGUF", why_not=no_experts)
    if no_experts:
        architecture = TWINS[own].dense_gguf if own in TWINS else ""
        known = own in TWINS or own in NONE
        why_not = tr("{kind} models are not written as GGUF here", kind=own) if known else _unknown(own)
        why_not = "" if architecture else why_not
    elif isinstance(twin, str):
        return Choice("gguf", "GGUF", why_not=twin)
    else:
        architecture = twin.gguf
        why_not = "" if architecture else tr("llama.cpp has no {name}", name=twin.title)
    if architecture and architecture not in PROVEN:
        unproven = tr("no file of llama.cpp's {name} has been proven yet", name=architecture)
        why_not = tr(UNPROVEN[architecture]) if architecture in UNPROVEN else unproven
    window = window_of(language_model(base))
    differs = ""
    if window and architecture == "llama":
        differs = tr(
            "llama.cpp ignores this model's window of {tokens:,} tokens, so it is exact up to that length.",
            tokens=window,
        )
    return Choice("gguf", "GGUF", architecture, why_not, differs)


def _unknown(own: str) -> str:
    return tr("how llama.cpp names the parts of a {kind} model is not known here", kind=own or tr("nameless"))
