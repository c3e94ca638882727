"""A verdict in words on each layer's routing and on the whole: what it is, what that rests on, and what to do.

The thresholds were set on runs that were trained to collapse, to stay even, to specialise and to send each token to one
expert: `python -m tests.bench.bench_routing`, whose last steps are the data of tests/core/routing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio.core.routing.figures import RoutingFigures
from studio.core.units import steps_text
from studio.core.words import capitalised, enumerated, mark, plural, sentences, tr

Kind = Literal["collapsing", "dead experts", "task-specialised", "healthy", "too early"]
KINDS: tuple[Kind, ...] = ("collapsing", "dead experts", "task-specialised", "healthy", "too early")
"""From the most to the least urgent."""
BAD: frozenset[Kind] = frozenset({"collapsing", "dead experts"})

FEW_STEPS = 20  # below, a router is as it began, by chance, and balance has not had the time to act
FEW_SLOTS = 50  # slots for each expert of a layer; below, a share of 0.1 % cannot be told from none
COLLAPSING = 0.5  # spread below which few experts do the work of all; even runs had 0.8 and more, collapsed 0 to 0.2
ANSWERS_COLLAPSING = 0.4  # the same on answers: few words make them up, so that an even router reaches 0.54 only
SPECIALISED = (
    0.18  # share of a slot's task that its expert tells; tasks in like words 0.03 to 0.15, in unlike 0.2 to 0.5
)
LEANS = 1.6  # times its fair share, above which a healthy layer's busiest expert is named

JUST_BEGUN = mark("Too early to say: routers begin by chance, and balance needs some steps to act.")
REMEDIES: dict[Kind, str] = {
    "collapsing": mark(
        "Start again with a higher balance weight (tenfold is a good first try) or a lower learning rate; if that does"
        " not help, with fewer experts."
    ),
    "dead experts": mark(
        "A dead expert seldom comes back: start again with a higher balance weight, or with fewer experts."
    ),
    "task-specialised": mark(
        "Nothing needs to be done: experts divide the tasks among themselves. Only if the tasks should learn from one"
        " another, choose a higher balance weight."
    ),
    "healthy": "",
    "too early": "",
}


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """One layer's verdict: `sentence` names it, and the numbers that it rests on."""

    name: str
    kind: Kind
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole run's verdict over the steps `first` to `last`.

    basis: the numbers, their thresholds and the window. advice: what to do, empty where nothing is to be done.
    """

    kind: Kind
    sentence: str
    basis: str
    advice: str
    layers: tuple[LayerVerdict, ...]
    first: int
    last: int

    @property
    def is_bad(self) -> bool:
        return self.kind in BAD

    def layers_of(self, kind: Kind) -> list[LayerVerdict]:
        return [layer for layer in self.layers if layer.kind == kind]


def kinds_of(figures: RoutingFigures, collapsing: float = COLLAPSING) -> list[Kind]:
    """Each layer's kind; `collapsing` is the spread below which it collapses."""
    enough = figures.slots >= FEW_SLOTS * figures.experts
    told = np.nan_to_num(figures.told)
    found: list[Kind] = []
    for layer in range(len(figures.slots)):
        if not enough[layer]:
            found.append("too early")
        elif figures.spread[layer] < collapsing:
            found.append("collapsing")
        elif figures.dead[layer].any():
            found.append("dead experts")
        elif figures.sure[layer] and told[layer] >= SPECIALISED:
            found.append("task-specialised")
        else:
            found.append("healthy")
    return found


def judge(figures: RoutingFigures, names: Sequence[str], first: int, last: int, answers: bool = False) -> Verdict:
    """Judge a run by the figures of its steps `first` to `last`; `names` are its layers' ("layer 3").

    answers: whether the figures are of answer tokens alone.
    """
    collapsing = ANSWERS_COLLAPSING if answers else COLLAPSING
    begun = last < FEW_STEPS
    kinds: list[Kind] = ["too early"] * len(figures.slots) if begun else kinds_of(figures, collapsing)
    layers = tuple(
        LayerVerdict(
            name, kind, tr("{layer}: {verdict}", layer=capitalised(name), verdict=_of_layer(figures, row, kind))
        )
        for row, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    kind = _of_all(kinds)
    sentence, basis = (
        (tr(JUST_BEGUN), tr("Before step {steps} nothing is said.", steps=FEW_STEPS))
        if begun
        else (_sentence(figures, names, kinds, kind), _basis(figures, kinds, collapsing))
    )
    steps = steps_text(first, last)
    over = (
        tr("Over {steps}, on answer tokens.", steps=steps)
        if answers
        else tr("Over {steps}, on all tokens.", steps=steps)
    )
    advice = tr(REMEDIES[kind]) if REMEDIES[kind] else ""
    return Verdict(kind, sentence, sentences(basis, over), advice, layers, first, last)


def _of_all(kinds: Sequence[Kind]) -> Kind:
    """The most urgent kind that any layer has; specialised where most layers are."""
    many = Counter(kinds)
    for kind in ("collapsing", "dead experts"):
        if many[kind]:
            return kind
    told = len(kinds) - many["too early"]
    if not told:
        return "too early"
    return "task-specialised" if 2 * many["task-specialised"] > told else "healthy"


def _of_layer(figures: RoutingFigures, row: int, kind: Kind) -> str:
    experts = int(figures.experts[row])
    effect = _effect(figures, row)
    match kind:
        case "too early" if figures.slots[row] >= FEW_SLOTS * experts:
            return tr("too early to say, {effect}", effect=effect)
        case "too early":
            return tr(
                "too early to say; {slots:,.0f} slots so far, {needed:,} are needed",
                slots=figures.slots[row],
                needed=FEW_SLOTS * experts,
            )
        case "collapsing":
            return tr(
                "collapsing, {effect}; expert {expert} has {times:.1f} × its fair share",
                effect=effect,
                expert=figures.expert[row],
                times=figures.busiest[row],
            )
        case "dead experts":
            gone = np.flatnonzero(figures.dead[row])
            return tr("{experts} dead, {effect}", experts=_experts(gone), effect=effect)
        case "task-specialised":
            return tr(
                "task-specialised, an expert tells {share:.0f} % of its token's task; {effect}",
                share=100 * figures.told[row],
                effect=effect,
            )
        case _ if figures.busiest[row] < LEANS:
            return tr("healthy, {effect}", effect=effect)
        case _:
            return tr(
                "healthy, {effect}; it leans on expert {expert} ({times:.1f} × its fair share)",
                effect=effect,
                expert=figures.expert[row],
                times=figures.busiest[row],
            )


def _effect(figures: RoutingFigures, row: int) -> str:
    return tr(
        "{effective:.1f} of {experts} experts in effect", effective=figures.in_effect[row], experts=figures.experts[row]
    )


def _experts(which: Sequence[int] | np.ndarray) -> str:
    if len(which) > 4:
        return plural("{n} expert", "{n} experts", len(which))
    numbers = ", ".join(str(each) for each in which)
    return tr("experts {numbers}", numbers=numbers) if len(which) > 1 else tr("expert {number}", number=numbers)


def _sentence(figures: RoutingFigures, names: Sequence[str], kinds: Sequence[Kind], kind: Kind) -> str:
    rows = [row for row, own in enumerate(kinds) if own == kind]
    if _have_projections(names):
        where = tr("{n} of {all} routers", n=len(rows), all=len(kinds)) if len(kinds) > 1 else tr("the only router")
    else:
        where = tr("{n} of {all} layers", n=len(rows), all=len(kinds)) if len(kinds) > 1 else tr("the only layer")
    match kind:
        case "too early":
            return tr("Too early to say: too few tokens were routed.")
        case "collapsing":
            worst = min(rows, key=lambda row: figures.spread[row])
            return tr(
                "Collapsing in {where}: {layer} has {effect}.",
                where=where,
                layer=names[worst],
                effect=_effect(figures, worst),
            )
        case "dead experts":
            gone = int(figures.dead[rows].sum())
            layers = _names(names, rows)
            return plural(
                "{n} dead expert in {where}: {layers}.",
                "{n} dead experts in {where}: {layers}.",
                gone,
                where=where,
                layers=layers,
            )
        case "task-specialised":
            share = 100 * float(np.mean(figures.told[rows]))
            return tr(
                "Task-specialised in {where}: an expert tells {share:.0f} % of its token's task.",
                where=where,
                share=share,
            )
        case _:
            return tr("{said}.", said=_balanced(figures, names, kinds))


def _have_projections(names: Sequence[str]) -> bool:
    """Whether a layer has a router for each projection, named behind its number: "layer 3's q_proj"."""
    return any(re.search(r"\d.*[A-Za-z]", name) for name in names)


def _names(names: Sequence[str], rows: Sequence[int]) -> str:
    said = enumerated(names[row] for row in rows[:3])
    return said if len(rows) <= 3 else tr("{layers} and {n} more", layers=said, n=len(rows) - 3)


def _balanced(figures: RoutingFigures, names: Sequence[str], kinds: Sequence[Kind]) -> str:
    """A healthy run, and what stands out: a layer that leans on an expert, or some that specialise."""
    known = [row for row, kind in enumerate(kinds) if kind in ("healthy", "task-specialised")]
    most = max(known, key=lambda row: figures.busiest[row])
    said = tr("Well balanced")
    if figures.busiest[most] >= LEANS:
        said = tr(
            "{said}; {layer} leans on expert {expert} ({times:.1f} × fair)",
            said=said,
            layer=names[most],
            expert=figures.expert[most],
            times=figures.busiest[most],
        )
    special = [row for row in known if kinds[row] == "task-specialised"]
    return tr("{said}; {layers} specialise by task", said=said, layers=_names(names, special)) if special else said


def _basis(figures: RoutingFigures, kinds: Sequence[Kind], collapsing: float) -> str:
    """The numbers behind a verdict, each with its threshold, in one sentence."""
    known = [row for row, own in enumerate(kinds) if own != "too early"]
    if not known:
        return tr("Below {slots} routed slots for each expert nothing is said.", slots=FEW_SLOTS)
    spread, gone = figures.spread[known], int(figures.dead[known].sum())
    said = plural(
        "Evenness {mean:.0f} % on average and {least:.0f} % in the least even layer (collapsing below {limit:.0f} %);"
        " {n} expert under 0.1 % of their layer's slots (dead)",
        "Evenness {mean:.0f} % on average and {least:.0f} % in the least even layer (collapsing below {limit:.0f} %);"
        " {n} experts under 0.1 % of their layer's slots (dead)",
        gone,
        mean=100 * spread.mean(),
        least=100 * spread.min(),
        limit=100 * collapsing,
    )
    told = figures.told[known]
    if np.isfinite(told).any():
        said = tr(
            "{said}; an expert tells {share:.0f} % of its token's task, corrected for chance (specialised from"
            " {limit:.0f} % on)",
            said=said,
            share=100 * np.nanmean(told),
            limit=100 * SPECIALISED,
        )
    return tr("{said}.", said=said)
