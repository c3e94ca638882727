"""A card that is not in this machine, found by its name, as a device that a recipe can be planned for."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.hardware.card_table import CARDS, DATA_CENTRE, Card
from studio.hardware.machine import GIB, Device, Machine
from studio.hardware.reserve import ram_for_card

NEAREST = 4
_MEMORY = re.compile(r"(?<![0-9])([0-9]{1,4})\s*gi?b\b")
_WORD = re.compile(r"[a-z]+|[0-9]+")
# Words that may be in a name or missing without changing which card is meant.
_IDLE = {"nvidia", "geforce", "rtx", "gpu", "graphics", "card", "quadro", "tesla", "desktop", "generation", "tensor"}
_SAME = {"mobile": "laptop", "notebook": "laptop", "sxm2": "sxm", "sxm4": "sxm", "sxm5": "sxm"}
_FORMS = {"sxm", "pcie", "nvl"}  # how a data centre's card is built in: may be left out where one is left


def find_card(wanted: str) -> Card:
    """The card of this name: "RTX 4060", "4060 ti 16gb", "GeForce RTX 3090", "rtx4090 laptop".

    Raises ProblemError with the choices if several cards have the name, or with the nearest names if none has.
    """
    text = wanted.lower()
    sizes = {int(size) for size in _MEMORY.findall(text)}
    words = _words(_MEMORY.sub(" ", text))
    named = [card for card in CARDS if _is_named(card, words)]
    found = [card for card in named if not sizes or sizes == {card.gb}]
    if len(found) == 1:
        return found[0]
    where = f"--card {wanted}"
    if found:
        raise ProblemError.at(
            where, tr("several cards have this name."), tr("Choose {choices}.", choices=_choices(found))
        )
    if named:
        raise ProblemError.at(
            where,
            tr("the {name} does not exist with that much memory.", name=named[0].name),
            tr("Choose {choices}.", choices=_choices(_alike(named[0]))),
        )
    raise ProblemError.at(
        where,
        tr("this card is unknown."),
        tr("Did you mean {choices}? `plan --card list` shows all of them.", choices=_choices(_nearest(text))),
    )


def absent_device(card: Card) -> Device:
    """The card as a device that is not in this machine: nothing runs on it but a driver and, on most, a desktop."""
    total = card.total_bytes
    has_display = card.family != DATA_CENTRE
    return Device(
        kind="cuda",
        name=card.full_name,
        index=0,
        total_bytes=total,
        free_bytes=total - _in_use(total, has_display),
        vendor="nvidia",
        compute_capability=card.capability,
        has_display=has_display,
        present=False,
        tensor_flops=1e12 * (card.tflops or 0),
        bandwidth=1e9 * (card.bandwidth or 0),
    )


def with_card(machine: Machine, card: Card) -> Machine:
    """This machine as it would be with this card as its only one: for planning, never for training."""
    ram = ram_for_card(machine.ram_total_bytes, machine.ram_available_bytes)
    return replace(machine, devices=(replace(absent_device(card), ram_bytes=ram), machine.cpu_device))


def _in_use(total: int, has_display: bool) -> int:
    """Bytes that are taken on an idle card, which the driver would report as not free.

    The driver keeps about 2 % for itself (`nvidia-smi -q`, "Reserved": some 250 MiB of 12 GB, 550 MiB of 80 GB). A bare
    desktop holds about half a GiB, more with a browser; `reserve_bytes` holds back another GiB or 10 % for its growth.
    """
    return min(total // 50, 600 << 20) + (GIB // 2 if has_display else 0)


def _words(text: str) -> frozenset[str]:
    """The words that distinguish cards; letters and digits are split, so that "rtx4060ti" is "RTX 4060 Ti"."""
    for spelling, word in _SAME.items():
        text = re.sub(rf"{spelling}\b", word, text)
    return frozenset(_WORD.findall(text)) - _IDLE


def _is_named(card: Card, wanted: frozenset[str]) -> bool:
    """Whether a card has this name: a form that only one of the names has ("A100-PCIE-40GB") does not matter."""
    own = _words(card.name.lower())
    return own == wanted or (own - _FORMS == wanted - _FORMS and not (own & _FORMS and wanted & _FORMS))


def _alike(card: Card) -> list[Card]:
    """All versions of a card, its laptop's too."""
    words = _words(card.name.lower()) - {"laptop"} - _FORMS
    return [each for each in CARDS if _words(each.name.lower()) - {"laptop"} - _FORMS == words]


def _nearest(text: str) -> list[Card]:
    names = {card.short_name.lower(): card for card in CARDS}
    plain = " ".join(word for word in text.split() if word not in _IDLE - {"rtx"})
    close = difflib.get_close_matches(plain, list(names), NEAREST, 0.3) or list(names)[:NEAREST]
    return [names[name] for name in close]


def _choices(cards: list[Card]) -> str:
    names = [card.short_name for card in cards]
    return names[0] if len(names) == 1 else tr("{names} or {names2}", names=", ".join(names[:-1]), names2=names[-1])
