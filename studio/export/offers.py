"""What an adapter can be exported as, and how large each would be: told before anything is written, without torch."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.export_formats import PROGRAMS
from studio.core.problem import ProblemError
from studio.core.twins.bases import Twin, twin_of
from studio.core.twins.exports import Choice, exports_of, values_of_adapter
from studio.core.units import about, memory
from studio.core.words import capitalised, sentences, tr
from studio.hardware.disk_speed import disk_speed
from studio.hardware.machine import Machine
from studio.models.adapter_source import WEIGHTS, AdapterSource
from studio.planner.export_sizes import (
    QUANTISATIONS,
    folder_bytes,
    gguf_bytes,
    reference_bytes,
    stored_width,
)
from studio.planner.export_times import export_seconds
from studio.planner.model_source import model_config, model_shape
from studio.planner.shape import ModelShape

SMALL_FILES = 2**20  # bytes of configs, card and pictures
RUNNING = 0.9  # of a card's memory that a model may take; the rest is for its answers
ADAPTERS = ("peft", "reference")


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to export to.

    quantisation: of a GGUF file, else "". programs: what runs it. bytes: what it takes on the disk, None where it is
    not possible or not known. running_bytes: what its weights take where it runs; an adapter runs on its base.
    fits_disk, fits_card: None where that is not known. advice: a sentence where it does not fit, else "". seconds:
    about how long writing and proving it takes here, None where that is not known.
    """

    format: str
    quantisation: str
    title: str
    programs: str
    possible: bool
    exact: bool
    why_not: str
    differs: str
    bytes: int | None = None
    running_bytes: int | None = None
    fits_disk: bool | None = None
    fits_card: bool | None = None
    advice: str = ""
    seconds: float | None = None

    @property
    def label(self) -> str:
        """As a sentence names it: "the PEFT adapter", or "GGUF q8_0"."""
        return f"GGUF {self.quantisation}" if self.quantisation else tr("the {format}", format=self.title)

    @property
    def name(self) -> str:
        """As a person names it: "moe", or "gguf q8_0"."""
        return f"{self.format} {self.quantisation}".strip()


@dataclass(frozen=True, slots=True)
class Offers:
    """Every offer for one adapter, and what they are compared with: the target's drive, and this machine's card."""

    offers: tuple[Offer, ...]
    free_bytes: int
    card: str
    card_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """The keys of `export --sizes --json`."""
        return {
            "sizes": [asdict(offer) for offer in self.offers],
            "disk": {"free_bytes": self.free_bytes},
            "device": {"name": self.card, "total_bytes": self.card_bytes},
        }

    def of(self, format: str, quantisation: str = "") -> Offer | None:
        """The offer of this name; a GGUF file without a named quantisation is the first."""
        fitting = (each for each in self.offers if each.format == format)
        return next((each for each in fitting if quantisation in ("", each.quantisation)), None)


def offers_of(source: AdapterSource, out: Path, machine: Machine) -> Offers:
    """What can be made of the adapter, with sizes, against the drive of `out` and the machine's card.

    Raises ProblemError where the base is not here, or cannot be read.
    """
    config, shape = model_config(source.model), model_shape(source.model)
    method, values = values_of_adapter(source.config)
    sizes = _Sizes(source, shape, stored_width(source.model, shape, config), twin_of(config))
    device = machine.best_device
    free, speed = free_bytes(out), disk_speed(_existing(out))
    found = []
    for choice in exports_of(config, method, values):
        for quantisation in QUANTISATIONS if choice.format == "gguf" and choice.possible else ("",):
            size = sizes.of(choice.format, quantisation) if choice.possible else None
            offer = _offer(choice, quantisation, size, sizes.base, free, device.total_bytes)
            found.append(replace(offer, seconds=sizes.seconds(offer, speed)))
    whole = tuple(_advised(offer, found, device.kind != "cpu", free, device.total_bytes) for offer in found)
    return Offers(whole, free, device.name, device.total_bytes)


def refuse_without_room(source: AdapterSource, to: str, quantisation: str, out: Path, machine: Machine) -> None:
    """Raise ProblemError where the drive of `out` cannot hold the export; nothing where its size is not known."""
    try:
        offer = offers_of(source, out, machine).of(to, quantisation)
    except ProblemError:
        return  # whoever writes it says what is wrong with the base
    if offer is not None and offer.fits_disk is False and offer.bytes is not None:
        raise ProblemError.at(
            str(out),
            tr(
                "the export takes {bytes}, and the drive has {free_bytes} free.",
                bytes=memory(offer.bytes),
                free_bytes=memory(free_bytes(out)),
            ),
            tr("Free disk space, export to another drive, or choose a smaller format."),
        )


def free_bytes(out: Path) -> int:
    """The free bytes of the drive that `out` will be on, whether or not its folders exist yet."""
    try:
        return shutil.disk_usage(_existing(out)).free
    except OSError:
        return 0


def _existing(out: Path) -> Path:
    """`out`, or the first folder above it that exists."""
    place = absolute_path(out)
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


@dataclass(frozen=True, slots=True)
class _Sizes:
    source: AdapterSource
    shape: ModelShape
    width: int
    twin: Twin | str

    @property
    def base(self) -> int:
        return folder_bytes(self.shape, self.width, None, 0)

    def seconds(self, offer: Offer, speed: float | None) -> float | None:
        """About how long an offer takes on a drive of `speed` bytes a second."""
        if offer.bytes is None or speed is None:
            return None
        weights = self.shape.parameters
        if offer.format in ("moe", "gguf") and isinstance(self.twin, Twin) and self.experts:
            weights = folder_bytes(self.shape, 1, self.twin, self.experts)
        in_llama = importlib.util.find_spec("llama_cpp") is not None
        return export_seconds(offer.format, offer.quantisation, offer.bytes, weights, speed, in_llama)

    @property
    def experts(self) -> int:
        return int(self.source.config.get("num_experts") or 0)

    def of(self, format: str, quantisation: str) -> int | None:
        weights = self.source.folder / WEIGHTS
        match format:
            case "peft":
                return weights.stat().st_size + SMALL_FILES
            case "reference":
                return reference_bytes(weights) + SMALL_FILES
            case "moe" if isinstance(self.twin, Twin):
                return folder_bytes(self.shape, self.width, self.twin, self.experts) + SMALL_FILES
            case "merged":
                return self.base + SMALL_FILES
            case "gguf":
                return gguf_bytes(self.shape, quantisation, self.experts)
        return None


def _offer(choice: Choice, quantisation: str, size: int | None, base: int, free: int, card: int) -> Offer:
    running = None if size is None else size + base if choice.format in ADAPTERS else size
    exact = choice.possible and not choice.differs and quantisation in ("", "f16", "bf16")
    return Offer(
        choice.format,
        quantisation,
        choice.title,
        PROGRAMS[choice.format],
        choice.possible,
        exact,
        choice.why_not,
        choice.differs,
        size,
        running,
        None if size is None else size <= free,
        None if running is None else running <= RUNNING * card,
    )


def _advised(offer: Offer, all_offers: list[Offer], is_card: bool, free: int, card: int) -> Offer:
    said = []
    if offer.fits_disk is False:
        said.append(tr("The drive has only {free} free.", free=memory(free)))
    if offer.fits_card is False and offer.running_bytes is not None:
        needs, has = memory(offer.running_bytes), memory(card)
        here = tr("Running it takes {needs}, and this machine's memory is {has}.", needs=needs, has=has)
        there = tr("Running it takes {needs}, and your card holds {has}.", needs=needs, has=has)
        said.append(there if is_card else here)
        said += _instead(offer, all_offers)
    return replace(offer, advice=sentences(*said)) if said else offer


def _instead(offer: Offer, all_offers: list[Offer]) -> Iterator[str]:
    """What would run here instead: the most exact file that fits, else the adapter on its base."""
    fitting = [each for each in all_offers if each.fits_card and each.format != offer.format]
    best = next((each for each in fitting if each.format == "gguf"), None)
    same = next((each for each in all_offers if each.format == offer.format and each.fits_card), None)
    adapter = next((each for each in fitting if each.format in ADAPTERS), None)
    for each in (same, best, adapter):
        if each is not None and each.running_bytes is not None:
            label, size = capitalised(each.label), memory(each.running_bytes)
            alone = tr("{export} would run here, in {size}.", export=label, size=size)
            on_base = tr("{export} would run here on its base, in {size}.", export=label, size=size)
            yield on_base if each.format in ADAPTERS else alone
            return


def offers_table(offers: Offers) -> list[list[str]]:
    """The offers as rows of cells, with a heading, for a terminal."""
    rows = [["TO", "SIZE", "TIME", "EXACT", "RUNS IN"]]
    for each in offers.offers:
        told = "yes" if each.exact else "rounded" if each.quantisation else "partly"
        told = told if each.possible else f"no: {each.why_not}"
        time = "" if each.seconds is None else about(each.seconds)
        rows.append([each.name, memory(each.bytes), time, told, each.programs if each.possible else ""])
    return rows
